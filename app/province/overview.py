"""The overview of a territory: how many villages stand where, by the level below, this month and over time.

Four selects, sums only, whatever the number of villages: states out of the registry, figures and the curve out of the
indicators' table, and the few villages that need help most.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from app.core.indicators.adoption import LIVE, STAFF_ACTIVE_7D
from app.core.indicators.declarations import months_before, period_of
from app.core.indicators.models import IndicatorValue as Figure
from app.core.indicators.services import SETUP_PROGRESS
from app.extensions import db
from app.province import states
from app.province.regions import PROVINCE, REGENCY, Territory, within
from tenants.models import TenantRow, TenantState, now

MONTHS = 24
STAFF_COUNT = "staff.count"
SHOWN = (STAFF_ACTIVE_7D, STAFF_COUNT, SETUP_PROGRESS)
STUCK_DAYS = 14
HELP_SHOWN = 6

KINDS = ("desa", "kelurahan")


@dataclass(slots=True)
class Part:
    """A kabupaten/kota, kecamatan or village of the territory; counts by (kind, state), figures by indicator."""

    code: str
    name: str
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    figures: dict[str, float] = field(default_factory=dict)
    village_id: uuid.UUID | None = None

    def total(self, kind: str) -> int:
        """All villages of a kind."""
        return sum(count for (k, _), count in self.counts.items() if k == kind)

    def live(self, kind: str) -> int:
        """Those set up or later and not suspended."""
        return sum(count for (k, state), count in self.counts.items() if k == kind and state in states.LIVE)

    def count(self, *wanted: str) -> int:
        """Villages of either kind in the given states."""
        return sum(count for (_, state), count in self.counts.items() if state in wanted)

    def share(self, kind: str) -> float | None:
        """The share live of a kind, None where there is no village of it."""
        total = self.total(kind)
        return self.live(kind) / total if total else None

    @property
    def state(self) -> str:
        """The state of a part that is one village."""
        return next(iter(self.counts))[1]


@dataclass(frozen=True, slots=True)
class MonthOfCurve:
    """How many villages were live at a month's last figure."""

    first: dt.date
    desa: int
    kelurahan: int


@dataclass(frozen=True, slots=True)
class NeedsHelp:
    """A village that needs somebody, and since when."""

    id: uuid.UUID
    name: str
    place: str
    state: str
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page shows. `as_of` is the newest figure's moment, None when there is none yet."""

    territory: Territory
    parts: list[Part]
    whole: Part
    curve: list[MonthOfCurve]
    help: list[NeedsHelp]
    help_total: int
    as_of: dt.datetime | None


def overview(territory: Territory) -> Overview:
    """Read a territory's overview (inside a platform scope; four selects)."""
    parts, whole = _states(territory)
    as_of = _figures(territory, parts, whole)
    helped, total = _needing_help(territory)
    ordered = sorted(parts.values(), key=lambda part: part.code)
    return Overview(territory, ordered, whole, _curve(territory), helped, total, as_of)


def _level_below(territory: Territory) -> tuple[ColumnElement[str], ColumnElement[str]]:
    if territory.level == PROVINCE:
        return TenantRow.regency_code, TenantRow.regency_name  # type: ignore[return-value]
    if territory.level == REGENCY:
        return TenantRow.district_code, TenantRow.district_name  # type: ignore[return-value]
    return TenantRow.code, TenantRow.term + " " + TenantRow.name  # type: ignore[return-value]


def _states(territory: Territory) -> tuple[dict[str, Part], Part]:
    code, name = _level_below(territory)
    village = TenantRow.id if territory.level > REGENCY else None
    columns: list[Any] = [
        code,
        name,
        TenantRow.kind,
        TenantRow.state,
        *([village] if village is not None else []),
    ]
    query = select(*columns, func.count()).where(within(territory.code)).group_by(*columns)
    parts: dict[str, Part] = {}
    whole = Part(territory.code, territory.name)
    for row in db.session.execute(query):
        part = parts.setdefault(row[0], Part(row[0], row[1]))
        part.counts[row[2], row[3]] += row[-1]
        whole.counts[row[2], row[3]] += row[-1]
        part.village_id = row[4] if village is not None else None
    return parts, whole


