"""Long tables written row by row, to a file on disk: memory stays flat however many rows there are."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from typing import IO, Any
from xml.sax.saxutils import escape

from app.core.tables import IN_MEMORY

RISKY = ("=", "+", "-", "@", "\t", "\r")
LONGEST_CELL = 32_000
_NOT_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535, *range(55296, 57344)))
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

_STYLES = (
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf fontId="0"/><xf fontId="1" applyFont="1"/></cellXfs>'
)

Cell = str | int | float | None


def escaped(text: str) -> str:
    """Text that no spreadsheet takes for a formula. `imports.values.unescaped` gives back the very same text.

    An apostrophe stands in front of what begins with =, +, -, @, tab or return, also behind apostrophes of its own.
    """
    clean = text.translate(_NOT_XML)[:LONGEST_CELL]
    return f"'{clean}" if clean.lstrip("'").startswith(RISKY) else clean


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    """Write a CSV file (UTF-8 with its mark, semicolons) and return it at its beginning; the caller closes it."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([escaped(heading) for heading in header])
    for row in rows:
        writer.writerow(
            ["" if cell is None else escaped(cell) if isinstance(cell, str) else cell for cell in row]
        )
    text.flush()
    text.detach()
    file.seek(0)
    return file


def write_xlsx(sheet: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    """Write a workbook of one sheet and return it at its beginning; the caller closes it.

    Every cell holds its own text, so no table of texts is kept in memory.
    """
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, content in _frame(sheet).items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as page:
            page.write(_beginning(len(header)).encode())
            letters = [_letters(number) for number in range(1, len(header) + 1)]
            page.write(_row(1, letters, [escaped(heading) for heading in header], style=' s="1"').encode())
            pending: list[str] = []
            for number, row in enumerate(rows, start=2):
                pending.append(_row(number, letters, row))
                if len(pending) >= 200:
                    page.write("".join(pending).encode())
                    pending.clear()
            page.write("".join(pending).encode() + b"</sheetData></worksheet>")
    file.seek(0)
    return file


def _row(number: int, letters: Sequence[str], cells: Sequence[Cell], style: str = "") -> str:
    parts = [f'<row r="{number}">']
    for letter, cell in zip(letters, cells, strict=True):
        if cell is None or cell == "":
            continue
        if isinstance(cell, str):
            text = escape(escaped(cell) if not style else cell)
            parts.append(
                f'<c r="{letter}{number}"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
            )
        else:
            parts.append(f'<c r="{letter}{number}"><v>{cell}</v></c>')
    parts.append("</row>")
    return "".join(parts)


def _beginning(columns: int) -> str:
    pane = '<pane xSplit="1" ySplit="1" topLeftCell="B2" activePane="bottomRight" state="frozen"/>'
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        f'<cols><col min="1" max="{max(1, columns)}" width="18" customWidth="1"/></cols><sheetData>'
    )


def _letters(column: int) -> str:
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _frame(sheet: str) -> dict[str, str]:
    """The parts of a workbook around its one sheet; style 1 is a bold heading."""
    name = escape(sheet[:31], {'"': "&quot;"})
    parts: dict[str, Any] = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
        f'<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{_STYLES}</styleSheet>',
    }  # fmt: skip
    return {path: _HEAD + content for path, content in parts.items()}
