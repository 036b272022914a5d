"""Small counts of sensitive indicators are hidden, and so is whatever would give them away by subtraction.

A count of residents by a trait below 5 is shown as "<5" above the village (domain: indicators; the statistical offices'
minimum frequency rule). Sums are shown along the tree of regions, so a hidden cell could be had back from its parent's
sum less its shown siblings: a second cell is hidden beside it, and below a cell that was hidden for its siblings' sake
at least one child is hidden, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

LEAST = 5
"""Counts from 1 to below this are not told. Nobody at all (0) is."""


def hidden_cells(
    counts: Mapping[str, float | None], parents: Mapping[str, str], roots: Iterable[str]
) -> set[str]:
    """Which cells of a tree of sums must not be shown.

    Args:
        counts: what each cell counts, None where nothing is known; parents hold at least the sums of their children.
        parents: each cell's parent; cells without one are not reached unless they are roots.
        roots: where the tree begins.

    Returns the keys to hide. Deterministic: among equals the smaller key is hidden.
    """
    children: dict[str, list[str]] = defaultdict(list)
    for child, parent in parents.items():
        children[parent].append(child)
    hidden: set[str] = set()
    todo = list(roots)
    for root in todo:
        if _is_small(counts.get(root)):
            hidden.add(root)
    while todo:
        parent = todo.pop()
        below = children.get(parent, [])
        hidden |= _among(parent in hidden, {key: counts.get(key) for key in below})
        todo.extend(below)
    return hidden


def _among(parent_hidden: bool, cells: Mapping[str, float | None]) -> set[str]:
    small = {key for key, count in cells.items() if _is_small(count)}
    told = sorted((count, key) for key, count in cells.items() if count and key not in small)
    if small and not parent_hidden:
        # The sum of what is hidden is known: one cell alone would be known, too, and so would a few tiny ones.
        while told and (len(small) < 2 or sum(cells[key] or 0 for key in small) < LEAST):
            small.add(told.pop(0)[1])
    elif parent_hidden and not small and told:
        small.add(told[0][1])
    return small


def _is_small(count: float | None) -> bool:
    return count is not None and 0 < count < LEAST
