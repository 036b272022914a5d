"""Where a figure comes from, told to an operator: definition, sums, what lies below it, stamps, what is hidden."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import func, select

from app.core.indicators.declarations import Indicator
from app.core.indicators.models import IndicatorFailure, RollupDue
from app.core.indicators.suppression import LEAST
from app.core.indicators.versions import version_in, versions_of
from app.extensions import db
from app.province import figures
from app.province.figures import MISSING, VILLAGE, Figure, Place
from app.province.regions import Territory, level_of, territory, within
from tenants.models import TenantRow

SUMS = {
    "sum": "the sum of the villages",
    "ratio": "the sum of the numerators by the sum of the denominators",
    "max": "the largest of the villages",
    "histogram": "the median of all cases, out of the summed buckets",
}
SPANS = {"snapshot": "holds at the moment of its stamp", "flow": "counts what happened within the month"}
WAYS = {"higher": "more is better", "lower": "less is better", "neutral": "neither more nor less is better"}


def explain(indicator: Indicator, code: str, month: dt.date) -> Iterator[str]:
    """Lines about a figure of a region or village (by code) in a month, inside a platform scope."""
    yield f"{indicator.code}: {indicator.label_en} ({indicator.label})"
    yield f"  {indicator.definition_en}"
    yield f"  {indicator.definition}"
    shape = f"{indicator.unit}, {WAYS[indicator.direction]}; {SPANS[indicator.period]}"
    yield f"  {shape}; above villages: {SUMS[indicator.rollup]}{'; kept by day' if indicator.daily else ''}"
    if indicator.sensitive:
        yield f"  counts residents by a trait: 1 to {LEAST - 1} and what would give them away are hidden"
    yield f"  {_version(indicator, month)}"
    yield ""
    if level_of(code) == VILLAGE:
        yield from _village(indicator, code, month)
    else:
        yield from _region(indicator, territory(code), month)
    yield from _failures(indicator, code)
    yield from _waiting(code, month)


def _version(indicator: Indicator, month: dt.date) -> str:
    known = versions_of(indicator.code)
    held = version_in(known, month)
    if held is None:
        return f"version {indicator.version}, not noted yet"
    others = f", {len(known)} versions in all" if len(known) > 1 else ""
    return f"version {held.version} held in {month:%Y-%m}, since {held.holds_from:%Y-%m}{others}"


def _village(indicator: Indicator, code: str, month: dt.date) -> Iterator[str]:
    row = db.session.scalars(select(TenantRow).where(TenantRow.code == code)).one()
    figure = figures.read([indicator], [code], [month]).get((code, indicator.code, month), MISSING)
    yield f"{month:%Y-%m}, {row.term} {row.name} ({code}): {_said(figure)}"
    if figure.is_missing:
        schema = "it has a schema" if row.schema_name else "it has no schema"
        software = f"; it runs {row.software}" if row.software else ""
        yield f"  nothing was told of this month: {schema}, state {row.state}{software}"
    elif figure.newest is not None:
        yield f"  source {figure.source}, as of {figure.newest:%Y-%m-%d %H:%M} UTC"


def _region(indicator: Indicator, here: Territory, month: dt.date) -> Iterator[str]:
    below = figures.directory(here, here.level + 1)
    places = [here.code, *(place.code for place in below)]
    found = figures.read([indicator], places, [month])
    whole = found.get((here.code, indicator.code, month), MISSING)
    yield f"{month:%Y-%m}, {here.name} ({here.code}): {_said(whole)}"
    yield f"  {_told(whole, sum(place.villages for place in below))}"
    if not whole.is_missing and month != figures.newest_month():
        yield f"  the newest month is {figures.newest_month():%Y-%m}"
    for place in below:
        figure = found.get((place.code, indicator.code, month), MISSING)
        yield f"  {place.code:<14} {place.name:<32} {_said(figure):<44} {_below(place, figure)}".rstrip()


def _told(figure: Figure, villages: int) -> str:
    if figure.is_missing or figure.oldest is None or figure.newest is None:
        return f"told by none of {villages} villages"
    demo = f", {figure.demo} of them made up for a demo" if figure.demo else ""
    stamps = f"{figure.oldest:%Y-%m-%d %H:%M} to {figure.newest:%Y-%m-%d %H:%M} UTC"
    return f"told by {figure.told} of {villages} villages{demo}, as of {stamps}"


def _below(place: Place, figure: Figure) -> str:
    if figure.is_missing:
        return place.state or ""
    source = figure.source or f"{figure.told}/{place.villages} villages"
    return f"{source}, {figure.newest:%Y-%m-%d %H:%M}" if figure.newest else source


def _said(figure: Figure) -> str:
    if figure.is_small:
        return f"<{LEAST} (hidden: too few people)"
    if figure.is_hidden:
        return "hidden: it would give a small count away"
    if figure.is_missing or figure.value is None:
        return "missing"
    value = f"{figure.value:,.4f}".rstrip("0").rstrip(".")
    if figure.denominator:
        return f"{value} = {figure.numerator:,.6g} / {figure.denominator:,.6g}"
    if figure.buckets:
        return f"{value} of {sum(figure.buckets):,} cases {list(figure.buckets)}"
    return value


def _failures(indicator: Indicator, code: str) -> Iterator[str]:
    here = TenantRow.code == code if level_of(code) == VILLAGE else within(code)
    query = (
        select(TenantRow.code, TenantRow.term + " " + TenantRow.name, IndicatorFailure)
        .join(TenantRow, TenantRow.id == IndicatorFailure.tenant_id)
        .where(here, IndicatorFailure.code.in_([indicator.code, "*"]))
        .order_by(TenantRow.code)
    )
    for place, name, failure in db.session.execute(query):
        yield f"  failed in {place} {name} since {failure.first_at:%Y-%m-%d %H:%M} UTC: {failure.reason}"


def _waiting(code: str, month: dt.date) -> Iterator[str]:
    here = RollupDue.district_code.startswith(code[:8], autoescape=True)
    waits = db.session.scalar(select(func.count()).where(RollupDue.period == month, here))
    if waits:
        yield f"  {waits} kecamatan changed and wait to be added up"
