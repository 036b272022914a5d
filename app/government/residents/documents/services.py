"""Keeping, showing and removing documents. Each deed stands in the audit log; bytes lie sealed in object storage."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

import structlog
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from app.core import audit
from app.core.actors import current_actor
from app.core.files.images import ImageRefused, Size, render_image
from app.core.files.scans import MOST_BYTES, PDF, ScanRefused, checked_scan
from app.core.files.storage import StorageAway
from app.core.privacy.files import delete_sealed, get_sealed, put_sealed
from app.core.privacy.vault import Vault, open_vault
from app.core.regions.slugs import slugify
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.government.residents.derive import is_anonymous
from app.government.residents.documents.queries import KINDS
from app.government.residents.models import Household, Resident, ResidentDocument
from app.government.residents.sealed import DOCUMENTS
from app.government.residents.writing import Writing, today
from tenants.ids import uuid7

log = structlog.get_logger(__name__)

PORTRAIT = Size(480, format="JPEG", max_bytes=60_000)
PHOTO = "photo"
LONGEST_TITLE = 80
_LONG_NUMBER = re.compile(r"(?:\d[ .-]?){12,}")


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A document with its bytes. `file_name` says nothing about whom it is of."""

    data: bytes
    media_type: str
    file_name: str


def add_document(
    data: bytes,
    kind: str,
    title: str,
    *,
    resident_id: uuid.UUID | None = None,
    household_id: uuid.UUID | None = None,
) -> ResidentDocument:
    """Keep a scan of a resident or of a household, and commit.

    Args:
        data: PDF, JPEG or PNG by its content, at most 5 MB. Images are written anew as JPEG, PDFs are checked.
        kind: one of `queries.KINDS` but `photo`. title: what it is, in a few words; may be empty.
    Raises:
        Missing: no such resident or household.
        Invalid: with the field and a sentence.
    """
    name = owner_to_write(resident_id, household_id)
    told = " ".join(title.split())[:LONGEST_TITLE]
    if kind not in KINDS or kind == PHOTO:
        raise Invalid("kind", str(_("Pilih jenis dokumen dari daftar.")))
    if _LONG_NUMBER.search(told):
        raise Invalid("title", str(_("Jangan menulis NIK atau nomor KK di judul; judul tidak disandikan.")))
    media_type, kept = _checked(data)
    vault = open_vault(for_writing=True)
    document = _put(vault, kept, kind, told, media_type, resident_id, household_id)
    audit.record(
        "resident_document.added", object_type="resident_document", object_id=document.id, summary=name,
        details={"document_kind": kind},
    )  # fmt: skip
    db.session.commit()
    return document


def set_photo(resident_id: uuid.UUID, data: bytes) -> None:
    """Keep a resident's portrait in place of the one before, and commit. Raises Missing, Invalid."""
    owner_to_write(resident_id, None)
    try:
        portrait = render_image(data, [PORTRAIT], most_bytes=MOST_BYTES)[0]
    except ImageRefused as refused:
        raise Invalid("file", str(refused)) from refused
    writing = Writing(today())
    resident = _held(resident_id)
    document = _put(writing.vault, portrait.data, PHOTO, "", portrait.media_type, resident_id, None)
    _discard_photo(resident)
    writing.change_resident("correction", resident, {"photo_document_id": document.id})
    audit.record(
        "resident.photo_changed", object_type="resident", object_id=resident.id, summary=resident.name
    )
    writing.finish()


def remove_photo(resident_id: uuid.UUID) -> None:
    """Remove a resident's portrait, and commit; having none is no error. Raises Missing."""
    writing = Writing(today())
    resident = _held(resident_id)
    if resident.photo_document_id is None:
        db.session.rollback()
        return
    _discard_photo(resident)
    writing.change_resident("correction", resident, {"photo_document_id": None})
    audit.record(
        "resident.photo_removed", object_type="resident", object_id=resident.id, summary=resident.name
    )
    writing.finish()


def open_document(document_id: uuid.UUID) -> OpenedDocument:
    """Read a document for the acting person, and note that. Raises Missing (its bytes being gone, too), StorageAway."""
    document = _found(document_id)
    opened = read_document(document)
    audit.record(
        "resident_document.viewed", object_type="resident_document", object_id=document.id,
        summary=owner_name(document.resident_id, document.household_id), details={"document_kind": document.kind},
    )  # fmt: skip
    db.session.commit()
    return opened


