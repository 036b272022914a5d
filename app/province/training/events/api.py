"""The API of events, their sessions and their money, as far as the account's region reaches."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Response
from marshmallow import fields

from app.core.api import ApiBlueprint, schema_of_page
from app.core.api.paging import page_after
from app.core.api.versions import IfMatch, etag
from app.core.permissions import requires
from app.core.ui.errors import problem
from app.core.ui.sentences import status_sentence
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.regions import seen_territory
from app.province.training.events import conflicts, deeds, lists, money, queries, sessions
from app.province.training.events.lists import EventFilter
from app.province.training.events.models import TrainingEvent
from app.province.training.events.queries import SessionLine
from app.province.training.events.records import (
    ClashSchema,
    CostNewSchema,
    CostRecordSchema,
    EventLineSchema,
    EventNewSchema,
    EventQuery,
    EventReasonSchema,
    EventRecordSchema,
    EventWholeSchema,
    SessionNewSchema,
    SessionRecordSchema,
)
from app.province.training.events.services import Refused, office, own_event, seen_event

event_api = ApiBlueprint(
    "training-events",
    __name__,
    audience="province",
    description="Events of training: what, when, where, who speaks, at what cost.",
)
Item = dict[str, Any]


@event_api.route("/training/events")
@requires("training.view")
@event_api.arguments(EventQuery, location="query")
@event_api.response(200, schema_of_page(EventLineSchema))
def training_events(query: Item) -> Any:
    """Events of the account's office, of those above it (no drafts) and below it. `coming` begins with the nearest, all
    other views with the latest."""
    region = seen_territory(query["region"]).code if query["region"] else ""
    wanted = EventFilter(
        query["view"], query["kind"], query["search"].replace("\x00", ""), query["programme"],
        region if region != office() else "",
    )  # fmt: skip
    lines, after = lists.page_of(office(), wanted, after=query["after"], limit=query["limit"])
    items = [
        {
            **_record(line.event), "venue": line.venue.name if line.venue else "",
            "registered": line.registered, "waiting": line.waiting,
        }
        for line in lines
    ]  # fmt: skip
    return page_after(items, str(after) if after else None)


@event_api.route("/training/events", methods=["POST"])
@requires("training.manage")
@event_api.arguments(EventNewSchema)
@event_api.response(201, EventRecordSchema)
def add_training_event(values: Item) -> Any:
    """Write a draft of the account's office or one below it."""
    row = deeds.add_event(values, office=office())
    return row, etag(row.row_version)


@event_api.route("/training/events/<uuid:event_id>")
@requires("training.view")
@event_api.response(200, EventWholeSchema)
def training_event(event_id: uuid.UUID) -> Any:
    """One event with its sessions, seats, money and conflicts."""
    event = seen_event(event_id)
    found = queries.facts(event)
    lines = queries.sessions_of(event.id)
    answer = {
        **_record(event), "registered": found.registered, "waiting": found.waiting, "villages": found.villages,
        "spent": found.spent, "planned": found.planned, "sessions": [_session(line) for line in lines],
        "quotas": queries.quotas_of(event.id), "clashes": _clashes(event, lines),
    }  # fmt: skip
    return answer, etag(event.row_version)


@event_api.route("/training/events/<uuid:event_id>", methods=["PUT"])
@requires("training.manage")
@event_api.arguments(IfMatch, location="headers")
@event_api.arguments(EventNewSchema)
@event_api.response(200, EventRecordSchema)
@event_api.problems("PRECONDITION_FAILED", "CONFLICT")
def change_training_event(seen: Item, values: Item, event_id: uuid.UUID) -> Any:
    """Change a draft or open event; sessions move along with the first day, and who was invited is told of a move."""
    own_event(event_id)
    row = deeds.change_event(event_id, values, office=office(), seen=seen["version"])
    return row, etag(row.row_version)


@event_api.route("/training/events/<uuid:event_id>", methods=["DELETE"])
@requires("training.manage")
@event_api.response(204)
@event_api.problems("CONFLICT")
def delete_training_event(event_id: uuid.UUID) -> None:
    """Take a draft away."""
    own_event(event_id)
    deeds.delete_draft(event_id, office=office())


@event_api.route("/training/events/<uuid:event_id>/open", methods=["POST"])
@requires("training.manage")
@event_api.response(200, EventRecordSchema)
@event_api.problems("CONFLICT")
def open_training_event(event_id: uuid.UUID) -> Any:
    """Open a draft, or an event that was closed too early. Asking twice opens once."""
    event = own_event(event_id)
    if event.state == "done":
        return deeds.reopen_event(event_id, office=office())
    return deeds.open_event(event_id, office=office())


@event_api.route("/training/events/<uuid:event_id>/done", methods=["POST"])
@requires("training.manage")
@event_api.response(200, EventRecordSchema)
@event_api.problems("CONFLICT")
def finish_training_event(event_id: uuid.UUID) -> Any:
    """Close an event on its last day or later."""
    own_event(event_id)
    return deeds.finish_event(event_id, office=office())


@event_api.route("/training/events/<uuid:event_id>/cancel", methods=["POST"])
@requires("training.manage")
@event_api.arguments(EventReasonSchema)
@event_api.response(200, EventRecordSchema)
@event_api.problems("CONFLICT")
def cancel_training_event(values: Item, event_id: uuid.UUID) -> Any:
    """Call an open event off; who was invited or registered is told the reason."""
    own_event(event_id)
    return deeds.cancel_event(event_id, office=office(), reason=values["reason"])


