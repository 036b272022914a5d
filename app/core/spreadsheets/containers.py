"""What a spreadsheet's container says before anything unpacks it as a whole: its kind, its size, its farthest cells.

Part of the child program (see `child`); the standard library alone.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MAX_UNPACKED = 160 * 1024 * 1024
MAX_ENTRIES = 2000
ROWS_ABOVE = 200
"""Rows that a title and an empty beginning may take besides the rows that are read."""
CHUNK = 2 * 1024 * 1024
LONGEST_PIECE = 8 * 1024 * 1024
MAX_BAD = 20_000

_FAR = re.compile(
    rb'r="([A-Z]{3}[0-9]{1,7}|[A-Z]{1,2}[0-9]{5,7})"(?:[^>]*[^/>])?>(?!</)',
)
_FORMULA = re.compile(
    rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ERROR = re.compile(rb'<(?:\w+:)?c\s(?=[^>]*?\bt="e")(?:[^>]*?\s)?r="([A-Z]{1,3})([0-9]{1,7})"')
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")
_ODS = re.compile(
    rb"<table:table\s([^>]*)>|<table:table-row\b([^>]*)>|<table:(?:covered-)?table-cell\b([^>]*)>|<text:p\b"
)


class Refused(Exception):
    """The file is not read; `code` says why."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code, self.details = code, details


@dataclass(slots=True)
class Sheet:
    """What was seen of a sheet: its farthest cell with content if that is too far, and cells that hold no value.

    `bad` is (row, column) → `formula` or `error`, both counted from 1.
    """

    far: str = ""
    bad: dict[tuple[int, int], str] = field(default_factory=dict)


def kind_of(data: bytes) -> str:
    """`xlsx`, `xls`, `ods` or `csv` by what the file is, whatever its name says. Raises Refused."""
    if not data.strip():
        raise Refused("empty")
    if data[:4] == b"PK\x03\x04":
        return _kind_of_archive(data)
    if data[:2] == b"PK":
        raise Refused("damaged")
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused("password")
        if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
            return "xls"
        raise Refused("not_spreadsheet")
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<meta")) or b"<html" in head:
        raise Refused("web_page")
    if head.startswith(
        (
            b"%pdf",
            b"\x89png",
            b"\xff\xd8\xff",
            b"gif8",
            b"rar!",
            b"7z",
            b"{\\rtf",
            b"<?xml",
            b"{",
            b"\x1f\x8b",
        )
    ):
        raise Refused("not_spreadsheet")
    return "csv"


def _kind_of_archive(data: bytes) -> str:
    names = {entry.filename for entry in _entries(data)}
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise Refused("binary_workbook")
    if "content.xml" in names:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            manifest = _whole(archive, "META-INF/manifest.xml", names)
            kind = _whole(archive, "mimetype", names)
        if b"encryption-data" in manifest:
            raise Refused("password")
        if b"spreadsheet" in kind or not kind:
            return "ods"
    raise Refused("not_spreadsheet")


def _entries(data: bytes) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, IndexError) as error:
        raise Refused("damaged") from error
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Refused("too_large")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused("password")
    return entries


def inspect(data: bytes, kind: str, max_rows: int) -> dict[str, Sheet]:
    """Look through the sheets of a file without building them: name → what was seen. Raises Refused.

    Counts what is really unpacked, not what the archive says of itself.
    """
    if kind not in ("xlsx", "ods"):
        return {}
    names = {entry.filename for entry in _entries(data)}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if kind == "ods":
                return _inspect_ods(archive, max_rows + ROWS_ABOVE)
            found = {}
            for name, path in _sheet_paths(archive, names).items():
                found[name] = _inspect_sheet(archive, path, max_rows + ROWS_ABOVE)
            return found
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, KeyError) as error:
        raise Refused("damaged") from error


