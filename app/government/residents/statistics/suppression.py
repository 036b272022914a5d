"""Small numbers are not published, and can't be worked out from what is.

A cell of 1 to 4 people is shown as "<5". Since the total is public, it could be had by subtraction; so the smallest
other cells are hidden too, as many as it takes. Everything is checked as somebody would who knows the rule: given the
total, the shown cells, that a "<5" is 1 to 4, that a hidden cell is at least 5 and no larger than the smallest shown
one, each "<5" must still be able to be 1, 2, 3 or 4. Where no choice of cells reaches that, the table is not published.
Zero is shown: it says nothing of anybody. (Statistics Act 16/1997 Art. 21 and UU PDP, Law 27/2022.)
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

SMALL_FROM, SMALL_TO = 1, 4


class Mark(Enum):
    """What stands in a cell instead of its number."""

    SMALL = "<5"
    HIDDEN = "hidden"


Shown = int | Mark


def suppress(values: Sequence[int]) -> list[Shown] | None:
    """What is published of the cells of a table whose total is known; None when the table as a whole can't be.

    Args:
        values: counts of people or families, none negative; each of them is in one cell alone.
    """
    small = [at for at, value in enumerate(values) if SMALL_FROM <= value <= SMALL_TO]
    if not small:
        return list(values)
    others = sorted(
        (at for at, value in enumerate(values) if value > SMALL_TO), key=lambda at: (values[at], at)
    )
    for count in range(1, len(others) + 1):
        hidden, shown = others[:count], others[count:]
        if _is_safe(values, small, hidden, shown):
            marks = dict.fromkeys(small, Mark.SMALL) | dict.fromkeys(hidden, Mark.HIDDEN)
            return [marks.get(at, value) for at, value in enumerate(values)]
    return None


def _is_safe(values: Sequence[int], small: list[int], hidden: list[int], shown: list[int]) -> bool:
    together = sum(values[at] for at in (*small, *hidden))
    largest = min((values[at] for at in shown), default=together)
    least = (len(small) - 1) * SMALL_FROM + len(hidden) * (SMALL_TO + 1)
    most = (len(small) - 1) * SMALL_TO + len(hidden) * largest
    return together - least >= SMALL_TO and together - most <= SMALL_FROM


def publish(value: int) -> Shown:
    """A number that stands alone: as it is, or "<5"."""
    return Mark.SMALL if SMALL_FROM <= value <= SMALL_TO else value
