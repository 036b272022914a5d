"""What staff do with residents' accounts: codes, approvals, locks, cards. Each deed is a step and an audit entry."""

from __future__ import annotations

import datetime as dt
import uuid

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core.actors import current_actor
from app.core.audit import record
from app.core.casework.files import OpenedCaseFile, files_of, open_case_file, remove_files
from app.core.casework.steps import add_step
from app.core.notifications import notify
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import open_vault
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.government.residents import codes
from app.government.residents.derive import is_anonymous
from app.government.residents.models import Household, Resident
from app.government.selfservice.accounts.activation import KTP
from app.government.selfservice.accounts.boxes import adopt, card_is_taken, read_box, write_box
from app.government.selfservice.accounts.finding import canonical_tag
from app.government.selfservice.accounts.pins import CODE_LIFE, hash_code, new_code
from app.government.selfservice.accounts.sessions import mark_ended
from app.government.selfservice.accounts.sign_in import CASE
from app.government.selfservice.models import PortalAccount
from tenants.ids import uuid7
from tenants.models import now

SHORTEST_REASON = 5
LONGEST_REASON = 300
SHORTEST_TAG = 4


def give_code(resident_id: uuid.UUID) -> tuple[str, dt.datetime]:
    """Make a new code for a resident and return it with the moment it ends; it is kept as a hash only. Commits.

    An earlier code ends. Whoever has an account that works keeps it until the code is used.

    Raises:
        Missing: no such resident. Invalid: the resident can't be known by NIK, KK number and birth date, or somebody
            else made the account in this very moment.
    """
    resident = _alive(resident_id)
    sentence = what_is_missing(resident)
    if sentence:
        raise Invalid("resident", sentence)
    account = _held(resident_id)
    if account is None:
        account = PortalAccount(id=uuid7(), resident_id=resident_id, state="invited")
        db.session.add(account)
        try:
            db.session.flush()
        except IntegrityError:
            db.session.rollback()
            sentence = _(
                "Akun ini baru saja diubah petugas lain. Lihat dahulu keadaannya, lalu ulangi bila perlu."
            )
            raise Invalid("resident", sentence) from None
    if account.state == "closed":
        account.state = "invited"
    code, ends = new_code(), now() + CODE_LIFE
    account.code_hash, account.code_expires_at, account.code_failed = hash_code(account.id, code), ends, 0
    actor = current_actor()
    account.activated_by = actor.name if actor else ""
    _note("code_given", account, resident)
    db.session.commit()
    return code, ends


def what_is_missing(resident: Resident) -> str:
    """Why a resident can't activate an account, as a sentence; empty when they can. One select."""
    if not resident.nik_index:
        return str(_("NIK-nya belum tercatat. Lengkapi dahulu data penduduknya."))
    if resident.birth_date is None:
        return str(_("Tanggal lahirnya belum tercatat. Lengkapi dahulu data penduduknya."))
    home = db.session.get(Household, resident.household_id) if resident.household_id else None
    if home is None or home.kk_index is None:
        return str(_("Nomor KK-nya belum tercatat. Masukkan dahulu ke keluarga yang bernomor KK."))
    return ""


def approve(resident_id: uuid.UUID) -> None:
    """Accept an application: the PIN that the resident chose counts from now on, the photo is deleted. Commits.

    Raises Missing, ChangedMeanwhile when it waits no more.
    """
    vault = open_vault(for_writing=True)
    resident, account = _alive(resident_id), _waiting(resident_id)
    account.state, account.failed, account.activated_at = "active", 0, now()
    account.code_hash = account.code_expires_at = None
    actor = current_actor()
    account.activated_by = actor.name if actor else ""
    adopt(account, vault)
    remove_files(account.id, KTP)
    _note("approved", account, resident)
    db.session.flush()
    notify(
        "portal.approved",
        recipient_ids=[account.id],
        subject_kind=CASE,
        subject_id=account.id,
        link="/layanan",
        vault=vault,
    )
    db.session.commit()


def refuse(resident_id: uuid.UUID, reason: str) -> None:
    """Turn an application down; the resident reads the reason when signing in. The photo is deleted. Commits.

    Raises Missing, ChangedMeanwhile, Invalid (no reason).
    """
    told = _reason(reason)
    resident, account = _known(resident_id), _waiting(resident_id)
    account.state, account.failed = "closed", 0
    remove_files(account.id, KTP)
    _note("refused", account, resident, told)
    db.session.commit()


def unlock(resident_id: uuid.UUID) -> None:
    """Let a resident try again with the PIN they have; commits. Raises Missing, ChangedMeanwhile."""
    resident, account = _alive(resident_id), _account(resident_id)
    if account.state != "locked":
        raise ChangedMeanwhile({"state": account.state})
    account.state, account.failed, account.locked_at = "active", 0, None
    _note("unlocked", account, resident)
    db.session.commit()


