"""Participants and quotas of an event on the province's host."""

from __future__ import annotations

import re
import uuid
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.forms import check
from app.core.permissions import requires
from app.core.ui.formats import file_day
from app.core.village.errors import Invalid, Missing
from app.province.announcements.audience import region_tree
from app.province.regions import own_territory
from app.province.training.events.models import TrainingEvent
from app.province.training.events.services import is_organiser, office, own_event, seen_event
from app.province.training.participants import exports, lists, quotas, registering, seats, words
from app.province.training.participants.common_views import (
    as_download,
    cursor,
    here_of,
    pages,
    region_arg,
)
from app.province.training.participants.lists import ParticipantFilter, ParticipantLine
from app.province.training.participants.quotas import BelowRegistered
from app.province.training.participants.rules import Alike, Refused
from app.province.training.participants.schemas import (
    OrganiserPersonForm,
    PersonForm,
    QuotaForm,
    ReasonForm,
    SwapForm,
    candidate,
)
from tenants.models import TenantRow

CODE = re.compile(r"^\d{2}\.\d{2}\.\d{2}\.\d{4}")


@pages.get("/<uuid:event_id>/peserta")
@requires("training.view")
def participants(event_id: uuid.UUID) -> str:
    """Who takes part, fifty a page, by village."""
    event = seen_event(event_id)
    here = here_of(event)
    wanted = ParticipantFilter.from_args(request.args, here)
    after = cursor()
    lines, following = lists.participants(event, wanted, after=after)
    kept: dict[str, Any] = {"event_id": event.id, **wanted.as_args(), **region_arg(here)}
    return render_template(
        "training_participants/participants.html",
        event=event,
        here=here,
        wanted=wanted,
        lines=lines,
        counts=lists.seat_counts(event, here),
        filters=list(words.SEAT_FILTERS.items()),
        may_change=is_organiser(event),
        is_first=after is None,
        kept=kept,
        next_url=url_for(".participants", **kept, sesudah=following) if following else None,
        all_url=url_for(".participants", event_id=event.id, **region_arg(here)),
    )


@pages.get("/<uuid:event_id>/peserta/unduh.<any(xlsx, csv):shape>")
@requires("training.manage")
def participants_export(event_id: uuid.UUID, shape: str) -> ResponseReturnValue:
    """The same list, with telephone numbers, as a spreadsheet or as CSV."""
    event = seen_event(event_id)
    here = here_of(event)
    file = exports.export_participants(event, ParticipantFilter.from_args(request.args, here), shape)
    return as_download(file, f"peserta-{here.code}-{file_day()}", shape)


@pages.get("/<uuid:event_id>/peserta/baru")
@requires("training.manage")
def new_participant(event_id: uuid.UUID) -> ResponseReturnValue:
    """An empty form."""
    return _person_form(own_event(event_id), {}, {})


@pages.post("/<uuid:event_id>/peserta/baru")
@requires("training.manage")
def add_participant(event_id: uuid.UUID) -> ResponseReturnValue:
    """Register somebody for a village, or for an office."""
    event = own_event(event_id)
    checked = check(OrganiserPersonForm(), request.form)
    errors = dict(checked.errors)
    village: TenantRow | None = None
    if "village" not in errors and checked.values.get("village"):
        village = _village(checked.values["village"], event)
        if village is None:
            errors["village"] = [
                str(_("Tidak ada desa ini di wilayah penyelenggara. Tulis kode wilayahnya."))
            ]
    if errors:
        return _person_form(event, checked.typed, errors, status=422)
    try:
        outcome = registering.register(
            event.id,
            village.id if village else None,
            [candidate(checked.values)],
            by=acting().name,
            is_other=checked.values["is_other"],
            as_organiser=True,
        )
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for(".participants", event_id=event_id), 303)
    except Missing:
        abort(404)
    if outcome.refused:
        problem = outcome.refused[0][1]
        field = problem.field if isinstance(problem, Invalid) else "name"
        return _person_form(
            event, checked.typed, {field: [str(problem)]}, is_alike=isinstance(problem, Alike), status=422
        )
    if outcome.waiting:
        flash(_("Kuota penuh: %(name)s masuk daftar tunggu.", name=checked.values["name"]), "warning")
    else:
        flash(_("%(name)s terdaftar.", name=checked.values["name"]), "success")
    return redirect(url_for(".participants", event_id=event_id), 303)


