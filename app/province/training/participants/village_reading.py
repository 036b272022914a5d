"""Events as a village's staff see them. The rows are the platform's: each function enters its scope for a short time,
asks for rows of the present village alone, and lets go of the village's own transaction first.

Somebody of the province who visits the village reads without being counted and changes nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import case, func, select, update

from app.core import audit
from app.core.accounts.scoping import platform_rows
from app.core.actors import Actor
from app.core.badges import forget_badges
from app.core.village import queries as village_queries
from app.core.village.errors import Missing
from app.core.village.models import Official
from app.extensions import db
from app.province.training.events.models import TrainingEvent, TrainingVenue
from app.province.training.events.queries import SessionLine, sessions_of
from app.province.training.participants import letters, registering, rules, seats, tasks, village_page
from app.province.training.participants.lists import ParticipantLine
from app.province.training.participants.models import (
    TrainingInvitation,
    TrainingParticipant,
    TrainingPerson,
    TrainingTask,
)
from app.province.training.participants.people import search_name
from app.province.training.participants.registering import Candidate, Outcome
from app.province.training.participants.rules import Refused
from app.province.training.participants.tasks import TaskLine
from app.province.training.participants.waiting import forget_waiting, waiting
from tenants.models import TenantRow, now
from tenants.scope import current_tenant

Participant = TrainingParticipant
Person = TrainingPerson
Invitation = TrainingInvitation
MOST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event that the village was invited to, with how many people it sends."""

    event: TrainingEvent
    invitation: TrainingInvitation
    venue: TrainingVenue | None
    registered: int
    waiting: int

    @property
    def awaits_answer(self) -> bool:
        """Whether the village has neither registered anybody nor said that nobody comes."""
        return self.invitation.answer == "none" and rules.may_register(self.event)

    @property
    def is_past(self) -> bool:
        """Whether it is over or off."""
        return self.event.state != "open" or self.event.ends_on < rules.today()


@dataclass(frozen=True, slots=True)
class SeatLine:
    """Somebody of the village at an event."""

    seat: TrainingParticipant
    person: TrainingPerson


@dataclass(frozen=True, slots=True)
class OfficialChoice:
    """An official of the village's list who may be registered; `sex` is known where they took part before."""

    id: uuid.UUID
    name: str
    title: str
    phone: str
    sex: str
    seat: str
    """`registered`, `waiting`, or nothing."""


@dataclass(frozen=True, slots=True)
class EventPage:
    """All that an event's page shows."""

    event: TrainingEvent
    invitation: TrainingInvitation
    venue: TrainingVenue | None
    sessions: tuple[SessionLine, ...]
    seats: tuple[SeatLine, ...]
    past_seats: tuple[SeatLine, ...]
    officials: tuple[OfficialChoice, ...]
    has_room: bool
    tasks: tuple[TaskLine, ...]
    sections: tuple[tuple[str, object], ...]

    @property
    def left(self) -> int | None:
        """How many more the village may register; None without a limit."""
        most = self.event.per_village
        return None if most is None else max(0, most - len(self.seats))

    @property
    def may_register(self) -> bool:
        """Whether people may still be registered."""
        return rules.may_register(self.event) and self.left != 0

    @property
    def may_substitute(self) -> bool:
        """Whether somebody else may still be sent."""
        return rules.may_substitute(self.event)


def events() -> list[EventLine]:
    """The events that the village was invited to, the latest first: one select."""
    tenant_id = current_tenant().id
    _let_go()
    counts = (
        select(
            Participant.event_id,
            _counted("registered").label("registered"),
            _counted("waiting").label("waiting"),
        )
        .where(Participant.tenant_id == tenant_id)
        .group_by(Participant.event_id)
        .subquery()
    )
    query = (
        select(TrainingEvent, Invitation, TrainingVenue, counts.c.registered, counts.c.waiting)
        .join(Invitation, Invitation.event_id == TrainingEvent.id)
        .outerjoin(TrainingVenue, TrainingVenue.id == TrainingEvent.venue_id)
        .outerjoin(counts, counts.c.event_id == TrainingEvent.id)
        .where(Invitation.tenant_id == tenant_id, TrainingEvent.state != "draft")
        .order_by(TrainingEvent.starts_on.desc(), TrainingEvent.id.desc())
        .limit(MOST_EVENTS)
    )
    with platform_rows():
        found = [
            EventLine(event, invitation, venue, registered or 0, waits or 0)
            for event, invitation, venue, registered, waits in db.session.execute(query)
        ]
        db.session.expunge_all()
    return found