def sign_out(resident_id: uuid.UUID) -> None:
    """Sign a resident out on all devices, for a phone that was lost; commits. Raises Missing."""
    resident, account = _known(resident_id), _account(resident_id)
    mark_ended(account.id)
    _note("signed_out", account, resident)
    db.session.commit()


def close(resident_id: uuid.UUID, reason: str) -> None:
    """Close an account: nobody signs in, card and code hold no more, contacts are emptied. Commits.

    Raises Missing, ChangedMeanwhile when it is closed already, Invalid (no reason).
    """
    told = _reason(reason)
    resident, account = _known(resident_id), _account(resident_id)
    if account.state == "closed":
        raise ChangedMeanwhile({"state": account.state})
    empty(account)
    _note("closed", account, resident, told)
    db.session.commit()


def empty(account: PortalAccount) -> None:
    """Close an account in the open transaction and keep nothing by which it could be used or its owner be reached."""
    account.state, account.failed = "closed", 0
    account.code_hash = account.code_expires_at = account.box = account.card_index = None
    mark_ended(account.id)
    remove_files(account.id, KTP)


def enrol_card(resident_id: uuid.UUID, tag: str) -> None:
    """Let a resident's card stand for the NIK on the kiosk; an earlier card holds no more. Commits.

    Args:
        tag: the chip number as a reader types it.
    Raises:
        Missing: no such account, or it is closed. Invalid: not a chip number, or somebody else's card.
    """
    canonical = canonical_tag(tag)
    if len(canonical) < SHORTEST_TAG:
        raise Invalid("tag", _("Tempelkan kartu pada pembaca: nomor chip-nya terketik di sini."))
    vault = open_vault(for_writing=True)
    resident, account = _alive(resident_id), _account(resident_id)
    if account.state == "closed":
        raise Missing("account")
    if card_is_taken(canonical, account.id, vault):
        raise Invalid("tag", _("Kartu ini sudah terdaftar atas nama orang lain."))
    write_box(account, {**read_box(account, vault), "card_tag": canonical}, vault)
    _note("card_enrolled", account, resident)
    db.session.commit()


def remove_card(resident_id: uuid.UUID) -> None:
    """Take a card off its account (lost, stolen); commits. Raises Missing."""
    vault = open_vault(for_writing=True)
    resident, account = _known(resident_id), _account(resident_id)
    write_box(account, {**read_box(account, vault), "card_tag": ""}, vault)
    _note("card_removed", account, resident)
    db.session.commit()


def view_photo(resident_id: uuid.UUID, file_id: uuid.UUID) -> OpenedCaseFile:
    """The photo of a KTP that waits for a clerk's look; noted in the audit log. Commits.

    Raises Missing: no such photo of this resident. StorageAway.
    """
    resident, account = _known(resident_id), _account(resident_id)
    if file_id not in {file.id for file in files_of(account.id)}:
        raise Missing("photo")
    opened = open_case_file(file_id, account.id)
    record("portal.photo_viewed", object_type="resident", object_id=resident_id, summary=resident.name)
    db.session.commit()
    return opened


def _note(kind: str, account: PortalAccount, resident: Resident, note: str = "") -> None:
    account.updated_at, account.row_version = now(), account.row_version + 1
    add_step(CASE, account.id, kind, note=note)
    details = {"reason": note} if note else {}
    record(
        f"portal.{kind}",
        object_type="resident",
        object_id=resident.id,
        summary=resident.name,
        details=details,
    )


def _known(resident_id: uuid.UUID) -> Resident:
    resident = db.session.get(Resident, resident_id)
    if resident is None or is_anonymous(resident.name):
        raise Missing("resident")
    return resident


def _alive(resident_id: uuid.UUID) -> Resident:
    resident = _known(resident_id)
    if resident.vital_status != codes.ALIVE:
        sentence = _("%(name)s tidak lagi tercatat tinggal di sini.", name=resident.name)
        raise Invalid("resident", sentence)
    return resident


def _held(resident_id: uuid.UUID) -> PortalAccount | None:
    query = select(PortalAccount).where(PortalAccount.resident_id == resident_id).with_for_update()
    return db.session.scalars(query).one_or_none()


def _account(resident_id: uuid.UUID) -> PortalAccount:
    account = _held(resident_id)
    if account is None:
        raise Missing("account")
    return account


def _waiting(resident_id: uuid.UUID) -> PortalAccount:
    account = _account(resident_id)
    if account.state != "waiting":
        raise ChangedMeanwhile({"state": account.state})
    return account


def _reason(text: str) -> str:
    told = mask_personal(" ".join(text.replace("\x00", "").split()))[:LONGEST_REASON]
    if len(told) < SHORTEST_REASON:
        raise Invalid("reason", _("Tulis alasannya, paling sedikit lima huruf."))
    return told
