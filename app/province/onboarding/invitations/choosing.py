"""Which villages an office may invite: its own region's, narrowed by filters, each with why it can't be invited."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from app.extensions import db
from app.province.onboarding.applications.models import OPEN_STATES, Application
from app.province.onboarding.invitations.models import OnboardingInvitation
from app.province.regions import Territory, seen_territory, within
from tenants.models import LIVE_STATES, TenantRow, TenantState, now

PAGE = 100
KINDS = ("desa", "kelurahan")
FREE = (TenantState.LISTED, TenantState.INVITED)
CLOSED = (TenantState.SUSPENDED, TenantState.ARCHIVED)


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed to; `everything` shows those too that can't be invited."""

    here: Territory
    search: str = ""
    kind: str = ""
    everything: bool = False

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Filter:
        """From a query string or form; a region outside of the account's is not found (404)."""
        kind = args.get("jenis", "")
        return cls(
            seen_territory(args.get("wilayah")),
            " ".join(args.get("q", "").replace("\x00", "").split())[:80],
            kind if kind in KINDS else "",
            args.get("semua_keadaan") == "1",
        )

    def as_args(self) -> dict[str, Any]:
        """The query string that leads back here."""
        values = {
            "wilayah": self.here.code,
            "q": self.search,
            "jenis": self.kind,
            "semua_keadaan": "1" if self.everything else "",
        }
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class VillageLine:
    """A village of the list. `bar` says why it can't be invited (a key of `words.BARS`); empty when it can."""

    village: TenantRow
    bar: str


def is_invited() -> ColumnElement[bool]:
    """The condition that a village holds an invitation that still holds."""
    return exists().where(
        OnboardingInvitation.tenant_id == TenantRow.id,
        OnboardingInvitation.ended_at.is_(None),
        OnboardingInvitation.expires_at > now(),
    )


def is_held() -> ColumnElement[bool]:
    """The condition that an application holds a village."""
    return exists().where(Application.tenant_id == TenantRow.id, Application.state.in_(OPEN_STATES))


def can_invite() -> ColumnElement[bool]:
    """The condition that a village may be invited now."""
    return and_(
        TenantRow.state.in_(FREE),
        TenantRow.schema_name.is_(None),
        TenantRow.software.is_(None),
        ~is_invited(),
        ~is_held(),
    )


def villages(wanted: Filter, after: str = "") -> tuple[list[VillageLine], str | None]:
    """A page of villages by code and the cursor of the next page: one select."""
    query = select(TenantRow, is_invited(), is_held()).where(_narrowed(wanted), TenantRow.code > after)
    if not wanted.everything:
        query = query.where(can_invite())
    rows = db.session.execute(query.order_by(TenantRow.code).limit(PAGE + 1)).all()
    found = [VillageLine(row, _bar(row, invited, held)) for row, invited, held in rows]
    return found[:PAGE], found[PAGE - 1].village.code if len(found) > PAGE else None


def count(wanted: Filter) -> int:
    """How many villages of a filter may be invited: one select."""
    query = select(func.count()).select_from(TenantRow).where(_narrowed(wanted), can_invite())
    return db.session.scalar(query) or 0


def chosen(region_code: str, ids: Sequence[uuid.UUID], wanted: Filter | None) -> list[TenantRow]:
    """The villages that are meant and may be invited, by code, none beyond the region: one select.

    `wanted`: all of this filter; None: those of `ids`.
    """
    query = select(TenantRow).where(within(region_code), can_invite())
    query = query.where(_narrowed(wanted)) if wanted is not None else query.where(TenantRow.id.in_(ids))
    return list(db.session.scalars(query.order_by(TenantRow.code)))


def _narrowed(wanted: Filter) -> ColumnElement[bool]:
    parts = [within(wanted.here.code)]
    if wanted.kind:
        parts.append(TenantRow.kind == wanted.kind)
    if wanted.search:
        name = func.concat(TenantRow.term, " ", TenantRow.name)
        parts.append(
            or_(
                name.icontains(wanted.search, autoescape=True),
                TenantRow.code.startswith(wanted.search, autoescape=True),
            )
        )
    return and_(*parts)


def _bar(row: TenantRow, invited: bool, held: bool) -> str:
    if row.state in CLOSED:
        return "closed"
    if row.software is not None:
        return "software"
    if row.schema_name is not None or row.state in LIVE_STATES:
        return "live"
    if held or row.state not in FREE:
        return "applied"
    return "invited" if invited else ""
