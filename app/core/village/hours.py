"""Opening hours of a village's office: by weekday, with a break, and days on which it stays closed.

Kept as JSON: `{"mon": ["08:00", "12:00", "13:00", "15:00"], …, "closed": [["2026-12-25", "Natal"]]}`; times are
those of the province's zone. A day without times is closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.ui.formats import ZONE

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD_DAYS = 30

Interval = tuple[dt.time, dt.time]
Intervals = tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class OpenState:
    """Whether the office is open, and until when that holds (None: not foreseeable)."""

    is_open: bool
    changes_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class DayGroup:
    """Days that follow one another with the same hours; `first` and `last` count from Monday, 0."""

    first: int
    last: int
    intervals: Intervals


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """A week of hours and the days that depart from it."""

    week: tuple[Intervals, ...] = ((),) * 7
    closed: Mapping[dt.date, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> OpeningHours:
        """Read what the profile keeps; raises ValueError for what can't be a time or a date."""
        week = tuple(_pairs([dt.time.fromisoformat(t) for t in kept.get(day, ())]) for day in DAYS)
        closed = {dt.date.fromisoformat(day): str(note) for day, note in kept.get("closed", ())}
        return cls(week, closed)

    def as_json(self) -> dict[str, Any]:
        """The form in which the profile keeps it."""
        kept: dict[str, Any] = {
            day: [f"{moment:%H:%M}" for pair in intervals for moment in pair]
            for day, intervals in zip(DAYS, self.week, strict=True)
            if intervals
        }
        if self.closed:
            kept["closed"] = [[day.isoformat(), note] for day, note in sorted(self.closed.items())]
        return kept

    @property
    def is_known(self) -> bool:
        """Whether any hours were stated at all."""
        return any(self.week)

    def on(self, day: dt.date) -> Intervals:
        """The hours of a day; empty when the office is closed."""
        return () if day in self.closed else self.week[day.weekday()]

    def state_at(self, moment: dt.datetime) -> OpenState:
        """Whether the office is open at `moment` (with a zone) and when that changes next."""
        local = moment.astimezone(ZONE)
        for opens, closes in self._moments_from(local.date()):
            if opens <= local < closes:
                return OpenState(True, closes)
            if local < opens:
                return OpenState(False, opens)
        return OpenState(False, None)

    def groups(self) -> list[DayGroup]:
        """The week as people say it: equal days that follow one another taken together, closed days left out."""
        groups: list[DayGroup] = []
        for day, intervals in enumerate(self.week):
            if not intervals:
                continue
            if groups and groups[-1].last == day - 1 and groups[-1].intervals == intervals:
                groups[-1] = DayGroup(groups[-1].first, day, intervals)
            else:
                groups.append(DayGroup(day, day, intervals))
        return groups

    def _moments_from(self, first: dt.date) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        for distance in range(LOOK_AHEAD_DAYS):
            day = first + dt.timedelta(days=distance)
            for opens, closes in self.on(day):
                yield dt.datetime.combine(day, opens, ZONE), dt.datetime.combine(day, closes, ZONE)


def _pairs(times: list[dt.time]) -> Intervals:
    if len(times) % 2:
        raise ValueError("opening hours come in pairs")
    return tuple(zip(times[::2], times[1::2], strict=True))
