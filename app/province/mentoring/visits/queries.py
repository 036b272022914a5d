"""Visits as they are read: the list of a region or a mentor, one of them, a mentor's phone view, a village's own."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true, tuple_

from app.core.accounts.models import Account, Membership
from app.core.actors import Actor, current_actor
from app.core.village.errors import Missing
from app.extensions import db
from app.province.mentoring.cases.mentors import (
    assigned_to,
    given_to,
    is_mentor,
    seen_villages,
    visited_villages,
    visited_villages_of,
)
from app.province.mentoring.cases.models import MentoringCase
from app.province.mentoring.visits.models import MentoringVisit
from app.province.regions import Territory, refuse_region, within
from tenants.models import TenantRow

PAGE = 25
MOST_FOUND = 20
MOST_PLANNED = 60
STATES = ("planned", "held", "signed", "cancelled")
ENDED = ("solved", "closed")
PHONE_ROLES = ("village_head", "secretary", "operator")
"""Whose numbers a mentor is shown: who answers for a village and who works with it daily."""
_MONTH = re.compile(r"^(20\d{2})-(0[1-9]|1[0-2])$")


@dataclass(frozen=True, slots=True)
class VisitFilter:
    """What a list of visits is narrowed to; `month` is 2026-11, `village` an id."""

    state: str = ""
    month: str = ""
    search: str = ""
    village: uuid.UUID | None = None

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> VisitFilter:
        """From a query string; what makes no sense is left out."""
        state, month = args.get("keadaan", ""), args.get("bulan", "")
        search = " ".join(args.get("q", "").replace("\x00", "").split())[:80]
        try:
            village = uuid.UUID(args.get("desa", ""))
        except ValueError:
            village = None
        return cls(state if state in STATES else "", month if _MONTH.match(month) else "", search, village)

    def as_args(self) -> dict[str, Any]:
        """The query string that leads back here."""
        pairs = (("keadaan", self.state), ("bulan", self.month), ("q", self.search), ("desa", self.village))
        return {name: str(value) for name, value in pairs if value}


@dataclass(frozen=True, slots=True)
class Line:
    """A visit with its village."""

    visit: MentoringVisit
    village: TenantRow


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who works in a village, with a number to call."""

    name: str
    role: str
    phone: str


@dataclass(slots=True)
class PhoneVillage:
    """A village of a mentor as the phone shows it."""

    village: TenantRow
    stands_by: bool = True
    """Whether the mentor stands by the village; else one of its cases was given to them."""
    contacts: list[Contact] = field(default_factory=list)
    cases: list[MentoringCase] = field(default_factory=list)
    last_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class PhoneView:
    """What a mentor needs on the way: the villages, own plans, and own visits that wait to be signed."""

    villages: list[PhoneVillage]
    planned: list[Line]
    unsigned: list[Line]


def page_of(
    here: Territory, wanted: VisitFilter, *, after: str = "", limit: int = PAGE, actor: Actor | None = None
) -> tuple[list[Line], str | None]:
    """A page of the visits that the one who acts sees in a region, newest first, and the cursor of the next."""
    query = _listed(here, wanted, actor)
    behind = _behind(after)
    if behind is not None:
        query = query.where(tuple_(MentoringVisit.visited_on, MentoringVisit.id) < behind)
    rows = [Line(*row) for row in db.session.execute(query.limit(limit + 1))]
    following = cursor_of(rows[limit - 1].visit) if len(rows) > limit else None
    return rows[:limit], following


def all_of(here: Territory, wanted: VisitFilter) -> Iterator[Line]:
    """All visits that the list would show, read in portions."""
    query = _listed(here, wanted, None).execution_options(yield_per=500)
    for row in db.session.execute(query):
        yield Line(*row)


def tally(here: Territory, wanted: VisitFilter) -> dict[str, int]:
    """How many of them there are in each state, whatever state the list is narrowed to; and in how many `villages`."""
    every = VisitFilter("", wanted.month, wanted.search, wanted.village)
    counts = [func.count().filter(MentoringVisit.state == state).label(state) for state in STATES]
    took_place = MentoringVisit.state.in_(["held", "signed"])
    villages = func.count(MentoringVisit.tenant_id.distinct()).filter(took_place).label("villages")
    query = select(*counts, villages).join(TenantRow, TenantRow.id == MentoringVisit.tenant_id)
    row = db.session.execute(query.where(_narrowed(here, every, None))).one()
    return {name: int(count) for name, count in row._mapping.items()}


