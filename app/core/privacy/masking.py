"""NIK and KK numbers that people type into free text or name files by: what is kept in clear holds them masked."""

from __future__ import annotations

import re

_NUMBER = re.compile(
    r"(?<![0-9])[0-9]{16}(?![0-9])"
    r"|(?<![0-9A-Za-z-])[0-9]{4}([ .-])[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z-])[0-9]{6}([ .-])[0-9]{6}\2[0-9]{4}(?![0-9A-Za-z])"
)
"""16 digits in one piece, in fours, or as a NIK is made up (six, six, four); no part of an id or of a longer number."""


def mask_numbers(text: str) -> str:
    """The text with every number of 16 digits as "1806••••••••0001"."""
    return _NUMBER.sub(lambda found: f"{found[0][:4]}{'•' * 8}{found[0][-4:]}", text)
