"""Applications that may be of the same village or the same person."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import defer

from app.extensions import db
from app.province.onboarding.applications.models import Application
from app.province.onboarding.board.queries import seen
from app.province.onboarding.invitations.models import OnboardingInvitation
from tenants.models import TenantRow

MOST = 20
MOST_GROUPS = 50
MOST_LINES = 20
"""How many of a group are shown: one address may stand for every village of a workbook."""
GOES_ON = ("confirming", "submitted", "returned", "approved", "provisioned", "live")


@dataclass(frozen=True, slots=True)
class Likeness:
    """Another application with what it has in common: `village`, `email`, `phone`."""

    application: Application
    row: TenantRow | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Applications that share a village, an e-mail address or a number: the oldest of `count`."""

    kind: str
    value: str
    lines: list[tuple[Application, TenantRow | None]]
    count: int

    @property
    def more(self) -> int:
        """How many of them are not shown."""
        return self.count - len(self.lines)


def like(application: Application) -> list[Likeness]:
    """Other applications, as far as the one who acts sees, of the same village or person (one select)."""
    shared: list[ColumnElement[bool]] = []
    if application.tenant_id is not None:
        shared.append(Application.tenant_id == application.tenant_id)
    if application.email:
        shared.append(Application.email == application.email)
    if application.phone:
        shared.append(Application.phone == application.phone)
    if not shared:
        return []
    query = (
        select(Application, TenantRow)
        .outerjoin(TenantRow, TenantRow.id == Application.tenant_id)
        .where(or_(*shared), Application.id != application.id, seen())
        .options(defer(Application.answers))
        .order_by(Application.created_at.desc())
        .limit(MOST)
    )
    return [Likeness(other, row, _common(application, other)) for other, row in db.session.execute(query)]


def invitation_of(tenant_id: uuid.UUID) -> OnboardingInvitation | None:
    """The last invitation that a village got (one select)."""
    query = select(OnboardingInvitation).where(OnboardingInvitation.tenant_id == tenant_id)
    newest = query.order_by(OnboardingInvitation.created_at.desc()).limit(1)
    return db.session.scalars(newest).one_or_none()


def groups() -> list[Group]:
    """What repeats among applications that go on or are being typed, as far as the one who acts sees.

    Two selects for each of the three kinds, at most fifty groups each, and twenty applications of a group.
    """
    found: list[Group] = []
    for kind, column, given in (
        ("village", Application.tenant_id, Application.tenant_id.is_not(None)),
        ("email", Application.email, Application.email != ""),
        ("phone", Application.phone, Application.phone != ""),
    ):
        found += _groups_of(kind, column, and_(seen(), Application.state.in_(("draft", *GOES_ON)), given))
    return found


def _groups_of(kind: str, column: Any, wanted: ColumnElement[bool]) -> list[Group]:
    villages = func.count() if kind == "village" else func.count(Application.tenant_id.distinct())
    repeated = (
        select(column, func.count())
        .outerjoin(TenantRow, TenantRow.id == Application.tenant_id)
        .where(wanted)
        .group_by(column)
        .having(villages > 1)
        .order_by(func.max(Application.created_at).desc())
        .limit(MOST_GROUPS)
    )
    counts = {row[0]: int(row[1]) for row in db.session.execute(repeated)}
    if not counts:
        return []
    place = func.row_number().over(partition_by=column, order_by=(Application.created_at, Application.id))
    ranked = (
        select(Application.id, place.label("place"))
        .outerjoin(TenantRow, TenantRow.id == Application.tenant_id)
        .where(wanted, column.in_(list(counts)))
        .subquery()
    )
    query = (
        select(Application, TenantRow)
        .join(ranked, ranked.c.id == Application.id)
        .outerjoin(TenantRow, TenantRow.id == Application.tenant_id)
        .where(ranked.c.place <= MOST_LINES)
        .options(defer(Application.answers))
        .order_by(ranked.c.place)
    )
    members: dict[object, list[tuple[Application, TenantRow | None]]] = defaultdict(list)
    for application, row in db.session.execute(query):
        members[getattr(application, column.key)].append((application, row))
    return [
        Group(kind, _name(members[key][0][1]) if kind == "village" else str(key), members[key], count)
        for key, count in counts.items()
        if members[key]
    ]


def _common(one: Application, other: Application) -> tuple[str, ...]:
    same = {
        "village": one.tenant_id is not None and one.tenant_id == other.tenant_id,
        "email": one.email != "" and one.email == other.email,
        "phone": one.phone != "" and one.phone == other.phone,
    }
    return tuple(kind for kind, holds in same.items() if holds)


def _name(row: TenantRow | None) -> str:
    return f"{row.term} {row.name}" if row else ""
