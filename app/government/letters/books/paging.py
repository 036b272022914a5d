"""Lists read along a key, both ways: a cursor is the key of the row that the next page begins behind."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy import Select, tuple_

from app.extensions import db

Row = TypeVar("Row")
Kind = Literal["day", "number", "id"]
LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows, newest first; `older` and `newer` are the cursors to go on from, empty at the ends."""

    rows: Sequence[Row]
    older: str = ""
    newer: str = ""


@dataclass(frozen=True, slots=True)
class Key(Generic[Row]):
    """What a list is ordered by: columns with their kinds, and how a row says its own."""

    columns: tuple[tuple[Any, Kind], ...]
    of: Callable[[Row], tuple[Any, ...]]

    def cursor(self, row: Row) -> str:
        """The cursor of a row."""
        return "_".join(f"{value}" for value in self.of(row))

    def read(self, cursor: str) -> tuple[Any, ...] | None:
        """The values that a cursor names; None when it is none of this list."""
        parts = cursor.split("_")
        if len(parts) != len(self.columns):
            return None
        try:
            return tuple(_read(kind, part) for (_column, kind), part in zip(self.columns, parts, strict=True))
        except ValueError:
            return None

    def page(self, query: Select[Any], *, older: str = "", newer: str = "", size: int = 50) -> Page[Row]:
        """One page of `query`, newest first, in one select; a cursor that makes no sense counts as none."""
        columns = [column for column, _kind in self.columns]
        behind, before = self.read(older), self.read(newer)
        if before is not None:
            query = query.where(tuple_(*columns) > tuple_(*before)).order_by(*columns)
        elif behind is not None:
            query = query.where(tuple_(*columns) < tuple_(*behind))
        if before is None:
            query = query.order_by(*(column.desc() for column in columns))
        rows = list(db.session.scalars(query.limit(size + 1)))
        more, shown = len(rows) > size, rows[:size]
        if before is not None:
            shown.reverse()
        if not shown:
            return Page(())
        has_older = True if before is not None else more
        has_newer = more if before is not None else behind is not None
        return Page(
            shown,
            self.cursor(shown[-1]) if has_older else "",
            self.cursor(shown[0]) if has_newer else "",
        )


def _read(kind: Kind, text: str) -> Any:
    if kind == "day":
        return dt.date.fromisoformat(text)
    if kind == "id":
        return uuid.UUID(text)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else -1
    if not 0 <= number <= LARGEST:
        raise ValueError(text)
    return number
