"""One village as the province sees it: identity, state, accounts, figures, history. Never its residents."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import and_, desc, func, not_, or_, select

from app.core.accounts.loading import HeldRole, has_accepted, held_role, known_name
from app.core.accounts.managing import MANAGE
from app.core.accounts.models import Account, Membership, SupportVisit, VillageRole
from app.core.actors import SupportVisitInfo
from app.core.audit.models import PlatformAuditEntry
from app.core.capabilities import capabilities
from app.core.indicators.declarations import Indicator, months_before, period_of
from app.extensions import db
from app.province import attention, figures
from app.province.attention import Found
from app.province.figures import MISSING, Figure
from app.province.regions import within
from app.province.services import PROVISION_ONE
from tenants.models import PlatformJobRun, TenantRow, TenantSchema, now

HISTORY_SHOWN = 20
ADDRESSES = "region_accounts.manage"
SIGN_INS = "platform_audit.view"
PUBLIC_HISTORY = ("village.", "visit.")


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the village's staff, with the names of their roles."""

    name: str
    email: str
    roles: tuple[str, ...]
    last_sign_in_at: dt.datetime | None
    is_active: bool
    manages: bool


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure of the newest month with its declaration, and what it was a month and a year earlier."""

    indicator: Indicator
    figure: Figure
    month_ago: Figure
    year_ago: Figure


@dataclass(frozen=True, slots=True)
class Standing:
    """The village in the registry with what is known of it beside: `run` is the newest provisioning of it alone."""

    row: TenantRow
    schema: TenantSchema | None
    run: PlatformJobRun | None
    visit: SupportVisitInfo | None
    month: dt.date
    """The newest month with figures of the province."""


@dataclass(frozen=True, slots=True)
class VillagePage:
    """All that the page shows."""

    standing: Standing
    members: list[Member]
    """Who works there; addresses and sign-ins are empty for those who may not see them."""
    figures: list[ShownFigure]
    """What the village tells, in the order in which its capabilities declare it; small counts are hidden."""
    reasons: list[Found]
    """Why it needs help."""
    history: list[PlatformAuditEntry]


def find(village_id: uuid.UUID, region_code: str | None) -> TenantRow | None:
    """A village of a region; None when there is none or it lies elsewhere (inside a platform scope)."""
    return db.session.scalars(
        select(TenantRow).where(TenantRow.id == village_id, within(region_code))
    ).one_or_none()


def code_of(village_id: uuid.UUID) -> str | None:
    """The code of a village wherever it lies, for noting who typed its address; None when there is none."""
    return db.session.scalar(select(TenantRow.code).where(TenantRow.id == village_id))


def standing(village_id: uuid.UUID, region_code: str | None) -> Standing | None:
    """A village of a region with its schema, provisioning and open support visit (inside a platform scope; one select).

    None when there is none or it lies elsewhere.
    """
    moment = now()
    query = (
        select(TenantRow, TenantSchema, PlatformJobRun, SupportVisit, figures.newest_told())
        .outerjoin(TenantSchema, TenantSchema.tenant_id == TenantRow.id)
        .outerjoin(
            PlatformJobRun,
            (PlatformJobRun.name == PROVISION_ONE)
            & (PlatformJobRun.arguments["village_id"].astext == str(village_id)),
        )
        .outerjoin(
            SupportVisit,
            and_(
                SupportVisit.tenant_id == TenantRow.id,
                SupportVisit.ended_at.is_(None),
                SupportVisit.expires_at > moment,
            ),
        )
        .where(TenantRow.id == village_id, within(region_code))
        .order_by(PlatformJobRun.created_at.desc().nulls_last(), SupportVisit.started_at.desc().nulls_last())
        .limit(1)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        return None
    row, schema, run, visit, month = found
    info = SupportVisitInfo(visit.id, visit.reason, visit.account_name, visit.expires_at) if visit else None
    return Standing(row, schema, run, info, month or period_of(moment).first)


def village_page(found: Standing, may: Callable[[str], bool]) -> VillagePage:
    """Read a village's page for somebody who `may` do this and that (inside a platform scope; six selects).

    Addresses of the village's staff need `region_accounts.manage`; who signed in and when `platform_audit.view`.
    """
    row = found.row
    return VillagePage(
        standing=found,
        members=_members(row.id, addresses=may(ADDRESSES), sign_ins=may(SIGN_INS)),
        figures=_figures(row.code, found.month),
        reasons=attention.of_village(row.id, found.month),
        history=_history(row.id, whole=may(SIGN_INS)),
    )


def newest_run(village_id: uuid.UUID) -> PlatformJobRun | None:
    """The newest provisioning that was asked for this village alone."""
    query = (
        select(PlatformJobRun)
        .where(
            PlatformJobRun.name == PROVISION_ONE,
            PlatformJobRun.arguments["village_id"].astext == str(village_id),
        )
        .order_by(PlatformJobRun.created_at.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def _members(tenant_id: uuid.UUID, *, addresses: bool, sign_ins: bool) -> list[Member]:
    query = (
        select(Account, Membership, VillageRole)
        .join(Membership, Membership.account_id == Account.id)
        .outerjoin(VillageRole, VillageRole.id == Membership.village_role_id)
        .where(Membership.tenant_id == tenant_id)
        .order_by(func.coalesce(Membership.invited_name, Account.name), Membership.created_at)
    )
    people: dict[uuid.UUID, tuple[Account, Membership, list[HeldRole]]] = {}
    for account, membership, own in db.session.execute(query):
        people.setdefault(account.id, (account, membership, []))[2].append(held_role(membership, own))
    return [
        Member(
            name=known_name(membership, account),
            email=account.email if addresses else "",
            roles=tuple(held.label for held in roles),
            last_sign_in_at=account.last_sign_in_at
            if sign_ins and has_accepted(membership, account)
            else None,
            is_active=account.is_active or not has_accepted(membership, account),
            manages=account.is_active
            and has_accepted(membership, account)
            and any(MANAGE in held.permissions for held in roles),
        )
        for account, membership, roles in people.values()
    ]


def _figures(code: str, month: dt.date) -> list[ShownFigure]:
    known = [indicator for capability in capabilities() for indicator in capability.indicators]
    months = [month, months_before(month, 1), months_before(month, 12)]
    told = figures.read(known, [code], months)
    shown = [
        ShownFigure(one, *(told.get((code, one.code, first), MISSING) for first in months)) for one in known
    ]
    return [one for one in shown if not one.figure.is_missing]


def _history(tenant_id: uuid.UUID, *, whole: bool) -> list[PlatformAuditEntry]:
    query = (
        select(PlatformAuditEntry)
        .where(
            PlatformAuditEntry.tenant_id == tenant_id, not_(PlatformAuditEntry.action.startswith("figures."))
        )
        .order_by(desc(PlatformAuditEntry.at), desc(PlatformAuditEntry.id))
        .limit(HISTORY_SHOWN)
    )
    if not whole:
        query = query.where(or_(*(PlatformAuditEntry.action.startswith(kind) for kind in PUBLIC_HISTORY)))
    return list(db.session.scalars(query))
