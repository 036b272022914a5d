"""Signing in: the password, then the second factor where there is one, then a session of this host."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select, update

from app.core.accounts import second_factor
from app.core.accounts.errors import SignInRefused
from app.core.accounts.loading import accept_work, build_actor
from app.core.accounts.models import Account, Membership
from app.core.accounts.passwords import hash_password, needs_new_hash, verify_password
from app.core.accounts.scoping import platform_rows
from app.core.accounts.sessions import add_session
from app.core.actors import Actor, acting_as
from app.core.audit import record
from app.core.forms import canonical_email
from app.extensions import db
from tenants.ids import uuid7
from tenants.models import now
from tenants.scope import Tenant


@dataclass(frozen=True, slots=True)
class Device:
    """From where somebody signs in: the host, the village behind it (None: the province), browser and address."""

    host: str
    tenant: Tenant | None
    user_agent: str = ""
    address: str = ""

    @property
    def tenant_id(self) -> UUID | None:
        """The id of the village, None on the province's host."""
        return self.tenant.id if self.tenant else None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session was opened: the token for the cookie, and who it is."""

    token: str
    actor: Actor
    then: str = ""
    """The path of a page that the link leads on to; empty for the start page."""


@dataclass(frozen=True, slots=True)
class CodeNeeded:
    """The password was right; the second factor is still missing."""

    account_id: UUID


def sign_in(email: str, password: str, device: Device) -> SignedIn | CodeNeeded:
    """Check address and password on one host. Raises SignInRefused, the same way whatever was wrong.

    An unknown address costs the same work as a wrong password. No transaction is open while the hash is computed.
    """
    with platform_rows():
        found = db.session.execute(
            select(Account.id, Account.password_hash, Account.is_active).where(
                Account.email == canonical_email(email)
            )
        ).one_or_none()
        db.session.rollback()
        right = verify_password(found.password_hash if found else None, password)
        actor = build_actor(found.id, device.tenant_id) if found and right and found.is_active else None
        if found is None or actor is None:
            _refuse(found.id if found else None, email, device, "password")
        elif actor.has_second_factor:
            return CodeNeeded(found.id)
        else:
            if needs_new_hash(found.password_hash):
                _keep_hash(found.id, hash_password(password))
            return _open(actor, device, second_factor=False)
    raise SignInRefused(wrong_words())


def sign_in_with_code(account_id: UUID, code: str, device: Device) -> SignedIn:
    """Finish signing in with a code of the second factor or a recovery code. Raises SignInRefused."""
    with platform_rows():
        way = second_factor.use_code(account_id, code)
        actor = build_actor(account_id, device.tenant_id) if way else None
        if actor is None:
            db.session.rollback()
            email = db.session.scalar(select(Account.email).where(Account.id == account_id))
            _refuse(account_id, email or "", device, "code")
            raise SignInRefused(
                _("Kode tidak cocok. Pakai kode terbaru dari aplikasi, atau satu kode cadangan."), "code"
            )
        return _open(actor, device, second_factor=True, way=way or "")


def wrong_words() -> str:
    """The one sentence for everything that can be wrong with address and password."""
    return str(
        _("Surel atau kata sandi salah, atau akun ini tidak terdaftar di sini. Periksa lalu coba lagi.")
    )


def open_for(actor: Actor, device: Device, *, second_factor: bool) -> SignedIn:
    """Open a session for somebody who just proved themselves by a link (invitation); commits."""
    with platform_rows():
        return _open(actor, device, second_factor=second_factor)


def _open(actor: Actor, device: Device, *, second_factor: bool, way: str = "") -> SignedIn:
    moment = now()
    token = add_session(
        actor.account_id,
        device.host,
        device.tenant_id,
        second_factor_at=moment if second_factor else None,
        user_agent=device.user_agent,
        address=device.address,
    )
    db.session.execute(update(Account).where(Account.id == actor.account_id).values(last_sign_in_at=moment))
    accept_work(actor.account_id, device.tenant_id)
    details = {"second_factor": way} if way else {}
    with acting_as(actor):
        record(
            "session.opened", object_type="account", object_id=actor.account_id, details=details,
            tenant_id=device.tenant_id,
        )  # fmt: skip
        db.session.commit()
    return SignedIn(token, actor)


def masked(email: str) -> str:
    """An address that was typed, as a log may keep it: `s***@contoh.id` tells a typing error from an attack."""
    local, at, domain = canonical_email(email).partition("@")
    return f"{local[:1]}***{at}{domain}"


def _refuse(account_id: UUID | None, typed: str, device: Device, step: str) -> None:
    """Write a refused try down. Only people of this very place are named: its log is read by others than Siger's."""
    here = Membership.tenant_id == device.tenant_id if device.tenant else Membership.region_code.is_not(None)
    name = db.session.scalar(
        select(Account.name)
        .join(Membership, Membership.account_id == Account.id)
        .where(Account.id == (account_id or uuid7()), here, Membership.invited_name.is_(None))
        .limit(1)
    )
    record(
        "session.refused", object_type="account", object_id=account_id if name else None,
        summary=name or masked(typed), details={"step": step}, tenant_id=device.tenant_id,
    )  # fmt: skip
    db.session.commit()


def _keep_hash(account_id: UUID, password_hash: str) -> None:
    db.session.execute(update(Account).where(Account.id == account_id).values(password_hash=password_hash))
