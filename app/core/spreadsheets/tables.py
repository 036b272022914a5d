"""Tables in sheets: finding the header row, reading text files. The standard library alone (see `child`)."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = tuple[int, list[Any]]
LONGEST_CELL = 4000
DELIMITERS = (";", ",", "\t", "|")


class NoText(ValueError):
    """The file is no text."""


class DamagedText(ValueError):
    """A quote is not closed; the row where it was noticed (from 1) is the only argument."""


@dataclass(slots=True)
class Header:
    """The header row of a sheet: its texts, the last row that belongs to it, how many words of it are known."""

    header: list[str] = field(default_factory=list)
    last_row: int = 0
    score: int = 0


def heading_key(text: object) -> str:
    """A heading as it is compared: small letters and digits with single spaces ("No. KK" and "no_kk" are one)."""
    plain = unicodedata.normalize("NFKD", str(text or "")).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def find_header(
    rows: Sequence[Row], known: Collection[str], merged: Sequence[tuple[int, int, int, int]] = ()
) -> Header:
    """Find the header among the first rows: the row (or two rows, where headings are merged) that knows most words.

    `known`: headings as `heading_key` writes them. Without any known word it is the first row with most texts.
    """
    words = set(known)
    best = Header()
    best_rank: tuple[int, int] = (0, 0)
    for position, (number, cells) in enumerate(rows):
        texts = [_text(cell) for cell in cells]
        for header, last in _candidates(
            texts, number, rows[position + 1] if position + 1 < len(rows) else None, merged
        ):
            score = len({key for key in map(heading_key, header) if key in words})
            filled = sum(1 for text in header if text and not re.fullmatch(r"[\d\s.,/()-]+", text))
            rank = (score, 0 if score else filled)
            if filled >= 1 and rank > best_rank:
                while header and not header[-1]:
                    header.pop()
                best, best_rank = Header(header, last, score), rank
    return best


def _candidates(
    texts: list[str], number: int, below: Row | None, merged: Sequence[tuple[int, int, int, int]]
) -> Iterator[tuple[list[str], int]]:
    yield list(texts), number
    if below is None or not any(texts):
        return
    lower = [_text(cell) for cell in below[1]]
    width = max(len(texts), len(lower))
    texts, lower = texts + [""] * (width - len(texts)), lower + [""] * (width - len(lower))
    if any(re.search(r"[0-9]{4}", text) for text in lower):
        return
    combined = [low or top for top, low in zip(texts, lower, strict=True)]
    last = max(
        [
            below[0],
            *(bottom for top, _left, bottom, _right in merged if top == number and bottom <= number + 2),
        ]
    )
    yield combined, last


def _text(cell: Any) -> str:
    return "" if cell is None or isinstance(cell, dict) else " ".join(str(cell).split())[:200]


def is_column_numbers(cells: Sequence[Any], distance: int) -> bool:
    """Whether a row below the header only numbers the columns: 1, 2, 3 … or (1), (2), (3) …"""
    if distance > 3 or len(cells) < 3:
        return False
    digits = [re.sub(r"[^0-9]", "", _text(cell)) for cell in cells]
    return digits == [str(number) for number in range(1, len(cells) + 1)]


def read_csv(data: bytes) -> tuple[str, str, Iterator[Row]]:
    """Encoding, delimiter and rows of a text file. Raises NoText, and DamagedText while rows are taken."""
    encoding, text = _decoded(data)
    if "\x00" in text:
        raise NoText
    delimiter = _delimiter(text)
    return encoding, delimiter, _csv_rows(text, delimiter)


def _csv_rows(text: str, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(64 * 1024)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, [cell.strip()[:LONGEST_CELL] or None for cell in cells]
    except csv.Error as error:
        raise DamagedText(number + 1) from error


def _decoded(data: bytes) -> tuple[str, str]:
    """UTF-8 and UTF-16 by their marks or by trying; what remains is Windows-1252, as Excel writes it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", data.decode("utf-16", "replace")
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig", data.decode("utf-8-sig", "replace")
    head = data[:4000]
    if len(head) > 8 and head[1::2].count(0) > len(head) * 3 // 10:
        return "utf-16-le", data.decode("utf-16-le", "replace")
    if len(head) > 8 and head[0::2].count(0) > len(head) * 3 // 10:
        return "utf-16-be", data.decode("utf-16-be", "replace")
    try:
        return "utf-8", data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252", data.decode("cp1252", "replace")


def _delimiter(text: str) -> str:
    """The delimiter that splits the first lines most evenly; quoted parts do not count. `sep=;` says it itself."""
    said = re.match(r"sep=(.)\r?\n", text)
    if said and said[1] in DELIMITERS:
        return said[1]
    lines = [re.sub(r'"[^"]*"', "", line) for line in text[:64_000].splitlines()[:30] if line.strip()]
    counts = {mark: [line.count(mark) for line in lines] for mark in DELIMITERS}
    return max(
        DELIMITERS,
        key=lambda mark: (sum(n > 0 for n in counts[mark]) * max(counts[mark], default=0), mark == ";"),
    )
