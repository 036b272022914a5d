"""Reading a spreadsheet from outside through a child process with limits of memory, time and output."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import structlog

from app.core.spreadsheets.refusals import SpreadsheetRefused, refusal

log = structlog.get_logger(__name__)

MAX_UPLOAD_BYTES = 5 * 1024 * 1024
SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods", ".csv")
SECONDS = 30.0
MAX_ROWS = 60_000
MAX_COLUMNS = 200
MAX_OUTPUT = 96 * 1024 * 1024
CHILD = Path(__file__).with_name("child.py")


@dataclass(frozen=True, slots=True)
class SheetName:
    """A sheet of the file."""

    name: str
    hidden: bool = False


@dataclass(slots=True)
class Table:
    """A sheet as a table, without its empty rows.

    `rows` are `[row number in the file, [cells…]]`. Cells are text, numbers, true or false, None, or
    `{"bad": "formula" | "error"}` for a cell that holds no value. Dates are text (2026-11-22).
    """

    sheet: str
    header: list[str]
    rows: list[list[Any]] = field(default_factory=list)
    sheets: list[SheetName] = field(default_factory=list)
    encoding: str = ""


def read_table(
    data: bytes,
    file_name: str,
    *,
    known: Collection[str] = (),
    sheet: str | None = None,
    seconds: float = SECONDS,
) -> Table:
    """Read a .xlsx, .xlsm, .xls, .ods or .csv file, whatever its name says it is.

    Args:
        data: the file, at most 5 MB.
        file_name: its name, for the log; text that bears the name of a workbook must have known headings.
        known: words that headings are made of (`heading_key`); they tell the header row and the right sheet.
        sheet: the sheet to read; None takes the one that looks most like the wanted table.
        seconds: after how long the child is killed.
    Raises:
        SpreadsheetRefused: with a sentence for the sender.
    """
    if len(data) > MAX_UPLOAD_BYTES:
        raise refusal("upload")
    order = {
        "known": sorted(known),
        "sheet": sheet,
        "max_rows": MAX_ROWS,
        "max_columns": MAX_COLUMNS,
        "is_workbook": file_name.lower().endswith(SUFFIXES[:-1]),
    }
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return _run_child(file, order, Path(file_name).suffix.lower()[:8], seconds)


def _run_child(file: IO[bytes], order: dict[str, Any], suffix: str, seconds: float) -> Table:
    command = [sys.executable, "-I", str(CHILD), json.dumps(order)]
    with subprocess.Popen(
        command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, close_fds=True
    ) as child:
        late = threading.Event()

        def stop() -> None:
            late.set()
            child.kill()

        clock = threading.Timer(seconds, stop)
        clock.start()
        try:
            assert child.stdout is not None
            table = _collect(child.stdout)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            if isinstance(error, SpreadsheetRefused):
                raise
            log.warning("spreadsheet_child_output", error=type(error).__name__, suffix=suffix)
            table = None
        finally:
            clock.cancel()
            child.kill()
            code = child.wait()
    if table is not None:
        return table
    log.info("spreadsheet_refused", code=code, late=late.is_set(), suffix=suffix)
    raise refusal("too_slow" if late.is_set() else "too_large")


def _collect(output: IO[bytes]) -> Table | None:
    """The table from the child's lines; None when they stop before their end."""
    first = output.readline(1024 * 1024)
    if not first:
        return None
    head = json.loads(first)
    if "refused" in head:
        raise refusal(str(head["refused"]), **{k: v for k, v in head.items() if k != "refused"})
    sheets = [SheetName(str(one["name"]), bool(one["hidden"])) for one in head["sheets"]]
    table = Table(
        str(head["sheet"]), [str(text) for text in head["header"]], [], sheets, str(head.get("encoding", ""))
    )
    size = 0
    for line in output:
        size += len(line)
        if size > MAX_OUTPUT:
            raise refusal("too_large")
        row = json.loads(line)
        if isinstance(row, list):
            table.rows.append(row)
        elif "refused" in row:
            raise refusal(str(row["refused"]), **{k: v for k, v in row.items() if k != "refused"})
        else:
            if not table.rows:
                raise refusal("no_rows")
            return table
    return None
