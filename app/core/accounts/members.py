"""Who works in a village, in which role, and the roles that a village makes for itself.

All of it is the platform's rows. Whatever could leave a village without anybody who may manage its accounts is checked
under a lock on the village, so two such changes at once can't both pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.accounts import second_factor
from app.core.accounts.api_tokens import end_tokens
from app.core.accounts.errors import NotAllowed, Refused
from app.core.accounts.letters import invite
from app.core.accounts.loading import (
    OWN_ROLE,
    HeldRole,
    has_accepted,
    held_role,
    held_roles,
    known_name,
)
from app.core.accounts.managing import (
    ChosenRole,
    check_gift,
    check_manager,
    keep_a_manager,
    lock_village,
    managers_of,
)
from app.core.accounts.models import Account, Membership, VillageRole
from app.core.accounts.places import level_of, role_label
from app.core.accounts.scoping import mark_stale, platform_rows
from app.core.accounts.sessions import mark_ended
from app.core.accounts.stamps import commit_and_forget
from app.core.actors import Actor
from app.core.audit import changes, record
from app.core.forms import canonical_email
from app.core.language import LANGUAGES
from app.core.permissions import permissions, role, roles
from app.extensions import db
from tenants.ids import uuid7
from tenants.models import now
from tenants.scope import Tenant, tenant_scope


def invite_to_village(
    *,
    email: str,
    name: str,
    role: str,
    tenant: Tenant,
    title: str = "",
    by: Actor | None,
    invited_by: str = "Siger",
    office: str = "",
    then: str = "",
) -> UUID:
    """Give somebody a role in a village and ask for the letter that tells them; returns the membership's id.

    Args:
        email, name: whom; an account with this address is used as it is.
        role: a shipped role's code, or the id of one of the village's own roles.
        tenant, title: where, and the office as the village calls it.
        by: who invites: staff with `accounts.manage` there; an officer with `region_accounts.manage` whose region
            holds the village, as long as nobody manages its accounts; or None (the system itself).
        invited_by, office: who is named in the letter where the system itself invites, and the region of their office.
        then: the path of the page to which the letter leads on; the start page where it is empty.

    Raises NotAllowed; Refused when the person works there already, or the role is not theirs to give.
    """
    with platform_rows():
        lock_village(tenant.id)
        check_manager(by, tenant)
        chosen = choose_role(role, tenant)
        account = account_of(email, name)
        known = select(Membership.id).where(
            Membership.account_id == account.id, Membership.tenant_id == tenant.id
        )
        if db.session.scalar(known) is not None:
            db.session.rollback()
            raise Refused(_("Orang dengan surel ini sudah terdaftar di sini."), "email")
        check_gift(by, chosen, account.id)
        membership = Membership(
            account_id=account.id,
            tenant_id=tenant.id,
            role=chosen.code,
            village_role_id=chosen.village_role_id,
            title=title or None,
            invited_name=name,
        )
        db.session.add(membership)
        db.session.flush()
        invite(
            account,
            tenant.id,
            invited_by=by.name if by else invited_by,
            then=then,
            office=_office_of(by) if by else office,
        )
        _note(
            by,
            tenant,
            "member.invited",
            membership.id,
            name,
            {"role": chosen.label, "title": title},
            [account.id],
        )
        return membership.id


def _office_of(by: Actor) -> str:
    """The region of an officer above villages; empty for a village's own staff."""
    return (by.region_code or "") if by.tenant_id is None else ""


def resend_invitation(membership_id: UUID, *, tenant: Tenant, by: Actor | None) -> None:
    """Send the invitation of somebody who did not come yet once more; the older link ends."""
    with platform_rows():
        lock_village(tenant.id)
        check_manager(by, tenant)
        membership, account, _held = _member(membership_id, tenant)
        if has_accepted(membership, account):
            raise Refused(_("Undangan sudah diterima."))
        invite(account, tenant.id, invited_by=by.name if by else "Siger", office=_office_of(by) if by else "")
        _note(
            by, tenant, "member.invited", membership.id, known_name(membership, account), {"again": True}, []
        )


