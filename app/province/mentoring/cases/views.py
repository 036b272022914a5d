"""Cases on the province's host: the board, the list, opening one, and the page of a case with its thread."""

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

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.files.services import FileMissing
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.tables import XLSX
from app.core.ui.formats import file_day
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.announcements.files import file_answer, member
from app.province.announcements.services import Refused
from app.province.mentoring.cases import (
    deeds,
    exports,
    forms,
    guides,
    mentors,
    opening,
    queries,
    staffing,
    waiting,
    words,
)
from app.province.mentoring.cases.people import MANAGE
from app.province.mentoring.cases.queries import NOBODY, CaseFilter, Line
from app.province.mentoring.cases.schemas import (
    LABELS,
    ChangeForm,
    MessageForm,
    NewCaseForm,
    ReasonForm,
    SolveForm,
)
from app.province.mentoring.visits.queries import visits_of_case
from app.province.regions import Territory, own_territory, regions_offered, seen_territory
from tenants.ids import uuid7

log = structlog.get_logger(__name__)

pages = AudienceBlueprint("mentoring", __name__, audience="province", url_prefix="/pendampingan")
forms.take_files(pages, ("mentoring.add", "mentoring.write"))


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages of cases call."""
    return {**forms.page_words(), "labels": LABELS}


@pages.get("")
@requires("mentoring.view")
def index() -> str:
    """The board: open cases by state, the most urgent first."""
    here, wanted = _asked()
    board = queries.board(wanted)
    waiting.refresh_own()
    return render_template(
        "mentoring/board.html",
        board=board,
        columns=queries.BOARD,
        **_frame(here, wanted, "index"),
    )


@pages.get("/daftar")
@requires("mentoring.view")
def listing() -> str:
    """The list with its filters; what is due first stands first."""
    here, wanted = _asked()
    after = forms.cursor("sesudah")
    lines, following = queries.listed(wanted, after=after)
    counts, late = queries.tally(wanted)
    return render_template(
        "mentoring/list.html",
        lines=lines,
        one_mentor=mentors.is_mentor(acting())
        and all(line.case.mentor_id == acting().account_id for line in lines),
        chips=_chips(wanted, counts, late),
        is_first=after is None,
        first_url=url_for(".listing", **wanted.as_args()),
        next_url=url_for(".listing", **wanted.as_args(), sesudah=following) if following else None,
        export_url=url_for(".export", **wanted.as_args()),
        **_frame(here, wanted, "listing"),
    )


@pages.get("/unduh")
@requires("mentoring.view")
def export() -> ResponseReturnValue:
    """The same list as a spreadsheet."""
    here, wanted = _asked()
    file = exports.export_cases(here, wanted)
    name = f"kasus-pendampingan-{here.code}-{file_day()}.xlsx"
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/baru")
@requires("mentoring.work")
def new() -> ResponseReturnValue:
    """The form of a case; `desa` is a village that was chosen on its own page."""
    typed: dict[str, Any] = {"priority": "normal", "topic": "other"}
    chosen = forms.typed_uuid(request.args.get("desa", ""))
    if chosen is not None:
        typed["village"] = opening.village_line(mentors.seen_village(chosen))
    return _form(typed, {}, uuid7())


@pages.post("/baru")
@requires("mentoring.work")
def add() -> ResponseReturnValue:
    """Check and open the case; sent twice it is one."""
    checked = check(NewCaseForm(), request.form)
    typed = {**checked.typed, "village": request.form.get("village", "")}
    case_id = forms.typed_uuid(request.form.get("case_id", "")) or uuid7()
    added, errors = forms.checked_files(request.files.getlist("files"))
    errors = {**checked.errors, **errors}
    try:
        village = opening.named_village(typed["village"])
    except Invalid as wrong:
        errors["village"] = [str(wrong)]
    if errors:
        return _form(typed, errors, case_id, 422)
    try:
        case = deeds.open_case(village.id, checked.values, origin="hand", files=added, case_id=case_id)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        return _form(typed, forms.away(), case_id, 503)
    except Missing:
        abort(404)
    flash(_("Kasus nomor %(number)s dibuka. Desa diberi tahu.", number=case.number), "success")
    return redirect(url_for(".show", case_id=case.id), 303)


@pages.get("/<uuid:case_id>")
@requires("mentoring.view")
def show(case_id: uuid.UUID) -> ResponseReturnValue:
    """A case with its thread; its mentor opening it marks it as read."""
    return _case(case_id, Checked({}, {}))


@pages.post("/<uuid:case_id>/tulis")
@requires("mentoring.work")
def write(case_id: uuid.UUID) -> ResponseReturnValue:
    """Write to the village, or keep a note that the village does not see (`as` is `note`)."""
    queries.find(case_id)
    checked = check(MessageForm(), request.form)
    added, errors = forms.checked_files(request.files.getlist("files"))
    if checked.errors or errors:
        return _case(case_id, Checked(checked.typed, {}, {**checked.errors, **errors}), 422)
    body, entry_id = checked.values["body"], forms.typed_uuid(request.form.get("entry_id", ""))
    try:
        if request.form.get("as") == "note":
            deeds.note(case_id, body, files=added, entry_id=entry_id)
            flash(_("Catatan disimpan; desa tidak melihatnya."), "success")
        else:
            deeds.write(case_id, body, side="programme", files=added, entry_id=entry_id)
            flash(_("Pesan terkirim. Desa diberi tahu."), "success")
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        return _case(case_id, Checked(checked.typed, {}, forms.away()), 503)
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", case_id=case_id), 303)


@pages.post("/<uuid:case_id>/ubah")
@requires("mentoring.work")
def change(case_id: uuid.UUID) -> ResponseReturnValue:
    """Change state, priority or topic."""
    checked = check(ChangeForm(), request.form)
    seen = forms.version()
    return _do(case_id, lambda: deeds.change(case_id, checked.values, seen=seen), _("Tersimpan."), checked)


@pages.post("/<uuid:case_id>/selesai")
@requires("mentoring.work")
def solve(case_id: uuid.UUID) -> ResponseReturnValue:
    """Say what solved it."""
    checked = check(SolveForm(), request.form)
    if checked.errors:
        queries.find(case_id)
        return _case(case_id, checked, 422)
    article_id = guides.known(forms.typed_uuid(request.form.get("article_id", "")))

    def deed() -> None:
        deeds.solve(case_id, checked.values["solution"], seen=forms.version(), article_id=article_id)

    return _do(case_id, deed, _("Kasus dinyatakan selesai. Desa diminta memastikannya."), checked)


@pages.post("/<uuid:case_id>/tutup")
@requires("mentoring.work")
def close(case_id: uuid.UUID) -> ResponseReturnValue:
    """Close it."""
    return _do(case_id, lambda: deeds.close(case_id, side="programme", reason=_reason()), _("Kasus ditutup."))


@pages.post("/<uuid:case_id>/buka-lagi")
@requires("mentoring.work")
def reopen(case_id: uuid.UUID) -> ResponseReturnValue:
    """Take it up again."""
    return _do(case_id, lambda: deeds.reopen(case_id, reason=_reason()), _("Kasus dibuka lagi."))


@pages.post("/<uuid:case_id>/naikkan")
@requires("mentoring.work")
def raise_case(case_id: uuid.UUID) -> ResponseReturnValue:
    """Raise it to the next office above."""
    return _do(
        case_id,
        lambda: deeds.raise_case(case_id, reason=_reason(), seen_level=_seen_level()),
        _("Kasus dinaikkan. Kantor di atas dan desa diberi tahu."),
    )


@pages.post("/<uuid:case_id>/serahkan")
@requires("mentoring.manage")
def give(case_id: uuid.UUID) -> ResponseReturnValue:
    """Give it to a mentor, this case alone or with the village (`stays`), or take it to the office."""
    line = queries.find(case_id)
    mentor_id, reason = forms.typed_uuid(request.form.get("mentor_id", "")), _reason()
    if mentor_id is not None and not staffing.in_region(mentor_id, acting().region_code or ""):
        abort(404)

    def deed() -> None:
        if mentor_id is not None and request.form.get("stays"):
            staffing.assign([line.village.id], mentor_id, reason=reason)
        staffing.give(case_id, mentor_id, reason=reason)

    return _do(case_id, deed, _("Kasus diserahkan. Yang memegangnya dan desa diberi tahu."))


@pages.get("/<uuid:case_id>/berkas/<uuid:file_id>")
@requires("mentoring.view")
def attachment(case_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """A file of a case."""
    queries.find(case_id)
    try:
        return file_answer(member(queries.file_ids(queries.entries_of(case_id)), file_id))
    except (Missing, FileMissing):
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


def _do(case_id: uuid.UUID, deed: Any, said: str, checked: Checked | None = None) -> ResponseReturnValue:
    """Do something to a case that the one who acts sees, and lead back to it with a sentence.

    Where somebody was faster, the page is drawn anew with what was typed (`checked`).
    """
    queries.find(case_id)
    try:
        deed()
        flash(said, "success")
    except ChangedMeanwhile:
        flash(
            _("Kasus ini baru saja berubah. Periksa yang baru, lalu kirim lagi; isian Anda masih ada."),
            "warning",
        )
        return _case(case_id, Checked(checked.typed if checked else {}, {}), 409)
    except (Refused, Invalid) as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", case_id=case_id), 303)


def _seen_level() -> int | None:
    typed = request.form.get("level", "")
    return int(typed) if typed in ("1", "2", "3") else None


def _reason() -> str:
    found: str = check(ReasonForm(), request.form).values.get("reason", "")
    return found


def _asked() -> tuple[Territory, CaseFilter]:
    here = seen_territory(request.args.get("wilayah"))
    wanted = CaseFilter.from_args(request.args)
    own = own_territory().code
    return here, CaseFilter(**{**_fields(wanted), "region": here.code if here.code != own else ""})


def _fields(wanted: CaseFilter) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in CaseFilter.__dataclass_fields__}


def _frame(here: Territory, wanted: CaseFilter, current: str) -> dict[str, Any]:
    """What board and list share: filters, tabs, who may do what."""
    args = wanted.as_args()
    views = [("index", _("Papan")), ("listing", _("Daftar"))]
    tabs = [
        {"label": label, "url": url_for(f".{name}", **args), "current": name == current}
        for name, label in views
    ]
    tabs.append({"label": _("Pendamping"), "url": url_for("mentors.index"), "current": False})
    return {
        "here": here,
        "wanted": wanted,
        "sections": tabs,
        "priorities": [("", _("Semua prioritas")), *((k, s.label) for k, s in words.PRIORITIES.items())],
        "topics": [("", _("Semua topik")), *words.TOPICS.items()],
        "regions": regions_offered(own_territory(), here),
        "mentors": _mentors_offered(here, wanted),
        "origins": [("", _("Semua asal")), *words.ORIGINS.items(), *words.RULES.items()],
        "may_work": acting().may("mentoring.work"),
        "reset_url": url_for(f".{current}") if args else None,
        "action_url": url_for(f".{current}"),
        "list_url": lambda state: url_for(".listing", **wanted.as_args(keadaan=state)),
    }


def _mentors_offered(here: Territory, wanted: CaseFilter) -> list[tuple[str, str]]:
    """Whom cases can be narrowed to: the office itself and the mentors of the region; nothing for a mentor alone."""
    if mentors.is_mentor(acting()):
        return []
    found = [(str(account_id), name) for account_id, name, _skills, _count in staffing.choosable(here.code)]
    offered = [("", str(_("Semua pendamping"))), (NOBODY, str(_("Kantor (tanpa pendamping)"))), *found]
    if wanted.mentor and wanted.mentor not in dict(offered):
        offered.append((wanted.mentor, str(_("Pendamping lain"))))
    return offered


def _chips(wanted: CaseFilter, counts: dict[str, int], late: int) -> list[dict[str, Any]]:
    def url(state: str, view: str = "") -> str:
        return url_for(".listing", **wanted.as_args(keadaan=state, lihat=view))

    open_ = sum(counts.get(state, 0) for state in words.OPEN)
    chips = [
        {
            "label": _("Terbuka"), "url": url(""), "count": open_, "current": not wanted.state and not wanted.late,
        },
        {"label": _("Terlambat"), "url": url("", "terlambat"), "count": late, "current": wanted.late},
    ]  # fmt: skip
    for state, said in words.STATES.items():
        current = wanted.state == state and not wanted.late
        chips.append(
            {"label": said.label, "url": url(state), "count": counts.get(state, 0), "current": current}
        )
    every = {
        "label": _("Semua"),
        "url": url("all"),
        "count": sum(counts.values()),
        "current": wanted.state == "all",
    }
    return [*chips, every]


def _form(
    typed: dict[str, Any], errors: dict[str, list[str]], case_id: uuid.UUID, status: int = 200
) -> Response:
    page = render_template(
        "mentoring/new.html",
        typed=typed,
        errors=errors,
        case_id=case_id,
        choices=opening.village_choices(),
        topics=list(words.TOPICS.items()),
        priorities=[(key, said.label) for key, said in words.PRIORITIES.items()],
    )
    return make_response(page, status)


def _case(case_id: uuid.UUID, checked: Checked, status: int = 200) -> Response:
    found = queries.thread(case_id)
    actor = acting()
    deeds.mark_read(found.line.case, side="programme", actor=actor)
    waiting.refresh_own()
    may_manage = actor.may(MANAGE)
    page = render_template(
        "mentoring/case.html",
        line=found.line,
        case=found.line.case,
        village=found.line.village,
        entries=found.entries,
        others=found.others,
        visits=visits_of_case(case_id),
        typed=checked.typed,
        errors=checked.errors,
        entry_id=uuid7(),
        may_work=actor.may("mentoring.work"),
        may_manage=may_manage,
        mentor_choices=_mentor_choices(found.line) if may_manage else [],
        articles=guides.choices() if actor.may("mentoring.work") else [],
        article=guides.title_of(found.line.case.article_id),
        states=[(state, words.STATES[state].label) for state in words.OPEN],
        priorities=[(key, said.label) for key, said in words.PRIORITIES.items()],
        topics=list(words.TOPICS.items()),
    )
    return make_response(page, status)


def _mentor_choices(line: Line) -> list[tuple[str, str]]:
    """The office and the mentors of the own region with what they are good at and their load, the able ones first."""
    found = [("", str(_("Kantor (tanpa pendamping)")))]
    others = staffing.choosable(acting().region_code or "")
    for account_id, name, skills, count in sorted(others, key=lambda one: line.case.topic not in one[2]):
        able = ", ".join(str(words.topic_word(skill)) for skill in skills)
        said = _("%(name)s, %(count)s kasus terbuka", name=name, count=count)
        found.append((str(account_id), f"{said} ({able})" if able else said))
    return found
