"""The province's API of invitations, as far as the account's region reaches. A link is never told here."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate

from app.core.actors import current_actor
from app.core.api import ApiBlueprint, KeysetQuery, schema_of_page
from app.core.api.paging import BEHIND, page_after
from app.core.forms import Line, Paragraphs
from app.core.permissions import requires
from app.core.village.errors import Missing
from app.province.onboarding.invitations import choosing, lists, services
from app.province.onboarding.invitations.schemas import LEAST_DAYS, LONGEST_PARAGRAPH, MOST_DAYS, USUAL_DAYS
from app.province.onboarding.invitations.words import STATUSES
from app.province.regions import own_territory, seen_territory

invitation_api = ApiBlueprint(
    "onboarding-invitations",
    __name__,
    audience="province",
    description="Villages that were invited to come aboard, and how they stand.",
)
REGION = validate.Regexp(r"^\d{2}(\.\d{2}(\.\d{2})?)?$")


class OnboardingInvitationQuery(KeysetQuery):
    """Which invitations, the newest first."""

    status = fields.String(validate=validate.OneOf(STATUSES))
    region = fields.String(validate=REGION)
    batch = fields.UUID()
    after = fields.UUID(metadata={"description": BEHIND})


class OnboardingInvitationSchema(Schema):
    """A village that was invited to come aboard."""

    id = fields.UUID(required=True)
    batch_id = fields.UUID(required=True)
    village_id = fields.UUID(required=True)
    village_code = fields.String(required=True)
    village = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    letter_number = fields.String(required=True)
    invited_at = fields.AwareDateTime(required=True)
    mailed_at = fields.AwareDateTime(required=True, allow_none=True)
    opened_at = fields.AwareDateTime(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True)
    application_id = fields.UUID(required=True, allow_none=True)


class InviteToOnboardSchema(Schema):
    """Which villages are invited, and what stands in their letter."""

    villages = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=choosing.PAGE))
    label = Line(required=True, longest=100, validate=validate.Length(min=3, max=100))
    letter_number = Line(load_default="", longest=80, validate=validate.Length(max=80))
    letter_date = fields.Date(required=True)
    signatory_name = Line(required=True, longest=100, validate=validate.Length(min=3, max=100))
    signatory_title = Line(required=True, validate=validate.Length(min=1, max=120))
    signatory_nip = Line(load_default="", longest=30, validate=validate.Length(max=30))
    paragraph = Paragraphs(
        load_default="", longest=LONGEST_PARAGRAPH, validate=validate.Length(max=LONGEST_PARAGRAPH)
    )
    valid_days = fields.Integer(
        load_default=USUAL_DAYS, validate=validate.Range(min=LEAST_DAYS, max=MOST_DAYS)
    )


class InvitedToOnboardSchema(Schema):
    """What came of inviting."""

    batch_id = fields.UUID(required=True)
    run_id = fields.UUID(required=True, metadata={"description": "The work that makes the letters."})
    invited = fields.Integer(required=True)
    passed = fields.Integer(
        required=True, metadata={"description": "Villages of the request that can't be invited now."}
    )


@invitation_api.route("/onboarding/invitations")
@requires("onboarding.invite")
@invitation_api.arguments(OnboardingInvitationQuery, location="query")
@invitation_api.response(200, schema_of_page(OnboardingInvitationSchema))
def list_onboarding_invitations(query: dict[str, Any]) -> Any:
    """List invitations of your region, newest first."""
    wanted = lists.Wanted(seen_territory(query.get("region")), query.get("status", ""), query.get("batch"))
    found, after = lists.invitations(wanted, after=query.get("after"), limit=query["limit"])
    return page_after([_record(line) for line in found], str(after) if after else None)


@invitation_api.route("/onboarding/invitations", methods=["POST"])
@requires("onboarding.invite")
@invitation_api.arguments(InviteToOnboardSchema)
@invitation_api.response(202, InvitedToOnboardSchema)
def invite_to_onboard(values: dict[str, Any]) -> Any:
    """Invite villages; their letters are made by a job."""
    actor = current_actor()
    assert actor is not None
    ids = values.pop("villages")
    villages = choosing.chosen(own_territory().code, ids, None)
    try:
        done = services.invite(villages, values, {}, by=actor)
    except services.NotNow as other:
        abort(409, str(other))
    return {
        "batch_id": done.batch_id,
        "run_id": done.run_id,
        "invited": done.invited,
        "passed": len(set(ids)) - done.invited,
    }


@invitation_api.route("/onboarding/invitations/<uuid:invitation_id>")
@requires("onboarding.invite")
@invitation_api.response(200, OnboardingInvitationSchema)
def read_onboarding_invitation(invitation_id: uuid.UUID) -> Any:
    """Read one invitation."""
    try:
        return _record(lists.one_line(invitation_id, own_territory().code))
    except Missing:
        abort(404)


def _record(line: lists.Line) -> dict[str, Any]:
    one, village = line.invitation, line.village
    return {
        "id": one.id,
        "batch_id": one.batch_id,
        "village_id": village.id,
        "village_code": village.code,
        "village": f"{village.term} {village.name}",
        "status": line.status,
        "letter_number": line.batch.letter_number,
        "invited_at": one.created_at,
        "mailed_at": one.mailed_at,
        "opened_at": one.opened_at,
        "expires_at": one.expires_at,
        "application_id": one.application_id,
    }
