"""The rejected rows as a workbook: every column as it was sent, and beside it why the row was not taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any

from flask_babel import gettext as _

from app.core.tables import Cell, Column, write_workbook
from app.government.residents.imports.presenting import CONFLICTS, field_words

REASON, ROW = "Alasan penolakan", "Baris semula"


def rejected_workbook(
    table: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], conflicts: Sequence[Sequence[Any]]
) -> IO[bytes]:
    """Write it and return the file at its beginning; the caller closes it.

    Args:
        table: header and rows as they were read. lines: the preview's rejected lines.
        conflicts: (row number, code) of rows that were left out when the rest was applied.
    """
    reasons: dict[int, str] = {}
    for line in lines:
        reasons[line["n"]] = " ".join(f"{field_words(name)}: {sentence}" for name, sentence in line["errors"])
    for number, code in conflicts:
        reasons[number] = str(CONFLICTS.get(code, code))
    header = [str(text) for text in table["header"]]
    columns = [
        Column(REASON, width=60),
        Column(ROW, "number", 12),
        *(Column(text, width=18) for text in header),
    ]

    def rows() -> Any:
        for number, cells in table["rows"]:
            if number in reasons:
                shown: list[Cell] = [_cell(cell) for cell in cells]
                yield [reasons[number], number, *shown, *[None] * (len(header) - len(shown))]

    return write_workbook(_("Ditolak"), columns, rows())


def _cell(cell: Any) -> Cell:
    """Text, so that no digit is lost when the workbook is opened, saved and sent again."""
    if cell is None or isinstance(cell, dict):
        return None
    return str(cell)
