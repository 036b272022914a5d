"""Small counts of sensitive indicators are hidden, and so is whatever would give them away by subtraction.

A count of residents by a trait below 5 is shown as "<5" above the village (domain: indicators; the statistical offices'
minimum frequency rule). Sums are shown along the tree of regions, so what is hidden could be had back from a region's
sum less what is shown below it; and whoever knows this rule could ask which counts would have hidden just these cells.
Each "<5" stays anything from 1 to 4 for somebody who knows all of it:

- Where a region shows its sum, a count of 5 or more is hidden beside each "<5" below it. It is the last by its code,
  whatever it counts: the smallest one, say, would tell that the others are larger. The next is hidden, too, until all
  that is hidden together counts more than it would with every "<5" at 4 and every other at the least that it can be.
- A region whose sum itself is "<5" tells nothing below it, not even who has nobody: four villages "<5" below a region
  "<5" would have exactly one each.
- A region that has nothing more to hide, and would still give a count away, is hidden for its part. A kecamatan that
  counts 5 or more in villages of "<5" alone always is: whether it is must not depend on how small they are. A
  kabupaten/kota of these alone is told where its sum leaves each of them 1 to 4; it is hidden beside a neighbour
  only when nothing else can be.

The limit of it: this holds within a month and an indicator. Somebody who knows that a count stayed the same can compare
months in which other cells are hidden, and who knows a village's own count can take it off a sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

LEAST = 5
"""Counts from 1 to below this are not told. Nobody at all (0) is."""
LARGEST = LEAST - 1
ROOM = LARGEST - 1
"""How far a sum of "<5" alone has to lie from the least (and the most) that it can be: each keeps 1 to 4."""


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Hidden cells together: what they count, and what somebody could take them for.

    `least` and `most` bound them. At `need` every "<5" can still be 4 and the same cells would have been hidden, at
    `cap` every one can still be 1. `has_large` says whether one of them has no upper bound.
    """

    count: float = 0
    least: float = 0
    most: float = 0
    need: float = 0
    cap: float = 0
    has_small: bool = False
    has_large: bool = False
    has_closed: bool = False
    has_uneven: bool = False
    """Whether one of them was hidden because of what it counts: not every number between its bounds is possible."""

    @property
    def is_covered(self) -> bool:
        """Whether knowing the sum leaves each small cell anything from 1 to 4."""
        if not self.has_small:
            return True
        return (self.has_large or self.has_closed) and self.need < self.count <= self.cap

    @property
    def is_wide(self) -> bool:
        """Whether the sum of three small cells or more, and no others, leaves each of them anything from 1 to 4."""
        is_pure = self.least >= ROOM and not (self.has_large or self.has_closed or self.has_uneven)
        return is_pure and self.least + ROOM <= self.count <= self.most - ROOM


_NOTHING = _Unknown()


@dataclass(slots=True)
class _Cell:
    key: str
    count: float = 0.0
    below: list[_Cell] = field(default_factory=list)
    is_small: bool = False
    is_hidden: bool = False
    is_closed: bool = False
    """Whether it is made of small cells alone and may be shown."""
    unknown: _Unknown = _NOTHING
    """The lowest hidden cells below it, or itself."""


def hidden_cells(counts: Mapping[str, float], parents: Mapping[str, str]) -> dict[str, bool]:
    """Which cells of a tree of sums must not be shown.

    Args:
        counts: what each of the lowest cells counts, those that are known.
        parents: the cell above each cell, up to a root that has none.

    Returns the keys to hide, with whether each is to be shown as "<5" (else as hidden). Deterministic.
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
        cell.unknown = _Unknown(cell.count, 1, LARGEST, LARGEST, 1, has_small=True)
        return
    unknown = _together(one.unknown for one in cell.below if one.is_hidden)
    if not unknown.has_small:
        return
    for one in _shown(cell):
        if unknown.is_covered:
            break
        unknown = _together((unknown, _hide(one)))
    if unknown.is_covered:
        # What is hidden here keeps one more than it needs, whoever hides it for a neighbour's sake.
        cell.unknown = replace(unknown, need=unknown.need + 1)
    elif unknown.is_wide and any(one.below for one in cell.below):
        cell.is_closed, cell.unknown = True, unknown
    else:
        cell.is_hidden = True
        cell.unknown = _of_hidden_region(unknown, any(one.below for one in cell.below))


def _of_hidden_region(unknown: _Unknown, is_uneven: bool) -> _Unknown:
    """What is unknown of a region that is hidden with all that counts in it: that it is 5 or more is known, too."""
    if unknown.has_large:
        return unknown
    least, need, cap = (max(LEAST, bound) for bound in (unknown.least, unknown.need, unknown.cap))
    return replace(unknown, least=least, need=need, cap=cap, has_uneven=unknown.has_uneven or is_uneven)


def _silence(cells: Iterable[_Cell]) -> None:
    for cell in cells:
        cell.is_hidden, cell.is_small = True, False
        _silence(cell.below)


def _shown(cell: _Cell) -> list[_Cell]:
    """What may be hidden below a cell for a neighbour's sake, in the order in which it is."""
    large = [one for one in cell.below if one.count >= LEAST and not one.is_hidden]
    large.sort(key=lambda one: one.key, reverse=True)
    return sorted(large, key=lambda one: one.is_closed)


def _hide(cell: _Cell) -> _Unknown:
    """Hide a cell for its neighbours' sake, with something below it; return what is unknown of it then."""
    cell.is_hidden = True
    if cell.is_closed:
        known = cell.unknown
        cell.unknown = replace(known, need=known.least + ROOM, cap=known.most - ROOM, has_closed=True)
    elif cell.unknown is _NOTHING:
        large = _shown(cell)
        cell.unknown = (
            _hide(large[0])
            if large
            else _Unknown(cell.count, LEAST, math.inf, LEAST, math.inf, has_large=True)
        )
    return cell.unknown


def _together(unknown: Iterable[_Unknown]) -> _Unknown:
    found = list(unknown)
    if not found:
        return _NOTHING
    return _Unknown(
        sum(one.count for one in found),
        sum(one.least for one in found),
        sum(one.most for one in found),
        sum(one.need for one in found),
        sum(one.cap for one in found),
        *(any(getattr(one, mark) for one in found) for mark in _MARKS),
    )


_MARKS = ("has_small", "has_large", "has_closed", "has_uneven")
