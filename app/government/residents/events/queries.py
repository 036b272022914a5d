"""Reading events: lists, one deed, the people a form is about. Lists have a fixed number of selects."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.residents import codes
from app.government.residents.derive import card_order, masked
from app.government.residents.events.kinds import MAIN, RECORDED, main_kind
from app.government.residents.models import OPEN_STATES, Household, LifeEvent, PopulationMonth, Resident
from app.government.residents.writing import REMOVED, next_month

PAGE = 25
MOST_FOUND = 20
MOST_LISTED = 100
POSSIBLE = {
    "return": (codes.MOVED, codes.MISSING, codes.LEFT),
    "death": (codes.ALIVE, codes.MISSING, codes.LEFT),
    "letter": (codes.ALIVE, codes.DEAD, codes.MOVED, codes.MISSING, codes.LEFT),
}
"""To whom an event can happen, or a letter be written, by vital status; every other one to those who live here."""
LISTED = (*RECORDED, "reversal")
"""Kinds that the list of events shows when none is chosen."""


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody found by name or number."""

    id: uuid.UUID
    name: str
    sex: int
    birth_date: dt.date | None
    vital_status: int
    sub_area_id: uuid.UUID | None
    nik: str


@dataclass(slots=True)
class Subject:
    """Whom a form is about: the person, their household, and those of it who can take part."""

    person: Resident | None = None
    home: Household | None = None
    members: list[Resident] = field(default_factory=list)
    kk: str = ""
    """The household's card number, masked."""


@dataclass(frozen=True, slots=True)
class DeedLine:
    """A deed in a list."""

    id: uuid.UUID
    kind: str
    happened_on: dt.date
    reported_on: dt.date
    month: dt.date
    is_late: bool
    is_undone: bool
    recorded_by: str
    recorded_at: dt.datetime
    count: int
    """To how many people it happened; `names`: the first of them."""
    names: list[str]


@dataclass(frozen=True, slots=True)
class DeedPage:
    """A page of deeds; `older` is the key of the next page."""

    deeds: list[DeedLine]
    older: uuid.UUID | None


@dataclass(slots=True)
class DeedView:
    """One deed with everybody in it."""

    id: uuid.UUID
    kind: str
    lines: list[tuple[LifeEvent, str]]
    """Each line with the name of its resident, empty for a household's."""
    is_undone: bool
    is_answered: bool
    private: dict[str, Any]
    homes: list[uuid.UUID]
    is_removed: bool = False
    """Whether retention removed what a line noted, so that nobody can take the deed back."""

    @property
    def first(self) -> LifeEvent:
        """The line that says what the deed is."""
        return next((line for line, _name in self.lines if line.kind == self.kind), self.lines[0][0])

    @property
    def names(self) -> list[str]:
        """Those whom the deed is about, each once."""
        told = [(str(line.details.get("reversed") or line.kind), name) for line, name in self.lines if name]
        main = main_kind(kind for kind, _name in told)
        own = list(dict.fromkeys(name for kind, name in told if kind == main))
        return own[:1] if main == "change_head" else own

    @property
    def people(self) -> list[tuple[uuid.UUID, str]]:
        """Id and name of everybody in it, each once."""
        named = [(line.resident_id, name) for line, name in self.lines if name and line.resident_id]
        return list(dict(named).items())


def find_people(name: str, kind: str = "") -> list[Found]:
    """People whose name holds all words of `name` and to whom an event of this kind can happen."""
    words = [word for word in name.split() if word][:6]
    if not words:
        return []
    query = _people(kind)
    for word in words:
        query = query.where(Resident.name.ilike(f"%{_literal(word)}%", escape="\\"))
    return _found(query)


def find_by_nik(nik: str, kind: str = "") -> list[Found]:
    """People who hold a NIK (all 16 digits) and to whom an event of this kind can happen."""
    return _found(_people(kind).where(Resident.nik_index == open_vault().index("nik", nik)))


