"""The overview of a territory: how many villages stand where, by the level below, this month and over time.

Read from the registry (two selects: states, and villages that need help) and from what was added up by region, never
from the villages' own figures above a kecamatan.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.core.indicators.adoption import LIVE, STAFF_ACTIVE_7D
from app.core.indicators.declarations import Indicator, declared, months_before, period_of
from app.core.indicators.services import SETUP_PROGRESS
from app.extensions import db
from app.province import attention, figures, states
from app.province.attention import INDEX, Attention
from app.province.figures import MISSING, Figure
from app.province.programme import PAST, PROVINCE_CODE, PastYear
from app.province.regions import PROVINCE, REGENCY, Territory, standing_in
from tenants.models import TenantRow, now

MONTHS = 24
STAFF_COUNT = "staff.count"
POPULATION = "pop.total"
SHOWN = (LIVE, STAFF_ACTIVE_7D, STAFF_COUNT, SETUP_PROGRESS, POPULATION, INDEX)
HELP_SHOWN = 6

KINDS = ("desa", "kelurahan")


@dataclass(slots=True)
class Part:
    """A kabupaten/kota, kecamatan or village of the territory.

    `counts` by (kind, state) holds villages that use this system or none; `others` by (kind, software) those that run
    another one, whatever their state here. Together they are all.
    """

    code: str
    name: str
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    others: Counter[tuple[str, str]] = field(default_factory=Counter)
    figures: dict[str, Figure] = field(default_factory=dict)
    village_id: uuid.UUID | None = None
    state: str = ""
    """The state of a part that is one village."""
    software: str | None = None

    def add(self, kind: str, state: str, software: str | None, count: int) -> None:
        """Count villages in."""
        if software is None:
            self.counts[kind, state] += count
        else:
            self.others[kind, software] += count

    def total(self, kind: str) -> int:
        """All villages of a kind."""
        return sum(count for (k, _), count in self.counts.items() if k == kind) + self.elsewhere(kind)

    def elsewhere(self, kind: str) -> int:
        """Those of a kind that run other software."""
        return sum(count for (k, _), count in self.others.items() if k == kind)

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

    def figure(self, code: str) -> Figure:
        """What it tells of an indicator; missing where it tells nothing."""
        return self.figures.get(code, MISSING)


@dataclass(frozen=True, slots=True)
class MonthOfCurve:
    """How many villages were live at a month's last figure; None where nothing was counted in that month."""

    first: dt.date
    desa: int | None
    kelurahan: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page shows. `as_of` is the newest figure's moment, None when there is none yet."""

    territory: Territory
    month: dt.date
    parts: list[Part]
    whole: Part
    past: tuple[PastYear, ...]
    """What the programme counted before, of the whole province alone."""
    curve: list[MonthOfCurve]
    help: Attention
    as_of: dt.datetime | None
    is_demo: bool
    """Whether any figure on it is made up for a demo."""


def overview(territory: Territory) -> Overview:
    """Read a territory's overview (inside a platform scope; four selects, five for a kecamatan)."""
    parts, whole, month = _states(territory)
    curve, demo = _curve(territory, month)
    told = _figures(parts, whole, month)
    return Overview(
        territory=territory,
        month=month,
        parts=sorted(parts.values(), key=lambda part: part.code),
        whole=whole,
        past=PAST if territory.code == PROVINCE_CODE else (),
        curve=curve,
        help=attention.read(territory.code, month, limit=HELP_SHOWN),
        as_of=max((one.newest for one in told.values() if one.newest), default=None),
        is_demo=demo or any(one.demo for one in told.values()),
    )


def _level_below(territory: Territory) -> tuple[ColumnElement[str], ColumnElement[str]]:
    if territory.level == PROVINCE:
        return TenantRow.regency_code, TenantRow.regency_name  # type: ignore[return-value]
    if territory.level == REGENCY:
        return TenantRow.district_code, TenantRow.district_name  # type: ignore[return-value]
    return TenantRow.code, TenantRow.term + " " + TenantRow.name  # type: ignore[return-value]


def _states(territory: Territory) -> tuple[dict[str, Part], Part, dt.date]:
    """The parts and the whole with their villages counted, and the newest month that has figures."""
    code, name = _level_below(territory)
    village = TenantRow.id if territory.level > REGENCY else None
    columns: list[Any] = [
        code, name, TenantRow.kind, TenantRow.state, TenantRow.software,
        *([village] if village is not None else []),
    ]  # fmt: skip
    newest = figures.newest_told()
    query = select(*columns, newest, func.count()).where(standing_in(territory.code)).group_by(*columns)
    parts: dict[str, Part] = {}
    whole, month = Part(territory.code, territory.name), period_of(now()).first
    for row in db.session.execute(query):
        part = parts.setdefault(row[0], Part(row[0], row[1]))
        for counted in (part, whole):
            counted.add(row[2], row[3], row[4], row[-1])
        if village is not None:
            part.village_id, part.state, part.software = row[5], row[3], row[4]
        month = row[-2] or month
    return parts, whole, month


def shown_indicators() -> list[Indicator]:
    """The declared indicators that the overview tells of the territory and of each part."""
    return [indicator for indicator in declared() if indicator.code in SHOWN]


def _figures(parts: Mapping[str, Part], whole: Part, month: dt.date) -> dict[figures.Key, Figure]:
    found = figures.read(shown_indicators(), [whole.code, *parts], [month])
    for (place, code, _), figure in found.items():
        (whole if place == whole.code else parts[place]).figures[code] = figure
    return found


def _curve(territory: Territory, newest: dt.date) -> tuple[list[MonthOfCurve], bool]:
    """Villages live month by month from the first that was counted; a month without figures stays empty."""
    live = next(indicator for indicator in declared() if indicator.code == LIVE)
    months = [months_before(newest, ago) for ago in reversed(range(MONTHS))]
    found = figures.by_kind(live, territory.code, months)
    told = {month for _, month in found}
    counted = [month for month in months if month >= min(told)] if told else []
    curve = [
        MonthOfCurve(
            month,
            *(
                round(found.get((kind, month), MISSING).value or 0) if month in told else None
                for kind in KINDS
            ),
        )
        for month in counted
    ]
    return curve, any(figure.demo for figure in found.values())
