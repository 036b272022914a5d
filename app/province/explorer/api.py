"""The explorer's API: rankings, courses over time, comparisons; a region ends where the account's ends."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.api import ApiBlueprint, page_of, schema_of_page
from app.core.indicators.declarations import Indicator
from app.core.permissions import requires
from app.province.explorer import asking, comparing
from app.province.explorer.asking import Question
from app.province.explorer.comparing import Comparison
from app.province.explorer.measures import offered
from app.province.explorer.ranking import Line
from app.province.explorer.reading import Page, Point, read_course, read_page, villages_of
from app.province.explorer.schemas import (
    CompareQuery,
    ComparisonSchema,
    RankedSchema,
    RankingQuery,
    SeriesQuery,
    SeriesSchema,
    figure_fields,
)
from app.province.watching import note_view

blueprint = ApiBlueprint(
    "figures",
    __name__,
    audience="province",
    description="Any indicator by place and over time, and places side by side.",
)


@blueprint.route("/indicators/<string(maxlength=60):code>/ranking")
@requires("overview.view")
@blueprint.arguments(RankingQuery, location="query")
@blueprint.response(200, schema_of_page(RankedSchema))
@blueprint.problems("NOT_FOUND")
def ranking(query: dict[str, Any], code: str) -> Any:
    """The places below a region in order of an indicator. Lower is first where lower is better."""
    asked = _asked(
        code,
        {
            "wilayah": query.get("region", ""),
            "bulan": query.get("period", ""),
            "tingkat": str(query.get("level", "")),
            "jenis": query.get("kind", ""),
        },
        query.get("measure"),
    )
    page = read_page(asked, whole=True)
    lines = [*page.ranking.ranked, *page.ranking.apart]
    after = query.get("after")
    codes = [line.code for line in lines]
    if after is not None and after not in codes:
        abort(404, _("Tempat di “after” tidak ada dalam daftar ini."))
    start = codes.index(after) + 1 if after else 0
    rows = [_ranked(page, line) for line in lines[start : start + query["limit"] + 1]]
    note_view("indicator", f"{code} {asked.spot.code}", f"{asked.indicator.label}, {asked.spot.name}")
    return page_of(rows, query["limit"], lambda row: row["code"])


@blueprint.route("/indicators/<string(maxlength=60):code>/series")
@requires("overview.view")
@blueprint.arguments(SeriesQuery, location="query")
@blueprint.response(200, SeriesSchema)
def series(query: dict[str, Any], code: str) -> Any:
    """An indicator of a region or village month by month, oldest first; months without a figure are there, too."""
    asked = _asked(
        code, {"wilayah": query.get("place", ""), "jenis": query.get("kind", "")}, query.get("measure")
    )
    count = query["months"]
    course = read_course(asked.indicator, asked.spot, None, asked.measure, asked.kind, length=count)
    note_view("indicator", f"{code} {asked.spot.code}", f"{asked.indicator.label}, {asked.spot.name}")
    return _course(asked.indicator, asked.spot.code, asked.spot.name, course[-count:])


@blueprint.route("/compare")
@requires("overview.view")
@blueprint.arguments(CompareQuery, location="query")
@blueprint.response(200, ComparisonSchema)
@blueprint.problems("NOT_FOUND")
def compare(query: dict[str, Any]) -> Any:
    """Places of one level side by side: all indicators in one month, the first one over 36 months."""
    given = MultiDict(
        {
            "tempat": query["places"],
            "kode": query["codes"],
            "bulan": query.get("period", ""),
            "ukuran": query.get("measure", ""),
        }
    )
    asked = comparing.comparison_of(given)
    found = comparing.read_comparison(asked)
    problems = [*asked.problems, *asked.lacking]
    if problems:
        abort(404, " ".join(problems))
    summary = ", ".join(place.name for place in found.places)
    note_view("comparison", f"{query['places']} {query['codes']}", summary)
    return _compared(found)


def _asked(code: str, given: dict[str, str], measure: str | None) -> Question:
    one = asking.known_indicator(code)
    if one is None:
        abort(404, _("Indikator ini tidak dikenal."))
    asked = asking.question_of(one, given)
    if asked.problems:
        abort(404, " ".join(asked.problems))
    asked.measure = measure if measure in offered(one) else ""
    return asked


def _ranked(page: Page, line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "name": line.name,
        "rank": line.rank,
        "villages": villages_of(line.place, page.kind),
        **figure_fields(line),
    }


def _course(one: Indicator, code: str, name: str, points: list[Point]) -> dict[str, Any]:
    told = [{"period": point.month, **figure_fields(point)} for point in points]
    return {"code": code, "name": name, "indicator": one.code, "points": told}


def _compared(found: Comparison) -> dict[str, Any]:
    first = found.asked.indicators[0]
    names = {place.code: place.name for place in found.places}
    return {
        "period": found.month,
        "places": [{"code": code, "name": name} for code, name in names.items()],
        "figures": [
            {"indicator": indicator, "code": place, **figure_fields(point)}
            for (indicator, place), point in found.table.items()
        ],
        "series": [_course(first, code, names[code], line) for code, line in found.series.items()],
    }
