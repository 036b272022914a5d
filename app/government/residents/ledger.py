"""Every total of the population: sums over `life_event`, and nothing else.

A line takes its subject out of `from_cell` in `from_area` and puts them into `to_cell` in `to_area`. The count of a
cell at the end of a month is what went in less what went out in all months up to it; undone lines do not count.
Cells 0 to 7 are people (see `derive.cell_of`), cell 10 is households. Each function below is one select.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Subquery, and_, func, literal, null, or_, select, union_all

from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents.derive import HOUSEHOLD_CELL, PERSON_CELLS
from app.government.residents.models import LifeEvent, PopulationMonth
from app.government.residents.writing import next_month

CELLS = (*PERSON_CELLS, HOUSEHOLD_CELL)
PERMANENT_CELLS = PERSON_CELLS[:4]
NEWCOMER_CELLS = PERSON_CELLS[4:]
PARTS = {"permanent": PERMANENT_CELLS, "newcomer": NEWCOMER_CELLS, "all": PERSON_CELLS}
"""The parts of the report: permanent residents, newcomers (temporary ones too), both together."""

GROUPS = (
    "opening", "births", "moved_in", "returned", "deaths", "moved_out", "gone", "formed", "closed", "areas", "status",
    "corrections", "reversals",
)  # fmt: skip
"""The report's rows between start and end. `gone`: missing or left; `formed` and `closed`: households."""
GROUP_OF = {
    "opening": "opening", "household_opening": "opening",
    "birth": "births", "death": "deaths",
    "move_in": "moved_in", "household_moved_in": "moved_in",
    "taken_over": "moved_in", "household_taken_over": "moved_in",
    "move_out": "moved_out", "household_moved_out": "moved_out",
    "handed_over": "moved_out", "household_handed_over": "moved_out",
    "missing": "gone", "left": "gone",
    "return": "returned", "household_returned": "returned",
    "household_formed": "formed", "household_closed": "closed", "dissolve": "closed",
    "move_area": "areas", "split": "areas", "merge": "areas",
    "change_residence": "status", "change_nationality": "status",
    "reversal": "reversals",
}  # fmt: skip
"""Kind of a line → row of the report; every other kind is a correction."""

Vector = dict[int, int]
"""Cell → count; cells that are not named hold none."""


def group_of(kind: str) -> str:
    """The report's row of a kind of line."""
    return GROUP_OF.get(kind, "corrections")


@dataclass(slots=True)
class Figures:
    """A month's report, of the village or one area: what stood at the start, what changed, what stands at the end."""

    month: dt.date
    start: Vector = field(default_factory=dict)
    flows: dict[str, Vector] = field(default_factory=dict)

    @property
    def end(self) -> Vector:
        """Start and all flows together."""
        total: dict[int, int] = defaultdict(int, self.start)
        for flow in self.flows.values():
            for cell, count in flow.items():
                total[cell] += count
        return {cell: count for cell, count in total.items() if count}

    def rows(self) -> list[tuple[str, Vector]]:
        """(name, counts) of all rows: `start`, the GROUPS, `end`."""
        between = [(group, self.flows.get(group, {})) for group in GROUPS]
        return [("start", self.start), *between, ("end", self.end)]

    def as_json(self) -> dict[str, Any]:
        """As a closed month keeps it."""

        def plain(vector: Vector) -> dict[str, int]:
            return {str(cell): count for cell, count in sorted(vector.items()) if count}

        flows = {group: plain(flow) for group, flow in self.flows.items() if plain(flow)}
        return {"start": plain(self.start), "flows": flows, "end": plain(self.end)}

    @classmethod
    def from_json(cls, month: dt.date, kept: Mapping[str, Any]) -> Figures:
        """What `as_json` made."""

        def counts(vector: Mapping[str, int]) -> Vector:
            return {int(cell): count for cell, count in vector.items()}

        flows = {group: counts(flow) for group, flow in kept.get("flows", {}).items()}
        return cls(month, counts(kept.get("start", {})), flows)


def people(vector: Vector, cells: Iterable[int] = PERSON_CELLS) -> int:
    """How many people stand in the given cells."""
    return sum(vector.get(cell, 0) for cell in cells)


def men(vector: Vector, cells: Iterable[int] = PERSON_CELLS) -> int:
    """How many of them are men."""
    return people(vector, [cell for cell in cells if not cell & 1])


def women(vector: Vector, cells: Iterable[int] = PERSON_CELLS) -> int:
    """How many of them are women."""
    return people(vector, [cell for cell in cells if cell & 1])


def households(vector: Vector) -> int:
    """How many households."""
    return vector.get(HOUSEHOLD_CELL, 0)


def population(at: dt.date | None = None) -> dict[tuple[int, uuid.UUID | None], int]:
    """(cell, area) → count at the end of the month in which `at` lies; None: all lines, which is now."""
    legs = _legs(next_month(at) if at else None)
    query = select(legs.c.cell, legs.c.area_id, func.sum(legs.c.n)).group_by(legs.c.cell, legs.c.area_id)
    return {(cell, area): int(count) for cell, area, count in db.session.execute(query) if count}


