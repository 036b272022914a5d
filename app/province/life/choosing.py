"""Who goes when sub-areas go to another village, and how many live in one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.province.life.owner import Connection, run, table


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who goes: ids of areas (with all that lies in them), households and living residents."""

    areas: list[uuid.UUID]
    households: list[uuid.UUID]
    residents: list[uuid.UUID]


def choose(conn: Connection, schema: str, areas: Sequence[uuid.UUID] | None) -> Chosen:
    """Who lives in these sub-areas of the top level; None: everybody, and all areas.

    A household goes whole: by its own area, or its head's where it has none. Who has no household goes by the own area.
    """
    names = {
        "area": table(schema, "sub_area"),
        "home": table(schema, "household"),
        "person": table(schema, "resident"),
    }
    every = areas is None
    found = run(
        conn,
        "WITH RECURSIVE found AS (SELECT id, parent_id FROM {area} WHERE %(every)s OR id = ANY(%(top)s) "
        "UNION SELECT a.id, a.parent_id FROM {area} a JOIN found ON a.parent_id = found.id) SELECT id FROM found",
        {"every": every, "top": list(areas or ())},
        **names,
    )
    area_ids = [row["id"] for row in found]
    values: dict[str, Any] = {"every": every, "areas": area_ids}
    homes = run(
        conn,
        "SELECT h.id FROM {home} h LEFT JOIN {person} r ON r.id = h.head_id WHERE h.state IN ('active', 'empty') "
        "AND (%(every)s OR coalesce(h.sub_area_id, r.sub_area_id) = ANY(%(areas)s)) ORDER BY h.id",
        values,
        **names,
    )
    values["homes"] = home_ids = [row["id"] for row in homes]
    people = run(
        conn,
        "SELECT r.id FROM {person} r LEFT JOIN {home} h ON h.id = r.household_id AND h.state = 'active' "
        "WHERE r.vital_status = 1 AND (%(every)s OR CASE WHEN h.id IS NOT NULL THEN h.id = ANY(%(homes)s) "
        "ELSE r.sub_area_id = ANY(%(areas)s) END) ORDER BY r.id",
        values,
        **names,
    )
    return Chosen(area_ids, home_ids, [row["id"] for row in people])


def counts(conn: Connection, schema: str) -> tuple[int, int]:
    """How many living residents and active households a village has."""
    row = run(
        conn,
        "SELECT (SELECT count(*) FROM {person} WHERE vital_status = 1) AS people, "
        "(SELECT count(*) FROM {home} WHERE state = 'active') AS homes",
        person=table(schema, "resident"),
        home=table(schema, "household"),
    ).fetchone()
    assert row is not None
    return row["people"], row["homes"]
