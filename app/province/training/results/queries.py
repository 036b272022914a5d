"""What trainings brought, as sums that can be put together in any way: by training, by village, by place above.

People are counted by the village that sent them. Who came is who was noted as present at one session or more; who had
a seat and did not come is a no-show, of trainings that are over and at whose door anybody was noted at all.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Float, Select, cast, func, select, true
from sqlalchemy.orm import InstrumentedAttribute

from app.core.ui.formats import ZONE
from app.extensions import db
from app.province.regions import DISTRICT, REGENCY, Territory, region_contains, standing_in, within
from app.province.training.door.models import TrainingAttendance
from app.province.training.events.models import TrainingCost, TrainingEvent, TrainingSession
from app.province.training.learning.models import TrainingAnswers, TrainingTest
from app.province.training.participants.models import TrainingInvitation, TrainingParticipant, TrainingPerson
from app.province.training.results.intervals import Estimate, of_sums, share
from app.province.training.results.rollup import HELD
from tenants.models import TenantRow, now

Participant, Event, Attendance = TrainingParticipant, TrainingEvent, TrainingAttendance
Key = TypeVar("Key")
FIGURES = ("registered", "came", "women", "absent", "paired", "pre", "post", "squares")
"""What `figures` counts, named as in `Sums`; `absent` of every training."""


@dataclass(slots=True)
class Sums:
    """People of some trainings and places; tests are those who wrote both, in percent."""

    registered: int = 0
    came: int = 0
    women: int = 0
    expected: int = 0
    """Of those registered: seats at trainings that are over and whose attendance was noted."""
    absent: int = 0
    """Of those expected: who did not come."""
    paired: int = 0
    pre: float = 0.0
    post: float = 0.0
    squares: float = 0.0
    """Sum of the squared differences of the two tests."""

    def add(self, other: Sums) -> None:
        """Add another's."""
        self.registered += other.registered
        self.came += other.came
        self.women += other.women
        self.expected += other.expected
        self.absent += other.absent
        if other.paired:
            self.paired += other.paired
            self.pre += other.pre
            self.post += other.post
            self.squares += other.squares

    @property
    def women_share(self) -> float | None:
        """Women among those who came."""
        return share(self.women, self.came)

    @property
    def absent_share(self) -> float | None:
        """No-shows among those expected."""
        return share(self.absent, self.expected)

    @property
    def pre_mean(self) -> float | None:
        """Mean of the first test, in percent."""
        return share(self.pre, self.paired)

    @property
    def post_mean(self) -> float | None:
        """Mean of the second test, in percent."""
        return share(self.post, self.paired)

    @property
    def gain(self) -> Estimate | None:
        """By how many points of a hundred those who wrote both tests did better in the second."""
        return of_sums(self.paired, self.post - self.pre, self.squares)


@dataclass(frozen=True, slots=True)
class Held:
    """A training with what holds for the whole of it, wherever its people are from."""

    id: uuid.UUID
    title: str
    kind: str
    region_code: str
    starts_on: dt.date
    ends_on: dt.date
    came: int
    spent: int | None
    """Rp that was spent; None while nothing is noted."""

    @property
    def is_noted(self) -> bool:
        """Whether anybody was noted as present."""
        return self.came > 0

    @property
    def cost(self) -> float | None:
        """Rp for each who came."""
        return share(self.spent, self.came) if self.spent is not None else None

    def sums_of(self, found: Sequence[Any]) -> Sums:
        """What was counted of it (the `FIGURES`); nobody counts as absent until it is over and somebody was noted."""
        registered, came, women, absent, *tests = found
        if not self.is_noted or self.ends_on >= today():
            return Sums(registered, came, women, 0, 0, *tests)
        return Sums(registered, came, women, registered, absent, *tests)


@dataclass(slots=True)
class Cell:
    """What one training brought one village (`tenant_id` None: people of offices)."""

    event_id: uuid.UUID
    tenant_id: uuid.UUID | None
    regency_code: str
    district_code: str
    sums: Sums = field(default_factory=Sums)


@dataclass(frozen=True, slots=True)
class Brought:
    """What trainings brought a territory."""

    events: list[Held]
    cells: list[Cell]
    persons: int
    """Different people among those who came."""

    @property
    def whole(self) -> Sums:
        """All of it."""
        return _added(cell.sums for cell in self.cells)

    def by_event(self) -> dict[uuid.UUID, Sums]:
        """Training → what it brought."""
        return _grouped((cell.event_id, cell.sums) for cell in self.cells)

    def by_place(self, level: int) -> dict[str, Sums]:
        """Kabupaten/kota (level 2) or kecamatan (3) → what their people took along; "" stands for people of offices
        that lie above."""
        return _grouped(
            (cell.regency_code if level == REGENCY else cell.district_code, cell.sums) for cell in self.cells
        )

    def by_village(self) -> dict[uuid.UUID | None, Sums]:
        """Village → what its people took along."""
        return _grouped((cell.tenant_id, cell.sums) for cell in self.cells)

    def villages_that_came(self) -> set[uuid.UUID]:
        """Villages of which somebody came."""
        return {cell.tenant_id for cell in self.cells if cell.tenant_id and cell.sums.came}


