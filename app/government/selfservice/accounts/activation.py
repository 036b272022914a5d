"""Getting an account: with a code given at the hall, or with a photo of the KTP that a clerk looks at."""

from __future__ import annotations

import datetime as dt
import uuid

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.core.actors import acting_as
from app.core.audit import record
from app.core.casework.files import keep_file, remove_files
from app.core.casework.steps import add_step
from app.core.files.scans import ScanRefused
from app.core.files.storage import StorageAway
from app.core.notifications import notify
from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.selfservice.accounts.boxes import adopt
from app.government.selfservice.accounts.finding import Found, by_nik, digits
from app.government.selfservice.accounts.pins import (
    MOST_WRONG_CODES,
    hash_pin,
    typed_code,
    verify_code,
    verify_pin,
)
from app.government.selfservice.accounts.sessions import (
    ResidentActor,
    add_session,
    mark_ended,
    resident_acting,
)
from app.government.selfservice.accounts.sign_in import CASE, SignedIn
from app.government.selfservice.models import PortalAccount
from tenants.ids import uuid7
from tenants.models import now

KTP = "ktp"
PHOTO_BYTES = 8 * 1024 * 1024
OPEN_TO_APPLY = (None, "invited", "closed")
"""The states of an account in which its owner may ask for it with a photo; None: there is none yet."""


class ActivationRefused(PermissionError):
    """No account was opened; the message is a sentence that does not say which of the data was wrong."""


def activate(
    nik: str, kk: str, birth_date: dt.date, code: str, pin: str, *, user_agent: str = ""
) -> SignedIn:
    """Open an account with the code from the hall, set its PIN and sign in; commits.

    Also how a forgotten PIN is replaced and a locked account opened: all other devices are signed out. A try is counted
    before the code is looked at; the fifth wrong one voids it.

    Raises:
        ActivationRefused: NIK, KK number, birth date or code does not fit, or the code is over.
    """
    vault = open_vault()
    found = by_nik(nik, vault)
    fits = found is not None and found.fits(vault.index("kk", digits(kk)), birth_date)
    account_id = (found.account_id if found else None) or uuid7()
    code_hash = _count_try(account_id)
    right = verify_code(code_hash, account_id, typed_code(code))
    if found is None or not fits or not right:
        _refuse(account_id, found)
        raise ActivationRefused(refused_words())
    pin_hash = hash_pin(account_id, pin)
    opened = db.session.execute(
        update(PortalAccount)
        .where(PortalAccount.id == account_id, PortalAccount.code_hash == code_hash)
        .values(
            state="active", method="code", pin_hash=pin_hash, failed=0, code_hash=None, code_expires_at=None,
            code_failed=0, locked_at=None, activated_at=now(), last_sign_in_at=now(),
            updated_at=now(), row_version=PortalAccount.row_version + 1,
        )
        .returning(PortalAccount.id)
    ).one_or_none()  # fmt: skip
    if opened is None:
        db.session.rollback()
        raise ActivationRefused(refused_words())
    adopt(db.session.get_one(PortalAccount, account_id, populate_existing=True), open_vault(for_writing=True))
    mark_ended(account_id)
    remove_files(account_id, KTP)
    token = add_session(account_id, user_agent=user_agent)
    with acting_as(resident_acting(_as_actor(found, account_id))):
        add_step(CASE, account_id, "activated", by_kind="resident")
        record("portal.activated", object_type="resident", object_id=found.resident_id, summary=found.name)
    db.session.commit()
    return SignedIn(token, account_id, found.name)