def open_photo(resident_id: uuid.UUID) -> OpenedDocument:
    """Read a resident's portrait, as their page shows it. Raises Missing, StorageAway."""
    photo_id = db.session.scalar(select(Resident.photo_document_id).where(Resident.id == resident_id))
    if photo_id is None:
        raise Missing("photo")
    return read_document(_found(photo_id))


def remove_document(document_id: uuid.UUID) -> ResidentDocument:
    """Remove a document with its bytes, and commit; returns what it was. Raises Missing."""
    document = _found(document_id)
    if document.kind == PHOTO:
        raise Missing("document")
    name = owner_name(document.resident_id, document.household_id)
    audit.record(
        "resident_document.removed", object_type="resident_document", object_id=document.id, summary=name,
        details={"document_kind": document.kind},
    )  # fmt: skip
    db.session.delete(document)
    delete_sealed(_path(document.id))
    db.session.commit()
    return document


def find_document(document_id: uuid.UUID) -> ResidentDocument:
    """One document that is no portrait. Raises Missing."""
    document = _found(document_id)
    if document.kind == PHOTO:
        raise Missing("document")
    return document


def has_photo(resident_id: uuid.UUID | None) -> bool:
    """Whether a resident has a portrait."""
    query = select(Resident.photo_document_id).where(Resident.id == resident_id)
    return db.session.scalar(query) is not None


def owner_name(resident_id: uuid.UUID | None, household_id: uuid.UUID | None) -> str:
    """Whose documents these are: the resident's name, or that of the household's head. Raises Missing."""
    if resident_id is None:
        household = db.session.get(Household, household_id) if household_id else None
        if household is None:
            raise Missing("household")
        resident_id = household.head_id
        if resident_id is None:
            return ""
    name = db.session.scalar(select(Resident.name).where(Resident.id == resident_id))
    if name is None:
        raise Missing("resident")
    return name


def owner_to_write(resident_id: uuid.UUID | None, household_id: uuid.UUID | None) -> str:
    """Like `owner_name`, of those to whom something can be added: Missing too when their data was removed."""
    name = owner_name(resident_id, household_id)
    if is_anonymous(name):
        raise Missing("resident")
    return name


def _checked(data: bytes) -> tuple[str, bytes]:
    """The media type by content, and the bytes as they are kept. Raises Invalid."""
    try:
        return checked_scan(data)
    except ScanRefused as refused:
        raise Invalid("file", str(refused)) from refused


def _put(
    vault: Vault,
    data: bytes,
    kind: str,
    title: str,
    media_type: str,
    resident_id: uuid.UUID | None,
    household_id: uuid.UUID | None,
) -> ResidentDocument:
    document_id = uuid7()
    try:
        digest = put_sealed(_path(document_id), data, vault)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        db.session.rollback()
        raise Invalid(
            "file", str(_("Tempat penyimpanan berkas sedang tidak dapat dicapai. Coba sebentar lagi."))
        ) from away
    actor = current_actor()
    document = ResidentDocument(
        id=document_id, resident_id=resident_id, household_id=household_id, kind=kind, title=title,
        media_type=media_type, size=len(data), sha256=digest, key_id=vault.key_id,
        added_by=actor.name if actor else "",
    )  # fmt: skip
    db.session.add(document)
    db.session.flush()
    return document


def _discard_photo(resident: Resident) -> None:
    if resident.photo_document_id is None:
        return
    old = db.session.get(ResidentDocument, resident.photo_document_id)
    if old is not None:
        db.session.delete(old)
        delete_sealed(_path(old.id))


def read_document(document: ResidentDocument) -> OpenedDocument:
    """A document's bytes; who calls it notes in the audit log whom they are for. Raises Missing, StorageAway."""
    try:
        data = get_sealed(_path(document.id), open_vault())
    except LookupError as gone:
        log.error("sealed_document_missing", document=str(document.id))
        raise Missing("document") from gone
    ending = "pdf" if document.media_type == PDF else "jpg"
    with force_locale("id"):
        kind = slugify(str(KINDS.get(document.kind, document.kind)))
    name = f"{kind}-{document.id.hex[-8:]}.{ending}"
    return OpenedDocument(data, document.media_type, name)


def _found(document_id: uuid.UUID) -> ResidentDocument:
    document = db.session.get(ResidentDocument, document_id)
    if document is None:
        raise Missing("document")
    return document


def _held(resident_id: uuid.UUID) -> Resident:
    query = select(Resident).where(Resident.id == resident_id).with_for_update()
    resident: Resident | None = db.session.scalar(query)
    if resident is None:
        raise Missing("resident")
    return resident


def _path(document_id: uuid.UUID) -> str:
    return f"{DOCUMENTS}/{document_id}"
