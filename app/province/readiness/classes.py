"""The four classes of the index, and adding up tenths so that what is shown makes the whole that is shown."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ReadinessClass:
    """A class: from which index on, up to below which (None for the last), its name and its tone."""

    key: str
    least: float
    below: float | None
    label: object
    tone: str


CLASSES = (
    ReadinessClass("mulai", 0, 40, _l("Mulai"), "neutral"),
    ReadinessClass("bertumbuh", 40, 60, _l("Bertumbuh"), "gold"),
    ReadinessClass("siap", 60, 80, _l("Siap"), "info"),
    ReadinessClass("teladan", 80, None, _l("Teladan"), "success"),
)
"""Not the words of the national Indeks Desa (domain: indicators)."""
UNTOLD = ReadinessClass("tanpa", -1, 0, _l("Belum dinilai"), "neutral")
"""Of villages that tell fewer than a third of what is scored."""


_BOUNDS = tuple(one.least for one in CLASSES[1:])


def class_of(index: float | None) -> ReadinessClass:
    """The class of an index."""
    return UNTOLD if index is None else CLASSES[bisect_right(_BOUNDS, index)]


def apportioned(parts: Sequence[float], whole: float) -> list[float]:
    """The parts in tenths whose sum is the whole in tenths: each is rounded down, the largest remainders get the rest.

    Args:
        parts: not negative, together the whole but for what rounding took from it.
        whole: their sum, which is shown in tenths.
    """
    wanted = round(whole * 10)
    tenths = [math.floor(part * 10 + 1e-9) for part in parts]
    order = sorted(range(len(parts)), key=lambda at: (tenths[at] - parts[at] * 10, at))
    while parts and sum(tenths) < wanted:
        for at in order[: wanted - sum(tenths)]:
            tenths[at] += 1
    for at in reversed(order):
        taken = min(tenths[at], max(0, sum(tenths) - wanted))
        tenths[at] -= taken
    return [count / 10 for count in tenths]
