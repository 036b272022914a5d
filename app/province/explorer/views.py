"""The explorer's screens: the catalogue, one indicator, comparisons, and the same as files."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actors import current_actor
from app.core.blueprints import AudienceBlueprint
from app.core.permissions import requires
from app.province import wording
from app.province.explorer import asking, comparing, files
from app.province.explorer.catalogue import Catalogue, wanted_of
from app.province.explorer.comparison_view import ComparisonView
from app.province.explorer.presenting import IndicatorView
from app.province.explorer.reading import read_page
from app.province.watching import note_view

pages = AudienceBlueprint("explorer", __name__, audience="province")

EXPORT = "indicators.export"


@pages.context_processor
def _words() -> dict[str, Any]:
    """How templates put figures into words."""
    return {
        "figure_said": wording.said,
        "hidden_reason": wording.hidden_reason,
        "indicator_label": wording.label,
        "indicator_definition": wording.definition,
        "indicator_unit": wording.unit_words,
    }


def _may(permission: str) -> bool:
    actor = current_actor()
    return actor is not None and actor.may(permission)


@pages.get("/indikator")
@requires("overview.view")
def catalogue() -> ResponseReturnValue:
    """All indicators by pillar, with the region's figures."""
    found = Catalogue(wanted_of(request.args))
    page = render_template("explorer/catalogue.html", view=found, problems=found.wanted.problems)
    note_view("catalogue", found.spot.code, found.spot.name)
    return page, 422 if found.wanted.problems else 200


@pages.get("/indikator/<string(maxlength=60):code>")
@requires("overview.view")
def indicator(code: str) -> ResponseReturnValue:
    """One indicator: the place's figure, map, ranking, course over time, definition."""
    one = asking.known_indicator(code)
    if one is None:
        return _unknown()
    asked = asking.question_of(one, request.args)
    view = IndicatorView(read_page(asked), _may)
    page = render_template("explorer/indicator.html", view=view, problems=asked.problems)
    note_view("indicator", f"{one.code} {asked.spot.code}", f"{view.title}, {asked.spot.name}")
    return page, 422 if asked.problems else 200


@pages.get("/indikator/<string(maxlength=60):code>/unduh")
@requires(EXPORT)
def download(code: str) -> ResponseReturnValue:
    """The places with their values of the month and the course over time, as a workbook or CSV (`?bentuk=csv`)."""
    one = asking.known_indicator(code)
    if one is None:
        return _unknown()
    asked = asking.question_of(one, request.args)
    form = asking.one_of(request.args.get("bentuk", "xlsx"), files.FORMS, "bentuk", asked.problems)
    part = asking.one_of(request.args.get("isi", ""), files.PARTS, "isi", asked.problems)
    if asked.problems:
        return _refused(asked.problems)
    return files.indicator_file(read_page(asked, whole=True), form, part)


@pages.get("/bandingkan")
@requires("overview.view")
def compare() -> ResponseReturnValue:
    """Two to eight places of one level: one indicator over time, several in a month."""
    asked = comparing.comparison_of(request.args)
    view = ComparisonView(comparing.read_comparison(asked), _may(EXPORT))
    page = render_template("explorer/compare.html", view=view, problems=asked.problems)
    if asked.places and asked.indicators:
        note_view("comparison", view.key, view.summary)
    return page, 422 if asked.problems else 200


@pages.get("/bandingkan/unduh")
@requires(EXPORT)
def compare_download() -> ResponseReturnValue:
    """The comparison as a workbook or CSV (`?bentuk=csv`); without anything to compare, the page to choose it on."""
    if not request.args:
        return redirect(url_for("explorer.compare"), 303)
    asked = comparing.comparison_of(request.args)
    form = asking.one_of(request.args.get("bentuk", "xlsx"), files.FORMS, "bentuk", asked.problems)
    part = asking.one_of(request.args.get("isi", ""), files.COMPARED, "isi", asked.problems)
    found = comparing.read_comparison(asked)
    problems = [*asked.problems, *asked.lacking]
    if problems:
        return _refused(problems)
    return files.comparison_file(found, form, part)


def _unknown() -> ResponseReturnValue:
    return render_template("explorer/unknown.html"), 404


def _refused(problems: list[str]) -> Response:
    page = render_template("explorer/refused.html", problems=problems)
    return Response(page, 422)
