"""A village's pages of mentoring: its mentor, its cases, asking for help from any page, the thread of a case."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import (
    Response,
    abort,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from app.core.actors import acting, current_actor
from app.core.blueprints import AudienceBlueprint
from app.core.files.services import FileMissing
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.tables import XLSX
from app.core.ui.formats import file_day
from app.core.village.errors import Missing
from app.province.announcements.services import Refused
from app.province.mentoring.cases import asking, exports, forms, guides, village, waiting, words
from app.province.mentoring.cases.schemas import LABELS, AskForm, MessageForm
from tenants.errors import NoTenantScope
from tenants.ids import uuid7
from tenants.scope import current_tenant_or_none

log = structlog.get_logger(__name__)

pages = AudienceBlueprint("village_mentoring", __name__, audience="village", url_prefix="/pendampingan")
pages.before_app_request(waiting.read_before)
forms.take_files(pages, ("village_mentoring.send", "village_mentoring.answer"))


@pages.app_context_processor
def page_foot() -> dict[str, Any]:
    """What the foot of every page of a village's staff shows: the mentor, and the way to ask from this page."""
    if current_tenant_or_none() is None:
        return {}
    found = {"mentoring_facts": waiting.village_facts, "error_foot": error_foot}
    actor = current_actor() if waiting.is_page() else None
    if actor is None or actor.tenant_id is None:
        return found
    return {**found, "foot_template": "mentoring/_foot.html", "may_ask": actor.may("mentoring.ask")}


def error_foot() -> str | None:
    """The template of what an error page shows to the village's staff; None for everybody else, or if nobody knows."""
    if g.get("cacheable"):
        return None
    try:
        actor = current_actor()
    except (SQLAlchemyError, NoTenantScope) as error:
        log.info("actor_unknown", error=str(error).splitlines()[0])
        return None
    if actor is None or actor.tenant_id is None or actor.must_enrol or not actor.may("mentoring.ask"):
        return None
    return "mentoring/_error_foot.html"


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages call."""
    return forms.page_words()


@pages.get("")
@requires("village.view")
def index() -> str:
    """The village's mentor and its cases, newest first."""
    closed = request.args.get("lihat") == "selesai"
    after = forms.cursor("sesudah")
    lines, following = village.my_cases(closed=closed, after=after)
    kept: dict[str, Any] = {"lihat": "selesai"} if closed else {}
    return render_template(
        "mentoring/village_index.html",
        lines=lines,
        mentor=village.my_mentor(),
        is_closed=closed,
        may_ask=acting().may("mentoring.ask"),
        is_first=after is None,
        first_url=url_for(".index", **kept),
        next_url=url_for(".index", **kept, sesudah=following) if following else None,
    )


@pages.get("/unduh")
@requires("village.view")
def export() -> ResponseReturnValue:
    """The village's cases as a spreadsheet."""
    file = exports.village_cases()
    response = send_file(
        file,
        mimetype=XLSX,
        as_attachment=True,
        download_name=f"pendampingan-{file_day()}.xlsx",
        max_age=0,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/minta")
@requires("mentoring.ask")
def ask() -> ResponseReturnValue:
    """The form; `halaman` is the path of the page from which it was opened."""
    page = asking.asked_from(request.args.get("halaman", ""))
    typed = {"topic": page.topic if page else "other"}
    return _form(typed, {}, page, uuid7())


@pages.post("/minta")
@requires("mentoring.ask")
def send() -> ResponseReturnValue:
    """Check and open the case; sent twice it is one."""
    checked = check(AskForm(), request.form)
    page = asking.asked_from(request.form.get("page", ""))
    case_id = forms.typed_uuid(request.form.get("case_id", "")) or uuid7()
    added, errors = forms.checked_files(request.files.getlist("files"))
    if checked.errors or errors:
        return _form(checked.typed, {**checked.errors, **errors}, page, case_id, 422)
    try:
        case = village.ask(checked.values, page=page, files=added, case_id=case_id)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        return _form(checked.typed, forms.away(), page, case_id, 503)
    except Missing:
        abort(404)
    flash(_("Permintaan terkirim. Jawabannya muncul di sini, dan Anda diberi tahu."), "success")
    return redirect(url_for(".show", case_id=case.id), 303)


@pages.get("/<uuid:case_id>")
@requires("village.view")
def show(case_id: uuid.UUID) -> ResponseReturnValue:
    """One case with its thread; opening it marks it as read."""
    return _case(case_id, Checked({}, {}))


@pages.post("/<uuid:case_id>/balas")
@requires("mentoring.ask")
def answer(case_id: uuid.UUID) -> ResponseReturnValue:
    """Write in the case."""
    checked = check(MessageForm(), request.form)
    added, errors = forms.checked_files(request.files.getlist("files"))
    if checked.errors or errors:
        return _case(case_id, Checked(checked.typed, {}, {**checked.errors, **errors}), 422)
    entry_id = forms.typed_uuid(request.form.get("entry_id", ""))
    try:
        village.answer(case_id, checked.values["body"], files=added, entry_id=entry_id)
        flash(_("Pesan terkirim."), "success")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        return _case(case_id, Checked(checked.typed, {}, forms.away()), 503)
    except Missing:
        abort(404)
    return redirect(url_for(".show", case_id=case_id), 303)


@pages.post("/<uuid:case_id>/selesai")
@requires("mentoring.ask")
def confirm(case_id: uuid.UUID) -> ResponseReturnValue:
    """Say that it did help."""
    try:
        village.confirm(case_id)
        flash(_("Terima kasih. Kasus ini ditutup."), "success")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", case_id=case_id), 303)


@pages.get("/<uuid:case_id>/berkas/<uuid:file_id>")
@requires("village.view")
def attachment(case_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """A file of a case."""
    try:
        return village.attachment(case_id, file_id)
    except (Missing, FileMissing):
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


def _form(
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    page: asking.AskedFrom | None,
    case_id: uuid.UUID,
    status: int = 200,
) -> Response:
    facts = waiting.village_facts()
    shown = render_template(
        "mentoring/ask.html",
        typed=typed,
        errors=errors,
        asked=page,
        articles=guides.about(page.path) if page else [],
        case_id=case_id,
        labels=LABELS,
        mentor_name=facts.mentor if facts else "",
        topics=list(words.TOPICS.items()),
    )
    return make_response(shown, status)


def _case(case_id: uuid.UUID, checked: Checked, status: int = 200) -> Response:
    try:
        found = village.open_one(case_id, acting())
    except Missing:
        abort(404)
    waiting.refresh_village()
    page = render_template(
        "mentoring/village_case.html",
        case=found.case,
        entries=found.entries,
        helper=found.helper,
        article=guides.for_village(found.case.article_id),
        may_ask=acting().may("mentoring.ask"),
        typed=checked.typed,
        errors=checked.errors,
        entry_id=uuid7(),
        labels=LABELS,
    )
    return make_response(page, status)
