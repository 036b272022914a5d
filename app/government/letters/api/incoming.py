"""Incoming letters and their dispositions."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from app.core.api import ApiBlueprint, KeysetQuery, schema_of_page
from app.core.api.paging import BEHIND, page_of
from app.core.api.versions import IfMatch, etag
from app.core.permissions import requires
from app.government.letters.access import opens_incoming
from app.government.letters.api.common import (
    SAFE,
    UNREADABLE,
    LetterReasonSchema,
    LetterStepSchema,
    Search,
    handle_letters,
    shown_step,
)
from app.government.letters.books import dispositions, incoming_services
from app.government.letters.books import program_queries as reading
from app.government.letters.books.incoming_queries import Disposition, find_incoming, shown_incoming
from app.government.letters.books.incoming_schemas import DispositionSchema, IncomingSchema, NewIncomingSchema
from app.government.letters.books.words import INCOMING_STATES, INSTRUCTIONS, SECRECIES, URGENCIES
from app.government.letters.models import IncomingLetter
from app.government.residents.api.common import DeedKey
from app.government.residents.api.files import BINARY, sent_file

incoming_api = ApiBlueprint(
    "incoming-letters",
    __name__,
    audience="village",
    description="Letters that came to the village, by agenda number, and what the head wants done with them. Secret"
    " ones are told only to those who record or dispose.",
)

ANY_FILE = "*/*"


class IncomingRecordSchema(Schema):
    """An incoming letter."""

    id = fields.UUID(required=True)
    year = fields.Integer(required=True)
    sequence = fields.Integer(required=True, metadata={"description": "Its agenda number in that year."})
    number = fields.String(required=True, metadata={"description": "The sender's own."})
    letter_date = fields.Date(required=True, allow_none=True)
    received_on = fields.Date(required=True)
    sender = fields.String(required=True)
    subject = fields.String(required=True)
    classification = fields.String(required=True)
    urgency = fields.String(required=True, validate=validate.OneOf(list(URGENCIES)))
    secrecy = fields.String(required=True, validate=validate.OneOf(list(SECRECIES)))
    attachments = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(INCOMING_STATES)))
    due_on = fields.Date(required=True, allow_none=True)
    reply_letter_id = fields.UUID(required=True, allow_none=True)
    notes = fields.String(required=True)
    recorded_by = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    row_version = fields.Integer(required=True)


class DispositionReceiverSchema(Schema):
    """An official to whom a letter was given."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    title = fields.String(required=True)


class DispositionRecordSchema(Schema):
    """A disposition with what was reported on it."""

    id = fields.UUID(required=True)
    at = fields.AwareDateTime(required=True)
    by_name = fields.String(required=True)
    officials = fields.List(fields.Nested(DispositionReceiverSchema), required=True)
    instructions = fields.List(
        fields.String(validate=validate.OneOf(list(INSTRUCTIONS), error=_l("Pilih salah satu dari daftar."))),
        required=True,
    )
    text = fields.String(required=True)
    due_on = fields.Date(required=True, allow_none=True)
    secrecy = fields.String(required=True, validate=validate.OneOf(list(SECRECIES)))
    report = fields.String(
        required=True, allow_none=True, metadata={"description": "Null until it is reported done."}
    )
    reported_by = fields.String(required=True)
    reported_at = fields.AwareDateTime(required=True, allow_none=True)


class IncomingFileSchema(Schema):
    """A scanned page, or several in a PDF."""

    id = fields.UUID(required=True)
    media_type = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "In bytes."})
    created_at = fields.AwareDateTime(required=True)


class IncomingQuery(KeysetQuery):
    """Which incoming letters."""

    after = fields.UUID(metadata={"description": BEHIND})
    q = Search(metadata={"description": "Parts of sender, subject or number; all words must be found."})
    year = fields.Integer(
        validate=validate.Range(1900, 2200, error=_l("Tulis tahun dari {min} sampai {max}."))
    )
    state = fields.String(
        validate=validate.OneOf(list(INCOMING_STATES), error=_l("Pilih salah satu dari daftar."))
    )
    urgency = fields.String(
        validate=validate.OneOf(list(URGENCIES), error=_l("Pilih salah satu dari daftar."))
    )
    overdue = fields.Boolean(metadata={"description": "Only those whose answer is late."})


class DispositionReportSchema(Schema):
    """What was done."""

    note = fields.String(
        required=True,
        validate=[
            validate.Length(3, 800, error=_l("Tulis {min} sampai {max} huruf.")),
            validate.Regexp(SAFE, error=UNREADABLE),
        ],
    )


class LetterReplySchema(Schema):
    """Which outgoing letter answers."""

    number = fields.String(
        required=True,
        validate=[
            validate.Length(1, 80, error=_l("Tulis {min} sampai {max} huruf.")),
            validate.Regexp(SAFE, error=UNREADABLE),
        ],
    )


@incoming_api.route("/incoming-letters")
@requires("letters.view")
@incoming_api.arguments(IncomingQuery, location="query")
@incoming_api.response(200, schema_of_page(IncomingRecordSchema))
@incoming_api.problems("NOT_FOUND")
def incoming(query: dict[str, Any]) -> Any:
    """The register, the last agenda number first. 404 when `after` is no letter of it."""
    return page_of(reading.incoming_behind(query, query["limit"] + 1), query["limit"], lambda row: row.id)


