"""A village's API of training: its invitations, its people, its tasks."""

from __future__ import annotations

import uuid
from typing import Any

from app.core.actors import Actor, current_actor
from app.core.api import ApiBlueprint
from app.core.permissions import requires
from app.province.regions import frame_name
from app.province.training.participants import rules
from app.province.training.participants import village_reading as reading
from app.province.training.participants.answers import answer_errors, raise_refused
from app.province.training.participants.records import (
    SeatReasonSchema,
    TaskNoteSchema,
    TraineeSchema,
    TrainingParticipantSchema,
    VillageInvitationSchema,
    VillageTaskSchema,
    participant_record,
    task_record,
)
from app.province.training.participants.schemas import candidate
from app.province.training.participants.village_reading import EventLine

village_training_api = ApiBlueprint(
    "training",
    __name__,
    audience="village",
    description="Events that the village was invited to, who goes there, and what it does afterwards.",
)
EVENT = "/training/invitations/<uuid:event_id>"


@village_training_api.route("/training/invitations")
@requires("village.view")
@village_training_api.response(200, VillageInvitationSchema(many=True))
def invitations() -> Any:
    """The events that the village was invited to, the latest first."""
    return [_invitation(line) for line in reading.events()]


@village_training_api.route(f"{EVENT}/participants")
@requires("village.view")
@village_training_api.response(200, TrainingParticipantSchema(many=True))
def participants(event_id: uuid.UUID) -> Any:
    """The village's people at an event, also those who cancelled or were replaced."""
    return _people(event_id)


@village_training_api.route(f"{EVENT}/participants", methods=["POST"])
@requires("training.register")
@village_training_api.arguments(TraineeSchema)
@village_training_api.response(201, TrainingParticipantSchema(many=True))
@village_training_api.problems("CONFLICT")
def register(values: dict[str, Any], event_id: uuid.UUID) -> Any:
    """Register somebody; without room they wait. One person has one seat, whichever village sends them."""
    raise_refused(reading.register(event_id, [candidate(values)], _acting(), is_other=values["is_other"]))
    return _people(event_id)


@village_training_api.route(f"{EVENT}/participants/<uuid:participant_id>/substitute", methods=["POST"])
@requires("training.register")
@village_training_api.arguments(TraineeSchema)
@village_training_api.response(200, TrainingParticipantSchema(many=True))
@village_training_api.problems("CONFLICT")
def replace(values: dict[str, Any], event_id: uuid.UUID, participant_id: uuid.UUID) -> Any:
    """Send somebody else; until the day on which the event begins."""
    reading.substitute(event_id, participant_id, candidate(values), _acting(), is_other=values["is_other"])
    return _people(event_id)


@village_training_api.route(f"{EVENT}/participants/<uuid:participant_id>/cancel", methods=["POST"])
@requires("training.register")
@village_training_api.arguments(SeatReasonSchema)
@village_training_api.response(200, TrainingParticipantSchema(many=True))
@village_training_api.problems("CONFLICT")
def cancel(values: dict[str, Any], event_id: uuid.UUID, participant_id: uuid.UUID) -> Any:
    """Take a registration back. Doing it twice is one."""
    reading.cancel(event_id, participant_id, values["reason"], _acting())
    return _people(event_id)


@village_training_api.route(f"{EVENT}/decline", methods=["POST"])
@requires("training.register")
@village_training_api.arguments(SeatReasonSchema)
@village_training_api.response(204)
@village_training_api.problems("CONFLICT")
def decline(values: dict[str, Any], event_id: uuid.UUID) -> None:
    """Say that nobody comes."""
    reading.decline(event_id, values["reason"], _acting())


@village_training_api.route("/training/tasks")
@requires("village.view")
@village_training_api.response(200, VillageTaskSchema(many=True))
def tasks() -> Any:
    """The village's tasks after events, the first due first; at most 200."""
    return [task_record(line) for line in reading.village_tasks()]


@village_training_api.route("/training/tasks/<uuid:task_id>/done", methods=["POST"])
@requires("training.register")
@village_training_api.arguments(TaskNoteSchema)
@village_training_api.response(200, VillageTaskSchema(many=True))
@village_training_api.problems("CONFLICT")
def finish_task(values: dict[str, Any], task_id: uuid.UUID) -> Any:
    """The village did a task. Doing it twice keeps the first."""
    reading.finish_task(task_id, values["note"], _acting())
    return [task_record(line) for line in reading.village_tasks()]


def _people(event_id: uuid.UUID) -> list[dict[str, Any]]:
    return [participant_record(line) for line in reading.people(event_id)]


def _invitation(line: EventLine) -> dict[str, Any]:
    event = line.event
    return {
        "event_id": event.id,
        "title": event.title,
        "kind": event.kind,
        "organiser": frame_name(event.region_code),
        "state": event.state,
        "starts_on": event.starts_on,
        "ends_on": event.ends_on,
        "venue": line.venue.name if line.venue else None,
        "register_until": rules.last_day_to_register(event),
        "per_village": event.per_village,
        "answer": line.invitation.answer,
        "registered": line.registered,
        "waiting": line.waiting,
    }


def _acting() -> Actor:
    actor = current_actor()
    assert actor is not None
    return actor


answer_errors(village_training_api)
