"""Reading the index of a region: its villages, the places below it, and how both changed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from sqlalchemy import func, select

from app.core.indicators.declarations import Indicator, months_before
from app.core.indicators.models import IndicatorValue as Value
from app.extensions import db
from app.province import figures
from app.province.figures import MISSING, Figure
from app.province.readiness.classes import ReadinessClass, class_of
from app.province.readiness.indicators import INDEX, INDICATORS, PILLARS
from app.province.regions import (
    DISTRICT,
    REGENCY,
    Territory,
    refuse_region,
    region_contains,
    within,
)
from tenants.models import TenantRow

MONTHS = 24
STRETCH = 3
"""Months over which villages rise and fall."""
MOVERS = 5


@dataclass(frozen=True, slots=True)
class Village:
    """A village with its index of a month and of three months before, None where it has none."""

    id: uuid.UUID
    code: str
    name: str
    kind: str
    district_code: str
    district: str
    regency_code: str
    regency: str
    index: float | None
    earlier: float | None

    @property
    def change(self) -> float | None:
        """By how much the index rose in three months."""
        return None if self.index is None or self.earlier is None else round(self.index - self.earlier, 1)

    @property
    def rank(self) -> ReadinessClass:
        """Its class."""
        return class_of(self.index)


def villages_of(territory: Territory, month: dt.date) -> list[Village]:
    """All villages of a region by code (two selects). The index is not sensitive: nothing of it need be hidden.

    The figures are read apart from the registry: joined, a month that the planner's statistics do not know yet would
    take seconds.
    """
    earlier = months_before(month, STRETCH)
    values = (
        select(
            Value.tenant_id,
            func.max(Value.value).filter(Value.period == month),
            func.max(Value.value).filter(Value.period == earlier),
        )
        .where(Value.code == INDEX, Value.period.in_([month, earlier]))
        .group_by(Value.tenant_id)
    )
    told = {ident: (index, before) for ident, index, before in db.session.execute(values)}
    query = (
        select(
            TenantRow.id, TenantRow.code, TenantRow.term + " " + TenantRow.name, TenantRow.kind,
            TenantRow.district_code, TenantRow.district_name, TenantRow.regency_code, TenantRow.regency_name,
        )
        .where(within(territory.code))
        .order_by(TenantRow.code)
    )  # fmt: skip
    return [Village(*row, *told.get(row[0], (None, None))) for row in db.session.execute(query)]


def village_of(village_id: uuid.UUID, region_code: str) -> TenantRow | None:
    """A village of a region; None when there is none or it lies elsewhere, which is noted (commits)."""
    row = db.session.get(TenantRow, village_id)
    if row is not None and not region_contains(region_code, row.code):
        refuse_region(row.code)
        return None
    return row


@dataclass(frozen=True, slots=True)
class PlaceBelow:
    """A place of the level below with its mean index and its classes; `village_id` of villages alone."""

    code: str
    name: str
    figure: Figure
    pillars: dict[str, Figure]
    change: float | None
    counts: Counter[str]
    village_id: uuid.UUID | None = None

    @property
    def villages(self) -> int:
        """How many villages it has."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Board:
    """A region's index in a month. `counts` are villages by (class, kind); `course` the newest last."""

    territory: Territory
    month: dt.date
    figure: Figure
    pillars: dict[str, Figure]
    change: float | None
    counts: Counter[tuple[str, str]]
    below: list[PlaceBelow]
    months: list[dt.date]
    course: dict[str, list[float | None]]
    rising: list[Village]
    falling: list[Village]
    villages: list[Village]


def board(territory: Territory, month: dt.date) -> Board:
    """Read a region's page (four selects)."""
    villages = villages_of(territory, month)
    level = min(territory.level + 1, figures.VILLAGE)
    below = _names_below(villages, level)
    earlier = months_before(month, STRETCH)
    known = list(INDICATORS)
    places = [territory.code, *(below if level < figures.VILLAGE else ())]
    found = figures.read(known, places, [month, earlier])
    months = [months_before(month, ago) for ago in reversed(range(MONTHS))]
    past = figures.read(known, [territory.code], months)

    def of(place: str) -> tuple[Figure, dict[str, Figure], float | None]:
        now_told = found.get((place, INDEX, month), MISSING)
        before = found.get((place, INDEX, earlier), MISSING)
        parts = {pillar: found.get((place, f"readiness.{pillar}", month), MISSING) for pillar in PILLARS}
        return now_told, parts, _change(now_told, before)

    ranks = [(_above(one, level), one.rank.key, one.kind) for one in villages]
    classes = {place: Counter[str]() for place in below}
    if level < figures.VILLAGE:
        for (place, key, _kind), count in Counter(ranks).items():
            classes[place][key] += count
    shown = (
        [PlaceBelow(place, name, *of(place), classes[place]) for place, name in below.items()]
        if level < figures.VILLAGE
        else []
    )
    moving = [(by, one.code, one) for one in villages if (by := one.change)]
    rising = nsmallest(MOVERS, ((-by, code, one) for by, code, one in moving if by > 0))
    falling = nsmallest(MOVERS, (one for one in moving if one[0] < 0))
    figure, pillars, change = of(territory.code)
    return Board(
        territory, month, figure, pillars, change,
        Counter((key, kind) for _place, key, kind in ranks),
        shown, months,
        {one.code: [past.get((territory.code, one.code, m), MISSING).value for m in months] for one in known},
        [one for *_, one in rising], [one for *_, one in falling],
        villages,
    )  # fmt: skip


def _change(current: Figure, before: Figure) -> float | None:
    if current.value is None or before.value is None:
        return None
    return round(current.value, 1) - round(before.value, 1)


def _above(village: Village, level: int) -> str:
    return village.regency_code if level == REGENCY else village.district_code


def _names_below(villages: Iterable[Village], level: int) -> dict[str, str]:
    if level == REGENCY:
        return {one.regency_code: one.regency for one in villages}
    if level == DISTRICT:
        return {one.district_code: one.district for one in villages}
    return {}


def pillar_values(month: dt.date) -> dict[uuid.UUID, dict[str, float]]:
    """The pillars' scores of all villages (one select)."""
    codes = [one.code for one in INDICATORS if one.code != INDEX]
    query = select(Value.tenant_id, Value.code, Value.value).where(
        Value.code.in_(codes), Value.period == month
    )
    found: dict[uuid.UUID, dict[str, float]] = {}
    for ident, code, value in db.session.execute(query):
        found.setdefault(ident, {})[code.removeprefix("readiness.")] = value
    return found


def course_of_village(code: str, month: dt.date) -> tuple[list[dt.date], dict[str, list[float | None]]]:
    """A village's index and pillars over time, the newest last (one select)."""
    months = [months_before(month, ago) for ago in reversed(range(MONTHS))]
    found = figures.read(INDICATORS, [code], months)
    return months, {
        one.code: [found.get((code, one.code, at), MISSING).value for at in months] for one in INDICATORS
    }


def read_scaled(known: Sequence[Indicator], place: str, month: dt.date) -> dict[str, Figure]:
    """The figures that a scheme scores, of one place, with what may not be told hidden (at most three selects)."""
    found = figures.read(known, [place], [month])
    return {one.code: found.get((place, one.code, month), MISSING) for one in known}
