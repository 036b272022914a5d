"""From a cell to a value: the formats of villages' files made into what the register's schemas take.

The schemas' own fields decide what is valid; a cell is only brought into their form. Equal cells of a column are read
once. An empty cell, and "-", say nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields

from app.core.forms import Email, Phone
from app.government.residents.imports.columns import BY_NAME, Target
from app.government.residents.register.schemas import (
    Code,
    Date,
    HouseholdSchema,
    ResidentSchema,
    Sixteen,
    Text,
)

EXACT = 2**53
"""Whole numbers up to this one are exact in a spreadsheet's cell."""
EPOCH = dt.date(1899, 12, 30)
SERIALS = (1, 80_000)
RISKY = ("=", "+", "-", "@", "\t", "\r")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[-/][0-9]{1,2}[-/][0-9]{4})[ T][0-9:.]+Z?")
_NO_DAY = re.compile(r"0{1,4}[-/]0{1,2}[-/]0{1,4}")

Found = tuple[Any, str]
"""What a cell says, and what is wrong with it; (None, "") for an empty one."""
EMPTY: Found = (None, "")


class Order(fields.Field[int | None]):
    """A place in the family card, 0 (unsaid) to 999."""

    def __init__(self) -> None:
        super().__init__(allow_none=True)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> int | None:
        text = str(value).strip().removesuffix(".0")
        if not re.fullmatch(r"[0-9]{1,3}", text):
            raise ValidationError(_l("Urutan adalah angka 1 sampai 999."))
        return int(text)


class Area(fields.Field[str]):
    """The name of a sub-area, or the number of an RW or RT as three digits."""

    def __init__(self, kind: str) -> None:
        super().__init__(allow_none=True)
        self.kind = kind

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = " ".join(str(value).split()).removesuffix(".0")
        if self.kind == "sub_area":
            if len(text) > 60:
                raise ValidationError(_l("Nama wilayah paling banyak 60 huruf."))
            return text
        number = re.fullmatch(rf"(?:{self.kind}\.?\s*)?0*([0-9]{{1,3}})", text, re.IGNORECASE)
        if number is None:
            raise ValidationError(
                _l("%(kind)s ditulis dengan nomornya saja, 1 sampai 999.", kind=self.kind.upper())
            )
        return f"{int(number[1]):03d}" if int(number[1]) else ""


@dataclass(slots=True)
class ColumnReader:
    """Reads the cells of one column.

    numbers_are_exact: whether its whole numbers of 16 digits kept their last one.
    """

    target: Target
    field: fields.Field[Any]
    numbers_are_exact: bool = True
    _seen: dict[Any, Found] | None = None

    def read(self, cell: Any) -> Found:
        """What a cell says."""
        if cell is None or cell == "-" or cell == "":
            return EMPTY
        if isinstance(cell, dict):
            return None, _broken(str(cell.get("bad", "")))
        if self._seen is None:
            return self._read(cell)
        key = (cell.__class__, cell)
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = self._read(cell)
        return found

    def _read(self, cell: Any) -> Found:
        value = prepared(cell, self.field, self.numbers_are_exact)
        if value is None:
            return EMPTY
        try:
            found = self.field.deserialize(value)
        except ValidationError as error:
            told = error.messages if isinstance(error.messages, list) else [error.messages]
            return None, " ".join(str(message) for message in told)
        return (None if found == "" else found), ""


def prepared(cell: Any, field: fields.Field[Any], numbers_are_exact: bool = True) -> Any:
    """A cell as the schema's field takes it; None when it says nothing."""
    if cell is None:
        return None
    if isinstance(cell, str):
        cell = unescaped(cell).strip()
        if cell in ("", "-"):
            return None
    if isinstance(field, Sixteen) and isinstance(cell, int | float) and not isinstance(cell, bool):
        is_long = cell >= 10**15
        return float(cell) if is_long and (cell > EXACT or not numbers_are_exact) else str(int(cell))
    if isinstance(field, Date):
        return _day(cell)
    if isinstance(field, Code) and not field.required and str(cell).strip() in ("0", "0.0"):
        return None
    if isinstance(field, Phone | Email):
        return _contact(cell, isinstance(field, Phone))
    return cell


def _day(cell: Any) -> Any:
    """A day in one of the known forms: text as people and programs write it, or Excel's count of days since 1900."""
    if isinstance(cell, bool):
        return str(cell)
    text = str(int(cell) if isinstance(cell, float) else cell)
    if re.fullmatch(r"[0-9]{1,5}", text) and (isinstance(cell, int | float) or len(text) == 5):
        days = int(text)
        if days == 0:
            return None
        return (EPOCH + dt.timedelta(days=days)).isoformat() if SERIALS[0] <= days <= SERIALS[1] else text
    if _NO_DAY.fullmatch(text):
        return None
    moment = _MOMENT.fullmatch(text)
    return moment[1] if moment else text


def _contact(cell: Any, is_phone: bool) -> Any:
    text = str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell)
    if text.strip("0 -") == "":
        return None
    return f"0{text}" if is_phone and re.fullmatch(r"8[0-9]{7,12}", text) else text


def unescaped(text: str) -> str:
    """Text without the apostrophe that keeps spreadsheets from taking it for a formula (see `exports.exchange`)."""
    if text.startswith("'") and text.lstrip("'").startswith(RISKY):
        return text[1:]
    return text


def _broken(what: str) -> str:
    if what == "formula":
        return str(_("Sel ini berisi rumus yang belum dihitung. Ganti dengan nilainya."))
    return str(_("Sel ini berisi galat lembar kerja, seperti #REF! atau #N/A. Ganti dengan nilainya."))


def _fields() -> dict[str, fields.Field[Any]]:
    resident, household = ResidentSchema().fields, HouseholdSchema().fields
    own: dict[str, fields.Field[Any]] = {
        "household.order": Order(),
        "household.key": Text(longest=40),
        **{
            f"{prefix}area.{kind}": Area(kind)
            for prefix in ("", "household.")
            for kind in ("sub_area", "rw", "rt")
        },
    }
    found: dict[str, fields.Field[Any]] = {}
    for name, target in BY_NAME.items():
        if name in own:
            found[name] = own[name]
        else:
            found[name] = (household if target.kind == "household" else resident)[target.field]
    return found


def column_readers(columns: Mapping[int, str], cells_of: Callable[[int], Any]) -> dict[int, ColumnReader]:
    """A reader for each column that is mapped.

    Args:
        columns: column number → target. cells_of: gives the cells of a column, for those whose numbers may be damaged.
    """
    known = _fields()
    readers = {}
    for number, name in columns.items():
        field = known[name]
        is_long = isinstance(field, Sixteen)
        exact = not is_long or _keeps_last_digit(cells_of(number))
        readers[number] = ColumnReader(BY_NAME[name], field, exact, None if is_long else {})
    return readers


def _keeps_last_digit(cells: Any) -> bool:
    """Whether numbers of 16 digits kept their last one: Excel makes it 0, other programs do not."""
    long = [
        cell
        for cell in cells
        if isinstance(cell, int | float) and not isinstance(cell, bool) and cell >= 10**15
    ]
    return not long or any(cell % 10 for cell in long if cell <= EXACT)
