"""The readiness index as figures: written by `scoring` for all villages at once, mapped and compared like any other."""

from __future__ import annotations

from app.core.indicators.declarations import Indicator, IndicatorPillar

INDEX = "readiness.index"
PILLARS = ("government", "economy", "people")
"""Pillars of the index, in the order of the page; each has its own figure, `readiness.<pillar>`."""


def _score(
    code: str, label: str, label_en: str, pillar: IndicatorPillar, definition: str, definition_en: str
) -> Indicator:
    return Indicator(
        code, label, label_en, "score", pillar, None, rollup="ratio", definition=definition, definition_en=definition_en
    )  # fmt: skip


def _pillar(name: IndicatorPillar, label: str, label_en: str) -> Indicator:
    return _score(
        f"readiness.{name}", label, label_en, name,
        "Rata-rata indikator pilar ini, masing-masing diskalakan 0–100 antara batas bawah dan sasaran yang berlaku "
        "bulan itu; yang tidak dilaporkan desa tidak dihitung.",
        "Mean of this pillar's indicators, each scaled 0–100 between the floor and the target that held in the month; "
        "what a village does not tell is left out.",
    )  # fmt: skip


INDICATORS = (
    _score(
        INDEX, "Indeks kesiapan", "Readiness index", "adoption",
        "Nilai 0–100 dari pilar pemerintahan, ekonomi, dan masyarakat menurut bobot yang berlaku bulan itu; untuk "
        "wilayah: rata-rata desanya.",
        "Score of 0–100 out of government, economy and people by the weights that held in the month; of a region: the "
        "mean of its villages.",
    ),
    _pillar("government", "Kesiapan pemerintahan", "Readiness of government"),
    _pillar("economy", "Kesiapan ekonomi", "Readiness of the economy"),
    _pillar("people", "Kesiapan masyarakat", "Readiness of the people"),
)  # fmt: skip
"""From 0 to 100, the denominator is 1: a region's is the mean of its villages."""
