"""Computing a village's figures and writing them where the province reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import func, select

from app.core.indicators import adoption
from app.core.indicators.declarations import (
    Group,
    Indicator,
    Period,
    Value,
    declared,
    period_of,
)
from app.core.indicators.models import IndicatorValue
from app.core.indicators.states import read_activity, recompute_state
from app.core.indicators.writing import write_many, write_values
from app.extensions import db
from tenants import registry
from tenants.errors import UnknownTenant
from tenants.models import LIVE_STATES, TenantRow, now
from tenants.scope import Tenant, platform_scope, tenant_scope

__all__ = ["SETUP_PROGRESS", "compute", "current_period", "refresh_village", "write_many", "write_values"]

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


def current_period() -> dt.date:
    """The month that the province's screens show: the newest one that has figures, else the present one."""
    newest = db.session.scalar(select(func.max(IndicatorValue.period)))
    return newest or period_of(now()).first
