"""An event's money and documents: one page, and the forms that lead from it."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.files.services import FileMissing
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing
from app.province.announcements import files
from app.province.announcements.files import MOST_BODY, CheckedFile
from app.province.announcements.views import too_large
from app.province.announcements.words import file_word
from app.province.training.events import money, papers, words
from app.province.training.events.asked import done, page
from app.province.training.events.models import TrainingCost, TrainingEvent
from app.province.training.events.schemas import CostForm, PaperForm
from app.province.training.events.services import Refused, is_organiser, office, own_event, seen_event
from app.province.training.events.views import pages

log = structlog.get_logger(__name__)
PAGE = "training_events.budget"
WITH_FILES = "training_events.add_document"


def allow_files(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Let the form with a file be larger than others."""
    if endpoint == WITH_FILES and request.method == "POST":
        request.max_content_length = MOST_BODY


pages.url_value_preprocessor(allow_files)
pages.register_error_handler(RequestEntityTooLarge, too_large)


@pages.get("/<uuid:event_id>/biaya")
@requires("training.view")
def budget(event_id: uuid.UUID) -> ResponseReturnValue:
    """An event's budget and its use, and the organiser's documents."""
    return _page(seen_event(event_id))


@pages.post("/<uuid:event_id>/biaya")
@requires("training.manage")
def add_cost(event_id: uuid.UUID) -> ResponseReturnValue:
    """Check and note a cost."""
    event = own_event(event_id)
    checked = check(CostForm(), request.form)
    if not checked.is_valid:
        return _page(event, cost=checked, status=422)
    try:
        money.add_cost(event_id, checked.values, office=office())
        flash(_("Biaya dicatat."), "success")
    except Invalid as wrong:
        return _page(own_event(event_id), cost=checked.with_error(wrong.field, wrong), status=422)
    except Refused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(PAGE, event_id=event_id), 303)


@pages.route("/<uuid:event_id>/biaya/<uuid:cost_id>", methods=["GET", "POST"])
@requires("training.manage")
def change_cost(event_id: uuid.UUID, cost_id: uuid.UUID) -> ResponseReturnValue:
    """A cost's form, such as for the day on which it was paid; check and keep."""
    event = own_event(event_id)
    row = _cost(event, cost_id)
    if request.method == "GET":
        typed = {name: getattr(row, name) for name in ("category", "description", "amount", "spent_on")}
        return _cost_page(event, row, typed, {})
    checked = check(CostForm(), request.form)
    if not checked.is_valid:
        return _cost_page(event, row, checked.typed, checked.errors, status=422)
    try:
        money.change_cost(event_id, cost_id, checked.values, office=office())
        flash(_("Biaya tersimpan."), "success")
    except Invalid as wrong:
        event = own_event(event_id)
        errors = {wrong.field: [str(wrong)]}
        return _cost_page(event, _cost(event, cost_id), checked.typed, errors, status=422)
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(PAGE, event_id=event_id), 303)


@pages.post("/<uuid:event_id>/biaya/<uuid:cost_id>/hapus")
@requires("training.manage")
def delete_cost(event_id: uuid.UUID, cost_id: uuid.UUID) -> ResponseReturnValue:
    """Take a cost away."""
    own_event(event_id)
    return done(
        lambda: money.delete_cost(event_id, cost_id, office=office()), _("Biaya dihapus."), event_id, PAGE
    )


@pages.post("/<uuid:event_id>/dokumen")
@requires("training.manage")
def add_document(event_id: uuid.UUID) -> ResponseReturnValue:
    """Check and keep a document."""
    event = own_event(event_id)
    checked = check(PaperForm(), request.form)
    file, checked = _sent_file(checked)
    if not checked.is_valid or file is None:
        return _page(event, paper=checked, status=422)
    try:
        papers.add_paper(event_id, file, title=checked.values["title"], office=office())
        flash(_("Dokumen disimpan."), "success")
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        sentence = _("Penyimpanan berkas sedang tidak dapat dihubungi. Tunggu sebentar, lalu coba lagi.")
        return _page(own_event(event_id), paper=checked.with_error("file", sentence), status=503)
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(PAGE, event_id=event_id, _anchor="dokumen"), 303)


@pages.get("/<uuid:event_id>/dokumen/<uuid:paper_id>")
@requires("training.view")
def document(event_id: uuid.UUID, paper_id: uuid.UUID) -> ResponseReturnValue:
    """A document's file."""
    event = seen_event(event_id)
    try:
        return papers.paper_answer(event, paper_id)
    except (Missing, FileMissing):
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


@pages.post("/<uuid:event_id>/dokumen/<uuid:paper_id>/hapus")
@requires("training.manage")
def remove_document(event_id: uuid.UUID, paper_id: uuid.UUID) -> ResponseReturnValue:
    """Take a document away."""
    own_event(event_id)
    return done(
        lambda: papers.remove_paper(event_id, paper_id, office=office()),
        _("Dokumen dihapus."),
        event_id,
        PAGE,
    )


def _page(
    event: TrainingEvent, *, cost: Checked | None = None, paper: Checked | None = None, status: int = 200
) -> Response:
    return page(
        "training/budget.html",
        status,
        event=event,
        money=money.money_of(event),
        documents=papers.papers_of(event.id, papers.DOCUMENT),
        cost=cost or Checked({"category": "meals"}, {}),
        paper=paper or Checked({}, {}),
        categories=list(words.COSTS.items()),
        may_change=is_organiser(event),
        file_word=file_word,
    )


def _cost_page(
    event: TrainingEvent,
    row: TrainingCost,
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    *,
    status: int = 200,
) -> Response:
    categories = list(words.COSTS.items())
    return page(
        "training/cost_form.html",
        status,
        event=event,
        row=row,
        typed=typed,
        errors=errors,
        categories=categories,
    )


def _cost(event: TrainingEvent, cost_id: uuid.UUID) -> TrainingCost:
    try:
        return money.find_cost(event, cost_id)
    except Missing:
        abort(404)


def _sent_file(checked: Checked) -> tuple[CheckedFile | None, Checked]:
    """The form's file, and the form with what is wrong with it."""
    sent = files.uploads(request.files.getlist("file"))
    if not sent:
        return None, checked.with_error("file", _("Pilih berkasnya."))
    try:
        return files.checked(sent[0], "file"), checked
    except Invalid as wrong:
        return None, checked.with_error("file", wrong)
