"""What an indicator is: declared beside the tables that it counts, computed inside one village, summed above it."""

from __future__ import annotations

import datetime as dt
import statistics
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from app.core.capabilities import capabilities

ZONE = ZoneInfo("Asia/Jakarta")
"""Months end at midnight in Lampung (WIB), not in UTC."""

Unit = Literal[
    "count", "people", "households", "rupiah", "percent", "days", "hours", "date", "yes_no", "score"
]
IndicatorPillar = Literal["government", "economy", "people", "adoption"]
Direction = Literal["higher", "lower", "neutral"]
Span = Literal["snapshot", "flow"]
Rollup = Literal["sum", "ratio", "max", "histogram"]


@dataclass(frozen=True, slots=True)
class Period:
    """A month as indicators see it: `first` is its first day (the key in the table), `moment` is now (UTC)."""

    first: dt.date
    start: dt.datetime
    end: dt.datetime
    moment: dt.datetime


@dataclass(frozen=True, slots=True)
class Value:
    """A village's figure. A ratio gives its parts, so that a kabupaten's is the ratio of the sums; a median gives how
    many cases fell between the edges of its indicator, so that a kabupaten's is the median of all cases."""

    value: float
    numerator: float | None = None
    denominator: float | None = None
    buckets: tuple[int, ...] | None = None


Group = Callable[[Period], Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure of a village.

    `label` and `label_en` name it; `direction` says which way is better; `period` whether it holds now (`snapshot`) or
    counts what happened within a month (`flow`); `rollup` how villages add up. `sensitive` ones count residents by a
    trait and are never shown above the village below 5. `compute` runs inside the village's scope, reads only, and may
    return None where there is nothing to say. Indicators that one query can answer together name the same `group`
    instead: it is called once and returns values by code, leaving out those with nothing to say. Without either the
    value follows from the registry. `edges` are the upper bounds of a histogram's buckets, rising, in `unit`; one more
    bucket holds what lies above the last.

    `definition` says in a sentence what is counted and after which rule; a change of it, or of how it is counted, is a
    new `version`. `daily` ones are kept by day, too: what happened on that day, or how it stood.
    """

    code: str
    label: str
    label_en: str
    unit: Unit
    pillar: IndicatorPillar
    compute: Callable[[Period], Value | None] | None
    direction: Direction = "higher"
    period: Span = "snapshot"
    rollup: Rollup = "sum"
    sensitive: bool = False
    group: Group | None = None
    edges: tuple[float, ...] = ()
    version: int = 1
    definition: str = ""
    definition_en: str = ""
    daily: bool = False


def ratio(numerator: float, denominator: float) -> Value | None:
    """The value of a ratio indicator, None where there is nothing to divide by."""
    return Value(numerator / denominator, numerator, denominator) if denominator else None


def spread(found: Sequence[float], edges: tuple[float, ...]) -> Value | None:
    """The median of what was measured, with its buckets; None where nothing was measured.

    Args:
        found: measured values, not negative, in the unit of `edges`.
        edges: upper bounds of the buckets, each bound included.
    """
    if not found:
        return None
    counts = [0] * (len(edges) + 1)
    for measured in found:
        counts[bisect_left(edges, measured)] += 1
    return Value(statistics.median(found), buckets=tuple(counts))


def median_of(counts: Sequence[int], edges: Sequence[float]) -> float | None:
    """The median that buckets (or the sums of several villages' buckets) tell, interpolated within its bucket.

    None where nothing was counted. A median in the open bucket above the last edge is told as that edge.
    """
    half, seen = sum(counts) / 2, 0.0
    if not half:
        return None
    for at, count in enumerate(counts[: len(edges)]):
        if count and seen + count >= half:
            below = edges[at - 1] if at else 0.0
            return below + (edges[at] - below) * (half - seen) / count
        seen += count
    return edges[-1]


def period_of(moment: dt.datetime) -> Period:
    """The month that a moment (with its zone) falls into, by the calendar of Lampung."""
    local = moment.astimezone(ZONE)
    first = local.date().replace(day=1)
    following = (first + dt.timedelta(days=32)).replace(day=1)
    return Period(first, _midnight(first), _midnight(following), moment.astimezone(dt.UTC))


def months_before(first: dt.date, count: int) -> dt.date:
    """The first day of the month `count` months before the month that begins on `first`."""
    months = first.year * 12 + first.month - 1 - count
    return dt.date(months // 12, months % 12 + 1, 1)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZONE).astimezone(dt.UTC)


def declared() -> list[Indicator]:
    """All indicators that the capabilities of this process declare, by code."""
    found = [indicator for capability in capabilities() for indicator in capability.indicators]
    return sorted(found, key=lambda indicator: indicator.code)


def indicator(code: str) -> Indicator:
    """One declared indicator; raises KeyError."""
    for candidate in declared():
        if candidate.code == code:
            return candidate
    raise KeyError(code)
