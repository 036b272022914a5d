"""Lists of people, devices and tokens, each in a fixed number of queries (inside a platform scope)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from app.core.accounts.loading import OWN_ROLE, has_accepted, held_role, known_name
from app.core.accounts.models import Account, Membership, SignInSession, VillageRole
from app.core.accounts.places import spoken
from app.core.permissions import role
from app.core.regions.models import Region
from app.extensions import db
from tenants.models import TenantRow, now
from tenants.scope import Tenant

PAGE = 50
SHOWN_NAME = func.coalesce(Membership.invited_name, Account.name)

Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works in a village."""

    membership_id: UUID
    account_id: UUID
    name: str
    email: str
    role: str
    role_label: str
    title: str
    accepted: bool
    is_active: bool
    has_second_factor: bool
    last_sign_in_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class OwnRole:
    """A role of a village's own, and how many hold it."""

    id: UUID
    name: str
    permissions: tuple[str, ...]
    holders: int


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who works above the villages."""

    account_id: UUID
    name: str
    email: str
    role: str
    role_label: str
    region_code: str
    region: str
    accepted: bool
    is_active: bool
    has_second_factor: bool
    last_sign_in_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that is signed in somewhere."""

    id: UUID
    host: str
    place: str
    browser: str
    address: str
    created_at: dt.datetime
    last_seen_at: dt.datetime


def members(tenant: Tenant) -> list[Member]:
    """Everybody who works in a village, by name."""
    query = _members().where(Membership.tenant_id == tenant.id).order_by(SHOWN_NAME, Account.email)
    return [_member(row, tenant) for row in db.session.execute(query)]


def member(membership_id: UUID, tenant: Tenant) -> Member | None:
    """One person of a village, or None."""
    query = _members().where(Membership.id == membership_id, Membership.tenant_id == tenant.id)
    found = db.session.execute(query).one_or_none()
    return _member(found, tenant) if found else None


def own_roles(tenant_id: UUID) -> list[OwnRole]:
    """The roles that a village made for itself, by name."""
    holders = (
        select(func.count())
        .select_from(Membership)
        .where(Membership.tenant_id == VillageRole.tenant_id, Membership.village_role_id == VillageRole.id)
        .scalar_subquery()
    )
    query = select(VillageRole, holders).where(VillageRole.tenant_id == tenant_id).order_by(VillageRole.name)
    return [OwnRole(r.id, r.name, tuple(r.permissions), count) for r, count in db.session.execute(query)]


def officers(
    region_code: str, *, words: str = "", role_code: str = "", closed: bool = False, page: int = 1
) -> tuple[list[Officer], int]:
    """Officers within a region by name, a page of them and how many there are; `closed` shows deactivated accounts."""
    rules: list[ColumnElement[bool]] = [
        or_(
            Membership.region_code == region_code,
            Membership.region_code.startswith(f"{region_code}.", autoescape=True),
        ),
        or_(Account.is_active, Membership.invited_name.is_not(None)).is_(not closed),
    ]
    if words:
        rules.append(
            or_(
                SHOWN_NAME.icontains(words, autoescape=True),
                Account.email.icontains(words, autoescape=True),
            )
        )
    if role_code:
        rules.append(Membership.role == role_code)
    base = (
        select(Membership, Account, Region.name, Region.level)
        .join(Account, Account.id == Membership.account_id)
        .join(Region, Region.code == Membership.region_code, isouter=True)
        .where(*rules)
    )
    total = db.session.scalar(select(func.count()).select_from(base.subquery())) or 0
    query = base.order_by(SHOWN_NAME, Account.email).limit(PAGE).offset((page - 1) * PAGE)
    return [_officer(*row) for row in db.session.execute(query)], total


def officer(account_id: UUID) -> Officer | None:
    """One officer, or None."""
    query = (
        select(Membership, Account, Region.name, Region.level)
        .join(Account, Account.id == Membership.account_id)
        .join(Region, Region.code == Membership.region_code, isouter=True)
        .where(Membership.account_id == account_id, Membership.region_code.is_not(None))
    )
    found = db.session.execute(query).first()
    return _officer(*found) if found else None


def regions_within(region_code: str) -> list[tuple[str, str, int]]:
    """A region and what lies in it down to kecamatan: (code, name as people say it, level), by code."""
    query = (
        select(Region.code, Region.name, Region.level)
        .where(or_(Region.code == region_code, Region.code.startswith(f"{region_code}.", autoescape=True)))
        .where(Region.level <= 3)
        .order_by(Region.code)
    )
    return [(code, spoken(name, level), level) for code, name, level in db.session.execute(query)]


def devices(account_id: UUID) -> list[Device]:
    """Where an account is signed in now, the one seen last first."""
    query = (
        select(SignInSession, TenantRow.term, TenantRow.name)
        .join(TenantRow, TenantRow.id == SignInSession.tenant_id, isouter=True)
        .where(SignInSession.account_id == account_id)
        .where(SignInSession.ended_at.is_(None), SignInSession.expires_at > now())
        .order_by(SignInSession.last_seen_at.desc())
        .limit(100)
    )
    return [
        Device(
            s.id,
            s.host,
            f"{term} {name}" if name else "",
            browser_words(s.user_agent),
            s.address,
            s.created_at,
            s.last_seen_at,
        )
        for s, term, name in db.session.execute(query)
    ]


def phone_of(account_id: UUID) -> str:
    """An account's phone number, empty when it has none."""
    return db.session.scalar(select(Account.phone).where(Account.id == account_id)) or ""


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"),
            ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
           ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


def browser_words(user_agent: str) -> str:
    """What a person calls a browser: "Chrome · Android"; empty when it can't be told."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return " · ".join(word for word in (browser, system) if word)


def _members() -> Rows:
    return (
        select(Membership, Account, VillageRole)
        .join(Account, Account.id == Membership.account_id)
        .join(VillageRole, VillageRole.id == Membership.village_role_id, isouter=True)
    )


def _member(row: Any, tenant: Tenant) -> Member:
    membership, account, own = row
    held = held_role(membership, own)
    shipped, accepted = membership.role != OWN_ROLE, has_accepted(membership, account)
    return Member(
        membership_id=membership.id,
        account_id=account.id,
        name=known_name(membership, account),
        email=account.email,
        role=membership.role if shipped else str(membership.village_role_id),
        role_label=held.spoken(dict(tenant.words)),
        title=membership.title or "",
        accepted=accepted,
        is_active=account.is_active or not accepted,
        has_second_factor=accepted and account.totp_confirmed_at is not None,
        last_sign_in_at=account.last_sign_in_at if accepted else None,
    )


def _officer(membership: Membership, account: Account, region: str | None, level: int | None) -> Officer:
    code, accepted = membership.region_code or "", has_accepted(membership, account)
    try:
        label = str(role(membership.role).label)
    except KeyError:
        label = membership.role
    return Officer(
        account_id=account.id,
        name=known_name(membership, account),
        email=account.email,
        role=membership.role,
        role_label=label,
        region_code=code,
        region=spoken(region, level) if region and level else code,
        accepted=accepted,
        is_active=account.is_active or not accepted,
        has_second_factor=accepted and account.totp_confirmed_at is not None,
        last_sign_in_at=account.last_sign_in_at if accepted else None,
    )
