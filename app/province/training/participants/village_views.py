"""Training on a village's host: invitations, registering people, sending somebody else, tasks."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.documents import DocumentFailed
from app.core.forms import check
from app.core.permissions import requires
from app.core.ui.formats import file_day
from app.core.village.errors import Invalid, Missing
from app.province.regions import frame_name
from app.province.training.events import words as event_words
from app.province.training.participants import rules, tasks, village_exports, words
from app.province.training.participants import village_reading as reading
from app.province.training.participants.common_views import as_download, as_pdf
from app.province.training.participants.page import page_url
from app.province.training.participants.people import SEXES
from app.province.training.participants.registering import MOST_AT_ONCE, Outcome
from app.province.training.participants.rules import Alike, Refused
from app.province.training.participants.schemas import LABELS, NoteForm, PersonForm, ReasonForm, candidate
from app.province.training.participants.waiting import count_before

village_training = AudienceBlueprint(
    "village_training", __name__, audience="village", url_prefix="/pelatihan"
)
village_training.before_app_request(count_before)


@village_training.context_processor
def page_words() -> dict[str, Any]:
    """What the pages call."""
    return {
        "labels": LABELS,
        "answer_said": words.answer_said,
        "seat_said": words.seat_said,
        "sex_word": words.sex_word,
        "sexes": list(words.SEXES.items()),
        "task_said": words.task_said,
        "kind_word": event_words.kind_word,
        "days": event_words.days,
        "hours": event_words.hours,
        "frame_name": frame_name,
        "last_day_to_register": rules.last_day_to_register,
        "page_url": page_url,
    }


@village_training.get("")
@requires("village.view")
def index() -> str:
    """The village's invitations: those that wait or are coming, and what is past."""
    lines = reading.events()
    coming = sorted((one for one in lines if not one.is_past), key=lambda one: one.event.starts_on)
    return render_template(
        "training_participants/village_index.html",
        coming=coming,
        past=[one for one in lines if one.is_past],
        sections=_sections("index"),
    )


@village_training.get("/unduh")
@requires("village.view")
def export() -> ResponseReturnValue:
    """The village's invitations as a spreadsheet."""
    return as_download(village_exports.export_invitations(), f"undangan-{file_day()}", "xlsx")


@village_training.get("/tugas/unduh")
@requires("village.view")
def export_tasks() -> ResponseReturnValue:
    """The list of tasks as a spreadsheet."""
    return as_download(village_exports.export_tasks(_view()), f"tugas-{file_day()}", "xlsx")


@village_training.get("/<uuid:event_id>/peserta/unduh")
@requires("training.register")
def export_people(event_id: uuid.UUID) -> ResponseReturnValue:
    """The village's people at an event, with telephone numbers and the addresses of their codes, as a spreadsheet."""
    try:
        file = village_exports.export_people(event_id)
    except Missing:
        abort(404)
    return as_download(file, f"peserta-{file_day()}", "xlsx")


@village_training.get("/<uuid:event_id>")
@requires("village.view")
def show(event_id: uuid.UUID) -> ResponseReturnValue:
    """One event: the invitation, the village's people, its tasks."""
    return _page(event_id)


@village_training.get("/<uuid:event_id>/surat.pdf")
@requires("village.view")
def letter(event_id: uuid.UUID) -> ResponseReturnValue:
    """The village's letter of invitation."""
    try:
        return as_pdf(reading.letter(event_id), "undangan")
    except Missing:
        abort(404)
    except DocumentFailed as failed:
        flash(str(failed), "error")
        return redirect(url_for(".show", event_id=event_id), 303)


