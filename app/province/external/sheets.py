"""Figures in a table, one a row: what its cells mean, in whatever way an office writes them.

`read_sheet` is pure: rows in, a plan out. A village that is not the sender's or runs this platform is refused row by
row, as is every figure that makes no sense.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from flask_babel import gettext as _

from app.core.indicators.declarations import ZONE, Indicator
from app.core.spreadsheets import Table, heading_key
from app.province.external.judging import (
    MONTHS_BACK,
    Unfit,
    indicator_of,
    is_due,
    judge,
    shown,
    unequal_sums,
)

COLUMNS = ("kode_desa", "bulan", "kode_indikator", "nilai", "pembilang", "penyebut", "sebaran")
NEEDED = COLUMNS[:3]
FIELDS = {"value": "nilai", "numerator": "pembilang", "denominator": "penyebut", "buckets": "sebaran"}
KNOWN = tuple(heading_key(name) for name in COLUMNS)
MONTH_NAMES = (
    "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november",
    "desember",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A village that a row may name: `refusal` says why nothing is taken for it, empty where something is."""

    id: uuid.UUID
    name: str
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is not taken: its number in the file, the column, a word for programs, a sentence, the cells."""

    row: int
    column: str
    reason: str
    detail: str
    code: str = ""
    cells: list[Any] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        """The same as it is kept."""
        return asdict(self)


@dataclass(slots=True)
class Plan:
    """What a file would write: `[village id, month, code, value, numerator, denominator, buckets]`, and what not."""

    figures: list[list[Any]] = field(default_factory=list)
    refused: list[BadRow] = field(default_factory=list)
    empty: int = 0
    strangers: int = 0
    """Rows about villages of other regions."""


class ColumnsMissing(ValueError):
    """The table lacks a column that it needs; the message is a sentence."""


def places_of(table: Table) -> dict[str, int]:
    """Where the known columns stand. Raises ColumnsMissing."""
    found: dict[str, int] = {}
    for number, heading in enumerate(table.header):
        key = heading_key(heading)
        if key in KNOWN:
            found.setdefault(COLUMNS[KNOWN.index(key)], number)
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise ColumnsMissing(
            _(
                "Kolom ini tidak ada di berkas: %(names)s. Pakai contoh yang dapat diunduh.",
                names=", ".join(missing),
            )
        )
    return found


def village_codes(table: Table, columns: Mapping[str, int]) -> set[str]:
    """All village codes that the table names, as they are written officially; what is no code is left out."""
    return {code for _row, cells in table.rows if (code := village_code(_cell(cells, columns, "kode_desa")))}


def read_sheet(
    table: Table,
    columns: Mapping[str, int],
    villages: Mapping[str, Place],
    known: Mapping[str, Indicator],
    moment: dt.datetime,
) -> Plan:
    """What a table says.

    Args:
        table: as the child process read it. columns: see `places_of`.
        villages: the villages of the sender's region that the table names, by code.
        known: the indicators that may be told. moment: now.
    """
    plan = Plan()
    seen: dict[tuple[uuid.UUID, str, str], tuple[int, list[Any]]] = {}
    for number, cells in table.rows:
        told = {name: _cell(cells, columns, column) for name, column in FIELDS.items()}
        if all(value is None for value in told.values()):
            plan.empty += 1
            continue
        raw_code = _cell(cells, columns, "kode_indikator")
        code = shown(str(raw_code)).strip().lower() if raw_code is not None else ""
        column = "kode_desa"
        try:
            place = _place(_cell(cells, columns, "kode_desa"), villages)
            column = "bulan"
            first = month(_cell(cells, columns, "bulan"), moment)
            column = "kode_indikator"
            if not code:
                raise Unfit("code", "missing", _("Kode indikatornya kosong."))
            indicator = indicator_of(code, known)
            if (place.id, first.isoformat(), code) in seen:
                raise Unfit("code", "twice", _("Desa, bulan, dan indikator ini sudah ada di baris lain."))
            value = judge(indicator, _numbers(indicator, told), moment)
        except Unfit as unfit:
            plan.strangers += unfit.reason == "other_region"
            column = FIELDS.get(unfit.field, column)
            kept = [_plain(cell) for cell in cells]
            plan.refused.append(BadRow(number, column, unfit.reason, unfit.detail, code, kept))
            continue
        seen[place.id, first.isoformat(), code] = (number, [_plain(cell) for cell in cells])
        plan.figures.append(
            [str(place.id), first.isoformat()[:7], code, value.value, value.numerator, value.denominator,
             list(value.buckets) if value.buckets else None]
        )  # fmt: skip
    _refuse_unequal_sums(plan, seen)
    return plan


def _refuse_unequal_sums(
    plan: Plan, rows: Mapping[tuple[uuid.UUID, str, str], tuple[int, list[Any]]]
) -> None:
    """Take back figures of a village and month that do not add up to the whole beside them."""
    told: dict[tuple[str, str], dict[str, float]] = {}
    for village, month_text, code, value, *_rest in plan.figures:
        told.setdefault((village, month_text), {})[code] = value
    wrong = {place: unequal_sums(values) for place, values in told.items()}
    plan.figures = [one for one in plan.figures if one[2] not in wrong[one[0], one[1]]]
    for (village, first, code), (number, cells) in rows.items():
        sentence = wrong.get((str(village), first[:7]), {}).get(code)
        if sentence:
            plan.refused.append(BadRow(number, FIELDS["value"], "does_not_add_up", sentence, code, cells))
    plan.refused.sort(key=lambda bad: bad.row)


def _cell(cells: Sequence[Any], columns: Mapping[str, int], name: str) -> Any:
    place = columns.get(name)
    cell = cells[place] if place is not None and place < len(cells) else None
    return None if isinstance(cell, str) and cell.strip() in ("", "-", "–") else cell


def _plain(cell: Any) -> Any:
    if isinstance(cell, dict):
        return "#"
    return shown(cell) if isinstance(cell, str) else cell


def _place(raw: Any, villages: Mapping[str, Place]) -> Place:
    code = village_code(raw)
    if not code:
        raise Unfit("village", "wrong_code", _("Kode desa ditulis seperti 18.06.20.2001."))
    place = villages.get(code)
    if place is None:
        raise Unfit("village", "other_region", _("Tidak ada desa dengan kode ini di wilayah Anda."))
    if place.refusal:
        raise Unfit("village", "not_external", place.refusal)
    return place


def village_code(raw: Any) -> str:
    """A village's code as it is written officially (18.06.20.2001), from ten digits in whatever way; else empty."""
    digits = re.sub(r"[.\s]", "", str(raw)) if raw is not None and not isinstance(raw, dict | bool) else ""
    if not re.fullmatch(r"[0-9]{10}", digits):
        return ""
    return f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}"


