"""What the pages that take complaints share: the form, photos, how large a body may be, what is refused."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.forms import Checked, check
from app.government.complaints import services
from app.government.complaints.schemas import ComplaintSchema
from app.government.complaints.words import CATEGORIES, LABELS
from app.government.residents.browse.areas import area_book

MOST_BODY = 33 * 1024 * 1024
"""Four photos of a camera and what was typed."""
MOST_DRAINED = 64 * 1024 * 1024
PHOTOS = "foto"


def photos() -> list[bytes]:
    """The photos of the form; one byte too many tells that one is too large."""
    sent = [file for file in request.files.getlist(PHOTOS) if file and file.filename]
    return [file.stream.read(services.MOST_PHOTO_BYTES + 1) for file in sent[: services.MOST_PHOTOS + 1]]


def key() -> uuid.UUID | None:
    """The form's own key, which makes sending it twice harmless."""
    try:
        return uuid.UUID(request.form.get("kunci", ""))
    except ValueError:
        return None


def checked(schema: ComplaintSchema) -> Checked:
    """What was typed and what it means."""
    return check(schema, request.form)


def without_photos(found: Checked) -> Checked:
    """What was typed, with the sentence that photos can't be kept now."""
    sentence = _(
        "Tempat penyimpanan foto sedang tidak dapat dihubungi. Tunggu sebentar, atau kirim tanpa foto."
    )
    return found.with_error("photos", str(sentence))


def form_context(found: Checked | None) -> dict[str, Any]:
    """What the form's template needs."""
    typed: Mapping[str, Any] = found.typed if found else {}
    return {
        "values": typed,
        "errors": found.errors if found else {},
        "labels": LABELS,
        "categories": list(CATEGORIES.items()),
        "areas": area_book().options,
        "key": (key() if found else None) or uuid.uuid4(),
        "promise_days": services.promise_days(),
        "most_photos": services.MOST_PHOTOS,
    }


def too_large(error: RequestEntityTooLarge) -> Response:
    """Say that the photos were too large; the rest of the body is read away, so that the page arrives."""
    stream, left = request.environ["wsgi.input"], min(request.content_length or 0, MOST_DRAINED)
    while left > 0 and (chunk := stream.read(min(left, 1 << 20))):
        left -= len(chunk)
    return make_response(render_template("complaints/too_large.html", back_url=request.path), 413)
