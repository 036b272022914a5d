"""Tables as spreadsheets: written row by row, so that memory stays flat however long they are."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Literal
from zoneinfo import ZoneInfo

import xlsxwriter

ZONE = ZoneInfo("Asia/Jakarta")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IN_MEMORY = 2 * 1024 * 1024
RISKY = ("=", "+", "-", "@", "\t", "\r")
LONGEST_CELL = 32_000

Cell = str | int | float | dt.datetime | dt.date | None
Shape = Literal["text", "number", "decimal", "percent", "moment", "date"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, the shape of its cells, its width in characters."""

    heading: str
    shape: Shape = "text"
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook: its name (at most 31 characters), its columns and rows, and a line above the headings."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    about: str = ""


FORMATS: dict[str, str] = {
    "number": "#,##0",
    "percent": "0%",
    "decimal": "#,##0.0",
    "moment": "dd/mm/yyyy hh:mm",
    "date": "dd/mm/yyyy",
}


def harmless(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula, also after it was saved as CSV and opened again."""
    clean = text.replace("\x00", "")[:LONGEST_CELL]
    return f"'{clean}" if clean.startswith(RISKY) else clean


def write_workbook(
    sheet: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], about: str = ""
) -> IO[bytes]:
    """Write one sheet and return the file, at its beginning; the caller closes it.

    Args:
        sheet: the sheet's name (at most 31 characters).
        columns: headings and shapes.
        rows: cells in the order of the columns. Moments are shown in the time of the province (WIB).
        about: a line above the headings, such as what was chosen and when.
    """
    return write_sheets([Sheet(sheet, columns, rows, about)])


def write_sheets(sheets: Sequence[Sheet]) -> IO[bytes]:
    """Write a workbook of several sheets, one after another, and return the file at its beginning."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    book = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "remove_timezone": True,
        },
    )
    bold = book.add_format({"bold": True, "bottom": 1})
    formats = {shape: book.add_format({"num_format": code}) for shape, code in FORMATS.items()}
    for sheet in sheets:
        _write_sheet(book.add_worksheet(sheet.name[:31]), sheet, bold, formats)
    book.close()
    file.seek(0)
    return file


def _write_sheet(
    page: xlsxwriter.worksheet.Worksheet,
    sheet: Sheet,
    bold: xlsxwriter.format.Format,
    formats: Mapping[str, xlsxwriter.format.Format],
) -> None:
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, column.width)
    top = 0
    if sheet.about:
        page.write_string(0, 0, harmless(sheet.about))
        top = 2
    for number, column in enumerate(sheet.columns):
        page.write_string(top, number, column.heading, bold)
    page.freeze_panes(top + 1, 1)
    for line, row in enumerate(sheet.rows, start=top + 1):
        for number, (column, cell) in enumerate(zip(sheet.columns, row, strict=True)):
            _write(page, line, number, cell, formats.get(column.shape))


def _write(
    page: xlsxwriter.worksheet.Worksheet,
    line: int,
    number: int,
    cell: Cell,
    look: xlsxwriter.format.Format | None,
) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, dt.datetime):
        page.write_datetime(line, number, cell.astimezone(ZONE).replace(tzinfo=None), look)
    elif isinstance(cell, dt.date):
        page.write_datetime(line, number, dt.datetime.combine(cell, dt.time()), look)
    elif isinstance(cell, int | float):
        page.write_number(line, number, cell, look)
    else:
        page.write_string(line, number, harmless(cell))
