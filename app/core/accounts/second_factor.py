"""The second factor: codes of an authenticator app (TOTP, RFC 6238) and ten recovery codes, each used once."""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass
from uuid import UUID

import pyotp
import segno
from flask_babel import gettext as _
from sqlalchemy import select, update

from app.core.accounts.errors import Refused
from app.core.accounts.models import Account, SignInSession
from app.core.accounts.passwords import verify_password
from app.core.accounts.scoping import platform_rows
from app.core.accounts.secrets import keyed_digest, seal, unseal
from app.core.accounts.sessions import mark_ended
from app.core.accounts.stamps import commit_and_forget
from app.core.actors import Actor
from app.core.audit import record
from app.extensions import db
from tenants.models import now

STEP_SECONDS = 30
RECOVERY_CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
SEAL = "totp"
RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person needs to set up their app: the secret to type, or the picture to scan (an SVG data address)."""

    secret: str
    picture: str


def begin_enrolment(actor: Actor) -> Enrolment:
    """Make a secret for an account that has none yet; asking again before it is confirmed shows the same one.

    Raises Refused when the second factor is on already.
    """
    with platform_rows():
        account = _locked(actor.account_id)
        if account.totp_confirmed_at is not None:
            db.session.rollback()
            raise Refused(_("Verifikasi dua langkah sudah aktif."))
        if account.totp_secret is None:
            account.totp_secret = seal(SEAL, pyotp.random_base32())
        secret = unseal(SEAL, account.totp_secret)
        address = pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name="Siger")
        db.session.commit()
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=2, dark="#221A16", light="#ffffff")
    return Enrolment(secret, picture)


def confirm_enrolment(actor: Actor, code: str) -> list[str]:
    """Switch the second factor on with a first code and return the recovery codes, which are shown this once.

    The present session counts as proven; all others of the account end. Raises Refused for a wrong code.
    """
    with platform_rows():
        account = _locked(actor.account_id)
        if account.totp_secret is None or account.totp_confirmed_at is not None:
            db.session.rollback()
            raise Refused(_("Mulai lagi dari halaman verifikasi dua langkah."))
        step = _matching_step(unseal(SEAL, account.totp_secret), code)
        if step is None:
            db.session.rollback()
            raise Refused(_("Kode tidak cocok. Tunggu kode berikutnya di aplikasi, lalu ketik lagi."), "code")
        codes = _new_codes()
        account.totp_confirmed_at = now()
        account.totp_last_step = step
        account.recovery_hashes = [_hash(c) for c in codes]
        if actor.session_id is not None:
            db.session.execute(
                update(SignInSession)
                .where(SignInSession.id == actor.session_id)
                .values(second_factor_at=now())
            )
        mark_ended(actor.account_id, but=actor.session_id)
        record("second_factor.enabled", object_type="account", object_id=actor.account_id)
        commit_and_forget(accounts=[actor.account_id])
    return codes


def renew_recovery_codes(actor: Actor, password: str) -> list[str]:
    """Replace all recovery codes and return the new ones. Raises Refused for a wrong password."""
    with platform_rows():
        _check_password(actor.account_id, password)
        codes = _new_codes()
        account = _locked(actor.account_id)
        account.recovery_hashes = [_hash(c) for c in codes]
        record("second_factor.codes_renewed", object_type="account", object_id=actor.account_id)
        db.session.commit()
    return codes


def disable(actor: Actor, password: str) -> None:
    """Switch the second factor off. Raises Refused for a wrong password, or where the role requires it."""
    from app.core.accounts.loading import ROLES_THAT_NEED_A_SECOND_FACTOR, held_roles

    with platform_rows():
        _check_password(actor.account_id, password)
        if any(r.code in ROLES_THAT_NEED_A_SECOND_FACTOR for r in held_roles(actor.account_id)):
            db.session.rollback()
            raise Refused(_("Peran Anda mewajibkan verifikasi dua langkah, jadi tidak dapat dimatikan."))
        account = _locked(actor.account_id)
        clear(account)
        record("second_factor.disabled", object_type="account", object_id=actor.account_id)
        commit_and_forget(accounts=[actor.account_id])


def clear(account: Account) -> None:
    """Take the second factor off a row in the open transaction."""
    account.totp_secret = None
    account.totp_confirmed_at = None
    account.recovery_hashes = []


def use_code(account_id: UUID, code: str) -> str | None:
    """Accept a code once, in the open transaction: `app` for a time code, `recovery` for a recovery code, else None.

    A code of a time step that was used already is refused, also when two requests bring it at the same moment.
    """
    account = _locked(account_id)
    if account.totp_secret is None or account.totp_confirmed_at is None:
        return None
    typed = _clean(code)
    step = _matching_step(unseal(SEAL, account.totp_secret), typed)
    if step is not None:
        if step <= account.totp_last_step:
            return None
        account.totp_last_step = step
        db.session.flush()
        return "app"
    wanted = _hash(typed)
    left = [kept for kept in account.recovery_hashes if not hmac.compare_digest(kept, wanted)]
    if len(left) == len(account.recovery_hashes):
        return None
    account.recovery_hashes = left
    db.session.flush()
    return "recovery"


def codes_left(account_id: UUID) -> int:
    """How many recovery codes an account has left."""
    with platform_rows():
        kept = db.session.scalar(select(Account.recovery_hashes).where(Account.id == account_id))
    return len(kept or [])


def _locked(account_id: UUID) -> Account:
    query = (
        select(Account)
        .where(Account.id == account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).one()


def _check_password(account_id: UUID, password: str) -> None:
    kept = db.session.scalar(select(Account.password_hash).where(Account.id == account_id))
    db.session.rollback()
    if not verify_password(kept, password):
        raise Refused(_("Kata sandi salah."), "password")


def _matching_step(secret: str, code: str) -> int | None:
    typed = _clean(code)
    if len(typed) != 6 or not typed.isdigit():
        return None
    generator, present = pyotp.TOTP(secret), int(time.time()) // STEP_SECONDS
    matching = [
        step
        for step in (present - 1, present, present + 1)
        if hmac.compare_digest(generator.generate_otp(step), typed)
    ]
    return matching[-1] if matching else None


def _clean(code: str) -> str:
    return "".join(c for c in code.lower() if c.isascii() and c.isalnum())[:20]


def _new_codes() -> list[str]:
    def part() -> str:
        return "".join(secrets.choice(ALPHABET) for _place in range(5))

    return [f"{part()}-{part()}" for _number in range(RECOVERY_CODES)]


def _hash(code: str) -> str:
    return keyed_digest(RECOVERY, _clean(code))
