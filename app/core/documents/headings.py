"""Headings of several rows: columns under groups, groups under groups, as registers have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeadCell:
    """One cell of a table's heading, with how many columns and rows it goes over."""

    text: str
    columns: int = 1
    rows: int = 1

    @property
    def is_group(self) -> bool:
        """Whether it stands above several columns or above a deeper row."""
        return self.columns > 1


def heading_rows(paths: Sequence[Sequence[str]]) -> list[list[HeadCell]]:
    """The heading of columns given by their paths from the widest group to the column's own heading.

    Neighbours with the same beginning share the cells of it; a column's own heading reaches down to the last row.
    """
    depth = max((len(path) for path in paths), default=0)
    rows = []
    for level in range(depth):
        cells: list[HeadCell] = []
        at = 0
        while at < len(paths):
            path = paths[at]
            if level >= len(path):
                at += 1
                continue
            if level == len(path) - 1:
                cells.append(HeadCell(path[level], 1, depth - level))
                at += 1
                continue
            end = at
            while (
                end < len(paths)
                and len(paths[end]) > level + 1
                and paths[end][: level + 1] == path[: level + 1]
            ):
                end += 1
            cells.append(HeadCell(path[level], end - at, 1))
            at = end
        rows.append(cells)
    return rows
