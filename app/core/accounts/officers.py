"""Officers above the villages: province, kabupaten, kecamatan, mentors. An account holds one such role, in one region.

Who manages officers does so within the own region and not above the own level: the region is of the acting account,
never of the request.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select, text

from app.core.accounts import second_factor
from app.core.accounts.errors import LastManager, NotAllowed, Refused
from app.core.accounts.letters import invite
from app.core.accounts.loading import has_accepted, held_role, known_name
from app.core.accounts.managing import MANAGE, lock_village, managers_of
from app.core.accounts.members import account_of
from app.core.accounts.models import Account, Membership, VillageRole
from app.core.accounts.places import level_of, region_contains
from app.core.accounts.scoping import platform_rows
from app.core.accounts.sessions import mark_ended
from app.core.accounts.stamps import commit_and_forget
from app.core.accounts.visits import close_visits_of
from app.core.actors import Actor
from app.core.audit import changes, record
from app.core.permissions import Role, role, roles
from app.core.regions.models import Region
from app.extensions import db
from tenants.models import TenantRow

PERMISSION = "region_accounts.manage"
TOP_ROLE = "province_admin"
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('siger officers'))")

Leaving = Callable[[UUID], None]
_leaving: list[Leaving] = []


def on_leaving(function: Leaving) -> Leaving:
    """Call `function` with the account when an officer's account is closed, or gets another role or region.

    It runs in the open transaction, after the change and before the commit. Usable as a decorator.
    """
    if function not in _leaving:
        _leaving.append(function)
    return function


def invite_officer(*, email: str, name: str, role: str, region_code: str, by: Actor | None) -> UUID:
    """Give somebody a role above the villages and ask for the letter that tells them; returns the account's id.

    Raises NotAllowed outside of the own region or above the own level, Refused for a region that does not fit the
    role or a person who is an officer already.
    """
    with platform_rows():
        _checked(role, region_code, by)
        db.session.execute(LOCK)
        account = account_of(email, name)
        held = select(Membership.id).where(
            Membership.account_id == account.id, Membership.region_code.is_not(None)
        )
        if db.session.scalar(held) is not None:
            db.session.rollback()
            raise Refused(_("Orang dengan surel ini sudah punya peran di provinsi atau wilayah."), "email")
        db.session.add(
            Membership(account_id=account.id, region_code=region_code, role=role, invited_name=name)
        )
        invite(account, None, invited_by=by.name if by else "Siger")
        record(
            "officer.invited", object_type="account", object_id=account.id, summary=name,
            details={"role": role, "region": region_code},
        )  # fmt: skip
        commit_and_forget(accounts=[account.id])
        return account.id


def resend_officer_invitation(account_id: UUID, *, by: Actor | None) -> None:
    """Send the invitation of an officer who did not come yet once more; the older link ends."""
    with platform_rows():
        membership, account = officer(account_id, by)
        if has_accepted(membership, account):
            raise Refused(_("Undangan sudah diterima."))
        invite(account, None, invited_by=by.name if by else "Siger")
        record(
            "officer.invited",
            object_type="account",
            object_id=account.id,
            summary=known_name(membership, account),
            details={"again": True},
        )
        db.session.commit()


def change_officer(account_id: UUID, *, role: str, region_code: str, by: Actor | None) -> None:
    """Give an officer another role or region; open support visits end. Raises as `invite_officer`, or LastManager."""
    with platform_rows():
        _checked(role, region_code, by)
        db.session.execute(LOCK)
        membership, account = officer(account_id, by)
        before = {"role": membership.role, "region": membership.region_code}
        membership.role, membership.region_code = role, region_code
        db.session.flush()
        _keep_a_province_admin(before["role"])
        record(
            "officer.changed", object_type="account", object_id=account.id,
            summary=known_name(membership, account),
            details=changes(before, {"role": role, "region": region_code}),
        )  # fmt: skip
        for function in _leaving:
            function(account.id)
        left = close_visits_of(account.id)
        commit_and_forget(accounts=[account.id], places=left)


def deactivate_officer(account_id: UUID, *, by: Actor | None) -> None:
    """Close an officer's account: no host lets it in, its sessions and visits end, its tokens are worth nothing.

    Raises NotAllowed; Refused when it works outside of the acting officer's region too; LastManager when a village or
    the province would be left without anybody who may manage accounts.
    """
    with platform_rows():
        db.session.execute(LOCK)
        membership, account = officer(account_id, by)
        _only_within(account.id, by)
        villages = _managed_villages(account.id)
        for tenant_id in villages:
            lock_village(tenant_id)
        account.is_active = False
        db.session.flush()
        _keep_a_province_admin(membership.role)
        for tenant_id in villages:
            if not managers_of(tenant_id):
                db.session.rollback()
                raise LastManager(
                    _("Orang ini pengelola akun terakhir di sebuah desa; tunjuk penggantinya dulu.")
                )
        mark_ended(account.id)
        name = known_name(membership, account)
        record("officer.deactivated", object_type="account", object_id=account.id, summary=name)
        for function in _leaving:
            function(account.id)
        left = close_visits_of(account.id)
        commit_and_forget(accounts=[account.id], places=left)


def reactivate_officer(account_id: UUID, *, by: Actor | None) -> None:
    """Open a closed account again, with the roles that it had."""
    with platform_rows():
        membership, account = officer(account_id, by)
        _only_within(account.id, by)
        account.is_active = True
        name = known_name(membership, account)
        record("officer.reactivated", object_type="account", object_id=account.id, summary=name)
        commit_and_forget(accounts=[account.id])


def reset_second_factor(account_id: UUID, *, by: Actor | None) -> None:
    """Take the second factor off the account of an officer who lost phone and recovery codes; its sessions end."""
    with platform_rows():
        membership, account = officer(account_id, by)
        if not has_accepted(membership, account):
            raise Refused(_("Undangan belum diterima."))
        if by is not None and by.account_id == account_id:
            raise NotAllowed(_("Matikan verifikasi dua langkah Anda sendiri di halaman akun."))
        _only_within(account.id, by)
        second_factor.clear(account)
        mark_ended(account.id)
        record("second_factor.reset", object_type="account", object_id=account.id, summary=account.name)
        commit_and_forget(accounts=[account.id])


def officer(account_id: UUID, by: Actor | None) -> tuple[Membership, Account]:
    """An officer whom the acting one may manage (inside a platform scope). Raises NotAllowed."""
    query = (
        select(Membership, Account)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.account_id == account_id, Membership.region_code.is_not(None))
        .execution_options(populate_existing=True)
    )
    found = db.session.execute(query).first()
    if found is None or not manageable(found[0].role, found[0].region_code or "", by):
        db.session.rollback()
        raise NotAllowed(_("Petugas ini di luar wilayah atau tingkat Anda."))
    return found[0], found[1]


def manageable(role_code: str, region_code: str, by: Actor | None) -> bool:
    """Whether the acting officer may give or take this role in this region."""
    if by is None:
        return True
    if by.tenant_id is not None or by.region_code is None or not by.may(PERMISSION):
        return False
    try:
        level = role(role_code).level
    except KeyError:
        level = level_of(region_code)
    return region_contains(by.region_code, region_code) and level >= level_of(by.region_code)


def in_region_of(region_code: str, by: Actor) -> bool:
    """Whether a region lies in the acting officer's own."""
    return by.tenant_id is None and region_contains(by.region_code, region_code)