def totals(at: dt.date | None = None) -> Vector:
    """Cell → count at the end of a month; None: now."""
    found: dict[int, int] = defaultdict(int)
    for (cell, _area), count in population(at).items():
        found[cell] += count
    return {cell: count for cell, count in found.items() if count}


def reports(first: dt.date, last: dt.date) -> list[Figures]:
    """The reports of all months from that of `first` to that of `last`, as the ledger gives them now."""
    first, last = first.replace(day=1), last.replace(day=1)
    legs = _legs(next_month(last), first)
    query = select(legs.c.bucket, legs.c.kind, legs.c.cell, func.sum(legs.c.n)).group_by(
        legs.c.bucket, legs.c.kind, legs.c.cell
    )
    flows: dict[dt.date, dict[str, dict[int, int]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(int))
    )
    start: dict[int, int] = defaultdict(int)
    for bucket, kind, cell, count in db.session.execute(query):
        if bucket is None:
            start[cell] += int(count)
        else:
            flows[bucket][group_of(kind)][cell] += int(count)
    found, standing, month = [], _without_zeros(start), first
    while month <= last:
        figures = Figures(month, standing, {g: _without_zeros(v) for g, v in flows[month].items()})
        found.append(figures)
        standing, month = figures.end, next_month(month)
    return found


def flows(month: dt.date) -> Figures:
    """One month's report, as the ledger gives it now."""
    return reports(month, month)[0]


def report(month: dt.date) -> Figures:
    """One month's report: as it stood when the month was closed, else as the ledger gives it now."""
    month = month.replace(day=1)
    kept = db.session.scalar(select(PopulationMonth.figures).where(PopulationMonth.month == month))
    return Figures.from_json(month, kept) if kept is not None else flows(month)


def report_by_area(month: dt.date) -> dict[uuid.UUID | None, Figures]:
    """One month's report for each area of the top level (dusun); None holds those without one.

    Who moves from one area to another stands in the row `areas`, out of the one and into the other.
    """
    month = month.replace(day=1)
    legs = _legs(next_month(month), month)
    top = _tops()
    query = (
        select(top.c.top_id, legs.c.bucket, legs.c.kind, legs.c.cell, func.sum(legs.c.n))
        .select_from(legs)
        .outerjoin(top, top.c.id == legs.c.area_id)
        .group_by(top.c.top_id, legs.c.bucket, legs.c.kind, legs.c.cell)
    )
    found: dict[uuid.UUID | None, Figures] = {}
    for area, bucket, kind, cell, count in db.session.execute(query):
        figures = found.setdefault(area, Figures(month))
        vector = figures.start if bucket is None else figures.flows.setdefault(group_of(kind), {})
        vector[cell] = vector.get(cell, 0) + int(count)
    return found


def span() -> tuple[dt.date | None, dt.date | None]:
    """The first month in which anything counts, and the last closed one."""
    counted = or_(LifeEvent.from_cell.is_not(None), LifeEvent.to_cell.is_not(None))
    first = select(func.min(LifeEvent.month)).where(counted, LifeEvent.undone_at.is_(None)).scalar_subquery()
    closed = select(func.max(PopulationMonth.month)).scalar_subquery()
    row = db.session.execute(select(first, closed)).one()
    return row[0], row[1]


def _legs(before: dt.date | None, since: dt.date | None = None) -> Subquery:
    """Both sides of each line that counts, before a month: −1 where it leaves, +1 where it arrives.

    `bucket` is the line's month, null when that lies before `since`; `kind` is empty then.
    """

    def side(cell: Any, area: Any, n: int) -> Any:
        counts = [LifeEvent.undone_at.is_(None), cell.is_not(None)]
        columns = (cell.label("cell"), area.label("area_id"), literal(n).label("n"))

        def part(bucket: Any, kind: Any, *conditions: Any) -> Any:
            return select(bucket.label("bucket"), kind.label("kind"), *columns).where(
                and_(*counts, *conditions)
            )

        until = [LifeEvent.month < before] if before else []
        if since is None:
            return [part(LifeEvent.month, LifeEvent.kind, *until)]
        return [
            part(null().cast(LifeEvent.month.type), literal(""), LifeEvent.month < since),
            part(LifeEvent.month, LifeEvent.kind, LifeEvent.month >= since, *until),
        ]

    out = side(LifeEvent.from_cell, LifeEvent.from_area_id, -1)
    into = side(LifeEvent.to_cell, LifeEvent.to_area_id, 1)
    return union_all(*out, *into).subquery("legs")


def _tops() -> Subquery:
    """Each area with the area of the top level that it lies in."""
    tree = (
        select(SubArea.id, SubArea.id.label("top_id")).where(SubArea.parent_id.is_(None)).cte(recursive=True)
    )
    tree = tree.union_all(select(SubArea.id, tree.c.top_id).join(tree, SubArea.parent_id == tree.c.id))
    return select(tree).subquery("tops")


def _without_zeros(vector: Mapping[int, int]) -> Vector:
    return {cell: count for cell, count in vector.items() if count}