def newest_month() -> ColumnElement[dt.date]:
    """The month to show: the newest that has figures. It is the present one but for the first minutes of a month."""
    this_month = period_of(now()).first
    return select(func.max(Figure.period)).where(Figure.period <= this_month).scalar_subquery()


def _figures(territory: Territory, parts: dict[str, Part], whole: Part) -> dt.datetime | None:
    code, _ = _level_below(territory)
    query = (
        select(
            code,
            Figure.code,
            func.sum(Figure.value),
            func.sum(Figure.numerator),
            func.sum(Figure.denominator),
            func.max(Figure.as_of),
        )
        .join(TenantRow, TenantRow.id == Figure.tenant_id)
        .where(within(territory.code), Figure.period == newest_month(), Figure.code.in_(SHOWN))
        .group_by(code, Figure.code)
    )
    stamps: list[dt.datetime] = []
    done = steps = 0.0
    for part_code, indicator, value, numerator, denominator, stamp in db.session.execute(query):
        stamps.append(stamp)
        figures = parts[part_code].figures
        if indicator != SETUP_PROGRESS:
            figures[indicator] = value
            whole.figures[indicator] = whole.figures.get(indicator, 0) + value
        elif numerator is not None and denominator:
            figures[indicator] = numerator / denominator
            done, steps = done + numerator, steps + denominator
    if steps:
        whole.figures[SETUP_PROGRESS] = done / steps
    return max(stamps, default=None)


def _curve(territory: Territory) -> list[MonthOfCurve]:
    """Villages live by month. Joining 24 months of the whole province with the registry would take twice as long."""
    this_month = period_of(now()).first
    kelurahan = select(TenantRow.id).where(TenantRow.kind == "kelurahan")
    query = select(
        Figure.period,
        func.sum(Figure.value),
        func.coalesce(func.sum(Figure.value).filter(Figure.tenant_id.in_(kelurahan)), 0),
    ).where(
        Figure.code == LIVE,
        Figure.period > months_before(this_month, MONTHS),
        Figure.period <= this_month,
    )
    if territory.level != PROVINCE:
        # The registry holds one province, so only a part of it need be chosen.
        query = query.where(Figure.tenant_id.in_(select(TenantRow.id).where(within(territory.code))))
    rows = db.session.execute(query.group_by(Figure.period).order_by(Figure.period))
    return [MonthOfCurve(period, round(live - city), round(city)) for period, live, city in rows]


def needs_help() -> ColumnElement[bool]:
    """The condition that a village needs somebody: it fell silent, or its set-up has stood still for two weeks."""
    stuck = now() - dt.timedelta(days=STUCK_DAYS)
    return or_(
        TenantRow.state == TenantState.DORMANT,
        and_(TenantRow.state == TenantState.PROVISIONED, TenantRow.provisioned_at < stuck),
    )


def _needing_help(territory: Territory) -> tuple[list[NeedsHelp], int]:
    silent_since = func.coalesce(TenantRow.last_activity_at, TenantRow.live_at, TenantRow.state_since)
    since = case((TenantRow.state == TenantState.DORMANT, silent_since), else_=TenantRow.provisioned_at)
    query = (
        select(
            TenantRow.id,
            TenantRow.term,
            TenantRow.name,
            TenantRow.district_name,
            TenantRow.regency_name,
            TenantRow.state,
            since.label("since"),
            func.count().over().label("total"),
        )
        .where(within(territory.code), needs_help())
        .order_by(since, TenantRow.code)
        .limit(HELP_SHOWN)
    )
    rows = db.session.execute(query).all()
    found = [
        NeedsHelp(r.id, f"{r.term} {r.name}", f"{r.district_name}, {r.regency_name}", r.state, r.since)
        for r in rows
    ]
    return found, rows[0].total if rows else 0
