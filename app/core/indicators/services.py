"""Computing a village's figures and writing them where the province reads them."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping

from sqlalchemy import func, literal, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from app.core.indicators import adoption
from app.core.indicators.declarations import (
    Group,
    Indicator,
    Period,
    Value,
    declared,
    months_before,
    period_of,
)
from app.core.indicators.models import IndicatorValue
from app.core.indicators.states import read_activity, recompute_state
from app.extensions import db
from tenants import registry
from tenants.errors import UnknownTenant
from tenants.models import LIVE_STATES, TenantRow, now
from tenants.scope import Tenant, platform_scope, tenant_scope

SETUP_PROGRESS = "adoption.setup_progress"


def refresh_village(tenant: Tenant, moment: dt.datetime | None = None) -> dict[str, Value]:
    """Compute all declared figures of a village for the present month, write them, and return them.

    Reads in the village's scope, then writes in the platform's: two transactions, the first ended before the second
    begins. The village's adoption state follows in the second. Safe to repeat. Raises UnknownTenant.
    """
    period = period_of(moment or now())
    with tenant_scope(tenant):
        values = compute(declared(), period)
        done = values.get(SETUP_PROGRESS)
        activity = read_activity(period.moment, done.value if done else 0.0)
    with platform_scope():
        row = db.session.scalars(
            select(TenantRow).where(TenantRow.id == tenant.id).with_for_update()
        ).one_or_none()
        if row is None:
            raise UnknownTenant(str(tenant.id))
        moved = recompute_state(row, activity, period.moment)
        values[adoption.LIVE] = Value(1.0 if row.state in LIVE_STATES else 0.0)
        write_values(tenant.id, period, values)
        db.session.commit()
        if moved:
            registry.hosts_changed()
    return values


def compute(indicators: list[Indicator], period: Period) -> dict[str, Value]:
    """The values of `indicators` for the village of the present scope; those with nothing to say are left out.

    A group that several of them name is asked once.
    """
    values: dict[str, Value] = {}
    answered: dict[Group, Mapping[str, Value]] = {}
    for indicator in indicators:
        value = indicator.compute(period) if indicator.compute else None
        if indicator.group is not None:
            if indicator.group not in answered:
                answered[indicator.group] = indicator.group(period)
            value = answered[indicator.group].get(indicator.code)
        if value is not None:
            values[indicator.code] = value
    return values


def write_values(tenant_id: uuid.UUID, period: Period, values: Mapping[str, Value]) -> None:
    """Write a village's figures of a month in the open platform transaction, over those that stand there."""
    if not values:
        return
    _open_month(period)
    codes = sorted(values)
    found = [values[code] for code in codes]
    given = {
        "codes": codes,
        "values": [value.value for value in found],
        "numerators": [value.numerator for value in found],
        "denominators": [value.denominator for value in found],
        "buckets": [json.dumps(value.buckets) if value.buckets else None for value in found],
    }
    db.session.execute(
        _WRITE, {"period": period.first, "tenant_id": tenant_id, "as_of": period.moment, **given}
    )


# One statement that is put together once, however many figures there are.
_WRITE = text(
    """
    INSERT INTO platform.indicator_value (period, tenant_id, code, value, numerator, denominator, buckets, as_of)
    SELECT :period, :tenant_id, new.code, new.value, new.numerator, new.denominator, CAST(new.buckets AS jsonb), :as_of
    FROM unnest(
      CAST(:codes AS text[]), CAST(:values AS float8[]), CAST(:numerators AS float8[]),
      CAST(:denominators AS float8[]), CAST(:buckets AS text[])
    ) AS new (code, value, numerator, denominator, buckets)
    ON CONFLICT (period, tenant_id, code) DO UPDATE
    SET (value, numerator, denominator, buckets, as_of)
      = (excluded.value, excluded.numerator, excluded.denominator, excluded.buckets, excluded.as_of)
    WHERE indicator_value.as_of <= excluded.as_of
    """
)


def _open_month(period: Period) -> None:
    """Begin a month with the last known snapshots, so that the province's sums do not start from nothing.

    The first figure that is written in a month carries all villages' snapshots over with the stamp that they had.
    """
    opened = select(literal(1)).select_from(IndicatorValue).where(IndicatorValue.period == period.first)
    if db.session.scalar(opened.limit(1)):
        return
    db.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"indicators:{period.first}"}
    )
    snapshots = [i.code for i in declared() if i.period == "snapshot"]
    old = IndicatorValue
    carried = select(
        literal(period.first),
        old.tenant_id,
        old.code,
        old.value,
        old.numerator,
        old.denominator,
        old.buckets,
        old.as_of,
    ).where(old.period == months_before(period.first, 1), old.code.in_(snapshots))
    columns = ["period", "tenant_id", "code", "value", "numerator", "denominator", "buckets", "as_of"]
    db.session.execute(upsert(IndicatorValue).from_select(columns, carried).on_conflict_do_nothing())


def current_period() -> dt.date:
    """The month that the province's screens show: the newest one that has figures, else the present one."""
    newest = db.session.scalar(select(func.max(IndicatorValue.period)))
    return newest or period_of(now()).first
