"""Lists of an event's invitations and participants, as offices see them: by key, as far as their region reaches."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, tuple_

from app.core.village.errors import Missing
from app.extensions import db
from app.province.announcements.audience import can_read
from app.province.regions import DISTRICT, REGENCY, Territory, within
from app.province.training.events.models import TrainingEvent
from app.province.training.participants.models import (
    SEATS,
    TrainingInvitation,
    TrainingParticipant,
    TrainingPerson,
)
from app.province.training.participants.people import search_name
from tenants.models import TenantRow

PAGE = 50
ANSWERS = ("none", "coming", "declined", "unseen", "untold", "nobody")
"""How far an invited village is: see `answer_condition`."""
Participant = TrainingParticipant
Person = TrainingPerson
Invitation = TrainingInvitation


def tidy(text: str) -> str:
    """What somebody searches for, without control characters, at most 80 letters."""
    return " ".join(text.replace("\x00", "").split())[:80]


def village_of(event: TrainingEvent, code: str) -> TenantRow | None:
    """A village of the organiser's region by its code or id: one select."""
    named = TenantRow.code == code if "." in code else TenantRow.id == uuid.UUID(code)
    return db.session.scalars(select(TenantRow).where(named, within(event.region_code))).one_or_none()


def invited_village(
    event: TrainingEvent, village_id: uuid.UUID, here: Territory
) -> tuple[TrainingInvitation, TenantRow]:
    """A village that was invited, within a region, with its invitation. Raises Missing."""
    query = (
        select(Invitation, TenantRow)
        .join(TenantRow, TenantRow.id == Invitation.tenant_id)
        .where(Invitation.event_id == event.id, TenantRow.id == village_id, within(here.code))
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise Missing("training_invitation")
    return row[0], row[1]


@dataclass(frozen=True, slots=True)
class InvitationTally:
    """How many villages were invited, and how far they are."""

    total: int
    seen: int
    coming: int
    declined: int
    untold: int
    """Villages with staff here that do not know the present schedule yet."""
    nobody: int
    """Villages that nobody uses here: they get a letter on paper."""
    outdated: int
    """Those of them whose letter tells an earlier schedule."""

    @property
    def silent(self) -> int:
        """Villages without an answer."""
        return self.total - self.coming - self.declined


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """A village that was invited, with how many people it sends."""

    village: TenantRow
    invitation: TrainingInvitation
    readable: bool
    registered: int
    waiting: int
    knows: bool
    """Whether it was told the present schedule."""


@dataclass(frozen=True, slots=True)
class InvitationFilter:
    """What a list of invitations is narrowed to."""

    territory: Territory
    answer: str = ""
    search: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str], here: Territory) -> InvitationFilter:
        """From a query string; what makes no sense is left out."""
        answer = args.get("jawaban", "")
        return cls(here, answer if answer in ANSWERS else "", tidy(args.get("q", "")))

    def as_args(self) -> dict[str, Any]:
        """The query string that leads back here, without the region."""
        return {name: value for name, value in (("jawaban", self.answer), ("q", self.search)) if value}


def invitation_tally(event: TrainingEvent, region_code: str) -> InvitationTally:
    """How far the invitations of a region's villages are: one select."""
    conditions = (
        Invitation.seen_at.is_not(None),
        Invitation.answer == "coming",
        Invitation.answer == "declined",
        answer_condition("untold", event),
        ~can_read(),
        and_(~can_read(), Invitation.told_version > 0, Invitation.told_version < event.schedule_version),
    )
    query = (
        select(func.count(), *(func.count(case((one, 1))) for one in conditions))
        .select_from(Invitation)
        .join(TenantRow, TenantRow.id == Invitation.tenant_id)
        .where(Invitation.event_id == event.id, within(region_code))
    )
    return InvitationTally(*map(int, db.session.execute(query).one()))