def find_members(household_id: uuid.UUID, kind: str = "") -> list[Found]:
    """The members of a household to whom an event of this kind can happen."""
    return _found(_people(kind).where(Resident.household_id == household_id))


def subject(
    person_id: uuid.UUID | None, household_id: uuid.UUID | None, *, absent: bool = False
) -> Subject | None:
    """Whom a form is about; None when the village does not have them. `absent`: members are those who are away too."""
    found = Subject()
    if person_id is not None:
        found.person = db.session.get(Resident, person_id)
        if found.person is None:
            return None
        household_id = found.person.household_id
    if household_id is None:
        found.members = [found.person] if found.person else []
        return found
    found.home = db.session.get(Household, household_id)
    if found.home is None:
        return None
    vault = open_vault()
    found.kk = masked(str(vault.open_json(found.home.box, f"household:{found.home.id}").get("kk", "")))
    states = [found.person.vital_status] if absent and found.person else [codes.ALIVE]
    query = select(Resident).where(Resident.household_id == household_id, Resident.vital_status.in_(states))
    found.members = sorted(db.session.scalars(query), key=card_order)
    return found


def find_households(text: str) -> list[tuple[uuid.UUID, str, str]]:
    """Households to join by a card's number (16 digits) or part of the head's name: id, head's name, address."""
    head = select(Household.id, Resident.name, Household.address).outerjoin(
        Resident, Resident.id == Household.head_id
    )
    query = (
        head.where(Household.state.in_(OPEN_STATES)).order_by(Resident.name, Household.id).limit(MOST_FOUND)
    )
    digits = "".join(text.split())
    if digits.isascii() and digits.isdigit() and len(digits) == 16:
        query = query.where(Household.kk_index == open_vault().index("kk", digits))
    else:
        for word in text.split()[:6]:
            query = query.where(Resident.name.ilike(f"%{_literal(word)}%", escape="\\"))
    return [(home, name or "", address) for home, name, address in db.session.execute(query)]


def deeds(
    month: dt.date | None = None,
    kinds: Sequence[str] = LISTED,
    before: uuid.UUID | None = None,
    *,
    limit: int = PAGE,
    late: bool | None = None,
    counted: bool = False,
) -> DeedPage:
    """Deeds, newest first, with their first names: one select.

    Args:
        month: those that count in it; None: of all months. kinds: of their lines. before: the last page's `older`.
        late: only late ones. counted: only what stands (neither undone nor without effect on a count).
    """
    told = case(
        (LifeEvent.kind == "reversal", LifeEvent.details["reversed"].astext), else_=LifeEvent.kind
    )  # a death that was taken back is about the dead, too
    rank = case({kind: place for place, kind in enumerate(MAIN)}, value=told, else_=len(MAIN))
    named = Resident.name.is_not(None)
    names = func.array_agg(aggregate_order_by(Resident.name, rank, LifeEvent.id)).filter(named)
    ranks = func.array_agg(aggregate_order_by(rank, rank, LifeEvent.id)).filter(named)
    query = (
        select(
            LifeEvent.deed_id,
            func.array_agg(aggregate_order_by(LifeEvent.kind, LifeEvent.id)).label("kinds"),
            func.min(LifeEvent.happened_on).label("happened_on"),
            func.max(LifeEvent.reported_on).label("reported_on"),
            func.max(LifeEvent.month).label("month"),
            func.bool_or(LifeEvent.is_late).label("is_late"),
            func.bool_and(LifeEvent.undone_at.is_not(None)).label("is_undone"),
            func.max(LifeEvent.recorded_by).label("recorded_by"),
            func.max(LifeEvent.recorded_at).label("recorded_at"),
            names[1:4].label("names"),
            ranks.label("ranks"),
        )
        .outerjoin(Resident, Resident.id == LifeEvent.resident_id)
        .where(LifeEvent.kind.in_(kinds))
        .group_by(LifeEvent.deed_id)
        .order_by(LifeEvent.deed_id.desc())
        .limit(limit + 1)
    )
    if month is not None:
        query = query.where(LifeEvent.month == month)
    if before is not None:
        query = query.where(LifeEvent.deed_id < before)
    if late is not None:
        query = query.where(LifeEvent.is_late.is_(late))
    if counted:
        counts = or_(LifeEvent.from_cell.is_not(None), LifeEvent.to_cell.is_not(None))
        query = query.where(counts, LifeEvent.undone_at.is_(None))
    rows = db.session.execute(query).all()
    found = [
        DeedLine(
            row.deed_id, main_kind(row.kinds), row.happened_on, row.reported_on, row.month, row.is_late,
            row.is_undone, row.recorded_by, row.recorded_at, *_about(row.names or (), row.ranks or ()),
        )
        for row in rows[:limit]
    ]  # fmt: skip
    return DeedPage(found, rows[limit - 1].deed_id if len(rows) > limit else None)


