"""The API of the pipeline: applications of the account's region, and deciding on them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from flask import Response
from marshmallow import fields, validate

from app.core.actors import acting
from app.core.api import ApiBlueprint, KeysetQuery, schema_of_page
from app.core.api.paging import BEHIND, page_after
from app.core.api.versions import IfMatch, etag, refuse_unless
from app.core.permissions import requires
from app.core.ui.errors import problem
from app.province.announcements.api import answer_errors
from app.province.onboarding.applications.models import ROUTES, STATES
from app.province.onboarding.board import deciding, queries
from app.province.onboarding.board.deciding import NotDecided
from app.province.onboarding.board.queries import GROUPS, ApplicationFilter
from app.province.onboarding.board.records import (
    ApplicationDetailSchema,
    ApplicationSchema,
    RejectionSchema,
    ReturnSchema,
    told,
)
from app.province.onboarding.board.rules import NotYours
from app.province.regions import DISTRICT, REGENCY, seen_territory

application_api = ApiBlueprint(
    "onboarding_applications",
    __name__,
    audience="province",
    description="Villages that want to come aboard: their applications and what offices decide.",
)
answer_errors(application_api)

REGION = validate.Regexp(r"^\d{2}(\.\d{2}(\.\d{2})?)?$")


class ApplicationQuery(KeysetQuery):
    """Which applications."""

    state = fields.String(
        validate=validate.OneOf([*STATES, *GROUPS]),
        metadata={"description": "`unsent`: draft and confirming; `over`: those that did not come aboard."},
    )
    route = fields.String(validate=validate.OneOf(ROUTES))
    late = fields.Boolean(load_default=False, metadata={"description": "Only what waits for too long."})
    search = fields.String(
        validate=validate.Length(max=80),
        metadata={"description": "Part of the village's, the applicant's name or the address."},
    )
    region = fields.String(validate=REGION)
    after = fields.UUID(metadata={"description": BEHIND})


@application_api.route("/onboarding/applications")
@requires("onboarding.view")
@application_api.arguments(ApplicationQuery, location="query")
@application_api.response(200, schema_of_page(ApplicationSchema))
def applications(query: dict[str, Any]) -> Any:
    """The applications of the account's region; what stands longest where it stands comes first."""
    wanted = ApplicationFilter(
        state=query.get("state", ""),
        route=query.get("route", ""),
        late=query["late"],
        search=" ".join(query.get("search", "").replace("\x00", "").split()),
    )
    if "region" in query:
        place = seen_territory(query["region"])
        if place.level == REGENCY:
            wanted = replace(wanted, regency=place.code)
        elif place.level == DISTRICT:
            wanted = replace(wanted, district=place.code)
    found, after = queries.listed(wanted, after=query.get("after"), limit=query["limit"])
    return page_after([told(line) for line in found], str(after) if after else None)


@application_api.route("/onboarding/applications/<uuid:application_id>")
@requires("onboarding.view")
@application_api.response(200, ApplicationDetailSchema)
def application(application_id: uuid.UUID) -> Any:
    """One application with its answers and its history."""
    found = queries.page_of(application_id)
    row = found.line.application
    return {**told(found.line), "answers": row.answers, "events": found.events}, etag(row.row_version)


@application_api.route("/onboarding/applications/<uuid:application_id>/approval", methods=["POST"])
@requires("onboarding.decide")
@application_api.arguments(IfMatch, location="headers")
@application_api.response(200, ApplicationSchema)
@application_api.problems("PRECONDITION_FAILED", "CONFLICT")
def approve_application(seen: dict[str, Any], application_id: uuid.UUID) -> Any:
    """Approve it: the village's host answers about a second later, and its first person is invited.

    With If-Match it is refused (412) when the application was changed since that version was seen, as are the others.
    """
    refuse_unless(seen["version"], queries.find(application_id).application.row_version)
    deciding.approve(application_id, by=acting(), seen=seen["version"])
    return _answer(application_id)


@application_api.route("/onboarding/applications/<uuid:application_id>/return", methods=["POST"])
@requires("onboarding.decide")
@application_api.arguments(IfMatch, location="headers")
@application_api.arguments(ReturnSchema)
@application_api.response(200, ApplicationSchema)
@application_api.problems("PRECONDITION_FAILED", "CONFLICT")
def return_application(seen: dict[str, Any], values: dict[str, Any], application_id: uuid.UUID) -> Any:
    """Ask back with a comment; the applicant is told."""
    refuse_unless(seen["version"], queries.find(application_id).application.row_version)
    deciding.ask_back(
        application_id,
        by=acting(),
        comment=values["comment"],
        wrong_steps=values["steps"],
        seen=seen["version"],
    )
    return _answer(application_id)


@application_api.route("/onboarding/applications/<uuid:application_id>/rejection", methods=["POST"])
@requires("onboarding.decide")
@application_api.arguments(IfMatch, location="headers")
@application_api.arguments(RejectionSchema)
@application_api.response(200, ApplicationSchema)
@application_api.problems("PRECONDITION_FAILED", "CONFLICT")
def reject_application(seen: dict[str, Any], values: dict[str, Any], application_id: uuid.UUID) -> Any:
    """Refuse it, with the reason; the applicant is told, and the village may be applied for again."""
    refuse_unless(seen["version"], queries.find(application_id).application.row_version)
    deciding.reject(application_id, by=acting(), reason=values["reason"], seen=seen["version"])
    return _answer(application_id)


def _answer(application_id: uuid.UUID) -> Any:
    line = queries.find(application_id)
    return told(line), etag(line.application.row_version)


def _not_yours(refusal: NotYours) -> Response:
    return problem(403, "Forbidden", str(refusal))


def _not_decided(refusal: NotDecided) -> Response:
    return problem(409, "Conflict", str(refusal))


application_api.register_error_handler(NotYours, _not_yours)
application_api.register_error_handler(NotDecided, _not_decided)
