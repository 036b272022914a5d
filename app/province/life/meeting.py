"""Who of a village stands in the one that it joins, too, and whose number somebody else bears there.

A NIK alone makes nobody the same: registers hold wrong ones. The same person is who has the same NIK and sex, a name
that is one by the rules of imports, and no other birth date. Everybody else is entered, without the number.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.privacy.vault import Vault
from app.government.residents import codes
from app.government.residents.imports.identity import names_differ
from app.government.residents.models import OPEN_STATES
from app.government.residents.withheld import KIND, ORIGIN
from app.province.life.choosing import Chosen
from app.province.life.moving import Place
from app.province.life.owner import Connection, Row, run, table

Side = tuple[Place, Vault]


@dataclass(frozen=True, slots=True)
class Met:
    """Ids of the village that joins. `same`: residents who stand in the other village; `numbers_taken`: those whose NIK
    another person bears there; `cards_taken`: households that come and whose card's number stands there."""

    same: frozenset[uuid.UUID]
    numbers_taken: frozenset[uuid.UUID]
    cards_taken: frozenset[uuid.UUID]


def meet(conn: Connection, source: Side, target: Side, chosen: Chosen) -> Met:
    """Compare those who are chosen in `source` with those who live in `target`, by the target's blind indexes."""
    same: set[uuid.UUID] = set()
    others: set[uuid.UUID] = set()
    rows = run(
        conn,
        "SELECT id, box, name, sex, birth_date FROM {person} WHERE nik_index IS NOT NULL AND id = ANY(%s)",
        (list(chosen.residents),),
        person=table(source[0].schema, "resident"),
    )
    wanted = {
        target[1].index("nik", source[1].open_json(row["box"], f"resident:{row['id']}")["nik"]): row
        for row in rows
    }
    found = run(
        conn,
        "SELECT nik_index, name, sex, birth_date FROM {person} WHERE vital_status = %s AND nik_index = ANY(%s)",
        (codes.ALIVE, list(wanted)),
        person=table(target[0].schema, "resident"),
    )
    for there in found:
        row = wanted[bytes(there["nik_index"])]
        (same if is_same(row, there) else others).add(row["id"])
    return Met(frozenset(same), frozenset(others), _cards(conn, source, target, chosen, same))


def is_same(one: Row, other: Row) -> bool:
    """Whether two records with one NIK are plainly of one person."""
    born, born_there = one["birth_date"], other["birth_date"]
    agrees = born is None or born_there is None or born == born_there
    return agrees and one["sex"] == other["sex"] and not names_differ(one["name"], other["name"])


def _cards(
    conn: Connection, source: Side, target: Side, chosen: Chosen, same: set[uuid.UUID]
) -> frozenset[uuid.UUID]:
    lived_in = run(
        conn,
        "SELECT DISTINCT household_id FROM {person} WHERE household_id IS NOT NULL AND id = ANY(%s)",
        ([key for key in chosen.residents if key not in same],),
        person=table(source[0].schema, "resident"),
    ).fetchall()
    rows = run(
        conn,
        "SELECT id, box FROM {home} WHERE kk_index IS NOT NULL AND id = ANY(%s) AND (state = 'empty' OR id = ANY(%s))",
        (list(chosen.households), [row["household_id"] for row in lived_in]),
        home=table(source[0].schema, "household"),
    )
    wanted = {
        target[1].index("kk", source[1].open_json(row["box"], f"household:{row['id']}")["kk"]): row["id"]
        for row in rows
    }
    found = run(
        conn,
        "SELECT kk_index FROM {home} WHERE state = ANY(%s) AND kk_index = ANY(%s)",
        (list(OPEN_STATES), list(wanted)),
        home=table(target[0].schema, "household"),
    )
    return frozenset(wanted[bytes(row["kk_index"])] for row in found)


def withheld_before(conn: Connection, source: Side, chosen: Chosen) -> Mapping[uuid.UUID, tuple[str, str]]:
    """Numbers that an earlier merge took out and that nobody has decided on: they go along.

    By the id of a resident or a household that has none now, with the village that they came from.
    """
    rows = run(
        conn,
        "SELECT e.id, e.box, e.details ->> %(origin)s AS origin, e.resident_id, e.household_id FROM {event} e "
        "LEFT JOIN {person} r ON r.id = e.resident_id LEFT JOIN {home} h ON h.id = e.household_id "
        "WHERE e.kind = %(kind)s AND jsonb_exists(e.details, %(origin)s) AND e.undone_at IS NULL AND CASE "
        "WHEN e.resident_id IS NOT NULL THEN r.nik_index IS NULL AND e.resident_id = ANY(%(people)s) "
        "ELSE h.kk_index IS NULL AND e.household_id = ANY(%(homes)s) END ORDER BY e.version_after",
        {"origin": ORIGIN, "kind": KIND, "people": list(chosen.residents), "homes": list(chosen.households)},
        event=table(source[0].schema, "life_event"),
        person=table(source[0].schema, "resident"),
        home=table(source[0].schema, "household"),
    )
    found = {}
    for row in rows:
        before = source[1].open_json(row["box"], f"life_event:{row['id']}").get("before", {})
        number = before.get("nik" if row["resident_id"] else "kk")
        if number:
            found[row["resident_id"] or row["household_id"]] = (str(number), row["origin"])
    return found
