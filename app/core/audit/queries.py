"""Reading the log: filtered, newest first, page by page along the ids (which are in the order of time)."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, or_, select

from app.core.audit.chain import present_chain
from app.core.audit.models import (
    AuditEntryColumns,
    AuditSealColumns,
    PlatformAuditEntry,
    PlatformAuditSeal,
    TenantAuditEntry,
    TenantAuditSeal,
)
from app.extensions import db
from tenants.models import TenantRow
from tenants.scope import current_tenant, platform_scope

ZONE = ZoneInfo("Asia/Jakarta")
PAGE = 50
TWINS = dt.timedelta(seconds=5)
"""How far apart the two logs' entries about one deed may be."""

Direction = Literal["older", "newer"]
Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries: by person (part of the name), action, days of the province's calendar, and the village."""

    person: str = ""
    action: str = ""
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    village_id: uuid.UUID | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is filtered."""
        return self == Filter()


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as a reader sees it. `seq` is its number in the chain, None while it waits to be sealed."""

    id: uuid.UUID
    at: dt.datetime
    actor_id: uuid.UUID | None
    actor_name: str
    action: str
    object_type: str
    object_id: str
    summary: str
    details: dict[str, Any]
    address: str
    seq: int | None
    source: Literal["village", "platform"]
    village: str = ""


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log, newest first; `older` and `newer` are the ids to go on from, None at the ends."""

    lines: Sequence[Line] = field(default_factory=tuple)
    older: uuid.UUID | None = None
    newer: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class ChainState:
    """Up to where the log is sealed."""

    seq: int
    sealed_at: dt.datetime | None


def village_page(
    chosen: Filter, cursor: uuid.UUID | None = None, direction: Direction = "older", size: int = PAGE
) -> LogPage:
    """A page of the present village's log, with what the platform noted about the village among it.

    What both wrote down (a support visit, for one) is told once, as the village has it. Runs inside the
    village's scope; the platform's part is read first, in a short scope of its own.
    """
    tenant_id = current_tenant().id
    with platform_scope():
        about = _select(PlatformAuditEntry, PlatformAuditSeal, chosen)
        about = about.where(PlatformAuditEntry.tenant_id == tenant_id)
        lines = [_line(row, "platform") for row in db.session.execute(_paged(about, cursor, direction, size))]
    lines = _untold(lines)
    own = _select(TenantAuditEntry, TenantAuditSeal, chosen)
    lines += [_line(row, "village") for row in db.session.execute(_paged(own, cursor, direction, size))]
    return _page(lines, cursor, direction, size)


def _untold(lines: list[Line]) -> list[Line]:
    """Those of the platform's lines that the present village's own log does not have as well."""
    if not lines:
        return lines
    own, moments = TenantAuditEntry, [line.at for line in lines]
    first, last = min(moments), max(moments)
    query = select(own.at, own.action, own.actor_id).where(
        own.at.between(first - TWINS, last + TWINS), own.action.in_({line.action for line in lines})
    )
    told: dict[tuple[str, uuid.UUID | None], list[dt.datetime]] = {}
    for at, action, actor_id in db.session.execute(query):
        told.setdefault((action, actor_id), []).append(at)
    return [
        line
        for line in lines
        if not any(abs(at - line.at) <= TWINS for at in told.get((line.action, line.actor_id), ()))
    ]


def platform_page(
    region: ColumnElement[bool] | None,
    chosen: Filter,
    cursor: uuid.UUID | None = None,
    direction: Direction = "older",
    size: int = PAGE,
) -> LogPage:
    """A page of the platform's log; with `region`, only entries about villages of which that condition holds."""
    query = _select(PlatformAuditEntry, PlatformAuditSeal, chosen)
    query = query.add_columns(TenantRow.term, TenantRow.name).outerjoin(
        TenantRow, TenantRow.id == PlatformAuditEntry.tenant_id
    )
    if region is not None:
        query = query.where(region)
    if chosen.village_id is not None:
        query = query.where(PlatformAuditEntry.tenant_id == chosen.village_id)
    lines = [_line(row, "platform") for row in db.session.execute(_paged(query, cursor, direction, size))]
    return _page(lines, cursor, direction, size)


def chain_state() -> ChainState:
    """Up to where the log of the present scope is sealed."""
    head = present_chain().head()
    return ChainState(head.seq, head.sealed_at) if head else ChainState(0, None)


OF_FIGURES = ("region", "indicator", "comparison", "attention", "catalogue")
"""What entries about a region's figures are about; their object's id holds the codes of the places."""


def of_region(region_code: str | None, province_code: str) -> ColumnElement[bool] | None:
    """What an officer may see of the platform's log: all (None) for the province, else what is about their villages and
    about the region itself or what lies below it (who looked at its figures, who took them out)."""
    if region_code == province_code:
        return None
    below = f"{region_code}." if region_code else "-"
    entry = PlatformAuditEntry
    named = rf"(^|[ ,]){re.escape(region_code)}($|[., ])" if region_code else "^$"
    of_the_region = and_(
        entry.tenant_id.is_(None), entry.object_type.in_(OF_FIGURES), entry.object_id.regexp_match(named)
    )
    return or_(TenantRow.code.startswith(below, autoescape=True), of_the_region)


def _select(entries: type[AuditEntryColumns], seals: type[AuditSealColumns], chosen: Filter) -> Rows:
    query = select(entries, seals.seq).outerjoin(seals, seals.entry_id == entries.id)
    if chosen.person:
        query = query.where(entries.actor_name.icontains(chosen.person, autoescape=True))
    if chosen.action:
        query = query.where(entries.action == chosen.action)
    if chosen.first_day is not None:
        query = query.where(entries.at >= _midnight(chosen.first_day))
    if chosen.last_day is not None and chosen.last_day < dt.date.max:
        query = query.where(entries.at < _midnight(chosen.last_day + dt.timedelta(days=1)))
    return query


def _paged(query: Rows, cursor: uuid.UUID | None, direction: Direction, size: int) -> Rows:
    entries = query.column_descriptions[0]["entity"]
    if direction == "newer" and cursor is not None:
        return query.where(entries.id > cursor).order_by(entries.id).limit(size + 1)
    if cursor is not None:
        query = query.where(entries.id < cursor)
    return query.order_by(entries.id.desc()).limit(size + 1)


def _page(lines: list[Line], cursor: uuid.UUID | None, direction: Direction, size: int) -> LogPage:
    backwards = direction == "newer" and cursor is not None
    lines.sort(key=lambda line: line.id, reverse=not backwards)
    more = len(lines) > size
    shown = lines[:size]
    if backwards:
        shown.reverse()
    if not shown:
        return LogPage()
    has_older = True if backwards else more
    has_newer = more if backwards else cursor is not None
    return LogPage(shown, shown[-1].id if has_older else None, shown[0].id if has_newer else None)


def _line(row: Any, source: Literal["village", "platform"]) -> Line:
    entry, seq = row[0], row[1]
    village = f"{row[2]} {row[3]}" if len(row) > 2 and row[3] else ""
    return Line(
        entry.id, entry.at, entry.actor_id, entry.actor_name, entry.action, entry.object_type, entry.object_id,
        entry.summary, entry.details, entry.address, seq, source, village,
    )  # fmt: skip


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZONE)