def roles_to_give(by: Actor | None) -> list[Role]:
    """The roles that the acting officer may give, from the top down."""
    level = level_of(by.region_code) if by and by.region_code else 1
    return [r for r in roles("province") if r.level >= level]


def _checked(role_code: str, region_code: str, by: Actor | None) -> None:
    if not manageable(role_code, region_code, by):
        raise NotAllowed(_("Peran atau wilayah ini di luar kewenangan Anda."), "region_code")
    try:
        shipped = role(role_code)
    except KeyError:
        raise Refused(_("Pilih peran dari daftar."), "role") from None
    if shipped.place != "province":
        raise Refused(_("Pilih peran dari daftar."), "role")
    region = db.session.get(Region, region_code)
    if region is None or region.level != shipped.level:
        level = {1: _("provinsi"), 2: _("kabupaten atau kota"), 3: _("kecamatan")}[shipped.level]
        raise Refused(
            _("Peran ini memerlukan satu %(level)s sebagai wilayahnya.", level=level), "region_code"
        )


def _only_within(account_id: UUID, by: Actor | None) -> None:
    """An account that also works outside of the acting officer's region is the province's matter."""
    if by is None or level_of(by.region_code or "") == 1:
        return
    codes = list(
        db.session.scalars(
            select(func.coalesce(Membership.region_code, TenantRow.code))
            .join(TenantRow, TenantRow.id == Membership.tenant_id, isouter=True)
            .where(Membership.account_id == account_id)
        )
    )
    if not all(region_contains(by.region_code, code) for code in codes):
        db.session.rollback()
        raise Refused(_("Akun ini juga bekerja di luar wilayah Anda; minta bantuan admin provinsi."))


def _keep_a_province_admin(role_before: str | None) -> None:
    if role_before != TOP_ROLE:
        return
    query = (
        select(func.count())
        .select_from(Membership)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.role == TOP_ROLE, Membership.invited_name.is_(None))
        .where(Account.is_active, Account.password_hash.is_not(None))
    )
    if not db.session.scalar(query):
        db.session.rollback()
        raise LastManager(_("Admin provinsi terakhir tidak dapat dinonaktifkan atau diturunkan."))


def _managed_villages(account_id: UUID) -> list[UUID]:
    """The villages whose accounts somebody may manage, by id: the order in which their rows are locked."""
    query = (
        select(Membership, VillageRole)
        .join(VillageRole, VillageRole.id == Membership.village_role_id, isouter=True)
        .where(Membership.account_id == account_id, Membership.tenant_id.is_not(None))
        .order_by(Membership.tenant_id)
    )
    return [
        m.tenant_id for m, own in db.session.execute(query)
        if m.tenant_id is not None and MANAGE in held_role(m, own).permissions
    ]  # fmt: skip
