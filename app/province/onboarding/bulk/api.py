"""The province's API of the bulk route: workbooks that were sent, their dry run, preparing their villages."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from flask import abort
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate

from app.core.actors import Actor, current_actor
from app.core.api import ApiBlueprint, KeysetQuery, schema_of_page
from app.core.api.paging import BEHIND, page_after
from app.core.permissions import requires
from app.core.spreadsheets import SpreadsheetRefused
from app.core.spreadsheets.reading import MAX_UPLOAD_BYTES
from app.core.village.errors import Missing
from app.province.onboarding.bulk import queries, services
from app.province.onboarding.bulk.models import STATES, BulkRun
from app.province.regions import own_territory

bulk_api = ApiBlueprint(
    "onboarding-bulk",
    __name__,
    audience="province",
    description="Many villages at once: a workbook, its dry run, then all of them prepared.",
)


class BulkRunSchema(Schema):
    """A workbook that an office sent."""

    id = fields.UUID(required=True)
    file_name = fields.String(required=True)
    digest = fields.String(required=True, metadata={"description": "SHA-256 of the file, in hexadecimal."})
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    error = fields.String(
        required=True, metadata={"description": "Why the file could not be read; empty otherwise."}
    )
    rows = fields.Integer(required=True)
    ok = fields.Integer(required=True)
    warning = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    outcomes = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "Villages by what became of them, once they are prepared."},
    )
    created_by = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    started_by = fields.String(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)


class BulkQuery(KeysetQuery):
    """Which workbooks, the newest first."""

    after = fields.UUID(metadata={"description": BEHIND})


class SendBulkSchema(Schema):
    """A workbook."""

    file_name = fields.String(required=True, validate=validate.Length(min=5, max=120))
    content = fields.String(
        required=True,
        validate=validate.Length(max=MAX_UPLOAD_BYTES * 2),
        metadata={"description": "The file in base64, at most 5 MB."},
    )


class StartBulkSchema(Schema):
    """Which file was looked at."""

    digest = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))


@bulk_api.route("/onboarding/bulk-runs")
@requires("onboarding.bulk")
@bulk_api.arguments(BulkQuery, location="query")
@bulk_api.response(200, schema_of_page(BulkRunSchema))
def list_bulk_runs(query: dict[str, Any]) -> Any:
    """List the workbooks of your region, newest first."""
    found, after = queries.runs_of(own_territory().code, query.get("after"), limit=query["limit"])
    return page_after([_record(one, {}) for one in found], str(after) if after else None)


@bulk_api.route("/onboarding/bulk-runs", methods=["POST"])
@requires("onboarding.bulk")
@bulk_api.arguments(SendBulkSchema)
@bulk_api.response(202, BulkRunSchema)
def send_bulk_run(values: dict[str, Any]) -> Any:
    """Send a workbook; its dry run begins at once."""
    try:
        data = base64.b64decode(values["content"], validate=True)
    except ValueError:
        abort(422, _("Isi berkas bukan base64."))
    try:
        bulk_id = services.send(data, values["file_name"], by=_actor())
    except SpreadsheetRefused as wrong:
        abort(422, str(wrong))
    return _one(bulk_id)


@bulk_api.route("/onboarding/bulk-runs/<uuid:bulk_id>")
@requires("onboarding.bulk")
@bulk_api.response(200, BulkRunSchema)
def read_bulk_run(bulk_id: uuid.UUID) -> Any:
    """Read how far a workbook is."""
    return _one(bulk_id)


@bulk_api.route("/onboarding/bulk-runs/<uuid:bulk_id>/start", methods=["POST"])
@requires("onboarding.bulk")
@bulk_api.arguments(StartBulkSchema)
@bulk_api.response(202, BulkRunSchema)
def start_bulk_run(values: dict[str, Any], bulk_id: uuid.UUID) -> Any:
    """Have the villages of a workbook prepared, as its dry run said."""
    try:
        services.start(bulk_id, values["digest"], by=_actor())
    except Missing:
        abort(404)
    except services.NotNow as other:
        abort(409, str(other))
    return _one(bulk_id)


def _one(bulk_id: uuid.UUID) -> dict[str, Any]:
    try:
        found = queries.shown(bulk_id, own_territory().code)
    except Missing:
        abort(404)
    return _record(found.bulk, dict(found.outcomes))


def _record(bulk: BulkRun, outcomes: dict[str, int]) -> dict[str, Any]:
    counts = bulk.counts
    return {
        "id": bulk.id,
        "file_name": bulk.file_name,
        "digest": bulk.digest.hex(),
        "state": bulk.state,
        "error": bulk.error,
        "rows": counts.get("rows", 0),
        "ok": counts.get("ok", 0),
        "warning": counts.get("warning", 0),
        "rejected": counts.get("error", 0),
        "outcomes": outcomes,
        "created_by": bulk.created_by,
        "created_at": bulk.created_at,
        "started_by": bulk.started_by,
        "started_at": bulk.started_at,
    }


def _actor() -> Actor:
    actor = current_actor()
    assert actor is not None
    return actor
