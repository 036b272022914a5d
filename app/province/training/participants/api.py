"""The province's API of invitations, participants, quotas and tasks, as far as the account's region reaches."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort
from marshmallow import fields, validate

from app.core.actors import Actor, current_actor
from app.core.api import ApiBlueprint, KeysetQuery, schema_of_page
from app.core.api.paging import BEHIND, page_after
from app.core.permissions import requires
from app.core.village.errors import Missing
from app.province.announcements.schemas import typed_audience
from app.province.mentoring.cases.mentors import seen_villages
from app.province.regions import Territory, own_territory, seen_territory, within
from app.province.training.events.services import office, own_event, seen_event
from app.province.training.participants import inviting, lists, quotas, registering, tasks
from app.province.training.participants.answers import answer_errors, raise_refused
from app.province.training.participants.lists import InvitationFilter, ParticipantFilter
from app.province.training.participants.models import SEATS, TrainingTask
from app.province.training.participants.records import (
    REGION,
    GivenTaskSchema,
    GiveTaskSchema,
    InvitedVillagesSchema,
    InviteVillagesSchema,
    OrganiserPersonSchema,
    QuotaChangeSchema,
    QuotaSwapSchema,
    RegionQuotaSchema,
    SeatReasonSchema,
    TraineeSchema,
    TrainingInvitationSchema,
    TrainingParticipantSchema,
    VillageTaskSchema,
    invitation_record,
    participant_record,
    task_record,
)
from app.province.training.participants.schemas import candidate

participant_api = ApiBlueprint(
    "training-participants",
    __name__,
    audience="province",
    description="Who is invited to an event and takes part, the seats of regions, tasks afterwards.",
)
EVENT = "/training/events/<uuid:event_id>"
TASK_PAGE = schema_of_page(VillageTaskSchema)


class InvitationQuery(KeysetQuery):
    """Which invited villages."""

    answer = fields.String(
        validate=validate.OneOf(lists.ANSWERS),
        metadata={
            "description": "unseen and untold (does not know the present schedule): of those that could; nobody: no"
            " staff here."
        },
    )
    region = fields.String(validate=REGION)
    after = fields.String(
        validate=validate.Regexp(r"^\d{2}\.\d{2}\.\d{2}\.\d{4}$"), metadata={"description": BEHIND}
    )


class ParticipantQuery(KeysetQuery):
    """Which participants; without `seat` those who hold a seat or wait for one."""

    seat = fields.String(validate=validate.OneOf([*SEATS, "walk_in", "any"]))
    search = fields.String(validate=validate.Length(max=80))
    region = fields.String(validate=REGION)
    after = fields.UUID(metadata={"description": BEHIND})


class TaskQuery(KeysetQuery):
    """Which tasks."""

    state = fields.String(validate=validate.OneOf(tasks.VIEWS))
    region = fields.String(validate=REGION)
    after = fields.UUID(metadata={"description": BEHIND})


@participant_api.route(f"{EVENT}/invitations")
@requires("training.view")
@participant_api.arguments(InvitationQuery, location="query")
@participant_api.response(200, schema_of_page(TrainingInvitationSchema))
def invitations(query: dict[str, Any], event_id: uuid.UUID) -> Any:
    """The villages of the account's region that were invited, by code."""
    event = seen_event(event_id)
    wanted = InvitationFilter(_here(query), query.get("answer", ""))
    lines, after = lists.invitations(event, wanted, after=query.get("after", ""), limit=query["limit"])
    return page_after([invitation_record(line) for line in lines], after)


@participant_api.route(f"{EVENT}/invitations", methods=["POST"])
@requires("training.manage")
@participant_api.arguments(InviteVillagesSchema)
@participant_api.response(200, InvitedVillagesSchema)
@participant_api.problems("CONFLICT")
def invite(values: dict[str, Any], event_id: uuid.UUID) -> Any:
    """Invite villages; those that were invited before are not invited again. They are told afterwards."""
    event = own_event(event_id)
    chosen = typed_audience({**values["audience"], "never_trained": values["never_trained"]})
    total, told = inviting.invite(
        event.id,
        inviting.wanted_of(chosen, event),
        office=office(),
        by=_acting().name,
        letter_number=values["letter_number"],
    )
    return {"invited": total, "told": told}


