"""The programme's own past, from before this platform counted: villages of the Smart Village programme by year.

These are the programme's counts of desa, not figures measured here, and are always shown apart from them
(domain: villages, "the programme's own history").
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PastYear:
    """How many desa had joined at the end of a year, as the programme counted."""

    year: int
    desa: int


PAST = (PastYear(2020, 30), PastYear(2021, 563), PastYear(2022, 1_792), PastYear(2023, 2_385))
PILOT_YEAR = PAST[0].year
HELD_BACK = 61
"""Desa that had not joined at the end of 2023, held back by weak signal."""
PROVINCE_CODE = "18"
"""The programme counted the province as a whole; its parts have no such past."""
