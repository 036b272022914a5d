"""An open indicator's figures as rows: small counts hidden as on every screen, missing ones said to be missing."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core.indicators.declarations import Indicator, months_before, period_of
from app.core.indicators.models import HiddenCell, IndicatorRollup
from app.core.indicators.suppression import LEAST
from app.core.tables import harmless
from app.extensions import db
from app.province import figures
from app.province.figures import MISSING, VILLAGE, Figure, Place
from app.province.open_data.publications import LEVELS, Opened
from app.province.programme import PROVINCE_CODE
from app.province.regions import territory
from tenants.models import now
from tenants.scope import platform_scope

MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
MOST_MONTHS = 60
MOST_MONTHS_OF_VILLAGES = 24
HEADER = (
    "kode_indikator", "indikator", "bulan", "tingkat", "kode_wilayah", "wilayah", "nilai", "satuan", "pembilang",
    "penyebut", "desa_melapor", "desa_seluruhnya", "keterangan", "sumber", "data_contoh", "per",
)  # fmt: skip
SOURCES = {"siger": "Siger", "push": "sistem lain", "csv": "berkas", "demo": "contoh"}
OF_REGIONS = "jumlah desa"


class WrongRequest(ValueError):
    """What was asked for is not there; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An open indicator, a level and months, the oldest first."""

    opened: Opened
    level: int
    months: tuple[dt.date, ...]

    @property
    def indicator(self) -> Indicator:
        """What is asked for."""
        return self.opened.indicator


@dataclass(frozen=True, slots=True)
class Row:
    """A place's figure of a month."""

    month: dt.date
    place: Place
    figure: Figure

    @property
    def reason(self) -> str:
        """Why there is no value; empty where there is one."""
        if self.figure.is_small:
            return f"kurang dari {LEAST}"
        if self.figure.is_hidden:
            return "disembunyikan"
        return "belum dilaporkan" if self.figure.is_missing or self.figure.value is None else ""

    @property
    def source(self) -> str:
        """Where it comes from."""
        if self.figure.is_missing:
            return ""
        return (
            SOURCES.get(self.figure.source or "", OF_REGIONS) if self.place.level == VILLAGE else OF_REGIONS
        )

    @property
    def demo(self) -> str:
        """Whether it is made up: ya, sebagian, tidak."""
        if not self.figure.demo:
            return "tidak"
        return "ya" if self.figure.demo >= self.figure.told else "sebagian"


def asked(opened: Opened, query: Mapping[str, str]) -> Asked:
    """What a request asks for: `bulan`, or `dari` and `sampai`, else the newest month; `tingkat`, else as deep as it is
    open. Raises WrongRequest."""
    text = query.get("tingkat", "") or str(opened.level)
    if text not in {str(level) for level in LEVELS}:
        raise WrongRequest(
            _("Tingkat adalah 1 (provinsi), 2 (kabupaten/kota), 3 (kecamatan), atau 4 (desa).")
        )
    if int(text) > opened.level:
        raise WrongRequest(_("Indikator ini dibuka sampai tingkat %(level)s.", level=opened.level))
    return Asked(opened, int(text), _months(opened, query, int(text)))


def _months(opened: Opened, query: Mapping[str, str], level: int) -> tuple[dt.date, ...]:
    one, first, last = (_month(query.get(name, "")) for name in ("bulan", "dari", "sampai"))
    if opened.last is None or opened.first is None:
        return ()
    if one is not None:
        if first or last:
            raise WrongRequest(_("Pakai bulan saja, atau dari dan sampai."))
        return (one,)
    if first is None and last is None:
        return (opened.last,)
    begin, end = max(first or opened.first, opened.first), min(last or opened.last, opened.last)
    count = (end.year - begin.year) * 12 + end.month - begin.month + 1
    most = MOST_MONTHS_OF_VILLAGES if level == VILLAGE else MOST_MONTHS
    if first and last and first > last:
        raise WrongRequest(_("Bulan “dari” jatuh sesudah bulan “sampai”."))
    if count > most:
        raise WrongRequest(_("Paling banyak %(most)s bulan sekali unduh pada tingkat ini.", most=most))
    return tuple(months_before(end, ago) for ago in range(count - 1, -1, -1))


def _month(text: str) -> dt.date | None:
    if not text:
        return None
    if not MONTH.fullmatch(text):
        raise WrongRequest(_("Tulis bulan seperti 2026-11."))
    first = dt.date.fromisoformat(f"{text}-01")
    if first > period_of(now()).first:
        raise WrongRequest(_("Waktu ini belum tiba."))
    return first