def _added(parts: Iterable[Sums]) -> Sums:
    whole = Sums()
    for one in parts:
        whole.add(one)
    return whole


def _grouped(parts: Iterable[tuple[Key, Sums]]) -> dict[Key, Sums]:
    found: dict[Key, Sums] = {}
    for key, one in parts:
        found.setdefault(key, Sums()).add(one)
    return found


def today() -> dt.date:
    """The day in the province."""
    return now().astimezone(ZONE).date()


def held(territory: Territory) -> list[Held]:
    """Trainings that are over, the newest first: of a territory's offices, of those above and below it (one select)."""
    parts = territory.code.split(".")
    here_and_above = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
    below = Event.region_code.startswith(f"{territory.code}.", autoescape=True)
    query = _held().where(
        Event.state.in_(HELD), Event.ends_on < today(), Event.region_code.in_(here_and_above) | below
    )
    return [_as_held(row) for row in db.session.execute(query.order_by(Event.ends_on.desc(), Event.id))]


def held_one(event_id: uuid.UUID) -> Held:
    """One training, over or not (one select); raises NoResultFound."""
    return _as_held(db.session.execute(_held().where(Event.id == event_id)).one())


def _held() -> Select[Any]:
    sessions = select(func.count(Attendance.participant_id.distinct())).join(
        TrainingSession, TrainingSession.id == Attendance.session_id
    )
    spent = select(func.sum(TrainingCost.amount)).where(
        TrainingCost.event_id == Event.id, TrainingCost.spent_on.is_not(None)
    )
    return select(
        Event.id, Event.title, Event.kind, Event.region_code, Event.starts_on, Event.ends_on,
        sessions.where(TrainingSession.event_id == Event.id).scalar_subquery(), spent.scalar_subquery(),
    )  # fmt: skip


def _as_held(row: Any) -> Held:
    ident, title, kind, region_code, starts_on, ends_on, came, spent = row
    return Held(
        ident, title, kind, region_code, starts_on, ends_on, came, None if spent is None else int(spent)
    )


def people_of(territory: Territory) -> ColumnElement[bool]:
    """The condition that a participant was sent out of a territory; people of offices above belong to the province."""
    if territory.level == REGENCY:
        return Participant.regency_code == territory.code
    if territory.level == DISTRICT:
        return Participant.district_code == territory.code
    return true()


def brought(events: Sequence[Held], whose: ColumnElement[bool]) -> Brought:
    """What trainings brought, of those people that `whose` chooses (two selects).

    Args:
        events: which trainings.
        whose: a condition on participants, as `people_of` gives it.
    """
    known = {one.id: one for one in events}
    if not known:
        return Brought([], [], 0)
    counted = db.session.execute(
        figures(
            known, whose, Participant.event_id, Participant.tenant_id, Participant.regency_code,
            Participant.district_code,
        )
    )  # fmt: skip
    cells = [
        Cell(ident, village, regency, district, known[ident].sums_of(found))
        for ident, village, regency, district, *found in counted
    ]
    present = select(Attendance.participant_id).where(Attendance.participant_id == Participant.id).exists()
    persons = select(func.count(Participant.person_id.distinct())).where(
        Participant.event_id.in_(known), whose, present
    )
    return Brought(list(events), cells, db.session.scalar(persons) or 0)


def figures(
    events: Collection[uuid.UUID], whose: ColumnElement[bool], *columns: InstrumentedAttribute[Any]
) -> Select[Any]:
    """What people took along, grouped by columns of participants: those columns, then the `FIGURES`."""
    came = (
        select(Attendance.participant_id)
        .join(TrainingSession, TrainingSession.id == Attendance.session_id)
        .where(TrainingSession.event_id.in_(events))
        .distinct()
        .subquery()
    )
    tests = _tests(events).subquery()
    seated, present = Participant.seat == "registered", came.c.participant_id.is_not(None)
    gained = tests.c.after - tests.c.before
    counts = (
        func.count().filter(seated),
        func.count().filter(present),
        func.count().filter(present, TrainingPerson.sex == "female"),
        func.count().filter(seated, ~present),
        func.count(gained),
        func.coalesce(func.sum(tests.c.before), 0.0),
        func.coalesce(func.sum(tests.c.after), 0.0),
        func.coalesce(func.sum(gained * gained), 0.0),
    )
    return (
        select(*columns, *(count.label(name) for name, count in zip(FIGURES, counts, strict=True)))
        .join(TrainingPerson, TrainingPerson.id == Participant.person_id)
        .outerjoin(came, came.c.participant_id == Participant.id)
        .outerjoin(tests, tests.c.participant_id == Participant.id)
        .where(Participant.event_id.in_(events), whose)
        .group_by(*columns)
    )


