"""Reading what the effect page compares: villages, when each was trained first, their figures of two years."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.indicators import declarations
from app.core.indicators.adoption import STAFF_ACTIVE_30D
from app.core.indicators.declarations import Indicator, months_before, period_of
from app.province import figures
from app.province.readiness.indicators import INDEX
from app.province.regions import Territory
from app.province.training.results import matching, queries
from app.province.training.results.matching import Comparison
from app.province.training.results.queries import Village
from tenants.models import now

MONTHS = 24
"""Months that are over, the newest one last: a month that still runs is not compared."""
HORIZONS = (3, 6, 12)
"""How many months after a training is looked."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure in which trained villages are compared, and how far apart two may begin to be alike, in its unit."""

    code: str
    caliper: float

    @property
    def indicator(self) -> Indicator:
        """Its declaration."""
        return declarations.indicator(self.code)


MEASURES = (Measure(STAFF_ACTIVE_30D, 1.0), Measure(INDEX, 5.0))
"""Adoption: how many of the staff work with it; readiness: the index."""


@dataclass(frozen=True, slots=True)
class Effects:
    """The comparison of a territory's villages in each measure. `trained` counts villages that ever came."""

    territory: Territory
    months: list[dt.date]
    horizon: int
    villages: dict[str, Village]
    trained: int
    comparisons: list[tuple[Measure, Comparison]]


def effects_of(territory: Territory, horizon: int, moment: dt.datetime | None = None) -> Effects:
    """Compare a territory's trained villages with like ones of the same kabupaten and kind (three selects).

    Nothing from outside of the territory is looked at, so the like of a kecamatan's villages are in that kecamatan.

    Args:
        territory: a province, kabupaten/kota or kecamatan.
        horizon: months after the month of a training.
        moment: what is taken for now.
    """
    present = period_of(moment or now()).first
    months = [months_before(present, ago) for ago in range(MONTHS, 0, -1)]
    villages = queries.villages_of(territory)
    at = {
        one.id: _months_between(months[0], one.trained_on) for one in villages if one.trained_on is not None
    }
    compared = [
        (measure, matching.compare(_courses(measure, villages, at, months), MONTHS, horizon, measure.caliper))
        for measure in MEASURES
    ]
    return Effects(territory, months, horizon, {one.code: one for one in villages}, len(at), compared)


def _courses(
    measure: Measure, villages: Sequence[Village], trained: dict[uuid.UUID, int], months: Sequence[dt.date]
) -> list[matching.Village]:
    told = figures.courses(measure.indicator, [one.id for one in villages], months)
    return [
        matching.Village(one.code, (one.regency_code, one.kind), trained.get(one.id), told[one.id])
        for one in villages
        if one.id in told
    ] + [
        matching.Village(one.code, (one.regency_code, one.kind), trained[one.id], [None] * len(months))
        for one in villages
        if one.id in trained and one.id not in told
    ]


def _months_between(first: dt.date, day: dt.date) -> int:
    return (day.year - first.year) * 12 + day.month - first.month
