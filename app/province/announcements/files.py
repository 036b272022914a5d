"""Files from a region's office: PDF, images, and documents of office programs without macros, by their content."""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from flask import Response, make_response
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from app.core.files.names import disposition, named_as
from app.core.files.scans import MEGABYTE, MOST_BYTES, ScanRefused, checked_scan
from app.core.files.services import discard_file, open_file, store_bytes
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from tenants.models import PlatformFile

MOST_FILES = 5
MOST_BODY = (MOST_FILES * MOST_BYTES) + MEGABYTE
"""Five files and what was typed."""
MOST_ENTRIES = 5000
MOST_UNPACKED = 200 * MEGABYTE
MOST_MANIFEST = MEGABYTE
PURPOSE = "announcement"

_OFFICE = "application/vnd.openxmlformats-officedocument."
_PARTS = {
    "word/document.xml": (f"{_OFFICE}wordprocessingml.document", ".docx"),
    "xl/workbook.xml": (f"{_OFFICE}spreadsheetml.sheet", ".xlsx"),
    "ppt/presentation.xml": (f"{_OFFICE}presentationml.presentation", ".pptx"),
}
_OPEN = {
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.presentation": ".odp",
}
_ENDINGS = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    **dict(_PARTS.values()),
    **_OPEN,
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be kept: its name with the ending of what it is, its type by content, its bytes."""

    name: str
    media_type: str
    data: bytes


def uploads(sent: Iterable[FileStorage]) -> list[Upload]:
    """The files of a form; one byte too many tells that one is too large, one file too many that there are."""
    chosen = [file for file in sent if file and file.filename][: MOST_FILES + 1]
    return [Upload(file.filename or "", file.stream.read(MOST_BYTES + 1)) for file in chosen]


def checked(upload: Upload, field: str) -> CheckedFile:
    """What may be kept of an upload. Raises Invalid for the form's field, with the file's name in the sentence."""
    if len(upload.data) > MOST_BYTES:
        raise Invalid(
            field,
            _("“%(name)s” lebih besar dari %(most)s MB.", name=upload.name, most=MOST_BYTES // MEGABYTE),
        )
    try:
        if upload.data[:4] == b"PK\x03\x04":
            media_type, data = _office_kind(upload.data), upload.data
        else:
            media_type, data = checked_scan(upload.data)
    except ScanRefused as refused:
        raise Invalid(
            field, _("“%(name)s” tidak disimpan. %(why)s", name=upload.name, why=refused)
        ) from refused
    return CheckedFile(named_as(upload.name, _ENDINGS[media_type]), media_type, data)


def keep(file: CheckedFile) -> uuid.UUID:
    """Store a checked file among the platform's, in the open transaction; returns its id. Raises StorageAway."""
    row = store_bytes(file.data, file_name=file.name, media_type=file.media_type, purpose=PURPOSE)
    return row.id


def attached(ids: Sequence[str]) -> list[PlatformFile]:
    """The rows of attached files, in their order (inside a platform scope; no query without files)."""
    wanted = [uuid.UUID(text) for text in ids]
    if not wanted:
        return []
    rows = {
        row.id: row for row in db.session.scalars(select(PlatformFile).where(PlatformFile.id.in_(wanted)))
    }
    return [rows[key] for key in wanted if key in rows]


def discard(ids: Collection[str]) -> None:
    """Forget files in the open transaction."""
    for text in ids:
        discard_file(uuid.UUID(text))


def file_answer(file_id: uuid.UUID) -> Response:
    """A file as a download (inside a platform scope); who may have it was decided before. Raises FileMissing."""
    found = open_file(file_id)
    response = make_response(found.data)
    response.content_type = found.media_type
    response.headers["Content-Disposition"] = disposition("attachment", found.file_name)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def member(ids: Sequence[str], file_id: uuid.UUID) -> uuid.UUID:
    """The file's id where it is one of `ids`. Raises Missing."""
    if str(file_id) not in ids:
        raise Missing("file")
    return file_id


def _office_kind(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                raise ScanRefused(_("Berkas ini terlalu besar bila dibuka."))
            if any(entry.flag_bits & 1 for entry in entries):
                raise ScanRefused(_("Berkas ini terkunci dengan kata sandi."))
            names = {entry.filename for entry in entries}
            kind = _kind_of(archive, names)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, KeyError) as error:
        if isinstance(error, ScanRefused):
            raise
        raise ScanRefused(_("Berkas ini rusak. Simpan ulang, lalu kirim lagi.")) from error
    if kind is None:
        raise ScanRefused(_("Hanya PDF, JPG, PNG, Word, Excel, PowerPoint, atau OpenDocument yang diterima."))
    return kind


def _kind_of(archive: zipfile.ZipFile, names: set[str]) -> str | None:
    """The media type of an office document by its parts, None for any other archive. Raises ScanRefused."""
    if _has_macros(names):
        raise ScanRefused(_("Berkas ini berisi makro. Simpan ulang tanpa makro, lalu kirim lagi."))
    if "[Content_Types].xml" in names:
        said = _beginning(archive, "[Content_Types].xml")
        if b"macroEnabled" in said:
            raise ScanRefused(_("Berkas ini berisi makro. Simpan ulang tanpa makro, lalu kirim lagi."))
        return next((kind for part, (kind, _end) in _PARTS.items() if part in names), None)
    if "mimetype" in names:
        said = _beginning(archive, "mimetype").strip()
        return next((kind for kind in _OPEN if said == kind.encode()), None)
    return None


def _has_macros(names: set[str]) -> bool:
    return any(
        name.lower().endswith("vbaproject.bin") or name.startswith(("Basic/", "Scripts/")) for name in names
    )


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(MOST_MANIFEST)
