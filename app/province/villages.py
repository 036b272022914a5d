"""The list of villages: filters, pages by key, counts, and the columns of its export."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.core.indicators.adoption import STAFF_ACTIVE_7D
from app.core.indicators.models import IndicatorValue as Figure
from app.core.indicators.services import SETUP_PROGRESS
from app.core.regions.models import Region
from app.extensions import db
from app.province import figures, states
from app.province.attention import INDEX, needs_help
from app.province.life.renaming_models import VillagePast
from app.province.overview import STAFF_COUNT
from app.province.readiness.classes import CLASSES, UNTOLD
from app.province.regions import DISTRICT, PROVINCE, REGENCY, Territory, level_of, region_contains, within
from tenants.models import TenantRow, TenantState

PAGE = 50
NO_ACTIVITY = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
GROUPS: dict[str, tuple[str, ...]] = {
    "live": tuple(sorted(states.LIVE)),
    "joining": (TenantState.INVITED, TenantState.APPLIED, TenantState.APPROVED),
    "provisioned": (TenantState.PROVISIONED,),
    "dormant": (TenantState.DORMANT,),
    "suspended": (TenantState.SUSPENDED,),
    "listed": (TenantState.LISTED,),
}
"""Ready-made filters above the list. `live` holds the dormant ones too: they are set up."""

HELP = "help"
SCORED = {one.key: one for one in CLASSES}
OTHERS, OURS = "lain", "siger"
"""Villages that run other software, and all the rest."""


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort: by the expression, then by code, so that no two villages share a place."""

    expression: ColumnElement[Any]
    descending: bool = False


