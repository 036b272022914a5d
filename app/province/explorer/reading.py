"""Reading one indicator's page: its course, the places below in order, where it is spread, how it was counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from app.core.indicators.declarations import Indicator, months_before
from app.core.indicators.models import IndicatorVersion
from app.province import figures
from app.province.explorer import queries
from app.province.explorer.asking import COURSE, Question, Spot, course_months, this_month
from app.province.explorer.measures import PER_THOUSAND, POPULATION, by_measure, measured, needed
from app.province.explorer.ranking import Line, Ranking, rank
from app.province.figures import MISSING, VILLAGE, Figure, Key, Place

Found = Mapping[Key, Figure]


@dataclass(frozen=True, slots=True)
class Point:
    """A month of a course; `value` is the figure's by the chosen measure, None where missing or hidden."""

    month: dt.date
    figure: Figure
    value: float | None


@dataclass(frozen=True)
class Page:
    """All that an indicator's page shows. `kind` is what the region's figures are of: "" is both kinds."""

    asked: Question
    month: dt.date
    course: list[Point]
    now: Point
    month_before: Point
    year_before: Point
    lines: list[Line]
    desa: int
    kelurahan: int
    versions: Sequence[IndicatorVersion]
    kind: str

    @property
    def total(self) -> int:
        """How many villages the place's figure could be told by."""
        return {"desa": self.desa, "kelurahan": self.kelurahan}.get(self.kind, self.desa + self.kelurahan)

    @property
    def desa_told(self) -> int:
        """How many of them are desa."""
        return 0 if self.kind == "kelurahan" else self.desa

    @cached_property
    def ranking(self) -> Ranking:
        """The places below in order."""
        return rank(self.lines, self.asked.indicator.direction)


def read_page(asked: Question, whole: bool = False) -> Page:
    """Read an indicator's page (inside a platform scope; at most six selects, whatever is asked).

    `whole` has villages' figures with their parts and stamps, as files and programs want them.
    """
    course = read_course(asked.indicator, asked.spot, asked.month, asked.measure, asked.kind)
    month = asked.month or newest_of(course)
    end = course_end(month)
    lines, desa, kelurahan = _below(asked, month, whole)
    by_month = {point.month: point for point in course}
    one = asked.indicator
    return Page(
        asked=asked,
        month=month,
        course=[by_month[first] for first in course_months(end)],
        now=by_month[month],
        month_before=by_month[months_before(month, 1)],
        year_before=by_month[months_before(month, 12)],
        lines=lines,
        desa=desa,
        kelurahan=kelurahan,
        versions=queries.versions(one.code) if one.version > 1 else (),
        kind=kind_of(one, asked.kind),
    )


def read_course(
    one: Indicator, spot: Spot, month: dt.date | None, measure: str = "", kind: str = "", length: int = COURSE
) -> list[Point]:
    """A place's figures month by month, oldest first: those of the course and a year before its last."""
    end = course_end(month or this_month(), length)
    months = course_months(end, max(length, 13) + 12)
    found = figures.read(needed([one], measure), [spot.code], months, kind_of(one, kind) or None)
    return [point_of(found, one, spot.code, first, measure) for first in months]


def point_of(found: Found, one: Indicator, place: str, month: dt.date, measure: str) -> Point:
    """A place's month out of what was read."""
    figure = found.get((place, one.code, month), MISSING)
    people = found.get((place, POPULATION, month), MISSING)
    return Point(month, figure, measured(one, measure, figure, people))


def course_end(month: dt.date, length: int = COURSE) -> dt.date:
    """The last month of the course that shows a month: the present one unless the month is long ago."""
    present = this_month()
    return present if month > months_before(present, length) else month


def newest_of(course: Sequence[Point]) -> dt.date:
    """The newest month of a course with a figure; its last one where there is none."""
    return next((point.month for point in reversed(course) if not point.figure.is_missing), course[-1].month)


def kind_of(one: Indicator, kind: str) -> str:
    """Which kind ("" both) a region's figures are of when a kind is asked for; the population beside them, too.

    Sensitive ones are told for both kinds together alone: a part might give the other's small count away.
    """
    return "" if one.sensitive else kind


def villages_of(place: Place, kind: str) -> int:
    """How many villages of a kind ("" both) a place has."""
    return {"desa": place.desa, "kelurahan": place.kelurahan}.get(kind, place.villages)


def _below(asked: Question, month: dt.date, whole: bool) -> tuple[list[Line], int, int]:
    """The places of the level that have villages of the kind, with figures; how many desa and kelurahan there are."""
    if asked.spot.village is not None:
        return [], asked.spot.village.desa, asked.spot.village.kelurahan
    if asked.level == VILLAGE:
        return _villages(asked, month, whole)
    one, measure = asked.indicator, asked.measure
    places = figures.directory(asked.spot.territory, asked.level)
    kind = kind_of(one, asked.kind)
    shown = [place for place in places if villages_of(place, kind)]
    found = figures.read(needed([one], measure), [place.code for place in shown], [month], kind or None)
    lines = []
    for place in shown:
        point = point_of(found, one, place.code, month, measure)
        lines.append(Line(place.code, place.name, point.value, partial(_both, place, point.figure)))
    return lines, sum(place.desa for place in places), sum(place.kelurahan for place in places)


def _villages(asked: Question, month: dt.date, whole: bool) -> tuple[list[Line], int, int]:
    one, measure = asked.indicator, asked.measure
    beside = POPULATION if measure == PER_THOUSAND else None
    rows = figures.of_villages(one, asked.spot.territory, month, beside, whole)
    desa = sum(row.kind == "desa" for row in rows)
    lines = [
        Line(row.code, row.name, by_measure(measure, row.value, 1, row.beside), partial(figures.made_of, row))
        for row in rows
        if asked.kind in ("", row.kind)
    ]
    return lines, desa, len(rows) - desa


def _both(place: Place, figure: Figure) -> tuple[Place, Figure]:
    return place, figure
