"""Villages of one kecamatan that told figures, for the explorer's tests."""

from __future__ import annotations

import pytest

from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Value
from tests.support.figures import add_up, forget_elsewhere, tell

HERE = "18.03.12"
VILLAGES = [f"{HERE}.200{number}" for number in range(1, 9)]
"""Kecamatan Abung Tinggi in Lampung Utara: eight desa; the last three tell nothing."""


@pytest.fixture(scope="session")
def told(app: SigerFlask) -> list[str]:
    """The codes of the villages; the first five tell figures of this month, the first of earlier ones, too."""
    people, disabled = (300, 100, 100, 50, 0), (30, 3, 12, 9, 0)
    letters = ((9, 10), (1, 10), (5, 10), (10, 10), (0, 10))
    for code, total, trait, (online, asked) in zip(VILLAGES[:5], people, disabled, letters, strict=True):
        figures = {"pop.total": total, "pop.disabled": trait, "letters.issued": 10}
        tell(app, code, {**figures, "letters.online_share": Value(online / asked, online, asked)})
    tell(app, VILLAGES[0], {"letters.median_hours": Value(2.0, buckets=(1, 0, 2, 4, *(0,) * 13))})
    tell(app, VILLAGES[1], {"letters.median_hours": Value(30.0, buckets=(*(0,) * 8, 3, *(0,) * 8))})
    tell(app, VILLAGES[2], {"complaints.received": 4}, source="demo")
    tell(app, VILLAGES[0], {"pop.total": 250, "letters.online_share": Value(0.5, 5, 10)}, ago=1)
    tell(app, VILLAGES[0], {"pop.total": 300}, ago=12)
    forget_elsewhere(app, "pop.disabled", VILLAGES)
    add_up(app, (0, 1, 12))
    return VILLAGES
