"""Issuing: the number is drawn, the PDF set, sealed and stored, all in one transaction or not at all."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import structlog
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.core.files.storage import StorageAway, delete_object
from app.core.privacy.files import object_path, put_sealed
from app.core.privacy.vault import Vault, open_vault
from app.extensions import db
from app.government.letters.desk.boxes import file_path, open_box, seal_box
from app.government.letters.desk.content import Ready, make_ready, set_numbered, surroundings
from app.government.letters.desk.life import held, moved, not_now, refresh, verify
from app.government.letters.desk.numbering import draw_number
from app.government.letters.desk.requests import hand_in
from app.government.letters.models import Letter
from app.government.letters.options import LetterOptions, letter_options
from app.government.letters.types import letter_type
from app.government.residents.writing import today

log = structlog.get_logger(__name__)

ISSUABLE = ("draft", "submitted", "verified", "approved")
"""States from which a letter in ink is issued; a draft of the desk is handed in by it."""


def issue(
    letter_id: uuid.UUID, seen_version: int | None = None, *, signing: str = "", by_kind: str = "staff"
) -> Letter:
    """Issue a letter that is signed in ink: number, PDF, state. Commits, or leaves nothing and no gap.

    Args:
        signing: `wet` to issue in ink a letter that was asked for with an electronic signature.
    Raises:
        Missing, ChangedMeanwhile. NotNow: it is issued already (the sentence has its number), or waits for the head.
        Invalid: whoever it is about has died. WrongValues: a draft is incomplete. DocumentFailed, StorageAway: nothing
        happened.
    """
    vault = open_vault(for_writing=True)
    letter = held(letter_id, seen_version, by_kind=by_kind)
    if (
        letter.state not in ISSUABLE
        or letter.is_being_signed
        or (letter.signing != "wet" and signing != "wet")
    ):
        raise not_now(letter)
    letter.signing = "wet"
    options, kind = letter_options(), letter_type(letter.type_code, active=False)
    if letter.state == "draft":
        hand_in(letter, vault, options, by_kind, kind)
    else:
        refresh(letter, vault, kind)
    around = surroundings(letter.letter_date or today(), options, {kind.signer})
    ready = make_ready(letter, open_box(letter, vault), around, kind=kind)
    try:
        pdf = drawn_and_set(letter, ready, options, vault, "")
        store_final(letter, pdf, vault=vault, by_kind=by_kind)
    except BaseException:
        db.session.rollback()
        remove_stray(letter_id)
        raise
    db.session.commit()
    return letter


def hand_on(letter_id: uuid.UUID, seen_version: int | None = None, *, signing: str | None = None) -> Letter:
    """Hand a letter to the head for an electronic signature; a draft of the desk is handed in by it. Commits.

    Raises as `life.verify`; WrongValues: a draft is incomplete.
    """
    vault = open_vault(for_writing=True)
    letter = held(letter_id, seen_version)
    if letter.state != "draft":
        return verify(letter_id, seen_version, signing=signing)
    hand_in(letter, vault, letter_options(), "staff")
    if signing in ("local", "bsre"):
        letter.signing = signing
    letter.verified_at = moved(letter, "verified")
    db.session.commit()
    return letter


def draw_and_set(letter: Letter, key: Any = None, *, vault: Vault | None = None) -> bytes:
    """Draw a letter's number (kept if it has one) and set its PDF in the open transaction, for signing.

    The counter stays locked until the caller commits or rolls back.

    Args:
        letter: locked by the caller (`life.held`), verified or approved.
        key: what it will be signed with (`SigningKey`), for the note below the signature; None for ink.
        vault: opened for writing, where the caller has it.
    Raises:
        DocumentFailed, MarkupWrong, Missing. Invalid: whoever it is about has died.
    """
    vault = vault or open_vault(for_writing=True)
    refresh(letter, vault)
    options = letter_options()
    around = surroundings(letter.letter_date or today(), options)
    ready = make_ready(letter, open_box(letter, vault), around)
    return drawn_and_set(letter, ready, options, vault, signature_note(key))


def store_final(
    letter: Letter,
    pdf: bytes,
    *,
    vault: Vault | None = None,
    by_kind: str = "staff",
    by_name: str | None = None,
    tell: bool = True,
) -> None:
    """Keep a letter's final file sealed and note that it is issued, in the open transaction; the caller commits.

    Args:
        pdf: as it was signed; its SHA-256 stays in the row, the file is never written again.
        vault: opened for writing, where the caller has it. by_kind, by_name: whose step it is, if not the acting one's.
    Raises:
        ValueError: it has no number, or a final file already. StorageAway.
    """
    if letter.sequence is None or letter.sha256 is not None:
        raise ValueError("only a numbered letter without a final file can get one")
    vault = vault or open_vault(for_writing=True)
    put_sealed(file_path(letter.id), pdf, vault)
    letter.sha256, letter.size, letter.key_id = hashlib.sha256(pdf).digest(), len(pdf), vault.key_id
    letter.details = {name: value for name, value in letter.details.items() if name != "signing_error"}
    letter.issued_at = moved(
        letter, "issued", by_kind=by_kind, by_name=by_name, details={"number": letter.number}, tell=tell
    )
    letter.verified_at = letter.verified_at or letter.issued_at
    letter.approved_at = letter.approved_at or letter.issued_at


def signature_note(key: Any) -> str:
    """What stands below an electronic signature: in what sense it is one (Law 11/2008, PP 71/2019)."""
    if key is None:
        return ""
    with force_locale("id"):
        if key.kind == "bsre" or key.is_certified:
            return str(
                _("Ditandatangani secara elektronik dengan sertifikat elektronik yang tersertifikasi.")
            )
        return str(
            _("Ditandatangani secara elektronik dengan sertifikat percobaan yang tidak tersertifikasi.")
        )


def drawn_and_set(letter: Letter, ready: Ready, options: LetterOptions, vault: Vault, note: str) -> bytes:
    """Draw the number and set the PDF, in the open transaction; from here on the counter is locked.

    Args:
        letter: locked. ready: of `make_ready`. vault: opened for writing. note: of `signature_note`.
    """
    signer = ready.content.signer
    letter.letter_date, letter.valid_until = ready.day, ready.valid_until
    letter.signer_id, letter.signer_name, letter.signer_title = ready.signer_id, signer.name, signer.title
    letter.type_version = ready.kind.version
    db.session.flush()
    letter.number = draw_number(letter, options, ready.day)
    pdf = set_numbered(letter, ready, note)
    parts = open_box(letter, vault)
    seal_box(letter, vault, {**parts, "words": {**ready.values, "nomor": letter.number}})
    return pdf


def remove_stray(letter_id: uuid.UUID) -> None:
    """Remove the file of a letter that was not issued after all; the transaction is over after it.

    The letter is held anew and looked at: what somebody else has issued meanwhile stays. A file that can't be removed
    now is sealed; the next issue writes over it, and `jobs` removes it where none comes.
    """
    try:
        query = select(Letter.sha256).where(Letter.id == letter_id).with_for_update()
        row = db.session.execute(query).one_or_none()
        if row is not None and row.sha256 is None:
            delete_object(object_path(file_path(letter_id)))
    except (StorageAway, SQLAlchemyError) as away:
        log.warning("letter_file_left", letter=str(letter_id), error=type(away).__name__)
    finally:
        db.session.rollback()
