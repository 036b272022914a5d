"""Who of the programme is told of a case: its mentor, or the officers of the office that has to see to it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from app.core.accounts.models import Account, Membership
from app.core.permissions import roles
from app.extensions import db
from app.province.mentoring.cases.mentors import at_work
from app.province.mentoring.cases.models import Mentor, MentoringCase
from app.province.regions import DISTRICT, PROVINCE
from tenants.models import TenantRow

MANAGE = "mentoring.manage"


@dataclass(frozen=True, slots=True)
class Helper:
    """Somebody of the programme who can be told; `level` is None for a mentor."""

    account_id: uuid.UUID
    name: str
    email: str
    region_code: str
    level: int | None = None


def offices_of(village: TenantRow) -> dict[int, str]:
    """The offices above a village by their level: 1 province, 2 kabupaten/kota, 3 kecamatan."""
    return {1: village.code[:2], 2: village.regency_code, 3: village.district_code}


def officers_at(region_codes: Collection[str]) -> dict[str, list[Helper]]:
    """The officers who see to cases at these offices, by office (one select): those who took up their work."""
    managing = [one.code for one in roles("province") if MANAGE in one.permissions]
    query = (
        select(Membership.region_code, Account.id, Account.name, Account.email)
        .join(Account, Account.id == Membership.account_id)
        .where(
            Membership.region_code.in_(region_codes),
            Membership.role.in_(managing),
            Membership.invited_name.is_(None),
            Account.is_active,
            Account.password_hash.is_not(None),
        )
        .order_by(Membership.id)
    )
    found: dict[str, list[Helper]] = {}
    for code, account_id, name, email in db.session.execute(query):
        assert code is not None
        found.setdefault(code, []).append(Helper(account_id, name, email, code, code.count(".") + 1))
    return found


def first_level(village: TenantRow, at_least: int = DISTRICT) -> int:
    """The lowest office, from `at_least` up, that has somebody who sees to cases; the province where none has."""
    offices = offices_of(village)
    staffed = officers_at(offices.values())
    levels = (level for level in (3, 2) if level <= at_least and offices[level] in staffed)
    return next(levels, PROVINCE)


def mentor_account(mentor_id: uuid.UUID | None) -> Helper | None:
    """A mentor who still is one (one select)."""
    if mentor_id is None:
        return None
    query = (
        select(Account.id, Account.name, Account.email, Mentor.region_code)
        .join(Mentor, Mentor.account_id == Account.id)
        .where(Account.id == mentor_id, at_work())
    )
    row = db.session.execute(query).one_or_none()
    return Helper(*row) if row else None


def helpers_of(case: MentoringCase, village: TenantRow) -> list[Helper]:
    """Who is told of what happens in a case: its mentor; without one, or once it was raised, its office as well.

    Where the office of its level has nobody, the next one above is told.
    """
    mentor = mentor_account(case.mentor_id)
    found = [mentor] if mentor else []
    if mentor is None or case.escalated_at is not None:
        offices = offices_of(village)
        staffed = officers_at(offices.values())
        for level in range(case.level, 0, -1):
            if there := staffed.get(offices[level]):
                found += [one for one in there if mentor is None or one.account_id != mentor.account_id]
                break
    return found