@village_training.post("/<uuid:event_id>/perangkat")
@requires("training.register")
def register_officials(event_id: uuid.UUID) -> ResponseReturnValue:
    """Register those officials of the village's list that were ticked."""
    chosen: list[tuple[uuid.UUID, str]] = []
    without: int = 0
    for text in request.form.getlist("official")[:MOST_AT_ONCE]:
        sex = request.form.get(f"sex-{text}", "")
        try:
            key = uuid.UUID(text)
        except ValueError:
            continue
        if sex in SEXES:
            chosen.append((key, sex))
        else:
            without += 1
    if without:
        flash(_("Pilih laki-laki atau perempuan untuk setiap orang yang dicentang."), "warning")
        return redirect(url_for(".show", event_id=event_id), 303)
    try:
        _tell(reading.register_officials(event_id, chosen, acting()))
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", event_id=event_id), 303)


@village_training.post("/<uuid:event_id>/warga")
@requires("training.register")
def register_citizen(event_id: uuid.UUID) -> ResponseReturnValue:
    """Register somebody by name."""
    checked = check(PersonForm(), request.form)
    if not checked.is_valid:
        return _page(event_id, checked.typed, checked.errors, status=422)
    values = checked.values
    try:
        outcome = reading.register(event_id, [candidate(values)], acting(), is_other=values["is_other"])
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for(".show", event_id=event_id), 303)
    except Missing:
        abort(404)
    if outcome.refused:
        problem = outcome.refused[0][1]
        field = problem.field if isinstance(problem, Invalid) else "name"
        errors = {field: [str(problem)]}
        return _page(event_id, checked.typed, errors, is_alike=isinstance(problem, Alike), status=422)
    _tell(outcome)
    return redirect(url_for(".show", event_id=event_id), 303)


@village_training.route("/<uuid:event_id>/peserta/<uuid:participant_id>/ganti", methods=["GET", "POST"])
@requires("training.register")
def replace(event_id: uuid.UUID, participant_id: uuid.UUID) -> ResponseReturnValue:
    """Send somebody else."""
    if request.method == "GET":
        return _replace_page(event_id, participant_id, {}, {})
    checked = check(PersonForm(), request.form)
    if not checked.is_valid:
        return _replace_page(event_id, participant_id, checked.typed, checked.errors, status=422)
    values = checked.values
    is_official = "is_official" in request.form
    try:
        reading.substitute(
            event_id,
            participant_id,
            candidate(values, is_official=is_official),
            acting(),
            is_other=values["is_other"],
        )
    except (Refused, Invalid) as problem:
        field = problem.field if isinstance(problem, Invalid) else "name"
        errors = {field: [str(problem)]}
        is_alike = isinstance(problem, Alike)
        return _replace_page(event_id, participant_id, checked.typed, errors, is_alike=is_alike, status=422)
    except Missing:
        abort(404)
    flash(
        _("%(name)s menggantikannya. Kode QR orang sebelumnya tidak berlaku lagi.", name=values["name"]),
        "success",
    )
    return redirect(url_for(".show", event_id=event_id), 303)