@pages.route("/<uuid:event_id>/peserta/<uuid:participant_id>/batal", methods=["GET", "POST"])
@requires("training.manage")
def cancel_participant(event_id: uuid.UUID, participant_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why, then take a registration back."""
    event = own_event(event_id)
    line = _line(event, participant_id)
    if request.method == "GET":
        return _cancel_page(event, line, "", {})
    checked = check(ReasonForm(), request.form)
    if not checked.is_valid:
        return _cancel_page(event, line, checked.typed["reason"], checked.errors, status=422)
    name = line.person.name
    try:
        moved = registering.cancel(
            event.id, None, participant_id, reason=checked.values["reason"], as_organiser=True
        )
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    else:
        flash(_("Pendaftaran %(name)s dibatalkan.", name=name), "success")
        if moved:
            flash(_("%(count)s orang dari daftar tunggu mendapat tempat.", count=len(moved)), "info")
    return redirect(url_for(".participants", event_id=event_id), 303)


@pages.route("/<uuid:event_id>/peserta/<uuid:participant_id>/ganti", methods=["GET", "POST"])
@requires("training.manage")
def replace_participant(event_id: uuid.UUID, participant_id: uuid.UUID) -> ResponseReturnValue:
    """Give somebody's seat to another person of the same village."""
    event = own_event(event_id)
    line = _line(event, participant_id)
    if request.method == "GET":
        return _person_form(event, {}, {}, replaced=line)
    checked = check(PersonForm(), request.form)
    if not checked.is_valid:
        return _person_form(event, checked.typed, checked.errors, replaced=line, status=422)
    try:
        registering.substitute(
            event.id,
            None,
            participant_id,
            candidate(checked.values, is_official=line.seat.is_official),
            by=acting().name,
            is_other=checked.values["is_other"],
            as_organiser=True,
        )
    except (Refused, Invalid) as problem:
        seats.let_go()
        field = problem.field if isinstance(problem, Invalid) else "name"
        return _person_form(
            own_event(event_id),
            checked.typed,
            {field: [str(problem)]},
            replaced=_line(event, participant_id),
            is_alike=isinstance(problem, Alike),
            status=422,
        )
    except Missing:
        abort(404)
    flash(_("%(name)s menggantikannya.", name=checked.values["name"]), "success")
    return redirect(url_for(".participants", event_id=event_id), 303)


@pages.get("/<uuid:event_id>/kuota")
@requires("training.view")
def quota_page(event_id: uuid.UUID) -> ResponseReturnValue:
    """How many seats kabupaten and kecamatan hold, and how many of them are taken."""
    return _quota_page(seen_event(event_id), {}, {})


@pages.post("/<uuid:event_id>/kuota")
@requires("training.manage")
def set_quota(event_id: uuid.UUID) -> ResponseReturnValue:
    """Set or take away a region's seats."""
    event = own_event(event_id)
    checked = check(QuotaForm(), _without_empty("seats"))
    if not checked.is_valid:
        return _quota_page(event, checked.typed, checked.errors, status=422)
    values = checked.values
    try:
        moved = quotas.set_quota(
            event.id, values["region"], values.get("seats"), office=office(), to_waiting=values["to_waiting"]
        )
    except BelowRegistered as refusal:
        return _again(event_id, {**checked.typed, "below": True}, {"seats": [str(refusal)]})
    except Invalid as wrong:
        return _again(event_id, checked.typed, {wrong.field: [str(wrong)]})
    except Refused as refusal:
        seats.let_go()
        flash(str(refusal), "warning")
        return redirect(url_for(".quota_page", event_id=event_id), 303)
    except Missing:
        abort(404)
    flash(_("Kuota disimpan."), "success")
    if moved:
        flash(_("%(count)s orang pindah ke daftar tunggu; desanya diberi tahu.", count=len(moved)), "info")
    return redirect(url_for(".quota_page", event_id=event_id), 303)


@pages.post("/<uuid:event_id>/kuota/tukar")
@requires("training.manage")
def swap_quota(event_id: uuid.UUID) -> ResponseReturnValue:
    """Move seats from one region to another."""
    event = own_event(event_id)
    checked = check(SwapForm(), request.form)
    if not checked.is_valid:
        errors = {f"swap_{name}": said for name, said in checked.errors.items()}
        return _quota_page(event, {"swap": checked.typed}, errors, status=422)
    values = checked.values
    try:
        quotas.swap(event.id, values["giver"], values["taker"], values["seats"], office=office())
    except Invalid as wrong:
        return _again(event_id, {"swap": checked.typed}, {f"swap_{wrong.field}": [str(wrong)]})
    except Refused as refusal:
        return _again(event_id, {"swap": checked.typed}, {"swap_seats": [str(refusal)]})
    except Missing:
        abort(404)
    flash(_("%(count)s tempat dipindahkan.", count=values["seats"]), "success")
    return redirect(url_for(".quota_page", event_id=event_id), 303)


def _again(event_id: uuid.UUID, typed: dict[str, Any], errors: dict[str, list[str]]) -> Response:
    """The page of quotas with what is wrong; nothing of the deed is kept."""
    seats.let_go()
    return _quota_page(own_event(event_id), typed, errors, status=422)


def _quota_page(
    event: TrainingEvent, typed: dict[str, Any], errors: dict[str, list[str]], *, status: int = 200
) -> Response:
    found = quotas.table(event)
    may_change = is_organiser(event) and event.state in ("draft", "open")
    page = render_template(
        "training_participants/quotas.html",
        event=event,
        table_=found,
        typed=typed,
        errors=errors,
        may_change=may_change,
        tree=region_tree(event.region_code) if may_change else [],
        holders=[line for line in found.lines if line.seats],
    )
    return make_response(page, status)


def _without_empty(name: str) -> Any:
    """The form without a field that was left empty, so that nothing typed means none."""
    form = request.form.copy()
    if not form.get(name, "").strip():
        form.poplist(name)
    return form


def _person_form(
    event: TrainingEvent,
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    *,
    replaced: ParticipantLine | None = None,
    is_alike: bool = False,
    status: int = 200,
) -> Response:
    page = render_template(
        "training_participants/person.html",
        event=event,
        typed=typed,
        errors=errors,
        replaced=replaced,
        is_alike=is_alike,
    )
    return make_response(page, status)


def _cancel_page(
    event: TrainingEvent,
    line: ParticipantLine,
    reason: str,
    errors: dict[str, list[str]],
    *,
    status: int = 200,
) -> Response:
    page = render_template(
        "training_participants/cancel.html", event=event, line=line, reason=reason, errors=errors
    )
    return make_response(page, status)


def _line(event: TrainingEvent, participant_id: uuid.UUID) -> ParticipantLine:
    try:
        return lists.participant(event, participant_id, own_territory())
    except Missing:
        abort(404)


def _village(text: str, event: TrainingEvent) -> TenantRow | None:
    """The village that a code (with or without its name behind it) means, within the organiser's region."""
    found = CODE.match(text)
    return lists.village_of(event, found[0]) if found else None