def event_page(event_id: uuid.UUID, actor: Actor) -> EventPage:
    """One event with the village's people, tasks, and what other parts add; opening it is noted. Raises Missing."""
    tenant = current_tenant()
    officials = _officials()
    _let_go()
    with platform_rows():
        event, invitation, venue = _invited(event_id, tenant.id)
        if invitation.seen_at is None and actor.support_visit is None:
            _mark_seen(event_id, tenant.id, actor.name)
            event, invitation, venue = _invited(event_id, tenant.id)
        lines = _seats(event_id, tenant.id)
        holding = tuple(line for line in lines if line.seat.seat in registering.ON_THE_LIST)
        choices = _choices(officials, holding, tenant.id) if rules.may_register(event) else ()
        room = seats.seating(event).has_room(tenant.regency_code, tenant.district_code)
        registered = tuple(line.seat.id for line in holding if line.seat.seat == "registered")
        own = village_page.VillageEvent(event, invitation, tenant, registered)
        mine, _after = tasks.lines(
            TrainingTask.tenant_id == tenant.id, TrainingTask.event_id == event_id, limit=100
        )
        page = EventPage(
            event=event,
            invitation=invitation,
            venue=venue,
            sessions=tuple(sessions_of(event_id)),
            seats=holding,
            past_seats=tuple(line for line in lines if line not in holding),
            officials=choices,
            has_room=room,
            tasks=tuple(mine),
            sections=tuple(village_page.sections_of(own)),
        )
        db.session.expunge_all()
    return page


def seat_line(event_id: uuid.UUID, participant_id: uuid.UUID) -> tuple[TrainingEvent, SeatLine]:
    """Somebody of the village at an event. Raises Missing."""
    tenant_id = current_tenant().id
    _let_go()
    with platform_rows():
        event, _invitation, _venue = _invited(event_id, tenant_id)
        found = next((line for line in _seats(event_id, tenant_id) if line.seat.id == participant_id), None)
        db.session.expunge_all()
    if found is None:
        raise Missing("training_participant")
    return event, found


def people(event_id: uuid.UUID) -> list[ParticipantLine]:
    """The village's people at an event, whatever became of their seats. Raises Missing."""
    tenant_id = current_tenant().id
    _let_go()
    with platform_rows():
        _invited(event_id, tenant_id)
        village = db.session.get_one(TenantRow, tenant_id)
        found = [ParticipantLine(line.seat, line.person, village) for line in _seats(event_id, tenant_id)]
        db.session.expunge_all()
    return found


def letter(event_id: uuid.UUID) -> bytes:
    """The village's letter as PDF. Raises Missing, DocumentFailed."""
    tenant_id = current_tenant().id
    _let_go()
    with platform_rows():
        event, invitation, _venue = _invited(event_id, tenant_id)
        village = db.session.get_one(TenantRow, tenant_id)
        return letters.letter_pdf(event, [(invitation, village)])


def register_officials(event_id: uuid.UUID, chosen: Sequence[tuple[uuid.UUID, str]], actor: Actor) -> Outcome:
    """Register officials of the village's list: their ids, with the sex of each. Raises Missing, Refused."""
    known = {one.id: one for one in _officials()}
    people = [
        Candidate(
            name=known[key].name, sex=sex, phone=known[key].phone, position=known[key].title, is_official=True
        )
        for key, sex in chosen
        if key in known
    ]
    if not people:
        raise Refused(_("Pilih paling sedikit satu orang."))
    return register(event_id, people, actor)


def register(
    event_id: uuid.UUID, people: Sequence[Candidate], actor: Actor, *, is_other: bool = False
) -> Outcome:
    """Register people for the village. Raises Missing; Refused as `registering.register`."""
    _refuse_visitor(actor)
    tenant_id = current_tenant().id
    _let_go()
    with platform_rows():
        outcome = registering.register(event_id, tenant_id, people, by=actor.name, is_other=is_other)
        title = _title(event_id)
    if done := len(outcome.registered) + len(outcome.waiting):
        _changed("training.people_registered", event_id, title, {"count": done})
    return outcome


def substitute(
    event_id: uuid.UUID, participant_id: uuid.UUID, person: Candidate, actor: Actor, *, is_other: bool = False
) -> None:
    """Send somebody else. Raises Missing, Refused, Alike, Invalid."""
    _refuse_visitor(actor)
    tenant_id = current_tenant().id
    _let_go()
    with platform_rows():
        registering.substitute(event_id, tenant_id, participant_id, person, by=actor.name, is_other=is_other)
        title = _title(event_id)
    _changed("training.person_replaced", event_id, title, {"name": person.name})


def cancel(event_id: uuid.UUID, participant_id: uuid.UUID, reason: str, actor: Actor) -> None:
    """Take a registration back. Raises Missing, Refused, Invalid."""
    _refuse_visitor(actor)
    tenant_id = current_tenant().id
    _let_go()
    with platform_rows():
        registering.cancel(event_id, tenant_id, participant_id, reason=reason)
        title = _title(event_id)
    _changed("training.person_cancelled", event_id, title, {"reason": reason})