def _sheet_paths(archive: zipfile.ZipFile, names: set[str]) -> dict[str, str]:
    relations = {}
    for match in _RELATION.finditer(_whole(archive, "xl/_rels/workbook.xml.rels", names)):
        seen = _attributes(match[1])
        target = seen.get("Target", "").lstrip("/")
        relations[seen.get("Id", "")] = target if target.startswith("xl/") else f"xl/{target}"
    paths = {}
    for match in _SHEET.finditer(_whole(archive, "xl/workbook.xml", names)):
        seen = _attributes(match[1])
        path = relations.get(seen.get("id", ""), "")
        if path in names:
            paths[seen.get("name", "")] = path
    return paths


def _attributes(tag: bytes) -> dict[str, str]:
    found = re.findall(rb"""(?:\w+:)?([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return {
        name.decode("ascii", "replace"): html.unescape((one or two).decode("utf-8", "replace"))
        for name, one, two in found
    }


def _whole(archive: zipfile.ZipFile, path: str, names: set[str]) -> bytes:
    if path not in names:
        return b""
    with archive.open(path) as part:
        return part.read(4 * CHUNK)


def _pieces(archive: zipfile.ZipFile, path: str, end: bytes) -> Iterator[bytes]:
    """A part of the archive in pieces that end with `end`."""
    rest = b""
    unpacked = 0
    with archive.open(path) as part:
        while chunk := part.read(CHUNK):
            unpacked += len(chunk)
            if unpacked > MAX_UNPACKED:
                raise Refused("too_large")
            rest += chunk
            cut = rest.rfind(end)
            if cut >= 0:
                yield rest[: cut + len(end)]
                rest = rest[cut + len(end) :]
            elif len(rest) > LONGEST_PIECE:
                raise Refused("too_large")
    if rest:
        yield rest


def _inspect_sheet(archive: zipfile.ZipFile, path: str, most_rows: int) -> Sheet:
    seen = Sheet()
    for piece in _pieces(archive, path, b">"):
        for match in _FAR.finditer(piece):
            name = match[1].decode()
            if (
                len(name) - len(name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) > 2
                or int(name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) > most_rows
            ):
                seen.far = name
                return seen
    for piece in _pieces(archive, path, b"</row>"):
        for pattern, what in ((_FORMULA, "formula"), (_ERROR, "error")):
            if b"<f" in piece or b":f" in piece or what == "error":
                for match in pattern.finditer(piece):
                    seen.bad[int(match[2]), _column(match[1])] = what
        if len(seen.bad) > MAX_BAD:
            break
    return seen


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _inspect_ods(archive: zipfile.ZipFile, most_rows: int) -> dict[str, Sheet]:
    """Rows and cells of an .ods may be said to repeat; only those with content count."""
    found: dict[str, Sheet] = {}
    seen = Sheet()
    row = after = column = 0
    for piece in _pieces(archive, "content.xml", b">"):
        for match in _ODS.finditer(piece):
            if match[1] is not None:
                seen = found.setdefault(_attributes(match[1]).get("name", ""), Sheet())
                row = after = column = 0
            elif match[2] is not None:
                row, column = after + 1, 0
                after += _repeated(match[2], b"rows")
            elif match[3] is not None:
                times = _repeated(match[3], b"columns")
                if b"office:value" in match[3] or b"calcext:value-type" in match[3]:
                    if after > most_rows or column + times > 702:
                        seen.far = seen.far or f"{_letters(column + times)}{after}"
                    if b'value-type="error"' in match[3] and len(seen.bad) < MAX_BAD:
                        seen.bad[row, column + 1] = "error"
                elif b"table:formula" in match[3] and len(seen.bad) < MAX_BAD:
                    seen.bad[row, column + 1] = "formula"
                column += times
    return found


def _repeated(tag: bytes, what: bytes) -> int:
    match = re.search(rb"number-" + what + rb'-repeated="([0-9]{1,9})"', tag)
    return max(1, int(match[1])) if match else 1


def _letters(column: int) -> str:
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
