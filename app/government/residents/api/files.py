"""Files in the API: how an answer that is one is described and sent, and how one is taken from a form."""

from __future__ import annotations

from flask import Response, make_response, request
from flask_smorest.fields import Upload
from marshmallow import Schema

from app.core.documents import PDF
from app.core.tables import XLSX

BINARY = {"type": "string", "format": "binary"}
"""How the document describes the bytes of a file."""
CSV = "text/csv"
__all__ = ["BINARY", "CSV", "PDF", "XLSX", "FileSchema", "sent_file", "taken_file"]


class FileSchema(Schema):
    """A file of a form."""

    file = Upload(required=True)


def taken_file(most: int) -> tuple[bytes, str]:
    """The bytes of the form's file `file` and its name; one byte more than `most` tells that it is too large."""
    sent = request.files["file"]
    return sent.stream.read(most + 1), sent.filename or ""


def sent_file(data: bytes, media_type: str, name: str) -> Response:
    """A file to be kept; no cache keeps it."""
    answer = make_response(data)
    answer.content_type = media_type
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
