"""Rows of the register made in bulk: sealed, indexed and derived as `Writing` does it, for COPY and bulk updates."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg import sql
from sqlalchemy import inspect as inspected

from app.core.privacy.vault import Vault
from app.extensions import db
from app.government.residents import derive
from app.government.residents.models import SEALED_FIELDS, Household, LifeEvent, Resident
from app.government.residents.writing import HOUSEHOLD_FIELDS, RESIDENT_FIELDS

_DAYS = ("birth_date", "married_on", "divorced_on", "passport_expires_on", "vital_on", "issued_on")
_IDS = ("household_id", "sub_area_id", "head_id", "photo_document_id")
DEFAULTS = {"nationality": 1, "residence_status": 1, "vital_status": 1, "household_order": 0}


def columns_of(model: type[Any]) -> tuple[str, ...]:
    """The columns of a table, as attributes are named."""
    return tuple(column.key for column in inspected(model).column_attrs)


RESIDENT_COLUMNS, HOUSEHOLD_COLUMNS, EVENT_COLUMNS = (
    columns_of(model) for model in (Resident, Household, LifeEvent)
)
_TEXTS = frozenset(
    column.key
    for model in (Resident, Household)
    for column in model.__table__.columns
    if not column.nullable and column.server_default is not None and column.type.python_type is str
)


def restored(name: str, value: Any) -> Any:
    """A value of plain data as the column holds it."""
    if value is None:
        return "" if name in _TEXTS else None
    if name in _DAYS and isinstance(value, str):
        return dt.date.fromisoformat(value)
    if name in _IDS and isinstance(value, str):
        return uuid.UUID(value)
    return value


def resident_row(
    resident_id: uuid.UUID, values: Mapping[str, Any], vault: Vault, moment: dt.datetime
) -> dict[str, Any]:
    """A new resident's row. `values`: columns and SEALED_FIELDS, as they are."""
    row: dict[str, Any] = {name: "" if name in _TEXTS else None for name in RESIDENT_COLUMNS}
    row |= DEFAULTS
    row |= {name: value for name, value in values.items() if name in RESIDENT_FIELDS and value is not None}
    sealed = {name: values.get(name) or "" for name in SEALED_FIELDS}
    row |= {"id": resident_id, "row_version": 1, "created_at": moment, "updated_at": moment}
    return row | sealed_columns(resident_id, row, sealed, vault)


def sealed_columns(
    resident_id: uuid.UUID, row: Mapping[str, Any], sealed: Mapping[str, str], vault: Vault
) -> dict[str, Any]:
    """What follows from a resident's fields: `box`, `nik_index`, `nik_state`, `missing_count`."""
    kept = {name: value for name, value in sealed.items() if value}
    nik = kept.get("nik", "")
    known = {name: row.get(name) for name in derive.REQUIRED if name != "nik"}
    return {
        "box": vault.seal_json(kept, f"resident:{resident_id}") if kept else None,
        "nik_index": vault.index("nik", nik) if nik else None,
        "nik_state": derive.nik_state(nik),
        "missing_count": derive.missing_count({**known, "nik": nik}),
    }


def household_row(
    household_id: uuid.UUID, values: Mapping[str, Any], vault: Vault, moment: dt.datetime
) -> dict[str, Any]:
    """A new household's row. `values`: columns, and `kk`."""
    row: dict[str, Any] = {name: "" if name in _TEXTS else None for name in HOUSEHOLD_COLUMNS}
    row |= {name: value for name, value in values.items() if name in HOUSEHOLD_FIELDS and value is not None}
    kk = values.get("kk") or ""
    row["state"] = row["state"] or "active"
    row |= {"id": household_id, "row_version": 1, "created_at": moment, "updated_at": moment}
    row["box"] = vault.seal_json({"kk": kk}, f"household:{household_id}") if kk else None
    row["kk_index"] = vault.index("kk", kk) if kk else None
    return row


def household_cell(state: str) -> int | None:
    """The ledger's cell of a household."""
    return derive.HOUSEHOLD_CELL if state == "active" else None


def copy_in(model: type[Any], columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    """Enter rows by COPY in the open transaction; returns how many.

    Attributes are named like their columns; JSON is given as text.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model.__tablename__), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    connection = db.session.connection().connection.driver_connection
    assert connection is not None
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([row[name] for name in columns])
            count += 1
    return count
