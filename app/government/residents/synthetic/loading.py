"""A made-up village into its register: three COPY in one transaction, sealed and indexed as `writing` does it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Table, select

from app.core.privacy.vault import Vault, open_vault, raise_register_version
from app.core.tables import ZONE
from app.extensions import db
from app.government.residents import derive
from app.government.residents.models import SEALED_FIELDS, Household, LifeEvent, Resident
from app.government.residents.synthetic.chronicle import Chronicle, Line
from app.government.residents.synthetic.families import Family, Person
from app.government.residents.writing import plain
from tenants.models import now

Row = Sequence[Any]


def has_residents() -> bool:
    """Whether the register of the present village holds anything."""
    return (
        db.session.scalar(select(Resident.id).limit(1)) is not None
        or db.session.scalar(select(Household.id).limit(1)) is not None
    )


def load(chronicle: Chronicle, recorded_by: Sequence[str] = ()) -> int:
    """Write a chronicle into the empty register of the present village, in the open transaction; return the lines.

    `recorded_by`: names of those who recorded it, in turns. Raises ValueError when the register is not empty.
    """
    vault = open_vault(alone=True)
    if has_residents():
        raise ValueError("the register is not empty")
    connection = db.session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("COPY needs psycopg")
    moments = [recorded_at(line) for line in chronicle.lines]
    times = times_of(chronicle.lines, moments)
    _copy(connection, Household.__table__, household_rows(chronicle.families, vault, times))
    _copy(connection, Resident.__table__, resident_rows(chronicle.people, vault, times))
    _copy(connection, LifeEvent.__table__, line_rows(chronicle.lines, moments, vault, recorded_by))
    raise_register_version()
    return len(chronicle.lines)


def _copy(connection: psycopg.Connection[Any], table: Any, rows: Iterable[Row]) -> None:
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


# -- rows, in the order of the tables' columns ------------------------------------------------------------------------

Times = dict[int, tuple[dt.datetime, dt.datetime]]
"""When a family or person was entered and changed last, by Python's id of it."""


def times_of(lines: Sequence[Line], moments: Sequence[dt.datetime]) -> Times:
    """When each subject was entered and changed last."""
    times: Times = {}
    for line, moment in zip(lines, moments, strict=True):
        first, _ = times.get(id(line.subject), (moment, moment))
        times[id(line.subject)] = (first, moment)
    return times


def household_rows(families: Iterable[Family], vault: Vault, times: Times) -> Iterator[Row]:
    """Rows of `household`."""
    row_of = _reader(Household.__table__)
    for family in families:
        values, kk = family.values, family.values["kk"]
        created, updated = times[id(family)]
        yield row_of(values, {
            "id": family.id,
            "kk_index": vault.index("kk", kk),
            "box": vault.seal_json({"kk": kk}, f"household:{family.id}"),
            "created_at": created,
            "updated_at": updated,
        })  # fmt: skip


def resident_rows(people: Iterable[Person], vault: Vault, times: Times) -> Iterator[Row]:
    """Rows of `resident`."""
    row_of = _reader(Resident.__table__)
    for person in people:
        values = person.values
        sealed = {name: values[name] for name in SEALED_FIELDS if values.get(name)}
        nik = sealed.get("nik", "")
        created, updated = times[id(person)]
        yield row_of(values, {
            "id": person.id,
            "nik_index": vault.index("nik", nik) if nik else None,
            "nik_state": derive.nik_state(nik),
            "box": vault.seal_json(sealed, f"resident:{person.id}") if sealed else None,
            "missing_count": derive.missing_count(values),
            "created_at": created,
            "updated_at": updated,
        })  # fmt: skip


def line_rows(
    lines: Iterable[Line],
    moments: Iterable[dt.datetime],
    vault: Vault,
    recorded_by: Sequence[str],
    *,
    noted: bool = True,
) -> Iterator[Row]:
    """Rows of `life_event`; without `noted` they don't keep what stood before and after."""
    row_of = _reader(LifeEvent.__table__)
    names = recorded_by or ("",)
    deeds: dict[int, uuid.UUID] = {}
    for number, (line, moment) in enumerate(zip(lines, moments, strict=True)):
        key = line_id(moment, number)
        deed = deeds.setdefault(line.deed, line_id(moment, number))
        kept: dict[str, Any] = {"before": _plainly(line.before), "after": _plainly(line.after)}
        if line.private:
            kept["private"] = line.private
        yield row_of({}, {
            "id": key,
            "deed_id": deed,
            "kind": line.kind,
            "resident_id": line.subject.id if isinstance(line.subject, Person) else None,
            "household_id": line.household_id,
            "happened_on": line.happened_on,
            "reported_on": line.reported_on,
            "month": line.happened_on.replace(day=1),
            "from_cell": line.stood[0],
            "to_cell": line.stands[0],
            "from_area_id": line.stood[1],
            "to_area_id": line.stands[1],
            "details": Jsonb(line.details),
            "box": vault.seal_json(kept, f"life_event:{key}") if noted else None,
            "version_after": line.version,
            "recorded_by": names[line.deed % len(names)],
            "recorded_at": moment,
        })  # fmt: skip


def _plainly(values: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def _reader(table: Any) -> Callable[[dict[str, Any], dict[str, Any]], Row]:
    """What reads a row out of values and what was derived from them; what neither holds stands as the table says."""
    assert isinstance(table, Table)
    names = [column.name for column in table.columns]
    defaults = {column.name: _default(column) for column in table.columns}

    def row_of(values: dict[str, Any], derived: dict[str, Any]) -> Row:
        merged = {**defaults, **values, **derived}
        return [merged[name] for name in names]

    return row_of


def _default(column: Any) -> Any:
    known = column.default
    if known is None or not known.is_scalar:
        return None
    return known.arg


# -- when it was recorded ---------------------------------------------------------------------------------------------


def recorded_at(line: Line) -> dt.datetime:
    """The moment in which a line was recorded: in the office's hours, and never later than now."""
    minutes = 15 if "opening" in line.kind else (line.deed * 37) % 400
    opened = dt.datetime.combine(line.reported_on, dt.time(8), ZONE)
    return min(opened + dt.timedelta(minutes=minutes), now() - dt.timedelta(minutes=10)).astimezone(dt.UTC)


def line_id(moment: dt.datetime, number: int) -> uuid.UUID:
    """A time-ordered id (UUID version 7) of the line with this number; lines of one moment follow each other."""
    milliseconds = int(moment.timestamp() * 1000) + (number >> 12)
    return uuid.UUID(
        int=milliseconds << 80
        | 7 << 76
        | (number & 0xFFF) << 64
        | 2 << 62
        | uuid.uuid4().int & ((1 << 62) - 1)
    )
