"""Applications as officers see them: the board, the list, one of them. Each is narrowed to the officer's region."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import abort
from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, true, tuple_
from sqlalchemy.orm import aliased, defer, load_only

from app.core.actors import acting
from app.extensions import db
from app.province.onboarding.applications.models import Application, ApplicationEvent, ApprovalRule
from app.province.onboarding.board.deciding import PROVISION
from app.province.onboarding.board.waiting_time import is_late, late_before, late_condition
from app.province.onboarding.board.words import BOARD, OVER, ROUTES, STATES, UNSENT
from app.province.regions import DISTRICT, PROVINCE, REGENCY, level_of, refuse_region, region_contains, within
from tenants.models import CLOSED_STATES, SERVED_STATES, PlatformJobRun, TenantRow, now

PAGE = 40
BEGINS_WITHIN = dt.timedelta(minutes=10)
"""A village that is approved is prepared within seconds; one whose preparation did not begin by then has stopped."""
COLUMN = 10
"""How many applications a column of the board shows."""
GROUPS = {"unsent": UNSENT, "over": OVER}
"""What the list shows together: not sent in yet; over without having come aboard."""

Card = (
    TenantRow.id, TenantRow.code, TenantRow.name, TenantRow.term, TenantRow.district_name, TenantRow.regency_name,
    TenantRow.slug, TenantRow.state, TenantRow.schema_name, TenantRow.regency_code, TenantRow.district_code,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ApplicationFilter:
    """What applications are narrowed to. `state` is one of STATES or of GROUPS; empty: all."""

    state: str = ""
    route: str = ""
    late: bool = False
    search: str = ""
    regency: str = ""
    district: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str], own: str) -> ApplicationFilter:
        """From a query string; what makes no sense, or lies outside of the region `own`, is left out."""

        def one_of(name: str, known: Any) -> str:
            value = args.get(name, "")
            return value if value in known else ""

        def region(name: str, level: int) -> str:
            code = args.get(name, "")
            fits = code.replace(".", "").isdigit() and level_of(code) == level
            return code if fits and level_of(own) < level and region_contains(own, code) else ""

        regency, district = region("kab", REGENCY), region("kec", DISTRICT)
        if regency and not district.startswith(regency):
            district = ""
        return cls(
            state=one_of("keadaan", (*STATES, *GROUPS)),
            route=one_of("jalur", ROUTES),
            late=args.get("lihat") == "terlambat",
            search=" ".join(args.get("q", "").replace("\x00", "").split())[:80],
            regency=regency,
            district=district,
        )

    def as_args(self, **changes: str) -> dict[str, Any]:
        """The query string that leads back here, with changes."""
        given = {
            "keadaan": self.state, "jalur": self.route, "lihat": "terlambat" if self.late else "", "q": self.search,
            "kab": self.regency, "kec": self.district, **changes,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Line:
    """An application of a list. `row` None: no village was chosen yet."""

    application: Application
    row: TenantRow | None
    late: bool
    failure: str = ""
    """Why the preparation stopped (`?`: nobody noted it, or it never began), empty where it did not."""

    @property
    def waiting(self) -> dt.timedelta:
        """How long it has stood where it stands."""
        return now() - self.application.state_since

    @property
    def days(self) -> int:
        """The same in whole days."""
        return self.waiting.days

    @property
    def since(self) -> str:
        """What became of a village that was live: `suspended`, `archived` or `deleted`; empty while it is there."""
        if self.row is None or self.application.state != "live" or self.row.state in SERVED_STATES:
            return ""
        return str(self.row.state) if self.row.state in CLOSED_STATES else "deleted"

    @property
    def village(self) -> str:
        """The village as people say it; empty before one was chosen."""
        return f"{self.row.term} {self.row.name}" if self.row else ""


@dataclass(frozen=True, slots=True)
class Board:
    """Applications by state, those that wait longest first, with how many there are of each."""

    columns: dict[str, list[Line]]
    counts: dict[str, int]
    late: int

    @property
    def unsent(self) -> int:
        """How many are not sent in yet."""
        return sum(self.counts.get(state, 0) for state in UNSENT)


@dataclass(frozen=True, slots=True)
class Found:
    """An application with what its page shows: `level` is the lowest level that decides, `run` its preparation."""

    line: Line
    level: int
    events: list[ApplicationEvent] = field(default_factory=list)
    run: PlatformJobRun | None = None


def seen() -> ColumnElement[bool]:
    """The condition that the one who acts sees an application; the province sees those without a village too."""
    region = acting().region_code or ""
    mine = within(region)
    return or_(mine, Application.tenant_id.is_(None)) if region and level_of(region) == PROVINCE else mine


def board(wanted: ApplicationFilter) -> Board:
    """The board of what the one who acts sees (three selects)."""
    before = late_before()
    counts, late = tally(wanted)
    age = func.extract("epoch", Application.state_since)
    order = (case((Application.state == "live", -age), else_=age), Application.id)
    place = func.row_number().over(partition_by=Application.state, order_by=order)
    ranked = (
        select(Application.id, place.label("place"))
        .outerjoin(TenantRow, TenantRow.id == Application.tenant_id)
        .where(_narrowed(replace(wanted, state=""), before), Application.state.in_(BOARD))
        .subquery()
    )
    query = _lines().join(ranked, ranked.c.id == Application.id).where(ranked.c.place <= COLUMN)
    rows = db.session.execute(query.order_by(ranked.c.place)).all()
    failed = _failures([application for application, _row in rows])
    columns: dict[str, list[Line]] = {state: [] for state in BOARD}
    for application, row in rows:
        columns[application.state].append(_line(application, row, before, failed))
    return Board(columns, counts, late)


def tally(wanted: ApplicationFilter) -> tuple[dict[str, int], int]:
    """How many there are by state, whatever state was asked for, and how many are late (one select)."""
    before = late_before()
    query = (
        select(Application.state, func.count(), func.count(case((late_condition(before), 1))))
        .outerjoin(TenantRow, TenantRow.id == Application.tenant_id)
        .where(_narrowed(replace(wanted, state="", late=False), before))
        .group_by(Application.state)
    )
    rows = db.session.execute(query).all()
    return {row[0]: row[1] for row in rows}, sum(row[2] for row in rows)


def listed(
    wanted: ApplicationFilter, *, after: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[list[Line], uuid.UUID | None]:
    """A page of applications, the newest change of state last, and the cursor of the next (two selects)."""
    before = late_before()
    query = _lines().where(_narrowed(wanted, before))
    if after is not None:
        last = aliased(Application)
        since = select(last.state_since).where(last.id == after).scalar_subquery()
        query = query.where(tuple_(Application.state_since, Application.id) > tuple_(since, literal(after)))
    query = query.order_by(Application.state_since, Application.id).limit(limit + 1)
    rows = db.session.execute(query).all()
    failed = _failures([application for application, _row in rows])
    lines = [_line(application, row, before, failed) for application, row in rows[:limit]]
    return lines, lines[-1].application.id if len(rows) > limit else None


def every(wanted: ApplicationFilter) -> Iterator[Line]:
    """All applications of a list, read in portions."""
    before = late_before()
    query = _lines().where(_narrowed(wanted, before)).order_by(Application.state_since, Application.id)
    for application, row in db.session.execute(query.execution_options(yield_per=500)):
        yield _line(application, row, before, {})


def find(application_id: uuid.UUID) -> Line:
    """An application that the one who acts sees (one select).

    Any other is not found (404); asking for one that exists is noted in the audit log, and committed.
    """
    query = (
        select(Application, TenantRow, seen().label("seen"))
        .outerjoin(TenantRow, TenantRow.id == Application.tenant_id)
        .where(Application.id == application_id)
        .execution_options(populate_existing=True)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        abort(404)
    application, row, is_seen = found
    if not is_seen:
        refuse_region(row.code if row else "")
        abort(404)
    return _line(application, row, late_before(), {})


def page_of(application_id: uuid.UUID) -> Found:
    """An application that the one who acts sees, with its history (at most four selects); else as `find`."""
    line = find(application_id)
    history = select(ApplicationEvent).where(ApplicationEvent.application_id == application_id)
    events = list(db.session.scalars(history.order_by(ApplicationEvent.at, ApplicationEvent.id)))
    level = REGENCY
    if line.row is not None:
        rule = select(ApprovalRule.level).where(ApprovalRule.region_code == line.row.regency_code)
        level = db.session.scalar(rule) or REGENCY
    run = _runs([application_id]).get(application_id) if line.application.state == "approved" else None
    return Found(line, level, events, run)


def newest_of(tenant_id: uuid.UUID) -> Application | None:
    """Where a village's application stands: the one that goes on, else the newest (one select)."""
    goes_on = case((Application.state.in_(OVER), 1), else_=0)
    query = select(Application).where(Application.tenant_id == tenant_id).options(defer(Application.answers))
    return db.session.scalars(query.order_by(goes_on, Application.created_at.desc()).limit(1)).one_or_none()


