"""Reading one indicator's page: its course, the places below in order, where it is spread, how it was counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.core.indicators.declarations import Indicator, months_before
from app.core.indicators.models import IndicatorVersion
from app.province import figures
from app.province.explorer import queries
from app.province.explorer.asking import COURSE, Question, Spot, course_months, this_month
from app.province.explorer.measures import POPULATION, measured, needed
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
    places: list[Place]
    lines: list[Line]
    versions: Sequence[IndicatorVersion]
    kind: str

    @property
    def total(self) -> int:
        """How many villages the region's figure could be told by."""
        if self.asked.spot.village is not None:
            return 1
        return sum(villages_of(place, self.kind) for place in self.places)

    @cached_property
    def ranking(self) -> Ranking:
        """The places below in order."""
        return rank(self.lines, self.asked.indicator.direction)


def read_page(asked: Question) -> Page:
    """Read an indicator's page (inside a platform scope; at most seven selects, whatever is asked)."""
    course = read_course(asked.indicator, asked.spot, asked.month, asked.measure, asked.kind)
    month = asked.month or newest_of(course)
    end = course_end(month)
    places, lines = _below(asked, month)
    by_month = {point.month: point for point in course}
    one = asked.indicator
    return Page(
        asked=asked,
        month=month,
        course=[by_month[first] for first in course_months(end)],
        now=by_month[month],
        month_before=by_month[months_before(month, 1)],
        year_before=by_month[months_before(month, 12)],
        places=places,
        lines=lines,
        versions=queries.versions(one.code) if one.version > 1 else (),
        kind="" if one.sensitive else asked.kind,
    )


def read_course(
    one: Indicator, spot: Spot, month: dt.date | None, measure: str = "", kind: str = "", length: int = COURSE
) -> list[Point]:
    """A place's figures month by month, oldest first: those of the course and a year before its last."""
    end = course_end(month or this_month(), length)
    months = course_months(end, max(length, 13) + 12)
    found = figures.read(needed([one], measure), [spot.code], months, kind or None)
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


def villages_of(place: Place, kind: str) -> int:
    """How many villages of a kind ("" both) a place has."""
    return {"desa": place.desa, "kelurahan": place.kelurahan}.get(kind, place.villages)


def _below(asked: Question, month: dt.date) -> tuple[list[Place], list[Line]]:
    """The places of the chosen level that have villages of the chosen kind, each with its figure."""
    if not asked.level:
        return [], []
    places = figures.directory(asked.spot.territory, asked.level)
    kind = asked.kind if asked.level == VILLAGE or not asked.indicator.sensitive else ""
    shown = [place for place in places if villages_of(place, kind)]
    return places, read_lines(asked.indicator, shown, month, asked.measure, asked.kind)


def read_lines(
    one: Indicator, places: Sequence[Place], month: dt.date, measure: str = "", kind: str = ""
) -> list[Line]:
    """Places with their figures of a month (at most four selects; see `figures.read`)."""
    found = figures.read(needed([one], measure), [place.code for place in places], [month], kind or None)
    lines = []
    for place in places:
        point = point_of(found, one, place.code, month, measure)
        lines.append(Line(place, point.figure, point.value))
    return lines
