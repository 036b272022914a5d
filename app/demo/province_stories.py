"""How each of the province's villages took to the platform in the demo: invented, but like a province.

The curve is an S: a few villages two years ago, most by now; cities later, regencies with weak signal slower. What a
village is like follows from its code alone, so every demo tells the same.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tenants.models import TenantRow, TenantState, now

MONTHS = 24
OTHER_SOFTWARE = "SID Kabupaten (contoh)"
OTHER_SHARE = {"18.07": 0.12, "18.10": 0.08, "18.01": 0.05}
"""Shares of desa that run another information system, in the kabupaten where there are such."""
PEOPLE = {
    "18.01": 1_124_683, "18.02": 1_394_395, "18.03": 675_626, "18.04": 313_756, "18.05": 440_040, "18.06": 641_036,
    "18.07": 1_122_605, "18.08": 495_058, "18.09": 501_047, "18.10": 444_834, "18.11": 241_280, "18.12": 312_516,
    "18.13": 177_430, "18.71": 1_077_664, "18.72": 182_293,
}  # fmt: skip
"""Residents by kabupaten/kota (Kemendagri)."""
DRIVE = {"18.06": 4.5, "18.10": 4.0, "18.08": 2.5, "18.72": 2.0, "18.11": -5.0, "18.13": -4.5, "18.04": -2.0}
"""Months by which a kabupaten is ahead of the others, or behind."""


@dataclass(frozen=True, slots=True)
class Tale:
    """A village's way: live since so many months, silent since so many (0: not), how well it does (0 to 1)."""

    row: TenantRow
    people: int
    live: int | None
    silent: int
    zeal: float
    staff: int
    state: TenantState
    software: str | None

    def live_at(self, moment: dt.datetime) -> dt.datetime | None:
        """The moment that the village went live."""
        return moment - dt.timedelta(days=30.4 * self.live) if self.live is not None else None

    def last_activity_at(self, moment: dt.datetime) -> dt.datetime | None:
        """The moment of the last staff action."""
        if self.live is None:
            return None
        days = (
            30.4 * self.silent if self.silent else (9 if self.state == TenantState.SET_UP else 1 + self.zeal)
        )
        return moment - dt.timedelta(days=days, minutes=len(self.row.name) * 37)


def tales(rows: Sequence[TenantRow], counted: Mapping[uuid.UUID, int]) -> list[Tale]:
    """Every village's way, by its code.

    Args:
        rows: all villages. Those that live in the demo (have a schema) stay what they are.
        counted: how many people these have, as far as they say so.
    """
    villages_of = Counter(row.regency_code for row in rows)
    found = []
    for row in rows:
        one = _tale(row, PEOPLE.get(row.regency_code, 500_000) / villages_of[row.regency_code])
        if row.schema_name is not None:
            live = round((now() - row.live_at).days / 30.4) if row.live_at else None
            one = replace(one, people=counted.get(row.id, one.people), live=live, silent=0)
        elif row.state != TenantState.LISTED:
            one = replace(one, live=None, silent=0)
        found.append(one)
    return found


def _tale(row: TenantRow, average: float) -> Tale:
    chance = random.Random(f"tale:{row.code}")
    people = max(320, min(24_000, round(average * chance.lognormvariate(-0.1, 0.45))))
    zeal = min(0.97, max(0.08, chance.gauss(0.62 + DRIVE.get(row.regency_code, 0) / 40, 0.17)))
    staff = chance.randint(8, 15)
    other = row.kind == "desa" and chance.random() < OTHER_SHARE.get(row.regency_code, 0)
    since = chance.gauss(12.5 + DRIVE.get(row.regency_code, 0) - (6 if row.kind == "kelurahan" else 0), 6.0)
    live = min(MONTHS, round(since)) if since >= 0.5 and not other else None
    silent = 0
    if live is not None and live >= 3 and chance.random() < 0.16 - 0.12 * zeal:
        silent = chance.randint(1, min(8, live - 1))
    software = OTHER_SOFTWARE if other and row.schema_name is None else None
    return Tale(row, people, live, silent, zeal, staff, _state(row, live, silent, zeal, chance), software)


def _state(row: TenantRow, live: int | None, silent: int, zeal: float, chance: random.Random) -> TenantState:
    if row.schema_name is not None or row.state != TenantState.LISTED:
        return TenantState(row.state)
    drawn = chance.random()
    if live is None:
        if drawn < 0.30:
            return TenantState.INVITED
        return (
            TenantState.APPLIED
            if drawn < 0.34
            else TenantState.APPROVED
            if drawn < 0.36
            else TenantState.LISTED
        )
    if silent:
        return TenantState.DORMANT
    if drawn < 0.003:
        return TenantState.SUSPENDED
    if live >= 3 and drawn < 0.35 + 0.6 * zeal:
        return TenantState.ESTABLISHED
    return TenantState.ACTIVE if drawn < 0.9 else TenantState.SET_UP
