"""Villages by the thousand: a made-up village is rendered once as COPY text with holes, then stamped for each village.

Stamping fills in what differs: ids, areas, the kecamatan in numbers, and what is sealed or indexed with the village's
own key. So 9.1 million people differ from each other where the database could tell, and cost some microseconds each.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from app.core.privacy.vault import Vault
from app.government.residents.models import Household, LifeEvent, Resident
from app.government.residents.synthetic import Area, settle
from app.government.residents.synthetic.history import Historian, extra_share
from app.government.residents.synthetic.loading import (
    household_rows,
    line_rows,
    recorded_at,
    resident_rows,
    times_of,
)
from app.government.residents.synthetic.shares import ELSEWHERE

TABLES = (Household, Resident, LifeEvent)
PATTERN_DISTRICT = "180620"
AREAS = 12
ID, OWN = "\x01", "\x02"
"""Marks: the rest of an id follows, whose beginning is the village's own; the village's kecamatan stands here."""
INDEXES_LATER = (
    "uq_household_kk_index", "uq_resident_nik_index", "ix_resident_name", "ix_resident_household_id",
    "ix_life_event_resident_id", "ix_life_event_month",
)  # fmt: skip


@dataclass(slots=True)
class Hole:
    """Something that only a village's own key can fill: a sealed record, or a blind index (`kind`)."""

    text: str
    kind: str = ""
    belongs_to: str = ""


@dataclass(slots=True)
class Pattern:
    """A village as rows with holes: for each table its text in pieces and where which hole is.

    A piece that is None is the beginning of an id.
    """

    residents: int
    lines: int
    pieces: list[list[str | None]] = field(default_factory=list)
    holes: list[list[tuple[int, Hole]]] = field(default_factory=list)


class _Recorder:
    """Stands in for a vault while a pattern is rendered: notes what will be sealed."""

    def __init__(self, ids: _Ids) -> None:
        self.ids = ids

    def seal_json(self, value: Any, belongs_to: str) -> Hole:
        table, _, key = belongs_to.partition(":")
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        text = text.replace(f'"{PATTERN_DISTRICT}', f'"{OWN}')
        return Hole(text, belongs_to=f"{table}:{self.ids.mark(uuid.UUID(key))}")

    def index(self, kind: str, text: str) -> Hole:
        return Hole(
            text.replace(PATTERN_DISTRICT, OWN, 1) if text.startswith(PATTERN_DISTRICT) else text, kind
        )


class _Ids:
    """Gives each id of a pattern a number, in the order in which they come; those of areas come first."""

    def __init__(self, areas: Sequence[uuid.UUID]) -> None:
        self._next = count(1)
        self._marks: dict[uuid.UUID, str] = {}
        for area in areas:
            self.mark(area)

    def mark(self, key: uuid.UUID) -> str:
        found = self._marks.get(key)
        if found is None:
            found = self._marks[key] = f"{ID}{next(self._next):012x}"
        return found


def pattern(size: int, seed: int, day: dt.date) -> Pattern:
    """Render one made-up village of about `size` people."""
    areas = [Area(uuid.UUID(int=number + 1)) for number in range(AREAS)]
    opened_on = day - dt.timedelta(days=600)
    more = round(size * (1 + extra_share(opened_on, day)))
    settlement = settle(PATTERN_DISTRICT, more, seed, areas, day, centre=(-5.2, 105.1))
    chronicle = Historian(settlement, opened_on, [area.id for area in areas]).tell()
    ids = _Ids([area.id for area in areas])
    recorder: Any = _Recorder(ids)
    moments = [recorded_at(line) for line in chronicle.lines]
    times = times_of(chronicle.lines, moments)
    made = Pattern(chronicle.alive, len(chronicle.lines))
    for rows in (
        household_rows(chronicle.families, recorder, times),
        resident_rows(chronicle.people, recorder, times),
        line_rows(chronicle.lines, moments, recorder, ("Siti Rohmah", "Edi Suprapto"), noted=False),
    ):
        pieces, holes = _rendered(rows, ids)
        made.pieces.append(pieces)
        made.holes.append(holes)
    return made


