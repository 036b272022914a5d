"""What the APIs answer with, and take: invitations, participants, quotas, tasks."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.core.forms import Line
from app.province.announcements.schemas import AudienceSchema
from app.province.training.events.models import STATES
from app.province.training.participants.inviting import LONGEST_NUMBER
from app.province.training.participants.lists import InvitationLine, ParticipantLine
from app.province.training.participants.models import SEATS
from app.province.training.participants.people import LONGEST_NAME, SEXES
from app.province.training.participants.registering import LONGEST_REASON
from app.province.training.participants.schemas import NikField
from app.province.training.participants.tasks import (
    LONGEST_DETAILS,
    LONGEST_NOTE,
    LONGEST_WHAT,
    WHOM,
    TaskLine,
)

REGION = validate.Regexp(r"^\d{2}(\.\d{2}(\.\d{2})?)?$")


class TrainingInvitationSchema(Schema):
    """A village that an event invited."""

    village_id = fields.UUID(required=True)
    village_code = fields.String(required=True)
    village = fields.String(required=True)
    letter_number = fields.String(required=True)
    invited_by = fields.String(required=True)
    invited_at = fields.AwareDateTime(required=True)
    delivered_at = fields.AwareDateTime(required=True, allow_none=True)
    knows_schedule = fields.Boolean(
        required=True, metadata={"description": "Whether it was told the present time and place."}
    )
    readable = fields.Boolean(required=True, metadata={"description": "Whether its staff can read it here."})
    seen_at = fields.AwareDateTime(required=True, allow_none=True)
    seen_by = fields.String(required=True, allow_none=True)
    answer = fields.String(required=True, validate=validate.OneOf(["none", "coming", "declined"]))
    answer_reason = fields.String(required=True, allow_none=True)
    registered = fields.Integer(required=True)
    waiting = fields.Integer(required=True)


class InviteVillagesSchema(Schema):
    """Which villages are invited; always within the organiser's region."""

    audience = fields.Nested(AudienceSchema, load_default=lambda: AudienceSchema().load({}))
    never_trained = fields.Boolean(
        load_default=False, metadata={"description": "Only villages of which nobody ever came to a session."}
    )
    letter_number = Line(longest=LONGEST_NUMBER, load_default="")


class InvitedVillagesSchema(Schema):
    """What came of inviting."""

    invited = fields.Integer(
        required=True, metadata={"description": "Villages that were not invited before."}
    )
    told = fields.Integer(required=True, metadata={"description": "Those of them that are told here."})


class TrainingParticipantSchema(Schema):
    """Somebody's seat. NIK and day of birth are never told."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    name = fields.String(required=True)
    sex = fields.String(required=True, validate=validate.OneOf(SEXES))
    position = fields.String(required=True)
    is_official = fields.Boolean(required=True)
    village_id = fields.UUID(required=True, allow_none=True)
    village_code = fields.String(required=True, allow_none=True)
    village = fields.String(required=True)
    seat = fields.String(required=True, validate=validate.OneOf(SEATS))
    is_walk_in = fields.Boolean(required=True)
    registered_at = fields.AwareDateTime(required=True)
    registered_by = fields.String(required=True)
    seated_at = fields.AwareDateTime(required=True, allow_none=True)
    cancel_reason = fields.String(required=True, allow_none=True)


class TraineeSchema(Schema):
    """Somebody who is to take part. Nobody needs a NIK; it is kept as a digest only."""

    name = Line(required=True, longest=LONGEST_NAME, shortest=2)
    sex = fields.String(required=True, validate=validate.OneOf(SEXES))
    nik = NikField(longest=30, load_default="")
    birth_date = fields.Date(load_default=None, allow_none=True)
    phone = Line(longest=30, load_default="")
    position = Line(longest=100, load_default="")
    is_official = fields.Boolean(load_default=False)
    is_other = fields.Boolean(
        load_default=False,
        metadata={
            "description": "This is somebody else than the person of the same name who takes part already."
        },
    )


class OrganiserPersonSchema(TraineeSchema):
    """Somebody whom the organiser registers."""

    village_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "None for people of offices."}
    )


class SeatReasonSchema(Schema):
    """Why something is taken back."""

    reason = Line(required=True, shortest=3, longest=LONGEST_REASON)


class RegionQuotaSchema(Schema):
    """A region's seats; `seats` null: it holds none of its own."""

    region_code = fields.String(required=True)
    region = fields.String(required=True)
    seats = fields.Integer(required=True, allow_none=True)
    taken = fields.Integer(required=True)
    waiting = fields.Integer(required=True)


