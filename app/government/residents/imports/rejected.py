"""The rejected rows as a workbook: every column as it was sent, and beside it why the row was not taken."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import IO, Any

from flask_babel import gettext as _

from app.core.tables import Cell, Column, write_workbook
from app.government.residents.imports.presenting import CONFLICTS, field_words


def rejected_workbook(
    header: Sequence[str],
    sent: Iterable[Sequence[Any]],
    lines: Iterable[Mapping[str, Any]],
    conflicts: Iterable[Sequence[Any]],
    hidden: Collection[int] = (),
) -> IO[bytes]:
    """Write it and return the file at its beginning; the caller closes it.

    Args:
        header: the headings. sent: `[row number, [cells…]]` as they were read. lines: the preview's rejected lines.
        conflicts: (row number, code) of rows that were left out when the rest was applied.
        hidden: numbers of columns that the reader may not see.
    """
    reasons: dict[int, str] = {}
    for line in lines:
        reasons[line["n"]] = " ".join(f"{field_words(name)}: {sentence}" for name, sentence in line["errors"])
    for number, code in conflicts:
        reasons[number] = str(CONFLICTS.get(code, code))
    shown = [number for number in range(len(header)) if number not in hidden]
    columns = [
        Column(_("Alasan penolakan"), width=60),
        Column(_("Baris semula"), "number", 12),
        *(Column(str(header[number]), width=18) for number in shown),
    ]

    def rows() -> Any:
        for row, cells in sent:
            if row in reasons:
                kept = (cells[number] if number < len(cells) else None for number in shown)
                yield [reasons[row], row, *(_cell(cell) for cell in kept)]

    return write_workbook(_("Ditolak"), columns, rows())


def _cell(cell: Any) -> Cell:
    """Text, so that no digit is lost when the workbook is opened, saved and sent again; an unknown value is empty."""
    if cell is None or isinstance(cell, dict):
        return None
    text = str(cell)
    return None if text.strip() in ("", "-") else text
