"""Photos and scans of cases: checked by their content, written anew, kept sealed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from app.core.actors import current_actor
from app.core.casework.models import CaseFile
from app.core.files.scans import MOST_BYTES, checked_scan
from app.core.files.storage import StorageAway, delete_object
from app.core.privacy.files import delete_sealed, get_sealed, object_path, put_sealed
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import Vault, open_vault
from app.extensions import db
from tenants.ids import uuid7

log = structlog.get_logger(__name__)

FOLDER = "cases"
LONGEST_TITLE = 120


class CaseFileMissing(LookupError):
    """The case has no such file (any more)."""


@dataclass(frozen=True, slots=True)
class OpenedCaseFile:
    """A file with its bytes; `file_name` says nothing about whom it is of."""

    data: bytes
    media_type: str
    file_name: str


def keep_file(
    data: bytes,
    subject_kind: str,
    subject_id: uuid.UUID,
    kind: str,
    *,
    vault: Vault,
    title: str = "",
    most_bytes: int = MOST_BYTES,
    added_by: str | None = None,
    file_id: uuid.UUID | None = None,
) -> CaseFile:
    """Keep an upload of a case; the row is added to the open transaction, the caller commits.

    Args:
        data: PDF, JPEG or PNG by its content; images are written anew as JPEG.
        kind: what it is in the words of the case.
        vault: opened with `for_writing=True`.
        most_bytes: the largest upload that is taken.
        file_id: its id, where it may not say when it was made; else a new one is made.
    Raises:
        ScanRefused: with a sentence for the sender.
        StorageAway: nothing was kept.
    """
    media_type, kept = checked_scan(data, most_bytes=most_bytes)
    actor = current_actor()
    file_id = file_id or uuid7()
    digest = put_sealed(f"{FOLDER}/{file_id}", kept, vault)
    row = CaseFile(
        id=file_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        kind=kind,
        title=mask_personal(" ".join(title.split()))[:LONGEST_TITLE],
        media_type=media_type,
        size=len(kept),
        sha256=digest,
        key_id=vault.key_id,
        added_by=added_by if added_by is not None else (actor.name if actor else ""),
    )
    db.session.add(row)
    return row


def forget_unkept(file_ids: Sequence[uuid.UUID]) -> None:
    """Remove the bytes of files whose rows were rolled back; what can't be removed now goes with the nightly strays."""
    for file_id in file_ids:
        try:
            delete_object(object_path(f"{FOLDER}/{file_id}"))
        except StorageAway as error:
            log.warning("case_file_left", file=str(file_id), error=str(error))


def files_of(subject_id: uuid.UUID) -> Sequence[CaseFile]:
    """The files of a case, the first one first: one select."""
    query = select(CaseFile).where(CaseFile.subject_id == subject_id).order_by(CaseFile.id)
    return db.session.scalars(query).all()


def open_case_file(file_id: uuid.UUID, subject_id: uuid.UUID) -> OpenedCaseFile:
    """Read a file of this very case; who may see the case is the caller's to know.

    Raises:
        CaseFileMissing: no such file of this case, or its bytes are gone. StorageAway.
    """
    row = db.session.get(CaseFile, file_id)
    if row is None or row.subject_id != subject_id:
        raise CaseFileMissing(str(file_id))
    try:
        data = get_sealed(f"{FOLDER}/{file_id}", open_vault())
    except LookupError as error:
        raise CaseFileMissing(str(file_id)) from error
    ending = {"image/jpeg": "jpg", "image/png": "png"}.get(row.media_type, "pdf")
    return OpenedCaseFile(data, row.media_type, f"{row.kind}.{ending}")


def remove_files(subject_id: uuid.UUID, kind: str | None = None) -> int:
    """Remove a case's files (of one kind) in the open transaction, their bytes after it; returns how many."""
    rows = [row for row in files_of(subject_id) if kind is None or row.kind == kind]
    for row in rows:
        db.session.delete(row)
        delete_sealed(f"{FOLDER}/{row.id}")
    return len(rows)
