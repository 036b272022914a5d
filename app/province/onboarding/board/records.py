"""What the API of applications answers with."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.core.forms import Paragraphs
from app.province.onboarding.applications.models import ROUTES, STATES
from app.province.onboarding.board.deciding import CORRECTABLE, MOST_COMMENT
from app.province.onboarding.board.queries import Line
from app.province.onboarding.board.words import SINCE


class ApplicationSchema(Schema):
    """One village's wish to come aboard, as its offices see it."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    state_since = fields.AwareDateTime(required=True)
    route = fields.String(required=True, validate=validate.OneOf(ROUTES))
    village_code = fields.String(
        required=True, allow_none=True, metadata={"description": "Null before a village was chosen."}
    )
    village = fields.String(required=True)
    regency_code = fields.String(required=True, allow_none=True)
    district_code = fields.String(required=True, allow_none=True)
    slug = fields.String(
        required=True, allow_none=True, metadata={"description": "The address that is wished for."}
    )
    step = fields.String(required=True, metadata={"description": "The wizard's step that comes next."})
    applicant_name = fields.String(required=True)
    applicant_title = fields.String(required=True)
    phone = fields.String(required=True)
    email = fields.String(required=True)
    has_letter = fields.Boolean(
        required=True, metadata={"description": "Whether a letter of assignment is there."}
    )
    comment = fields.String(required=True, metadata={"description": "What the office wrote last."})
    is_late = fields.Boolean(
        required=True, metadata={"description": "It waits for its office for more than three working days."}
    )
    since = fields.String(
        required=True,
        validate=validate.OneOf(["", *SINCE]),
        metadata={"description": "What became of a village that was live; empty while it is there."},
    )
    decided_by = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    submitted_at = fields.AwareDateTime(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    provisioned_at = fields.AwareDateTime(required=True, allow_none=True)
    live_at = fields.AwareDateTime(required=True, allow_none=True)
    row_version = fields.Integer(required=True, metadata={"description": "Send it as If-Match to decide."})


class ApplicationStepSchema(Schema):
    """A dated step of an application."""

    at = fields.AwareDateTime(required=True)
    kind = fields.String(required=True, metadata={"description": "step, state, mail or note."})
    key = fields.String(
        required=True, metadata={"description": "The wizard's step, the new state, or what was told."}
    )
    by = fields.String(required=True, metadata={"description": "Empty for the applicant and the system."})
    note = fields.String(required=True)


class ApplicationDetailSchema(ApplicationSchema):
    """An application with its answers and its history."""

    answers = fields.Dict(
        required=True, metadata={"description": "What was typed in, by step of the wizard."}
    )
    events = fields.List(fields.Nested(ApplicationStepSchema), required=True)


class ReturnSchema(Schema):
    """Why an application is given back."""

    comment = Paragraphs(required=True, longest=MOST_COMMENT)
    steps = fields.List(
        fields.String(validate=validate.OneOf(CORRECTABLE)),
        load_default=list,
        metadata={"description": "Which steps of the wizard are to be corrected."},
    )


class RejectionSchema(Schema):
    """Why an application is refused."""

    reason = Paragraphs(required=True, longest=MOST_COMMENT)


def told(line: Line) -> dict[str, Any]:
    """An application of a list as ApplicationSchema tells it."""
    one, row = line.application, line.row
    return {
        **{name: getattr(one, name) for name in _COLUMNS},
        "village_code": row.code if row else None,
        "village": line.village,
        "regency_code": row.regency_code if row else None,
        "district_code": row.district_code if row else None,
        "has_letter": one.letter_file_id is not None,
        "is_late": line.late,
        "since": line.since,
    }


_COLUMNS = (
    "id", "state", "state_since", "route", "slug", "step", "applicant_name", "applicant_title", "phone", "email",
    "comment", "decided_by", "created_at", "submitted_at", "decided_at", "provisioned_at", "live_at", "row_version",
)  # fmt: skip
