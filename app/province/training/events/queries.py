"""Events as an office sees them: which ones, the list, one of them with its sessions, places and figures."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.extensions import db
from app.province.regions import region_contains
from app.province.training.events.models import (
    TrainingEvent,
    TrainingProgramme,
    TrainingQuota,
    TrainingSession,
    TrainingSessionSpeaker,
    TrainingSpeaker,
    TrainingVenue,
)
from app.province.training.participants.models import TrainingParticipant

Participant = TrainingParticipant


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event's figures: seats in all (None without a limit), taken and waiting, villages that send somebody."""

    capacity: int | None
    registered: int
    waiting: int
    villages: int
    sessions: int
    first_start: dt.datetime | None
    last_end: dt.datetime | None

    @property
    def free(self) -> int | None:
        """Seats that are left; None without a limit."""
        return None if self.capacity is None else max(0, self.capacity - self.registered)


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session with who speaks in it."""

    session: TrainingSession
    speakers: tuple[TrainingSpeaker, ...]


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """A region's seats at an event."""

    region_code: str
    seats: int


def offices_above(office: str) -> list[str]:
    """The codes of the offices above one: of `18.06.20` they are `18` and `18.06`."""
    parts = office.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def at_or_below(column: Any, office: str) -> ColumnElement[bool]:
    """The condition that a region's code is an office's or lies below it."""
    return or_(column == office, column.startswith(f"{office}.", autoescape=True))


def visible(office: str) -> ColumnElement[bool]:
    """Events of an office, of those below it, and of those above it once they are no drafts."""
    above = TrainingEvent.region_code.in_(offices_above(office))
    return or_(at_or_below(TrainingEvent.region_code, office), and_(above, TrainingEvent.state != "draft"))


def sees(office: str, event: TrainingEvent) -> bool:
    """Whether an office sees an event: `visible`, of one that was read already."""
    if region_contains(office, event.region_code):
        return True
    return event.state != "draft" and region_contains(event.region_code, office)


def around(column: Any, office: str) -> ColumnElement[bool]:
    """The condition that an entry (a programme, a speaker) is kept by an office, one above it or one below it."""
    return or_(at_or_below(column, office), column.in_(offices_above(office)))


def facts(event: TrainingEvent) -> EventFacts:
    """An event's figures: two selects."""
    seats = select(
        func.count().filter(Participant.seat == "registered"),
        func.count().filter(Participant.seat == "waiting"),
        func.count(Participant.tenant_id.distinct()).filter(Participant.seat == "registered"),
    ).where(Participant.event_id == event.id)
    hours = select(
        func.count(), func.min(TrainingSession.starts_at), func.max(TrainingSession.ends_at)
    ).where(TrainingSession.event_id == event.id)
    registered, waiting, villages = db.session.execute(seats).one()
    sessions, first, last = db.session.execute(hours).one()
    return EventFacts(event.capacity, registered, waiting, villages, sessions, first, last)


def venue_of(event: TrainingEvent) -> TrainingVenue | None:
    """Where an event is held; None while that is open."""
    return db.session.get(TrainingVenue, event.venue_id) if event.venue_id else None


def programme_of(event: TrainingEvent) -> TrainingProgramme | None:
    """The programme that an event belongs to, if any."""
    return db.session.get(TrainingProgramme, event.programme_id) if event.programme_id else None


def sessions_of(event_id: uuid.UUID) -> list[SessionLine]:
    """An event's sessions in the order of their hours, with their speakers: two selects."""
    order = (TrainingSession.starts_at, TrainingSession.room, TrainingSession.id)
    rows = list(
        db.session.scalars(
            select(TrainingSession).where(TrainingSession.event_id == event_id).order_by(*order)
        )
    )
    speakers = speakers_of([row.id for row in rows])
    return [SessionLine(row, tuple(speakers.get(row.id, ()))) for row in rows]


def speakers_of(session_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[TrainingSpeaker]]:
    """Who speaks in sessions, by name: one select."""
    if not session_ids:
        return {}
    query = (
        select(TrainingSessionSpeaker.session_id, TrainingSpeaker)
        .join(TrainingSpeaker, TrainingSpeaker.id == TrainingSessionSpeaker.speaker_id)
        .where(TrainingSessionSpeaker.session_id.in_(session_ids))
        .order_by(TrainingSpeaker.name, TrainingSpeaker.id)
    )
    found: dict[uuid.UUID, list[TrainingSpeaker]] = {}
    for session_id, speaker in db.session.execute(query):
        found.setdefault(session_id, []).append(speaker)
    return found


def quotas_of(event_id: uuid.UUID) -> list[QuotaLine]:
    """The seats that regions hold at an event, by code: one select."""
    query = (
        select(TrainingQuota.region_code, TrainingQuota.seats)
        .where(TrainingQuota.event_id == event_id)
        .order_by(TrainingQuota.region_code)
    )
    return [QuotaLine(row[0], row[1]) for row in db.session.execute(query)]
