"""Text as our documents can show it: what no bundled font has is replaced, what would never break is made to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

UNKNOWN = "□"
LONGEST_WORD = 22
"""Words of more signs get places where they may break; the 16 digits of a NIK stay whole."""
BREAK = "\u200b"

COVERED = (
    (0x20, 0x7E), (0xA0, 0x377), (0x37A, 0x37F), (0x384, 0x38A), (0x38C, 0x38C), (0x38E, 0x3A1), (0x3A3, 0x482),
    (0x48A, 0x4FF), (0x621, 0x63A), (0x640, 0x652), (0x660, 0x66D), (0x1E00, 0x1EFF), (0x2010, 0x2027),
    (0x2030, 0x2040), (0x2044, 0x2044), (0x20AB, 0x20AC), (0x2116, 0x2116), (0x2122, 0x2122), (0x2190, 0x2193),
    (0x2200, 0x2265), (0x25A0, 0x25A1), (0x25CB, 0x25CF), (0x2713, 0x2713),
)  # fmt: skip
"""What the fonts within Typst (Libertinus Serif, DejaVu Sans Mono) have; a test sets all of it."""

_FOREIGN = re.compile(
    "[^\n" + "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in COVERED) + "]"
)
_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
_PLAIN = re.compile(rf"[\x20-\x7e]{{0,{LONGEST_WORD}}}")


def printable(text: str) -> str:
    """The text as a document shows it: composed (NFC), one line break kind, □ for signs that no font of ours has.

    Signs that steer without being seen (controls, direction overrides, joiners) are dropped, so that what is read is
    what is written.
    """
    if _PLAIN.fullmatch(text):
        return text
    clean = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    clean = _FOREIGN.sub(_replaced, clean)
    return _LONG_WORD.sub(_breakable, clean)


def unprintable(value: Any) -> list[str]:
    """The signs of a text, or of all texts within lists and mappings, that a document shows as □: each one once."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return list(dict.fromkeys(sign for inner in value for sign in unprintable(inner)))
    if not isinstance(value, str):
        return []
    found = _FOREIGN.findall(unicodedata.normalize("NFC", value.replace("\r", "\n").replace("\t", " ")))
    return list(dict.fromkeys(sign for sign in found if not _is_unseen(sign)))


def printable_data(value: Any) -> Any:
    """The same for all texts within lists and mappings."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {str(key): printable_data(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [printable_data(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return printable(str(value))


def _replaced(match: re.Match[str]) -> str:
    return "" if _is_unseen(match[0]) else UNKNOWN


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Mn", "Me", "Zl", "Zp")


def _breakable(match: re.Match[str]) -> str:
    word = match[0]
    return BREAK.join(word[at : at + 8] for at in range(0, len(word), 8))