def apply_with_photo(nik: str, kk: str, birth_date: dt.date, pin: str, photo: bytes) -> None:
    """Ask for an account with a photo of the KTP; the PIN counts once a clerk has approved. Commits.

    Args:
        photo: JPEG, PNG or PDF of at most 8 MB; it is deleted when the clerk has decided.
    Raises:
        ScanRefused: the photo can't be taken. StorageAway: nothing was kept.
        ActivationRefused: NIK, KK number or birth date does not fit, or there is an account or an application already.
    """
    vault = open_vault(for_writing=True)
    found = by_nik(nik, vault)
    fits = found is not None and found.fits(vault.index("kk", digits(kk)), birth_date)
    if found is None or not fits or found.state not in OPEN_TO_APPLY:
        raise _not_taken(pin)
    query = select(PortalAccount).where(PortalAccount.resident_id == found.resident_id).with_for_update()
    account = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if account is None:
        account = PortalAccount(id=uuid7(), resident_id=found.resident_id)
        db.session.add(account)
        try:
            db.session.flush()
        except IntegrityError:
            raise _not_taken(pin) from None
    elif account.state not in OPEN_TO_APPLY:
        raise _not_taken(pin)
    account.state, account.method, account.failed = "waiting", "photo", 0
    account.pin_hash, account.updated_at = hash_pin(account.id, pin), now()
    remove_files(account.id, KTP)
    with acting_as(resident_acting(_as_actor(found, account.id))):
        try:
            keep_file(photo, CASE, account.id, KTP, vault=vault, most_bytes=PHOTO_BYTES)
        except (ScanRefused, StorageAway):
            db.session.rollback()
            raise
        add_step(CASE, account.id, "applied", by_kind="resident")
        record("portal.applied", object_type="resident", object_id=found.resident_id, summary=found.name)
        notify(
            "portal.applied",
            values={"nama": found.name},
            permission="selfservice.accounts",
            subject_kind=CASE,
            subject_id=account.id,
            link=f"/layanan-warga/akun/{found.resident_id}",
            vault=vault,
        )
    db.session.commit()


def refused_words() -> str:
    """The one sentence for everything that can be wrong with an activation."""
    return str(
        _(
            "Data atau kode tidak cocok, atau kode sudah tidak berlaku. Periksa lagi; setelah %(count)s kali salah, "
            "kode dibatalkan dan Anda perlu meminta kode baru di balai.",
            count=MOST_WRONG_CODES,
        )
    )


def _not_taken(pin: str) -> ActivationRefused:
    """What an application is answered that is not taken, after the same work as for one that is; nothing is kept."""
    db.session.rollback()
    verify_pin(None, uuid7(), pin)
    return ActivationRefused(
        _(
            "Permohonan tidak dapat diterima: NIK, nomor KK, atau tanggal lahir tidak sama dengan catatan kami, "
            "atau sudah ada akun atau permohonan. Periksa lagi, atau datanglah ke balai."
        )
    )


def _as_actor(found: Found, account_id: uuid.UUID) -> ResidentActor:
    return ResidentActor(account_id, found.resident_id, found.name, account_id)


def _count_try(account_id: uuid.UUID) -> str | None:
    """Count a try in a transaction of its own; None when there is no code that still holds."""
    kept = db.session.scalar(
        update(PortalAccount)
        .where(PortalAccount.id == account_id, PortalAccount.code_hash.is_not(None))
        .where(PortalAccount.code_failed < MOST_WRONG_CODES, PortalAccount.code_expires_at > now())
        .values(code_failed=PortalAccount.code_failed + 1)
        .returning(PortalAccount.code_hash)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return kept


def _refuse(account_id: uuid.UUID, found: Found | None) -> None:
    voided = db.session.execute(
        update(PortalAccount)
        .where(PortalAccount.id == account_id, PortalAccount.code_failed >= MOST_WRONG_CODES)
        .where(PortalAccount.code_hash.is_not(None))
        .values(code_hash=None, code_expires_at=None)
        .returning(PortalAccount.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if voided is not None:
        add_step(CASE, account_id, "code_voided", by_kind="system", by_name="")
    known = found is not None and found.account_id is not None
    record(
        "portal.activation_refused",
        object_type="resident",
        object_id=found.resident_id if found and known else None,
        summary=found.name if found and known else "",
    )
    db.session.commit()