def _lines() -> Any:
    return (
        select(Application, TenantRow)
        .outerjoin(TenantRow, TenantRow.id == Application.tenant_id)
        .options(defer(Application.answers), defer(Application.comment), load_only(*Card))
    )


def _line(
    application: Application, row: TenantRow | None, before: dt.datetime, failed: Mapping[uuid.UUID, str]
) -> Line:
    return Line(application, row, is_late(application, before), failed.get(application.id, ""))


def _failures(applications: list[Application]) -> dict[uuid.UUID, str]:
    """Why preparations stopped, of those that are approved: theirs failed, or none began within minutes."""
    approved = {one.id: one for one in applications if one.state == "approved"}
    runs = _runs(list(approved))
    failed = {key: run.error or "?" for key, run in runs.items() if run.state == "failed"}
    begins_until = now() - BEGINS_WITHIN
    missing = (key for key, one in approved.items() if key not in runs and one.state_since < begins_until)
    return {**failed, **dict.fromkeys(missing, "?")}


def _runs(application_ids: list[uuid.UUID]) -> dict[uuid.UUID, PlatformJobRun]:
    """The newest preparation of each of these applications (one select, none without applications)."""
    if not application_ids:
        return {}
    about = PlatformJobRun.arguments["application_id"].astext
    query = (
        select(PlatformJobRun)
        .where(PlatformJobRun.name == PROVISION, about.in_([str(one) for one in application_ids]))
        .order_by(PlatformJobRun.created_at)
    )
    return {uuid.UUID(run.arguments["application_id"]): run for run in db.session.scalars(query)}


def _narrowed(wanted: ApplicationFilter, before: dt.datetime) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [seen()]
    if place := wanted.district or wanted.regency:
        parts.append(within(place))
    if wanted.state:
        parts.append(Application.state.in_(GROUPS.get(wanted.state, (wanted.state,))))
    if wanted.route:
        parts.append(Application.route == wanted.route)
    if wanted.late:
        parts.append(late_condition(before))
    parts.append(_about(wanted.search) if wanted.search else true())
    return and_(*parts)


def _about(text: str) -> ColumnElement[bool]:
    """The condition that a search is for an application: its village, its applicant, its address."""
    name = TenantRow.term + " " + TenantRow.name
    columns = (name, TenantRow.district_name, Application.applicant_name, Application.email, Application.slug)
    found = [column.icontains(text, autoescape=True) for column in columns]
    if text.replace(".", "").isdigit():
        found.append(TenantRow.code.startswith(text, autoescape=True))
    return or_(*found)
