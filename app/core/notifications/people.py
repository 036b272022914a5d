"""Whom the village tells: its staff (accounts of the platform), and residents, whom their capability knows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import load_only

from app.core.accounts.loading import HeldRole, has_accepted, held_role, known_name
from app.core.accounts.models import Account, Membership, VillageRole
from app.core.accounts.scoping import platform_rows
from app.core.forms import canonical_email
from app.extensions import db
from tenants.scope import current_tenant


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be told: the name, what they switched off (`channel:event`), and where to reach them."""

    id: UUID
    name: str
    off: frozenset[str] = frozenset()
    email: str = ""
    phone: str = ""


ResidentReader = Callable[[Collection[UUID], bool], Mapping[UUID, Person]]
_residents: list[ResidentReader] = []


def declare_residents(reader: ResidentReader) -> None:
    """Say who knows the residents' accounts (at start).

    `reader(ids, addresses)` gives the accounts that may be told; e-mail and phone are opened only when asked for.
    """
    _residents[:] = [reader]


def residents(ids: Collection[UUID], *, addresses: bool = False) -> Mapping[UUID, Person]:
    """The residents' accounts of these ids that may be told something."""
    return _residents[0](ids, addresses) if _residents and ids else {}


def staff_with(permission: str) -> list[UUID]:
    """The accounts that hold a permission in the present village: one select in the platform's scope."""
    return [member.id for member in members() if permission in member.role.permissions]


def staff_in_role(code: str) -> list[UUID]:
    """The accounts that hold a shipped role in the present village."""
    return [member.id for member in members() if member.role.code == code]


def staff_by_email(email: str) -> list[UUID]:
    """The accounts of the present village with an e-mail address (an official's, for one)."""
    return [member.id for member in members() if email and member.email == canonical_email(email)]


def staff(ids: Iterable[UUID], permission: str = "") -> dict[UUID, Person]:
    """The accounts of these ids that work in the present village, and those who hold the permission if one is named."""
    wanted = set(ids)
    return {
        member.id: Person(member.id, member.name, email=member.email, phone=member.phone)
        for member in members()
        if member.id in wanted or (permission and permission in member.role.permissions)
    }


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who took up work in the present village."""

    id: UUID
    name: str
    email: str
    phone: str
    role: HeldRole


def members() -> list[Member]:
    """Who works in the present village: one select in the platform's scope."""
    tenant = current_tenant()
    query = (
        select(Membership, Account, VillageRole)
        .join(Account, Account.id == Membership.account_id)
        .join(VillageRole, VillageRole.id == Membership.village_role_id, isouter=True)
        .options(load_only(Account.email, Account.name, Account.phone, Account.password_hash))
        .where(Membership.tenant_id == tenant.id, Account.is_active)
        .order_by(Membership.id)
    )
    with platform_rows():
        return [
            Member(
                account.id,
                known_name(membership, account),
                account.email,
                account.phone or "",
                held_role(membership, own),
            )
            for membership, account, own in db.session.execute(query)
            if has_accepted(membership, account)
        ]
