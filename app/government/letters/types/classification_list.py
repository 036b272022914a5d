"""A list of classification codes from a spreadsheet: read in the killable reader, looked at, then taken."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from app.core.spreadsheets import Table, heading_key, read_table
from app.government.letters.types.classification import CODE, LONGEST_CODE, LONGEST_TITLE, MOST

CODE_WORDS = ("kode", "kode klasifikasi", "klasifikasi", "kode arsip", "nomor kode", "code")
TITLE_WORDS = (
    "judul", "uraian", "jenis arsip", "masalah", "keterangan", "nama", "perihal", "title", "jenis", "hal",
    "klasifikasi arsip", "uraian klasifikasi", "nama klasifikasi", "judul klasifikasi",
)  # fmt: skip
MOST_REFUSED = 50
LARGEST_KEPT = 4 * 1024 * 1024


@dataclass(slots=True)
class CodeList:
    """What a file says: codes with titles, and the rows that can't be taken as (row, sentence)."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def read_list(data: bytes, file_name: str) -> CodeList:
    """Read a list of codes. Raises SpreadsheetRefused."""
    table = read_table(data, file_name, known=(*CODE_WORDS, *TITLE_WORDS))
    code_at, title_at = _columns(table)
    found = CodeList()
    seen: dict[str, str] = {}
    for number, cells in table.rows:
        code, title = _code(_cell(cells, code_at)), _title(_cell(cells, title_at))
        if not code and not title:
            continue
        sentence = _fault(code, title, seen)
        if sentence:
            found.refused.append((number, sentence))
        elif code not in seen:
            seen[code] = title
            found.lines.append((code, title))
    return found


def pack(lines: list[tuple[str, str]]) -> str:
    """A list that was read, to be carried by the form of its preview."""
    return base64.b85encode(zlib.compress(json.dumps(lines, ensure_ascii=False).encode(), 9)).decode()


def unpack(text: str) -> list[tuple[str, str]]:
    """What `pack` made; whatever else is sent is an empty list. Every line is checked again."""
    try:
        reader = zlib.decompressobj()
        plain = reader.decompress(base64.b85decode(text), LARGEST_KEPT)
        rows = json.loads(plain) if reader.eof else []
    except (ValueError, binascii.Error, zlib.error, RecursionError):
        return []
    lines: list[tuple[str, str]] = []
    seen: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, list) and len(row) == 2:
            code, title = _code(row[0]), _title(row[1])
            if not _fault(code, title, seen) and code not in seen:
                seen[code] = title
                lines.append((code, title))
    return lines[:MOST]


def _fault(code: str, title: str, seen: dict[str, str]) -> str:
    if not code:
        return str(_("Kodenya kosong."))
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        return str(_("“%(code)s” bukan kode klasifikasi.", code=code[:40]))
    if not title:
        return str(_("Kode %(code)s belum ada judulnya.", code=code))
    if len(title) > LONGEST_TITLE:
        return str(
            _(
                "Judul kode %(code)s terlalu panjang: paling banyak %(most)s huruf.",
                code=code,
                most=LONGEST_TITLE,
            )
        )
    if seen.get(code, title) != title:
        return str(_("Kode %(code)s tertulis dua kali dengan judul berbeda.", code=code))
    return ""


def _columns(table: Table) -> tuple[int, int]:
    """Where codes and titles stand: by their headings, else the first two columns."""
    keys = [heading_key(text) for text in table.header]
    code_at = next((at for word in CODE_WORDS for at, key in enumerate(keys) if key == word), 0)
    title_at = next(
        (at for word in TITLE_WORDS for at, key in enumerate(keys) if key == word and at != code_at),
        code_at + 1,
    )
    return code_at, title_at


def _cell(cells: list[Any], at: int) -> Any:
    return cells[at] if at < len(cells) else None


def _code(cell: Any) -> str:
    """A code as it is written: a spreadsheet that took 005 for a number gets its zeros back."""
    if isinstance(cell, bool) or cell is None or isinstance(cell, dict):
        return ""
    if isinstance(cell, int | float):
        text = f"{cell:.6f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)
        whole, dot, rest = text.partition(".")
        return f"{whole:0>3}{dot}{rest}"
    return "".join(str(cell).split()).strip(".")


def _title(cell: Any) -> str:
    if cell is None or isinstance(cell, dict | bool):
        return ""
    return " ".join("".join(sign for sign in str(cell) if sign.isprintable() or sign.isspace()).split())
