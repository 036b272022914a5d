"""Places in order: equal values share a rank, and whoever told nothing or may not be told stands apart without one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.core.indicators.declarations import Direction
from app.province.figures import Figure, Place

DIGITS = 9
"""Values that agree to so many decimals are equal: sums of the same parts differ in the last bits."""


@dataclass(frozen=True, slots=True)
class Line:
    """A place with its figure; `value` is what it is ranked by, `rank` None where it has none."""

    place: Place
    figure: Figure
    value: float | None
    rank: int | None = None
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Ranking:
    """`ranked` in the order of the ranks, `apart` by name of place."""

    ranked: list[Line]
    apart: list[Line]


def rank(lines: Iterable[Line], direction: Direction) -> Ranking:
    """Rank places: 1, 2, 2, 4. The least value is first where lower is better, the largest otherwise."""
    known: list[Line] = []
    apart: list[Line] = []
    for line in lines:
        (apart if line.value is None else known).append(line)
    sign = 1 if direction == "lower" else -1
    known.sort(key=lambda line: (sign * round(line.value or 0.0, DIGITS), line.place.code))
    ranked: list[Line] = []
    counts: dict[float, int] = {}
    for line in known:
        value = round(line.value or 0.0, DIGITS)
        counts[value] = counts.get(value, 0) + 1
    place, before = 0, None
    for position, line in enumerate(known, start=1):
        value = round(line.value or 0.0, DIGITS)
        if value != before:
            place, before = position, value
        ranked.append(replace(line, rank=place, is_shared=counts[value] > 1))
    apart.sort(key=lambda line: (line.place.name, line.place.code))
    return Ranking(ranked, apart)


def ordered(lines: list[Line], order: str) -> list[Line]:
    """The ranked lines by another order: `nama`, `naik` (least value first), `turun`; as they are for any other."""
    if order == "nama":
        return sorted(lines, key=lambda line: (line.place.name.casefold(), line.place.code))
    if order in ("naik", "turun"):
        sign = 1 if order == "naik" else -1
        return sorted(lines, key=lambda line: (sign * (line.value or 0.0), line.place.code))
    return lines


def matching(lines: list[Line], search: str) -> list[Line]:
    """Those whose name or code holds what is looked for; all when nothing is."""
    if not search:
        return lines
    wanted = search.casefold()
    return [line for line in lines if wanted in line.place.name.casefold() or wanted in line.place.code]
