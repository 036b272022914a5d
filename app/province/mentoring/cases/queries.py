"""Cases as the programme sees them: the board, the list, one of them; the condition of who sees stands in each."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import abort
from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.core.accounts.models import Account
from app.extensions import db
from app.province.mentoring.cases.mentors import seen_cases
from app.province.mentoring.cases.models import MentoringCase, MentoringEntry
from app.province.mentoring.cases.waiting import unread_by_programme
from app.province.mentoring.cases.words import ENDED, OPEN, ORIGINS, PRIORITIES, RULES, STATES, TOPICS
from app.province.regions import refuse_region, within
from tenants.models import TenantRow, now

PAGE = 40
COLUMN = 12
"""How many cases a column of the board shows."""
BOARD = ("open", "in_progress", "waiting", "solved")
NOBODY = "kantor"
"""The filter's word for cases that no mentor has."""

Case = MentoringCase


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What cases are narrowed to. `state` empty means open ones; `all` also those that are over."""

    state: str = ""
    priority: str = ""
    topic: str = ""
    origin: str = ""
    """One of ORIGINS, or a rule."""
    mentor: str = ""
    late: bool = False
    search: str = ""
    region: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> CaseFilter:
        """From a query string, without the region; what makes no sense is left out."""

        def one_of(name: str, known: Any) -> str:
            value = args.get(name, "")
            return value if value in known else ""

        mentor = args.get("pendamping", "")
        try:
            mentor = mentor if mentor == NOBODY else str(uuid.UUID(mentor))
        except ValueError:
            mentor = ""
        return cls(
            state=one_of("keadaan", (*STATES, "all")),
            priority=one_of("prioritas", PRIORITIES),
            topic=one_of("topik", TOPICS),
            origin=one_of("asal", (*ORIGINS, *RULES)),
            mentor=mentor,
            late=args.get("lihat") == "terlambat",
            search=" ".join(args.get("q", "").replace("\x00", "").split())[:80],
        )

    def as_args(self, **changes: str) -> dict[str, Any]:
        """The query string that leads back here, with changes."""
        given = {
            "keadaan": self.state, "prioritas": self.priority, "topik": self.topic, "asal": self.origin,
            "pendamping": self.mentor, "lihat": "terlambat" if self.late else "", "q": self.search,
            "wilayah": self.region, **changes,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Line:
    """A case of a list."""

    case: MentoringCase
    village: TenantRow
    mentor: str
    is_unread: bool

    @property
    def is_late(self) -> bool:
        """Whether it should have been answered or solved by now."""
        return is_late(self.case)


@dataclass(frozen=True, slots=True)
class Board:
    """The open cases by state, the most urgent first, with how many there are of each."""

    columns: dict[str, list[Line]]
    counts: dict[str, int]
    late: int


@dataclass(frozen=True, slots=True)
class Thread:
    """A case with its lines, oldest first."""

    line: Line
    entries: list[MentoringEntry]
    others: list[MentoringCase] = field(default_factory=list)
    """Further open cases of the village."""


def is_late(row: MentoringCase) -> bool:
    """Whether a case should have been answered or solved by now."""
    if row.state in ENDED or row.state == "waiting":
        return False
    moment = now()
    return row.due_at < moment or (row.responded_at is None and row.respond_by < moment)


def late() -> ColumnElement[bool]:
    """The same as a condition."""
    moment = now()
    return and_(
        Case.state.in_(["open", "in_progress"]),
        or_(Case.due_at < moment, and_(Case.responded_at.is_(None), Case.respond_by < moment)),
    )


def board(wanted: CaseFilter) -> Board:
    """The board of what the one who acts sees (two selects)."""
    counts, late_ones = tally(wanted)
    urgency = case(*((Case.priority == one, at) for at, one in enumerate(PRIORITIES)), else_=9)
    order = (case((late(), 0), else_=1), urgency, Case.due_at, Case.id)
    place = func.row_number().over(partition_by=Case.state, order_by=order)
    ranked = (
        select(Case.id, place.label("place"))
        .join(TenantRow, TenantRow.id == Case.tenant_id)
        .where(_narrowed(replace(wanted, state="all")), Case.state.in_(BOARD))
        .subquery()
    )
    query = _lines().join(ranked, ranked.c.id == Case.id).where(ranked.c.place <= COLUMN)
    columns: dict[str, list[Line]] = {state: [] for state in BOARD}
    for row in db.session.execute(query.order_by(ranked.c.place)):
        columns[row[0].state].append(_line(row))
    return Board(columns, counts, late_ones)


def tally(wanted: CaseFilter) -> tuple[dict[str, int], int]:
    """How many there are by state, whatever state was asked for, and how many are late (one select)."""
    query = (
        select(Case.state, func.count(), func.count(case((late(), 1))))
        .join(TenantRow, TenantRow.id == Case.tenant_id)
        .where(_narrowed(replace(wanted, state="all", late=False)))
        .group_by(Case.state)
    )
    rows = db.session.execute(query).all()
    return {row[0]: row[1] for row in rows}, sum(row[2] for row in rows)


def listed(
    wanted: CaseFilter, *, after: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[list[Line], uuid.UUID | None]:
    """A page of cases, what is due first, and the cursor of the next (one select)."""
    query = _lines().where(_narrowed(wanted))
    if after is not None:
        last = aliased(Case)
        due = select(last.due_at).where(last.id == after).scalar_subquery()
        query = query.where(tuple_(Case.due_at, Case.id) > tuple_(due, literal(after)))
    rows = db.session.execute(query.order_by(Case.due_at, Case.id).limit(limit + 1)).all()
    lines = [_line(row) for row in rows]
    return lines[:limit], lines[limit - 1].case.id if len(lines) > limit else None


def every(wanted: CaseFilter) -> Iterator[Line]:
    """All cases of a list, read in portions."""
    query = _lines().where(_narrowed(wanted)).order_by(Case.due_at, Case.id)
    for row in db.session.execute(query.execution_options(yield_per=500)):
        yield _line(row)


def find(case_id: uuid.UUID) -> Line:
    """A case that the one who acts sees (one select).

    Any other is not found (404); asking for one that exists is noted in the audit log, and committed.
    """
    query = _lines().add_columns(seen_cases().label("seen")).where(Case.id == case_id)
    row = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        abort(404)
    if not row.seen:
        refuse_region(row[1].code)
        abort(404)
    return _line(row)


def thread(case_id: uuid.UUID) -> Thread:
    """A case that the one who acts sees, with its lines (three selects); else as `find`."""
    line = find(case_id)
    others = (
        select(Case)
        .join(TenantRow, TenantRow.id == Case.tenant_id)
        .where(Case.tenant_id == line.case.tenant_id, Case.state.in_(OPEN), Case.id != case_id, seen_cases())
    )
    return Thread(line, entries_of(case_id), list(db.session.scalars(others.order_by(Case.due_at).limit(10))))


def entries_of(case_id: uuid.UUID) -> list[MentoringEntry]:
    """The lines of a case, oldest first (one select)."""
    query = select(MentoringEntry).where(MentoringEntry.case_id == case_id)
    return list(db.session.scalars(query.order_by(MentoringEntry.at, MentoringEntry.id)))


def open_of(tenant_id: uuid.UUID) -> list[MentoringCase]:
    """The open cases of a village, what is due first (one select)."""
    query = select(Case).where(Case.tenant_id == tenant_id, Case.state.in_(OPEN))
    return list(db.session.scalars(query.order_by(Case.due_at)))


def file_ids(entries: list[MentoringEntry]) -> list[str]:
    """The ids of the files of these lines."""
    return [str(file["id"]) for entry in entries for file in entry.files]


def _lines() -> Any:
    return (
        select(Case, TenantRow, Account.name, unread_by_programme().label("unread"))
        .join(TenantRow, TenantRow.id == Case.tenant_id)
        .outerjoin(Account, Account.id == Case.mentor_id)
    )


def _line(row: Any) -> Line:
    return Line(row[0], row[1], row[2] or "", bool(row.unread) and row[0].state not in ENDED)


def _narrowed(wanted: CaseFilter) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [seen_cases()]
    if wanted.region:
        parts.append(within(wanted.region))
    if wanted.state != "all":
        parts.append(Case.state == wanted.state if wanted.state else Case.state.in_(OPEN))
    if wanted.priority:
        parts.append(Case.priority == wanted.priority)
    if wanted.topic:
        parts.append(Case.topic == wanted.topic)
    if wanted.origin:
        parts.append(Case.rule == wanted.origin if wanted.origin in RULES else Case.origin == wanted.origin)
    if wanted.mentor == NOBODY:
        parts.append(Case.mentor_id.is_(None))
    elif wanted.mentor:
        parts.append(Case.mentor_id == uuid.UUID(wanted.mentor))
    if wanted.late:
        parts.append(late())
    if wanted.search:
        name = TenantRow.term + " " + TenantRow.name
        found = [
            Case.subject.icontains(wanted.search, autoescape=True),
            name.icontains(wanted.search, autoescape=True),
        ]
        if wanted.search.isascii() and wanted.search.isdigit() and len(wanted.search) < 10:
            found.append(Case.number == int(wanted.search))
        parts.append(or_(*found))
    return and_(*parts)