@incoming_api.route("/incoming-letters", methods=["POST"])
@requires("letters.incoming")
@incoming_api.arguments(DeedKey, location="headers")
@incoming_api.arguments(NewIncomingSchema)
@incoming_api.response(201, IncomingRecordSchema)
def record(once: dict[str, Any], values: dict[str, Any]) -> Any:
    """Record a letter; it gets the next agenda number of the year in which it came in, without gaps.

    The same `Idempotency-Key` gives the same letter again and uses up no number.
    """
    return _answer(incoming_services.record_incoming(values, letter_id=once["key"]))


@incoming_api.route("/incoming-letters/<uuid:letter_id>")
@requires("letters.view")
@incoming_api.response(200, IncomingRecordSchema)
def incoming_letter(letter_id: uuid.UUID) -> Any:
    """One incoming letter."""
    return _answer(find_incoming(letter_id))


@incoming_api.route("/incoming-letters/<uuid:letter_id>", methods=["PATCH"])
@requires("letters.incoming")
@incoming_api.arguments(IfMatch, location="headers")
@incoming_api.arguments(IncomingSchema(partial=True))
@incoming_api.response(200, IncomingRecordSchema)
@incoming_api.problems("PRECONDITION_FAILED")
def change(seen: dict[str, Any], values: dict[str, Any], letter_id: uuid.UUID) -> Any:
    """Correct what stands of a letter; only what is sent is changed."""
    return _answer(incoming_services.change_incoming(letter_id, values, expected=seen["version"]))


@incoming_api.route("/incoming-letters/<uuid:letter_id>/cancel", methods=["POST"])
@requires("letters.incoming")
@incoming_api.arguments(LetterReasonSchema)
@incoming_api.response(200, IncomingRecordSchema)
def cancel(values: dict[str, Any], letter_id: uuid.UUID) -> Any:
    """Cancel a letter that was recorded by mistake; its agenda number stays."""
    return _answer(incoming_services.cancel_incoming(letter_id, values["reason"]))


@incoming_api.route("/incoming-letters/<uuid:letter_id>/steps")
@requires("letters.view")
@incoming_api.response(200, LetterStepSchema(many=True))
def steps(letter_id: uuid.UUID) -> Any:
    """What happened to a letter, the first step first."""
    return [shown_step(step) for step in shown_incoming(letter_id).steps]


@incoming_api.route("/incoming-letters/<uuid:letter_id>/files")
@requires("letters.view")
@incoming_api.response(200, IncomingFileSchema(many=True))
def files(letter_id: uuid.UUID) -> Any:
    """The scanned pages of a letter."""
    return shown_incoming(letter_id).files


@incoming_api.route("/incoming-letters/<uuid:letter_id>/files/<uuid:file_id>")
@requires("letters.view")
@opens_incoming
@incoming_api.response(200, BINARY, content_type=ANY_FILE)
@incoming_api.problems("SERVICE_UNAVAILABLE")
def page(letter_id: uuid.UUID, file_id: uuid.UUID) -> Any:
    """A scanned page; the audit log notes who took it."""
    opened = incoming_services.open_scan(letter_id, file_id)
    return sent_file(opened.data, opened.media_type, opened.file_name)


@incoming_api.route("/incoming-letters/<uuid:letter_id>/dispositions")
@requires("letters.view")
@incoming_api.response(200, DispositionRecordSchema(many=True))
def given(letter_id: uuid.UUID) -> Any:
    """The dispositions of a letter, the first one first."""
    return shown_incoming(letter_id).dispositions


@incoming_api.route("/incoming-letters/<uuid:letter_id>/dispositions", methods=["POST"])
@requires("letters.dispose")
@incoming_api.arguments(DispositionSchema)
@incoming_api.response(201, DispositionRecordSchema)
def dispose(values: dict[str, Any], letter_id: uuid.UUID) -> Disposition:
    """Give a letter to officials (`/officials`) with instructions or words; a due date becomes the letter's own."""
    return dispositions.dispose(letter_id, values)


@incoming_api.route(
    "/incoming-letters/<uuid:letter_id>/dispositions/<uuid:disposition_id>/report", methods=["POST"]
)
@requires("letters.view")
@incoming_api.arguments(DispositionReportSchema)
@incoming_api.response(200, IncomingRecordSchema)
def report(values: dict[str, Any], letter_id: uuid.UUID, disposition_id: uuid.UUID) -> Any:
    """Report a disposition done; when all are, the letter is done."""
    return _answer(dispositions.report_done(letter_id, disposition_id, values["note"]))


@incoming_api.route("/incoming-letters/<uuid:letter_id>/reply", methods=["POST"])
@requires("letters.incoming")
@incoming_api.arguments(LetterReplySchema)
@incoming_api.response(200, IncomingRecordSchema)
def reply(values: dict[str, Any], letter_id: uuid.UUID) -> Any:
    """Note which issued outgoing letter answers this one, by its number."""
    return _answer(dispositions.link_reply(letter_id, values["number"]))


def _answer(letter: IncomingLetter) -> Any:
    return letter, etag(letter.row_version)


handle_letters(incoming_api)
