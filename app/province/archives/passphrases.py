"""Passphrases of archives: what is enough, and a suggestion that people can write down."""

from __future__ import annotations

import secrets

SHORTEST = 12
FEWEST_WORDS = 4
LONGEST = 200
SUGGESTED_WORDS = 7
_CONSONANTS = "bcdghjklmnprstwy"
_VOWELS = "aeiou"


def suggest() -> str:
    """Seven words of two syllables, such as `bako-ruti-…`: 88 bits, easy to say and to copy by hand."""
    return "-".join(
        "".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(2))
        for _ in range(SUGGESTED_WORDS)
    )


def is_enough(passphrase: str) -> bool:
    """Whether a passphrase is long enough: twelve characters of which six differ, or four words."""
    words = passphrase.replace("-", " ").split()
    long_enough = len(passphrase) >= SHORTEST or (len(words) >= FEWEST_WORDS and len(passphrase) >= 8)
    return long_enough and len(set(passphrase)) >= 6 and len(passphrase) <= LONGEST
