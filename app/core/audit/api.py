"""The audit log for programs: a village's own log on its host, the platform's on the province's."""

from __future__ import annotations

from typing import Any

from flask import current_app
from marshmallow import Schema, fields, validate

from app.core.actors import current_actor
from app.core.api import ApiBlueprint, KeysetQuery, page_of, schema_of_page
from app.core.api.paging import BEHIND
from app.core.audit import queries
from app.core.audit.queries import Filter, Line
from app.core.permissions import requires

village_api = ApiBlueprint(
    "audit", __name__, audience="village", description="Who did what, and when. Nothing here can be changed."
)
province_api = ApiBlueprint(
    "platform-audit", __name__, audience="province", description="Who did what above the villages, and when."
)


class AuditQuery(KeysetQuery):
    """Which entries of the log."""

    person = fields.String(validate=validate.Length(max=100), metadata={"description": "Part of the name."})
    action = fields.String(
        validate=validate.Length(max=100), metadata={"description": "Exact code of the action."}
    )
    first_day = fields.Date(metadata={"description": "From this day on (WIB)."})
    last_day = fields.Date(metadata={"description": "Up to and including this day (WIB)."})
    after = fields.UUID(metadata={"description": BEHIND})


class AuditEntrySchema(Schema):
    """One entry of the log."""

    id = fields.UUID(required=True, metadata={"description": "Ordered by time (UUIDv7)."})
    at = fields.AwareDateTime(required=True, metadata={"description": "When it was done."})
    actor_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Account; null for the system."}
    )
    actor_name = fields.String(
        required=True, metadata={"description": "Name at that time; empty for the system."}
    )
    action = fields.String(required=True, metadata={"description": "Code of the action."})
    object_type = fields.String(required=True)
    object_id = fields.String(required=True)
    summary = fields.String(required=True)
    details = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "Such as values before and after."}
    )
    address = fields.String(
        required=True, metadata={"description": "Network address that the request came from."}
    )
    seq = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Number in the hash chain; null until sealed."},
    )
    source = fields.String(
        required=True,
        validate=validate.OneOf(["village", "platform"]),
        metadata={"description": "Whose log holds the entry."},
    )


@village_api.route("/audit")
@requires("audit.view")
@village_api.arguments(AuditQuery, location="query")
@village_api.response(200, schema_of_page(AuditEntrySchema))
def village_log(query: dict[str, Any]) -> Any:
    """The village's log, newest first.

    What the platform noted about the village (support visits, suspension) is part of it.
    """
    limit = query["limit"]
    page = queries.village_page(_filter(query), query.get("after"), size=limit)
    return _answer(page, limit)


@province_api.route("/audit")
@requires("platform_audit.view")
@province_api.arguments(AuditQuery, location="query")
@province_api.response(200, schema_of_page(AuditEntrySchema))
def platform_log(query: dict[str, Any]) -> Any:
    """The platform's log, newest first.

    Officers of a region see entries about villages of their region only.
    """
    actor = current_actor()
    region = queries.of_region(
        actor.region_code if actor else None, current_app.config["SETTINGS"].province_code
    )
    limit = query["limit"]
    page = queries.platform_page(region, _filter(query), query.get("after"), size=limit)
    return _answer(page, limit)


def _answer(page: queries.LogPage, limit: int) -> Any:
    """The queries look one row further themselves; a last line stands in for it."""
    lines: list[Line] = list(page.lines)
    return page_of(lines + lines[-1:] if page.older else lines, limit, lambda line: line.id)


def _filter(query: dict[str, Any]) -> Filter:
    person, action = (query.get(name, "").replace("\x00", "").strip() for name in ("person", "action"))
    return Filter(person, action, query.get("first_day"), query.get("last_day"))
