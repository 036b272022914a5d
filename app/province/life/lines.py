"""Lines of the ledger as a move writes them, in the rows that COPY takes."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.privacy.vault import Vault
from app.government.residents import derive
from app.government.residents.writing import plain
from app.province.life.owner import Row
from tenants.ids import uuid7

_OWN = frozenset(("id", "box", "nik_index", "kk_index", "nik_state", "missing_count", "row_version", "created_at",
                  "updated_at"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Occasion:
    """What all lines of one move share: the deed, its day, the day and moment of recording it, and who does it."""

    deed_id: uuid.UUID
    effective_on: dt.date
    today: dt.date
    moment: dt.datetime
    by: str


def line(
    occasion: Occasion,
    vault: Vault,
    kind: str,
    resident_id: uuid.UUID | None,
    household_id: uuid.UUID | None,
    month: dt.date,
    *,
    out: tuple[int | None, uuid.UUID | None] | None,
    into: tuple[int | None, uuid.UUID | None] | None,
    version: int,
    day: dt.date | None = None,
    details: Mapping[str, Any],
    kept: Mapping[str, Any],
) -> Row:
    """One line: whom it takes out of which cell and area, and puts into which; `kept` is sealed with it."""
    key, day = uuid7(), day or occasion.effective_on
    return {
        "id": key,
        "deed_id": occasion.deed_id,
        "kind": kind,
        "resident_id": resident_id,
        "household_id": household_id,
        "happened_on": day,
        "reported_on": occasion.today,
        "month": month,
        "is_late": (out is not None or into is not None) and month > day.replace(day=1),
        "from_cell": out[0] if out else None,
        "to_cell": into[0] if into else None,
        "from_area_id": out[1] if out else None,
        "to_area_id": into[1] if into else None,
        "details": json.dumps({name: value for name, value in details.items() if value}),
        "box": vault.seal_json(kept, f"life_event:{key}"),
        "version_after": version,
        "import_id": None,
        "reverses_id": None,
        "undone_at": None,
        "undone_by": "",
        "recorded_by": occasion.by,
        "recorded_at": occasion.moment,
    }


def cell(person: Mapping[str, Any]) -> int | None:
    """The ledger's cell of somebody alive."""
    return derive.cell(person["sex"], person["nationality"], person["residence_status"])


def entry_of(row: Row, columns: Sequence[str], sealed: Mapping[str, str]) -> dict[str, Any]:
    """What a line of entry keeps sealed: the fields as they came."""
    values = {name: row[name] for name in columns if name not in _OWN} | dict(sealed)
    return {
        "before": {},
        "after": {name: plain(value) for name, value in values.items() if value not in (None, "")},
    }