@event_api.route("/training/events/<uuid:event_id>/sessions", methods=["POST"])
@requires("training.manage")
@event_api.arguments(SessionNewSchema)
@event_api.response(201, SessionRecordSchema)
@event_api.problems("CONFLICT")
def add_training_session(values: Item, event_id: uuid.UUID) -> Any:
    """Add a session; what stands in its way is told by the event's `clashes`."""
    own_event(event_id)
    return _kept(sessions.add_session(event_id, values, office=office()).id, event_id)


@event_api.route("/training/events/<uuid:event_id>/sessions/<uuid:session_id>", methods=["PUT"])
@requires("training.manage")
@event_api.arguments(SessionNewSchema)
@event_api.response(200, SessionRecordSchema)
@event_api.problems("CONFLICT")
def change_training_session(values: Item, event_id: uuid.UUID, session_id: uuid.UUID) -> Any:
    """Change a session."""
    own_event(event_id)
    return _kept(sessions.change_session(event_id, session_id, values, office=office()).id, event_id)


@event_api.route("/training/events/<uuid:event_id>/sessions/<uuid:session_id>", methods=["DELETE"])
@requires("training.manage")
@event_api.response(204)
@event_api.problems("CONFLICT")
def delete_training_session(event_id: uuid.UUID, session_id: uuid.UUID) -> None:
    """Take a session away that nobody attended."""
    own_event(event_id)
    sessions.delete_session(event_id, session_id, office=office())


@event_api.route("/training/events/<uuid:event_id>/clashes")
@requires("training.view")
@event_api.response(200, ClashSchema(many=True))
def training_event_clashes(event_id: uuid.UUID) -> Any:
    """What other sessions want the same place or speaker at the same time."""
    event = seen_event(event_id)
    return _clashes(event, queries.sessions_of(event.id))


@event_api.route("/training/events/<uuid:event_id>/costs")
@requires("training.view")
@event_api.response(200, CostRecordSchema(many=True))
def training_event_costs(event_id: uuid.UUID) -> Any:
    """What an event is planned to cost and did cost."""
    return list(money.money_of(seen_event(event_id)).costs)


@event_api.route("/training/events/<uuid:event_id>/costs", methods=["POST"])
@requires("training.manage")
@event_api.arguments(CostNewSchema)
@event_api.response(201, CostRecordSchema)
@event_api.problems("CONFLICT")
def add_training_event_cost(values: Item, event_id: uuid.UUID) -> Any:
    """Note a cost."""
    own_event(event_id)
    return money.add_cost(event_id, values, office=office())


@event_api.route("/training/events/<uuid:event_id>/costs/<uuid:cost_id>", methods=["PUT"])
@requires("training.manage")
@event_api.arguments(CostNewSchema)
@event_api.response(200, CostRecordSchema)
@event_api.problems("CONFLICT")
def change_training_event_cost(values: Item, event_id: uuid.UUID, cost_id: uuid.UUID) -> Any:
    """Change a cost, such as when it was paid."""
    own_event(event_id)
    return money.change_cost(event_id, cost_id, values, office=office())


@event_api.route("/training/events/<uuid:event_id>/costs/<uuid:cost_id>", methods=["DELETE"])
@requires("training.manage")
@event_api.response(204)
def delete_training_event_cost(event_id: uuid.UUID, cost_id: uuid.UUID) -> None:
    """Take a cost away."""
    own_event(event_id)
    money.delete_cost(event_id, cost_id, office=office())


def _record(event: TrainingEvent) -> Item:
    return {name: getattr(event, name) for name in EventRecordSchema().fields}


def _session(line: SessionLine) -> Item:
    names = {name for name, kind in SessionRecordSchema().fields.items() if not isinstance(kind, fields.List)}
    return {**{name: getattr(line.session, name) for name in names}, "speakers": line.speakers}


def _kept(session_id: uuid.UUID, event_id: uuid.UUID) -> Item:
    return next(_session(line) for line in queries.sessions_of(event_id) if line.session.id == session_id)


def _clashes(event: TrainingEvent, lines: list[SessionLine]) -> list[conflicts.Clash]:
    if event.state not in conflicts.LIVE:
        return []
    slots = conflicts.as_meant(lines, event.id, event.venue_id, dt.timedelta())
    return conflicts.clashes(slots, office())


def _invalid(error: Invalid) -> Response:
    return problem(422, "Unprocessable Content", str(error), errors={"json": {error.field: [str(error)]}})


def _missing(error: Exception) -> Response:
    return problem(404, "Not Found", status_sentence(404))


def _changed(error: ChangedMeanwhile) -> Response:
    return problem(412, "Precondition Failed", status_sentence(412))


def _refused(error: Refused) -> Response:
    return problem(409, "Conflict", str(error))


def answer_errors(*blueprints: ApiBlueprint) -> None:
    """Let operations answer with a problem what services of events refuse."""
    for blueprint in blueprints:
        blueprint.register_error_handler(Invalid, _invalid)
        blueprint.register_error_handler(Missing, _missing)
        blueprint.register_error_handler(ChangedMeanwhile, _changed)
        blueprint.register_error_handler(Refused, _refused)


answer_errors(event_api)
