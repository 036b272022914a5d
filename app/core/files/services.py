"""Keeping and reading files of the present scope: a village's in its own rows and paths, the platform's likewise."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import event

from app.core.files.images import Rendering, Shape, Size, render_image
from app.core.files.storage import StorageAway, delete_object, get_object, put_object
from app.extensions import db
from tenants.ids import uuid7
from tenants.keys import platform_path, tenant_path
from tenants.models import PlatformFile, TenantFile
from tenants.scope import current_scope

log = structlog.get_logger(__name__)

FileRow = TenantFile | PlatformFile
SMALL = "-kecil"


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file with its bytes."""

    id: uuid.UUID
    file_name: str
    media_type: str
    data: bytes
    sha256: bytes
    is_public: bool


class FileMissing(LookupError):
    """The present scope has no such file."""


def store_image(
    data: bytes,
    *,
    file_name: str,
    purpose: str,
    max_px: int,
    small: Size | None = None,
    image_format: str = "WEBP",
    is_public: bool = True,
    shape: Shape | None = None,
) -> FileRow:
    """Keep an uploaded image: checked, decoded and written anew, then stored with its SHA-256 under the present owner.

    The row is added to the open transaction; the caller commits. A small rendering for public pages is always WebP.

    Args:
        data: the upload, at most 2 MB of PNG, JPEG or WebP.
        file_name: the name it had on the sender's device, for people to recognise it.
        purpose: what it is for, such as `logo`.
        max_px: the longest edge that is kept, in pixels.
        small: a further rendering for small places on public pages, or None.
        image_format: `WEBP`, or `PNG` where it will be printed.
        is_public: whether anybody may fetch it by its link.
        shape: what is demanded of its size and form, or None.
    Raises:
        ImageRefused: with a sentence for the sender.
        StorageAway: nothing was kept.
    """
    sizes = [Size(max_px, format=image_format), *([small] if small else [])]
    renderings = render_image(data, sizes)
    if shape is not None:
        shape.check(*renderings[0].source)
    row = _add_row(renderings[0].data, renderings[0].media_type, file_name, purpose, is_public)
    put_object(object_path(row.id), renderings[0].data)
    for rendering in renderings[1:]:
        _put_small(row.id, rendering)
    return row


def store_bytes(
    data: bytes, *, file_name: str, media_type: str, purpose: str, is_public: bool = False
) -> FileRow:
    """Keep bytes that the house made itself (an export, a letter). The caller commits. Raises StorageAway."""
    row = _add_row(data, media_type, file_name, purpose, is_public)
    put_object(object_path(row.id), data)
    return row


def open_file(file_id: uuid.UUID, *, small: bool = False) -> OpenedFile:
    """Read a file of the present scope.

    Args:
        file_id: its id; another village's id is unknown here.
        small: the small rendering of an image, or the image itself where it has none.
    Raises:
        FileMissing: no such file here, or its object is gone.
        StorageAway: the storage does not answer.
    """
    row = find_file(file_id)
    try:
        data = _small_or_whole(file_id) if small else get_object(object_path(file_id))
    except LookupError as error:
        log.error("stored_object_missing", file=str(file_id))
        raise FileMissing(str(file_id)) from error
    media_type = "image/webp" if data[8:12] == b"WEBP" else row.media_type
    return OpenedFile(row.id, row.file_name, media_type, data, row.sha256, row.is_public)


def find_file(file_id: uuid.UUID) -> FileRow:
    """The row of a file of the present scope; raises FileMissing."""
    row = db.session.get(_model(), file_id)
    if not isinstance(row, TenantFile | PlatformFile):
        raise FileMissing(str(file_id))
    return row


def discard_file(file_id: uuid.UUID | None) -> None:
    """Forget a file: its row in the open transaction, its objects once that is committed. None is nothing to do."""
    if file_id is None:
        return
    row = db.session.get(_model(), file_id)
    if row is None:
        return
    db.session.delete(row)
    paths = (object_path(file_id), object_path(file_id) + SMALL)
    event.listen(db.session(), "after_commit", partial(_remove_objects, paths), once=True)


def object_path(file_id: uuid.UUID) -> str:
    """Where the bytes of a file of the present scope lie."""
    name = tenant_path if current_scope().tenant is not None else platform_path
    return name("files", str(file_id))


def file_path(file_id: uuid.UUID | str, *, small: bool = False) -> str:
    """The path of a file on its owner's host. New content is a new file with a new id, so it may be cached for ever."""
    return f"/berkas/{file_id}{'/kecil' if small else ''}"


def _model() -> type[TenantFile] | type[PlatformFile]:
    return TenantFile if current_scope().tenant is not None else PlatformFile


def _add_row(data: bytes, media_type: str, file_name: str, purpose: str, is_public: bool) -> FileRow:
    row = _model()(
        id=uuid7(),
        purpose=purpose,
        file_name=_plain_name(file_name),
        media_type=media_type,
        size=len(data),
        sha256=hashlib.sha256(data).digest(),
        is_public=is_public,
    )
    db.session.add(row)
    return row


def _plain_name(name: str) -> str:
    """The last part of a name, without control characters, at most 120 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable()).strip()[:120] or "berkas"


def _put_small(file_id: uuid.UUID, rendering: Rendering) -> None:
    put_object(object_path(file_id) + SMALL, rendering.data)


def _small_or_whole(file_id: uuid.UUID) -> bytes:
    try:
        return get_object(object_path(file_id) + SMALL)
    except LookupError:
        return get_object(object_path(file_id))


def _remove_objects(paths: tuple[str, ...], session: object) -> None:
    for path in paths:
        try:
            delete_object(path)
        except StorageAway as error:
            log.warning("stored_object_left", path=path, error=str(error))
