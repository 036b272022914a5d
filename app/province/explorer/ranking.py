"""Places in order: equal values share a rank, and whoever told nothing or may not be told stands apart without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.core.indicators.declarations import Direction
from app.province.figures import Figure, Place

DIGITS = 9
"""Values that agree to so many decimals are equal: sums of the same parts differ in the last bits."""


class Line:
    """A place with its figure; `value` is what it is ranked by, `rank` None where it has none.

    Place and figure are made when they are asked for: a province has thousands of lines and a page shows fifty.
    """

    __slots__ = ("_made", "_make", "code", "is_shared", "name", "rank", "value")

    def __init__(
        self, code: str, name: str, value: float | None, make: Callable[[], tuple[Place, Figure]]
    ) -> None:
        self.code, self.name, self.value = code, name, value
        self.rank: int | None = None
        self.is_shared = False
        self._make = make
        self._made: tuple[Place, Figure] | None = None

    @property
    def place(self) -> Place:
        """The place."""
        return self._both()[0]

    @property
    def figure(self) -> Figure:
        """Its figure."""
        return self._both()[1]

    def _both(self) -> tuple[Place, Figure]:
        if self._made is None:
            self._made = self._make()
        return self._made


@dataclass(frozen=True, slots=True)
class Ranking:
    """`ranked` in the order of the ranks, `apart` by name of place."""

    ranked: list[Line]
    apart: list[Line]


def rank(lines: Iterable[Line], direction: Direction) -> Ranking:
    """Rank places: 1, 2, 2, 4. The least value is first where lower is better, the largest otherwise."""
    sign = 1 if direction == "lower" else -1
    known: list[tuple[float, str, Line]] = []
    apart: list[Line] = []
    for line in lines:
        if line.value is None:
            apart.append(line)
        else:
            known.append((sign * round(line.value, DIGITS), line.code, line))
    known.sort(key=lambda one: one[:2])
    counts = Counter(one[0] for one in known)
    place, before = 0, None
    for position, (value, _code, line) in enumerate(known, start=1):
        if value != before:
            place, before = position, value
        line.rank, line.is_shared = place, counts[value] > 1
    apart.sort(key=lambda line: (line.name, line.code))
    return Ranking([one[2] for one in known], apart)


def ordered(lines: list[Line], order: str) -> list[Line]:
    """The ranked lines by another order: `nama`, `naik` (least value first), `turun`; as they are for any other."""
    if order == "nama":
        return sorted(lines, key=lambda line: (line.name.casefold(), line.code))
    if order in ("naik", "turun"):
        sign = 1 if order == "naik" else -1
        return sorted(lines, key=lambda line: (sign * (line.value or 0.0), line.code))
    return lines


def matching(lines: list[Line], search: str) -> list[Line]:
    """Those whose name or code holds what is looked for; all when nothing is."""
    if not search:
        return lines
    wanted = search.casefold()
    return [line for line in lines if wanted in line.name.casefold() or wanted in line.code]
