"""Photos of visits: written anew without anything that the camera noted; what it noted is kept beside, as its word."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import Response, make_response
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from app.core.files.images import ImageRefused, Size, render_image
from app.core.files.names import disposition
from app.core.files.scans import MEGABYTE
from app.core.files.services import discard_file, open_file, store_bytes
from app.core.village.errors import Invalid, Missing
from app.province.mentoring.visits import exif
from app.province.mentoring.visits.exif import PhotoSays, photo_says
from app.province.mentoring.visits.places import Point, distance

MOST_PHOTOS = 4
MOST_PHOTO_BYTES = 8 * MEGABYTE
MOST_BODY = MOST_PHOTOS * (MOST_PHOTO_BYTES + exif.MOST_BYTES) + MEGABYTE
KEPT = Size(1600, format="JPEG", max_bytes=400_000)
PURPOSE = "mentoring_visit"


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that may be kept: pixels alone, a digest of what was sent, and what the camera had noted."""

    data: bytes
    sha256: str
    says: PhotoSays


def checked_photos(sent: Iterable[FileStorage], notes: Sequence[FileStorage] = ()) -> list[Photo]:
    """The photos of a form, made fit to be kept.

    Args:
        sent: the files as they came; empty ones are passed over.
        notes: for each file the EXIF notes that the phone cut out of the original before it made the photo smaller
            (see visit.js); a form without scripts sends none, its photos still hold theirs.
    Raises:
        Invalid: with a sentence that names the file; also for one photo too many.
    """
    found: list[Photo] = []
    for number, file in enumerate(sent):
        if not file.filename:
            continue
        if len(found) == MOST_PHOTOS:
            raise Invalid("photos", _("Paling banyak %(most)s foto.", most=MOST_PHOTOS))
        data = file.stream.read(MOST_PHOTO_BYTES + 1)
        cut = notes[number].stream.read(exif.MOST_BYTES) if number < len(notes) else b""
        try:
            made = render_image(data, [KEPT], most_bytes=MOST_PHOTO_BYTES)[0]
        except ImageRefused as refused:
            sentence = _("“%(name)s” tidak disimpan. %(why)s", name=file.filename, why=refused)
            raise Invalid("photos", sentence) from refused
        found.append(Photo(made.data, hashlib.sha256(data).hexdigest(), photo_says(cut or data)))
    return found


def keep(photo: Photo, village: Point | None) -> dict[str, object]:
    """Store a photo among the platform's files in the open transaction; returns what a visit notes of it.

    Raises StorageAway.
    """
    row = store_bytes(photo.data, file_name="foto-kunjungan.jpg", media_type="image/jpeg", purpose=PURPOSE)
    says = photo.says
    return {
        "file_id": str(row.id),
        "sha256": photo.sha256,
        "taken_at": says.taken_at.isoformat() if says.taken_at else None,
        "latitude": says.latitude,
        "longitude": says.longitude,
        "kilometres": distance(says.point, village),
    }


def discard(photos: Iterable[Mapping[str, object]]) -> None:
    """Forget photos in the open transaction."""
    for photo in photos:
        discard_file(uuid.UUID(str(photo["file_id"])))


def photo_answer(photos: Iterable[Mapping[str, object]], file_id: uuid.UUID) -> Response:
    """A photo of a visit as a picture (inside a platform scope); who may see the visit was decided before.

    Raises Missing where it is none of the visit's, FileMissing, StorageAway.
    """
    if str(file_id) not in {photo["file_id"] for photo in photos}:
        raise Missing("photo")
    found = open_file(file_id)
    response = make_response(found.data)
    response.content_type = found.media_type
    response.headers["Content-Disposition"] = disposition("inline", found.file_name)
    response.headers["Cache-Control"] = "private, max-age=86400"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
