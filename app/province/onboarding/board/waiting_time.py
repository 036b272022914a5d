"""How long an office may take: more than three working days since an application came is late."""

from __future__ import annotations

import datetime as dt

from lokal import HOLIDAY_YEARS, is_working_day
from sqlalchemy import ColumnElement, and_

from app.core.ui.formats import ZONE
from app.province.onboarding.applications.models import Application
from tenants.models import now

WORKING_DAYS = 3
SATURDAY = 5


def late_before(moment: dt.datetime | None = None) -> dt.datetime:
    """The moment before which an application that still waits for a decision is late (in the zone of the province).

    Public holidays and weekends do not count; of years whose holidays are not known, weekends alone.
    """
    day = (moment or now()).astimezone(ZONE).date()
    left = WORKING_DAYS + 1
    while True:
        left -= _is_working_day(day)
        if left == 0:
            return dt.datetime.combine(day, dt.time(), ZONE)
        day -= dt.timedelta(days=1)


def is_late(application: Application, before: dt.datetime) -> bool:
    """Whether an application waits for its office for too long; `before` is `late_before()`."""
    return application.state == "submitted" and application.state_since < before


def late_condition(before: dt.datetime) -> ColumnElement[bool]:
    """The same as a condition."""
    return and_(Application.state == "submitted", Application.state_since < before)


def _is_working_day(day: dt.date) -> bool:
    return is_working_day(day) if day.year in HOLIDAY_YEARS else day.weekday() < SATURDAY
