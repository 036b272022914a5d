"""How a village takes to the platform, read from what its staff did.

A staff action is an entry of the village's audit log with an actor; what a visitor of the province does during a
support visit is not the village's own work and does not count.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, Numeric, and_, case, cast, distinct, func, not_, select

from app.core.audit.models import TenantAuditEntry as Entry
from app.core.indicators.declarations import Indicator, Period, Value
from app.extensions import db

LIVE = "adoption.live"
STAFF_ACTIVE_7D = "adoption.staff_active_7d"
STAFF_ACTIVE_30D = "adoption.staff_active_30d"
LAST_ACTIVITY = "adoption.last_activity"
RECORDS_CHANGED_30D = "adoption.records_changed_30d"

RECORDS = ("records", "people")
"""Where an audit entry's details say how many records it changed, when these are not one."""
READING = "(viewed|printed|exported|downloaded)$"
"""Endings of actions that change nothing."""


def by_own_staff() -> ColumnElement[bool]:
    """The condition that an audit entry was made by the village's own staff."""
    return and_(Entry.actor_id.is_not(None), not_(Entry.details.has_key("support_visit")))


def _staff_since(period: Period, days: int) -> Value:
    query = select(func.count(distinct(Entry.actor_id))).where(
        by_own_staff(), Entry.at > period.moment - dt.timedelta(days=days)
    )
    return Value(float(db.session.scalar(query) or 0))


def _staff_active_7d(period: Period) -> Value:
    return _staff_since(period, 7)


def _staff_active_30d(period: Period) -> Value:
    return _staff_since(period, 30)


def _last_activity(period: Period) -> Value | None:
    last = last_activity()
    return Value(last.timestamp()) if last else None


def _records_changed_30d(period: Period) -> Value:
    """How many records the entries of 30 days changed: one each, or as many as an entry says (an import of many)."""
    since = period.moment - dt.timedelta(days=30)
    many = [
        (func.jsonb_typeof(Entry.details[name]) == "number", cast(Entry.details[name], Numeric))
        for name in RECORDS
    ]
    query = select(func.sum(case(*many, else_=1))).where(
        by_own_staff(), Entry.at > since, not_(Entry.action.regexp_match(READING))
    )
    return Value(float(db.session.scalar(query) or 0))


def last_activity() -> dt.datetime | None:
    """The last staff action of the village of the present scope (UTC), None when there was none yet."""
    newest = select(Entry.at).where(by_own_staff()).order_by(Entry.at.desc()).limit(1)
    return db.session.scalar(newest)


def active_weeks(moment: dt.datetime, weeks: int = 12) -> int:
    """In how many of the last `weeks` weeks, counted back from `moment`, the village's staff did anything."""
    age = func.extract("epoch", moment - Entry.at)
    query = select(func.count(distinct(func.floor(age / (7 * 86400))))).where(
        by_own_staff(), Entry.at > moment - dt.timedelta(weeks=weeks), Entry.at <= moment
    )
    return db.session.scalar(query) or 0


ADOPTION = (
    Indicator(LIVE, "Desa yang memakai", "Live villages", "yes_no", "adoption", None),
    Indicator(
        STAFF_ACTIVE_7D,
        "Perangkat yang bekerja 7 hari ini",
        "Staff active in 7 days",
        "people",
        "adoption",
        _staff_active_7d,
    ),
    Indicator(
        STAFF_ACTIVE_30D,
        "Perangkat yang bekerja 30 hari ini",
        "Staff active in 30 days",
        "people",
        "adoption",
        _staff_active_30d,
    ),
    Indicator(
        LAST_ACTIVITY,
        "Terakhir dipakai",
        "Last activity",
        "date",
        "adoption",
        _last_activity,
        rollup="max",
    ),
    Indicator(
        RECORDS_CHANGED_30D,
        "Catatan yang diubah 30 hari ini",
        "Records changed in 30 days",
        "count",
        "adoption",
        _records_changed_30d,
    ),
)
"""`adoption.last_activity` is a moment in seconds since 1970 (UTC)."""
