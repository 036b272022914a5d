"""Figures by day, of the indicators that are followed so: what happened on the day, or how it stood."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert

from app.core.indicators.declarations import ZONE, Period, Value
from app.core.indicators.models import IndicatorDaily
from app.extensions import db
from tenants.models import now

KEPT_DAYS = 400


def day_of(moment: dt.datetime) -> dt.date:
    """The day of a moment by the calendar of Lampung."""
    return moment.astimezone(ZONE).date()


def period_of_day(day: dt.date, moment: dt.datetime) -> Period:
    """A day as indicators see it: its bounds in place of a month's."""
    start = dt.datetime.combine(day, dt.time(), ZONE).astimezone(dt.UTC)
    return Period(day.replace(day=1), start, start + dt.timedelta(days=1), moment.astimezone(dt.UTC))


def write_daily(tenant_id: uuid.UUID, day: dt.date, values: Mapping[str, Value], moment: dt.datetime) -> None:
    """Write a village's figures of a day in the open platform transaction, over older ones."""
    if not values:
        return
    rows = [
        {
            "day": day, "tenant_id": tenant_id, "code": code, "value": one.value, "numerator": one.numerator,
            "denominator": one.denominator, "as_of": moment,
        }
        for code, one in sorted(values.items())
    ]  # fmt: skip
    new = upsert(IndicatorDaily).values(rows)
    told = {name: new.excluded[name] for name in ("value", "numerator", "denominator", "as_of")}
    keys = [IndicatorDaily.day, IndicatorDaily.tenant_id, IndicatorDaily.code]
    db.session.execute(
        new.on_conflict_do_update(
            index_elements=keys, set_=told, where=IndicatorDaily.as_of <= new.excluded.as_of
        )
    )


def forget_silent_days(tenant_id: uuid.UUID, day: dt.date, codes: Sequence[str], moment: dt.datetime) -> None:
    """Take away figures of a day that were asked for again and of which the village has nothing to say (uncommitted).

    What another run told later than `moment` stays.
    """
    if codes:
        mine = (IndicatorDaily.day == day, IndicatorDaily.tenant_id == tenant_id)
        old = (IndicatorDaily.code.in_(codes), IndicatorDaily.as_of <= moment)
        db.session.execute(delete(IndicatorDaily).where(*mine, *old))


def sweep_days() -> None:
    """Forget days that are long past (uncommitted)."""
    oldest = day_of(now()) - dt.timedelta(days=KEPT_DAYS)
    db.session.execute(delete(IndicatorDaily).where(IndicatorDaily.day < oldest))