def change_membership(
    membership_id: UUID, *, role: str, title: str = "", tenant: Tenant, by: Actor | None
) -> None:
    """Give somebody another role or title in a village; it holds with their next request.

    Raises NotAllowed; Refused for one's own role, or one that is not theirs to give; LastManager when nobody would be
    left who may manage accounts.
    """
    with platform_rows():
        lock_village(tenant.id)
        check_manager(by, tenant)
        membership, account, held = _member(membership_id, tenant)
        if by is not None and by.account_id == account.id:
            raise Refused(_("Peran Anda sendiri diubah oleh pengelola akun yang lain."), "role")
        chosen = choose_role(role, tenant)
        if (chosen.code, chosen.village_role_id) != (membership.role, membership.village_role_id):
            check_gift(by, chosen, account.id)
        before = {"role": held.label, "title": membership.title or ""}
        managers = managers_of(tenant.id)
        membership.role, membership.village_role_id, membership.title = (
            chosen.code,
            chosen.village_role_id,
            title or None,
        )
        db.session.flush()
        keep_a_manager(tenant.id, managers)
        entry = changes(before, {"role": chosen.label, "title": title})
        name = known_name(membership, account)
        _note(by, tenant, "member.changed", membership.id, name, entry, [account.id])


def remove_membership(membership_id: UUID, *, tenant: Tenant, by: Actor | None) -> None:
    """Take somebody out of a village, with their API tokens there; their account and their work elsewhere stay.

    Raises NotAllowed, Refused, or LastManager when nobody would be left who may manage accounts.
    """
    with platform_rows():
        lock_village(tenant.id)
        check_manager(by, tenant)
        membership, account, held = _member(membership_id, tenant)
        managers, name = managers_of(tenant.id), known_name(membership, account)
        db.session.delete(membership)
        end_tokens(account.id, tenant.id)
        mark_ended(account.id, place=tenant.id)
        db.session.flush()
        keep_a_manager(tenant.id, managers)
        _note(by, tenant, "member.removed", membership_id, name, {"role": held.label}, [account.id])


def reset_second_factor(membership_id: UUID, *, tenant: Tenant, by: Actor | None) -> None:
    """Take the second factor off the account of somebody who lost phone and recovery codes; their sessions end.

    A village may do so for people who work nowhere else; for others, and for oneself, it is the province's matter.
    Raises NotAllowed or Refused.
    """
    with platform_rows():
        lock_village(tenant.id)
        check_manager(by, tenant, helping=True)
        membership, account, _held = _member(membership_id, tenant)
        if not has_accepted(membership, account):
            raise Refused(_("Undangan belum diterima."))
        if by is not None and by.account_id == account.id:
            raise NotAllowed(_("Matikan verifikasi dua langkah Anda sendiri di halaman akun."))
        elsewhere = any(held.tenant_id != tenant.id for held in held_roles(account.id))
        if elsewhere and by is not None and (by.tenant_id is not None or level_of(by.region_code or "") > 1):
            db.session.rollback()
            raise Refused(_("Orang ini juga bekerja di tempat lain; minta bantuan admin provinsi."))
        second_factor.clear(account)
        mark_ended(account.id)
        _note(by, tenant, "second_factor.reset", membership_id, account.name, {}, [account.id])


def _shipped_names(tenant: Tenant) -> set[str]:
    """What the shipped roles are called, in the village's own words and in every language."""
    names: set[str] = set()
    for language in LANGUAGES:
        with force_locale(language):
            for shipped in roles("village"):
                names |= {role_label(shipped.code, tenant).casefold(), str(shipped.label).casefold()}
    return names


def define_village_role(
    *, name: str, permissions: Iterable[str], tenant: Tenant, by: Actor | None, role_id: UUID | None = None
) -> UUID:
    """Make a role of the village's own, or change the one with `role_id`, and return its id.

    Raises NotAllowed; Refused (name taken, nothing allowed, more than the actor holds); or LastManager.
    """
    with platform_rows():
        lock_village(tenant.id)
        check_manager(by, tenant)
        wanted = sorted(set(permissions) & declared_permissions())
        if not wanted:
            raise Refused(_("Pilih paling sedikit satu izin."), "permissions")
        taken = select(VillageRole.id).where(
            VillageRole.tenant_id == tenant.id, func.lower(VillageRole.name) == name.lower()
        )
        twin = db.session.scalar(taken.where(VillageRole.id != role_id) if role_id else taken)
        if twin is not None or name.casefold() in _shipped_names(tenant):
            db.session.rollback()
            raise Refused(_("Sudah ada peran dengan nama ini."), "name")
        managers = managers_of(tenant.id)
        before: dict[str, object] = {}
        kept: frozenset[str] = frozenset()
        if role_id is None:
            row = VillageRole(
                id=uuid7(), tenant_id=tenant.id, name=name, permissions=wanted, created_at=now()
            )
            db.session.add(row)
        else:
            row = _own_role(role_id, tenant)
            before = {"name": row.name, "permissions": list(row.permissions)}
            kept = frozenset(row.permissions)
            row.name, row.permissions = name, wanted
        if by is not None and not frozenset(wanted) - kept <= by.permissions:
            raise Refused(_("Peran ini memuat izin yang tidak Anda miliki."), "permissions")
        db.session.flush()
        keep_a_manager(tenant.id, managers)
        action = "village_role.changed" if before else "village_role.made"
        _note(
            by,
            tenant,
            action,
            row.id,
            name,
            changes(before, {"name": name, "permissions": wanted}),
            [],
            "village_role",
        )
        return row.id