def _tests(events: Collection[uuid.UUID]) -> Select[Any]:
    """Who wrote both tests of a training, with the share of right answers before and after in percent."""
    right: Any = (
        100.0 * cast(TrainingAnswers.right_count, Float) / cast(TrainingAnswers.question_count, Float)
    )
    before: Any = func.max(right).filter(TrainingTest.phase == "pre")
    after: Any = func.max(right).filter(TrainingTest.phase == "post")
    return (
        select(TrainingAnswers.participant_id, before.label("before"), after.label("after"))
        .join(TrainingTest, TrainingTest.id == TrainingAnswers.test_id)
        .where(TrainingTest.event_id.in_(events), TrainingAnswers.question_count > 0)
        .group_by(TrainingAnswers.participant_id)
        .having(before.is_not(None), after.is_not(None))
    )


@dataclass(frozen=True, slots=True)
class Spending:
    """What trainings of a territory's own offices cost: only those whose cost and attendance are noted."""

    spent: int
    came: int
    events: int

    @property
    def each(self) -> float | None:
        """Rp for each who came."""
        return share(self.spent, self.came)


def spending(events: Iterable[Held], territory: Territory) -> Spending:
    """The cost of a territory's own trainings. An office above keeps its own books."""
    told = [
        (one.spent, one.came)
        for one in events
        if one.spent is not None and one.is_noted and region_contains(territory.code, one.region_code)
    ]
    return Spending(sum(spent for spent, _ in told), sum(came for _, came in told), len(told))


VILLAGE = (
    TenantRow.id, TenantRow.code, TenantRow.term + " " + TenantRow.name, TenantRow.kind, TenantRow.state,
    TenantRow.district_code, TenantRow.district_name, TenantRow.regency_code, TenantRow.regency_name,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Village:
    """A village of the registry, as lists name it."""

    id: uuid.UUID
    code: str
    name: str
    kind: str
    state: str
    district_code: str
    district: str
    regency_code: str
    regency: str
    trained_on: dt.date | None = None
    """The day on which its first training ended of which somebody of it was noted as present; None when it never
    came. Trainings of whatever office count."""


def villages_of(territory: Territory) -> list[Village]:
    """All villages of a territory with when they were trained first, by code (one select)."""
    present = select(Attendance.participant_id).where(Attendance.participant_id == Participant.id).exists()
    first = (
        select(Participant.tenant_id, func.min(Event.ends_on).label("day"))
        .join(Event, Event.id == Participant.event_id)
        .where(Participant.tenant_id.is_not(None), people_of(territory), Event.state.in_(HELD), present)
        .group_by(Participant.tenant_id)
        .subquery()
    )
    query = (
        select(*VILLAGE, first.c.day)
        .outerjoin(first, first.c.tenant_id == TenantRow.id)
        .where(standing_in(territory.code))
        .order_by(TenantRow.code)
    )
    return [Village(*row) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class Asked:
    """How a village that never came was asked so far: to how many trainings, when last, how often it declined, and how
    many seats it took without coming."""

    invitations: int = 0
    last: dt.datetime | None = None
    declined: int = 0
    absent: int = 0


def asked(territory: Territory) -> dict[uuid.UUID, Asked]:
    """Village → how it was invited, and seats it took at trainings that are over (two selects)."""
    invited = (
        select(
            TrainingInvitation.tenant_id,
            func.count(),
            func.max(TrainingInvitation.invited_at),
            func.count().filter(TrainingInvitation.answer == "declined"),
        )
        .join(TenantRow, TenantRow.id == TrainingInvitation.tenant_id)
        .where(within(territory.code))
        .group_by(TrainingInvitation.tenant_id)
    )
    seats = (
        select(Participant.tenant_id, func.count())
        .join(Event, Event.id == Participant.event_id)
        .where(people_of(territory), Participant.tenant_id.is_not(None), Participant.seat == "registered")
        .where(Event.state.in_(HELD), Event.ends_on < today())
        .group_by(Participant.tenant_id)
    )
    absent = {ident: count for ident, count in db.session.execute(seats) if ident is not None}
    found = {
        ident: Asked(count, last, declined, absent.pop(ident, 0))
        for ident, count, last, declined in db.session.execute(invited)
    }
    return found | {ident: Asked(absent=count) for ident, count in absent.items()}