def invitations(
    event: TrainingEvent, wanted: InvitationFilter, *, after: str = "", limit: int = PAGE
) -> tuple[list[InvitationLine], str | None]:
    """A page of invited villages by code, and the cursor of the next page: one select."""
    query = _invitations(event, wanted).limit(limit + 1)
    if after:
        query = query.where(TenantRow.code > after)
    found = [_invitation_line(event, row) for row in db.session.execute(query)]
    return found[:limit], found[limit - 1].village.code if len(found) > limit else None


def all_invitations(event: TrainingEvent, wanted: InvitationFilter) -> Iterator[InvitationLine]:
    """All invited villages that the filter leaves, read in portions."""
    query = _invitations(event, wanted).execution_options(yield_per=500)
    for row in db.session.execute(query):
        yield _invitation_line(event, row)


def answer_condition(answer: str, event: TrainingEvent) -> ColumnElement[bool]:
    """Invitations by how far they are. `untold`: their staff do not know the present schedule yet."""
    if answer == "unseen":
        return and_(Invitation.seen_at.is_(None), can_read())
    if answer == "untold":
        return and_(Invitation.told_version < event.schedule_version, can_read())
    if answer == "nobody":
        return ~can_read()
    return Invitation.answer == answer


def _invitations(event: TrainingEvent, wanted: InvitationFilter) -> Any:
    counts = (
        select(
            Participant.tenant_id,
            func.count(case((Participant.seat == "registered", 1))).label("registered"),
            func.count(case((Participant.seat == "waiting", 1))).label("waiting"),
        )
        .where(Participant.event_id == event.id)
        .group_by(Participant.tenant_id)
        .subquery()
    )
    query = (
        select(TenantRow, Invitation, can_read(), counts.c.registered, counts.c.waiting)
        .join(Invitation, Invitation.tenant_id == TenantRow.id)
        .outerjoin(counts, counts.c.tenant_id == TenantRow.id)
        .where(Invitation.event_id == event.id, within(wanted.territory.code))
        .order_by(TenantRow.code)
    )
    if wanted.answer:
        query = query.where(answer_condition(wanted.answer, event))
    if wanted.search:
        query = query.where(
            or_(
                TenantRow.name.icontains(wanted.search, autoescape=True),
                TenantRow.code.startswith(wanted.search, autoescape=True),
            )
        )
    return query


def _invitation_line(event: TrainingEvent, row: Any) -> InvitationLine:
    village, invitation, readable, registered, waiting = row
    return InvitationLine(
        village,
        invitation,
        bool(readable),
        registered or 0,
        waiting or 0,
        invitation.told_version >= event.schedule_version,
    )


@dataclass(frozen=True, slots=True)
class ParticipantLine:
    """Somebody's seat, with the person and their village (None for people of offices)."""

    seat: TrainingParticipant
    person: TrainingPerson
    village: TenantRow | None

    @property
    def village_name(self) -> str:
        """`Pekon Gisting Atas`; empty for people of offices."""
        return f"{self.village.term} {self.village.name}" if self.village else ""


@dataclass(frozen=True, slots=True)
class ParticipantFilter:
    """What a list of participants is narrowed to. `seat` empty: who holds a seat or waits for one."""

    territory: Territory
    seat: str = ""
    search: str = ""
    district: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str], here: Territory) -> ParticipantFilter:
        """From a query string; what makes no sense is left out."""
        seat = args.get("tempat", "")
        return cls(here, seat if seat in (*SEATS, "walk_in") else "", tidy(args.get("q", "")))

    def as_args(self) -> dict[str, Any]:
        """The query string that leads back here, without the region."""
        return {name: value for name, value in (("tempat", self.seat), ("q", self.search)) if value}