ORDERS: dict[str, Order] = {
    "name": Order(TenantRow.name),  # type: ignore[arg-type]
    "code": Order(TenantRow.code),  # type: ignore[arg-type]
    "activity": Order(func.coalesce(TenantRow.last_activity_at, NO_ACTIVITY), descending=True),
    "since": Order(TenantRow.state_since, descending=True),  # type: ignore[arg-type]
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to. `state` is a state, a group of states, or `help`; `system` is `lain` or `siger`;
    `readiness` a class of the index or `tanpa`; empty means all."""

    search: str = ""
    regency: str = ""
    district: str = ""
    state: str = ""
    kind: str = ""
    system: str = ""
    readiness: str = ""
    order: str = "name"

    @classmethod
    def from_query(cls, args: Mapping[str, str], territory: Territory) -> Filters:
        """Read a query string. What makes no sense, or lies outside of the territory, is left out."""
        regency, district = args.get("kab", ""), args.get("kec", "")
        state, kind, order = args.get("keadaan", ""), args.get("jenis", ""), args.get("urut", "name")
        system, readiness = args.get("sistem", ""), args.get("kesiapan", "")
        if level_of(regency) != REGENCY or not region_contains(territory.code, regency):
            regency = ""
        if territory.level == REGENCY:
            regency = territory.code
        everywhere = "kab" in args and not regency and territory.level == PROVINCE
        if (
            level_of(district) != DISTRICT
            or everywhere
            or not region_contains(regency or territory.code, district)
        ):
            district = ""
        regency = regency or district[:5]
        if territory.level == DISTRICT:
            regency, district = territory.code[:5], territory.code
        known = state in GROUPS or state == HELP or state in set(TenantState)
        return cls(
            search=" ".join(args.get("q", "").replace("\x00", "").split())[:80],
            regency=regency,
            district=district,
            state=state if known else "",
            kind=kind if kind in ("desa", "kelurahan") else "",
            system=system if system in (OTHERS, OURS) else "",
            readiness=readiness if readiness in SCORED or readiness == UNTOLD.key else "",
            order=order if order in ORDERS else "name",
        )

    def as_query(self, territory: Territory, **changes: str | None) -> dict[str, str]:
        """The query string that leads back here, with changes; what the territory implies is left out."""
        values: dict[str, str | None] = {
            "q": self.search,
            "kab": self.regency if territory.level == PROVINCE else "",
            "kec": self.district if territory.level < DISTRICT else "",
            "keadaan": self.state,
            "jenis": self.kind,
            "sistem": self.system,
            "kesiapan": self.readiness,
            "urut": self.order if self.order != "name" else "",
            **changes,
        }
        return {name: value for name, value in values.items() if value}

    def narrowed(self, territory: Territory) -> bool:
        """Whether anything but the order was chosen."""
        return bool(self.as_query(territory, urut=None))


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list."""

    id: uuid.UUID
    code: str
    name: str
    district: str
    regency: str
    state: str
    state_since: dt.datetime
    last_activity_at: dt.datetime | None
    set_up: float | None
    software: str | None
    score: float | None
    """The readiness index of the newest month."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list with its neighbours' cursors, and counts over all pages."""

    lines: list[Line]
    total: int
    counts: dict[str, int]
    before: str | None
    after: str | None


def page_of(territory: Territory, filters: Filters, *, after: str = "", before: str = "") -> Page:
    """Read one page (inside a platform scope; three selects). A cursor that makes no sense leads to the first page."""
    month = figures.newest_month()
    counts = _counts(territory, filters, month)
    order = ORDERS[filters.order]
    backwards = bool(before) and not after
    cursor = _decode(before if backwards else after, order)
    set_up, score = aliased(Figure), aliased(Figure)
    query = (
        select(
            TenantRow,
            set_up.value.label("set_up"),
            score.value.label("score"),
            order.expression.label("place"),
        )
        .outerjoin(set_up, _told(set_up, SETUP_PROGRESS, month))
        .outerjoin(score, _told(score, INDEX, month))
        .where(_matching(territory, filters, month), _chosen(filters, month))
    )
    down = order.descending != backwards
    if cursor is not None:
        key, here = tuple_(order.expression, TenantRow.code), tuple_(*cursor)
        query = query.where(key < here if down else key > here)
    directed = [c.desc() if down else c.asc() for c in (order.expression, TenantRow.code)]
    rows = db.session.execute(query.order_by(*directed).limit(PAGE + 1)).all()
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows = rows[::-1]
    has_before = more if backwards else cursor is not None
    has_after = True if backwards else more
    return Page(
        lines=[_line(row.TenantRow, row.set_up, row.score) for row in rows],
        total=_total(filters, counts),
        counts=counts,
        before=_encode(rows[0].place, rows[0].TenantRow.code) if rows and has_before else None,
        after=_encode(rows[-1].place, rows[-1].TenantRow.code) if rows and has_after else None,
    )


def _told(value: Any, code: str, month: dt.date) -> ColumnElement[bool]:
    return and_(value.tenant_id == TenantRow.id, value.code == code, value.period == month)


def _line(row: TenantRow, set_up: float | None, score: float | None) -> Line:
    return Line(
        row.id,
        row.code,
        f"{row.term} {row.name}",
        row.district_name,
        row.regency_name,
        row.state,
        row.state_since,
        row.last_activity_at,
        set_up if row.schema_name else None,
        row.software,
        score,
    )


def _matching(territory: Territory, filters: Filters, month: dt.date) -> ColumnElement[bool]:
    """Everything but the state: the counts on the chips are taken of it."""
    conditions = [within(territory.code)]
    if filters.regency:
        conditions.append(TenantRow.regency_code == filters.regency)
    if filters.district:
        conditions.append(TenantRow.district_code == filters.district)
    if filters.kind:
        conditions.append(TenantRow.kind == filters.kind)
    if filters.system:
        runs_other = TenantRow.software.is_not(None)
        conditions.append(runs_other if filters.system == OTHERS else ~runs_other)
    if filters.readiness:
        conditions.append(_scored(filters.readiness, month))
    if filters.search:
        conditions.append(_found(filters.search))
    return and_(*conditions)


def _scored(readiness: str, month: dt.date) -> ColumnElement[bool]:
    """Villages of a readiness class, or those without an index."""
    scored = select(Figure.tenant_id).where(Figure.code == INDEX, Figure.period == month)
    if readiness == UNTOLD.key:
        return TenantRow.id.not_in(scored)
    wanted = SCORED[readiness]
    scored = scored.where(Figure.value >= wanted.least)
    if wanted.below is not None:
        scored = scored.where(Figure.value < wanted.below)
    return TenantRow.id.in_(scored)


def _found(search: str) -> ColumnElement[bool]:
    """By code when it looks like one (with or without its dots), else by any part of the name with its word."""
    digits = search.replace(".", "").replace(" ", "")
    if digits.isascii() and digits.isdigit():
        past = select(VillagePast.tenant_id).where(
            func.replace(VillagePast.code, ".", "").startswith(digits, autoescape=True)
        )
        return or_(
            func.replace(TenantRow.code, ".", "").startswith(digits, autoescape=True), TenantRow.id.in_(past)
        )
    name = TenantRow.term + " " + TenantRow.name
    before = VillagePast.term + " " + VillagePast.name
    return or_(
        name.icontains(search, autoescape=True),
        TenantRow.id.in_(select(VillagePast.tenant_id).where(before.icontains(search, autoescape=True))),
        TenantRow.slug.startswith(search.lower(), autoescape=True),
    )


def _chosen(filters: Filters, month: dt.date) -> ColumnElement[bool]:
    if filters.state == HELP:
        return needs_help(month)
    if filters.state in GROUPS:
        return TenantRow.state.in_(GROUPS[filters.state])
    return TenantRow.state == filters.state if filters.state else TenantRow.id.is_not(None)


def _counts(territory: Territory, filters: Filters, month: dt.date) -> dict[str, int]:
    """How many there are per state, in all (`all`), and that need help."""
    helped = func.count(case((needs_help(month), 1)))
    query = (
        select(TenantRow.state, func.count(), helped)
        .where(_matching(territory, filters, month))
        .group_by(TenantRow.state)
    )
    found = db.session.execute(query).all()
    counts = {state: count for state, count, _ in found}
    return counts | {"all": sum(counts.values()), HELP: sum(row[2] for row in found)}


def _total(filters: Filters, counts: dict[str, int]) -> int:
    if filters.state in GROUPS:
        return sum(counts.get(state, 0) for state in GROUPS[filters.state])
    return counts.get(filters.state or "all", 0)


def _encode(place: object, code: str) -> str:
    text = place.isoformat() if isinstance(place, dt.datetime) else str(place)
    return base64.urlsafe_b64encode(json.dumps([text, code]).encode()).decode().rstrip("=")


def _decode(cursor: str, order: Order) -> tuple[object, str] | None:
    if not cursor or len(cursor) > 400:
        return None
    try:
        text, code = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(text, str) or not isinstance(code, str) or "\x00" in text + code:
            return None
        timed = order.descending
        return (dt.datetime.fromisoformat(text) if timed else text, code)
    except (ValueError, TypeError, binascii.Error):
        return None


def choices(territory: Territory, regency: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Kabupaten/kota and kecamatan to choose from: (code, name) each. One select; a level that is given is empty."""
    parents = [territory.code] if territory.level < DISTRICT else []
    if regency and territory.level == PROVINCE:
        parents.append(regency)
    if not parents:
        return [], []
    query = select(Region).where(Region.parent_code.in_(parents)).order_by(Region.name)
    found = db.session.scalars(query).all()
    return (
        [(r.code, r.name) for r in found if r.level == REGENCY],
        [(r.code, r.name) for r in found if r.level == DISTRICT],
    )


@dataclass(frozen=True, slots=True)
class ExportLine:
    """A row of the export."""

    village: TenantRow
    set_up: float | None
    staff: float | None
    staff_active: float | None
    score: float | None


def export_lines(territory: Territory, filters: Filters) -> Iterator[ExportLine]:
    """All villages that the filters leave, in their order, read in portions (inside a platform scope; two selects)."""

    def figure(code: str) -> ColumnElement[float | None]:
        return func.max(case((Figure.code == code, Figure.value)))

    order = ORDERS[filters.order]
    month = figures.newest_month()
    codes = [SETUP_PROGRESS, STAFF_COUNT, STAFF_ACTIVE_7D, INDEX]
    numbers = (
        select(Figure.tenant_id, *(figure(code).label(f"n{at}") for at, code in enumerate(codes)))
        .where(Figure.period == month, Figure.code.in_(codes))
        .group_by(Figure.tenant_id)
        .subquery()
    )
    query = (
        select(TenantRow, numbers.c.n0, numbers.c.n1, numbers.c.n2, numbers.c.n3)
        .outerjoin(numbers, numbers.c.tenant_id == TenantRow.id)
        .where(_matching(territory, filters, month), _chosen(filters, month))
        .order_by(order.expression.desc() if order.descending else order.expression.asc(), TenantRow.code)
        .execution_options(yield_per=500)
    )
    for row in db.session.execute(query):
        yield ExportLine(*row)
