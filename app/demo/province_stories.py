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


SHARES = {
    "female": ("pop.female", 0.490, 0.006), "small": ("pop.age_0_4", 0.080, 0.008),
    "school": ("pop.age_5_17", 0.218, 0.016), "old": ("pop.age_60_plus", 0.106, 0.016),
    "working": ("pop.working_age", 0.684, 0.014), "disabled": ("pop.disabled", 0.0138, 0.0028),
    "uncertified": ("pop.without_birth_certificate", 0.22, 0.05), "insured": ("pop.bpjs_covered", 0.80, 0.06),
    "complete": ("pop.data_completeness", 0.91, 0.04), "portal": ("portal.accounts", 0.24, 0.04),
}  # fmt: skip
"""What part of a village's residents it is: the indicator that tells it, the mean of the made-up villages, how they
differ. People of 15 to 64 are those of 18 to 59 and some more, the young and the old being known."""
STAFF = "staff.count"
PEOPLE_CODE = "pop.total"


@dataclass(frozen=True, slots=True)
class Tale:
    """A village's way: live since so many months, silent since so many (0: not), how well it does (0 to 1), and what
    part of its residents is what (`SHARES`)."""

    row: TenantRow
    people: int
    live: int | None
    silent: int
    zeal: float
    staff: int
    state: TenantState
    software: str | None
    shares: Mapping[str, float]

    def live_at(self, moment: dt.datetime) -> dt.datetime | None:
        """The moment that the village went live."""
        return moment - dt.timedelta(days=30.4 * self.live) if self.live is not None else None

    def last_activity_at(self, moment: dt.datetime) -> dt.datetime | None:
        """The moment of the last staff action."""
        if self.live is None:
            return None
        return moment - dt.timedelta(hours=self.idle)

    @property
    def idle(self) -> float:
        """Hours since the last staff action."""
        if self.silent:
            days = 30.4 * self.silent + self.people % 19
        else:
            days = 9 if self.state == TenantState.SET_UP else 0.3 + 3 * self.zeal
        return 24 * days + len(self.row.name) * 37 / 60


def tales(rows: Sequence[TenantRow], counted: Mapping[uuid.UUID, Mapping[str, float]]) -> list[Tale]:
    """Every village's way, by its code.

    Args:
        rows: all villages. Those that live in the demo (have a schema) stay what they are.
        counted: what these tell of the present month: indicator → value. Their past leads there.
    """
    villages_of = Counter(row.regency_code for row in rows)
    found = []
    for row in rows:
        one = _tale(row, PEOPLE.get(row.regency_code, 500_000) / villages_of[row.regency_code])
        if row.schema_name is not None:
            live = round((now() - row.live_at).days / 30.4) if row.live_at else None
            one = _as_counted(replace(one, live=live, silent=0), counted.get(row.id, {}))
        elif row.state != TenantState.LISTED:
            one = replace(one, live=None, silent=0)
        found.append(one)
    return found


def _as_counted(one: Tale, told: Mapping[str, float]) -> Tale:
    """A village as it counts itself: as many people and staff, and the same parts of them."""
    people = told.get(PEOPLE_CODE)
    if not people:
        return one
    parts = {
        name: told[code] / (1 if name == "complete" else people)
        for name, (code, _, _) in SHARES.items()
        if code in told
    }
    if "portal" in parts:
        parts["portal"] /= max(
            0.02, one.zeal * min(1, 0.3 + 0.055 * (one.live or 0)) * min(1, (one.live or 0) / 20)
        )
    staff = round(told.get(STAFF, one.staff))
    return replace(one, people=round(people), staff=staff, shares={**one.shares, **parts})


def _shares(row: TenantRow) -> dict[str, float]:
    chance = random.Random(f"shares:{row.code}")
    # Neighbours are alike: half of what sets a village apart is its kecamatan's.
    around = random.Random(f"shares:{row.district_code}")
    found = {
        name: mean + spread * max(-2.2, min(2.2, 0.8 * chance.gauss() + 0.6 * around.gauss()))
        for name, (_, mean, spread) in SHARES.items()
    }
    adults = 1 - found["small"] - found["school"] - found["old"]
    return {**found, "working": adults + 0.088}


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
    state = _state(row, live, silent, zeal, chance)
    return Tale(row, people, live, silent, zeal, staff, state, software, _shares(row))


def _state(row: TenantRow, live: int | None, silent: int, zeal: float, chance: random.Random) -> TenantState:
    if row.schema_name is not None or row.state != TenantState.LISTED:
        return TenantState(row.state)
    drawn = chance.random()
    if live is None:
        if drawn < 0.30:
            return TenantState.INVITED
        return TenantState.APPLIED if drawn < 0.36 else TenantState.LISTED
    if silent:
        return TenantState.DORMANT
    if drawn < 0.003:
        return TenantState.SUSPENDED
    if live >= 3 and drawn < 0.35 + 0.6 * zeal:
        return TenantState.ESTABLISHED
    return TenantState.ACTIVE if drawn < 0.9 else TenantState.SET_UP
