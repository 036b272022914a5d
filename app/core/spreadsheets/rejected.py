"""Rows that were not taken, as a workbook to be corrected and sent again: the reason, then the row as it was sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from flask_babel import gettext as _

from app.core.tables import Cell, Column, write_workbook

OWN_HEADINGS = ("Alasan", "Baris semula")


def rejected_rows(
    header: Sequence[str], rows: Iterable[tuple[int, str, Sequence[Any]]], *, sheet: str, about: str = ""
) -> IO[bytes]:
    """Write them and return the file at its beginning; the caller closes it.

    Args:
        header: the headings of the columns that were sent.
        rows: the row's number in the file that was sent, why it was not taken, its cells in the order of `header`.
        sheet: the sheet's name. about: a line above the headings.
    """
    columns = [
        Column(_("Alasan"), width=60),
        Column(_("Baris semula"), "number", 12),
        *(Column(str(heading), width=20) for heading in header),
    ]

    def lines() -> Iterator[Sequence[Cell]]:
        for number, reason, cells in rows:
            shown = [as_text(cells[at]) if at < len(cells) else None for at in range(len(header))]
            yield [reason, number, *shown]

    return write_workbook(sheet, columns, lines(), about)


def as_text(cell: Any) -> Cell:
    """A cell as text, so that no digit is lost when the file is saved and sent again; what has no value is empty."""
    return None if cell is None or isinstance(cell, dict) else str(cell)
