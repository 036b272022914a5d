"""Run as a program of its own, never imported by the application: reads one spreadsheet and writes it as lines of JSON.

Standard input: the file. Argument: a JSON object (`known`: words that headings are made of, `sheet`: the wanted sheet
or null, `max_rows`, `max_columns`). Standard output: a first line about the file and its header row, then a line
`[row number, [cells…]]` for each row that is not empty, then `{"end": rows}`; or one line `{"refused": code, …}`. A
cell is text, a number, true or false, null, or `{"bad": "formula"}` for a formula without a result, `{"bad": "error"}`
for an error value. Dates are text (2026-11-22). It limits its own memory, time and files before it touches the input,
and whoever starts it kills it when it takes too long.
"""

from __future__ import annotations

import csv  # noqa: F401 - what is needed later is loaded before files are closed to it
import datetime as dt
import encodings.cp437
import encodings.cp1252
import encodings.utf_8_sig
import encodings.utf_16
import encodings.utf_16_be
import encodings.utf_16_le  # noqa: F401
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

if TYPE_CHECKING:
    from app.core.spreadsheets import containers, tables
else:
    import containers
    import tables

MEMORY_BYTES = 640 * 1024 * 1024
CPU_SECONDS = 20
MAX_CELLS = 6_000_000
MAX_OUTPUT_BYTES = 64 * 1024 * 1024
LONGEST_CELL = 4000
MAX_SHEETS = 40
LOOK_FOR_HEADER = 30

Row = tuple[int, list[Any]]
Refused = containers.Refused


def main() -> int:
    """Read, check, write. Returns the exit code; a refusal is an answer, not a failure."""
    from python_calamine import CalamineWorkbook

    data = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    order = json.loads(sys.argv[1])
    try:
        _answer(data, order, CalamineWorkbook)
    except Refused as refusal:
        _write({"refused": refusal.code, **refusal.details})
    except tables.NoText:
        _write({"refused": "not_spreadsheet"})
    except tables.DamagedText as damage:
        _write({"refused": "damaged_text", "row": damage.args[0]})
    except MemoryError:
        _write({"refused": "too_large"})
    sys.stdout.buffer.flush()
    return 0


def _answer(data: bytes, order: dict[str, Any], workbook: Any) -> None:
    kind = containers.kind_of(data)
    if kind == "csv":
        encoding, delimiter, rows = tables.read_csv(data)
        found = tables.find_header(_first(rows), order["known"])
        if order["is_workbook"] and order["known"] and not found.score:
            raise Refused("not_workbook")
        sheets = [{"name": "", "hidden": False}]
        about = {"encoding": encoding, "delimiter": delimiter}
        _emit(found, tables.read_csv(data)[2], sheets, "", about, order)
        return
    seen = containers.inspect(data, kind, order["max_rows"])
    book = _opened(data, workbook)
    names = [(sheet.name, "Visible" not in str(sheet.visible)) for sheet in book.sheets_metadata
             if "WorkSheet" in str(sheet.typ)][:MAX_SHEETS]  # fmt: skip
    if not names:
        raise Refused("empty")
    best: tuple[int, str, Any] | None = None
    far = None
    for name, hidden in names:
        if order["sheet"] is not None and name != order["sheet"]:
            continue
        if name in seen and seen[name].far:
            far = far or Refused("far_cell", sheet=name, cell=seen[name].far)
            continue
        page = _sheet(book, name)
        found = tables.find_header(_first(_cells(page, {})), order["known"], _merged(page))
        score = found.score * 10 + (page.total_height > 1) * 2 - hidden * 5
        if found.header and (best is None or score > best[0]):
            best = (score, name, found)
    if far is not None and (best is None or not best[2].score):
        raise far
    if best is None:
        raise Refused("empty" if order["sheet"] is None else "no_sheet")
    listed = [{"name": name, "hidden": hidden} for name, hidden in names]
    page = _sheet(book, best[1])
    _emit(best[2], _cells(page, seen[best[1]].bad if best[1] in seen else {}), listed, best[1], {}, order)


def _opened(data: bytes, workbook: Any) -> Any:
    from python_calamine import CalamineError, PasswordError

    try:
        return workbook.from_filelike(io.BytesIO(data))
    except PasswordError as error:
        raise Refused("password") from error
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        text = str(error).lower()
        raise Refused("password" if "password" in text or "encrypt" in text else "damaged") from error


def _sheet(book: Any, name: str) -> Any:
    from python_calamine import CalamineError

    try:
        page = book.get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError) as error:
        raise Refused("damaged") from error
    if page.total_height * page.total_width > MAX_CELLS:
        raise Refused("too_many_cells", sheet=name)
    return page


def _cells(page: Any, bad: dict[tuple[int, int], str]) -> Iterator[Row]:
    """Rows of a sheet with their numbers (from 1), values as JSON has them."""
    touched = {row for row, _column in bad}
    for number, cells in enumerate(page.iter_rows(), start=1):
        shown = [_plain(cell) for cell in cells]
        if number in touched:
            for (row, column), what in bad.items():
                if row == number and column <= len(shown):
                    shown[column - 1] = {"bad": what}
        yield number, shown


def _merged(page: Any) -> list[tuple[int, int, int, int]]:
    """Merged ranges as (first row, first column, last row, last column), rows from 1 and columns from 0."""
    ranges = getattr(page, "merged_cell_ranges", None) or []
    return [(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in ranges[:2000]]


def _plain(cell: Any) -> Any:
    if cell == "" or cell is None:
        return None
    if isinstance(cell, bool | int):
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e18 else cell
    if isinstance(cell, str):
        text = cell.strip()[:LONGEST_CELL]
        return text or None
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, dt.timedelta):
        return cell.total_seconds() / 86400
    return str(cell)


def _first(rows: Iterable[Row]) -> list[Row]:
    found = []
    for row in rows:
        if any(cell is not None for cell in row[1]):
            found.append(row)
            if len(found) >= LOOK_FOR_HEADER:
                break
    return found


def _emit(
    found: Any,
    rows: Iterable[Row],
    sheets: list[Any],
    sheet: str,
    about: dict[str, Any],
    order: dict[str, Any],
) -> None:
    if not found.header:
        raise Refused("empty")
    width = len(found.header)
    if width > order["max_columns"]:
        raise Refused("too_many_columns", columns=width)
    _write({"sheets": sheets, "sheet": sheet, "header": found.header, **about})
    written = size = 0
    for number, cells in rows:
        kept = cells[:width]
        while kept and kept[-1] is None:
            kept.pop()
        if number <= found.last_row or not kept or tables.is_column_numbers(kept, number - found.last_row):
            continue
        written += 1
        if written > order["max_rows"]:
            raise Refused("too_many_rows")
        size += _write([number, kept])
        if size > MAX_OUTPUT_BYTES:
            raise Refused("too_large")
    _write({"end": written})


def _write(value: Any) -> int:
    line = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(
        "utf-8", "replace"
    )
    sys.stdout.buffer.write(line + b"\n")
    return len(line)


if __name__ == "__main__":
    sys.exit(main())
