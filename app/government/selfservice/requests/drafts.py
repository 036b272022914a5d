"""What somebody is about to ask for: kept on the server with every step, so that going back loses nothing.

A draft is a letter in the state `draft` with its photos; nobody at the hall sees it. It is thrown away 30 days after it
was last touched.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core.casework.files import (
    CaseFileMissing,
    files_of,
    forget_unkept,
    keep_file,
    open_case_file,
    remove_files,
)
from app.core.casework.models import CaseFile
from app.core.files.scans import MEGABYTE, ScanRefused
from app.core.files.storage import StorageAway
from app.core.privacy.files import delete_sealed
from app.core.privacy.vault import open_vault
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.government.letters.desk.boxes import in_clear, open_box
from app.government.letters.desk.errors import NotNow
from app.government.letters.desk.life import SUBJECT, held
from app.government.letters.desk.services import ask, change
from app.government.letters.models import APPLICANT_ORIGINS, Letter
from app.government.letters.types import LetterKind
from app.government.letters.types.fields import LONGEST_LINE, LONGEST_TEXT, check_values
from app.government.selfservice.accounts import ResidentActor
from app.government.selfservice.requests.family import FamilyMember, strangers, subjects
from tenants.models import now

KEPT_DAYS = 30
MOST_BYTES = 8 * MEGABYTE
"""The largest photo that is taken, as a camera makes it."""
MOST_DRAFTS = 10
HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
"""How files of an iPhone's camera name their kind."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of a required paper as it was sent: the requirement's key and the bytes."""

    key: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft with what was typed, its photos, and sentences for what is still wrong (by the form's names)."""

    letter: Letter
    kind: LetterKind
    values: dict[str, Any]
    files: Mapping[str, CaseFile]
    errors: dict[str, list[str]] = field(default_factory=dict)


def draft_of(letter_id: uuid.UUID, resident: ResidentActor, kind: LetterKind | None = None) -> Draft:
    """One's own draft as it is kept. Raises Missing: no such draft of this account."""
    from app.government.selfservice.requests.offers import offered

    letter = db.session.get(Letter, letter_id)
    if letter is None or letter.account_id != resident.account_id or letter.state != "draft":
        raise Missing("draft")
    values = open_box(letter, open_vault())["fields"]
    return Draft(letter, kind or offered(letter.type_code), values, papers_of(letter.id))


def papers_of(letter_id: uuid.UUID) -> dict[str, CaseFile]:
    """The photos of a request by requirement, the newest of each."""
    return {row.kind: row for row in files_of(letter_id)}


def what_is_missing(draft: Draft, family: Sequence[FamilyMember]) -> dict[str, list[str]]:
    """What keeps a draft from being sent, as sentences by the form's names."""
    errors = dict(check_values(draft.kind, draft.values).errors)
    errors.update(strangers(draft.kind, draft.values, family))
    if draft.letter.resident_id not in {one.id for one in subjects(draft.kind, family)}:
        errors["untuk"] = [str(_("Pilih untuk siapa surat ini."))]
    for paper in draft.kind.requirements:
        if paper.needed and paper.key not in draft.files:
            errors[f"berkas.{paper.key}"] = [str(_("Foto ini masih kurang."))]
    return errors


def start(
    resident: ResidentActor,
    kind: LetterKind,
    family: Sequence[FamilyMember],
    *,
    key: uuid.UUID,
    subject_id: uuid.UUID | None,
    values: Mapping[str, Any],
) -> Letter:
    """Begin a draft, or find the letter that was begun with this key. Commits.

    Raises:
        Missing: another household's resident, or another account's key. Invalid: too many drafts lie open.
    """
    known: Letter | None = db.session.scalar(select(Letter).where(Letter.idempotency_key == key))
    if known is not None:
        if known.account_id != resident.account_id:
            raise Missing("letter")
        return known
    query = (
        select(func.count())
        .select_from(Letter)
        .where(Letter.account_id == resident.account_id, Letter.state == "draft")
    )
    if (db.session.scalar(query) or 0) >= MOST_DRAFTS:
        raise Invalid(
            "untuk",
            str(
                _(
                    "Sudah ada %(count)s konsep yang belum dikirim. Kirim atau hapus salah satunya.",
                    count=MOST_DRAFTS,
                )
            ),
        )
    return ask(
        kind.code,
        resident_id=_subject(kind, family, subject_id).id,
        values=_own(kind, values, family),
        origin="online",
        submit=False,
        account_id=resident.account_id,
        idempotency_key=key,
        by_kind="resident",
    )


def keep(
    draft: Draft, family: Sequence[FamilyMember], *, subject_id: uuid.UUID | None, values: Mapping[str, Any]
) -> None:
    """Keep what was typed into a draft, right or wrong. Commits. Raises Missing, NotNow (it was sent meanwhile)."""
    subject = _subject(draft.kind, family, subject_id)
    open_vault(for_writing=True)
    letter = held(draft.letter.id, by_kind="resident")
    if letter.state != "draft":
        raise NotNow(letter.state, _("Permohonan ini sudah dikirim."))
    letter.resident_id, letter.holder_name = subject.id, in_clear(subject.name)
    change(letter.id, None, _own(draft.kind, values, family), by_kind="resident")


