"""Computing a village's figures and writing them where the province reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.core.indicators import adoption
from app.core.indicators.daily import day_of, forget_silent_days, period_of_day, write_daily
from app.core.indicators.declarations import (
    Group,
    Indicator,
    Period,
    Span,
    Value,
    declared,
    period_of,
)
from app.core.indicators.failures import EVERYTHING, IndicatorsFailed, note_failures, reason_of
from app.core.indicators.leaving import leave_month
from app.core.indicators.models import IndicatorDaily, IndicatorValue
from app.core.indicators.states import Activity, read_activity, recompute_state
from app.core.indicators.tallies import TALLIED, tallied_values
from app.core.indicators.writing import forget_silent, write_many, write_values
from app.extensions import db
from tenants import registry
from tenants.errors import UnknownTenant
from tenants.models import LIVE_STATES, TenantRow, TenantState, now
from tenants.scope import Tenant, platform_scope, tenant_scope

__all__ = [
    "SETUP_PROGRESS", "compute", "compute_each", "note_unreadable", "refresh_village", "write_many",
    "write_values",
]  # fmt: skip

log = structlog.get_logger(__name__)

SETUP_PROGRESS = "adoption.setup_progress"
CLOSING = dt.timedelta(hours=4)
"""For so long after midnight the day (and the month) before is counted once more: its last minutes are in. Later it is
when it was not counted since it ended."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was read in a village's scope: figures of the present month, of one just over, by day, and what failed."""

    values: dict[str, Value]
    failed: dict[str, str]
    closed: dict[str, Value]
    """Flows of the month before, when it is to be closed."""
    days: dict[dt.date, dict[str, Value]]
    activity: Activity

    def silent(self, span: Span | None = None, told: Mapping[str, Value] | None = None) -> list[str]:
        """Codes of what was asked and had nothing to say: of all (or of flows), beside what was told."""
        return [
            one.code
            for one in declared()
            if (one.compute or one.group)
            and span in (None, one.period)
            and one.code not in (self.values if told is None else told)
            and one.code not in self.failed
        ]


def refresh_village(tenant: Tenant, moment: dt.datetime | None = None) -> dict[str, Value]:
    """Compute all declared figures of a village for the present month, write them, and return them.

    Reads in the village's scope, then writes in the platform's: two transactions, the first ended before the second
    begins. The village's adoption state follows in the second. An indicator that fails is noted with its reason
    (`failures`), keeps its last figure, and holds up no other; of one that has nothing to say any more no figure stays.
    Months are written in their order, as all writers do. An archived village tells nothing of the present month. Safe
    to repeat. Raises UnknownTenant (also for one whose data was deleted meanwhile), and IndicatorsFailed once the
    others are written.
    """
    period = period_of(moment or now())
    with platform_scope():
        before, days = _left_open(tenant, period)
    with tenant_scope(tenant):
        counted = _count(period, before, days)
    values = counted.values
    with platform_scope():
        row = db.session.scalars(
            select(TenantRow).where(TenantRow.id == tenant.id).with_for_update()
        ).one_or_none()
        if row is None or row.schema_name is None:
            raise UnknownTenant(str(tenant.id))
        if before is not None:
            write_values(tenant.id, before, counted.closed)
            forget_silent(tenant.id, before, counted.silent("flow", counted.closed))
        if row.state == TenantState.ARCHIVED:
            leave_month(tenant.id, period)
            db.session.commit()
            return {}
        moved = recompute_state(row, counted.activity, period.moment)
        values[adoption.LIVE] = Value(1.0 if row.state in LIVE_STATES else 0.0)
        values |= tallied_values(tenant.id, period)
        write_values(tenant.id, period, values)
        forget_silent(tenant.id, period, counted.silent())
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


def _left_open(tenant: Tenant, period: Period) -> tuple[Period | None, list[dt.date]]:
    """What is over and was not counted since it ended, or just ended: the month before, and days (today always is)."""
    before, today = _month_before(period), day_of(period.moment)
    flows = [one.code for one in declared() if one.period == "flow" and (one.compute or one.group)]
    stamp = IndicatorValue.as_of
    newest = func.coalesce(func.max(stamp).filter(IndicatorValue.code.in_(flows)), func.max(stamp))
    month = select(newest).where(
        IndicatorValue.period == before.first,
        IndicatorValue.tenant_id == tenant.id,
        IndicatorValue.source == "siger",
    )
    yesterday = today - dt.timedelta(days=1)
    day = select(func.max(IndicatorDaily.as_of)).where(
        IndicatorDaily.day == yesterday,
        IndicatorDaily.tenant_id == tenant.id,
        IndicatorDaily.code.not_in(TALLIED),
    )
    told, told_by_day = db.session.execute(select(month.scalar_subquery(), day.scalar_subquery())).one()
    days = {day_of(period.moment - CLOSING), today}
    if told_by_day is not None and told_by_day < period_of_day(today, period.moment).start:
        days.add(yesterday)
    is_open = period.moment - period.start < CLOSING or (told is not None and told < before.end)
    return before if is_open else None, sorted(days)


def _count(period: Period, before: Period | None, by_day: Sequence[dt.date]) -> Counted:
    """Read all that is asked of the village of the present scope; flows of the month before, too, if it is given."""
    known = declared()
    values, failed = compute_each(known, period)
    closed: dict[str, Value] = {}
    if before is not None:
        flows = [one for one in known if one.period == "flow"]
        closed, more = compute_each(flows, before)
        failed = more | failed
    days: dict[dt.date, dict[str, Value]] = {}
    daily = [one for one in known if one.daily and one.period == "flow" and one.code not in failed]
    for day in by_day:
        days[day], more = compute_each(daily, period_of_day(day, period.moment))
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
    by_day = [one for one in declared() if one.daily and (one.compute or one.group)]
    for day, flows in counted.days.items():
        asked = [one.code for one in by_day if one.period == "flow" or day == today]
        told = {**flows, **standing} if day == today else flows
        silent = [code for code in asked if code not in told and code not in counted.failed]
        forget_silent_days(tenant.id, day, silent, period.moment)
        write_daily(tenant.id, day, told, period.moment)


def _month_before(period: Period) -> Period:
    """The month before, read now."""
    return replace(period_of(period.start - dt.timedelta(seconds=1)), moment=period.moment)
