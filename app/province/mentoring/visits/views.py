"""Visits on the province's host: a mentor's phone view, the list, planning, and what became of one."""

from __future__ import annotations

import uuid
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

from app.core.actors import Actor, acting
from app.core.blueprints import AudienceBlueprint
from app.core.files.scans import MEGABYTE
from app.core.files.services import FileMissing
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.tables import XLSX
from app.core.ui.formats import file_day
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.mentoring.cases.mentors import is_mentor, visited_village
from app.province.mentoring.visits import exports, photos, pins, queries, services, words
from app.province.mentoring.visits.errors import Refused
from app.province.mentoring.visits.photos import MOST_PHOTOS, photo_answer
from app.province.mentoring.visits.queries import Line, VisitFilter
from app.province.mentoring.visits.schemas import LABELS, PlanForm, SignForm
from app.province.mentoring.visits.waiting import count_before
from app.province.regions import Territory, own_territory, seen_territory
from tenants.ids import uuid7
from tenants.models import TenantRow, now

log = structlog.get_logger(__name__)

pages = AudienceBlueprint("mentoring_visits", __name__, audience="province", url_prefix="/kunjungan")
pages.before_app_request(count_before)


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages of visits call."""
    return {
        "visit_said": words.visit_said,
        "way_word": words.way_word,
        "photos_said": words.photos_said,
        "phone_place": words.phone_place,
        "village_name": words.village_name,
        "role_word": words.role_word,
        "case_path": words.case_path,
        "case_options": words.case_options,
        "labels": LABELS,
        "most_photos": MOST_PHOTOS,
        "most_megabytes": photos.MOST_PHOTO_BYTES // MEGABYTE,
    }


def found_here(visit_id: uuid.UUID) -> Line:
    """A visit that the one who asks sees; any other is not found."""
    try:
        return queries.seen_visit(visit_id)
    except Missing:
        abort(404)


def own_here(visit_id: uuid.UUID) -> Line:
    """A visit that the one who asks sees and recorded or planned; any other is not found."""
    line = found_here(visit_id)
    if line.visit.mentor_id != acting().account_id:
        abort(404)
    return line


def asked_id(name: str) -> uuid.UUID | None:
    """An id of the query string; None where there is none that could be one."""
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None


def version() -> int | None:
    """The version that a form was drawn with; None where it names none, as a phone's draft."""
    sent = request.form.get("row_version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None


@pages.get("")
@requires("mentoring.view")
def index() -> ResponseReturnValue:
    """A mentor's villages, plans and unsigned visits; for officers the list of visits."""
    actor = acting()
    if not is_mentor(actor):
        return _list(actor)
    view = queries.phone_view(actor.account_id)
    return render_template("visits/phone.html", view=view, today=services.today(), drawn_at=now())


@pages.get("/daftar")
@requires("mentoring.view")
def visit_list() -> ResponseReturnValue:
    """The visits that the one who asks sees, newest first."""
    return _list(acting())


@pages.get("/unduh")
@requires("mentoring.view")
def export() -> ResponseReturnValue:
    """The same list as a spreadsheet."""
    here = seen_territory(request.args.get("wilayah"))
    file = exports.export_visits(here, VisitFilter.from_args(request.args))
    return sheet(file, f"kunjungan-{here.code}-{file_day()}.xlsx")


def sheet(file: Any, name: str) -> Response:
    """A workbook as a download."""
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/desa")
@requires("mentoring.work")
def choose_village() -> ResponseReturnValue:
    """Look for the village of a visit; mentors choose among theirs."""
    search = " ".join(request.args.get("q", "").replace("\x00", "").split())[:80]
    found = queries.find_villages(search)
    return render_template("visits/choose.html", search=search, found=found, most=queries.MOST_FOUND)


@pages.get("/rencana")
@requires("mentoring.work")
def new_plan() -> ResponseReturnValue:
    """An empty plan for a village; `kasus` names the case that it is for."""
    village_id = asked_id("desa")
    if village_id is None:
        return redirect(url_for(".choose_village"), 303)
    village = visited_village(village_id)
    return _plan_form(village, {"case_id": asked_id("kasus")}, {}, uuid7())


@pages.post("/rencana")
@requires("mentoring.work")
def plan() -> ResponseReturnValue:
    """Keep a plan, or a changed one; the village is told."""
    checked = check(PlanForm(), request.form)
    village = village_of(checked)
    visit_id = sent_id()
    if village is None or visit_id is None:
        abort(400)
    if checked.is_valid:
        try:
            services.plan_visit(visit_id, village.id, checked.values, by=acting(), seen=version())
            flash(_("Rencana tersimpan. Desa diberi tahu."), "success")
            return redirect(url_for(".show", visit_id=visit_id), 303)
        except Invalid as wrong:
            checked = checked.with_error(wrong.field, wrong)
        except ChangedMeanwhile:
            flash(_("Rencana ini baru saja diubah di perangkat lain. Periksa dahulu."), "warning")
            return redirect(url_for(".show", visit_id=visit_id), 303)
        except Refused as refusal:
            flash(str(refusal), "warning")
            return redirect(url_for(".show", visit_id=visit_id), 303)
        except Missing:
            abort(404)
    return _plan_form(village, checked.typed, checked.errors, visit_id, 422)


@pages.get("/<uuid:visit_id>/rencana")
@requires("mentoring.work")
def edit_plan(visit_id: uuid.UUID) -> ResponseReturnValue:
    """A plan's form."""
    line = own_here(visit_id)
    visit = line.visit
    if visit.state != "planned":
        return redirect(url_for(".show", visit_id=visit_id), 303)
    typed = {name: getattr(visit, name) for name in ("case_id", "visited_on", "place", "aim")}
    return _plan_form(line.village, typed, {}, visit_id, version=visit.row_version)


@pages.get("/<uuid:visit_id>")
@requires("mentoring.view")
def show(visit_id: uuid.UUID) -> ResponseReturnValue:
    """One visit with its photos and what they say of themselves."""
    return _shown(found_here(visit_id), {}, {})


@pages.route("/<uuid:visit_id>/batal", methods=["GET", "POST"])
@requires("mentoring.work")
def cancel(visit_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why, then call the visit off."""
    line, errors = own_here(visit_id), {}
    reason = request.form.get("reason", "")
    if request.method == "POST":
        try:
            services.cancel_visit(visit_id, reason, by=acting())
            flash(_("Kunjungan dibatalkan."), "success")
        except Invalid as wrong:
            errors = {wrong.field: str(wrong)}
        except Refused as refusal:
            flash(str(refusal), "warning")
        if not errors:
            return redirect(url_for(".show", visit_id=visit_id), 303)
    page = render_template("visits/cancel.html", line=line, reason=reason, errors=errors)
    return make_response(page, 422 if errors else 200)


@pages.post("/<uuid:visit_id>/tanda-tangan")
@requires("mentoring.work")
def sign(visit_id: uuid.UUID) -> ResponseReturnValue:
    """Let somebody of the village sign on this phone with the village's PIN."""
    line = own_here(visit_id)
    checked = check(SignForm(), request.form)
    errors = dict(checked.errors)
    if not errors:
        try:
            services.sign_with_pin(visit_id, checked.values["name"], checked.values["pin"], by=acting())
            flash(_("Kunjungan ditandatangani desa."), "success")
            return redirect(url_for(".show", visit_id=visit_id), 303)
        except Invalid as wrong:
            errors[wrong.field] = [str(wrong)]
        except Refused as refusal:
            flash(str(refusal), "warning")
            return redirect(url_for(".show", visit_id=visit_id), 303)
        except Missing:
            abort(404)
    return _shown(line, {"name": checked.typed.get("name", "")}, errors, 422)


@pages.get("/<uuid:visit_id>/foto/<uuid:file_id>")
@requires("mentoring.view")
def photo(visit_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """A photo of a visit."""
    line = found_here(visit_id)
    try:
        return photo_answer(line.visit.photos, file_id)
    except (Missing, FileMissing):
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


def village_of(checked: Checked) -> TenantRow | None:
    """The village that a form names; one that the sender does not see is not found (404). None without one."""
    try:
        village_id = uuid.UUID(str(checked.typed.get("village_id", "")))
    except ValueError:
        return None
    return visited_village(village_id)


def sent_id() -> uuid.UUID | None:
    """The id that a form's visit bears, as it was drawn on the phone; None for what is no id."""
    try:
        return uuid.UUID(request.form.get("visit_id", ""))
    except ValueError:
        return None


def _shown(
    line: Line, typed: dict[str, Any], errors: dict[str, list[str]], status: int = 200
) -> ResponseReturnValue:
    is_own = line.visit.mentor_id == acting().account_id and acting().may("mentoring.work")
    page = render_template(
        "visits/show.html",
        line=line,
        case=queries.case_of(line.visit),
        is_own=is_own,
        pin=pins.pin_of(line.village.id) if is_own and line.visit.state == "held" else None,
        is_locked=pins.is_locked,
        typed=typed,
        errors=errors,
    )
    return make_response(page, status)


def _plan_form(
    village: TenantRow,
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    visit_id: uuid.UUID,
    status: int = 200,
    version: int | None = None,
) -> Response:
    page = render_template(
        "visits/plan.html",
        village=village,
        typed=typed,
        errors=errors,
        visit_id=visit_id,
        row_version=version if version is not None else request.form.get("row_version", ""),
        cases=queries.cases_to_visit([village.id], acting()),
        today=services.today(),
    )
    return make_response(page, status)


def _list(actor: Actor) -> ResponseReturnValue:
    here = seen_territory(request.args.get("wilayah"))
    wanted = VisitFilter.from_args(request.args)
    after = request.args.get("sesudah", "")
    lines, following = queries.page_of(here, wanted, after=after)
    kept: dict[str, Any] = {**wanted.as_args(), **_region_arg(here)}
    return render_template(
        "visits/list.html",
        here=here,
        wanted=wanted,
        lines=lines,
        tally=queries.tally(here, wanted),
        chips=_chips(wanted, here),
        is_first=not after,
        first_url=url_for(".visit_list", **kept),
        next_url=url_for(".visit_list", **kept, sesudah=following) if following else None,
        export_url=url_for(".export", **kept),
        may_work=actor.may("mentoring.work"),
        is_mentor=is_mentor(actor),
    )


def _region_arg(here: Territory) -> dict[str, Any]:
    return {"wilayah": here.code} if here.code != own_territory().code else {}


def _chips(wanted: VisitFilter, here: Territory) -> list[dict[str, Any]]:
    named = [("", _("Semua")), *((code, said.label) for code, said in words.STATES.items())]
    kept: dict[str, Any] = {**wanted.as_args(), **_region_arg(here)}
    kept.pop("keadaan", None)
    return [
        {
            "label": label,
            "url": url_for(".visit_list", **kept, keadaan=code or None),
            "current": code == wanted.state,
        }
        for code, label in named
    ]
