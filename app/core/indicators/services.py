"""Computing a village's figures and writing them where the province reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.core.indicators import adoption
from app.core.indicators.daily import day_of, period_of_day, write_daily
from app.core.indicators.declarations import (
    Group,
    Indicator,
    Period,
    Value,
    declared,
    period_of,
)
from app.core.indicators.failures import EVERYTHING, IndicatorsFailed, note_failures, reason_of
from app.core.indicators.models import IndicatorValue
from app.core.indicators.states import Activity, read_activity, recompute_state
from app.core.indicators.tallies import TALLIED, tallied_values
from app.core.indicators.writing import write_many, write_values
from app.extensions import db
from tenants import registry
from tenants.errors import UnknownTenant
from tenants.models import LIVE_STATES, TenantRow, now
from tenants.scope import Tenant, platform_scope, tenant_scope

__all__ = [
    "SETUP_PROGRESS", "compute", "compute_each", "current_period", "note_unreadable", "refresh_village", "write_many",
    "write_values",
]  # fmt: skip

log = structlog.get_logger(__name__)

SETUP_PROGRESS = "adoption.setup_progress"
CLOSING = dt.timedelta(hours=4)
"""For so long after midnight the day (and the month) before is counted once more: its last minutes are in."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was read in a village's scope: figures of the present month, of one just over, by day, and what failed."""

    values: dict[str, Value]
    failed: dict[str, str]
    closed: dict[str, Value]
    """Flows of the month before, in the first hours of a month."""
    days: dict[dt.date, dict[str, Value]]
    activity: Activity


def refresh_village(tenant: Tenant, moment: dt.datetime | None = None) -> dict[str, Value]:
    """Compute all declared figures of a village for the present month, write them, and return them.

    Reads in the village's scope, then writes in the platform's: two transactions, the first ended before the second
    begins. The village's adoption state follows in the second. An indicator that fails is noted with its reason
    (`failures`) and holds up no other. Safe to repeat. Raises UnknownTenant, and IndicatorsFailed once the others are
    written.
    """
    period = period_of(moment or now())
    with tenant_scope(tenant):
        counted = _count(period)
    values = counted.values
    with platform_scope():
        row = db.session.scalars(
            select(TenantRow).where(TenantRow.id == tenant.id).with_for_update()
        ).one_or_none()
        if row is None:
            raise UnknownTenant(str(tenant.id))
        moved = recompute_state(row, counted.activity, period.moment)
        values[adoption.LIVE] = Value(1.0 if row.state in LIVE_STATES else 0.0)
        values |= tallied_values(tenant.id, period)
        write_values(tenant.id, period, values)
        if counted.closed:
            write_values(tenant.id, _month_before(period), counted.closed)
        _write_days(tenant, period, counted)
        note_failures(tenant.id, counted.failed, period.moment)
        db.session.commit()
        if moved:
            registry.hosts_changed()
    if counted.failed:
        raise IndicatorsFailed(counted.failed)
    return values


def note_unreadable(tenant: Tenant, error: Exception) -> None:
    """Note that a village could not be read at all; its figures stay as they were. Commits."""
    with platform_scope():
        if db.session.get(TenantRow, tenant.id) is not None:
            note_failures(tenant.id, {EVERYTHING: reason_of(error)}, now())
            db.session.commit()


def compute(indicators: Sequence[Indicator], period: Period) -> dict[str, Value]:
    """The values of `indicators` for the village of the present scope; those with nothing to say are left out.

    A group that several of them name is asked once. Raises what the first one that fails raises.
    """
    values: dict[str, Value] = {}
    answered: dict[Group, Mapping[str, Value]] = {}
    for indicator in indicators:
        value = _one(indicator, period, answered)
        if value is not None:
            values[indicator.code] = value
    return values


def compute_each(indicators: Sequence[Indicator], period: Period) -> tuple[dict[str, Value], dict[str, str]]:
    """The same, with the reasons of those that failed instead of an error. Rolls back the present transaction then.

    Raises only where the database went away: nothing can be said of any indicator then.
    """
    try:
        return compute(indicators, period), {}
    except Exception as error:
        _unless_away(error)
        db.session.rollback()
    values: dict[str, Value] = {}
    failed: dict[str, str] = {}
    answered: dict[Group, Mapping[str, Value]] = {}
    broken: dict[Group, str] = {}
    for indicator in indicators:
        if indicator.group in broken:
            failed[indicator.code] = broken[indicator.group]
            continue
        try:
            with db.session.begin_nested():
                value = _one(indicator, period, answered)
        except Exception as error:
            _unless_away(error)
            failed[indicator.code] = reason_of(error)
            log.warning("indicator_failed", code=indicator.code, reason=failed[indicator.code])
            if indicator.group is not None:
                broken[indicator.group] = failed[indicator.code]
            continue
        if value is not None:
            values[indicator.code] = value
    return values, failed


def _one(indicator: Indicator, period: Period, answered: dict[Group, Mapping[str, Value]]) -> Value | None:
    if indicator.group is None:
        return indicator.compute(period) if indicator.compute else None
    if indicator.group not in answered:
        answered[indicator.group] = indicator.group(period)
    return answered[indicator.group].get(indicator.code)


def _unless_away(error: Exception) -> None:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        raise error


def _count(period: Period) -> Counted:
    """Read all that is asked of the village of the present scope."""
    known = declared()
    values, failed = compute_each(known, period)
    closed: dict[str, Value] = {}
    if period.moment - period.start < CLOSING:
        flows = [one for one in known if one.period == "flow"]
        closed, more = compute_each(flows, _month_before(period))
        failed = more | failed
    days: dict[dt.date, dict[str, Value]] = {}
    by_day = [one for one in known if one.daily and one.period == "flow" and one.code not in failed]
    for day in sorted({day_of(period.moment - CLOSING), day_of(period.moment)}):
        days[day], more = compute_each(by_day, period_of_day(day, period.moment))
        failed = more | failed
    done = values.get(SETUP_PROGRESS)
    activity = read_activity(period.moment, done.value if done else 0.0)
    return Counted(values, failed, closed, days, activity)


def _write_days(tenant: Tenant, period: Period, counted: Counted) -> None:
    """Write what happened by day, and how things stand today."""
    standing = {
        one.code: counted.values[one.code]
        for one in declared()
        if one.daily and one.period == "snapshot" and one.code in counted.values and one.code not in TALLIED
    }
    today = day_of(period.moment)
    for day, flows in counted.days.items():
        write_daily(tenant.id, day, flows | (standing if day == today else {}), period.moment)


def _month_before(period: Period) -> Period:
    """The month before, read now."""
    return replace(period_of(period.start - dt.timedelta(seconds=1)), moment=period.moment)


def current_period() -> dt.date:
    """The month that the province's screens show: the newest one that has figures, else the present one."""
    newest = db.session.scalar(select(func.max(IndicatorValue.period)))
    return newest or period_of(now()).first
