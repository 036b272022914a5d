"""The officers' pages of invitations: the list, picking villages, what stands in the letter, one invitation."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import (
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from app.core.actors import Actor, acting
from app.core.blueprints import AudienceBlueprint
from app.core.documents import PDF, DocumentFailed
from app.core.files.names import disposition
from app.core.files.services import FileMissing, open_file
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.tables import XLSX
from app.core.ui.formats import ZONE, date
from app.core.village.errors import Missing
from app.province import runs
from app.province.onboarding.invitations import choosing, exports, jobs, letters, lists, services, words
from app.province.onboarding.invitations.choosing import Filter
from app.province.onboarding.invitations.models import InvitationBatch
from app.province.onboarding.invitations.schemas import USUAL_DAYS, ContactForm, ExtendForm, LetterForm
from app.province.onboarding.invitations.services import NotNow
from app.province.onboarding.tabs import shown_tabs
from app.province.presenting import state_tag
from app.province.regions import own_territory, region_contains, regions_offered, seen_territory
from tenants.models import TenantRow, now

pages = AudienceBlueprint(
    "onboarding_invitations", __name__, audience="province", url_prefix="/pendaftaran/undangan"
)
BATCHES_ANCHOR = "gelombang-undangan"
MOST_CONTACTS = 25
"""So many chosen villages have a line each for their contact; of more, contacts are added one by one later."""

MOST_CHOSEN = choosing.PAGE


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages call."""
    return {
        "onboarding_tabs": shown_tabs,
        "statuses": words.STATUSES,
        "bars": words.BARS,
        "labels": words.LABELS,
        "state_tag": state_tag,
    }


@pages.get("")
@requires("onboarding.invite")
def index() -> ResponseReturnValue:
    """The invitations of a region, how they stand, and the batches."""
    here = seen_territory(request.args.get("wilayah"))
    wanted = lists.Wanted.from_args(request.args, here)
    after, after_batch = _cursor(), _cursor("gelombang")
    lines, following = lists.invitations(wanted, after=after)
    batches, older = lists.batches(own_territory().code, after_batch)
    kept = {**wanted.as_args(), "wilayah": here.code}
    return make_response(
        render_template(
            "onboarding_invitations/index.html",
            here=here,
            regions=regions_offered(own_territory(), here),
            wanted=wanted,
            lines=lines,
            tally=lists.tally(wanted),
            batches=batches,
            newest_batches_url=url_for(".index", **kept, _anchor=BATCHES_ANCHOR) if after_batch else None,
            older_batches_url=url_for(".index", **kept, gelombang=older, _anchor=BATCHES_ANCHOR)
            if older
            else None,
            kept=kept,
            is_first=after is None,
            next_url=url_for(".index", **kept, sesudah=following) if following else None,
        )
    )