def keep_photos(letter_id: uuid.UUID, kind: LetterKind, photos: Sequence[Photo]) -> dict[str, list[str]]:
    """Keep the photos that are photos, each in place of the one before; sentences for the others. Commits.

    Raises StorageAway: none of them is kept.
    """
    labels = {paper.key: paper.label for paper in kind.requirements}
    errors: dict[str, list[str]] = {}
    vault = open_vault(for_writing=True)
    letter = held(letter_id, by_kind="resident")
    if letter.state != "draft":
        db.session.rollback()
        return errors
    before = {row.kind: row for row in files_of(letter_id)}
    kept: list[uuid.UUID] = []
    for photo in photos:
        if photo.key not in labels:
            continue
        try:
            row = keep_file(
                photo.data,
                SUBJECT,
                letter_id,
                photo.key,
                vault=vault,
                title=labels[photo.key],
                most_bytes=MOST_BYTES,
            )
            kept.append(row.id)
        except StorageAway:
            db.session.rollback()
            forget_unkept(kept)
            raise
        except ScanRefused as refused:
            errors[f"berkas.{photo.key}"] = [str(refused)]
            if photo.data[4:8] == b"ftyp" and photo.data[8:12] in HEIC:
                hint = _(
                    "Foto iPhone ini berjenis HEIC. Buka Pengaturan, Kamera, Format, pilih Paling Kompatibel, lalu "
                    "foto lagi; atau kirim tangkapan layarnya."
                )
                errors[f"berkas.{photo.key}"].append(str(hint))
            continue
        if photo.key in before:
            _remove(before[photo.key])
    db.session.commit()
    return errors


def copy_photos(source_id: uuid.UUID, letter_id: uuid.UUID, kind: LetterKind) -> None:
    """Take the photos of an earlier request over into a draft that has none, sealed anew; what is gone is left out.

    Commits. Raises StorageAway: none of them was taken over.
    """
    photos = []
    if not files_of(letter_id):
        for row in papers_of(source_id).values():
            try:
                photos.append(Photo(row.kind, open_case_file(row.id, source_id).data))
            except CaseFileMissing:
                continue
    if photos:
        keep_photos(letter_id, kind, photos)


def too_long(draft: Draft) -> dict[str, list[str]]:
    """Sentences for what was typed at more length than the letter takes, by the form's names; also told for a draft."""
    wrong = check_values(draft.kind, draft.values).errors
    longest = {"line": LONGEST_LINE, "text": LONGEST_TEXT}
    return {
        one.name: wrong[one.name]
        for one in draft.kind.fields
        if one.name in wrong and one.kind in longest
        and len(str(draft.values.get(one.name) or "")) > (one.most or longest[one.kind])
    }  # fmt: skip


def remove_photo(letter_id: uuid.UUID, file_id: uuid.UUID, resident: ResidentActor) -> None:
    """Take a photo out of one's own draft. Commits. Raises Missing."""
    draft = draft_of(letter_id, resident)
    row = next((row for row in draft.files.values() if row.id == file_id), None)
    if row is None:
        raise Missing("photo")
    _remove(row)
    db.session.commit()


def discard(letter_id: uuid.UUID, resident: ResidentActor) -> None:
    """Throw one's own draft away, with its photos. Commits. Raises Missing."""
    letter = held(letter_id, by_kind="resident")
    if letter.account_id != resident.account_id or letter.state != "draft":
        db.session.rollback()
        raise Missing("draft")
    remove_files(letter.id)
    db.session.delete(letter)
    db.session.commit()


def forget_old_drafts(*, before: dt.datetime | None = None) -> int:
    """Throw away the residents' drafts that nobody touched for 30 days; returns how many. Commits."""
    limit = before or now() - dt.timedelta(days=KEPT_DAYS)
    query = (
        select(Letter)
        .where(Letter.state == "draft", Letter.origin.in_(APPLICANT_ORIGINS), Letter.updated_at < limit)
        .with_for_update(skip_locked=True)
    )
    letters = db.session.scalars(query).all()
    for letter in letters:
        remove_files(letter.id)
        db.session.delete(letter)
    db.session.commit()
    return len(letters)


def _remove(row: CaseFile) -> None:
    db.session.delete(row)
    delete_sealed(f"cases/{row.id}")


def _subject(kind: LetterKind, family: Sequence[FamilyMember], subject_id: uuid.UUID | None) -> FamilyMember:
    """Whom the letter is for. Raises Missing: not of this household; Invalid: nobody, or not for this letter."""
    if subject_id is not None and subject_id not in {one.id for one in family}:
        raise Missing("resident")
    found = next((one for one in subjects(kind, family) if one.id == subject_id), None)
    if found is None:
        raise Invalid("untuk", str(_("Pilih untuk siapa surat ini.")))
    return found


def _own(kind: LetterKind, values: Mapping[str, Any], family: Sequence[FamilyMember]) -> dict[str, Any]:
    """The values without residents of other households, who are never even written down."""
    wrong = strangers(kind, values, family)
    return {name: value for name, value in values.items() if name not in wrong}
