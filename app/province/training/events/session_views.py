"""The sessions of an event: adding, changing, taking away, and what stands in their way while they are typed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.forms import check
from app.core.permissions import requires
from app.core.ui.formats import ZONE, date
from app.core.village.errors import Invalid, Missing
from app.province.training.events import catalogue, conflicts, lists, queries, sessions, words
from app.province.training.events.asked import page
from app.province.training.events.conflicts import Clash, Slot
from app.province.training.events.models import TrainingEvent, TrainingSession
from app.province.training.events.schemas import SessionForm
from app.province.training.events.services import Refused, office, own_event
from app.province.training.events.views import pages


@pages.get("/<uuid:event_id>/sesi/baru")
@requires("training.manage")
def new_session(event_id: uuid.UUID) -> ResponseReturnValue:
    """An empty form, beginning where the last session of the day ends; `hari` is the day."""
    event = own_event(event_id)
    return _form(event, None, _follows(event), {})


@pages.post("/<uuid:event_id>/sesi/baru")
@requires("training.manage")
def add_session(event_id: uuid.UUID) -> ResponseReturnValue:
    """Check and keep."""
    event = own_event(event_id)
    checked = check(SessionForm(), request.form)
    if not checked.is_valid:
        return _form(event, None, checked.typed, checked.errors, status=422)
    try:
        row = sessions.add_session(event_id, checked.values, office=office())
    except Invalid as wrong:
        return _form(own_event(event_id), None, checked.typed, {wrong.field: [str(wrong)]}, status=422)
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for(".show", event_id=event_id), 303)
    except Missing:
        abort(404)
    return _kept(row, again="again" in request.form)


@pages.get("/<uuid:event_id>/sesi/<uuid:session_id>")
@requires("training.manage")
def edit_session(event_id: uuid.UUID, session_id: uuid.UUID) -> ResponseReturnValue:
    """A session's form."""
    event = own_event(event_id)
    row, speakers = _found(event, session_id)
    start, end = row.starts_at.astimezone(ZONE), row.ends_at.astimezone(ZONE)
    typed = {
        "title": row.title, "pillar": row.pillar, "room": row.room, "day": start.date().isoformat(),
        "starts": f"{start:%H:%M}", "ends": f"{end:%H:%M}", "speakers": [str(one) for one in speakers],
    }  # fmt: skip
    return _form(event, row, typed, {})


@pages.post("/<uuid:event_id>/sesi/<uuid:session_id>")
@requires("training.manage")
def change_session(event_id: uuid.UUID, session_id: uuid.UUID) -> ResponseReturnValue:
    """Check and keep."""
    event = own_event(event_id)
    row, _speakers = _found(event, session_id)
    checked = check(SessionForm(), request.form)
    if not checked.is_valid:
        return _form(event, row, checked.typed, checked.errors, status=422)
    try:
        row = sessions.change_session(event_id, session_id, checked.values, office=office())
    except Invalid as wrong:
        event = own_event(event_id)
        errors = {wrong.field: [str(wrong)]}
        return _form(event, _found(event, session_id)[0], checked.typed, errors, status=422)
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for(".show", event_id=event_id), 303)
    except Missing:
        abort(404)
    return _kept(row)


@pages.route("/<uuid:event_id>/sesi/<uuid:session_id>/hapus", methods=["GET", "POST"])
@requires("training.manage")
def remove_session(event_id: uuid.UUID, session_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then take a session away."""
    event = own_event(event_id)
    row, _speakers = _found(event, session_id)
    if request.method == "GET":
        return page("training/session_remove.html", event=event, row=row)
    try:
        sessions.delete_session(event_id, session_id, office=office())
        flash(_("Sesi dihapus."), "success")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", event_id=event_id), 303)


@pages.post("/<uuid:event_id>/sesi/bentrok")
@requires("training.manage")
def clash_session(event_id: uuid.UUID) -> ResponseReturnValue:
    """What stands in the way of a session as its form stands now, as a fragment."""
    event = own_event(event_id)
    checked = check(SessionForm(), request.form)
    session_id = lists.identity(request.form.get("session_id"))
    return render_template(
        "training/_clash.html",
        clashes=_in_the_way(event, session_id, checked.values),
        uses=[],
        is_form=True,
    )


def _form(
    event: TrainingEvent,
    row: TrainingSession | None,
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    *,
    status: int = 200,
) -> Response:
    chosen = [one for one in map(lists.identity, typed.get("speakers") or ()) if one is not None]
    days = [event.starts_on + dt.timedelta(days=n) for n in range((event.ends_on - event.starts_on).days + 1)]
    values = check(SessionForm(), MultiDict(typed)).values
    return page(
        "training/session_form.html",
        status,
        event=event,
        row=row,
        typed=typed,
        errors=errors,
        days=[(day.isoformat(), date(day)) for day in days],
        pillars=list(words.PILLARS.items()),
        speakers=sorted(catalogue.speaker_choices(office(), chosen), key=lambda one: one.id not in chosen),
        chosen=[str(one) for one in chosen],
        venue=queries.venue_of(event),
        rooms=queries.rooms_of(event),
        clashes=_in_the_way(event, row.id if row else None, values),
        uses=[],
        is_form=True,
    )


def _in_the_way(event: TrainingEvent, session_id: uuid.UUID | None, values: dict[str, Any]) -> list[Clash]:
    """The clashes of a session as it is typed; none while its hours make no sense."""
    if not all(values.get(name) is not None for name in ("day", "starts", "ends")):
        return []
    try:
        start, end = sessions.span(values)
    except Invalid:
        return []
    slot = Slot(
        event.id, session_id, values.get("title") or "", start, end, event.venue_id, values.get("room") or "",
        frozenset(values.get("speakers") or ()),
    )  # fmt: skip
    return conflicts.clashes([slot], office())


def _follows(event: TrainingEvent) -> dict[str, Any]:
    """A form that goes on where the day's last session ends."""
    asked = request.args.get("hari", "")
    lines = queries.sessions_of(event.id)
    days = [line.session.starts_at.astimezone(ZONE).date() for line in lines]
    day = asked or (max(days) if days else event.starts_on).isoformat()
    there = [
        line.session for line in lines if line.session.starts_at.astimezone(ZONE).date().isoformat() == day
    ]
    last = max(there, key=lambda one: one.ends_at) if there else None
    begin = last.ends_at.astimezone(ZONE) if last else dt.datetime.combine(event.starts_on, dt.time(8))
    typed = {"day": day, "starts": f"{begin:%H:%M}", "speakers": [], "pillar": "adoption"}
    return {**typed, "room": last.room, "pillar": last.pillar} if last else typed


def _found(event: TrainingEvent, session_id: uuid.UUID) -> tuple[TrainingSession, list[uuid.UUID]]:
    line = next((one for one in queries.sessions_of(event.id) if one.session.id == session_id), None)
    if line is None:
        abort(404)
    return line.session, [one.id for one in line.speakers]


def _kept(row: TrainingSession, *, again: bool = False) -> ResponseReturnValue:
    flash(_("Sesi “%(title)s” tersimpan.", title=row.title), "success")
    if again:
        day = row.starts_at.astimezone(ZONE).date().isoformat()
        return redirect(url_for(".new_session", event_id=row.event_id, hari=day), 303)
    return redirect(url_for(".show", event_id=row.event_id, _anchor="sesi"), 303)
