"""Villages that need help, and why: read in one select over the registry and what villages told.

A village may have several reasons. Worst first: more reasons before fewer, then who has waited longest. Villages that
were suspended or archived by a decision need none.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Subquery,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import aliased

from app.core.indicators.declarations import months_before
from app.core.indicators.models import IndicatorFailure, IndicatorValue
from app.extensions import db
from app.province.regions import within
from tenants.models import TenantRow, TenantState, now

INDEX = "readiness.index"
PROMISE_KEPT = "letters.within_promise_share"
STUCK_DAYS = 14
SILENT_DAYS = 35
FALLEN_POINTS = 10
FALLEN_MONTHS = 3
PROMISE_LEAST = 0.5
ASIDE = (TenantState.SUSPENDED, TenantState.ARCHIVED)


class Reason(enum.StrEnum):
    """Why a village needs help."""

    DORMANT = "dormant"
    """Nobody of its staff did anything for 30 days."""
    STUCK = "stuck"
    """Its set-up was begun 14 days ago or earlier and is not finished."""
    FALLEN = "fallen"
    """Its readiness index lost 10 points or more within three months."""
    FAILING = "failing"
    """Its figures could not all be computed when they were tried last."""
    SILENT = "silent"
    """It runs other software and has sent no figure for 35 days."""
    PROMISE = "promise"
    """Fewer than half of the month's letters were ready within the promised time."""


@dataclass(frozen=True, slots=True)
class Found:
    """A reason that holds for a village: since when (where that is known), or by how much.

    `amount` is the points lost (`fallen`), the failing indicators (`failing`), the share kept (`promise`).
    """

    reason: Reason
    since: dt.datetime | None = None
    amount: float | None = None

    @property
    def days(self) -> int | None:
        """Whole days since it holds."""
        return (now() - self.since).days if self.since else None