def _rendered(rows: Iterable[Sequence[Any]], ids: _Ids) -> tuple[list[str | None], list[tuple[int, Hole]]]:
    pieces: list[str | None] = []
    holes: list[tuple[int, Hole]] = []
    running: list[str] = []

    def close() -> None:
        for number, part in enumerate("".join(running).split(ID)):
            pieces.extend((None, part) if number else (part,))
        running.clear()

    for row in rows:
        for number, value in enumerate(row):
            running.append("\t" if number else "")
            if isinstance(value, Hole):
                close()
                holes.append((len(pieces), value))
                pieces.append("")
            else:
                running.append(_as_copy(value, ids))
        running.append("\n")
    close()
    return pieces, holes


def _as_copy(value: Any, ids: _Ids) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, uuid.UUID):
        return ids.mark(value)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Jsonb):
        value = json.dumps(value.obj)
    elif isinstance(value, dict):
        value = json.dumps(value)
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def stamped(made: Pattern, vault: Vault, stem: str, district: str) -> list[bytes]:
    """The rows of each table for one village, as COPY takes them. `stem`: the first 24 signs of its ids."""
    found = []
    is_elsewhere = district in ELSEWHERE
    for pieces, holes in zip(made.pieces, made.holes, strict=True):
        own = [stem if piece is None else piece for piece in pieces]
        for place, hole in holes:
            plain = hole.text
            if is_elsewhere:
                plain = _apart(hole, district)
            plain = plain.replace(OWN, district)
            if hole.kind:
                filled = vault.index(hole.kind, plain)
            else:
                filled = vault.seal(plain.encode(), hole.belongs_to.replace(ID, stem))
            own[place] = f"\\\\x{filled.hex()}"
        found.append("".join(own).encode())
    return found


def _apart(hole: Hole, district: str) -> str:
    """Let those who come from this very kecamatan come from the pattern's instead, so that no number is there twice."""
    if hole.kind:
        return PATTERN_DISTRICT + hole.text[6:] if hole.text.startswith(district) else hole.text
    return hole.text.replace(f'"{district}', f'"{PATTERN_DISTRICT}')


def stem_of(number: int) -> str:
    """The first 24 signs of the ids of the village with this number (UUID version 7 in shape)."""
    return f"019a0000-{number:04x}-7000-8000-"


class Loader:
    """Loads villages over one connection of a superuser: COPY without foreign keys' triggers, indexes at the end."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self.conn = conn
        conn.execute("SET session_replication_role = replica")
        conn.execute("SET synchronous_commit = off")
        conn.execute("SET maintenance_work_mem = '256MB'")
        conn.execute("SET default_statistics_target = 20")

    def load(self, schema: str, stem: str, rows: Sequence[bytes], key_id: str) -> None:
        """Write one village in one transaction: all of it, or nothing when this process is ended."""
        with self.conn.transaction():
            self.conn.execute(
                sql.SQL("SET LOCAL search_path = {}, extensions").format(sql.Identifier(schema))
            )
            self._take_areas(stem)
            later = self._without_indexes(schema)
            for table, data in zip(TABLES, rows, strict=True):
                self._copy(table.__table__, data)
            for definition in later:
                self.conn.execute(definition)
            self.conn.execute(
                "INSERT INTO village_state (id, key_id, register_version) VALUES (1, %s, 1) "
                "ON CONFLICT (id) DO UPDATE SET register_version = village_state.register_version + 1",
                (key_id,),
            )
            self.conn.execute("ANALYZE household, resident, life_event")

    def _take_areas(self, stem: str) -> None:
        """Give the village's RT the ids that its people's rows name."""
        self.conn.execute(
            "UPDATE sub_area SET id = (%s || lpad(to_hex(numbered.place), 12, '0'))::uuid FROM "
            "(SELECT id, row_number() OVER (ORDER BY name) AS place FROM sub_area WHERE kind = 'rt') AS numbered "
            "WHERE sub_area.id = numbered.id AND numbered.place <= %s",
            (stem, AREAS),
        )

    def _copy(self, table: Any, data: bytes) -> None:
        names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
        with self.conn.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(data)

    def _without_indexes(self, schema: str) -> list[str]:
        """Drop the indexes that are faster made afterwards; return what makes them again."""
        query = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = %s AND indexname = ANY(%s)"
        found = self.conn.execute(query, (schema, list(INDEXES_LATER))).fetchall()
        names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in found)
        if found:
            self.conn.execute(sql.SQL("DROP INDEX {}").format(names))
        return [definition for _, definition in found]
