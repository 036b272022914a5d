"""Sessions and their doors: which ones, who is expected, who came, how many of which village."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select, true, tuple_
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import LateralFromClause

from app.extensions import db
from app.province.regions import DISTRICT, REGENCY, level_of, region_contains
from app.province.training.door.models import TrainingAttendance
from app.province.training.events.models import TrainingEvent, TrainingSession, TrainingVenue
from app.province.training.events.queries import at_or_below
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from tenants.models import TenantRow

Attendance, Participant, Person = TrainingAttendance, TrainingParticipant, TrainingPerson
DIGEST_LETTERS = 24
PER_PAGE = 50
SEEN_BEFORE, SEEN_AHEAD = dt.timedelta(days=2), dt.timedelta(days=21)
DOOR_STATES = ("open", "done")
VILLAGES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Door:
    """A session with the event that it belongs to and where it is held."""

    session: TrainingSession
    event: TrainingEvent
    venue: str


@dataclass(frozen=True, slots=True)
class DoorLine:
    """A session in the list of doors: how many are expected and how many came."""

    door: Door
    expected: int
    present: int


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody with a seat at the event (or without one any more), as the door needs to know them."""

    id: uuid.UUID
    number: int
    name: str
    position: str
    village: str
    tenant_id: uuid.UUID | None
    district: str
    seat: str
    is_walk_in: bool
    token: str
    at: dt.datetime | None
    noted_by: str
    source: str
    note: str

    @property
    def digest(self) -> str:
        """What a phone knows of the token in their QR code: it finds them by it and can't make the code from it."""
        return token_digest(self.token)


@dataclass(frozen=True, slots=True)
class VillageCount:
    """A village (or a kecamatan, see `counts_shown`) at a session: how many are expected and how many came."""

    tenant_id: uuid.UUID | None
    village: str
    district: str
    expected: int
    present: int
    district_code: str = ""


