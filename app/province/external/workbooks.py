"""Files for villages without an API: the form to fill in, and what was not taken."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

import xlsxwriter
from flask_babel import gettext as _

from app.core.indicators.declarations import Indicator
from app.core.tables import Cell, Column, harmless, write_workbook
from app.province.external.presenting import how_told, unit_words
from app.province.external.sheets import COLUMNS
from app.province.wording import label

MOST_ROWS = 40_000
"""Above this the form names the villages once, and each copies the rows that it needs."""
SHEET = "Angka"


def template_rows(
    villages: Sequence[tuple[str, str]], indicators: Sequence[Indicator], month: str
) -> Iterator[list[str]]:
    """The form's rows: what is to be filled in stays empty; the last two cells are for people."""
    if len(villages) * len(indicators) > MOST_ROWS:
        for code, name in villages:
            yield [code, month, "", "", "", "", "", name, ""]
        return
    for code, name in villages:
        for one in indicators:
            yield [code, month, one.code, "", "", "", "", name, label(one)]


def headings() -> list[str]:
    """The columns of the form; the last two are not read."""
    return [*COLUMNS, "nama_desa", "nama_indikator"]


def template_csv(villages: Sequence[tuple[str, str]], indicators: Sequence[Indicator], month: str) -> bytes:
    """The form as text that Excel opens in Indonesia: semicolons, UTF-8 with its mark."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings())
    writer.writerows([harmless(cell) for cell in row] for row in template_rows(villages, indicators, month))
    return text.getvalue().encode("utf-8-sig")


def template_workbook(
    villages: Sequence[tuple[str, str]], indicators: Sequence[Indicator], month: str
) -> IO[bytes]:
    """The form as a workbook with a sheet that says what each indicator wants; the caller closes it."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold, text = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
    quiet = book.add_format({"font_color": "#6b7280"})
    page = book.add_worksheet(SHEET)
    page.set_column(0, 2, 22, text)
    page.set_column(3, 6, 14)
    page.set_column(7, 8, 34, quiet)
    page.write_row(0, 0, headings(), bold)
    page.freeze_panes(1, 0)
    for number, row in enumerate(template_rows(villages, indicators, month), start=1):
        for column, cell in enumerate(row):
            if cell:
                page.write_string(number, column, harmless(cell), quiet if column > 6 else text)
    about = book.add_worksheet(str(_("Petunjuk")))
    about.set_column(0, 0, 30)
    about.set_column(1, 1, 44)
    about.set_column(2, 3, 60)
    about.write_row(0, 0, [_("Kode indikator"), _("Nama"), _("Satuan"), _("Cara mengisi")], bold)
    for number, one in enumerate(indicators, start=1):
        about.write_row(number, 0, [one.code, label(one), unit_words(one), how_told(one)])
    book.close()
    file.seek(0)
    return file


def rejected_workbook(header: Sequence[str], refused: Iterable[Mapping[str, Any]]) -> IO[bytes]:
    """Rows that were not taken, as they were sent, each with its reason in front; the caller closes it."""
    columns = [
        Column(_("Alasan penolakan"), width=60),
        Column(_("Baris semula"), "number", 12),
        Column(_("Kolom"), width=16),
        *(Column(str(heading), width=18) for heading in header),
    ]

    def rows() -> Iterator[list[Cell]]:
        for bad in refused:
            cells = [None if cell is None else str(cell) for cell in bad["cells"][: len(header)]]
            yield [bad["detail"], bad["row"], bad["column"], *cells, *([None] * (len(header) - len(cells)))]

    return write_workbook(str(_("Ditolak")), columns, rows())