def decline(event_id: uuid.UUID, reason: str, actor: Actor) -> None:
    """Say that nobody comes. Raises Missing, Refused, Invalid."""
    _refuse_visitor(actor)
    tenant_id = current_tenant().id
    _let_go()
    with platform_rows():
        registering.decline(event_id, tenant_id, reason=reason)
        title = _title(event_id)
    _changed("training.invitation_declined", event_id, title, {"reason": reason})


def village_tasks(view: str = "") -> list[TaskLine]:
    """The village's tasks after events, the first due first: one select."""
    tenant_id = current_tenant().id
    _let_go()
    with platform_rows():
        found = tasks.of_village(tenant_id, view)
        db.session.expunge_all()
    return found


def finish_task(task_id: uuid.UUID, note: str, actor: Actor) -> None:
    """The village did a task. Raises Missing, Refused, Invalid."""
    _refuse_visitor(actor)
    tenant_id = current_tenant().id
    _let_go()
    with platform_rows():
        what = tasks.finish(task_id, tenant_id, note=note, by=actor.name).what
    _changed("training.task_done", task_id, what, {"reason": note}, kind="training_task")


def _changed(
    action: str, object_id: uuid.UUID, title: str, details: dict[str, Any], kind: str = "training_event"
) -> None:
    """Note a deed in the village's log, and count anew what waits."""
    audit.record(action, object_type=kind, object_id=object_id, summary=title, details=details)
    forget_badges()
    db.session.commit()
    forget_waiting([current_tenant().id])
    waiting()


def _let_go() -> None:
    """End the village's transaction (nothing was written in it): no page holds two connections."""
    db.session.rollback()


def _refuse_visitor(actor: Actor) -> None:
    if actor.support_visit is not None:
        raise Refused(_("Ini dikerjakan oleh orang desa sendiri."))


def _counted(seat: str) -> Any:
    return func.count(case((Participant.seat == seat, 1)))


def _invited(
    event_id: uuid.UUID, tenant_id: uuid.UUID
) -> tuple[TrainingEvent, TrainingInvitation, TrainingVenue | None]:
    query = (
        select(TrainingEvent, Invitation, TrainingVenue)
        .join(Invitation, Invitation.event_id == TrainingEvent.id)
        .outerjoin(TrainingVenue, TrainingVenue.id == TrainingEvent.venue_id)
        .where(
            TrainingEvent.id == event_id, Invitation.tenant_id == tenant_id, TrainingEvent.state != "draft"
        )
    )
    row = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise Missing("training_event")
    return row


def _title(event_id: uuid.UUID) -> str:
    return db.session.scalar(select(TrainingEvent.title).where(TrainingEvent.id == event_id)) or ""


def _mark_seen(event_id: uuid.UUID, tenant_id: uuid.UUID, name: str) -> None:
    """Who opens an invitation first is kept by name."""
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.event_id == event_id, Invitation.tenant_id == tenant_id, Invitation.seen_at.is_(None)
        )
        .values(seen_at=now(), seen_by=name)
    )
    db.session.commit()


def _seats(event_id: uuid.UUID, tenant_id: uuid.UUID) -> list[SeatLine]:
    query = (
        select(Participant, Person)
        .join(Person, Person.id == Participant.person_id)
        .where(Participant.event_id == event_id, Participant.tenant_id == tenant_id)
        .order_by(Participant.seat, Person.search_name, Participant.id)
    )
    return [SeatLine(*row) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class _Official:
    id: uuid.UUID
    name: str
    title: str
    phone: str


def _officials() -> list[_Official]:
    """The officials in office today, in the village's own order: one select in the village's scope."""
    day: dt.date = rules.today()
    query = (
        select(Official.id, Official.name, Official.title, Official.phone)
        .where(village_queries.in_office(day))
        .order_by(Official.sort_order, Official.name)
    )
    return [_Official(*row) for row in db.session.execute(query)]


def _choices(
    officials: Sequence[_Official], holding: Sequence[SeatLine], tenant_id: uuid.UUID
) -> tuple[OfficialChoice, ...]:
    """The officials with what is known of them from events before: one select."""
    names = [search_name(one.name) for one in officials]
    query = (
        select(Person.search_name, Person.sex)
        .join(Participant, Participant.person_id == Person.id)
        .where(Participant.tenant_id == tenant_id, Person.search_name.in_(names))
    )
    sexes = dict(db.session.execute(query).all())
    taken = {line.person.search_name: line.seat.seat for line in holding}
    return tuple(
        OfficialChoice(one.id, one.name, one.title, one.phone, sexes.get(key, ""), taken.get(key, ""))
        for one, key in zip(officials, names, strict=True)
    )
