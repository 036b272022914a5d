"""Applications on the province's host: the board, the list, one of them with what an office may do."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import structlog
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

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.files.names import disposition
from app.core.files.services import FileMissing, open_file
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.links import village_origin
from app.core.permissions import requires
from app.core.tables import XLSX
from app.core.ui.formats import ZONE
from app.core.village.errors import Invalid, Missing
from app.province import presenting, villages
from app.province.onboarding.applications.offices import decided_office, office_name
from app.province.onboarding.applications.schemas import written_phone
from app.province.onboarding.board import (
    blocking,
    comparing,
    deciding,
    duplicates,
    exports,
    queries,
    rules,
    waiting,
    words,
)
from app.province.onboarding.board.deciding import AlreadyDecided, NotDecided
from app.province.onboarding.board.history import history_of
from app.province.onboarding.board.queries import ApplicationFilter
from app.province.onboarding.board.rules import NotYours
from app.province.onboarding.board.schemas import LABELS, CommentForm, ReasonForm
from app.province.onboarding.tabs import shown_tabs
from app.province.regions import own_territory
from tenants.models import SERVED_STATES, now

log = structlog.get_logger(__name__)

pages = AudienceBlueprint("onboarding", __name__, audience="province", url_prefix="/pendaftaran")


@pages.app_context_processor
def tab_words() -> dict[str, Any]:
    """What the tabs call, which every part of onboarding draws, and a village's card."""
    return {
        "onboarding_tabs": shown_tabs,
        "application_of": queries.newest_of,
        "onboarding_state": words.state_said,
    }


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages of applications call."""
    return {
        "state_said": words.state_said,
        "route_word": words.route_word,
        "since_said": words.since_said,
        "patience": presenting.provisioning_patience,
        "labels": LABELS,
        "written_phone": written_phone,
    }


@pages.get("")
@requires("onboarding.view")
def index() -> str:
    """The board: applications by state, those that wait longest first."""
    wanted = _wanted()
    board = queries.board(wanted)
    waiting.recount()
    return render_template(
        "onboarding_board/board.html", board=board, columns=words.BOARD, **_frame(wanted, "index")
    )


@pages.get("/daftar")
@requires("onboarding.view")
def listing() -> str:
    """The list with its filters; what stands longest where it stands comes first."""
    wanted = _wanted()
    after = _cursor()
    lines, following = queries.listed(wanted, after=after)
    counts, late = queries.tally(wanted)
    return render_template(
        "onboarding_board/list.html",
        lines=lines,
        chips=_chips(wanted, counts, late),
        first_url=url_for(".listing", **wanted.as_args()) if after else None,
        next_url=url_for(".listing", **wanted.as_args(), sesudah=following) if following else None,
        export_url=url_for(".export", **wanted.as_args()),
        **_frame(wanted, "listing"),
    )


@pages.get("/unduh")
@requires("onboarding.view")
def export() -> ResponseReturnValue:
    """The same list as a spreadsheet."""
    here = own_territory()
    file = exports.export_applications(here, _wanted())
    name = f"pendaftaran-{here.code}-{now().astimezone(ZONE):%Y-%m-%d}.xlsx"
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/<uuid:application_id>")
@requires("onboarding.view")
def show(application_id: uuid.UUID) -> ResponseReturnValue:
    """One application: its answers, its history, what is like it, and what may be done."""
    return _page(application_id, Checked({}, {}))


@pages.get("/<uuid:application_id>/kemajuan")
@requires("onboarding.view")
def progress(application_id: uuid.UUID) -> ResponseReturnValue:
    """How far the preparation is, as a fragment; when it is over, the page is loaded anew."""
    found = queries.page_of(application_id)
    page = render_template("onboarding_board/_progress.html", found=found, application=found.line.application)
    response = make_response(page)
    if found.line.application.state != "approved" or (found.run and found.run.state == "failed"):
        response.headers["HX-Refresh"] = "true"
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/<uuid:application_id>/surat-tugas")
@requires("onboarding.view")
def letter(application_id: uuid.UUID) -> ResponseReturnValue:
    """The letter of assignment, for officers of the region."""
    file_id = queries.find(application_id).application.letter_file_id
    if file_id is None:
        abort(404)
    try:
        found = open_file(file_id)
    except FileMissing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)
    response = make_response(found.data)
    response.content_type = found.media_type
    response.headers["Content-Disposition"] = disposition("inline", found.file_name)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@pages.post("/<uuid:application_id>/setujui")
@requires("onboarding.decide")
def approve(application_id: uuid.UUID) -> ResponseReturnValue:
    """Approve it; its village is prepared at once."""
    return _do(
        application_id,
        lambda: deciding.approve(application_id, by=acting(), seen=_version()),
        _("Disetujui. Situs desa sedang disiapkan dan pendaftar diberi tahu."),
    )


@pages.post("/<uuid:application_id>/kembalikan")
@requires("onboarding.decide")
def ask_back(application_id: uuid.UUID) -> ResponseReturnValue:
    """Give it back with a comment and the steps that are meant."""
    checked = check(CommentForm(), request.form)
    chosen = request.form.getlist("steps")
    checked = Checked({**checked.typed, "steps": chosen, "deed": "ask_back"}, checked.values, checked.errors)
    if checked.errors:
        queries.find(application_id)
        return _page(application_id, checked, 422)
    return _do(
        application_id,
        lambda: deciding.ask_back(
            application_id,
            by=acting(),
            comment=checked.values["comment"],
            wrong_steps=chosen,
            seen=_version(),
        ),
        _("Dikembalikan. Pendaftar menerima surel dengan pesan Anda."),
        checked,
    )


@pages.post("/<uuid:application_id>/tolak")
@requires("onboarding.decide")
def reject(application_id: uuid.UUID) -> ResponseReturnValue:
    """Refuse it, with the reason."""
    checked = check(CommentForm(), request.form)
    checked = Checked({**checked.typed, "deed": "reject"}, checked.values, checked.errors)
    if checked.errors:
        queries.find(application_id)
        return _page(application_id, checked, 422)
    return _do(
        application_id,
        lambda: deciding.reject(
            application_id, by=acting(), reason=checked.values["comment"], seen=_version()
        ),
        _("Ditolak. Pendaftar diberi tahu, dan desa dapat didaftarkan lagi."),
        checked,
    )


@pages.post("/<uuid:application_id>/ulangi")
@requires("onboarding.decide")
def retry(application_id: uuid.UUID) -> ResponseReturnValue:
    """Have a preparation that failed done once more."""
    return _do(
        application_id, lambda: deciding.retry(application_id, by=acting()), _("Penyiapan diulang sekarang.")
    )


@pages.post("/<uuid:application_id>/blokir")
@requires("onboarding.block")
def block(application_id: uuid.UUID) -> ResponseReturnValue:
    """Block the e-mail address and the number of whoever applied."""
    application = queries.find(application_id).application
    checked = check(ReasonForm(), request.form)
    checked = Checked({**checked.typed, "deed": "block"}, checked.values, checked.errors)
    if checked.errors:
        return _page(application_id, checked, 422)
    for value in (application.email, application.phone):
        if value:
            blocking.block(value, checked.values["reason"], by=acting())
    flash(_("Surel dan nomor pendaftar diblokir. Pendaftaran barunya tidak diterima."), "success")
    return redirect(url_for(".show", application_id=application_id), 303)


def _do(
    application_id: uuid.UUID, deed: Callable[[], Any], said: str, checked: Checked | None = None
) -> ResponseReturnValue:
    """Do something to an application that the one who acts sees, and lead back to it with a sentence."""
    queries.find(application_id)
    try:
        deed()
        flash(said, "success")
    except NotYours as refusal:
        flash(str(refusal), "warning")
        return _page(application_id, checked or Checked({}, {}), 403)
    except AlreadyDecided as refusal:
        flash(str(refusal), "warning")
        return _page(application_id, checked or Checked({}, {}), 409)
    except NotDecided as refusal:
        flash(str(refusal), "warning")
    except Invalid as wrong:
        errors = {wrong.field: [str(wrong)]}
        return _page(application_id, Checked(checked.typed if checked else {}, {}, errors), 422)
    except Missing:
        abort(404)
    return redirect(url_for(".show", application_id=application_id), 303)


def _page(application_id: uuid.UUID, checked: Checked, status: int = 200) -> Response:
    found = queries.page_of(application_id)
    application, row = found.line.application, found.line.row
    actor = acting()
    mine = row is not None and rules.may_decide(actor, row, found.level)
    page = render_template(
        "onboarding_board/application.html",
        found=found,
        line=found.line,
        application=application,
        row=row,
        compared=comparing.compared(application, row) if row else [],
        name_note=comparing.name_note(application),
        phone=written_phone(application.phone),
        history=history_of(found.events, application),
        likes=duplicates.like(application),
        invitation=duplicates.invitation_of(row.id) if row else None,
        office=office_name(row) if row else "",
        decider=decided_office(application, row) if row and application.decided_at else "",
        is_mine=mine,
        may_block=actor.may("onboarding.block"),
        origin=village_origin(row.slug) if row and row.state in SERVED_STATES else "",
        wished=village_origin(application.slug) if application.slug else "",
        step_choices=[(key, words.step_word(key)) for key in deciding.CORRECTABLE],
        typed=checked.typed,
        errors=checked.errors,
    )
    return make_response(page, status)


def _wanted() -> ApplicationFilter:
    return ApplicationFilter.from_args(request.args, acting().region_code or "")


def _frame(wanted: ApplicationFilter, current: str) -> dict[str, Any]:
    """What board and list share: their switch, the filters."""
    here = own_territory()
    regencies, districts = villages.choices(here, wanted.regency)
    args = wanted.as_args()
    views = [("index", _("Papan")), ("listing", _("Daftar"))]
    return {
        "here": here,
        "wanted": wanted,
        "views": [{"label": said, "url": url_for(f".{name}", **args), "current": name == current}
                  for name, said in views],
        "regencies": regencies,
        "districts": districts,
        "routes": [("", _("Semua jalur")), *words.ROUTES.items()],
        "action_url": url_for(f".{current}"),
        "reset_url": url_for(f".{current}") if args else None,
        "list_url": lambda state: url_for(".listing", **wanted.as_args(keadaan=state, lihat="")),
        "late_url": url_for(".listing", **wanted.as_args(keadaan="", lihat="terlambat")),
    }  # fmt: skip


def _chips(wanted: ApplicationFilter, counts: dict[str, int], late: int) -> list[dict[str, Any]]:
    def chip(label: object, state: str, count: int, view: str = "") -> dict[str, Any]:
        return {
            "label": label,
            "url": url_for(".listing", **wanted.as_args(keadaan=state, lihat=view)),
            "count": count,
            "current": wanted.state == state and wanted.late == bool(view),
        }

    return [
        chip(_("Semua"), "", sum(counts.values())),
        chip(_("Terlambat"), "", late, "terlambat"),
        chip(_("Belum dikirim"), "unsent", sum(counts.get(one, 0) for one in words.UNSENT)),
        *(chip(words.state_said(one).label, one, counts.get(one, 0)) for one in words.BOARD),
        chip(_("Berakhir"), "over", sum(counts.get(one, 0) for one in words.OVER)),
    ]


def _cursor() -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args.get("sesudah", ""))
    except ValueError:
        return None


def _version() -> int:
    """The version that a form was drawn with; one that can't be the present one where it is missing."""
    sent = request.form.get("row_version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0
