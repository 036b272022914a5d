"""Announcements on the province's host: the list, writing, the look before sending, and what became of them."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

import structlog
from flask import (
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.files.services import FileMissing
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.announcements import audience as audiences
from app.province.announcements import files, queries, services, text, words
from app.province.announcements.audience import NOBODY, Audience, Reach
from app.province.announcements.files import CheckedFile
from app.province.announcements.models import Announcement
from app.province.announcements.refusing import note_foreign
from app.province.announcements.schemas import LABELS, AnnouncementForm, AudienceForm, typed_audience
from app.province.announcements.services import Refused
from app.province.regions import Territory, frame_name, seen_territory
from tenants.ids import uuid7
from tenants.models import now

log = structlog.get_logger(__name__)

pages = AudienceBlueprint("announcements", __name__, audience="province", url_prefix="/pengumuman")

MOST_DRAINED = 64 * 1024 * 1024
WITH_FILES = ("announcements.add", "announcements.change", "shared_documents.add", "shared_documents.change")


def allow_files(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Let forms with files be larger than others, for whom a session was opened."""
    sends = endpoint in WITH_FILES and request.method == "POST"
    if sends and current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        request.max_content_length = files.MOST_BODY


def too_large(error: RequestEntityTooLarge) -> Response:
    """Say that the files were too large; the rest of the body is read away, so that the page arrives."""
    stream, left = request.environ["wsgi.input"], min(request.content_length or 0, MOST_DRAINED)
    while left > 0 and (chunk := stream.read(min(left, 1 << 20))):
        left -= len(chunk)
    return make_response(render_template("announcements/too_large.html", back_url=request.path), 413)


pages.url_value_preprocessor(allow_files)
pages.register_error_handler(RequestEntityTooLarge, too_large)


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages of announcements call."""
    return {
        "announcement_said": words.announcement_said,
        "receipt_said": words.receipt_said,
        "file_word": words.file_word,
        "frame_name": frame_name,
        "shown_text": text.shown_text,
        "short_text": text.short_text,
        "last_day": services.last_day,
        "labels": LABELS,
        "most_files": files.MOST_FILES,
    }


def office() -> str:
    """The region of the account; an account without one has no office here."""
    code = acting().region_code
    if code is None:
        abort(404)
    return code


def given(*pairs: tuple[str, str]) -> dict[str, Any]:
    """A query string's arguments without the empty ones."""
    return {name: value for name, value in pairs if value}


def cursor(name: str) -> uuid.UUID | None:
    """A cursor of the query string; None where there is none that could be one."""
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None


