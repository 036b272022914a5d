"""Small counts of sensitive indicators are hidden, and so is whatever would give them away by subtraction.

A count of residents by a trait below 5 is shown as "<5" above the village (domain: indicators; the statistical offices'
minimum frequency rule). Sums are shown along the tree of regions, so what is hidden could be had back from a region's
sum less what is shown below it. Therefore:

- Where a region shows its sum, the cells that are hidden below it are so many and so large that each "<5" among them
  may still be any number from 1 to 4, for somebody who knows this rule, that "<5" is 1 to 4, and that what is hidden
  for a neighbour's sake is 5 or more.
- A region whose sum itself is "<5" tells nothing below it, not even who has nobody: four villages "<5" below a region
  "<5" would have exactly one each.
- A region of which everything is hidden and which still would give a count away is hidden for its part.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

LEAST = 5
"""Counts from 1 to below this are not told. Nobody at all (0) is."""
LARGEST = LEAST - 1
ROOM = LARGEST - 1
"""How far the sum of hidden cells has to lie from the least (and the most) that they can be: each keeps 1 to 4."""


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Hidden cells together: what they count, and the least and the most that somebody could take it for."""

    count: float
    least: float
    most: float
    has_small: bool

    @property
    def is_safe(self) -> bool:
        """Whether knowing the sum leaves each small cell anything from 1 to 4."""
        return not self.has_small or (self.count - self.least >= ROOM and self.most - self.count >= ROOM)


_NOTHING = _Unknown(0, 0, 0, has_small=False)


@dataclass(slots=True)
class _Cell:
    key: str
    count: float = 0.0
    below: list[_Cell] = field(default_factory=list)
    is_small: bool = False
    is_hidden: bool = False
    unknown: _Unknown = _NOTHING
    """The lowest hidden cells below it, or itself."""


def hidden_cells(counts: Mapping[str, float], parents: Mapping[str, str]) -> dict[str, bool]:
    """Which cells of a tree of sums must not be shown.

    Args:
        counts: what each of the lowest cells counts, those that are known.
        parents: the cell above each cell, up to a root that has none.

    Returns the keys to hide, with whether each is to be shown as "<5" (else as hidden). Deterministic: the smallest
    counts are hidden first, among equals the smaller key.
    """
    hidden: dict[str, bool] = {}
    for root in _trees(counts, parents):
        _settle(root)
        todo = [root]
        for cell in todo:
            todo.extend(cell.below)
            if cell.is_hidden:
                hidden[cell.key] = cell.is_small
    return hidden


def _trees(counts: Mapping[str, float], parents: Mapping[str, str]) -> list[_Cell]:
    cells: dict[str, _Cell] = {}
    roots: list[_Cell] = []

    def cell_of(key: str) -> _Cell:
        found = cells.get(key)
        if found is None:
            found = cells[key] = _Cell(key)
            above = parents.get(key)
            (roots if above is None else cell_of(above).below).append(found)
        return found

    for key, count in sorted(counts.items()):
        cell_of(key).count = count
    for root in roots:
        _add_up(root)
    return roots


def _add_up(cell: _Cell) -> float:
    if cell.below:
        cell.count = sum(_add_up(one) for one in cell.below)
    return cell.count


def _settle(cell: _Cell) -> None:
    """Decide on all that lies below a cell, then on the cell as far as that depends on nothing beside it."""
    for one in cell.below:
        _settle(one)
    if 0 < cell.count < LEAST:
        _silence(cell.below)
        cell.is_small = cell.is_hidden = True
        cell.unknown = _Unknown(cell.count, 1, LARGEST, has_small=True)
        return
    cell.unknown = _together(one.unknown for one in cell.below if one.is_hidden)
    shown = sorted(
        (one.count, one.key, one) for one in cell.below if not one.is_hidden and one.count >= LEAST
    )
    for _, _, one in shown:
        if cell.unknown.is_safe:
            return
        cell.unknown = _together((cell.unknown, _hide(one)))
    if not cell.unknown.is_safe:
        _hide(cell)


def _silence(cells: Iterable[_Cell]) -> None:
    for cell in cells:
        cell.is_hidden, cell.is_small = True, False
        _silence(cell.below)


def _hide(cell: _Cell) -> _Unknown:
    """Hide a cell for its neighbours' sake, with something below it; return what is unknown of it then."""
    cell.is_hidden = True
    large = [one for one in cell.below if one.count >= LEAST and not one.is_hidden]
    if cell.unknown is _NOTHING and not large:
        cell.unknown = _Unknown(cell.count, LEAST, math.inf, has_small=False)
        return cell.unknown
    inside = cell.unknown
    if inside is _NOTHING:
        inside = _hide(min(large, key=lambda one: (one.count, one.key)))
    # That a cell hidden for others is 5 or more is known, too.
    shown = cell.count - inside.count
    cell.unknown = replace(inside, least=max(inside.least, LEAST - shown))
    return cell.unknown


def _together(unknown: Iterable[_Unknown]) -> _Unknown:
    found = list(unknown)
    if not found:
        return _NOTHING
    return _Unknown(
        sum(one.count for one in found),
        sum(one.least for one in found),
        sum(one.most for one in found),
        any(one.has_small for one in found),
    )
