"""Who may manage a village's accounts, and which roles they may give; at least one such person always stays.

Whatever asks `managers_of` before it changes who works in a village holds the village's row (`lock_village`), so that
two changes at once can't both pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.accounts.errors import LastManager, NotAllowed, Refused
from app.core.accounts.loading import OWN_ROLE, held_role
from app.core.accounts.models import Account, Membership, VillageRole
from app.core.accounts.places import region_contains
from app.core.actors import Actor
from app.extensions import db
from tenants.models import TenantRow
from tenants.scope import Tenant

MANAGE = "accounts.manage"
FROM_ABOVE = "region_accounts.manage"
GIVES_EVERY_SHIPPED_ROLE = "secretary"
GIVEN_BY_THE_SECRETARY_ALONE = "village_head"


@dataclass(frozen=True, slots=True)
class ChosenRole:
    """A role as a form names it: a shipped one by its code, or one of the village's own by its id."""

    code: str
    village_role_id: UUID | None
    label: str
    permissions: frozenset[str]


def lock_village(tenant_id: UUID) -> None:
    """Hold a village's row until the open transaction ends: changes of who works there come one after another."""
    db.session.execute(select(TenantRow.id).where(TenantRow.id == tenant_id).with_for_update(key_share=True))


def managers_of(tenant_id: UUID) -> frozenset[UUID]:
    """Accounts that may manage a village's accounts now: active, came already (inside a platform scope)."""
    query = (
        select(Membership, VillageRole)
        .join(Account, Account.id == Membership.account_id)
        .join(VillageRole, VillageRole.id == Membership.village_role_id, isouter=True)
        .where(Membership.tenant_id == tenant_id)
        .where(Account.is_active, Account.password_hash.is_not(None), Membership.invited_name.is_(None))
    )
    return frozenset(
        m.account_id for m, own in db.session.execute(query) if MANAGE in held_role(m, own).permissions
    )


def keep_a_manager(tenant_id: UUID, before: frozenset[UUID]) -> None:
    """Raise LastManager when a village that had managers has none any more."""
    if before and not managers_of(tenant_id):
        db.session.rollback()
        raise LastManager(
            _("Orang terakhir yang dapat mengelola akun tidak dapat dikeluarkan atau diturunkan.")
        )


def check_manager(by: Actor | None, tenant: Tenant, *, helping: bool = False) -> None:
    """Whether somebody may manage a village's accounts now; None is the system itself.

    A village manages its own people. An officer with `region_accounts.manage` only makes the beginning: once the
    village has somebody who manages, going there takes a support visit, which the village sees (domain: roles). Only
    `helping` somebody who is locked out, which gives nobody a role, stays possible from above.
    Raises NotAllowed, or Refused when the village has somebody who manages already.
    """
    if by is None:
        return
    if by.tenant_id is not None:
        allowed = by.tenant_id == tenant.id and by.may(MANAGE)
    else:
        allowed = by.may(FROM_ABOVE) and region_contains(by.region_code, tenant.code)
    if not allowed:
        raise NotAllowed(_("Anda tidak berhak mengelola akun desa ini."))
    if by.tenant_id is None and not helping and managers_of(tenant.id):
        raise Refused(has_a_manager(tenant.full_name), "email")


def has_a_manager(village: str) -> str:
    """The sentence for officers who would invite into a village that manages its own people."""
    return str(
        _("%(village)s sudah punya pengelola akun. Mintalah pengelolanya mengundang orang.", village=village)
    )


def check_gift(by: Actor | None, chosen: ChosenRole, account_id: UUID) -> None:
    """Whether somebody may give this role to this account (after `check_manager`). Raises Refused.

    From above only a role that manages accounts is given, and never to officers: they come by a support visit. In a
    village nobody gives what they don't hold; only who holds the shipped role of the secretary gives every shipped
    role, since that office manages the staff's accounts (domain: roles).
    """
    if by is None:
        return
    if by.tenant_id is None:
        if MANAGE not in chosen.permissions:
            raise Refused(_("Dari provinsi hanya diundang orang yang mengelola akun desa."), "role")
        if account_id == by.account_id or _is_officer(account_id):
            raise Refused(
                _("Akun petugas tidak dapat diundang ke desa dari sini. Pakai kunjungan bantuan."), "email"
            )
    elif not may_give(by, chosen.code, chosen.permissions):
        raise Refused(_("Peran ini memuat izin yang tidak Anda miliki."), "role")


def may_give(by: Actor, code: str, permissions: frozenset[str]) -> bool:
    """Whether somebody of the village may give a role with these permissions (`code`: `OWN_ROLE` for an own one)."""
    if code != OWN_ROLE and GIVES_EVERY_SHIPPED_ROLE in by.role_codes:
        return True
    return code != GIVEN_BY_THE_SECRETARY_ALONE and permissions <= by.permissions


def _is_officer(account_id: UUID) -> bool:
    query = select(Membership.id).where(
        Membership.account_id == account_id, Membership.region_code.is_not(None)
    )
    return db.session.scalar(query.limit(1)) is not None