def token_digest(token: str) -> str:
    """The digest of a participant's token, as `door-queue.js` makes it: SHA-256, its first 24 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()[:DIGEST_LETTERS]


def find_door(session_id: uuid.UUID) -> Door | None:
    """A session with its event, whoever asks: one select."""
    query = (
        select(TrainingSession, TrainingEvent, TrainingVenue.name)
        .join(TrainingEvent, TrainingEvent.id == TrainingSession.event_id)
        .outerjoin(TrainingVenue, TrainingVenue.id == TrainingEvent.venue_id)
        .where(TrainingSession.id == session_id)
    )
    row = db.session.execute(query).one_or_none()
    return None if row is None else Door(row[0], row[1], row[2] or "")


def doors_near(office: str, at: dt.datetime) -> list[DoorLine]:
    """Sessions around a moment at events of an office and of those below it, by their hours: one select."""
    expected = (
        select(func.count())
        .where(Participant.event_id == TrainingEvent.id, Participant.seat == "registered")
        .scalar_subquery()
    )
    present = select(func.count()).where(Attendance.session_id == TrainingSession.id).scalar_subquery()
    query = (
        select(TrainingSession, TrainingEvent, TrainingVenue.name, expected, present)
        .join(TrainingEvent, TrainingEvent.id == TrainingSession.event_id)
        .outerjoin(TrainingVenue, TrainingVenue.id == TrainingEvent.venue_id)
        .where(
            at_or_below(TrainingEvent.region_code, office),
            TrainingEvent.state.in_(DOOR_STATES),
            TrainingSession.ends_at > at - SEEN_BEFORE,
            TrainingSession.starts_at < at + SEEN_AHEAD,
        )
        .order_by(TrainingSession.starts_at, TrainingSession.id)
        .limit(PER_PAGE)
    )
    return [DoorLine(Door(row[0], row[1], row[2] or ""), row[3], row[4]) for row in db.session.execute(query)]


def session_counts(event_id: uuid.UUID, seen: ColumnElement[bool]) -> list[tuple[TrainingSession, int]]:
    """An event's sessions with how many of those who are seen came: one select."""
    came = (
        select(func.count())
        .select_from(Attendance)
        .join(Participant, Participant.id == Attendance.participant_id)
        .where(Attendance.session_id == TrainingSession.id, seen)
        .scalar_subquery()
    )
    query = (
        select(TrainingSession, came)
        .where(TrainingSession.event_id == event_id)
        .order_by(TrainingSession.starts_at, TrainingSession.room, TrainingSession.id)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def seen_participants(event: TrainingEvent, office: str) -> ColumnElement[bool]:
    """The condition that an office sees a participant: all at its own events and those below, else its own people's."""
    if region_contains(office, event.region_code):
        return true()
    if level_of(office) == DISTRICT:
        return Participant.district_code == office
    if level_of(office) == REGENCY:
        return Participant.regency_code == office
    return Participant.regency_code.startswith(f"{office}.", autoescape=True)


def people_of(door: Door) -> list[Expected]:
    """Everybody who is or was registered for a session's event, by village and name: one select."""
    query, _at = _people(door.event.id, door.session.id)
    ordered = query.order_by(*_village_order(), Person.name, Participant.id)
    return [_expected(row) for row in db.session.execute(ordered)]


def search_people(door: Door, words: str, limit: int = 20) -> list[Expected]:
    """People of a session's event whose name holds all words: one select."""
    parts = [part for part in words.lower().split() if part][:5]
    if not parts:
        return []
    found = and_(
        *(
            or_(
                Person.search_name.contains(part, autoescape=True),
                func.lower(TenantRow.name).contains(part, autoescape=True),
            )
            for part in parts
        )
    )
    query, _at = _people(door.event.id, door.session.id)
    ordered = query.where(found).order_by(Person.name, Participant.id).limit(limit)
    return [_expected(row) for row in db.session.execute(ordered)]


def people_by_id(door: Door, ids: Sequence[uuid.UUID]) -> list[Expected]:
    """Some participants of a session's event: one select."""
    if not ids:
        return []
    query, _at = _people(door.event.id, door.session.id)
    return [_expected(row) for row in db.session.execute(query.where(Participant.id.in_(ids)))]


def page_of_people(
    event_id: uuid.UUID,
    session_id: uuid.UUID,
    seen: ColumnElement[bool],
    *,
    state: str = "",
    after: str = "",
    limit: int = PER_PAGE,
) -> tuple[list[Expected], str]:
    """A page of who came (`present`), who is missing (`missing`) or both, by name, and the key of the next page.

    Args:
        seen: the condition of who is seen.
        after: the key that the page before gave; one that is none begins anew.
    """
    query, at = _people(event_id, session_id, numbered=False)
    query = query.where(seen, or_(Participant.seat == "registered", at.is_not(None)))
    if state == "present":
        query = query.where(at.is_not(None))
    elif state == "missing":
        query = query.where(at.is_(None))
    behind, name = _key(after), Person.search_name
    if behind is not None:
        query = query.where(tuple_(name, Participant.id) > tuple_(*behind))
    rows = db.session.execute(query.order_by(name, Participant.id).limit(limit + 1)).all()
    shown = [_expected(row) for row in rows[:limit]]
    more = len(rows) > limit
    return shown, f"{rows[limit - 1].id}.{rows[limit - 1].search_name}" if more else ""


def village_counts(
    event_id: uuid.UUID, session_id: uuid.UUID, seen: ColumnElement[bool]
) -> list[VillageCount]:
    """How many of each village are expected at a session and how many came; those that came most first: one select."""
    noted = _came_to(session_id)
    came = func.count(noted.c.at)
    expected = func.count().filter(or_(Participant.seat == "registered", noted.c.at.is_not(None)))
    query = (
        select(
            Participant.tenant_id,
            TenantRow.term,
            TenantRow.name,
            TenantRow.district_name,
            expected,
            came,
            TenantRow.district_code,
        )
        .outerjoin(TenantRow, TenantRow.id == Participant.tenant_id)
        .outerjoin(noted, true())
        .where(Participant.event_id == event_id, seen)
        .group_by(Participant.tenant_id, TenantRow.id)
        .having(expected > 0)
        .order_by(came.desc(), TenantRow.district_name, TenantRow.name)
    )
    return [
        VillageCount(row[0], _village(row[1], row[2]), row[3] or "", row[4], row[5], row[6] or "")
        for row in db.session.execute(query)
    ]


def counts_shown(counts: Sequence[VillageCount]) -> tuple[list[VillageCount], bool]:
    """What the page lists of `village_counts`, and whether that are kecamatan: nobody reads hundreds of villages.

    Those that came most stand first; people without a village are a line of their own.
    """
    if len(counts) <= VILLAGES_SHOWN:
        return list(counts), False
    grouped: dict[str, list[VillageCount]] = {}
    for one in counts:
        grouped.setdefault(one.district_code, []).append(one)
    lines = [
        VillageCount(
            None, group[0].district, "", sum(one.expected for one in group), sum(one.present for one in group)
        )
        for group in grouped.values()
    ]
    return sorted(lines, key=lambda line: (-line.present, line.village)), True


def noted_since(session_id: uuid.UUID, since: dt.datetime) -> list[tuple[uuid.UUID, dt.datetime]]:
    """Who was noted since a moment: participant and when they came. One select."""
    query = select(Attendance.participant_id, Attendance.at).where(
        Attendance.session_id == session_id, Attendance.noted_at >= since
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def present_count(session_id: uuid.UUID) -> int:
    """How many came to a session."""
    query = select(func.count()).where(Attendance.session_id == session_id)
    return db.session.scalars(query).one()


def attendance_of(
    event_id: uuid.UUID, seen: ColumnElement[bool]
) -> dict[tuple[uuid.UUID, uuid.UUID], TrainingAttendance]:
    """Everything that was noted at an event, by participant and session: one select."""
    query = (
        select(Attendance)
        .join(Participant, Participant.id == Attendance.participant_id)
        .where(Participant.event_id == event_id, seen)
    )
    return {(row.participant_id, row.session_id): row for row in db.session.scalars(query)}


def everybody(event_id: uuid.UUID, seen: ColumnElement[bool]) -> list[Expected]:
    """Who is registered at an event or came to any of its sessions, by village and name: one select."""
    noted = aliased(Attendance)
    came = select(noted.participant_id).where(noted.participant_id == Participant.id).exists()
    query, _at = _people(event_id, None)
    ordered = query.where(seen, or_(Participant.seat == "registered", came)).order_by(
        *_village_order(), Person.name, Participant.id
    )
    return [_expected(row) for row in db.session.execute(ordered)]


def villages_within(region_code: str) -> list[tuple[uuid.UUID, str]]:
    """The villages below an office, by kecamatan and name, for whoever comes unannounced: one select."""
    query = (
        select(TenantRow.id, TenantRow.term, TenantRow.name, TenantRow.district_name)
        .where(TenantRow.code.startswith(f"{region_code}.", autoescape=True))
        .order_by(TenantRow.district_name, TenantRow.name, TenantRow.code)
    )
    return [(row[0], f"{row[1]} {row[2]}, {row[3]}") for row in db.session.execute(query)]


def participant_by_token(token: str, event_id: uuid.UUID) -> tuple[TrainingParticipant, str] | None:
    """The participant of an event whom a token names, and their name: one select."""
    query = (
        select(Participant, Person.name)
        .join(Person, Person.id == Participant.person_id)
        .where(Participant.event_id == event_id, Participant.token == token)
    )
    row = db.session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def _people(
    event_id: uuid.UUID, session_id: uuid.UUID | None, *, numbered: bool = True
) -> tuple[Select[Any], Any]:
    """The columns of `Expected`, and the moment when they came, to choose by.

    Numbers count in the order in which people were registered and never change, for a row is never taken away; a list
    that does not show them leaves them out, as they are counted over everybody.
    """
    number: Any = literal(0)
    numbers = None
    if numbered:
        order = func.row_number().over(order_by=(Participant.registered_at, Participant.id)).label("number")
        everybody = select(Participant.id.label("id"), order).where(Participant.event_id == event_id)
        numbers = everybody.subquery("numbers")
        number = numbers.c.number
    came = _came_to(session_id)
    query = (
        select(
            Participant.id,
            number.label("number"),
            Person.name,
            Person.search_name,
            Participant.position,
            TenantRow.term,
            TenantRow.name.label("village"),
            Participant.tenant_id,
            TenantRow.district_name,
            Participant.seat,
            Participant.is_walk_in,
            Participant.token,
            came.c.at,
            came.c.noted_by,
            came.c.source,
            came.c.note,
        )
        .join(Person, Person.id == Participant.person_id)
        .outerjoin(TenantRow, TenantRow.id == Participant.tenant_id)
        .outerjoin(came, true())
        .where(Participant.event_id == event_id)
    )
    if numbers is not None:
        query = query.join(numbers, numbers.c.id == Participant.id)
    return query, came.c.at


def _came_to(session_id: uuid.UUID | None) -> LateralFromClause:
    """Whether and how the participant of a row came: looked up by the table's key for each.

    While people stream in, the planner's figures lag behind and it would compare everybody with everybody; the limit
    keeps it from joining the tables in any other way.
    """
    return (
        select(Attendance.at, Attendance.noted_by, Attendance.source, Attendance.note)
        .where(Attendance.participant_id == Participant.id, Attendance.session_id == session_id)
        .limit(1)
        .correlate(Participant)
        .lateral("came")
    )


def _village_order() -> tuple[Any, ...]:
    return (TenantRow.district_name.nulls_last(), TenantRow.name, Participant.tenant_id)


def _expected(row: Row[Any]) -> Expected:
    return Expected(
        id=row.id, number=row.number, name=row.name, position=row.position, village=_village(row.term, row.village),
        tenant_id=row.tenant_id, district=row.district_name or "", seat=row.seat, is_walk_in=row.is_walk_in,
        token=row.token, at=row.at, noted_by=row.noted_by or "", source=row.source or "", note=row.note or "",
    )  # fmt: skip


def _village(term: str | None, name: str | None) -> str:
    return f"{term} {name}" if name else ""


def _key(after: str) -> tuple[str, uuid.UUID] | None:
    found, dot, name = after.partition(".")
    try:
        return (name, uuid.UUID(found)) if dot else None
    except ValueError:
        return None
