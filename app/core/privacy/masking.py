"""Numbers and contacts that people type into free text or name files by: what is kept in clear holds them masked."""

from __future__ import annotations

import re

_NUMBER = re.compile(
    r"(?<![0-9])[0-9]{16}(?![0-9])"
    r"|(?<![0-9A-Za-z-])[0-9]{4}([ .-])[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z-])[0-9]{6}([ .-])[0-9]{6}\2[0-9]{4}(?![0-9A-Za-z])"
)
"""16 digits in one piece, in fours, or as a NIK is made up (six, six, four); no part of an id or of a longer number."""
_HOWEVER_PARTED = re.compile(r"(?<![0-9])[0-9](?:[ .-]?[0-9]){15}(?![0-9])")
"""16 digits with a space, a point or a dash wherever people put one: for words, not for ids."""
_PHONE = re.compile(r"(?<![0-9])(?:\+?62|0)[ .()-]{0,2}8[0-9](?:[ .()-]{0,2}[0-9]){6,11}(?![0-9])")
"""A mobile number of Indonesia: 08…, 628… or +628…, 10 to 14 digits."""
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[A-Za-z]{2,}")


def mask_numbers(text: str) -> str:
    """The text with every number of 16 digits as "1806••••••••0001"."""
    return _NUMBER.sub(lambda found: f"{found[0][:4]}{'•' * 8}{found[0][-4:]}", text)


def mask_personal(text: str) -> str:
    """What somebody typed, with NIK and KK numbers, mobile numbers and e-mail addresses masked.

    More is taken for a number here than by `mask_numbers`, so this is for words alone, never for ids.
    """
    text = _EMAIL.sub(lambda found: f"{found[0][0]}•••@•••", text)
    text = _HOWEVER_PARTED.sub(_sixteen_masked, text)
    return _PHONE.sub(lambda found: f"{found[0][:4]}••••{found[0][-2:]}", text)


def holds_number(text: str) -> bool:
    """Whether 16 digits stand in a text, however they are parted: very likely a NIK or a KK number."""
    return len(text) >= 16 and _HOWEVER_PARTED.search(text) is not None


def _sixteen_masked(found: re.Match[str]) -> str:
    digits = re.sub(r"[^0-9]", "", found[0])
    return f"{digits[:4]}{'•' * 8}{digits[-4:]}"


def holds_personal(text: str) -> bool:
    """Whether `mask_personal` would mask something: such words are not left in an address."""
    return mask_personal(text) != text
