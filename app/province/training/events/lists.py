"""Lists of events: filtered pages, all of them for a file, and the month of a calendar."""

from __future__ import annotations

import calendar
import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.core.ui.formats import ZONE
from app.extensions import db
from app.province.training.events import queries
from app.province.training.events.models import KINDS, TrainingEvent, TrainingProgramme, TrainingVenue
from app.province.training.participants.models import TrainingParticipant
from tenants.models import now

PAGE = 25
MOST_IN_MONTH = 400
VIEWS = ("coming", "draft", "past", "cancelled", "all")
"""Which events: those to come (open ones that are not over, and drafts of the same days), drafts, held ones, called-off
ones, all."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What a list of events is narrowed to. `region` is a region below the viewer's, or empty."""

    view: str = "coming"
    kind: str = ""
    search: str = ""
    programme: uuid.UUID | None = None
    region: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str], region: str = "") -> EventFilter:
        """From a query string; what makes no sense is left out."""
        view, kind = args.get("lihat", ""), args.get("jenis", "")
        search = " ".join(args.get("q", "").replace("\x00", "").split())[:80]
        return cls(
            view if view in VIEWS else "coming", kind if kind in KINDS else "", search,
            identity(args.get("program")), region,
        )  # fmt: skip

    def as_args(self) -> dict[str, Any]:
        """The query string that leads back here."""
        found = (
            ("lihat", self.view if self.view != "coming" else ""),
            ("jenis", self.kind),
            ("q", self.search),
            ("program", str(self.programme) if self.programme else ""),
            ("wilayah", self.region),
        )
        return {name: value for name, value in found if value}

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the view was chosen."""
        return bool(self.kind or self.search or self.programme or self.region)


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event of a list with its place and how many hold a seat or wait for one."""

    event: TrainingEvent
    venue: TrainingVenue | None
    programme: str
    registered: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a calendar with its events; `is_outside` belongs to the month before or after."""

    date: dt.date
    events: tuple[TrainingEvent, ...]
    is_outside: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a calendar in weeks that begin on Monday; `events` are all of it in order."""

    first: dt.date
    weeks: tuple[tuple[Day, ...], ...]
    events: tuple[TrainingEvent, ...]

    @property
    def before(self) -> str:
        """The month before, as addresses name it."""
        return f"{self.first - dt.timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        """The month after, as addresses name it."""
        return f"{self.first + dt.timedelta(days=31):%Y-%m}"


def identity(text: str | None) -> uuid.UUID | None:
    """An id of a query string; None where there is none that could be one."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def today() -> dt.date:
    """The day in the province."""
    return now().astimezone(ZONE).date()


def page_of(
    office: str, wanted: EventFilter, *, after: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[list[EventLine], uuid.UUID | None]:
    """A page of events, and the cursor of the next: one select. What is to come begins with the nearest, all else with
    the latest."""
    query = _lines(office, wanted)
    key = (TrainingEvent.starts_on, TrainingEvent.id)
    if after is not None:
        shown = aliased(TrainingEvent)
        last = select(shown.starts_on).where(shown.id == after).scalar_subquery()
        behind = tuple_(last, literal(after))
        query = query.where(tuple_(*key) > behind if wanted.view == "coming" else tuple_(*key) < behind)
    rows = db.session.execute(query.limit(limit + 1)).all()
    lines = [EventLine(row[0], row[1], row[2] or "", int(row[3]), int(row[4])) for row in rows]
    return lines[:limit], lines[limit - 1].event.id if len(lines) > limit else None


def all_of(office: str, wanted: EventFilter) -> Iterator[EventLine]:
    """All events of a list, read in portions."""
    for row in db.session.execute(_lines(office, wanted).execution_options(yield_per=500)):
        yield EventLine(row[0], row[1], row[2] or "", int(row[3]), int(row[4]))


def counts(office: str, wanted: EventFilter) -> dict[str, int]:
    """How many events each view holds under the other filters: one select."""
    columns = [func.count().filter(_view(view)).label(view) for view in VIEWS]
    query = select(*columns).where(queries.visible(office), *_narrowed(wanted))
    return {view: int(count) for view, count in db.session.execute(query).one()._mapping.items()}


def month_of(office: str, first: dt.date, wanted: EventFilter) -> Month:
    """The calendar of the month that begins on `first`, without what was called off: one select."""
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    begin, end = weeks[0][0], weeks[-1][-1]
    query = (
        select(TrainingEvent)
        .where(
            queries.visible(office), TrainingEvent.state != "cancelled", TrainingEvent.starts_on <= end,
            TrainingEvent.ends_on >= begin, *_narrowed(wanted),
        )
        .order_by(TrainingEvent.starts_on, TrainingEvent.ends_on.desc(), TrainingEvent.id)
        .limit(MOST_IN_MONTH)
    )  # fmt: skip
    events = tuple(db.session.scalars(query))
    present = today()

    def day(date: dt.date) -> Day:
        there = tuple(one for one in events if one.starts_on <= date <= one.ends_on)
        return Day(date, there, date.month != first.month, date == present)

    inside = tuple(one for one in events if one.starts_on < _next(first) and one.ends_on >= first)
    return Month(first, tuple(tuple(day(one) for one in week) for week in weeks), inside)


def month_named(text: str | None) -> dt.date:
    """The first day of a month named `2026-11`; of the present one where the name makes no sense."""
    try:
        found = dt.datetime.strptime(text or "", "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        found = today()
    return found.replace(day=1) if 2000 <= found.year <= 2199 else today().replace(day=1)


def _next(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=31)).replace(day=1)


def _lines(office: str, wanted: EventFilter) -> Select[Any]:
    seats = TrainingParticipant

    def taken(seat: str) -> Any:
        return (
            select(func.count())
            .where(seats.event_id == TrainingEvent.id, seats.seat == seat)
            .correlate(TrainingEvent)
            .scalar_subquery()
        )

    query = (
        select(TrainingEvent, TrainingVenue, TrainingProgramme.title, taken("registered"), taken("waiting"))
        .outerjoin(TrainingVenue, TrainingVenue.id == TrainingEvent.venue_id)
        .outerjoin(TrainingProgramme, TrainingProgramme.id == TrainingEvent.programme_id)
        .where(queries.visible(office), _view(wanted.view), *_narrowed(wanted))
    )
    key: Sequence[Any] = (TrainingEvent.starts_on, TrainingEvent.id)
    return query.order_by(*(key if wanted.view == "coming" else [one.desc() for one in key]))


def _view(view: str) -> ColumnElement[bool]:
    state = TrainingEvent.state
    if view == "coming":
        return and_(state.in_(("open", "draft")), TrainingEvent.ends_on >= today())
    if view == "past":
        return or_(state == "done", and_(state == "open", TrainingEvent.ends_on < today()))
    if view in ("draft", "cancelled"):
        return state == view
    return literal(True)


def _narrowed(wanted: EventFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kind:
        found.append(TrainingEvent.kind == wanted.kind)
    if wanted.programme:
        found.append(TrainingEvent.programme_id == wanted.programme)
    if wanted.region:
        found.append(queries.at_or_below(TrainingEvent.region_code, wanted.region))
    if wanted.search:
        place = aliased(TrainingVenue)
        venue = select(place.id).where(
            place.id == TrainingEvent.venue_id, place.name.icontains(wanted.search, autoescape=True)
        )
        found.append(or_(TrainingEvent.title.icontains(wanted.search, autoescape=True), venue.exists()))
    return found
