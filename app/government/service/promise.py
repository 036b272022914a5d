"""Working days and working time of a village: what its promise of service is counted in.

A day counts as a working day when the office has hours on that weekday, the government's calendar (SKB of three
ministers, of the years that `lokal` knows) has no holiday or collective leave on it, and the village did not close it.
A village that works on such a day all the same says so. In years that the calendar does not know, weekdays alone count.
All moments carry a zone; hours are those of the province (WIB).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from lokal import HOLIDAY_YEARS, get_holidays, is_working_day
from sqlalchemy import select

from app.core.privacy.models import VillageState
from app.core.ui.formats import ZONE
from app.core.village.hours import Intervals, OpeningHours
from app.core.village.models import VillageProfile
from app.core.village.options import PREFIX
from app.extensions import db

OPTIONS = "service"
OFFICE: Intervals = ((dt.time(8), dt.time(12)), (dt.time(13), dt.time(15, 30)))
"""The hours of a village that stated none: Monday to Friday."""
WEEKDAYS = 5
LONGEST_SEARCH_DAYS = 400
NO_WEEKEND: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """On which days and at which hours a village's office works.

    `closed` are the village's own closed days with their reasons, `opened` days on which it works although they would
    be free.
    """

    hours: OpeningHours = field(default_factory=OpeningHours)
    closed: Mapping[dt.date, str] = field(default_factory=dict)
    opened: Mapping[dt.date, str] = field(default_factory=dict)

    def is_working_day(self, day: dt.date) -> bool:
        """Whether the office works on a day."""
        if day in self.opened:
            return True
        if day in self.closed or day in self.hours.closed or not self._week_hours(day):
            return False
        return not knows_year(day.year) or is_working_day(day, weekend=NO_WEEKEND)

    def intervals(self, day: dt.date) -> Intervals:
        """The working hours of a day; empty when it is free."""
        if not self.is_working_day(day):
            return ()
        return self._week_hours(day) or self._longest_hours()

    def due_at(self, submitted_at: dt.datetime, days: int) -> dt.datetime:
        """The end of the office hours of the day until which something was promised.

        Args:
            submitted_at: when it was asked for.
            days: working days after the day of asking; 0 means the same day, or the next working day if the office
                has closed by then.
        """
        local = submitted_at.astimezone(ZONE)
        day, left = local.date(), max(0, days)
        today = self.intervals(day)
        if left == 0:
            if today and local < _at(day, today[-1][1]):
                return _at(day, today[-1][1])
            left = 1
        for _step in range(LONGEST_SEARCH_DAYS):
            day += dt.timedelta(days=1)
            if hours := self.intervals(day):
                left -= 1
                if left == 0:
                    return _at(day, hours[-1][1])
        return _at(day, OFFICE[-1][1])

    def hours_between(self, start: dt.datetime, end: dt.datetime) -> float:
        """Working time between two moments, in hours; 0 when the second is not later."""
        start, end = start.astimezone(ZONE), end.astimezone(ZONE)
        seconds, day = 0.0, start.date()
        while day <= end.date() and start < end:
            for opens, closes in self.intervals(day):
                begin, finish = max(start, _at(day, opens)), min(end, _at(day, closes))
                if begin < finish:
                    seconds += (finish - begin).total_seconds()
            day += dt.timedelta(days=1)
        return seconds / 3600

    def free_days(self, first: dt.date, days: int) -> list[tuple[dt.date, str]]:
        """The named free days from `first` on: holidays, collective leave, and the village's own; weekends unnamed."""
        names = {**_holidays(first, days), **self.hours.closed, **self.closed}
        last = first + dt.timedelta(days=days)
        return [(day, names[day]) for day in sorted(names) if first <= day < last and day not in self.opened]

    def _week_hours(self, day: dt.date) -> Intervals:
        if self.hours.is_known:
            return self.hours.week[day.weekday()]
        return OFFICE if day.weekday() < WEEKDAYS else ()

    def _longest_hours(self) -> Intervals:
        """The hours of a special working day that has none of its own: those of the fullest day of the week."""
        if not self.hours.is_known:
            return OFFICE
        return max(self.hours.week, key=lambda hours: sum(_minutes(*pair) for pair in hours))


def calendar() -> WorkCalendar:
    """The calendar of the present village: one select."""
    chosen = select(VillageState.settings[PREFIX + OPTIONS]).scalar_subquery()
    row = db.session.execute(select(VillageProfile.opening_hours, chosen).limit(1)).one_or_none()
    return calendar_of(row[0] if row else {}, row[1] if row else None)


def calendar_of(opening_hours: Mapping[str, Any], chosen: object) -> WorkCalendar:
    """The calendar that opening hours and the options `service` of a village make."""
    options = chosen if isinstance(chosen, dict) else {}
    return WorkCalendar(
        OpeningHours.from_json(opening_hours),
        days_of(options.get("closed_days", ())),
        days_of(options.get("opened_days", ())),
    )


def days_of(kept: Any) -> dict[dt.date, str]:
    """Days with their reasons as options keep them: `[["2026-12-28", "Bersih desa"], …]`."""
    return {dt.date.fromisoformat(day): str(reason) for day, reason in kept}


def due_at(submitted_at: dt.datetime, days: int) -> dt.datetime:
    """Until when the present village promised what was asked for at `submitted_at`: see `WorkCalendar.due_at`."""
    return calendar().due_at(submitted_at, days)


def working_hours_between(start: dt.datetime, end: dt.datetime) -> float:
    """Working time of the present village between two moments, in hours."""
    return calendar().hours_between(start, end)


def is_overdue(
    due: dt.datetime | None, done_at: dt.datetime | None = None, *, moment: dt.datetime | None = None
) -> bool:
    """Whether a promise is broken: not kept by its moment (`done_at`), or not kept yet though that has passed.

    Args:
        due: until when it was promised; None: nothing was.
        done_at: when it was done; None: not yet.
        moment: now, unless told otherwise.
    """
    return due is not None and (done_at or moment or dt.datetime.now(dt.UTC)) > due


def knows_year(year: int) -> bool:
    """Whether the government's holidays of a year are known here."""
    return year in HOLIDAY_YEARS


def _holidays(first: dt.date, days: int) -> dict[dt.date, str]:
    last = first + dt.timedelta(days=days)
    years = [year for year in range(first.year, last.year + 1) if knows_year(year)]
    return {
        dt.date.fromisoformat(str(found.date)): _holiday_name(found)
        for year in years
        for found in get_holidays(year).holidays
    }


def _holiday_name(found: Any) -> str:
    """What a free day is called; days of collective leave bear their holiday's name in the government's list."""
    if found.type == "cuti_bersama":
        return str(_("Cuti bersama %(name)s", name=found.name))
    return str(found.name)


def _at(day: dt.date, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, time, ZONE)


def _minutes(opens: dt.time, closes: dt.time) -> int:
    return (closes.hour - opens.hour) * 60 + closes.minute - opens.minute
