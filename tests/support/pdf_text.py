"""What a reader copies out of a PDF of ours: its text, through the fonts' own tables of signs (ToUnicode)."""

from __future__ import annotations

import io
import re
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

_LITERAL = rb"\((?:\\.|[^\\()]|\((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*\))*\)"
_SHOWN = re.compile(
    rb"/(?:ActualText|Lang|Alt|E)\s*(?:<[0-9A-Fa-f\s]*>|" + _LITERAL + rb")"
    rb"|<([0-9A-Fa-f\s]*)>|(" + _LITERAL + rb")|/(\S+)\s+[\d.]+\s+Tf|\b(BT)\b",
    re.S,
)
_PAIRS = re.compile(rb"beginbf(char|range)(.*?)endbf", re.S)


def pdf_pages(pdf: bytes) -> list[str]:
    """The text of each page, in the order of its drawing; lines and blanks as they were set."""
    reader = PdfFileReader(io.BytesIO(pdf))
    return [_page_text(page) for page in _leaves(reader.root["/Pages"])]


def pdf_text(pdf: bytes) -> str:
    """The text of all pages without blanks and places to break, to look for what is said."""
    return squeezed("".join(pdf_pages(pdf)))


def squeezed(text: str) -> str:
    """A text without blanks and places to break."""
    return re.sub(r"[\s\u200b\xad]", "", text)


def _leaves(node: Any) -> list[Any]:
    if "/Kids" not in node:
        return [node]
    return [leaf for kid in node["/Kids"] for leaf in _leaves(kid.get_object())]


def _page_text(page: Any) -> str:
    contents = page["/Contents"]
    streams = contents if isinstance(contents, list) else [contents]
    source = b"\n".join(stream.get_object().data for stream in streams)
    fonts = {name: _signs(font.get_object()) for name, font in page["/Resources"].get("/Font", {}).items()}
    signs: dict[int, str] = {}
    text = []
    for found in _SHOWN.finditer(source):
        codes, literal, font, start = found.groups()
        if start:
            text.append("\n")
        elif font:
            signs = fonts["/" + font.decode()]
        elif literal is not None:
            text.append(_decoded(_unescaped(literal[1:-1]), signs))
        elif codes is not None:
            raw = bytes.fromhex(re.sub(rb"\s", b"", codes).decode())
            text.append(_decoded(raw, signs))
    return "".join(text)


def _decoded(raw: bytes, signs: dict[int, str]) -> str:
    return "".join(signs.get(int.from_bytes(raw[at : at + 2], "big"), "") for at in range(0, len(raw), 2))


def _unescaped(literal: bytes) -> bytes:
    plain = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

    def sign(found: re.Match[bytes]) -> bytes:
        what = found[1]
        return bytes([int(what, 8) & 255]) if what[:1].isdigit() else plain.get(what, what)

    return re.sub(rb"\\([0-7]{1,3}|.)", sign, literal, flags=re.S)


def _signs(font: Any) -> dict[int, str]:
    table = font["/ToUnicode"].data
    signs: dict[int, str] = {}
    for kind, body in _PAIRS.findall(table):
        codes = [bytes.fromhex(code.decode()) for code in re.findall(rb"<([0-9A-Fa-f]+)>", body)]
        step = 2 if kind == b"char" else 3
        for at in range(0, len(codes), step):
            first = int.from_bytes(codes[at], "big")
            last = first if step == 2 else int.from_bytes(codes[at + 1], "big")
            shown = codes[at + step - 1].decode("utf-16-be")
            for offset in range(last - first + 1):
                signs[first + offset] = shown[:-1] + chr(ord(shown[-1]) + offset)
    return signs
