"""Which events an officer sees and may change, and who is told when one moves.

What lives here is what every part of training stands on: `seen_event` and `own_event` for pages and the API (they
answer 404 by themselves), `locked_event` for services, and the hooks of an event. Deeds on events are in `deeds`,
`sessions`, `money`, `papers` and `catalogue`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, NoReturn

from flask import abort
from sqlalchemy import select

from app.core import audit
from app.core.actors import current_actor
from app.core.village.errors import Missing
from app.extensions import db
from app.province.regions import refuse_region, region_contains
from app.province.training.events import queries
from app.province.training.events.models import TrainingEvent
from app.province.training.events.queries import facts

__all__ = [
    "EventHook", "Refused", "facts", "is_organiser", "locked_event", "moved", "note", "office", "on_moved", "on_seats",
    "own_event", "seats_changed", "seen_event",
]  # fmt: skip

EventHook = Callable[[TrainingEvent], None]

_moved: list[EventHook] = []
_seats: list[EventHook] = []


class Refused(Exception):
    """What was asked can't be done as things stand; the message is a sentence for the person who asked."""


def office() -> str:
    """The region of the account that acts on the province's host; an account without one has no office here (404)."""
    actor = current_actor()
    if actor is None or actor.region_code is None:
        abort(404)
    return actor.region_code


def seen_event(event_id: uuid.UUID) -> TrainingEvent:
    """An event that the viewer sees: of the own office, of offices above it (once it is no draft) and below it.

    Any other is not found (404); asking for one of a foreign region is noted in the audit log. Inside a platform scope.
    """
    event = db.session.scalars(
        select(TrainingEvent).where(TrainingEvent.id == event_id, queries.visible(office()))
    ).one_or_none()
    if event is None:
        _not_found(event_id)
    return event


def own_event(event_id: uuid.UUID) -> TrainingEvent:
    """An event that the viewer may change: of the own office or one below it, by who holds `training.manage`.

    Any other is not found (404); asking for one of a foreign region is noted in the audit log.
    """
    event = seen_event(event_id)
    if not is_organiser(event):
        abort(404)
    return event


def is_organiser(event: TrainingEvent) -> bool:
    """Whether who acts may change an event: the organiser's office or one above it, with `training.manage`."""
    actor = current_actor()
    if actor is None or not actor.may("training.manage"):
        return False
    return region_contains(actor.region_code or "", event.region_code)


def locked_event(event_id: uuid.UUID, office: str) -> TrainingEvent:
    """An event that an office may change, locked until the transaction ends. Raises Missing."""
    query = (
        select(TrainingEvent)
        .where(TrainingEvent.id == event_id, queries.at_or_below(TrainingEvent.region_code, office))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    event = db.session.scalars(query).one_or_none()
    if event is None:
        db.session.rollback()
        raise Missing("event")
    return event


def on_moved(function: EventHook) -> EventHook:
    """Let a function run when an open event moves in time or place, or is called off (then its state is `cancelled`).

    It runs in the open transaction, after `schedule_version` was raised, writes what follows (a message in the outbox)
    and does not commit. May be used as a decorator.
    """
    if function not in _moved:
        _moved.append(function)
    return function


def on_seats(function: EventHook) -> EventHook:
    """Let a function run when an open event's number of seats (`capacity`) changed: in the open transaction, without
    committing; the waiting list moves up so. May be used as a decorator."""
    if function not in _seats:
        _seats.append(function)
    return function


def moved(event: TrainingEvent) -> None:
    """Count a move of an event; unless it is a draft, tell whoever asked to be told. In the open transaction."""
    event.schedule_version += 1
    if event.state != "draft":
        db.session.flush()
        for function in _moved:
            function(event)


def seats_changed(event: TrainingEvent) -> None:
    """Tell whoever asked that an open event's seats changed. In the open transaction."""
    if event.state == "open":
        db.session.flush()
        for function in _seats:
            function(event)


def note(action: str, event: TrainingEvent, details: dict[str, Any] | None = None) -> None:
    """Note a deed on an event in the audit log, in the open transaction."""
    audit.record(
        action,
        object_type="training_event",
        object_id=event.id,
        summary=event.title,
        details={"region": event.region_code, **(details or {})},
    )


def _not_found(event_id: uuid.UUID) -> NoReturn:
    owner = db.session.scalar(select(TrainingEvent.region_code).where(TrainingEvent.id == event_id))
    if owner is not None and not region_contains(office(), owner) and not region_contains(owner, office()):
        refuse_region(owner)
    abort(404)
