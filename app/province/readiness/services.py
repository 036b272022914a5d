"""Weighing the index anew: trying what a scheme would change, saving it, taking back one that does not hold yet.

Every function runs inside a platform scope; those that change something commit. That whoever acts may do it was decided
before.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.core import audit
from app.core.indicators.declarations import period_of
from app.core.indicators.writing import mark_due
from app.extensions import db
from app.province.figures import newest_month
from app.province.readiness import scoring
from app.province.readiness.classes import ReadinessClass, class_of
from app.province.readiness.models import ReadinessScheme
from app.province.readiness.schemes import Scheme, all_schemes, keep_shipped, scheme_of, stamp_of
from tenants.models import TenantRow, now

LOCK = "readiness.schemes"
MOST_SHOWN = 10
"""Villages that win and lose most in a simulation."""


class SchemeConflict(Exception):
    """Somebody saved or took back a scheme meanwhile; `newest` is the one that was made last."""

    def __init__(self, newest: Scheme) -> None:
        super().__init__("schemes changed meanwhile")
        self.newest = newest


class SchemeHolds(Exception):
    """A scheme that holds already, or held, is not taken back."""


def save_scheme(scheme: Scheme, seen: str) -> None:
    """Keep a scheme that was checked, in the place of one that holds from the same month. Commits.

    When it holds from the present month, all villages are marked to be scored anew; a job does it within seconds.

    Args:
        scheme: weights and scales; `holds_from` not before the present month.
        seen: `stamp_of` all schemes when the person began.

    Raises SchemeConflict when schemes changed since, SchemeHolds when the month is over meanwhile.
    """
    before = _locked(seen)
    this_month = period_of(now()).first
    if scheme.holds_from < this_month:
        raise SchemeHolds
    held = scheme_of(scheme.holds_from)
    keep_shipped()
    kept = {"note": scheme.note, "made_by": scheme.made_by, "made_at": now(), **scheme.as_json()}
    statement = upsert(ReadinessScheme).values(holds_from=scheme.holds_from, **kept)
    db.session.execute(statement.on_conflict_do_update(index_elements=["holds_from"], set_=kept))
    replaced = any(one.holds_from == scheme.holds_from for one in before)
    audit.record(
        "readiness.scheme_saved",
        object_type="readiness_scheme",
        object_id=f"{scheme.holds_from:%Y-%m}",
        summary=f"{scheme.holds_from:%Y-%m}",
        details={
            "before": {**_told(held), "holds_from": held.holds_from},
            "after": {**_told(scheme), "holds_from": scheme.holds_from},
            "reason": scheme.note,
            "replaced": replaced,
        },
    )
    if scheme.holds_from == this_month:
        mark_due(None, [this_month])
    db.session.commit()


def take_back(scheme_id: uuid.UUID) -> bool:
    """Take back a scheme that does not hold yet, and return whether there was one. Commits. Raises SchemeHolds."""
    _lock()
    row = db.session.get(ReadinessScheme, scheme_id)
    if row is None:
        return False
    if row.holds_from <= period_of(now()).first:
        raise SchemeHolds
    audit.record(
        "readiness.scheme_taken_back",
        object_type="readiness_scheme",
        object_id=f"{row.holds_from:%Y-%m}",
        summary=f"{row.holds_from:%Y-%m}",
        details={"before": {"weights": row.weights, "scales": row.scales, "note": row.note}},
    )
    db.session.execute(delete(ReadinessScheme).where(ReadinessScheme.id == scheme_id))
    db.session.commit()
    return True


def _locked(seen: str) -> list[Scheme]:
    _lock()
    present = all_schemes()
    if stamp_of(present) != seen:
        raise SchemeConflict(max(present, key=lambda one: (one.made_at is not None, one.made_at or now())))
    return present


def _lock() -> None:
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(LOCK))))


def _told(scheme: Scheme) -> dict[str, object]:
    """Weights and scales as sentences of the log: a scale is one line."""
    return {
        "weights": {pillar: f"{weight:.4g}" for pillar, weight in scheme.weights.items()},
        "scales": [
            f"{one.code}{f' / {one.per}' if one.per else ''} ({one.pillar}): {one.floor:g} → {one.target:g}"
            for one in scheme.scales
        ],
    }


@dataclass(frozen=True, slots=True)
class Moved:
    """A village's index before and after."""

    id: uuid.UUID
    name: str
    place: str
    before: float
    after: float

    @property
    def change(self) -> float:
        """By how much the index rises."""
        return round(self.after - self.before, 1)


@dataclass(frozen=True, slots=True)
class MovedRegency:
    """A kabupaten/kota: how many of its villages change class upwards and downwards, its mean before and after."""

    code: str
    name: str
    villages: int
    up: int
    down: int
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a scheme would change in a month's figures. `table` counts villages by (class before, class after)."""

    month: dt.date
    villages: int
    changed: int
    table: dict[tuple[str, str], int]
    winners: list[Moved]
    losers: list[Moved]
    regencies: list[MovedRegency]
    before: float | None
    after: float | None


def simulate(scheme: Scheme) -> Simulation:
    """Score all villages by a scheme and by the one that would hold without it, on the newest month's figures."""
    month = newest_month()
    before = scoring.indices(scheme_of(scheme.holds_from), month)
    after = scoring.indices(scheme, month)
    query = select(
        TenantRow.id,
        TenantRow.term + " " + TenantRow.name,
        TenantRow.district_name,
        TenantRow.regency_code,
        TenantRow.regency_name,
    ).order_by(TenantRow.code)
    table: Counter[tuple[str, str]] = Counter()
    moved: list[Moved] = []
    places: dict[str, _Sums] = {}
    for ident, name, district, regency_code, regency in db.session.execute(query):
        old, new = before.get(ident), after.get(ident)
        here = places.setdefault(regency_code, _Sums(regency_code, regency))
        here.add(old, new)
        if old is None and new is None:
            continue
        table[class_of(old).key, class_of(new).key] += 1
        if old is not None and new is not None:
            moved.append(Moved(ident, name, f"{district}, {regency}", old, new))
    rising = sorted((one for one in moved if one.change > 0), key=lambda one: (-one.change, one.name))
    falling = sorted((one for one in moved if one.change < 0), key=lambda one: (one.change, one.name))
    return Simulation(
        month,
        sum(table.values()),
        sum(count for (old, new), count in table.items() if old != new),
        dict(table),
        rising[:MOST_SHOWN],
        falling[:MOST_SHOWN],
        [one.told() for one in places.values() if one.villages],
        _mean(list(before.values())),
        _mean(list(after.values())),
    )


class _Sums:
    """Adding up a kabupaten/kota."""

    def __init__(self, code: str, name: str) -> None:
        self.code, self.name = code, name
        self.villages = self.up = self.down = 0
        self.before: list[float] = []
        self.after: list[float] = []

    def add(self, old: float | None, new: float | None) -> None:
        """Count one village."""
        if old is None and new is None:
            return
        self.villages += 1
        if old is not None:
            self.before.append(old)
        if new is not None:
            self.after.append(new)
        was, becomes = _rank(class_of(old)), _rank(class_of(new))
        self.up += int(becomes > was)
        self.down += int(becomes < was)

    def told(self) -> MovedRegency:
        """What came of it."""
        means = _mean(self.before), _mean(self.after)
        return MovedRegency(self.code, self.name, self.villages, self.up, self.down, *means)


def _rank(one: ReadinessClass) -> float:
    return one.least


def _mean(found: list[float]) -> float | None:
    return sum(found) / len(found) if found else None
