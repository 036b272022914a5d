"""What the APIs answer with: records of visits."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.province.mentoring.visits.models import MentoringVisit
from app.province.mentoring.visits.queries import STATES, Line
from app.province.mentoring.visits.words import village_name


class VisitPhotoSchema(Schema):
    """A photo and what it says of itself; anybody can make a photo say so."""

    file_id = fields.UUID(required=True)
    taken_at = fields.String(required=True, allow_none=True)
    latitude = fields.Float(required=True, allow_none=True)
    longitude = fields.Float(required=True, allow_none=True)
    kilometres = fields.Float(
        required=True, allow_none=True, metadata={"description": "From there to the village's point."}
    )


class VisitSchema(Schema):
    """A visit as the village sees it."""

    id = fields.UUID(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(STATES),
        metadata={"description": "held: recorded, and waiting to be signed by the village."},
    )
    visited_on = fields.Date(required=True)
    mentor = fields.String(required=True, attribute="mentor_name")
    case_id = fields.UUID(required=True, allow_none=True)
    place = fields.String(required=True)
    aim = fields.String(required=True)
    done = fields.String(required=True)
    next_step = fields.String(required=True)
    next_on = fields.Date(required=True, allow_none=True)
    latitude = fields.Float(
        required=True, allow_none=True, metadata={"description": "As the mentor's phone said."}
    )
    longitude = fields.Float(required=True, allow_none=True)
    accuracy = fields.Float(required=True, allow_none=True, metadata={"description": "Metres."})
    kilometres = fields.Float(
        required=True, allow_none=True, metadata={"description": "From there to the village's point."}
    )
    photos = fields.List(fields.Nested(VisitPhotoSchema), required=True)
    written_at = fields.AwareDateTime(required=True, allow_none=True)
    sent_at = fields.AwareDateTime(required=True)
    signed_at = fields.AwareDateTime(required=True, allow_none=True)
    signed_by = fields.String(required=True, allow_none=True)
    signed_way = fields.String(required=True, allow_none=True, validate=validate.OneOf(["pin", "account"]))
    cancel_reason = fields.String(required=True)
    row_version = fields.Integer(required=True)


class OfficeVisitSchema(VisitSchema):
    """A visit as the programme sees it, with its village."""

    village_id = fields.UUID(required=True)
    village_code = fields.String(required=True)
    village = fields.String(required=True)


def office_record(line: Line) -> dict[str, Any]:
    """A visit with its village."""
    village = line.village
    return {
        **village_record(line.visit),
        "village_id": village.id,
        "village_code": village.code,
        "village": village_name(village),
    }


def village_record(visit: MentoringVisit) -> dict[str, Any]:
    """A visit by the names of its columns."""
    names = [field.attribute or name for name, field in VisitSchema().fields.items()]
    return {name: getattr(visit, name) for name in names}