def delete_village_role(role_id: UUID, *, tenant: Tenant, by: Actor | None) -> None:
    """Delete a role of the village's own. Raises NotAllowed, or Refused while somebody holds it."""
    with platform_rows():
        lock_village(tenant.id)
        check_manager(by, tenant)
        row = _own_role(role_id, tenant)
        holders = (
            db.session.scalar(
                select(func.count()).where(
                    Membership.tenant_id == tenant.id, Membership.village_role_id == role_id
                )
            )
            or 0
        )
        if holders:
            db.session.rollback()
            raise Refused(
                ngettext(
                    "Peran ini masih dipakai %(count)s orang. Beri mereka peran lain dulu.",
                    "Peran ini masih dipakai %(count)s orang. Beri mereka peran lain dulu.",
                    holders,
                    count=holders,
                )
            )
        name = row.name
        db.session.execute(delete(VillageRole).where(VillageRole.id == role_id))
        _note(by, tenant, "village_role.deleted", role_id, name, {}, [], "village_role")


def choose_role(name: str, tenant: Tenant) -> ChosenRole:
    """The role that a form named. Raises Refused for one that this village does not have."""
    try:
        shipped = role(name)
    except KeyError:
        try:
            own = _own_role(UUID(name), tenant)
        except ValueError:
            raise Refused(_("Pilih peran dari daftar."), "role") from None
        return ChosenRole(OWN_ROLE, own.id, own.name, frozenset(own.permissions))
    if shipped.place != "village":
        raise Refused(_("Pilih peran dari daftar."), "role")
    return ChosenRole(shipped.code, None, role_label(shipped.code, tenant), shipped.permissions)


def declared_permissions() -> frozenset[str]:
    """All permissions that a village's role may hold."""
    return frozenset(p.code for p in permissions("village"))


def account_of(email: str, name: str, *, locale: str = "id") -> Account:
    """The account with this address, made in the open transaction when there is none (without a password yet).

    One that there is keeps its name and its language.
    """
    address = canonical_email(email)
    db.session.execute(
        insert(Account)
        .values(id=uuid7(), email=address, name=name, totp_last_step=0, recovery_hashes=[], locale=locale,
                is_active=True, created_at=now())
        .on_conflict_do_nothing(index_elements=[Account.email])
    )  # fmt: skip
    return db.session.scalars(select(Account).where(Account.email == address)).one()


def _member(membership_id: UUID, tenant: Tenant) -> tuple[Membership, Account, HeldRole]:
    query = (
        select(Membership, Account, VillageRole)
        .join(Account, Account.id == Membership.account_id)
        .join(VillageRole, VillageRole.id == Membership.village_role_id, isouter=True)
        .where(Membership.id == membership_id, Membership.tenant_id == tenant.id)
        .execution_options(populate_existing=True)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        db.session.rollback()
        raise NotAllowed(_("Orang ini tidak terdaftar di sini."))
    membership, account, own = found
    return membership, account, held_role(membership, own)


def _own_role(role_id: UUID, tenant: Tenant) -> VillageRole:
    query = select(VillageRole).where(VillageRole.id == role_id, VillageRole.tenant_id == tenant.id)
    row = db.session.scalars(query).one_or_none()
    if row is None:
        raise Refused(_("Peran ini tidak ada lagi."), "role")
    return row


def _note(
    by: Actor | None, tenant: Tenant, action: str, object_id: UUID, summary: str, details: dict[str, Any],
    accounts: list[UUID], object_type: str = "membership",
) -> None:  # fmt: skip
    """Audit the change, say that the village's figures are stale, commit, void what is remembered.

    What comes from above is in the village's own log too, which is committed first: no deed without its line there.
    """
    record(
        action,
        object_type=object_type,
        object_id=object_id,
        summary=summary,
        details=details,
        tenant_id=tenant.id,
    )
    if by is not None and by.tenant_id is None:
        with tenant_scope(tenant):
            record(action, object_type=object_type, object_id=object_id, summary=summary, details=details)
            db.session.commit()
    mark_stale(tenant.id)
    commit_and_forget(accounts=accounts, places=[tenant.id])
