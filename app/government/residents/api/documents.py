"""Scans of residents and households, and portraits. Their bytes lie sealed; each look stands in the audit log."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort
from flask_login import current_user
from marshmallow import Schema, fields, validate

from app.core.api import ApiBlueprint
from app.core.files.scans import MOST_BYTES
from app.core.files.storage import StorageAway
from app.core.permissions import requires
from app.government.residents.api.common import handle_refusals, may
from app.government.residents.api.files import BINARY, FileSchema, sent_file, taken_file
from app.government.residents.documents import services
from app.government.residents.documents.queries import KINDS, documents_of
from app.government.residents.documents.services import LONGEST_TITLE, PHOTO, OpenedDocument

document_api = ApiBlueprint(
    "resident-documents",
    __name__,
    audience="village",
    description="Scans (PDF, JPEG, PNG, up to 5 MB) of residents and households. Needs residents.view_identity.",
)

ANY_FILE = "*/*"


class DocumentSchema(Schema):
    """A scan."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    title = fields.String(required=True)
    media_type = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "In bytes."})
    added_by = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class DocumentNewSchema(Schema):
    """What a scan is."""

    kind = fields.String(required=True, validate=validate.OneOf([kind for kind in KINDS if kind != PHOTO]))
    title = fields.String(load_default="", validate=validate.Length(max=LONGEST_TITLE))


@document_api.before_request  # type: ignore[untyped-decorator]
def _needs_identity() -> None:
    """Scans show numbers, so they are for those alone who may see them."""
    if current_user.is_authenticated and not may("residents.view_identity"):
        abort(403)


@document_api.route("/residents/<uuid:resident_id>/documents")
@requires("residents.view")
@document_api.response(200, DocumentSchema(many=True))
def of_resident(resident_id: uuid.UUID) -> Any:
    """A resident's scans, newest first."""
    services.owner_name(resident_id, None)
    return documents_of(resident_id=resident_id)


@document_api.route("/households/<uuid:household_id>/documents")
@requires("residents.view")
@document_api.response(200, DocumentSchema(many=True))
def of_household(household_id: uuid.UUID) -> Any:
    """A household's scans, newest first."""
    services.owner_name(None, household_id)
    return documents_of(household_id=household_id)


@document_api.route("/residents/<uuid:resident_id>/documents", methods=["POST"])
@requires("residents.edit")
@document_api.arguments(DocumentNewSchema, location="form")
@document_api.arguments(FileSchema, location="files")
@document_api.response(201, DocumentSchema)
def add_to_resident(values: dict[str, Any], files: dict[str, Any], resident_id: uuid.UUID) -> Any:
    """Keep a scan of a resident; images are written anew, PDFs are checked."""
    return services.add_document(taken_file(MOST_BYTES)[0], **values, resident_id=resident_id)


@document_api.route("/households/<uuid:household_id>/documents", methods=["POST"])
@requires("residents.edit")
@document_api.arguments(DocumentNewSchema, location="form")
@document_api.arguments(FileSchema, location="files")
@document_api.response(201, DocumentSchema)
def add_to_household(values: dict[str, Any], files: dict[str, Any], household_id: uuid.UUID) -> Any:
    """Keep a scan of a household."""
    return services.add_document(taken_file(MOST_BYTES)[0], **values, household_id=household_id)


@document_api.route("/resident-documents/<uuid:document_id>")
@requires("residents.view_identity")
@document_api.response(200, BINARY, content_type=ANY_FILE)
@document_api.problems("SERVICE_UNAVAILABLE")
def document(document_id: uuid.UUID) -> Any:
    """The scan itself; the audit log notes who looked."""
    services.find_document(document_id)
    return _sent(lambda: services.open_document(document_id))


@document_api.route("/resident-documents/<uuid:document_id>", methods=["DELETE"])
@requires("residents.edit")
@document_api.response(204)
def remove(document_id: uuid.UUID) -> None:
    """Remove a scan for good."""
    services.remove_document(document_id)


@document_api.route("/residents/<uuid:resident_id>/photo")
@requires("residents.view_identity")
@document_api.response(200, BINARY, content_type=ANY_FILE)
@document_api.problems("SERVICE_UNAVAILABLE")
def photo(resident_id: uuid.UUID) -> Any:
    """A resident's portrait."""
    return _sent(lambda: services.open_photo(resident_id))


@document_api.route("/residents/<uuid:resident_id>/photo", methods=["PUT"])
@requires("residents.edit")
@document_api.arguments(FileSchema, location="files")
@document_api.response(204)
def set_photo(files: dict[str, Any], resident_id: uuid.UUID) -> None:
    """Keep a portrait (JPEG or PNG) in place of the one before."""
    services.set_photo(resident_id, taken_file(MOST_BYTES)[0])


@document_api.route("/residents/<uuid:resident_id>/photo", methods=["DELETE"])
@requires("residents.edit")
@document_api.response(204)
def remove_photo(resident_id: uuid.UUID) -> None:
    """Remove the portrait; having none is no error."""
    services.remove_photo(resident_id)


def _sent(read: Any) -> Response:
    try:
        opened: OpenedDocument = read()
    except StorageAway:
        abort(503)
    return sent_file(opened.data, opened.media_type, opened.file_name)


handle_refusals(document_api)