@village_training.route("/<uuid:event_id>/peserta/<uuid:participant_id>/batal", methods=["GET", "POST"])
@requires("training.register")
def cancel(event_id: uuid.UUID, participant_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why, then take a registration back."""
    if request.method == "GET":
        return _cancel_page(event_id, participant_id, "", {})
    checked = check(ReasonForm(), request.form)
    if not checked.is_valid:
        return _cancel_page(event_id, participant_id, checked.typed["reason"], checked.errors, status=422)
    try:
        reading.cancel(event_id, participant_id, checked.values["reason"], acting())
        flash(_("Pendaftaran dibatalkan. Tempatnya diberikan kepada yang menunggu."), "success")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", event_id=event_id), 303)


@village_training.route("/<uuid:event_id>/tolak", methods=["GET", "POST"])
@requires("training.register")
def decline(event_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why, then say that nobody comes."""
    reason, errors, status = "", {}, 200
    if request.method == "POST":
        checked = check(ReasonForm(), request.form)
        reason, errors, status = checked.typed["reason"], checked.errors, 422
        if checked.is_valid:
            try:
                reading.decline(event_id, checked.values["reason"], acting())
                flash(_("Terima kasih. Penyelenggara tahu bahwa desa tidak mengirim orang."), "success")
            except Refused as refusal:
                flash(str(refusal), "warning")
            except Missing:
                abort(404)
            return redirect(url_for(".show", event_id=event_id), 303)
    found = _found(event_id)
    page = render_template(
        "training_participants/village_decline.html", event=found.event, reason=reason, errors=errors
    )
    return make_response(page, status)


@village_training.get("/tugas", endpoint="tasks")
@requires("village.view")
def tasks_page() -> str:
    """The village's tasks after events."""
    view = _view()
    return render_template(
        "training_participants/village_tasks.html",
        lines=reading.village_tasks(view),
        sections=_sections("tasks"),
        chips=[
            {"label": label, "url": url_for(".tasks", lihat=key or "semua"), "current": key == view}
            for key, label in words.TASK_FILTERS.items()
        ],
        export_url=url_for(".export_tasks", lihat=view or "semua"),
        is_visitor=acting().support_visit is not None,
    )


@village_training.post("/tugas/<uuid:task_id>/selesai")
@requires("training.register")
def finish_task(task_id: uuid.UUID) -> ResponseReturnValue:
    """The village did a task."""
    checked = check(NoteForm(), request.form)
    try:
        if checked.is_valid:
            reading.finish_task(task_id, checked.values["note"], acting())
            flash(_("Tugas ditandai selesai. Penyelenggara dan pendamping melihatnya."), "success")
        else:
            flash(" ".join(said for many in checked.errors.values() for said in many), "warning")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".tasks"), 303)


def _view() -> str:
    """What the list of tasks is narrowed to: open ones unless something else was asked for; empty means all."""
    view = request.args.get("lihat", "open")
    return view if view in tasks.VIEWS else ""


def _tell(outcome: Outcome) -> None:
    if outcome.registered:
        flash(_("%(count)s orang terdaftar.", count=len(outcome.registered)), "success")
    if outcome.waiting:
        flash(_("Kuota penuh: %(count)s orang masuk daftar tunggu.", count=len(outcome.waiting)), "warning")
    for _name, problem in outcome.refused:
        flash(str(problem), "warning")


def _found(event_id: uuid.UUID) -> reading.EventPage:
    try:
        return reading.event_page(event_id, acting())
    except Missing:
        abort(404)


def _page(
    event_id: uuid.UUID,
    typed: dict[str, Any] | None = None,
    errors: dict[str, list[str]] | None = None,
    *,
    is_alike: bool = False,
    status: int = 200,
) -> Response:
    found = _found(event_id)
    page = render_template(
        "training_participants/village_event.html",
        page_=found,
        event=found.event,
        typed=typed or {},
        errors=errors or {},
        is_alike=is_alike,
        may_act=acting().may("training.register") and acting().support_visit is None,
    )
    return make_response(page, status)


def _replace_page(
    event_id: uuid.UUID,
    participant_id: uuid.UUID,
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    *,
    is_alike: bool = False,
    status: int = 200,
) -> Response:
    try:
        event, line = reading.seat_line(event_id, participant_id)
    except Missing:
        abort(404)
    page = render_template(
        "training_participants/village_replace.html",
        event=event,
        line=line,
        typed=typed,
        errors=errors,
        is_alike=is_alike,
    )
    return make_response(page, status)


def _cancel_page(
    event_id: uuid.UUID,
    participant_id: uuid.UUID,
    reason: str,
    errors: dict[str, list[str]],
    status: int = 200,
) -> Response:
    try:
        event, line = reading.seat_line(event_id, participant_id)
    except Missing:
        abort(404)
    page = render_template(
        "training_participants/village_cancel.html", event=event, line=line, reason=reason, errors=errors
    )
    return make_response(page, status)


def _sections(current: str) -> list[dict[str, Any]]:
    return [
        {"label": _("Undangan"), "url": url_for(".index"), "current": current == "index"},
        {"label": _("Tugas"), "url": url_for(".tasks"), "current": current == "tasks"},
    ]
