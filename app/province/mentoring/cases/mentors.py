"""Mentors: which villages they stand by, how a village reaches its own, and whose cases and visits somebody may see.

A mentor is an account with the role `mentor`; it is one as long as the account is open, the role is held and the row
of `Mentor` is active. What is asked here never tells of a mentor who is none any more.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from flask import abort
from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from app.core.accounts.models import Account, Membership
from app.core.accounts.scoping import platform_rows
from app.core.actors import Actor, current_actor
from app.extensions import db
from app.province.mentoring.cases.models import Mentor, MentoringCase, MentorVillage
from app.province.mentoring.cases.words import ENDED
from app.province.regions import refuse_region, within
from tenants.models import TenantRow

ROLE = "mentor"


@dataclass(frozen=True, slots=True)
class VillageMentor:
    """The mentor of a village as the village knows them."""

    account_id: uuid.UUID
    name: str
    phone: str
    email: str
    skills: tuple[str, ...]
    about: str
    region_code: str
    """The office that the mentor belongs to."""
    since: dt.datetime


def is_mentor(actor: Actor | None) -> bool:
    """Whether somebody sees the villages assigned to them alone: a mentor, in whatever region."""
    return actor is not None and ROLE in actor.role_codes


def at_work() -> ColumnElement[bool]:
    """That a mentor still is one; for selects over `Mentor` joined with `Account`."""
    holds = (
        select(Membership.id)
        .where(
            Membership.account_id == Mentor.account_id,
            Membership.role == ROLE,
            Membership.region_code.is_not(None),
        )
        .exists()
    )
    return and_(Mentor.is_active, Account.is_active, holds)


def assigned_to(account_id: uuid.UUID) -> Select[uuid.UUID]:
    """The ids of the villages that a mentor stands by, as a select for conditions."""
    return (
        select(MentorVillage.tenant_id)
        .join(Mentor, Mentor.account_id == MentorVillage.mentor_id)
        .where(MentorVillage.mentor_id == account_id, Mentor.is_active)
    )


def given_to(account_id: uuid.UUID) -> Select[uuid.UUID]:
    """The ids of the villages of which a mentor holds an open case, whoever stands by them."""
    return (
        select(MentoringCase.tenant_id)
        .join(Mentor, Mentor.account_id == MentoringCase.mentor_id)
        .where(MentoringCase.mentor_id == account_id, MentoringCase.state.not_in(ENDED), Mentor.is_active)
    )


def villages_of_mentor(account_id: uuid.UUID) -> list[TenantRow]:
    """The villages that a mentor stands by, by kecamatan and name (inside a platform scope; one select)."""
    return _in_order(TenantRow.id.in_(assigned_to(account_id)))


def visited_villages_of(account_id: uuid.UUID) -> list[tuple[TenantRow, bool]]:
    """The villages that a mentor visits, each with whether they stand by it; else one of its open cases was given."""
    standing = set(db.session.scalars(assigned_to(account_id)))
    rows = _in_order(or_(TenantRow.id.in_(standing), TenantRow.id.in_(given_to(account_id))))
    return [(row, row.id in standing) for row in rows]


def mentor_of(tenant_id: uuid.UUID) -> VillageMentor | None:
    """The mentor who stands by a village now, None where nobody does (one select, in the platform's rows)."""
    query = (
        select(Mentor, Account.name, Account.email, Account.phone, MentorVillage.since)
        .join(MentorVillage, MentorVillage.mentor_id == Mentor.account_id)
        .join(Account, Account.id == Mentor.account_id)
        .where(MentorVillage.tenant_id == tenant_id, at_work())
    )
    with platform_rows():
        row = db.session.execute(query).one_or_none()
        if row is None:
            return None
        mentor = row[0]
        return VillageMentor(
            mentor.account_id, row.name, mentor.phone or row.phone or "", row.email, tuple(mentor.skills),
            mentor.about, mentor.region_code, row.since,
        )  # fmt: skip


def seen_villages(actor: Actor | None = None) -> ColumnElement[bool]:
    """The condition that the one who acts sees a village: a mentor those assigned, officers those of their region.

    For selects over `TenantRow`, inside a platform scope.
    """
    actor = actor or current_actor()
    if actor is None:
        return false()
    if is_mentor(actor):
        return TenantRow.id.in_(assigned_to(actor.account_id))
    return within(actor.region_code)


def seen_cases(actor: Actor | None = None) -> ColumnElement[bool]:
    """The condition that the one who acts sees a case: of a village that they see, or given to them alone.

    For selects over `MentoringCase` joined with `TenantRow`, inside a platform scope.
    """
    actor = actor or current_actor()
    if actor is None or not is_mentor(actor):
        return seen_villages(actor)
    given = and_(MentoringCase.mentor_id == actor.account_id, MentoringCase.state != "closed")
    at_work_still = select(Mentor.account_id).where(Mentor.account_id == actor.account_id, Mentor.is_active)
    return or_(seen_villages(actor), and_(given, at_work_still.exists()))


def visited_villages(actor: Actor | None = None) -> ColumnElement[bool]:
    """The condition that the one who acts may plan and record a visit to a village: they see it, or hold a case of it.

    For selects over `TenantRow`, inside a platform scope.
    """
    actor = actor or current_actor()
    if actor is None or not is_mentor(actor):
        return seen_villages(actor)
    return or_(seen_villages(actor), TenantRow.id.in_(given_to(actor.account_id)))


def seen_village(tenant_id: uuid.UUID) -> TenantRow:
    """A village that the one who acts sees (inside a platform scope).

    Any other is not found (404); asking for one that exists is noted in the audit log, and committed.
    """
    return _village(tenant_id, seen_villages())


def visited_village(tenant_id: uuid.UUID) -> TenantRow:
    """A village that the one who acts may visit (see `visited_villages`); any other as `seen_village`."""
    return _village(tenant_id, visited_villages())


def _in_order(condition: ColumnElement[bool]) -> list[TenantRow]:
    query = select(TenantRow).where(condition)
    return list(db.session.scalars(query.order_by(TenantRow.district_name, TenantRow.name, TenantRow.code)))


def _village(tenant_id: uuid.UUID, condition: ColumnElement[bool]) -> TenantRow:
    query = select(TenantRow, condition.label("seen")).where(TenantRow.id == tenant_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        abort(404)
    if not row.seen:
        refuse_region(row[0].code)
        abort(404)
    village: TenantRow = row[0]
    return village
