"""Signing in with NIK and PIN: the same work and the same answer whether the NIK is known or not."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import update

from app.core.actors import acting_as
from app.core.audit import record
from app.core.casework.steps import add_step, steps_of
from app.extensions import db
from app.government.selfservice.accounts.finding import Found, by_card, by_nik
from app.government.selfservice.accounts.pins import MOST_WRONG_PINS, verify_pin
from app.government.selfservice.accounts.sessions import (
    ResidentActor,
    add_session,
    mark_ended,
    resident_acting,
)
from app.government.selfservice.models import PortalAccount
from tenants.ids import uuid7
from tenants.models import now

CASE = "portal_account"
"""How steps and files name an account."""


class SignInRefused(PermissionError):
    """Nobody is signed in; the message is a sentence for whoever tries."""


class StillWaiting(SignInRefused):
    """NIK and PIN are right, but a clerk has not looked at the photo yet."""


class AccountClosed(SignInRefused):
    """NIK and PIN are right, but the account is closed; the message says why."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session was opened: the token for the cookie, and whose it is."""

    token: str
    account_id: uuid.UUID
    name: str


def sign_in(
    nik: str, pin: str, *, remembered: bool = False, user_agent: str = "", kiosk_id: uuid.UUID | None = None
) -> SignedIn:
    """Open a session for the resident with this NIK, if the PIN is theirs; commits.

    A try is counted before the PIN is looked at, so that tries at the same moment all count; the tenth wrong one locks
    the account. No transaction is open while the hash is computed.

    Raises:
        SignInRefused: with one sentence for everything that can be wrong; StillWaiting and AccountClosed only when NIK
            and PIN were right.
    """
    return _open(by_nik(nik), pin, remembered, user_agent, kiosk_id)


def sign_in_with_card(tag: str, pin: str, *, kiosk_id: uuid.UUID, user_agent: str = "") -> SignedIn:
    """The same on a kiosk with the chip number of an enrolled card in the NIK's place."""
    return _open(by_card(tag), pin, False, user_agent, kiosk_id)


def wrong_words() -> str:
    """The one sentence for everything that can be wrong with NIK and PIN."""
    return str(
        _(
            "NIK atau PIN tidak cocok, atau akun belum aktif atau terkunci. Periksa lalu coba lagi. Setelah "
            "%(count)s kali salah, akun terkunci dan dapat dibuka di balai.",
            count=MOST_WRONG_PINS,
        )
    )


def check_pin(account_id: uuid.UUID, pin: str) -> bool:
    """Whether this is the account's PIN; a wrong one counts as a wrong try to sign in. Commits.

    The tenth wrong one comes from a phone that is signed in, in whoever's hands: it locks and signs out everywhere.
    """
    kept = _count_try(account_id)
    right = verify_pin(kept[0] if kept else None, account_id, pin)
    if right:
        db.session.execute(_of(account_id).values(failed=0))
    elif _lock_when_over(account_id):
        mark_ended(account_id)
    db.session.commit()
    return right


def _open(
    found: Found | None, pin: str, remembered: bool, user_agent: str, kiosk_id: uuid.UUID | None
) -> SignedIn:
    account_id = (found.account_id if found else None) or uuid7()
    kept = _count_try(account_id)
    right = verify_pin(kept[0] if kept else None, account_id, pin)
    if found is None or kept is None or not right:
        _refuse(account_id, found)
        raise SignInRefused(wrong_words())
    if kept[1] != "active":
        db.session.execute(_of(account_id).values(failed=0))
        db.session.commit()
        raise _not_open(account_id, kept[1])
    moment = now()
    token = add_session(account_id, remembered=remembered, kiosk_id=kiosk_id, user_agent=user_agent)
    db.session.execute(_of(account_id).values(failed=0, last_sign_in_at=moment))
    resident = ResidentActor(account_id, found.resident_id, found.name, account_id, kiosk_id)
    with acting_as(resident_acting(resident)):
        record(
            "portal.signed_in",
            object_type="resident",
            object_id=found.resident_id,
            summary=found.name,
            details={"on_kiosk": kiosk_id is not None},
        )
    db.session.commit()
    return SignedIn(token, account_id, found.name)


def _of(account_id: uuid.UUID):  # type: ignore[no-untyped-def]
    return (
        update(PortalAccount)
        .where(PortalAccount.id == account_id)
        .execution_options(synchronize_session=False)
    )


def _count_try(account_id: uuid.UUID) -> tuple[str | None, str] | None:
    """Count a try in a transaction of its own; None when there are none left, or no such account."""
    row = db.session.execute(
        _of(account_id)
        .where(
            PortalAccount.state.in_(("active", "waiting", "closed")), PortalAccount.failed < MOST_WRONG_PINS
        )
        .values(failed=PortalAccount.failed + 1)
        .returning(PortalAccount.pin_hash, PortalAccount.state)
    ).one_or_none()
    db.session.commit()
    return (row.pin_hash, row.state) if row else None


def _lock_when_over(account_id: uuid.UUID) -> bool:
    locked = db.session.execute(
        _of(account_id)
        .where(PortalAccount.state == "active", PortalAccount.failed >= MOST_WRONG_PINS)
        .values(state="locked", locked_at=now())
        .returning(PortalAccount.id)
    ).one_or_none()
    if locked is not None:
        add_step(CASE, account_id, "locked", by_kind="system", by_name="")
    return locked is not None


def _refuse(account_id: uuid.UUID, found: Found | None) -> None:
    known = found is not None and found.account_id is not None
    locked = _lock_when_over(account_id)
    record(
        "portal.locked" if locked else "portal.sign_in_refused",
        object_type="resident",
        object_id=found.resident_id if found and known else None,
        summary=found.name if found and known else "",
    )
    db.session.commit()


def _not_open(account_id: uuid.UUID, state: str) -> SignInRefused:
    if state == "waiting":
        return StillWaiting(
            _(
                "Permohonan Anda masih menunggu pemeriksaan petugas. Coba masuk lagi nanti dengan NIK dan PIN ini."
            )
        )
    refused = next((s for s in reversed(steps_of(account_id, public_only=True)) if s.kind == "refused"), None)
    if refused is not None:
        return AccountClosed(
            _("Permohonan akun Anda ditolak: %(reason)s. Ajukan lagi, atau minta kode di balai.",
              reason=refused.note.rstrip("."))
        )  # fmt: skip
    return AccountClosed(_("Akun ini sudah ditutup. Datanglah ke balai untuk membukanya lagi."))