class QuotaChangeSchema(Schema):
    """A region's new number of seats."""

    region_code = fields.String(required=True, validate=REGION)
    seats = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null takes the region's quota away."}
    )
    to_waiting = fields.Boolean(
        load_default=False,
        metadata={"description": "Let who got a seat last wait again where fewer are left than are taken."},
    )


class QuotaSwapSchema(Schema):
    """Seats that go from one region to another."""

    giver = fields.String(required=True, validate=REGION)
    taker = fields.String(required=True, validate=REGION)
    seats = fields.Integer(required=True, validate=validate.Range(min=1))


class VillageTaskSchema(Schema):
    """A village's task after an event."""

    id = fields.UUID(required=True)
    batch_id = fields.UUID(required=True, metadata={"description": "The same for all villages that got it."})
    event_id = fields.UUID(required=True, allow_none=True)
    village_id = fields.UUID(required=True)
    village_code = fields.String(required=True)
    village = fields.String(required=True)
    what = fields.String(required=True)
    details = fields.String(required=True)
    due_on = fields.Date(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["open", "done", "dropped"]))
    is_late = fields.Boolean(required=True)
    given_by = fields.String(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)
    done_by = fields.String(required=True, allow_none=True)
    done_note = fields.String(required=True)
    reminded_at = fields.AwareDateTime(required=True, allow_none=True)


class GiveTaskSchema(Schema):
    """A task for villages of an event."""

    what = Line(required=True, shortest=5, longest=LONGEST_WHAT)
    details = fields.String(load_default="", validate=validate.Length(max=LONGEST_DETAILS))
    due_on = fields.Date(required=True)
    whom = fields.String(
        load_default="came",
        validate=validate.OneOf(WHOM),
        metadata={"description": "Villages of which somebody came, or holds a seat, or all invited ones."},
    )


class GivenTaskSchema(Schema):
    """What came of giving a task."""

    batch_id = fields.UUID(required=True)
    villages = fields.Integer(required=True)


class TaskNoteSchema(Schema):
    """What a village says about a task that it did."""

    note = fields.String(load_default="", validate=validate.Length(max=LONGEST_NOTE))


class VillageInvitationSchema(Schema):
    """An event that the village was invited to."""

    event_id = fields.UUID(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True)
    organiser = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    venue = fields.String(required=True, allow_none=True)
    register_until = fields.Date(required=True)
    per_village = fields.Integer(required=True, allow_none=True)
    answer = fields.String(required=True)
    registered = fields.Integer(required=True)
    waiting = fields.Integer(required=True)


def invitation_record(line: InvitationLine) -> dict[str, Any]:
    """An invitation as offices see it."""
    mine = line.invitation
    return {
        "village_id": line.village.id,
        "village_code": line.village.code,
        "village": f"{line.village.term} {line.village.name}",
        "letter_number": mine.letter_number,
        "invited_by": mine.invited_by,
        "invited_at": mine.invited_at,
        "delivered_at": mine.delivered_at,
        "knows_schedule": line.knows,
        "readable": line.readable,
        "seen_at": mine.seen_at,
        "seen_by": mine.seen_by,
        "answer": mine.answer,
        "answer_reason": mine.answer_reason,
        "registered": line.registered,
        "waiting": line.waiting,
    }


def participant_record(line: ParticipantLine) -> dict[str, Any]:
    """A participant as offices and their own village see them."""
    seat, person, village = line.seat, line.person, line.village
    return {
        "id": seat.id,
        "person_id": person.id,
        "name": person.name,
        "sex": person.sex,
        "position": seat.position,
        "is_official": seat.is_official,
        "village_id": village.id if village else None,
        "village_code": village.code if village else None,
        "village": line.village_name,
        "seat": seat.seat,
        "is_walk_in": seat.is_walk_in,
        "registered_at": seat.registered_at,
        "registered_by": seat.registered_by,
        "seated_at": seat.seated_at,
        "cancel_reason": seat.cancel_reason,
    }


def task_record(line: TaskLine) -> dict[str, Any]:
    """A task with its village."""
    names = (
        "id", "batch_id", "event_id", "what", "details", "due_on", "state", "given_by", "done_at", "done_by",
        "done_note", "reminded_at",
    )  # fmt: skip
    return {
        **{name: getattr(line.task, name) for name in names},
        "village_id": line.village.id,
        "village_code": line.village.code,
        "village": f"{line.village.term} {line.village.name}",
        "is_late": line.is_late,
    }