def _about(names: Sequence[str], ranks: Sequence[int]) -> tuple[int, list[str]]:
    """To how many people the main event of a deed happened, and the first of them. Of a new head there is one."""
    count = sum(rank == ranks[0] for rank in ranks)
    if ranks and ranks[0] == MAIN.index("change_head"):
        count = 1
    return count, list(names[:count])


def deed(deed_id: uuid.UUID) -> DeedView | None:
    """One deed with everybody in it, None when the village has no such deed."""
    query = (
        select(LifeEvent, Resident.name)
        .outerjoin(Resident, Resident.id == LifeEvent.resident_id)
        .where(LifeEvent.deed_id == deed_id)
        .order_by(LifeEvent.id)
        .limit(MOST_LISTED)
    )
    lines = [(event, name or "") for event, name in db.session.execute(query)]
    if not lines:
        return None
    kind = main_kind(event.kind for event, _name in lines)
    people = {event.resident_id for event, _name in lines if event.resident_id}
    mine = or_(LifeEvent.resident_id.in_(people), LifeEvent.resident_id.is_(None))
    answers = select(LifeEvent.id).where(
        mine, LifeEvent.reverses_id.in_([event.id for event, _name in lines])
    )
    view = DeedView(
        deed_id,
        kind,
        lines,
        is_undone=all(event.undone_at is not None for event, _name in lines),
        is_answered=db.session.scalar(answers.limit(1)) is not None,
        private={},
        homes=list(dict.fromkeys(event.household_id for event, _name in lines if event.household_id)),
        is_removed=any(REMOVED in event.details for event, _name in lines),
    )
    if view.first.box is not None:
        kept = open_vault().open_json(view.first.box, f"life_event:{view.first.id}")
        view.private = kept.get("private", {})
    return view


def months(first: dt.date, present: dt.date) -> list[dt.date]:
    """All months from one to another, the newest first."""
    found, month = [], first.replace(day=1)
    while month <= present:
        found.append(month)
        month = next_month(month)
    return found[::-1]


def closed_month(month: dt.date) -> PopulationMonth | None:
    """A month's closing, None while it is open."""
    return db.session.get(PopulationMonth, month)


def _people(kind: str) -> Select[Any]:
    states = POSSIBLE.get(kind, (codes.ALIVE,))
    return (
        select(Resident)
        .where(Resident.vital_status.in_(states))
        .order_by(Resident.name, Resident.birth_date, Resident.id)
        .limit(MOST_FOUND)
    )


def _found(query: Select[Any]) -> list[Found]:
    vault, found = open_vault(), []
    for person in db.session.scalars(query):
        nik = str(vault.open_json(person.box, f"resident:{person.id}").get("nik", ""))
        shown = masked(nik) if nik else ""
        found.append(
            Found(
                person.id,
                person.name,
                person.sex,
                person.birth_date,
                person.vital_status,
                person.sub_area_id,
                shown,
            )
        )
    return found


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