@pages.get("/unduh.xlsx")
@requires("onboarding.invite")
def export() -> ResponseReturnValue:
    """The same list as a spreadsheet."""
    wanted = lists.Wanted.from_args(request.args, seen_territory(request.args.get("wilayah")))
    name = f"undangan-{wanted.here.code}-{_today()}.xlsx"
    response = send_file(
        exports.export_invitations(wanted), mimetype=XLSX, as_attachment=True, download_name=name, max_age=0
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/baru")
@requires("onboarding.invite")
def pick() -> ResponseReturnValue:
    """Pick villages: filters, ticks, or all of the filter."""
    wanted = Filter.from_args(request.args)
    after = request.args.get("sesudah", "").replace("\x00", "")[:20]
    lines, following = choosing.villages(wanted, after)
    kept = wanted.as_args()
    return make_response(
        render_template(
            "onboarding_invitations/pick.html",
            wanted=wanted,
            regions=regions_offered(own_territory(), wanted.here),
            lines=lines,
            total=choosing.count(wanted),
            kept=kept,
            is_first=not after,
            next_url=url_for(".pick", **kept, sesudah=following) if following else None,
        )
    )


@pages.post("/baru")
@requires("onboarding.invite")
def write() -> ResponseReturnValue:
    """What stands in the letter; with `lihat` a look at it, with `kirim` the villages are invited."""
    villages, hidden = _chosen()
    if not villages:
        flash(
            _("Belum ada desa yang dapat diundang dalam pilihan ini. Centang dahulu, atau ubah saringannya."),
            "warning",
        )
        return redirect(url_for(".pick", **Filter.from_args(request.form).as_args()), 303)
    if not {"lihat", "kirim"} & set(request.form):
        return _letter_page(villages, hidden, Checked(_usual(), {}), {})
    checked = check(LetterForm(), request.form)
    contacts, wrong = _contacts(villages)
    if not checked.is_valid or wrong:
        return _letter_page(villages, hidden, checked, wrong, status=422)
    if "kirim" not in request.form:
        return _letter_page(villages, hidden, checked, {}, picture=_picture(checked.values, villages[0]))
    try:
        done = services.invite(villages, checked.values, contacts, by=acting())
    except NotNow as other:
        flash(str(other), "warning")
        return redirect(url_for(".pick"), 303)
    flash(ngettext("%(num)s desa diundang.", "%(num)s desa diundang.", done.invited), "success")
    if done.passed:
        flash(
            _("%(count)s desa lain dilewati karena baru saja diundang atau mendaftar.", count=done.passed),
            "info",
        )
    return redirect(url_for(".batch", batch_id=done.batch_id), 303)


@pages.get("/gelombang/<uuid:batch_id>")
@requires("onboarding.invite")
def batch(batch_id: uuid.UUID) -> ResponseReturnValue:
    """One batch: how far its letters are, what to print, how its villages stand."""
    found = _batch(batch_id)
    here = own_territory()
    wanted = lists.Wanted(here, batch_id=batch_id)
    after = _cursor()
    lines, following = lists.invitations(wanted, after=after)
    run = runs.find(found.run_id, here.code) if found.run_id else None
    return make_response(
        render_template(
            "onboarding_invitations/batch.html",
            batch=found,
            run=run,
            lines=lines,
            tally=lists.tally(wanted),
            is_first=after is None,
            next_url=url_for(".batch", batch_id=batch_id, sesudah=following) if following else None,
        )
    )


@pages.get("/gelombang/<uuid:batch_id>/kemajuan")
@requires("onboarding.invite")
def progress(batch_id: uuid.UUID) -> ResponseReturnValue:
    """How far the letters are, asked again until they are made; then the page is loaded anew."""
    found = _batch(batch_id)
    run = runs.find(found.run_id, own_territory().code) if found.run_id else None
    response = make_response(render_template("onboarding_invitations/_work.html", batch=found, run=run))
    response.headers["Cache-Control"] = "no-store"
    if run is None or run.final:
        response.headers["HX-Refresh"] = "true"
    return response


@pages.get("/gelombang/<uuid:batch_id>/berkas/<uuid:file_id>")
@requires("onboarding.invite")
def batch_file(batch_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """The letters to print, or all of them in one archive."""
    found = _batch(batch_id)
    known = {one["id"] for one in found.print_files} | {str(found.zip_file_id)}
    if str(file_id) not in known:
        abort(404)
    try:
        file = open_file(file_id)
    except FileMissing:
        abort(404)
    except StorageAway:
        flash(_("Penyimpanan berkas sedang tidak dapat dihubungi. Coba lagi sebentar lagi."), "error")
        return redirect(url_for(".batch", batch_id=batch_id), 303)
    return _file(file.data, file.media_type, file.file_name)


@pages.get("/<uuid:invitation_id>")
@requires("onboarding.invite")
def show(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """One invitation: how it stands, whom to write to, and what can be done."""
    return _show(invitation_id, None)


@pages.get("/<uuid:invitation_id>/surat.pdf")
@requires("onboarding.invite")
def letter(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """The village's letter, to print it once more."""
    line = _line(invitation_id)
    if line.status in ("revoked", "expired", "joined"):
        flash(_("Undangan ini tidak berlaku lagi, jadi suratnya tidak dicetak."), "warning")
        return redirect(url_for(".show", invitation_id=invitation_id), 303)
    try:
        data = jobs.letter_of(line.invitation, line.batch, line.village)
    except (DocumentFailed, StorageAway):
        flash(_("Surat ini belum dapat dibuat. Coba lagi sebentar lagi."), "error")
        return redirect(url_for(".show", invitation_id=invitation_id), 303)
    return _file(data, PDF, f"undangan-{line.village.code}.pdf")


@pages.post("/<uuid:invitation_id>/kontak")
@requires("onboarding.invite")
def contact(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Note whom to write to."""
    checked = check(ContactForm(), request.form)
    if not checked.is_valid:
        return _show(invitation_id, checked, 422)
    return _deed(
        invitation_id,
        lambda by, region: services.keep_contact(invitation_id, checked.values, by=by, region=region),
        _("Kontak disimpan."),
    )


@pages.post("/<uuid:invitation_id>/kirim-lagi")
@requires("onboarding.invite")
def send_again(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Mail the letter once more."""
    return _deed(
        invitation_id,
        lambda by, region: services.send_again(invitation_id, by=by, region=region),
        _("Undangan dikirim lagi lewat surel."),
    )


@pages.post("/<uuid:invitation_id>/tautan-baru")
@requires("onboarding.invite")
def reissue(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Give the link out anew."""
    return _deed(
        invitation_id,
        lambda by, region: services.reissue(invitation_id, by=by, region=region),
        _("Tautan baru dibuat; tautan dan surat yang lama tidak berlaku lagi."),
    )


@pages.post("/<uuid:invitation_id>/cabut")
@requires("onboarding.invite")
def revoke(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Take the invitation back."""
    return _deed(
        invitation_id,
        lambda by, region: services.revoke(invitation_id, by=by, region=region),
        _("Undangan dicabut. Tautannya tidak berlaku lagi."),
    )


@pages.post("/<uuid:invitation_id>/perpanjang")
@requires("onboarding.invite")
def extend(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Let the link hold for longer."""
    checked = check(ExtendForm(), request.form)
    if not checked.is_valid:
        return _show(invitation_id, checked, 422)

    def deed(by: Actor, region: str) -> None:
        services.extend(invitation_id, checked.values["days"], by=by, region=region)

    return _deed(invitation_id, deed, _("Undangan diperpanjang."))


def _chosen() -> tuple[list[TenantRow], list[tuple[str, str]]]:
    """The villages that a form means, and the hidden fields that say so once more."""
    region = own_territory().code
    if request.form.get("semua") == "1":
        wanted = Filter.from_args(request.form)
        return choosing.chosen(region, (), wanted), [("semua", "1"), *wanted.as_args().items()]
    ids = []
    for text in request.form.getlist("desa")[:MOST_CHOSEN]:
        try:
            ids.append(uuid.UUID(text))
        except ValueError:
            continue
    return choosing.chosen(region, ids, None), [("desa", str(one)) for one in ids]


def _contacts(villages: list[TenantRow]) -> tuple[dict[uuid.UUID, Mapping[str, str]], dict[str, list[str]]]:
    contacts: dict[uuid.UUID, Mapping[str, str]] = {}
    wrong: dict[str, list[str]] = {}
    if len(villages) > MOST_CONTACTS:
        return contacts, wrong
    for row in villages:
        typed = {name: request.form.get(f"{name}-{row.id}", "") for name in ContactForm().fields}
        checked = check(ContactForm(), MultiDict(typed))
        contacts[row.id] = checked.values
        wrong |= {f"{name}-{row.id}": said for name, said in checked.errors.items()}
    return contacts, wrong


def _letter_page(
    villages: list[TenantRow],
    hidden: list[tuple[str, str]],
    checked: Checked,
    wrong: dict[str, list[str]],
    *,
    picture: str | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "onboarding_invitations/letter.html",
        villages=villages,
        hidden=hidden,
        typed=checked.typed,
        errors={**checked.errors, **wrong},
        contacts=villages if len(villages) <= MOST_CONTACTS else [],
        given=request.form,
        picture=picture,
        back_url=url_for(".pick", **Filter.from_args(request.form).as_args()),
    )
    return make_response(page, status)


def _usual() -> dict[str, Any]:
    return {"letter_date": _today(), "valid_days": USUAL_DAYS}


def _today() -> dt.date:
    """The day that it is in Lampung."""
    return now().astimezone(ZONE).date()


def _picture(values: Mapping[str, Any], village: TenantRow) -> str | None:
    """The first letter as a picture's data address; None when it can't be set."""
    draft = InvitationBatch(region_code=acting().region_code or "", **values)
    until = date(now() + dt.timedelta(days=values["valid_days"]))
    try:
        page = letters.preview(draft, village, until)
    except DocumentFailed as failed:
        flash(str(failed), "warning")
        return None
    return f"data:image/png;base64,{base64.b64encode(page).decode()}"


def _show(invitation_id: uuid.UUID, checked: Checked | None, status: int = 200) -> Response:
    line = _line(invitation_id)
    one = line.invitation
    typed = {"contact_name": one.contact_name, "email": one.email, "phone": one.phone, "days": USUAL_DAYS}
    page = render_template(
        "onboarding_invitations/show.html",
        line=line,
        one=one,
        typed=typed | (checked.typed if checked else {}),
        errors=checked.errors if checked else {},
        is_living=line.status in ("preparing", "sent", "opened"),
        may_open_batch=region_contains(own_territory().code, line.batch.region_code),
        application_id=one.application_id if acting().may("onboarding.view") else None,
    )
    return make_response(page, status)


def _deed(invitation_id: uuid.UUID, deed: Callable[[Actor, str], None], said: str) -> ResponseReturnValue:
    try:
        deed(acting(), own_territory().code)
    except Missing:
        abort(404)
    except NotNow as other:
        flash(str(other), "warning")
    else:
        flash(said, "success")
    return redirect(url_for(".show", invitation_id=invitation_id), 303)


def _line(invitation_id: uuid.UUID) -> lists.Line:
    try:
        return lists.one_line(invitation_id, own_territory().code)
    except Missing:
        abort(404)


def _batch(batch_id: uuid.UUID) -> InvitationBatch:
    try:
        return lists.batch_of(batch_id, own_territory().code)
    except Missing:
        abort(404)


def _cursor(name: str = "sesudah") -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None


def _file(data: bytes, media_type: str, name: str) -> Response:
    response = Response(data, content_type=media_type)
    response.headers["Content-Disposition"] = disposition(
        "inline" if media_type == PDF else "attachment", name
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