def cursor_of(visit: MentoringVisit) -> str:
    """Where a list goes on behind a visit."""
    return f"{visit.visited_on:%Y-%m-%d}_{visit.id}"


def seen_visit(visit_id: uuid.UUID) -> Line:
    """A visit that the one who acts sees (inside a platform scope).

    Raises Missing for any other; asking for one that exists is noted in the audit log, and committed.
    """
    query = (
        select(MentoringVisit, TenantRow, _seen(None).label("seen"))
        .join(TenantRow, TenantRow.id == MentoringVisit.tenant_id)
        .where(MentoringVisit.id == visit_id)
        .execution_options(populate_existing=True)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise Missing("visit")
    if not row.seen:
        refuse_region(row[1].code)
        raise Missing("visit")
    return Line(row[0], row[1])


def case_of(visit: MentoringVisit) -> MentoringCase | None:
    """The case that a visit was for."""
    return db.session.get(MentoringCase, visit.case_id) if visit.case_id is not None else None


def visits_of_case(case_id: uuid.UUID) -> list[MentoringVisit]:
    """The visits for a case, newest first; who may see the case is decided by the caller."""
    query = select(MentoringVisit).where(
        MentoringVisit.case_id == case_id, MentoringVisit.state != "cancelled"
    )
    return list(
        db.session.scalars(query.order_by(MentoringVisit.visited_on.desc(), MentoringVisit.id.desc()))
    )


def phone_view(account_id: uuid.UUID) -> PhoneView:
    """A mentor's villages with numbers to call, open cases and last visit, and the own plans: six selects at most.

    A village of which the mentor holds a case alone is among them, with that case and no other.
    """
    villages = visited_villages_of(account_id)
    found = {row.id: PhoneVillage(row, stands_by=stands_by) for row, stands_by in villages}
    if not found:
        return PhoneView([], [], [])
    for tenant_id, contact in _contacts(list(found)):
        found[tenant_id].contacts.append(contact)
    for case in open_cases(list(found)):
        if found[case.tenant_id].stands_by or case.mentor_id == account_id:
            found[case.tenant_id].cases.append(case)
    last = (
        select(MentoringVisit.tenant_id, func.max(MentoringVisit.visited_on))
        .where(MentoringVisit.tenant_id.in_(list(found)), MentoringVisit.state.in_(["held", "signed"]))
        .group_by(MentoringVisit.tenant_id)
    )
    for tenant_id, day in db.session.execute(last):
        found[tenant_id].last_on = day
    mine = (
        select(MentoringVisit)
        .where(
            MentoringVisit.mentor_id == account_id,
            MentoringVisit.tenant_id.in_(list(found)),
            MentoringVisit.state.in_(["planned", "held"]),
        )
        .order_by(MentoringVisit.visited_on, MentoringVisit.id)
        .limit(MOST_PLANNED)
    )
    lines = [Line(visit, found[visit.tenant_id].village) for visit in db.session.scalars(mine)]
    return PhoneView(
        list(found.values()),
        [line for line in lines if line.visit.state == "planned"],
        [line for line in lines if line.visit.state == "held"],
    )


def open_cases(tenant_ids: Sequence[uuid.UUID]) -> list[MentoringCase]:
    """The cases of these villages that are not solved, the most urgent term first."""
    query = (
        select(MentoringCase)
        .where(MentoringCase.tenant_id.in_(tenant_ids), MentoringCase.state.not_in(ENDED))
        .order_by(MentoringCase.due_at, MentoringCase.number)
    )
    return list(db.session.scalars(query))


def cases_to_visit(tenant_ids: Sequence[uuid.UUID], actor: Actor) -> list[MentoringCase]:
    """The open cases of villages that a visit may be for: those that the one who acts sees."""
    cases = open_cases(tenant_ids) if tenant_ids else []
    if not is_mentor(actor):
        return cases
    standing = set(db.session.scalars(assigned_to(actor.account_id)))
    return [one for one in cases if one.tenant_id in standing or one.mentor_id == actor.account_id]


def find_villages(search: str, *, most: int = MOST_FOUND) -> list[TenantRow]:
    """Villages that the one who acts sees, by a part of the name or the beginning of the code."""
    if not search:
        return []
    query = select(TenantRow).where(
        visited_villages(),
        or_(
            TenantRow.name.icontains(search, autoescape=True),
            TenantRow.code.startswith(search, autoescape=True),
        ),
    )
    return list(db.session.scalars(query.order_by(TenantRow.name, TenantRow.code).limit(most)))


def of_village(
    tenant_id: uuid.UUID, *, after: str = "", limit: int = PAGE
) -> tuple[list[MentoringVisit], str | None]:
    """A page of a village's visits as it reads them, newest first, and the cursor of the next (in platform rows)."""
    query = select(MentoringVisit).where(MentoringVisit.tenant_id == tenant_id).order_by(*_newest_first())
    behind = _behind(after)
    if behind is not None:
        query = query.where(tuple_(MentoringVisit.visited_on, MentoringVisit.id) < behind)
    rows = list(db.session.scalars(query.limit(limit + 1)))
    return rows[:limit], cursor_of(rows[limit - 1]) if len(rows) > limit else None


def of_tenant(visit_id: uuid.UUID, tenant_id: uuid.UUID, *, lock: bool = False) -> MentoringVisit:
    """One visit of a village (in platform rows). Raises Missing for another village's."""
    query = (
        select(MentoringVisit)
        .where(MentoringVisit.id == visit_id, MentoringVisit.tenant_id == tenant_id)
        .execution_options(populate_existing=True)
    )
    visit = db.session.scalars(query.with_for_update() if lock else query).one_or_none()
    if visit is None:
        raise Missing("visit")
    return visit


def _contacts(tenant_ids: Sequence[uuid.UUID]) -> Iterator[tuple[uuid.UUID, Contact]]:
    query = (
        select(Membership.tenant_id, Account.name, Membership.role, Account.phone)
        .join(Account, Account.id == Membership.account_id)
        .where(
            Membership.tenant_id.in_(tenant_ids),
            Membership.role.in_(PHONE_ROLES),
            Membership.invited_name.is_(None),
            Account.is_active,
            func.coalesce(Account.phone, "") != "",
        )
        .order_by(func.array_position(list(PHONE_ROLES), Membership.role), Account.name)
    )
    for tenant_id, name, role, phone in db.session.execute(query):
        if tenant_id is not None:
            yield tenant_id, Contact(name, role, phone or "")


def _listed(here: Territory, wanted: VisitFilter, actor: Actor | None) -> Any:
    query = select(MentoringVisit, TenantRow).join(TenantRow, TenantRow.id == MentoringVisit.tenant_id)
    return query.where(_narrowed(here, wanted, actor)).order_by(*_newest_first())


def _seen(actor: Actor | None) -> ColumnElement[bool]:
    """That the one who acts sees a visit: to a village that they see, or their own where they hold a case.

    A mentor's villages may lie outside the office that the mentor belongs to.
    """
    actor = actor or current_actor()
    if actor is None or not is_mentor(actor):
        return seen_villages(actor)
    own = and_(
        MentoringVisit.mentor_id == actor.account_id,
        MentoringVisit.tenant_id.in_(given_to(actor.account_id)),
    )
    return or_(seen_villages(actor), own)


def _behind(after: str) -> tuple[dt.date, uuid.UUID] | None:
    """What a cursor means; None for what is none."""
    day, _line, key = after.partition("_")
    try:
        return dt.date.fromisoformat(day), uuid.UUID(key)
    except ValueError:
        return None


def _newest_first() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return MentoringVisit.visited_on.desc(), MentoringVisit.id.desc()


def _narrowed(here: Territory, wanted: VisitFilter, actor: Actor | None) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [_seen(actor)]
    if not is_mentor(actor or current_actor()):
        parts.append(within(here.code))
    if wanted.state:
        parts.append(MentoringVisit.state == wanted.state)
    if found := _MONTH.match(wanted.month):
        first = dt.date(int(found[1]), int(found[2]), 1)
        following = (first + dt.timedelta(days=32)).replace(day=1)
        parts.append(and_(MentoringVisit.visited_on >= first, MentoringVisit.visited_on < following))
    if wanted.village is not None:
        parts.append(MentoringVisit.tenant_id == wanted.village)
    if wanted.search:
        parts.append(
            or_(
                TenantRow.name.icontains(wanted.search, autoescape=True),
                MentoringVisit.mentor_name.icontains(wanted.search, autoescape=True),
                MentoringVisit.place.icontains(wanted.search, autoescape=True),
            )
        )
    return and_(true(), *parts)
