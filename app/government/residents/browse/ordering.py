"""Order and pages of lists: along a key, never by page numbers.

A page begins behind the last row of the one before. Where that was is a cursor: the row's sort values and id, sealed
for the village, since a name has no place in an address. One that does not open (tampered with, of another order) is
the first page.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Integer, Select, Text, Uuid, column, func, literal, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from app.core.privacy.keys import UnknownKey
from app.core.privacy.vault import SealBroken, Vault
from app.government.residents.models import Household, Resident

Direction = Literal["after", "before"]
LONGEST_CURSOR = 2000
HEAD = aliased(Resident, name="head")
"""The head of a resident's household, for those who join it."""
_FIRST_DAY, _LAST_DAY = dt.date(1, 1, 1), dt.date(9999, 12, 31)
_NOBODY = uuid.UUID(int=0)
_LAST_RANK = 1_000_000
_RANK = column("area_rank", Integer)


@dataclass(frozen=True, slots=True)
class SortKey:
    """What a list is sorted by: expressions that are never null (the id last), and which way."""

    name: str
    columns: Sequence[Any]
    descending: bool = False

    def labelled(self) -> list[ColumnElement[Any]]:
        """The expressions as columns `key_0`, `key_1`, … of a select."""
        return [column.label(f"key_{number}") for number, column in enumerate(self.columns)]

    def values_of(self, row: Any) -> list[Any]:
        """The sort values of a row that was selected with `labelled`."""
        return [getattr(row, f"key_{number}") for number in range(len(self.columns))]


def resident_key(sort: str) -> SortKey:
    """The key of one of `filters.SORTS`; what is unknown stands last either way, equal names stand by their ids."""
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    person = func.upper(Resident.name, type_=Text)
    if name == "age":
        descending = not descending
    unknown_day = _FIRST_DAY if descending else _LAST_DAY
    columns: dict[str, tuple[Any, ...]] = {
        "name": (person,),
        "birth_date": (func.coalesce(Resident.birth_date, unknown_day), person),
        "age": (func.coalesce(Resident.birth_date, unknown_day), person),
        "area": (func.coalesce(_RANK, -1 if descending else _LAST_RANK), person),
        "household": (
            func.coalesce(func.upper(HEAD.name, type_=Text), person),
            func.coalesce(Resident.household_id, _NOBODY),
            Resident.household_order,
        ),
        "updated_at": (Resident.updated_at,),
    }
    return SortKey(name, (*columns[name], Resident.id), descending)


def household_key(sort: str) -> SortKey:
    """The key of one of `household_filters.SORTS`; HEAD is joined. A household without a head stands last."""
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    unknown = "" if descending else "\U0010ffff"
    head = func.coalesce(func.upper(HEAD.name, type_=Text), literal(unknown, Text))
    unknown_day = _FIRST_DAY if descending else _LAST_DAY
    columns: dict[str, tuple[Any, ...]] = {
        "head": (head,),
        "area": (func.coalesce(_RANK, -1 if descending else _LAST_RANK), head),
        "issued_on": (func.coalesce(Household.issued_on, unknown_day), head),
        "updated_at": (Household.updated_at,),
    }
    return SortKey(name, (*columns[name], Household.id), descending)


def joined_for(query: Select[Any], key: SortKey, areas: Sequence[uuid.UUID], area: Any) -> Select[Any]:
    """`query` with what the key's expressions refer to: the place of each area in the village's own order.

    Args:
        areas: all areas in that order. area: the column that holds a row's area.
    """
    if key.name != "area":
        return query
    order = func.unnest(literal(list(areas), ARRAY(Uuid)))
    ranks = order.table_valued(
        column("area_id", Uuid), with_ordinality="area_rank", name="ranks"
    ).render_derived()
    return query.outerjoin(ranks, ranks.c.area_id == area)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: behind (`after`) or in front of (`before`) a row with these sort values."""

    direction: Direction
    values: Sequence[Any]


def paged(query: Select[Any], key: SortKey, cursor: Cursor | None, size: int) -> Select[Any]:
    """`query` in order, from the cursor on, with one row more than a page has."""
    backwards = cursor is not None and cursor.direction == "before"
    ascending = key.descending == backwards
    if cursor is not None:
        stood = tuple_(*(literal(v, c.type) for v, c in zip(cursor.values, key.columns, strict=True)))
        here = tuple_(*key.columns)
        query = query.where(here > stood if ascending else here < stood)
    ordered = (column.asc() if ascending else column.desc() for column in key.columns)
    return query.order_by(*ordered).limit(size + 1)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows, with the cursors of the pages around it; None at the ends."""

    rows: list[Any]
    after: str | None = None
    before: str | None = None
    is_whole: bool = False
    """Whether these rows are the whole list."""


def page_of(rows: Sequence[Any], key: SortKey, cursor: Cursor | None, size: int, vault: Vault) -> Page:
    """The page out of the up to `size` + 1 rows that `paged` gave."""
    backwards = cursor is not None and cursor.direction == "before"
    shown, more = list(rows[:size]), len(rows) > size
    if backwards:
        shown.reverse()
    if not shown:
        return Page([], is_whole=cursor is None)
    has_next = True if backwards else more
    has_previous = more if backwards else cursor is not None
    return Page(
        shown,
        seal_cursor(vault, key, shown[-1]) if has_next else None,
        seal_cursor(vault, key, shown[0]) if has_previous else None,
        cursor is None and not more,
    )


def seal_cursor(vault: Vault, key: SortKey, row: Any) -> str:
    """The cursor of a row as text for an address."""
    values = [_kept(value) for value in key.values_of(row)]
    return base64.urlsafe_b64encode(vault.seal_json(values, _bound(key))).decode().rstrip("=")


def open_cursor(vault: Vault, key: SortKey, after: str, before: str) -> Cursor | None:
    """What an address says of where the page begins; None is the first page."""
    text, direction = (before, "before") if before else (after, "after")
    if not text or len(text) > LONGEST_CURSOR:
        return None
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        kept = vault.open_json(sealed, _bound(key))
        values = [_restored(v, c) for v, c in zip(kept, key.columns, strict=True)]
    except (binascii.Error, SealBroken, UnknownKey, ValueError, TypeError):
        return None
    return Cursor("before" if direction == "before" else "after", values)


def _bound(key: SortKey) -> str:
    return f"cursor:{key.name}:{key.descending:d}"


def _kept(value: Any) -> Any:
    return value if isinstance(value, int | str) else str(value)


def _restored(value: Any, column: ColumnElement[Any]) -> Any:
    wanted = column.type.python_type
    read: dict[type, Callable[[str], Any]] = {
        uuid.UUID: uuid.UUID,
        dt.date: dt.date.fromisoformat,
        dt.datetime: dt.datetime.fromisoformat,
    }
    return read[wanted](str(value)) if wanted in read else wanted(value)
