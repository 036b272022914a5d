"""Mentors with their load: villages, open and late cases, and how long answering and solving take."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import Float, Select, and_, cast, false, func, or_, select

from app.core.accounts.models import Account, Membership
from app.core.actors import current_actor
from app.extensions import db
from app.province.mentoring.cases.mentors import ROLE, is_mentor
from app.province.mentoring.cases.models import Mentor, MentoringCase, MentorVillage
from app.province.mentoring.cases.queries import late
from app.province.mentoring.cases.words import OPEN
from app.province.mentoring.visits.models import MentoringVisit
from app.province.regions import region_contains, within
from tenants.models import SERVED_STATES, TenantRow, now

DAYS = 90
"""Times and visits are told of so many days."""


@dataclass(frozen=True, slots=True)
class MentorLoad:
    """A mentor with what they have to do. Times are medians in hours, None where nothing was answered or solved."""

    account_id: uuid.UUID
    name: str
    region_code: str
    phone: str
    skills: tuple[str, ...]
    about: str
    is_active: bool
    has_profile: bool
    row_version: int
    villages: int
    open: int
    late: int
    answered: int
    answer_hours: float | None
    solved: int
    solve_hours: float | None
    visits: int


def loads(region_code: str, *, account_id: uuid.UUID | None = None) -> list[MentorLoad]:
    """The mentors of a region's offices with their load, by name (one select); a mentor sees the own line alone.

    Accounts with the role that nobody described yet are among them.
    """
    since = now() - dt.timedelta(days=DAYS)
    villages = (
        select(MentorVillage.mentor_id, func.count().label("villages"))
        .group_by(MentorVillage.mentor_id)
        .subquery()
    )
    cases = _cases(since).subquery()
    visits = (
        select(MentoringVisit.mentor_id, func.count().label("visits"))
        .where(MentoringVisit.state.in_(["held", "signed"]), MentoringVisit.visited_on >= since.date())
        .group_by(MentoringVisit.mentor_id)
        .subquery()
    )
    below = Membership.region_code.startswith(f"{region_code}.", autoescape=True)
    query = (
        select(
            Account.id, Account.name, Account.is_active, Account.phone, Membership.region_code, Mentor,
            villages.c.villages, cases, visits.c.visits,
        )
        .join(Membership, and_(Membership.account_id == Account.id, Membership.role == ROLE))
        .outerjoin(Mentor, Mentor.account_id == Account.id)
        .outerjoin(villages, villages.c.mentor_id == Account.id)
        .outerjoin(cases, cases.c.mentor_id == Account.id)
        .outerjoin(visits, visits.c.mentor_id == Account.id)
        .where(or_(Membership.region_code == region_code, below), Membership.invited_name.is_(None))
        .order_by(Account.name, Account.id)
    )  # fmt: skip
    actor = current_actor()
    if is_mentor(actor) and actor is not None:
        query = query.where(Account.id == actor.account_id)
    if account_id is not None:
        query = query.where(Account.id == account_id)
    found = []
    for row in db.session.execute(query):
        mentor: Mentor | None = row.Mentor
        found.append(
            MentorLoad(
                row.id, row.name, row.region_code, (mentor.phone if mentor else "") or row.phone or "",
                tuple(mentor.skills) if mentor else (), mentor.about if mentor else "",
                bool(row.is_active and mentor is not None and mentor.is_active), mentor is not None,
                mentor.row_version if mentor else 0, row.villages or 0, row.open or 0, row.late or 0,
                row.answered or 0, _float(row.answer_hours), row.solved or 0, _float(row.solve_hours), row.visits or 0,
            )
        )  # fmt: skip
    return found


def without_mentor(region_code: str) -> int:
    """How many villages of a region that work with this system have no mentor (one select)."""
    has = select(MentorVillage.tenant_id).where(MentorVillage.tenant_id == TenantRow.id).exists()
    query = (
        select(func.count())
        .select_from(TenantRow)
        .where(within(region_code), TenantRow.state.in_(SERVED_STATES), ~has)
    )
    return db.session.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class Standing:
    """A village that a mentor could stand by, and who does."""

    village: TenantRow
    mentor_id: uuid.UUID | None
    mentor: str


def standings(region_code: str, mentor_id: uuid.UUID) -> list[Standing]:
    """The villages of a kecamatan or kabupaten and the mentor's own elsewhere, with who stands by them (one select).

    For the province, whose villages nobody ticks in a list, those of the mentor alone.
    """
    near = within(region_code) if region_code.count(".") else false()
    query = (
        select(TenantRow, MentorVillage.mentor_id, Account.name)
        .outerjoin(MentorVillage, MentorVillage.tenant_id == TenantRow.id)
        .outerjoin(Account, Account.id == MentorVillage.mentor_id)
        .where(or_(near, MentorVillage.mentor_id == mentor_id))
        .order_by(TenantRow.district_name, TenantRow.name, TenantRow.code)
    )
    actor = current_actor()
    own = (actor.region_code if actor else None) or ""
    return [
        Standing(row[0], row[1], row[2] or "")
        for row in db.session.execute(query)
        if row[1] == mentor_id or region_contains(own, row[0].code)
    ]


def _cases(since: dt.datetime) -> Select[tuple[object, ...]]:
    """By mentor: open and late cases, and medians of what was asked within the days. Own openings are no answers."""
    hours = func.extract("epoch", MentoringCase.responded_at - MentoringCase.opened_at) / 3600
    until = func.extract("epoch", MentoringCase.solved_at - MentoringCase.opened_at) / 3600
    answered = and_(
        MentoringCase.origin != "hand",
        MentoringCase.responded_at.is_not(None),
        MentoringCase.opened_at >= since,
    )
    solved = and_(MentoringCase.solved_at.is_not(None), MentoringCase.solved_at >= since)
    return (
        select(
            MentoringCase.mentor_id,
            func.count().filter(MentoringCase.state.in_(OPEN)).label("open"),
            func.count().filter(late()).label("late"),
            func.count().filter(answered).label("answered"),
            func.percentile_cont(0.5).within_group(cast(hours, Float)).filter(answered).label("answer_hours"),
            func.count().filter(solved).label("solved"),
            func.percentile_cont(0.5).within_group(cast(until, Float)).filter(solved).label("solve_hours"),
        )
        .where(MentoringCase.mentor_id.is_not(None))
        .group_by(MentoringCase.mentor_id)
    )


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))
