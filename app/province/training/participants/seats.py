"""Who has a seat: how many an event has in all, how many a kabupaten or kecamatan holds of them, and who moves up.

Quotas lie in each other as regions do: an event's seats, in them those of a kabupaten, in them those of a kecamatan.
Seats that a region holds are kept for it. A village takes its seat from the smallest region around it that holds some;
who belongs to none takes one of those that no region holds. Whatever decides on a seat locks the event's row first, so
two villages never take the last one.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import exists, func, select

from app.core.village.errors import Missing
from app.extensions import db
from app.province.training.door.models import TrainingAttendance
from app.province.training.events.models import TrainingEvent, TrainingQuota
from app.province.training.participants.models import TrainingParticipant
from tenants.models import now

Participant = TrainingParticipant
EVERYWHERE = ""
"""The whole event, among the regions that hold seats."""


@dataclass(slots=True)
class Seating:
    """The seats of an event as they are taken. `held` is region → seats; `capacity` None is without a limit."""

    capacity: int | None
    held: Mapping[str, int]
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(kabupaten, kecamatan) → people with a seat."""

    def has_room(self, regency_code: str, district_code: str) -> bool:
        """Whether somebody of this kecamatan would get a seat now."""
        around = self.around(regency_code, district_code)
        if any(self.taken_in(code) >= self.held[code] for code in around):
            return False
        if self.capacity is not None and self.taken.total() >= self.capacity:
            return False
        own = around[-1] if around else EVERYWHERE
        pool = self.pool(own)
        return pool is None or self.taken_from(own) < pool

    def take(self, regency_code: str, district_code: str) -> None:
        """Count one more seat."""
        self.taken[regency_code, district_code] += 1

    def around(self, regency_code: str, district_code: str) -> list[str]:
        """The regions around a kecamatan that hold seats, the larger first."""
        return [code for code in (regency_code, district_code) if code and code in self.held]

    def taken_in(self, code: str) -> int:
        """How many people of a region have a seat."""
        if code == EVERYWHERE:
            return self.taken.total()
        return sum(count for where, count in self.taken.items() if code in where)

    def below(self, code: str) -> list[str]:
        """The regions that hold seats out of those of a region (of the event as a whole) directly."""
        if code == EVERYWHERE:
            return [one for one in self.held if one[:5] == one or one[:5] not in self.held]
        return [one for one in self.held if one.startswith(f"{code}.")]

    def kept_below(self, code: str) -> int:
        """How many of a region's seats are kept for smaller regions in it."""
        return sum(self.held[one] for one in self.below(code))

    def pool(self, code: str) -> int | None:
        """How many of a region's seats no smaller region holds; None without a limit."""
        seats = self.capacity if code == EVERYWHERE else self.held[code]
        return None if seats is None else max(0, seats - self.kept_below(code))

    def taken_from(self, code: str) -> int:
        """How many people took their seat out of a region's own pool."""
        found = 0
        for (regency, district), count in self.taken.items():
            around = self.around(regency, district)
            found += count if (around[-1] if around else EVERYWHERE) == code else 0
        return found


def locked(event_id: uuid.UUID) -> TrainingEvent:
    """The event with its row locked until the transaction ends. Raises Missing."""
    query = select(TrainingEvent).where(TrainingEvent.id == event_id).with_for_update()
    event = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if event is None or event.state == "draft":
        raise Missing("event")
    return event


def let_go() -> None:
    """Give up what a refused deed began: its locks, and whatever it had written."""
    db.session.rollback()


def seating(event: TrainingEvent) -> Seating:
    """How the seats of an event are taken now: two selects."""
    held = dict(
        db.session.execute(
            select(TrainingQuota.region_code, TrainingQuota.seats).where(TrainingQuota.event_id == event.id)
        ).all()
    )
    counts = db.session.execute(
        select(Participant.regency_code, Participant.district_code, func.count())
        .where(Participant.event_id == event.id, Participant.seat == "registered")
        .group_by(Participant.regency_code, Participant.district_code)
    )
    return Seating(event.capacity, held, Counter({(regency, district): n for regency, district, n in counts}))


def move_up(event: TrainingEvent) -> list[TrainingParticipant]:
    """Give the seats that are free to who waits, the first who came first; returns who got one. Flushes.

    The caller holds the event's lock, tells the villages and commits.
    """
    waiting = db.session.scalars(
        select(Participant)
        .where(Participant.event_id == event.id, Participant.seat == "waiting")
        .order_by(Participant.registered_at, Participant.id)
    ).all()
    if not waiting:
        return []
    present, moved = seating(event), []
    for one in waiting:
        if present.has_room(one.regency_code, one.district_code):
            present.take(one.regency_code, one.district_code)
            seat(one)
            moved.append(one)
    db.session.flush()
    return moved


def seat(one: TrainingParticipant) -> None:
    """Give somebody who waits a seat."""
    one.seat, one.seated_at = "registered", now()
    one.row_version += 1


def back_to_waiting(
    event: TrainingEvent, excess: int, regions: Iterable[str] = ()
) -> list[TrainingParticipant]:
    """Let who got a seat last wait again; returns who. Flushes; the caller holds the event's lock and tells them.

    Who has come to a session already keeps the seat, though there are fewer then.

    Args:
        excess: how many seats are too many.
        regions: of these kabupaten and kecamatan alone; none means of the whole event.
    """
    if excess <= 0:
        return []
    came = exists().where(TrainingAttendance.participant_id == Participant.id)
    query = select(Participant).where(
        Participant.event_id == event.id, Participant.seat == "registered", ~came
    )
    for code in regions:
        column = Participant.regency_code if len(code) <= 5 else Participant.district_code
        query = query.where(column == code)
    last_first = query.order_by(Participant.seated_at.desc(), Participant.id.desc()).limit(excess)
    moved = list(db.session.scalars(last_first))
    for one in moved:
        one.seat, one.seated_at = "waiting", None
        one.row_version += 1
    db.session.flush()
    return moved
