"""The province's API of attendance: who came to a session, and noting them from another system's scanners."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from app.core.actors import current_actor
from app.core.api import ApiBlueprint, KeysetQuery, schema_of_page
from app.core.api.paging import BEHIND, page_after
from app.core.permissions import requires
from app.core.ui.errors import problem
from app.province.training.door import queries, services
from app.province.training.door.marks import MOST_MARKS, Mark
from app.province.training.door.services import Refused, door_of
from app.province.training.events.services import office, seen_event

attendance_api = ApiBlueprint(
    "training-attendance",
    __name__,
    audience="province",
    description="Who came to which session of an event.",
)


class AttendanceQuery(KeysetQuery):
    """Which people of a session."""

    state = fields.String(validate=validate.OneOf(("present", "missing")))
    after = fields.String(validate=validate.Length(max=200), metadata={"description": BEHIND})


class AttendanceSchema(Schema):
    """Somebody who is expected at a session, or came."""

    participant_id = fields.UUID(attribute="id", required=True)
    name = fields.String(required=True)
    position = fields.String(required=True)
    village = fields.String(required=True)
    came_at = fields.AwareDateTime(attribute="at", required=True, allow_none=True)
    noted_by = fields.String(required=True)
    source = fields.String(
        required=True, metadata={"description": "scan, search, walk_in, self, sheet; empty: not come."}
    )
    note = fields.String(
        required=True, metadata={"description": "What was odd, such as a clock that was off."}
    )


class ArrivalSchema(Schema):
    """Somebody who came."""

    key = fields.UUID(
        required=True, metadata={"description": "Drawn by the sender: the same again is the same deed."}
    )
    token = fields.String(
        required=True, validate=validate.Length(16, 64), metadata={"description": "What their QR code holds."}
    )
    at = fields.AwareDateTime(required=True, metadata={"description": "By the sender's clock."})


class ArrivalsSchema(Schema):
    """Several people who came to a session."""

    sent_at = fields.AwareDateTime(
        required=True,
        metadata={
            "description": "What the sender's clock shows now: the difference to ours corrects every `at`."
        },
    )
    arrivals = fields.List(
        fields.Nested(ArrivalSchema), required=True, validate=validate.Length(1, MOST_MARKS)
    )


class ArrivalAnswerSchema(Schema):
    """What became of an arrival."""

    key = fields.String(required=True)
    outcome = fields.String(
        required=True,
        metadata={
            "description": "noted, already; not noted: waiting, replaced, cancelled, elsewhere, unknown."
        },
    )
    sentence = fields.String(required=True)
    participant_id = fields.UUID(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True, allow_none=True)


class ArrivalAnswersSchema(Schema):
    """The answers, in the order of the arrivals."""

    answers = fields.List(fields.Nested(ArrivalAnswerSchema), required=True)


@attendance_api.route("/training/events/<uuid:event_id>/sessions/<uuid:session_id>/attendance")
@requires("training.view")
@attendance_api.arguments(AttendanceQuery, location="query")
@attendance_api.response(200, schema_of_page(AttendanceSchema))
def attendance(query: dict[str, Any], event_id: uuid.UUID, session_id: uuid.UUID) -> Any:
    """Who is expected at a session and who came, by name, as far as the account's region reaches."""
    event = seen_event(event_id)
    seen = queries.seen_participants(event, office())
    people, following = queries.page_of_people(
        event.id,
        session_id,
        seen,
        state=query.get("state", ""),
        after=query.get("after", ""),
        limit=query["limit"],
    )
    return page_after(people, following or None)


@attendance_api.route("/training/sessions/<uuid:session_id>/arrivals", methods=["POST"])
@requires("training.door")
@attendance_api.arguments(ArrivalsSchema)
@attendance_api.response(200, ArrivalAnswersSchema)
@attendance_api.problems("CONFLICT")
def note_arrivals(values: dict[str, Any], session_id: uuid.UUID) -> Any:
    """Note who came; people who are noted already stay as they are, so sending twice is sending once."""
    door, actor = door_of(session_id), current_actor()
    assert actor is not None
    marks = [Mark(one["key"], "scan", one["at"], token=one["token"]) for one in values["arrivals"]]
    return {"answers": services.note_arrivals(door, marks, phone_now=values["sent_at"], by=actor.name)}


def refused(error: Refused) -> Response:
    """What can't be done as things stand, as a problem."""
    return problem(409, "Conflict", str(error))


attendance_api.register_error_handler(Refused, refused)