def seat_counts(event: TrainingEvent, here: Territory) -> dict[str, int]:
    """How many people of a region have each kind of seat, `women` of those with one, `villages`: one select."""
    registered = Participant.seat == "registered"
    query = (
        select(
            *(func.count(case((Participant.seat == one, 1))) for one in SEATS),
            func.count(case((and_(registered, Person.sex == "female"), 1))),
            func.count(case((registered, Participant.tenant_id)).distinct()),
            func.count(case((and_(registered, Participant.is_walk_in), 1))),
        )
        .select_from(Participant)
        .join(Person, Person.id == Participant.person_id)
        .where(Participant.event_id == event.id, _seen(event, here))
    )
    row = db.session.execute(query).one()
    return dict(zip((*SEATS, "women", "villages", "walk_in"), map(int, row), strict=True))


def participants(
    event: TrainingEvent, wanted: ParticipantFilter, *, after: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[list[ParticipantLine], uuid.UUID | None]:
    """A page of participants by village and name, and the cursor of the next page: one select."""
    query = _participants(event, wanted)
    if after is not None:
        last = (
            select(Participant.district_code, func.coalesce(TenantRow.code, ""), Person.search_name)
            .join(Person, Person.id == Participant.person_id)
            .outerjoin(TenantRow, TenantRow.id == Participant.tenant_id)
            .where(Participant.id == after)
            .subquery()
        )
        behind = tuple_(*_order()) > tuple_(
            select(last.c[0]).scalar_subquery(),
            select(last.c[1]).scalar_subquery(),
            select(last.c[2]).scalar_subquery(),
            literal(after),
        )
        query = query.where(behind)
    found = [ParticipantLine(*row) for row in db.session.execute(query.limit(limit + 1))]
    return found[:limit], found[limit - 1].seat.id if len(found) > limit else None


def all_participants(event: TrainingEvent, wanted: ParticipantFilter) -> Iterator[ParticipantLine]:
    """All participants that the filter leaves, read in portions."""
    query = _participants(event, wanted).execution_options(yield_per=500)
    for row in db.session.execute(query):
        yield ParticipantLine(*row)


def participant(event: TrainingEvent, participant_id: uuid.UUID, here: Territory) -> ParticipantLine:
    """One participant of an event, within a region. Raises Missing."""
    query = _participants(event, ParticipantFilter(here, "any")).where(Participant.id == participant_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise Missing("training_participant")
    return ParticipantLine(*row)


def _participants(event: TrainingEvent, wanted: ParticipantFilter) -> Any:
    query = (
        select(Participant, Person, TenantRow)
        .join(Person, Person.id == Participant.person_id)
        .outerjoin(TenantRow, TenantRow.id == Participant.tenant_id)
        .where(Participant.event_id == event.id, _seen(event, wanted.territory))
        .order_by(*_order())
    )
    if wanted.seat == "walk_in":
        query = query.where(Participant.seat == "registered", Participant.is_walk_in.is_(True))
    elif wanted.seat == "":
        query = query.where(Participant.seat.in_(["registered", "waiting"]))
    elif wanted.seat != "any":
        query = query.where(Participant.seat == wanted.seat)
    if wanted.search:
        plain = search_name(wanted.search)
        query = query.where(
            or_(
                Person.name.icontains(wanted.search, autoescape=True),
                Person.search_name.contains(plain, autoescape=True),
                TenantRow.name.icontains(wanted.search, autoescape=True),
            )
        )
    return query


def _order() -> tuple[Any, ...]:
    return Participant.district_code, func.coalesce(TenantRow.code, ""), Person.search_name, Participant.id


def _seen(event: TrainingEvent, here: Territory) -> ColumnElement[bool]:
    """People of a region; those of offices are seen by the organiser's office and those above it."""
    if here.code == event.region_code or event.region_code.startswith(f"{here.code}."):
        return Participant.id.is_not(None)
    if here.level == DISTRICT:
        return Participant.district_code == here.code
    if here.level == REGENCY:
        return Participant.regency_code == here.code
    return Participant.regency_code.startswith(f"{here.code}.", autoescape=True)
