"""What residents ask about their own data (UU PDP, Law 27/2022): received, answered, the copy handed over."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate

from app.core.api import ApiBlueprint
from app.core.api.paging import BEHIND, page_after
from app.core.documents import DocumentFailed
from app.core.files.storage import StorageAway
from app.core.permissions import requires
from app.core.ui.errors import problem
from app.core.village.errors import ChangedMeanwhile, Missing
from app.government.residents.api.common import handle_refusals, may
from app.government.residents.api.files import BINARY, sent_file
from app.government.residents.rights import queries, services
from app.government.residents.rights.schemas import CAPACITIES, KINDS, STATES, AnswerSchema, RequestSchema

request_api = ApiBlueprint(
    "data-requests",
    __name__,
    audience="village",
    description="Requests of residents about their own data: a copy, or a correction, answered within 72 hours.",
)

SHAPES = tuple(services.MEDIA_TYPES)


class RequestQuery(Schema):
    """Which requests."""

    state = fields.String(
        load_default="open",
        validate=validate.OneOf(["open", "closed"]),
        metadata={
            "description": "`open`: those that wait, the oldest first; `closed`: answered ones, the newest first."
        },
    )
    after = fields.UUID(load_default=None, metadata={"description": BEHIND})


class RequestLineSchema(Schema):
    """A request in a list."""

    id = fields.UUID(required=True)
    resident_id = fields.UUID(required=True)
    name = fields.String(required=True, metadata={"description": "Whose data it is about."})
    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    state = fields.String(required=True, validate=validate.OneOf(list(STATES)))
    received_by = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True, metadata={"description": "Until when it is to be answered."})
    answered_at = fields.AwareDateTime(required=True, allow_none=True)


class RequestPageSchema(Schema):
    """A page of requests."""

    items = fields.List(fields.Nested(RequestLineSchema), required=True)
    next = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "What `after` must be for the next page; null on the last."},
    )


class RequestRecordSchema(RequestLineSchema):
    """A request with what was said."""

    capacity = fields.String(required=True, metadata={"description": " | ".join(CAPACITIES)})
    asked_by = fields.String(required=True)
    contact = fields.String(
        required=True, metadata={"description": "Masked without residents.view_identity."}
    )
    text = fields.String(required=True)
    answer = fields.String(required=True)
    answered_by = fields.String(required=True)


class CopySchema(Schema):
    """In which shape the copy is made."""

    format = fields.String(required=True, validate=validate.OneOf(SHAPES))


@request_api.route("/data-requests")
@requires("residents.requests")
@request_api.arguments(RequestQuery, location="query")
@request_api.response(200, RequestPageSchema)
def data_requests(query: dict[str, Any]) -> Any:
    """Requests that wait, or that were answered."""
    found = queries.request_page(query["state"], query["after"])
    return page_after(list(found.lines), str(found.after) if found.after else None)


@request_api.route("/residents/<uuid:resident_id>/data-requests", methods=["POST"])
@requires("residents.requests")
@request_api.arguments(RequestSchema)
@request_api.response(201, RequestRecordSchema)
def receive(values: dict[str, Any], resident_id: uuid.UUID) -> Any:
    """Write down what somebody asks about a resident's data."""
    said = {"contact": "", "text": "", **values}
    return _record(services.receive_request(resident_id, **said).id)


@request_api.route("/data-requests/<uuid:request_id>")
@requires("residents.requests")
@request_api.response(200, RequestRecordSchema)
def data_request(request_id: uuid.UUID) -> Any:
    """One request with what was said."""
    return _record(request_id)


@request_api.route("/data-requests/<uuid:request_id>/answer", methods=["POST"])
@requires("residents.requests")
@request_api.arguments(AnswerSchema)
@request_api.response(200, RequestRecordSchema)
@request_api.problems("CONFLICT")
def answer(values: dict[str, Any], request_id: uuid.UUID) -> Any:
    """Close a request with what was done, or why it was refused; 409 when somebody else has answered."""
    services.answer_request(request_id, values["outcome"], values["answer"])
    return _record(request_id)


@request_api.route("/data-requests/<uuid:request_id>/copy", methods=["POST"])
@requires("residents.requests")
@request_api.arguments(CopySchema)
@request_api.response(200, BINARY, content_type="*/*")
@request_api.problems("SERVICE_UNAVAILABLE")
def copy(values: dict[str, Any], request_id: uuid.UUID) -> Any:
    """All that the register holds on the person of an open request for a copy.

    `zip` holds the scans and the portrait, too. There are numbers in clear in it, so it needs residents.view_identity,
    and stands in the audit log.
    """
    if not may("residents.view_identity"):
        abort(403)
    shape = values["format"]
    try:
        file, name = services.make_copy(request_id, shape, with_health=may("residents.view_health"))
    except DocumentFailed as failed:
        abort(503, str(failed))
    except StorageAway:
        abort(503, _("Tempat penyimpanan berkas sedang tidak dapat dicapai. Coba sebentar lagi."))
    with file:
        return sent_file(file.read(), services.MEDIA_TYPES[shape], name)


def _record(request_id: uuid.UUID) -> dict[str, Any]:
    found = queries.find_request(request_id)
    if found is None:
        raise Missing("request")
    line = {name: getattr(found.line, name) for name in RequestLineSchema._declared_fields}
    said = {name: found.said.get(name, "") for name in ("capacity", "asked_by", "text", "answer")}
    contact = queries.contact_for(found, may_identity=may("residents.view_identity"))
    return line | said | {"contact": contact, "answered_by": found.answered_by}


def _answered(error: ChangedMeanwhile) -> Response:
    return problem(409, "Conflict", _("Permintaan ini sudah dijawab orang lain."), present=error.present)


handle_refusals(request_api)
request_api.register_error_handler(ChangedMeanwhile, _answered)
