"""The API of visits: the programme's as far as the account sees, and a village's own."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate

from app.core.actors import Actor, current_actor
from app.core.api import ApiBlueprint, KeysetQuery, schema_of_page
from app.core.api.paging import BEHIND, page_after
from app.core.api.versions import IfMatch, etag
from app.core.files.services import FileMissing
from app.core.forms import Line as OneLine
from app.core.permissions import requires
from app.core.ui.errors import problem
from app.core.ui.sentences import status_sentence
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.mentoring.cases.mentors import visited_village
from app.province.mentoring.visits import queries, reading, services
from app.province.mentoring.visits.errors import Refused
from app.province.mentoring.visits.photos import photo_answer
from app.province.mentoring.visits.queries import STATES, VisitFilter
from app.province.mentoring.visits.records import (
    OfficeVisitSchema,
    VisitSchema,
    office_record,
    village_record,
)
from app.province.mentoring.visits.schemas import PlanNewSchema, VisitChangeSchema, VisitNewSchema
from app.province.regions import own_territory, seen_territory

visit_api = ApiBlueprint(
    "visits", __name__, audience="province", description="Visits of mentors to villages."
)
village_visit_api = ApiBlueprint(
    "village-visits", __name__, audience="village", description="Visits of the village's mentor."
)
PICTURE = {"type": "string", "format": "binary"}


class VisitQuery(KeysetQuery):
    """Which visits."""

    state = fields.String(validate=validate.OneOf(STATES))
    month = fields.String(validate=validate.Regexp(r"^20\d{2}-(0[1-9]|1[0-2])$"))
    region = fields.String(validate=validate.Regexp(r"^\d{2}(\.\d{2}(\.\d{2})?)?$"))
    village_id = fields.UUID()
    after = fields.String(
        validate=validate.Regexp(r"^\d{4}-\d{2}-\d{2}_[0-9a-f-]{36}$"), metadata={"description": BEHIND}
    )


class OwnVisitQuery(KeysetQuery):
    """How much of the village's visits."""

    after = fields.String(
        validate=validate.Regexp(r"^\d{4}-\d{2}-\d{2}_[0-9a-f-]{36}$"), metadata={"description": BEHIND}
    )


class VisitCancelSchema(Schema):
    """Why a visit is called off."""

    reason = OneLine(required=True, longest=300)


@visit_api.route("/visits")
@requires("mentoring.view")
@visit_api.arguments(VisitQuery, location="query")
@visit_api.response(200, schema_of_page(OfficeVisitSchema))
def visits(query: dict[str, Any]) -> Any:
    """The visits that the account sees, newest first; a mentor sees those to the villages assigned."""
    here = seen_territory(query["region"]) if "region" in query else own_territory()
    wanted = VisitFilter(query.get("state", ""), query.get("month", ""), village=query.get("village_id"))
    lines, after = queries.page_of(here, wanted, after=query.get("after", ""), limit=query["limit"])
    return page_after([office_record(line) for line in lines], after)


@visit_api.route("/visits", methods=["POST"])
@requires("mentoring.work")
@visit_api.arguments(VisitNewSchema)
@visit_api.response(200, OfficeVisitSchema)
@visit_api.problems("CONFLICT")
def record_visit(values: dict[str, Any]) -> Any:
    """Record a visit, or carry out a planned one under its id; sent twice it is one."""
    village = visited_village(values["village_id"])
    services.record_visit(values["id"], village.id, values, by=_acting())
    return _one(values["id"])


@visit_api.route("/visits/plans", methods=["POST"])
@requires("mentoring.work")
@visit_api.arguments(PlanNewSchema)
@visit_api.response(200, OfficeVisitSchema)
@visit_api.problems("CONFLICT")
def plan_visit(values: dict[str, Any]) -> Any:
    """Plan a visit; the village is told. Sent twice it is one plan."""
    village = visited_village(values["village_id"])
    services.plan_visit(values["id"], village.id, values, by=_acting())
    return _one(values["id"])


@visit_api.route("/visits/<uuid:visit_id>")
@requires("mentoring.view")
@visit_api.response(200, OfficeVisitSchema)
def visit(visit_id: uuid.UUID) -> Any:
    """One visit."""
    return _one(visit_id)


