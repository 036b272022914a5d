"""Who of the programme is told of a case: its mentor, or the officers of the office that has to see to it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from app.core.accounts.models import Account
from app.extensions import db
from app.province import officers
from app.province.mentoring.cases.mentors import at_work
from app.province.mentoring.cases.models import Mentor, MentoringCase
from app.province.regions import DISTRICT, PROVINCE, level_of
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


def officers_at(region_codes: Collection[str]) -> dict[str, list[Helper]]:
    """The officers who see to cases at these offices, by office (one select)."""
    return {
        code: [Helper(one.account_id, one.name, one.email, code, level_of(code)) for one in there]
        for code, there in officers.officers_at(region_codes, MANAGE).items()
    }


def first_level(village: TenantRow, at_least: int = DISTRICT) -> int:
    """The lowest office, from `at_least` up, that has somebody who sees to cases; the province where none has."""
    offices = officers.offices_of(village)
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
        offices = officers.offices_of(village)
        staffed = officers_at(offices.values())
        for level in range(case.level, 0, -1):
            if there := staffed.get(offices[level]):
                found += [one for one in there if mentor is None or one.account_id != mentor.account_id]
                break
    return found