@participant_api.route(f"{EVENT}/participants")
@requires("training.view")
@participant_api.arguments(ParticipantQuery, location="query")
@participant_api.response(200, schema_of_page(TrainingParticipantSchema))
def participants(query: dict[str, Any], event_id: uuid.UUID) -> Any:
    """The participants of the account's region, by village and name."""
    event = seen_event(event_id)
    wanted = ParticipantFilter(_here(query), query.get("seat", ""), lists.tidy(query.get("search", "")))
    lines, after = lists.participants(event, wanted, after=query.get("after"), limit=query["limit"])
    return page_after([participant_record(line) for line in lines], str(after) if after else None)


@participant_api.route(f"{EVENT}/participants", methods=["POST"])
@requires("training.manage")
@participant_api.arguments(OrganiserPersonSchema)
@participant_api.response(201, TrainingParticipantSchema)
@participant_api.problems("CONFLICT")
def add_participant(values: dict[str, Any], event_id: uuid.UUID) -> Any:
    """Register somebody for a village of the organiser's region, or for an office; without room they wait."""
    event = own_event(event_id)
    village_id = values["village_id"]
    if village_id is not None and lists.village_of(event, str(village_id)) is None:
        raise Missing("village")
    outcome = registering.register(
        event.id,
        village_id,
        [candidate(values)],
        by=_acting().name,
        is_other=values["is_other"],
        as_organiser=True,
    )
    raise_refused(outcome)
    return _participant(event_id, (outcome.registered + outcome.waiting)[0].id)


@participant_api.route(f"{EVENT}/participants/<uuid:participant_id>/cancel", methods=["POST"])
@requires("training.manage")
@participant_api.arguments(SeatReasonSchema)
@participant_api.response(200, TrainingParticipantSchema)
@participant_api.problems("CONFLICT")
def cancel_participant(values: dict[str, Any], event_id: uuid.UUID, participant_id: uuid.UUID) -> Any:
    """Take a registration back; the waiting list moves up. Doing it twice is one."""
    event = own_event(event_id)
    registering.cancel(event.id, None, participant_id, reason=values["reason"], as_organiser=True)
    return _participant(event_id, participant_id)


@participant_api.route(f"{EVENT}/participants/<uuid:participant_id>/substitute", methods=["POST"])
@requires("training.manage")
@participant_api.arguments(TraineeSchema)
@participant_api.response(200, TrainingParticipantSchema)
@participant_api.problems("CONFLICT")
def replace_participant(values: dict[str, Any], event_id: uuid.UUID, participant_id: uuid.UUID) -> Any:
    """Give somebody's seat to another person; until the day on which the event begins."""
    event = own_event(event_id)
    row = registering.substitute(
        event.id,
        None,
        participant_id,
        candidate(values),
        by=_acting().name,
        is_other=values["is_other"],
        as_organiser=True,
    )
    return _participant(event_id, row.id)


@participant_api.route(f"{EVENT}/quotas")
@requires("training.view")
@participant_api.response(200, RegionQuotaSchema(many=True))
def quotas_of(event_id: uuid.UUID) -> Any:
    """Kabupaten and kecamatan that hold seats or send people."""
    return [_quota(line) for line in quotas.table(seen_event(event_id)).lines]