@visit_api.route("/visits/<uuid:visit_id>", methods=["PUT"])
@requires("mentoring.work")
@visit_api.arguments(IfMatch, location="headers")
@visit_api.arguments(VisitChangeSchema)
@visit_api.response(200, OfficeVisitSchema)
@visit_api.problems("PRECONDITION_FAILED", "CONFLICT")
def change_visit(seen: dict[str, Any], values: dict[str, Any], visit_id: uuid.UUID) -> Any:
    """Write an own visit anew, until the village has signed it; its photos stay."""
    line = queries.seen_visit(visit_id)
    services.record_visit(visit_id, line.village.id, values, by=_acting(), seen=seen["version"])
    return _one(visit_id)


@visit_api.route("/visits/<uuid:visit_id>/cancel", methods=["POST"])
@requires("mentoring.work")
@visit_api.arguments(VisitCancelSchema)
@visit_api.response(200, OfficeVisitSchema)
@visit_api.problems("CONFLICT")
def cancel_visit(values: dict[str, Any], visit_id: uuid.UUID) -> Any:
    """Call off an own visit that the village has not signed."""
    queries.seen_visit(visit_id)
    services.cancel_visit(visit_id, values["reason"], by=_acting())
    return _one(visit_id)


@visit_api.route("/visits/<uuid:visit_id>/photos/<uuid:file_id>")
@requires("mentoring.view")
@visit_api.response(200, PICTURE, content_type="image/jpeg")
def visit_photo(visit_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """A photo of a visit, without what the camera had noted in it."""
    return photo_answer(queries.seen_visit(visit_id).visit.photos, file_id)


@village_visit_api.route("/visits")
@requires("village.view")
@village_visit_api.arguments(OwnVisitQuery, location="query")
@village_visit_api.response(200, schema_of_page(VisitSchema))
def village_visits(query: dict[str, Any]) -> Any:
    """The village's visits, newest first."""
    found, after = reading.own_visits(after=query.get("after", ""), limit=query["limit"])
    return page_after([village_record(one) for one in found], after)


@village_visit_api.route("/visits/<uuid:visit_id>")
@requires("village.view")
@village_visit_api.response(200, VisitSchema)
def village_visit(visit_id: uuid.UUID) -> Any:
    """One visit to the village."""
    return village_record(reading.own_visit(visit_id))


@village_visit_api.route("/visits/<uuid:visit_id>/photos/<uuid:file_id>")
@requires("village.view")
@village_visit_api.response(200, PICTURE, content_type="image/jpeg")
def village_visit_photo(visit_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """A photo of a visit to the village."""
    return reading.own_photo(visit_id, file_id)


@village_visit_api.route("/visits/<uuid:visit_id>/sign", methods=["POST"])
@requires("mentoring.pin")
@village_visit_api.response(200, VisitSchema)
@village_visit_api.problems("CONFLICT")
def sign_visit(visit_id: uuid.UUID) -> Any:
    """Put the village's name under a visit. Doing it twice is one."""
    return village_record(reading.sign_here(visit_id, by=_acting()))


def _one(visit_id: uuid.UUID) -> Any:
    line = queries.seen_visit(visit_id)
    return office_record(line), etag(line.visit.row_version)


def _acting() -> Actor:
    actor = current_actor()
    if actor is None:
        abort(403, _("Akun ini tidak memegang wilayah."))
    return actor


def _invalid(error: Invalid) -> Response:
    return problem(422, "Unprocessable Content", str(error), errors={"json": {error.field: [str(error)]}})


def _missing(error: Exception) -> Response:
    return problem(404, "Not Found", status_sentence(404))


def _changed(error: ChangedMeanwhile) -> Response:
    return problem(412, "Precondition Failed", status_sentence(412))


def _refused(error: Refused) -> Response:
    return problem(409, "Conflict", str(error))


for blueprint in (visit_api, village_visit_api):
    blueprint.register_error_handler(Invalid, _invalid)
    blueprint.register_error_handler(Missing, _missing)
    blueprint.register_error_handler(FileMissing, _missing)
    blueprint.register_error_handler(ChangedMeanwhile, _changed)
    blueprint.register_error_handler(Refused, _refused)
