"""Complaints for programs: the list, one, and answering it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from app.core.api import ApiBlueprint
from app.core.api.paging import BEHIND, KeysetQuery, page_of, schema_of_page
from app.core.api.versions import IfMatch, etag
from app.core.permissions import requires
from app.core.ui.errors import problem
from app.core.ui.sentences import status_sentence
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.government.complaints import handling, opening, queries
from app.government.complaints.schemas import LONGEST_TEXT
from app.government.complaints.words import CATEGORIES, STATES

complaint_api = ApiBlueprint(
    "complaints",
    __name__,
    audience="village",
    description="What residents report, and what the village answers, in public or to the sender alone.",
)


class ComplaintQuery(KeysetQuery):
    """Which complaints, the newest first."""

    state = fields.String(
        load_default="",
        validate=validate.OneOf(["", "open", "overdue", *STATES], error=_l("Pilih salah satu dari daftar.")),
    )
    category = fields.String(
        load_default="", validate=validate.OneOf(["", *CATEGORIES], error=_l("Pilih salah satu dari daftar."))
    )
    words = fields.String(
        load_default="",
        validate=[
            validate.Length(max=100, error=_l("Terlalu panjang: paling banyak {max} huruf.")),
            validate.Regexp(r"^[^\x00]*$", error=_l("Isian ini tidak terbaca.")),
        ],
        metadata={"description": "Part of the title or the place."},
    )
    after = fields.UUID(load_default=None, metadata={"description": BEHIND})


class ComplaintLineSchema(Schema):
    """A complaint in a list, without its text and its sender."""

    id = fields.UUID(required=True)
    category = fields.String(required=True, validate=validate.OneOf(list(CATEGORIES)))
    title = fields.String(required=True)
    place = fields.String(required=True)
    sub_area_id = fields.UUID(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(list(STATES)))
    is_anonymous = fields.Boolean(required=True)
    is_public = fields.Boolean(required=True, metadata={"description": "Shown on the village's site."})
    handled_by = fields.String(required=True)
    rating = fields.Integer(required=True, allow_none=True)
    received_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    answered_at = fields.AwareDateTime(required=True, allow_none=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    row_version = fields.Integer(required=True)


class ComplaintStepSchema(Schema):
    """A step."""

    kind = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    by_name = fields.String(required=True)
    note = fields.String(required=True)
    text = fields.String(required=True, metadata={"description": "A private answer."})


class ComplaintRecordSchema(ComplaintLineSchema):
    """A complaint with what was said."""

    text = fields.String(required=True)
    sender_name = fields.String(required=True, metadata={"description": "Empty where it is anonymous."})
    contact = fields.String(required=True)
    latitude = fields.Float(required=True, allow_none=True)
    longitude = fields.Float(required=True, allow_none=True)
    public_text = fields.String(required=True)
    answer = fields.String(required=True, metadata={"description": "The public answer."})
    photos = fields.Integer(required=True, metadata={"description": "How many photos belong to it."})
    steps = fields.List(fields.Nested(ComplaintStepSchema), required=True)


class ComplaintAnswerSchema(Schema):
    """An answer."""

    answer = fields.String(
        required=True, validate=validate.Length(4, LONGEST_TEXT, error=_l("Tulis {min} sampai {max} huruf."))
    )
    public = fields.Boolean(load_default=False)
    public_title = fields.String(
        load_default="",
        validate=validate.Length(max=100, error=_l("Terlalu panjang: paling banyak {max} huruf.")),
    )
    public_text = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_TEXT, error=_l("Terlalu panjang: paling banyak {max} huruf.")),
        metadata={"description": "What everybody reads of the complaint; needed for a public answer."},
    )


@complaint_api.route("/complaints")
@requires("complaints.view")
@complaint_api.arguments(ComplaintQuery, location="query")
@complaint_api.response(200, schema_of_page(ComplaintLineSchema))
def complaints(query: dict[str, Any]) -> Any:
    """Complaints, the newest first."""
    chosen = queries.Filter(query["state"], query["category"], query["words"])
    return page_of(queries.after(chosen, query["after"], query["limit"]), query["limit"], lambda row: row.id)


@complaint_api.route("/complaints/<uuid:complaint_id>")
@requires("complaints.view")
@complaint_api.response(200, ComplaintRecordSchema)
def complaint(complaint_id: uuid.UUID) -> Any:
    """One complaint with its steps."""
    return _record(complaint_id)


@complaint_api.route("/complaints/<uuid:complaint_id>/answer", methods=["POST"])
@requires("complaints.answer")
@complaint_api.arguments(ComplaintAnswerSchema)
@complaint_api.arguments(IfMatch, location="headers")
@complaint_api.response(200, ComplaintRecordSchema)
def answer(body: dict[str, Any], header: dict[str, Any], complaint_id: uuid.UUID) -> Any:
    """Answer a complaint: to its sender alone, or to everybody with a text that everybody may read."""
    try:
        handling.answer(
            complaint_id,
            body["answer"],
            public=body["public"],
            public_title=body["public_title"],
            public_text=body["public_text"],
            seen=header["version"],
        )
    except Missing:
        abort(404)
    except Invalid as wrong:
        return problem(
            422, "Unprocessable Entity", status_sentence(422), errors={"json": {wrong.field: [str(wrong)]}}
        )
    except ChangedMeanwhile as other:
        abort(412, str(other))
    return _record(complaint_id)


def _record(complaint_id: uuid.UUID) -> Any:
    try:
        shown = opening.open_complaint(complaint_id)
    except Missing:
        abort(404)
    row = shown.row
    names = ComplaintLineSchema().fields
    record = {name: getattr(row, name) for name in names} | {
        "title": shown.private["title"],
        "place": shown.private.get("place", ""),
        "text": shown.private["text"],
        "sender_name": shown.private.get("name", ""),
        "contact": shown.private.get("contact", ""),
        "latitude": row.latitude,
        "longitude": row.longitude,
        "public_text": row.public_text,
        "answer": row.answer,
        "photos": len(shown.photos),
        "steps": shown.steps,
    }
    return record, 200, etag(row.row_version)
