"""What is kept of a file's table besides its rows: first values of each column, and how exact its long numbers are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from app.core.spreadsheets import Table
from app.government.residents.derive import masked
from app.government.residents.imports.values import EXACT

SAMPLES = 3
LOOKED_AT = 200
LONG = 10**15
_LONG_TEXT = re.compile(r"[0-9]{10,}")


def kept_table(table: Table) -> dict[str, Any]:
    """The table without its rows, as plain data: `sheet`, `sheets`, `header`, `rows` (how many), `samples`, `long`."""
    return {
        "sheet": table.sheet,
        "sheets": [(sheet.name, sheet.hidden) for sheet in table.sheets],
        "header": table.header,
        "rows": len(table.rows),
        "samples": samples(table.header, table.rows),
        "long": long_numbers(table.rows),
    }


def samples(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    """The first different values of each column; long numbers are masked."""
    found: list[list[str]] = [[] for _heading in header]
    for _number, cells in rows[:LOOKED_AT]:
        for several, cell in zip(found, cells, strict=False):
            if cell is not None and len(several) < SAMPLES:
                text = _sample(cell)
                if text not in several:
                    several.append(text)
    return found


def _sample(cell: Any) -> str:
    if isinstance(cell, dict):
        return "#"
    return _LONG_TEXT.sub(
        lambda found: masked(found[0]) if len(found[0]) == 16 else "•" * len(found[0]), str(cell)[:40]
    )


def long_numbers(rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """For columns with numbers of 16 digits one that kept its last digit, else any of them (see `values`)."""
    found: dict[str, list[Any]] = {}
    exact: set[int] = set()
    for _row, cells in rows:
        for number, cell in enumerate(cells):
            if cell.__class__ in (int, float) and cell >= LONG and number not in exact:
                if cell <= EXACT and cell % 10:
                    exact.add(number)
                    found[str(number)] = [cell]
                else:
                    found.setdefault(str(number), [cell])
    return found
