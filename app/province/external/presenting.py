"""Indicators, deliveries and their reasons in words."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.indicators.declarations import Indicator
from app.province.external.judging import MAY_EXCEED_ONE, SCALES
from app.province.external.models import ExternalDelivery

UNITS: dict[str, object] = {
    "count": _l("jumlah"),
    "people": _l("orang"),
    "households": _l("keluarga"),
    "rupiah": _l("rupiah"),
    "percent": _l("persen"),
    "days": _l("hari"),
    "hours": _l("jam"),
    "date": _l("waktu"),
    "yes_no": _l("ya (1) atau belum (0)"),
    "score": _l("skor 0–100"),
}
WAYS: dict[str, object] = {"push": _l("API"), "csv": _l("Berkas")}


def unit_words(indicator: Indicator) -> str:
    """The unit of an indicator in a few words."""
    if indicator.code in SCALES:
        low, high = SCALES[indicator.code]
        return str(_("rata-rata %(low)s–%(high)s", low=f"{low:g}", high=f"{high:g}"))
    return str(UNITS.get(indicator.unit, indicator.unit))


def how_told(indicator: Indicator) -> str:
    """How an indicator is sent, in a sentence."""
    if indicator.rollup == "ratio":
        if indicator.code in MAY_EXCEED_ONE or indicator.code in SCALES:
            return str(_("Pembilang dan penyebut."))
        return str(_("Pembilang dan penyebut; pembilang bagian dari penyebut."))
    if indicator.rollup == "histogram":
        bounds = " · ".join(f"≤ {edge:g}" for edge in indicator.edges)
        return str(
            _(
                "Sebaran: banyaknya kasus per rentang (%(bounds)s · di atasnya); di berkas dipisah spasi.",
                bounds=bounds,
            )
        )
    if indicator.unit == "date":
        return str(_("Nilai: tanggal, misalnya 2026-11-22; lewat API detik sejak 1970 (UTC)."))
    return str(_("Nilai."))


PEOPLE = {
    "pop.total": 2104, "pop.male": 1072, "pop.female": 1032, "pop.age_0_4": 168, "pop.age_5_17": 452,
    "pop.age_18_59": 1264, "pop.age_60_plus": 220,
}  # fmt: skip
"""Of an example: parts that add up."""


def example_of(indicator: Indicator) -> dict[str, Any]:
    """A value of the indicator as a program sends it."""
    if indicator.rollup == "histogram":
        return {"code": indicator.code, "buckets": [3, 2, 1] + [0] * (len(indicator.edges) - 2)}
    if indicator.rollup == "ratio":
        if indicator.code in SCALES:
            return {"code": indicator.code, "numerator": 43, "denominator": 10}
        return {"code": indicator.code, "numerator": 41, "denominator": 44}
    samples = {"rupiah": 1_250_000, "yes_no": 1, "date": 1_795_305_600}
    value = PEOPLE.get(indicator.code) or samples.get(indicator.unit, 12)
    return {"code": indicator.code, "value": value}


def laid_out(data: Mapping[str, Any]) -> str:
    """JSON as people read it: in the order it was written, each item of a list on a line of its own."""
    lines = []
    for name, value in data.items():
        if isinstance(value, list) and any(isinstance(one, dict) for one in value):
            inner = ",\n".join(f"    {json.dumps(one, ensure_ascii=False)}" for one in value)
            lines.append(f'  "{name}": [\n{inner}\n  ]')
        else:
            lines.append(f'  "{name}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(lines) + "\n}"


def way_words(row: ExternalDelivery) -> str:
    """How a delivery came."""
    return str(WAYS.get(row.way, row.way))


def month_words(first: dt.date) -> str:
    """A month as people say it: November 2026."""
    return str(format_date(first, "MMMM yyyy"))
