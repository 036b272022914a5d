"""What follows at once from entries in another village, each as a deed of its own that a clerk can take back.

A number that somebody else bears there is taken out; a household whose head stands there already gets another head.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.core.privacy.vault import Vault
from app.government.residents import codes, withheld
from app.province.life.lines import Occasion, line
from app.province.life.owner import Row
from tenants.ids import uuid7

SPOUSES = (2, 3)
_NOTES = {
    "nik": "Di sini NIK ini sudah tercatat untuk orang lain.",
    "kk": "Di sini nomor KK ini sudah dipakai keluarga lain.",
}


def take_out_number(
    occasion: Occasion, vault: Vault, row: Row, month: dt.date, numbers: Mapping[str, str], origin: str
) -> Row:
    """The line that takes a number out of a resident or household that was just entered; `row` counts the version.

    Args:
        numbers: the number under `nik` or `kk`. origin: the village that it came from.
    """
    (name,) = numbers
    row["row_version"] += 1
    person = name == "nik"
    return line(
        replace(occasion, deed_id=uuid7()), vault, withheld.KIND, row["id"] if person else None,
        row["household_id"] if person else row["id"], month, out=None, into=None, version=row["row_version"],
        details=withheld.details(origin, _NOTES[name]), kept={"before": dict(numbers), "after": {name: ""}},
    )  # fmt: skip


def choose_head(
    occasion: Occasion, vault: Vault, home: Row, members: Sequence[Row], month: dt.date
) -> list[Row]:
    """Make a member head of a household whose head did not come: husband or wife, else the oldest. Changes the rows."""
    head = min(
        members,
        key=lambda row: (
            row["relation"] != codes.HEAD_OF_HOUSEHOLD,
            row["relation"] not in SPOUSES,
            row["birth_date"] or dt.date.max,
            row["id"],
        ),
    )
    occasion = replace(occasion, deed_id=uuid7())
    changes: list[tuple[Row, str, object]] = [(home, "head_id", str(head["id"]))]
    if head["relation"] != codes.HEAD_OF_HOUSEHOLD:
        changes.insert(0, (head, "relation", codes.HEAD_OF_HOUSEHOLD))
    lines = []
    for row, name, value in changes:
        before = row[name]
        row["row_version"] += 1
        lines.append(
            line(
                occasion, vault, "change_head", head["id"] if row is head else None, home["id"], month, out=None,
                into=None, version=row["row_version"], details={},
                kept={"before": {name: before}, "after": {name: value}},
            )
        )  # fmt: skip
    head["missing_count"] -= head["relation"] is None
    head["relation"], home["head_id"] = codes.HEAD_OF_HOUSEHOLD, head["id"]
    return lines