def month(raw: Any, moment: dt.datetime) -> dt.date:
    """The first day of a month that is written as 2026-11, 11-2026, 11/2026, 2026-11-01, 01/11/2026 or November 2026.

    Raises Unfit, also for a month that is ahead or too long ago.
    """
    text = " ".join(str(raw).lower().split()) if raw is not None and not isinstance(raw, dict) else ""
    year = number = 0
    if found := re.fullmatch(r"([0-9]{4})[-/. ]([0-9]{1,2})([-/.][0-9]{1,2})?", text):
        year, number = int(found[1]), int(found[2])
    elif found := re.fullmatch(r"(?:[0-9]{1,2}[-/.])?([0-9]{1,2})[-/. ]([0-9]{4})", text):
        year, number = int(found[2]), int(found[1])
    elif (found := re.fullmatch(r"([a-z]{3,9})[- ]([0-9]{4})", text)) is not None:
        named = [place for place, name in enumerate(MONTH_NAMES, start=1) if name.startswith(found[1])]
        year, number = int(found[2]), named[0] if len(named) == 1 else 0
    if not 1 <= number <= 12 or not 2000 <= year <= 2100:
        raise Unfit("period", "wrong_month", _("Bulan ditulis seperti 2026-11."))
    first = dt.date(year, number, 1)
    if not is_due(first, moment):
        raise Unfit(
            "period",
            "month_not_taken",
            _("Hanya bulan ini dan %(count)s bulan sebelumnya yang diterima.", count=MONTHS_BACK),
        )
    return first


def _numbers(indicator: Indicator, told: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, cell in told.items():
        if cell is None:
            continue
        if name == "buckets":
            found[name] = [parsed_number(part, name) for part in re.split(r"[\s|/]+", str(cell).strip())]
        elif name == "value" and indicator.unit == "date":
            found[name] = _seconds(cell)
        elif name == "value" and indicator.unit == "yes_no":
            found[name] = _yes_or_no(cell)
        else:
            found[name] = parsed_number(cell, name)
    return found


def parsed_number(cell: Any, field: str) -> float:
    """A number as Indonesians write it: 1.234,5 · 1234,5 · 1.234 · Rp1.234.000; also 0.75 and 1,234.5. Raises Unfit.

    A single point before three digits separates thousands (1.234 is one thousand two hundred and thirty-four), unless
    it follows a zero; a single comma is always the decimal one.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    text = re.sub(r"\s", "", cell) if isinstance(cell, str) else ""
    text = re.sub(r"^([-−]?)(?:rp\.?)", r"\1", text, flags=re.IGNORECASE).replace("−", "-")
    if re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?", text) and not re.match(r"-?0\.", text):
        return float(text.replace(".", "").replace(",", "."))
    if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+", text) or re.fullmatch(
        r"-?[0-9]{1,3}(,[0-9]{3}){2,}", text
    ):
        return float(text.replace(",", ""))
    if re.fullmatch(r"-?[0-9]{1,18}([.,][0-9]{1,12})?", text):
        return float(text.replace(",", "."))
    raise Unfit(
        field,
        "not_a_number",
        _("“%(text)s” bukan angka. Tulis seperti 1.234 atau 12,5.", text=shown(str(_plain(cell)))[:40]),
    )


def _seconds(cell: Any) -> float:
    for pattern in ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"):
        try:
            day = dt.datetime.strptime(str(cell).strip(), pattern)  # noqa: DTZ007 - the zone is put on below
        except ValueError:
            continue
        if day.year >= 2000:
            return day.replace(tzinfo=ZONE).timestamp()
    raise Unfit("value", "not_a_moment", _("Tanggal ditulis seperti 2026-11-22 atau 22-11-2026."))


def _yes_or_no(cell: Any) -> float:
    if isinstance(cell, bool):
        return float(cell)
    word = str(cell).strip().lower()
    if word in ("ya", "sudah", "true"):
        return 1.0
    if word in ("tidak", "belum", "false"):
        return 0.0
    return parsed_number(cell, "value")