@participant_api.route(f"{EVENT}/quotas", methods=["PUT"])
@requires("training.manage")
@participant_api.arguments(QuotaChangeSchema)
@participant_api.response(200, RegionQuotaSchema(many=True))
@participant_api.problems("CONFLICT")
def set_quota(values: dict[str, Any], event_id: uuid.UUID) -> Any:
    """Set a region's seats. Fewer than are taken is refused with the number, unless the last ones may wait again."""
    event = own_event(event_id)
    quotas.set_quota(
        event.id, values["region_code"], values["seats"], office=office(), to_waiting=values["to_waiting"]
    )
    return [_quota(line) for line in quotas.table(own_event(event_id)).lines]


@participant_api.route(f"{EVENT}/quota-swaps", methods=["POST"])
@requires("training.manage")
@participant_api.arguments(QuotaSwapSchema)
@participant_api.response(200, RegionQuotaSchema(many=True))
@participant_api.problems("CONFLICT")
def swap_quota(values: dict[str, Any], event_id: uuid.UUID) -> Any:
    """Move seats from one region to another."""
    event = own_event(event_id)
    quotas.swap(event.id, values["giver"], values["taker"], values["seats"], office=office())
    return [_quota(line) for line in quotas.table(own_event(event_id)).lines]


@participant_api.route(f"{EVENT}/tasks")
@requires("training.view")
@participant_api.arguments(TaskQuery, location="query")
@participant_api.response(200, TASK_PAGE)
def event_tasks(query: dict[str, Any], event_id: uuid.UUID) -> Any:
    """The tasks of villages that came out of an event, the first due first."""
    event = seen_event(event_id)
    return _tasks(query, TrainingTask.event_id == event.id)


@participant_api.route("/training/tasks")
@requires("training.view")
@participant_api.arguments(TaskQuery, location="query")
@participant_api.response(200, TASK_PAGE)
def all_tasks(query: dict[str, Any]) -> Any:
    """The tasks of all villages of the account's region, or of those that a mentor stands by."""
    return _tasks(query)


@participant_api.route(f"{EVENT}/tasks", methods=["POST"])
@requires("training.manage")
@participant_api.arguments(GiveTaskSchema)
@participant_api.response(201, GivenTaskSchema)
@participant_api.problems("CONFLICT")
def give_task(values: dict[str, Any], event_id: uuid.UUID) -> Any:
    """Give a task to villages of an event; they are told."""
    event = own_event(event_id)
    batch_id, count = tasks.give(event.id, **values, office=office(), by=_acting().name)
    return {"batch_id": batch_id, "villages": count}


@participant_api.route(f"{EVENT}/tasks/<uuid:task_id>/<any(drop, reopen):deed>", methods=["POST"])
@requires("training.manage")
@participant_api.response(200, VillageTaskSchema)
def change_task(event_id: uuid.UUID, task_id: uuid.UUID, deed: str) -> Any:
    """A village need not do a task any more, or has to do it once more."""
    own_event(event_id)
    (tasks.drop if deed == "drop" else tasks.reopen)(task_id, event_id, office=office())
    (line,), _after = tasks.lines(TrainingTask.id == task_id)
    return task_record(line)


def _tasks(query: dict[str, Any], *narrowed: Any) -> Any:
    seen = (within(_here(query).code), seen_villages(_acting()), tasks.condition(query.get("state", "")))
    lines, after = tasks.lines(*narrowed, *seen, after=query.get("after"), limit=query["limit"])
    return page_after([task_record(line) for line in lines], str(after) if after else None)


def _participant(event_id: uuid.UUID, participant_id: uuid.UUID) -> dict[str, Any]:
    return participant_record(lists.participant(own_event(event_id), participant_id, own_territory()))


def _quota(line: quotas.QuotaLine) -> dict[str, Any]:
    return {
        "region_code": line.code,
        "region": line.name,
        "seats": line.seats,
        "taken": line.taken,
        "waiting": line.waiting,
    }


def _here(query: dict[str, Any]) -> Territory:
    return seen_territory(query.get("region"))


def _acting() -> Actor:
    actor = current_actor()
    if actor is None or actor.region_code is None:
        abort(403)
    return actor


answer_errors(participant_api)
