"""From rows to an Actor: who an account is on one host, and what it may do there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from app.core.accounts.models import Account, Membership, SupportVisit, VillageRole
from app.core.actors import Actor, SupportVisitInfo
from app.core.permissions import role
from app.extensions import db
from tenants.models import TenantRow, now
from tenants.scope import Tenant

OWN_ROLE = "own"
"""The `role` of a membership whose role the village made for itself."""

VISIT = "villages.visit"
"""What an officer needs for visiting a village of the region."""

VISITOR = "visitor"
"""The role of an officer who visits a village."""

ROLES_THAT_NEED_A_SECOND_FACTOR = frozenset({"province_admin"})

VISITOR_MAY = frozenset({"village.settings", "officials.manage", "sub_areas.manage", "capabilities.manage"})
"""What a visitor of the province may do besides looking: settings, never signing, never accounts."""


CLOSED_TO_VISITORS = frozenset({"complaints.view"})
"""What a visitor of the province may not even look at: of complaints it sees counts only."""


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that an account holds somewhere, with what it allows."""

    code: str
    label: str
    permissions: frozenset[str]
    tenant_id: UUID | None
    region_code: str | None

    def spoken(self, words: Mapping[str, str]) -> str:
        """The role in a village's own words, which the registry keeps."""
        return role_words(self.code, words) if self.code not in (OWN_ROLE, VISITOR) else self.label


def role_label(code: str, tenant: Tenant | None) -> str:
    """A shipped role in the words of the village: its head may be a Kepala Pekon, its secretary a Juru Tulis."""
    return role_words(code, dict(tenant.words) if tenant else {})


def role_words(code: str, words: Mapping[str, str]) -> str:
    """As `role_label`, from the registry's `words`; a role that is not shipped any more is its code."""
    own = words.get(
        {"village_head": "head", "secretary": "secretary", "council": "council"}.get(code, ""), ""
    )
    try:
        return own or str(role(code).label)
    except KeyError:
        return code


def build_actor(
    account_id: UUID,
    tenant_id: UUID | None,
    *,
    session_id: UUID | None = None,
    support_visit_id: UUID | None = None,
    second_factor_at: dt.datetime | None = None,
) -> Actor | None:
    """Who the account is in one village (or, with None, above the villages); None when it is nobody there.

    Runs inside a platform scope. A support visit stands in for a membership while it is open and the visitor may
    still visit there: who loses the right above loses the visit with the next request.
    """
    account = db.session.scalars(select(Account).where(Account.id == account_id)).one_or_none()
    if account is None or not account.is_active:
        return None
    everywhere = held_roles(account_id)
    enrolled = account.totp_confirmed_at is not None
    must_enrol = not enrolled and any(r.code in ROLES_THAT_NEED_A_SECOND_FACTOR for r in everywhere)
    open_visit = open_visit_of(tenant_id) if tenant_id else None
    visit = open_visit if support_visit_id and open_visit and open_visit.id == support_visit_id else None
    words: Mapping[str, str] = {}
    code = ""
    if tenant_id is not None:
        place = select(TenantRow.words, TenantRow.code).where(TenantRow.id == tenant_id)
        words, code = db.session.execute(place).one_or_none() or ({}, "")
    if support_visit_id:
        may_visit = visit and tenant_id and _may_visit(everywhere, code)
        here = [_visitor(tenant_id)] if may_visit and tenant_id else []
    else:
        here = _roles_here(everywhere, tenant_id)
    if not here:
        return None
    allowed = frozenset[str]().union(*(r.permissions for r in here))
    return Actor(
        account_id=account.id,
        name=account.name,
        email=account.email,
        permissions=frozenset() if must_enrol else allowed,
        role_codes=tuple(r.code for r in here),
        role_label=", ".join(r.spoken(words) for r in here),
        region_code=here[0].region_code,
        tenant_id=tenant_id,
        session_id=session_id,
        support_visit=visit,
        open_visit=open_visit,
        locale=account.locale,
        has_second_factor=enrolled,
        must_enrol=must_enrol,
        places=len({r.tenant_id for r in everywhere}),
        second_factor_at=second_factor_at,
    )


def held_roles(account_id: UUID) -> list[HeldRole]:
    """All roles of an account, in all villages and regions (inside a platform scope)."""
    query = (
        select(Membership, VillageRole)
        .join(VillageRole, VillageRole.id == Membership.village_role_id, isouter=True)
        .where(Membership.account_id == account_id)
        .order_by(Membership.created_at, Membership.id)
    )
    return [held_role(membership, own) for membership, own in db.session.execute(query)]


def held_role(membership: Membership, own: VillageRole | None) -> HeldRole:
    """What one membership allows. A role that is not declared any more allows nothing."""
    if own is not None:
        label, allowed = own.name, frozenset(own.permissions)
    else:
        try:
            shipped = role(membership.role)
        except KeyError:
            label, allowed = membership.role, frozenset()
        else:
            label, allowed = str(shipped.label), shipped.permissions
    return HeldRole(membership.role, label, allowed, membership.tenant_id, membership.region_code)


def known_name(membership: Membership, account: Account) -> str:
    """Somebody's name as the place may know it: what the inviter typed, until the person came."""
    return membership.invited_name or account.name


def has_accepted(membership: Membership, account: Account) -> bool:
    """Whether somebody took up the work they were invited to; before, a place learns nothing of the account."""
    return membership.invited_name is None and account.password_hash is not None


def accept_work(account_id: UUID, tenant_id: UUID | None) -> None:
    """Somebody came to a place where they work: an invitation there is accepted (in the open transaction)."""
    here = Membership.tenant_id == tenant_id if tenant_id else Membership.region_code.is_not(None)
    db.session.execute(
        update(Membership)
        .where(Membership.account_id == account_id, here, Membership.invited_name.is_not(None))
        .values(invited_name=None)
        .execution_options(synchronize_session=False)
    )


def open_visit_of(tenant_id: UUID) -> SupportVisitInfo | None:
    """The support visit that is open in a village now (inside a platform scope)."""
    query = (
        select(SupportVisit)
        .where(SupportVisit.tenant_id == tenant_id)
        .where(SupportVisit.ended_at.is_(None), SupportVisit.expires_at > now())
        .order_by(SupportVisit.started_at.desc())
        .limit(1)
    )
    row = db.session.scalars(query).one_or_none()
    return SupportVisitInfo(row.id, row.reason, row.account_name, row.expires_at) if row else None


def _roles_here(everywhere: Sequence[HeldRole], tenant_id: UUID | None) -> list[HeldRole]:
    if tenant_id is not None:
        return [r for r in everywhere if r.tenant_id == tenant_id]
    regional = sorted((r for r in everywhere if r.region_code), key=lambda r: len(r.region_code or ""))
    return [r for r in regional if r.region_code == regional[0].region_code]


def _may_visit(everywhere: Sequence[HeldRole], village_code: str) -> bool:
    above = _roles_here(everywhere, None)
    return any(VISIT in r.permissions and region_contains(r.region_code, village_code) for r in above)


def region_contains(region_code: str | None, code: str) -> bool:
    """Whether a region or village `code` is the region itself or lies in it."""
    return bool(region_code) and (code == region_code or code.startswith(f"{region_code}."))


def _visitor(tenant_id: UUID) -> HeldRole:
    secretary = role("secretary").permissions
    looking = frozenset(code for code in secretary if code.rsplit(".", 1)[-1] == "view") - CLOSED_TO_VISITORS
    return HeldRole(VISITOR, "Kunjungan bantuan", looking | (secretary & VISITOR_MAY), tenant_id, None)