def version() -> int:
    """The version that a form was drawn with; one that can't be the present one where it is missing."""
    sent = request.form.get("row_version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


@pages.get("")
@requires("announcements.send")
def index() -> str:
    """What the office sent and drafted, and what others sent to its villages; newest first."""
    state = request.args.get("keadaan", "")
    state = state if state in queries.STATES else ""
    search = " ".join(request.args.get("q", "").replace("\x00", "").split())[:80]
    page = queries.page_of(office(), state=state, search=search, after=cursor("sesudah"))
    kept = given(("keadaan", state), ("q", search))
    return render_template(
        "announcements/index.html",
        page=page,
        state=state,
        search=search,
        office=office(),
        chips=_chips(state, search),
        is_first=cursor("sesudah") is None,
        first_url=url_for(".index", **kept),
        next_url=url_for(".index", **kept, sesudah=page.after) if page.after else None,
    )


@pages.get("/baru")
@requires("announcements.send")
def new() -> ResponseReturnValue:
    """An empty form; `desa` is a village that was chosen on its own page."""
    typed: dict[str, Any] = {"scope": "all", "regions": [], "villages": [], "states": []}
    try:
        village = str(uuid.UUID(request.args.get("desa", "")))
        chosen = audiences.checked_audience({"scope": "villages", "villages": [village]}, office())
        typed |= _typed_of(chosen)
    except (ValueError, Invalid):
        village = ""
    return _form(None, typed, {}, draft_id=uuid7())


@pages.post("/baru")
@requires("announcements.send")
def add() -> ResponseReturnValue:
    """Check and keep a draft, then show it as villages will see it, with how many they are."""
    checked = check(AnnouncementForm(), request.form)
    draft_id = _uuid(request.form.get("draft_id", ""))
    try:
        meant, added = _meant(checked)
        row = services.write_draft(checked.values, meant, office=office(), added=added, draft_id=draft_id)
    except _Wrong as wrong:
        return _form(None, checked.typed, wrong.errors, draft_id=draft_id or uuid7(), status=422)
    except Invalid as wrong:
        errors = {wrong.field: [str(wrong)]}
        return _form(None, checked.typed, errors, draft_id=draft_id or uuid7(), status=422)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        return _form(None, checked.typed, _away(), draft_id=draft_id or uuid7(), status=503)
    except Missing:
        abort(404)
    return redirect(url_for(".show", announcement_id=row.id), 303)


@pages.post("/hitung")
@requires("announcements.send")
def count() -> ResponseReturnValue:
    """How many villages the form means now, as a fragment."""
    checked = check(AudienceForm(), request.form)
    found, problem = NOBODY, ""
    if checked.is_valid:
        try:
            found = audiences.reach(
                audiences.checked_audience(typed_audience(checked.values), office()), office()
            )
        except Invalid as wrong:
            problem = str(wrong)
    else:
        problem = " ".join(sentence for said in checked.errors.values() for sentence in said)
    return render_template("announcements/_reach.html", reach=found, problem=problem)


@pages.get("/<uuid:announcement_id>")
@requires("announcements.send")
def show(announcement_id: uuid.UUID) -> ResponseReturnValue:
    """A draft before it is sent, or what became of an announcement; `wilayah` narrows the receipts."""
    return _shown(found_here(announcement_id))


@pages.get("/<uuid:announcement_id>/ubah")
@requires("announcements.send")
def edit(announcement_id: uuid.UUID) -> ResponseReturnValue:
    """A draft's form."""
    row = _own_draft(announcement_id)
    typed = {
        "title": row.title,
        "body": row.body,
        "needs_confirmation": row.needs_confirmation,
        "shown_until": services.last_day(row.shown_until),
        **_typed_of(Audience.kept(row.audience)),
    }
    return _form(row, typed, {})


@pages.post("/<uuid:announcement_id>/ubah")
@requires("announcements.send")
def change(announcement_id: uuid.UUID) -> ResponseReturnValue:
    """Check and keep the draft, unless somebody else saved first."""
    checked = check(AnnouncementForm(), request.form)
    try:
        meant, added = _meant(checked)
        services.change_draft(
            announcement_id,
            checked.values,
            meant,
            office=office(),
            seen=version(),
            added=added,
            removed=request.form.getlist("remove"),
        )
    except _Wrong as wrong:
        return _form(_own_draft(announcement_id), checked.typed, wrong.errors, status=422)
    except Invalid as wrong:
        errors = {wrong.field: [str(wrong)]}
        return _form(_own_draft(announcement_id), checked.typed, errors, status=422)
    except ChangedMeanwhile:
        return _form(_own_draft(announcement_id), checked.typed, {}, status=409, was_faster=True)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        return _form(_own_draft(announcement_id), checked.typed, _away(), status=503)
    except Missing:
        abort(404)
    except Refused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(".show", announcement_id=announcement_id), 303)


@pages.post("/<uuid:announcement_id>/kirim")
@requires("announcements.send")
def send(announcement_id: uuid.UUID) -> ResponseReturnValue:
    """Send the draft as it was seen; sent twice is sent once."""
    try:
        if services.send(announcement_id, office=office(), seen=version()):
            flash(_("Pengumuman terkirim. Perangkat desa diberi tahu dalam beberapa menit."), "success")
        else:
            flash(_("Pengumuman ini sudah terkirim, jadi tidak dikirim lagi."), "info")
    except ChangedMeanwhile:
        flash(_("Draf ini baru saja diubah. Periksa lagi sebelum mengirim."), "warning")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", announcement_id=announcement_id), 303)


@pages.route("/<uuid:announcement_id>/hapus", methods=["GET", "POST"])
@requires("announcements.send")
def remove(announcement_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then take the draft away."""
    if request.method == "GET":
        return render_template("announcements/remove.html", row=_own_draft(announcement_id))
    try:
        services.delete_draft(announcement_id, office=office())
    except Missing:
        abort(404)
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for(".show", announcement_id=announcement_id), 303)
    flash(_("Draf dihapus."), "success")
    return redirect(url_for(".index"), 303)


@pages.route("/<uuid:announcement_id>/tarik", methods=["GET", "POST"])
@requires("announcements.send")
def withdraw(announcement_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why, then withdraw what was sent."""
    row = found_here(announcement_id)
    if row.region_code != office():
        abort(404)
    if request.method == "GET":
        return render_template("announcements/withdraw.html", row=row, reason="", errors={})
    reason = request.form.get("reason", "")
    try:
        services.withdraw(announcement_id, office=office(), reason=reason)
        flash(_("Pengumuman ditarik. Desa melihat alasannya."), "success")
    except Invalid as wrong:
        errors = {wrong.field: str(wrong)}
        page = render_template("announcements/withdraw.html", row=row, reason=reason, errors=errors)
        return make_response(page, 422)
    except Refused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(".show", announcement_id=announcement_id), 303)


@pages.post("/<uuid:announcement_id>/ingatkan")
@requires("announcements.send")
def remind(announcement_id: uuid.UUID) -> ResponseReturnValue:
    """Remind the villages that have not read it, once a day at most."""
    try:
        told = services.remind(announcement_id, office=office())
        flash(ngettext("%(num)s desa diingatkan.", "%(num)s desa diingatkan.", told), "success")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", announcement_id=announcement_id), 303)