@dataclass(frozen=True, slots=True)
class NeedsHelp:
    """A village with its reasons."""

    id: uuid.UUID
    code: str
    name: str
    district: str
    regency: str
    kind: str
    state: str
    software: str | None
    reasons: list[Found]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which villages; None is all. A region outside of the territory leaves nobody."""

    reason: Reason | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """Some villages that need help, and how many there are by reason (whatever reason was asked for)."""

    villages: list[NeedsHelp]
    counts: dict[Reason, int]
    everybody: int
    total: int


def read(
    territory: str | None, month: dt.date, wanted: Wanted | None = None, *, limit: int, offset: int = 0
) -> Attention:
    """Villages of a region that need help, worst first (inside a platform scope; one select, two for an empty page).

    Args:
        territory: the region's code; None sees nobody.
        month: first day of the month whose figures are looked at.
        wanted: what they are narrowed to.
        limit: how many at most.
        offset: how many of the worst are passed over.
    """
    wanted = wanted or Wanted()
    facts = _facts(month, _where(territory, wanted))
    held = {reason: facts.c[reason.value] for reason in Reason}
    counts = [
        func.count().filter(column).over().label(f"all_{reason.value}") for reason, column in held.items()
    ]
    counted = (
        select(facts, *counts, func.count().over().label("everybody")).where(facts.c.reasons > 0).subquery()
    )
    query = select(counted)
    if wanted.reason is not None:
        query = query.where(counted.c[wanted.reason.value])
    worst = (counted.c.reasons.desc(), counted.c.since.asc().nulls_last(), counted.c.code)
    rows = db.session.execute(query.order_by(*worst).limit(limit).offset(offset)).all()
    first = rows[0] if rows else None
    if first is None and (wanted.reason is not None or offset):
        first = db.session.execute(select(counted).limit(1)).one_or_none()
    found = {reason: getattr(first, f"all_{reason.value}") if first else 0 for reason in Reason}
    everybody = first.everybody if first else 0
    total = everybody if wanted.reason is None else found[wanted.reason]
    return Attention([_village(row) for row in rows], found, everybody, total)


def by_code(
    territory: str | None, month: dt.date, wanted: Wanted, *, after: str | None, limit: int
) -> list[NeedsHelp]:
    """The same villages in the order of their codes, behind the code `after` (one select)."""
    facts = _facts(month, _where(territory, wanted))
    query = select(facts).where(facts.c.reasons > 0).order_by(facts.c.code).limit(limit)
    if wanted.reason is not None:
        query = query.where(facts.c[wanted.reason.value])
    if after is not None:
        query = query.where(facts.c.code > after)
    return [_village(row) for row in db.session.execute(query)]


def of_village(village_id: uuid.UUID, month: dt.date) -> list[Found]:
    """Why one village needs help; nothing where it needs none (inside a platform scope; one select)."""
    facts = _facts(month, TenantRow.id == village_id)
    row = db.session.execute(select(facts)).one_or_none()
    return _reasons(row) if row else []


def needs_help(month: dt.date) -> ColumnElement[bool]:
    """The condition that a village of the registry needs help for any reason."""
    facts = _facts(month, TenantRow.id.is_not(None))
    return TenantRow.id.in_(select(facts.c.id).where(facts.c.reasons > 0))


def _where(territory: str | None, wanted: Wanted) -> ColumnElement[bool]:
    conditions = [within(territory)]
    if wanted.region:
        conditions.append(within(wanted.region))
    return and_(*conditions)


def _facts(month: dt.date, where: ColumnElement[bool]) -> Subquery:
    """Every village with what speaks for each reason: `dormant`, `stuck`, … hold or not, never null."""
    present, before, promise = (aliased(IndicatorValue) for _ in range(3))
    failing = (
        select(IndicatorFailure.tenant_id, func.count().label("count"))
        .group_by(IndicatorFailure.tenant_id)
        .subquery()
    )
    silent_since = func.coalesce(TenantRow.last_activity_at, TenantRow.live_at, TenantRow.state_since)
    stuck_before = now() - dt.timedelta(days=STUCK_DAYS)
    sent = _last_told()
    lost = before.value - present.value
    base = (
        select(
            TenantRow.id,
            TenantRow.code,
            (TenantRow.term + " " + TenantRow.name).label("name"),
            TenantRow.district_name,
            TenantRow.regency_name,
            TenantRow.kind,
            TenantRow.state,
            TenantRow.software,
            TenantRow.provisioned_at,
            silent_since.label("silent_since"),
            sent.c.told_at,
            lost.label("lost"),
            failing.c.count.label("failures"),
            promise.value.label("kept"),
            _is(TenantRow.state == TenantState.DORMANT).label("dormant"),
            _is(
                and_(TenantRow.state == TenantState.PROVISIONED, TenantRow.provisioned_at < stuck_before)
            ).label("stuck"),
            _is(lost >= FALLEN_POINTS).label("fallen"),
            _is(failing.c.count > 0).label("failing"),
            _is(promise.value < PROMISE_LEAST).label("promise"),
        )
        .outerjoin(present, _figure_of(present, INDEX, month))
        .outerjoin(before, _figure_of(before, INDEX, months_before(month, FALLEN_MONTHS)))
        .outerjoin(promise, _figure_of(promise, PROMISE_KEPT, month))
        .outerjoin(sent, true())
        .outerjoin(failing, failing.c.tenant_id == TenantRow.id)
        .where(where, TenantRow.state.not_in(ASIDE))
        .subquery()
    )
    c = base.c
    quiet_before = now() - dt.timedelta(days=SILENT_DAYS)
    silent = _is(and_(c.software.is_not(None), or_(c.told_at.is_(None), c.told_at < quiet_before)))
    columns = [column for column in c if column.key not in ("provisioned_at", "silent_since")]
    holds = [c.dormant, c.stuck, c.fallen, c.failing, c.promise, silent]
    return select(
        *columns,
        silent.label("silent"),
        sum((case((one, 1), else_=0) for one in holds), start=literal(0)).label("reasons"),
        case(
            (c.dormant, c.silent_since), (c.stuck, c.provisioned_at), (silent, c.told_at), else_=null()
        ).label("since"),
    ).subquery()


def _is(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return func.coalesce(condition, False)


def _figure_of(value: Any, code: str, month: dt.date) -> ColumnElement[bool]:
    return and_(value.tenant_id == TenantRow.id, value.code == code, value.period == month)


def _last_told() -> FromClause:
    """When a village that runs other software sent its last figures; what is reckoned here from others is none.

    Looked up for each such village in the index of what was sent, whose condition stands here word for word. Joined
    as a whole, all villages' figures were read from end to end as soon as the planner took those that count for few.
    """
    return (
        select(func.max(IndicatorValue.as_of).label("told_at"))
        .where(
            TenantRow.software.is_not(None),
            IndicatorValue.tenant_id == TenantRow.id,
            text("source <> 'siger'"),
            IndicatorValue.code.not_like("readiness.%"),
        )
        .correlate(TenantRow)
        .lateral()
    )


def _village(row: Row[Any]) -> NeedsHelp:
    return NeedsHelp(
        row.id, row.code, row.name, row.district_name, row.regency_name, row.kind, row.state, row.software,
        _reasons(row),
    )  # fmt: skip


def _reasons(row: Row[Any]) -> list[Found]:
    found = [
        (row.dormant, Found(Reason.DORMANT, row.since)),
        (row.stuck, Found(Reason.STUCK, row.since)),
        (row.silent, Found(Reason.SILENT, row.told_at)),
        (row.fallen, Found(Reason.FALLEN, amount=row.lost)),
        (row.promise, Found(Reason.PROMISE, amount=row.kept)),
        (row.failing, Found(Reason.FAILING, amount=row.failures)),
    ]
    return [reason for holds, reason in found if holds]
