"""Whom the village tells: its staff (accounts of the platform), and residents, whom their capability knows."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import Engine, create_engine, event, select

from app.core.accounts.loading import HeldRole, held_role
from app.core.accounts.models import Account, Membership, VillageRole
from app.core.forms import canonical_email
from app.extensions import db
from tenants.database import ENTER_SCOPE, engine_options
from tenants.scope import EXTENSIONS_SCHEMA, PLATFORM_ROLE, current_tenant


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
    """Who works in the present village: one select in the platform's role, over a connection of its own.

    Whoever tells people holds a village's transaction. Waiting for a second connection of the same pool, twenty who do
    so at once could wait for each other; over these two connections each only reads and leaves.
    """
    columns = (
        Membership.tenant_id, Membership.region_code, Membership.role, Membership.invited_name,
        Account.id, Account.name, Account.email, Account.phone, Account.password_hash,
        VillageRole.name.label("own_name"), VillageRole.permissions,
    )  # fmt: skip
    query = (
        select(*columns)
        .join(Account, Account.id == Membership.account_id)
        .join(VillageRole, VillageRole.id == Membership.village_role_id, isouter=True)
        .where(Membership.tenant_id == current_tenant().id, Account.is_active)
        .order_by(Membership.id)
    )
    with _engine().begin() as connection:
        connection.exec_driver_sql(ENTER_SCOPE, (EXTENSIONS_SCHEMA, PLATFORM_ROLE))
        rows = connection.execute(query).all()
    return [_member(row) for row in rows if row.invited_name is None and row.password_hash is not None]


def _member(row: Any) -> Member:
    membership = Membership(tenant_id=row.tenant_id, region_code=row.region_code, role=row.role)
    own = VillageRole(name=row.own_name, permissions=row.permissions) if row.own_name is not None else None
    return Member(row.id, row.name, row.email, row.phone or "", held_role(membership, own))


def _engine() -> Engine:
    kept: Engine | None = current_app.extensions.get("people_engine")
    if kept is None:
        kept = create_engine(
            db.engine.url, **{**engine_options(1), "pool_timeout": 30, "pool_pre_ping": True}
        )
        event.listen(db.engine, "engine_disposed", partial(_dispose_too, kept, os.getpid()))
        current_app.extensions["people_engine"] = kept
    return kept


def _dispose_too(kept: Engine, made_by: int, _main: Engine) -> None:
    """Give up connections with the main engine's; a fork leaves its parent's open, which the parent goes on using."""
    kept.dispose(close=os.getpid() == made_by)