@pages.get("/<uuid:announcement_id>/berkas/<uuid:file_id>")
@requires("announcements.send")
def attachment(announcement_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """A file of an announcement."""
    row = found_here(announcement_id)
    try:
        return files.file_answer(files.member(row.files, file_id))
    except (Missing, FileMissing):
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


class _Wrong(Exception):
    """Fields of a form that are wrong, with sentences."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__()
        self.errors = errors


def _meant(checked: Checked) -> tuple[Audience, list[CheckedFile]]:
    """What a form chose, and its files; everything that is wrong is told at once. Raises _Wrong."""
    errors = dict(checked.errors)
    meant, added = Audience(), []
    if not {"scope", "regions", "villages", "village_text", "kind", "states", "system"} & set(errors):
        try:
            meant = audiences.checked_audience(typed_audience(checked.values), office())
        except Invalid as wrong:
            errors.setdefault(wrong.field, []).append(str(wrong))
    sent = files.uploads(request.files.getlist("files"))
    if len(sent) > files.MOST_FILES:
        errors["files"] = [str(_("Paling banyak %(most)s lampiran.", most=files.MOST_FILES))]
    else:
        for upload in sent:
            try:
                added.append(files.checked(upload, "files"))
            except Invalid as wrong:
                errors.setdefault("files", []).append(str(wrong))
    if errors:
        raise _Wrong(errors)
    return meant, added


def _typed_of(meant: Audience) -> dict[str, Any]:
    typed = asdict(meant)
    return {**typed, "village_text": audiences.village_lines(meant.villages)}


def _form(
    row: Announcement | None,
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    *,
    draft_id: uuid.UUID | None = None,
    status: int = 200,
    was_faster: bool = False,
) -> Response:
    code = office()
    page = render_template(
        "announcements/form.html",
        row=row,
        typed=typed,
        errors=errors,
        draft_id=draft_id,
        was_faster=was_faster,
        office=code,
        tree=audiences.region_tree(code),
        village_choices=audiences.villages_of(code),
        state_choices=words.state_options(),
        reach=_reach_of(typed, code, errors),
        attached=files.attached(row.files) if row else [],
    )
    return make_response(page, status)


def _reach_of(typed: dict[str, Any], code: str, errors: dict[str, list[str]]) -> Reach | None:
    """How many villages the form means as it stands; None while something is wrong in it."""
    if {"scope", "regions", "villages", "village_text", "kind", "states", "system"} & set(errors):
        return None
    try:
        return audiences.reach(audiences.checked_audience(typed, code), code)
    except Invalid:
        return None


def _shown(row: Announcement) -> ResponseReturnValue:
    here = seen_territory(request.args.get("wilayah"))
    meant = Audience.kept(row.audience)
    is_draft = row.state == "draft"
    return render_template(
        "announcements/show.html",
        row=row,
        here=here,
        attached=files.attached(row.files),
        meant=audiences.spoken(meant, row.region_code),
        reach=audiences.reach(meant, row.region_code) if is_draft else None,
        tally=None if is_draft else queries.tally_of(row.id, here.code),
        parts=[] if is_draft else queries.parts_of(row.id, here),
        is_own=row.region_code == office(),
        is_over=row.shown_until is not None and row.shown_until <= now(),
        was_reminded=services.is_reminded_today(row, now()),
        region_arg=region_arg(here),
        may_export=acting().may("indicators.export"),
    )


def found_here(announcement_id: uuid.UUID) -> Announcement:
    """An announcement that the office sees; any other is not found."""
    try:
        return queries.find(announcement_id, office())
    except Missing:
        note_foreign(queries.office_of(announcement_id), office())
        abort(404)


def _own_draft(announcement_id: uuid.UUID) -> Announcement:
    row = found_here(announcement_id)
    if row.region_code != office() or row.state != "draft":
        abort(404)
    return row


def _chips(state: str, search: str) -> list[dict[str, Any]]:
    named = [("", _("Semua")), *((code, said.label) for code, said in words.ANNOUNCEMENTS.items())]
    return [
        {
            "label": label,
            "url": url_for(".index", **given(("keadaan", code), ("q", search))),
            "current": code == state,
        }
        for code, label in named
    ]


def region_arg(here: Territory) -> dict[str, Any]:
    """The query string's part that leads back to a region below the account's."""
    return {"wilayah": here.code} if here.code != office() else {}


def _away() -> dict[str, list[str]]:
    return {
        "files": [str(_("Penyimpanan berkas sedang tidak dapat dihubungi. Tunggu sebentar, lalu coba lagi."))]
    }


def _uuid(text_: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text_)
    except ValueError:
        return None
