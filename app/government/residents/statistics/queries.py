"""Counting the living residents by everything at once: one pass over the table, and one for households."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Integer, case, cast, func, select, tuple_

from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.filters import within_area
from app.government.residents.models import Household, Resident
from app.government.residents.statistics.dimensions import BAND_YEARS, DIMENSIONS, LAST_BAND

Pair = tuple[int, int]
"""Men and women."""


@dataclass(slots=True)
class Counts:
    """What was counted: for each key (a dimension's, `band`, `area`), code → (men, women); households per area."""

    by: dict[str, dict[Any, Pair]] = field(default_factory=dict)
    households: dict[uuid.UUID | None, int] = field(default_factory=dict)
    young: Pair = (0, 0)

    @property
    def men(self) -> int:
        """All men."""
        return sum(pair[0] for pair in self.by.get("band", {}).values())

    @property
    def women(self) -> int:
        """All women."""
        return sum(pair[1] for pair in self.by.get("band", {}).values())

    @property
    def people(self) -> int:
        """Everybody."""
        return self.men + self.women


def count_residents(today: dt.date, area_id: uuid.UUID | None = None, *, health: bool) -> Counts:
    """Count the living residents of the village, or of an area with everything in it, as of `today`.

    Two selects: residents by GROUPING SETS (5-year bands, each dimension, areas; each by sex), households by area.

    Args:
        health: whether dimensions of health are counted too; they are not even asked for otherwise.
    """
    years = cast(func.date_part("year", func.age(today, Resident.birth_date)), Integer)
    band = case((Resident.birth_date.is_not(None), func.least(years // BAND_YEARS, LAST_BAND)))
    columns: dict[str, Any] = {"band": band, "area": Resident.sub_area_id}
    columns |= {d.key: getattr(Resident, d.key) for d in DIMENSIONS if health or not d.health}
    inside = [Resident.vital_status == codes.ALIVE]
    homes = [Household.state == "active"]
    if area_id is not None:
        inside.append(Resident.sub_area_id.in_(within_area(area_id)))
        homes.append(Household.sub_area_id.in_(within_area(area_id)))
    flat = (
        select(Resident.sex, *(column.label(name) for name, column in columns.items()))
        .where(*inside)
        .subquery()
    )
    parts = {name: flat.c[name] for name in columns}
    query = select(func.grouping(*parts.values()), flat.c.sex, func.count(), *parts.values()).group_by(
        func.grouping_sets(*(tuple_(flat.c.sex, part) for part in parts.values()))
    )
    names = list(parts)
    # GROUPING sets a bit for every column that a line does not tell apart; the one that is 0 names the line.
    whole = (1 << len(names)) - 1
    found: dict[str, dict[Any, list[int]]] = {name: defaultdict(lambda: [0, 0]) for name in names}
    at_of = {whole ^ (1 << (len(names) - 1 - at)): at for at in range(len(names))}
    for mark, sex, count, *values in db.session.execute(query):
        at = at_of[mark]
        found[names[at]][values[at]][sex - 1] += count
    households = select(Household.sub_area_id, func.count()).where(*homes).group_by(Household.sub_area_id)
    return Counts(
        {name: {code: (pair[0], pair[1]) for code, pair in codes_.items()} for name, codes_ in found.items()},
        dict(db.session.execute(households).all()),
    )