def tag(wanted: Asked, shape: str) -> str:
    """What changes whenever the answer does: a digest of the months' sums and stamps (one select)."""
    query = (
        select(
            IndicatorRollup.period, IndicatorRollup.kind, IndicatorRollup.value, IndicatorRollup.numerator,
            IndicatorRollup.denominator, IndicatorRollup.buckets, IndicatorRollup.villages,
            IndicatorRollup.demo_villages, IndicatorRollup.oldest, IndicatorRollup.newest,
        )
        .where(
            IndicatorRollup.region_code == PROVINCE_CODE,
            IndicatorRollup.code == wanted.indicator.code,
            IndicatorRollup.period.in_(wanted.months),
        )
        .order_by(IndicatorRollup.period, IndicatorRollup.kind)
    )  # fmt: skip
    stamps = [tuple(row) for row in db.session.execute(query)]
    if wanted.indicator.sensitive:
        hidden = select(func.count(), func.count().filter(HiddenCell.is_small), func.min(HiddenCell.place),
                        func.max(HiddenCell.place)).where(
            HiddenCell.code == wanted.indicator.code, HiddenCell.period.in_(wanted.months)
        )  # fmt: skip
        stamps.append(tuple(db.session.execute(hidden).one()))
    told = (shape, wanted.level, wanted.months, wanted.indicator.version, wanted.opened.published_at, stamps)
    return hashlib.blake2s(repr(told).encode(), digest_size=12).hexdigest()


def rows(wanted: Asked, app: Flask) -> Iterator[Row]:
    """The rows month by month, by code of the place.

    They are asked for while the answer goes out, when the request is over: each month in a scope of its own, so that
    who reads slowly holds no connection.
    """
    with app.app_context(), platform_scope():
        places = figures.directory(territory(PROVINCE_CODE), wanted.level)
    codes = [place.code for place in places]
    for month in wanted.months:
        with app.app_context(), platform_scope():
            found = figures.read([wanted.indicator], codes, [month])
        for place in places:
            yield Row(month, place, found.get((place.code, wanted.indicator.code, month), MISSING))


def value_of(indicator: Indicator, figure: Figure) -> float | int | str | None:
    """The value in the indicator's unit: percent from 0 to 100, moments as ISO 8601 (UTC); None where none is told."""
    if figure.value is None or figure.is_missing or figure.is_hidden:
        return None
    if indicator.unit == "date":
        return dt.datetime.fromtimestamp(figure.value, dt.UTC).isoformat(timespec="seconds")
    return _number(figure.value * 100 if indicator.unit == "percent" else figure.value)


def _number(value: float | None) -> float | int | None:
    if value is None:
        return None
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded


def as_csv(wanted: Asked, unit: str, app: Flask) -> Iterator[str]:
    """The rows as CSV (RFC 4180, commas, UTF-8): small counts as "<5", empty where nothing is told."""
    yield _line(HEADER)
    indicator = wanted.indicator
    for row in rows(wanted, app):
        figure = row.figure
        value = f"<{LEAST}" if figure.is_small else value_of(indicator, figure)
        yield _line(
            (
                indicator.code, indicator.label, f"{row.month:%Y-%m}", row.place.level, row.place.code, row.place.name,
                value, unit, _number(figure.numerator), _number(figure.denominator), figure.told, row.place.villages,
                row.reason, row.source, row.demo, figure.newest.isoformat(timespec="seconds") if figure.newest else "",
            )
        )  # fmt: skip


def _line(cells: Sequence[str | float | None]) -> str:
    text = io.StringIO()
    shown = ["" if cell is None else harmless(cell) if isinstance(cell, str) else cell for cell in cells]
    csv.writer(text, lineterminator="\r\n").writerow(shown)
    return text.getvalue()


def as_json(wanted: Asked, meta: Mapping[str, Any], app: Flask) -> Iterator[str]:
    """The rows as JSON: `meta`, then `data`; a value that is not told is null, with the reason."""
    yield f'{{"meta": {json.dumps(meta, ensure_ascii=False)},\n"data": ['
    for at, row in enumerate(rows(wanted, app)):
        figure = row.figure
        line = {
            "period": f"{row.month:%Y-%m}",
            "level": row.place.level,
            "code": row.place.code,
            "name": row.place.name,
            "value": value_of(wanted.indicator, figure),
            "reason": row.reason or None,
            "numerator": _number(figure.numerator),
            "denominator": _number(figure.denominator),
            "villages_told": figure.told,
            "villages": row.place.villages,
            "source": row.source or None,
            "demo": row.demo,
            "as_of": figure.newest.isoformat(timespec="seconds") if figure.newest else None,
        }
        yield ("," if at else "") + "\n" + json.dumps(line, ensure_ascii=False)
    yield "\n]}\n"
