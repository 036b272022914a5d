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
    findings = fields.List(
        fields.Dict(keys=fields.String()),
        metadata={
            "description": "What rules of several fields found: `level` (an error, or a warning that can be accepted),"
            " `field`, `code`, `sentence`, and the ids of whom it is about."
        },
    )
    present = fields.Dict(
        keys=fields.String(),
        metadata={"description": "With 412: the record as it stands, after somebody else changed it."},
    )
