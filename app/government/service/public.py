"""What everybody may know of a village's service: its letters, its promise, and how long it really takes."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.ui.formats import ZONE
from app.extensions import db
from app.government.letters.models import Letter
from app.government.letters.options import letter_options
from app.government.letters.types import LetterKind, letter_types
from app.government.service import promise

MEASURED_DAYS = 90
FEWEST = 5
"""Fewer letters than that are not told: one could tell whose they are."""
AHEAD_DAYS = 120
MOST_DAYS_SHOWN = 8
MOST_MEASURED = 20_000


@dataclass(frozen=True, slots=True)
class Measured:
    """How long letters took: working hours (median), the share that kept the promise, how many there were."""

    median_hours: float
    kept_share: float | None
    count: int


@dataclass(frozen=True, slots=True)
class OfferedLetter:
    """A letter that the village gives: what to bring, promised working days, what was measured (None: too few)."""

    title: str
    requirements: tuple[str, ...]
    days: int
    online: bool
    measured: Measured | None


@dataclass(frozen=True, slots=True)
class Service:
    """The whole page: groups of letters, all of them measured together, free days ahead, whether the year is known."""

    groups: Sequence[tuple[str, Sequence[OfferedLetter]]]
    overall: Measured | None
    free_days: Sequence[tuple[dt.date, str]]
    unknown_years: Sequence[int]
    promise_days: int


def service_of(moment: dt.datetime) -> Service:
    """Read it at `moment`: four selects. Letters issued in the last 90 days that somebody had asked for count."""
    calendar, options = promise.calendar(), letter_options()
    times = _times(calendar, moment)
    groups: dict[str, list[OfferedLetter]] = {}
    for kind in letter_types():
        if kind.about != "none":
            groups.setdefault(kind.group_label, []).append(
                _offered(kind, options.promise_for(kind.code), times.get(kind.code, []))
            )
    today = moment.astimezone(ZONE).date()
    last = today + dt.timedelta(days=AHEAD_DAYS)
    return Service(
        [(group, sorted(letters, key=lambda one: one.title)) for group, letters in sorted(groups.items())],
        _measured([time for found in times.values() for time in found]),
        calendar.free_days(today, AHEAD_DAYS)[:MOST_DAYS_SHOWN],
        [year for year in range(today.year, last.year + 1) if not promise.knows_year(year)],
        options.promise_days,
    )


def _offered(kind: LetterKind, days: int, times: list[tuple[float, bool | None]]) -> OfferedLetter:
    needed = tuple(str(one.label) for one in kind.requirements if one.needed)
    return OfferedLetter(kind.label, needed, days, kind.online, _measured(times))


def _times(calendar: promise.WorkCalendar, moment: dt.datetime) -> dict[str, list[tuple[float, bool | None]]]:
    """By type: working hours from asking to issuing, and whether the promise was kept (None: none was made)."""
    query = (
        select(Letter.type_code, Letter.submitted_at, Letter.issued_at, Letter.due_at)
        .where(
            Letter.issued_at >= moment - dt.timedelta(days=MEASURED_DAYS),
            Letter.issued_at <= moment,
            Letter.submitted_at.is_not(None),
            Letter.origin != "paper",
        )
        .order_by(Letter.issued_at.desc())
        .limit(MOST_MEASURED)
    )
    found: dict[str, list[tuple[float, bool | None]]] = {}
    for code, submitted_at, issued_at, due_at in db.session.execute(query):
        if submitted_at is None or issued_at is None:
            continue
        hours = calendar.hours_between(submitted_at, issued_at)
        kept = None if due_at is None else not promise.is_overdue(due_at, issued_at)
        found.setdefault(code, []).append((hours, kept))
    return found


def _measured(times: Sequence[tuple[float, bool | None]]) -> Measured | None:
    if len(times) < FEWEST:
        return None
    promised = [kept for _hours, kept in times if kept is not None]
    share = sum(promised) / len(promised) if len(promised) >= FEWEST else None
    return Measured(statistics.median(hours for hours, _kept in times), share, len(times))
