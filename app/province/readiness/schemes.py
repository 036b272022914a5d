"""How the index is weighed: schemes by the month from which they hold, and the one that is shipped.

A month's scheme is the newest that holds from it or from an earlier month. Schemes are made for the present month or a
later one alone, so the index of an earlier month is never weighed anew.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, func, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.core.forms import fingerprint
from app.core.indicators.declarations import Indicator, declared, period_of
from app.extensions import db
from app.province.figures import newest_told
from app.province.readiness.indicators import PILLARS
from app.province.readiness.models import ReadinessScheme
from tenants.models import now

FROM_THE_BEGINNING = dt.date(2000, 1, 1)
"""From when the shipped scheme holds: before any figure."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How an indicator is scored: `floor` and less is 0, `target` and more is 100 (the other way round where less is
    better and the floor lies above the target). `per` is the indicator that it is divided by, such as residents.
    Both bounds are in the unit of the indicator, of a share from 0 to 1."""

    code: str
    pillar: str
    floor: float
    target: float
    per: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        kept = {"code": self.code, "pillar": self.pillar, "floor": self.floor, "target": self.target}
        return {**kept, "per": self.per} if self.per else kept


@dataclass(frozen=True, slots=True)
class Scheme:
    """Weights of the pillars (together 1) and the scales of what is scored; `id` is None before it is kept."""

    holds_from: dt.date
    weights: dict[str, float]
    scales: tuple[Scale, ...]
    note: str = ""
    made_by: str = ""
    made_at: dt.datetime | None = None
    id: uuid.UUID | None = None

    def of_pillar(self, pillar: str) -> list[Scale]:
        """The scales of a pillar."""
        return [scale for scale in self.scales if scale.pillar == pillar]

    def as_json(self) -> dict[str, Any]:
        """Weights and scales, as the audit log keeps them."""
        return {"weights": self.weights, "scales": [scale.as_json() for scale in self.scales]}


SHIPPED = Scheme(
    FROM_THE_BEGINNING,
    {"government": 0.4, "economy": 0.3, "people": 0.3},
    (
        Scale("pop.data_completeness", "government", 0.5, 0.95),
        Scale("letters.online_share", "government", 0.0, 0.5),
        Scale("letters.within_promise_share", "government", 0.5, 0.95),
        Scale("letters.median_hours", "government", 72.0, 4.0),
        Scale("complaints.resolved_share", "government", 0.3, 0.95),
        Scale("complaints.median_days", "government", 14.0, 2.0),
        Scale("service.satisfaction", "government", 2.0, 4.5),
        Scale("adoption.setup_progress", "government", 0.0, 1.0),
        Scale("adoption.staff_active_30d", "government", 0.0, 0.8, "staff.count"),
        Scale("pop.dependency_ratio", "economy", 0.7, 0.4),
        Scale("portal.accounts", "people", 0.0, 0.3, "pop.total"),
        Scale("portal.active_30d", "people", 0.0, 0.5, "portal.accounts"),
        Scale("pop.bpjs_covered", "people", 0.6, 0.98, "pop.total"),
        Scale("pop.without_birth_certificate", "people", 0.3, 0.0, "pop.total"),
    ),
    made_by="Siger",
)
"""The province's before it has weighed anything itself. 14 days for complaints: Law 25/2009, Art. 50; 98 per cent under
BPJS: the national plan's target. The economy is told by the burden on those of working age until villages tell more."""


def all_schemes() -> list[Scheme]:
    """All schemes, the newest first; the shipped one alone where none was kept yet (one select)."""
    rows = db.session.scalars(select(ReadinessScheme).order_by(ReadinessScheme.holds_from.desc()))
    found = [_of(row) for row in rows]
    return found if found and found[-1].holds_from == FROM_THE_BEGINNING else [*found, SHIPPED]


def stamp_of(schemes: Sequence[Scheme]) -> str:
    """What changes when somebody saves or takes back a scheme."""
    return fingerprint({str(one.holds_from): (one.id, one.made_at) for one in schemes if one.id})


def scheme_of(month: dt.date) -> Scheme:
    """The scheme of a month (one select)."""
    query = select(ReadinessScheme).where(ReadinessScheme.holds_from <= month)
    row = db.session.scalars(query.order_by(ReadinessScheme.holds_from.desc()).limit(1)).first()
    return _of(row) if row else SHIPPED


def month_and_scheme(month: dt.date | None) -> tuple[dt.date, Scheme]:
    """A month, the newest that has figures when None, with its scheme (one select)."""
    this_month = period_of(now()).first
    shown = select(
        func.coalesce(literal(month, Date), newest_told(), literal(this_month, Date)).label("month")
    ).subquery()
    query = (
        select(shown.c.month, ReadinessScheme)
        .outerjoin_from(shown, ReadinessScheme, ReadinessScheme.holds_from <= shown.c.month)
        .order_by(ReadinessScheme.holds_from.desc().nulls_last())
    )
    found, row = db.session.execute(query.limit(1)).one()
    return found, _of(row) if row else SHIPPED


def keep_shipped() -> None:
    """Keep the shipped scheme in the open transaction, so that a later release does not weigh earlier months anew."""
    kept = {"holds_from": FROM_THE_BEGINNING, "made_by": SHIPPED.made_by, "note": "", **SHIPPED.as_json()}
    db.session.execute(
        upsert(ReadinessScheme).values(**kept).on_conflict_do_nothing(index_elements=["holds_from"])
    )


def _of(row: ReadinessScheme) -> Scheme:
    scales = tuple(
        Scale(kept["code"], kept["pillar"], kept["floor"], kept["target"], kept.get("per"))
        for kept in row.scales
    )
    return Scheme(row.holds_from, dict(row.weights), scales, row.note, row.made_by, row.made_at, row.id)


@dataclass(frozen=True, slots=True)
class Known:
    """The indicators that a scheme may name, by code: `scored` ones with a better side, `divisors` to divide by."""

    scored: dict[str, Indicator]
    divisors: dict[str, Indicator]

    @property
    def both(self) -> dict[str, Indicator]:
        """All of them."""
        return {**self.divisors, **self.scored}


def known_indicators() -> Known:
    """What may be scored: whatever has a better side, but no date and no readiness; divisors are plain sums."""
    usable = [one for one in declared() if one.unit not in ("date", "score")]
    return Known(
        {one.code: one for one in usable if one.direction != "neutral"},
        {one.code: one for one in usable if _divides(one)},
    )


def _divides(one: Indicator) -> bool:
    return one.rollup == "sum" and one.unit in ("people", "households", "count") and not one.sensitive


def shape_of(scale: Scale, indicators: dict[str, Indicator]) -> str:
    """In what a scale is written: `percent` (a share from 0 to 1), or the unit of its indicator, or `each` for so many
    of one thing for each of another."""
    one = indicators.get(scale.code)
    if scale.per:
        other = indicators.get(scale.per)
        return "percent" if one and other and one.unit == other.unit else "each"
    return one.unit if one else "count"


def by_code(scales: Sequence[Scale]) -> dict[str, Indicator]:
    """The declared indicators that scales name, divisors too."""
    wanted = {scale.code for scale in scales} | {scale.per for scale in scales if scale.per}
    return {one.code: one for one in declared() if one.code in wanted}


def pillar_weights(scheme: Scheme) -> list[tuple[str, float]]:
    """The pillars in the order of the page with their weights."""
    return [(pillar, scheme.weights.get(pillar, 0.0)) for pillar in PILLARS]
