"""One village as the province sees it: identity, state, accounts, figures, history. Never its residents."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import desc, func, or_, select

from app.core.accounts.loading import HeldRole, has_accepted, held_role, known_name, open_visit_of
from app.core.accounts.managing import MANAGE
from app.core.accounts.models import Account, Membership, VillageRole
from app.core.actors import SupportVisitInfo
from app.core.audit.models import PlatformAuditEntry
from app.core.indicators.declarations import Indicator, declared
from app.core.indicators.models import IndicatorValue as Figure
from app.extensions import db
from app.province.overview import newest_month
from app.province.regions import within
from app.province.services import PROVISION_ONE
from tenants.models import PlatformJobRun, TenantRow, TenantSchema

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
    """A figure of this month with its declaration."""

    indicator: Indicator
    value: float
    as_of: dt.datetime


@dataclass(frozen=True, slots=True)
class VillagePage:
    """All that the page shows. `run` is the newest provisioning of this village alone, if there was any."""

    row: TenantRow
    schema: TenantSchema | None
    members: list[Member]
    """Who works there; addresses and sign-ins are empty for those who may not see them."""
    figures: list[ShownFigure]
    history: list[PlatformAuditEntry]
    visit: SupportVisitInfo | None
    run: PlatformJobRun | None


def find(village_id: uuid.UUID, region_code: str | None) -> TenantRow | None:
    """A village of a region; None when there is none or it lies elsewhere (inside a platform scope)."""
    return db.session.scalars(
        select(TenantRow).where(TenantRow.id == village_id, within(region_code))
    ).one_or_none()


def village_page(row: TenantRow, may: Callable[[str], bool]) -> VillagePage:
    """Read a village's page for somebody who `may` do this and that (inside a platform scope; five selects).

    Addresses of the village's staff need `region_accounts.manage`; who signed in and when `platform_audit.view`.
    """
    query = (
        select(TenantSchema, PlatformJobRun)
        .select_from(TenantRow)
        .outerjoin(TenantSchema, TenantSchema.tenant_id == TenantRow.id)
        .outerjoin(
            PlatformJobRun,
            (PlatformJobRun.name == PROVISION_ONE)
            & (PlatformJobRun.arguments["village_id"].astext == str(row.id)),
        )
        .where(TenantRow.id == row.id)
        .order_by(PlatformJobRun.created_at.desc().nulls_last())
        .limit(1)
    )
    found = db.session.execute(query).one()
    return VillagePage(
        row=row,
        schema=found[0],
        members=_members(row.id, addresses=may(ADDRESSES), sign_ins=may(SIGN_INS)),
        figures=_figures(row.id),
        history=_history(row.id, whole=may(SIGN_INS)),
        visit=open_visit_of(row.id),
        run=found[1],
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


def _figures(tenant_id: uuid.UUID) -> list[ShownFigure]:
    query = select(Figure).where(Figure.tenant_id == tenant_id, Figure.period == newest_month())
    values: Mapping[str, Figure] = {figure.code: figure for figure in db.session.scalars(query)}
    return [
        ShownFigure(indicator, values[indicator.code].value, values[indicator.code].as_of)
        for indicator in declared()
        if indicator.code in values and not indicator.sensitive
    ]


def _history(tenant_id: uuid.UUID, *, whole: bool) -> list[PlatformAuditEntry]:
    query = (
        select(PlatformAuditEntry)
        .where(PlatformAuditEntry.tenant_id == tenant_id)
        .order_by(desc(PlatformAuditEntry.at), desc(PlatformAuditEntry.id))
        .limit(HISTORY_SHOWN)
    )
    if not whole:
        query = query.where(or_(*(PlatformAuditEntry.action.startswith(kind) for kind in PUBLIC_HISTORY)))
    return list(db.session.scalars(query))
