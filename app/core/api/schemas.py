"""Schemas that every part of the API shares."""

from __future__ import annotations

from marshmallow import Schema, fields


class ProblemSchema(Schema):
    """An error as RFC 9457 (problem+json) says it."""

    type = fields.String(
        required=True, metadata={"description": "Kind of problem; `about:blank` for plain HTTP."}
    )
    title = fields.String(required=True, metadata={"description": "The status in words."})
    status = fields.Integer(required=True, metadata={"description": "The HTTP status."})
    detail = fields.String(required=True, metadata={"description": "What happened here."})
    errors = fields.Dict(
        keys=fields.String(),
        metadata={"description": "What is wrong with which field: location, then field, then sentences."},
    )
