"""Figures of places of different size made comparable: per 1,000 residents, or as a share of the villages."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.indicators.declarations import Indicator, indicator
from app.core.ui.formats import number, percent
from app.province.figures import Figure
from app.province.wording import said, said_value

PER_THOUSAND = "per1000"
SHARE = "bagian"
MEASURES = (PER_THOUSAND, SHARE)
POPULATION = "pop.total"


def offered(one: Indicator) -> tuple[str, ...]:
    """Measures that make sense for an indicator, besides its figure as it is."""
    if one.rollup != "sum" or one.code == POPULATION:
        return ()
    if one.unit == "yes_no":
        return (SHARE,)
    return (PER_THOUSAND,) if one.unit in ("people", "households", "count", "rupiah") else ()


def needed(ones: list[Indicator], measure: str) -> list[Indicator]:
    """The indicators to read for a measure of some: themselves, and the population where it divides them."""
    if measure != PER_THOUSAND or POPULATION in {one.code for one in ones}:
        return ones
    return [*ones, indicator(POPULATION)]


def measured(one: Indicator, measure: str, figure: Figure, people: Figure) -> float | None:
    """A figure's value by a measure; None where it is missing or hidden, or where nobody lives.

    An indicator that a measure makes no sense for keeps its value.
    """
    if figure.value is None or figure.is_missing:
        return None
    return by_measure(measure if measure in offered(one) else "", figure.value, figure.told, people.value)


def by_measure(measure: str, value: float | None, told: int, people: float | None) -> float | None:
    """A value by a measure that makes sense for it; None where there is none, or nothing to divide it by."""
    if value is None or not measure:
        return value
    if measure == SHARE:
        return value / told if told else None
    return value * 1000 / people if people else None


def measured_text(one: Indicator, measure: str, figure: Figure, value: float | None) -> str:
    """A figure by a measure as a reader sees it; a missing or hidden one as everywhere."""
    if measure not in offered(one) or figure.is_missing or figure.is_hidden:
        return said(one, figure)
    return amount(one, measure, value)


def amount(one: Indicator, measure: str, value: float | None) -> str:
    """A region's value of an indicator by a measure as a reader sees it; a dash for None."""
    if value is None:
        return "–"
    if measure in offered(one):
        if measure == SHARE:
            return percent(value, 1)
        return number(round(value, 2 if value < 10 else 1))
    if one.unit == "yes_no":
        return str(_("%(count)s desa", count=number(round(value))))
    return said_value(one, value)


def measure_name(measure: str) -> str:
    """What a measure is called in a choice."""
    return {
        "": str(_("Angka apa adanya")),
        PER_THOUSAND: str(_("Per 1.000 penduduk")),
        SHARE: str(_("Bagian dari desa yang menyampaikan")),
    }[measure]


def chart_unit(one: Indicator, measure: str) -> str:
    """Which of the chart's units a figure by a measure has."""
    if measure in offered(one):
        return "percent" if measure == SHARE else "number"
    return one.unit if one.unit in ("percent", "rupiah") else "number"
