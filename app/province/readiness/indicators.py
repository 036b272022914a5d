"""The readiness index as figures: written by `scoring` for all villages at once, mapped and compared like any other."""

from __future__ import annotations

from app.core.indicators.declarations import Indicator, IndicatorPillar

INDEX = "readiness.index"
PILLARS = ("government", "economy", "people")
"""Pillars of the index, in the order of the page; each has its own figure, `readiness.<pillar>`."""


def _score(code: str, label: str, label_en: str, pillar: IndicatorPillar) -> Indicator:
    return Indicator(code, label, label_en, "score", pillar, None, rollup="ratio")


INDICATORS = (
    _score(INDEX, "Indeks kesiapan", "Readiness index", "adoption"),
    _score("readiness.government", "Kesiapan pemerintahan", "Readiness of government", "government"),
    _score("readiness.economy", "Kesiapan ekonomi", "Readiness of the economy", "economy"),
    _score("readiness.people", "Kesiapan masyarakat", "Readiness of the people", "people"),
)
"""From 0 to 100, the denominator is 1: a region's is the mean of its villages."""
