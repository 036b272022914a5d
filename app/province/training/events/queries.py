"""Events as an office sees them: which ones, the list, one of them with its sessions, places and figures."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from app.extensions import db
from app.province.regions import region_contains
from app.province.training.events.models import (
    TrainingCost,
    TrainingEvent,
    TrainingProgramme,
    TrainingQuota,
    TrainingSession,
    TrainingSessionSpeaker,
    TrainingSpeaker,
    TrainingVenue,
)
from app.province.training.participants.models import TrainingParticipant


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event's figures: seats in all (None without a limit), taken and waiting, villages that send somebody, its
    hours, and its money in rupiah (`planned`: not paid yet)."""

    capacity: int | None
    registered: int
    waiting: int
    villages: int
    sessions: int
    first_start: dt.datetime | None
    last_end: dt.datetime | None
    budget: int | None
    planned: int
    spent: int

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
    """An event's figures: one select."""
    seats, cost, session = TrainingParticipant, TrainingCost, TrainingSession
    taken = (
        select(
            func.count().filter(seats.seat == "registered").label("registered"),
            func.count().filter(seats.seat == "waiting").label("waiting"),
            func.count(seats.tenant_id.distinct()).filter(seats.seat == "registered").label("villages"),
        )
        .where(seats.event_id == event.id)
        .subquery()
    )
    hours = (
        select(
            func.count().label("sessions"),
            func.min(session.starts_at).label("first"),
            func.max(session.ends_at).label("last"),
        )
        .where(session.event_id == event.id)
        .subquery()
    )
    money = (
        select(
            func.coalesce(func.sum(cost.amount).filter(cost.spent_on.is_(None)), 0).label("planned"),
            func.coalesce(func.sum(cost.amount).filter(cost.spent_on.is_not(None)), 0).label("spent"),
        )
        .where(cost.event_id == event.id)
        .subquery()
    )
    together = taken.join(hours, true()).join(money, true())
    row = db.session.execute(select(taken, hours, money).select_from(together)).one()
    return EventFacts(
        event.capacity, row.registered, row.waiting, row.villages, row.sessions, row.first, row.last,
        event.budget, int(row.planned), int(row.spent),
    )  # fmt: skip


def around_of(event: TrainingEvent) -> tuple[TrainingVenue | None, TrainingProgramme | None]:
    """An event's place and programme: one select. While they are held, `venue_of` asks nothing."""
    query = (
        select(TrainingVenue, TrainingProgramme)
        .select_from(TrainingEvent)
        .outerjoin(TrainingVenue, TrainingVenue.id == TrainingEvent.venue_id)
        .outerjoin(TrainingProgramme, TrainingProgramme.id == TrainingEvent.programme_id)
        .where(TrainingEvent.id == event.id)
    )
    row = db.session.execute(query).one()
    return row[0], row[1]


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


def rooms_of(event: TrainingEvent) -> list[str]:
    """Rooms of an event's place that sessions named before: one select."""
    if event.venue_id is None:
        return []
    query = (
        select(TrainingSession.room)
        .join(TrainingEvent, TrainingEvent.id == TrainingSession.event_id)
        .where(TrainingEvent.venue_id == event.venue_id, TrainingSession.room != "")
        .distinct()
        .order_by(TrainingSession.room)
        .limit(30)
    )
    return list(db.session.scalars(query))
