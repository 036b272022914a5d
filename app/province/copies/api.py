"""The API of health: how each village of the account's region fares."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.core.api import ApiBlueprint
from app.core.permissions import requires
from app.province.copies import health
from app.province.regions import seen_territory

health_api = ApiBlueprint(
    "health", __name__, audience="province", description="How villages fare: copies, storage, errors, queue."
)
REGION = validate.Regexp(r"^\d{2}(\.\d{2}(\.\d{2})?)?$")
MOST = 200


class HealthQuery(Schema):
    """Which villages."""

    region = fields.String(
        validate=REGION, metadata={"description": "Code of a region inside the account's own."}
    )
    troubled = fields.Boolean(load_default=False, metadata={"description": "Only those that need a look."})
    page = fields.Integer(load_default=1, validate=validate.Range(1, 1000))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST))


class VillageHealthSchema(Schema):
    """One village's health."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    last_copy_at = fields.AwareDateTime(required=True, allow_none=True)
    storage = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Bytes of tables and files, as of last night."},
    )
    revision = fields.String(required=True, metadata={"description": "Revision of its schema."})
    behind = fields.Boolean(required=True, metadata={"description": "Whether a newer revision waits."})
    errors = fields.Integer(
        required=True, metadata={"description": "Pieces of work that failed in seven days."}
    )
    waiting = fields.Integer(required=True, metadata={"description": "Messages of the village that wait."})
    reasons = fields.List(fields.String(), required=True, metadata={"description": "Why it needs a look."})


class HealthSchema(Schema):
    """The villages of a region, those that need a look first."""

    items = fields.List(fields.Nested(VillageHealthSchema), required=True)
    total = fields.Integer(required=True, metadata={"description": "Villages that the query asks for."})
    villages = fields.Integer(
        required=True, metadata={"description": "Villages of the region with a schema."}
    )
    troubled = fields.Integer(required=True)
    oldest_copy_at = fields.AwareDateTime(required=True, allow_none=True)
    checked_at = fields.AwareDateTime(required=True, allow_none=True)
    check_result = fields.String(
        required=True, allow_none=True, metadata={"description": "Empty when rows and digests agreed."}
    )


@health_api.route("/onboarding/health")
@requires("health.view")
@health_api.arguments(HealthQuery, location="query")
@health_api.response(200, HealthSchema)
def village_health(query: dict[str, Any]) -> Any:
    """How the villages of the account's region fare."""
    here = seen_territory(query.get("region"))
    found = health.health(here, troubled_only=query["troubled"], number=query["page"], limit=query["limit"])
    return {
        "items": found.lines,
        "total": found.total,
        "villages": found.villages,
        "troubled": found.troubled,
        "oldest_copy_at": found.oldest_copy_at,
        "checked_at": found.check.verified_at if found.check else None,
        "check_result": found.check.verify_result if found.check else None,
    }
