"""What the APIs of mentoring answer with: cases, their lines, mentors."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.province.mentoring.cases.models import MentoringCase, MentoringEntry
from app.province.mentoring.cases.words import PRIORITIES, RULES, STATES, TOPICS
from tenants.models import TenantRow


class MentoringCaseSchema(Schema):
    """A case as its village and the programme see it."""

    id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    subject = fields.String(required=True)
    topic = fields.String(required=True, metadata={"description": f"One of {', '.join(TOPICS)}."})
    origin = fields.String(required=True, validate=validate.OneOf(["hand", "village", "rule"]))
    rule = fields.String(required=True, allow_none=True, validate=validate.OneOf(tuple(RULES)))
    state = fields.String(required=True, validate=validate.OneOf(tuple(STATES)))
    page_path = fields.String(
        required=True, allow_none=True, metadata={"description": "The page from which the village asked."}
    )
    opened_by = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)
    responded_at = fields.AwareDateTime(required=True, allow_none=True)
    solved_at = fields.AwareDateTime(required=True, allow_none=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    solution = fields.String(required=True)


class OfficeMentoringCaseSchema(MentoringCaseSchema):
    """A case as the programme sees it."""

    village_code = fields.String(required=True)
    village = fields.String(required=True)
    priority = fields.String(required=True, validate=validate.OneOf(tuple(PRIORITIES)))
    level = fields.Integer(
        required=True,
        metadata={"description": "Who has to see to it: 3 kecamatan, 2 kabupaten/kota, 1 province."},
    )
    mentor = fields.String(required=True, metadata={"description": "Empty where the office has it."})
    respond_by = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True)
    escalated_at = fields.AwareDateTime(required=True, allow_none=True)
    is_late = fields.Boolean(required=True)
    article_id = fields.UUID(required=True, allow_none=True)
    row_version = fields.Integer(required=True, metadata={"description": "Send it as If-Match to change it."})


class CaseFileSchema(Schema):
    """A file of a line."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "Bytes."})
    media_type = fields.String(required=True)


class CaseEntrySchema(Schema):
    """A line of a case: a message, or what happened."""

    id = fields.UUID(required=True)
    at = fields.AwareDateTime(required=True)
    kind = fields.String(
        required=True,
        metadata={"description": "message, note (the programme's own), or a deed such as escalated."},
    )
    side = fields.String(required=True, validate=validate.OneOf(["village", "programme", "rule"]))
    author = fields.String(required=True, attribute="author_name")
    body = fields.String(required=True)
    files = fields.List(fields.Nested(CaseFileSchema), required=True)


class CaseThreadSchema(MentoringCaseSchema):
    """A case with its lines, as its village sees it."""

    entries = fields.List(fields.Nested(CaseEntrySchema), required=True)


class OfficeCaseThreadSchema(OfficeMentoringCaseSchema):
    """A case with its lines, as the programme sees it."""

    entries = fields.List(fields.Nested(CaseEntrySchema), required=True)


class MentorSchema(Schema):
    """A mentor with their load; times are medians in hours over 90 days."""

    account_id = fields.UUID(required=True)
    name = fields.String(required=True)
    region_code = fields.String(required=True)
    phone = fields.String(required=True)
    skills = fields.List(fields.String(), required=True)
    is_active = fields.Boolean(required=True)
    villages = fields.Integer(required=True)
    open = fields.Integer(required=True)
    late = fields.Integer(required=True)
    answered = fields.Integer(required=True)
    answer_hours = fields.Float(required=True, allow_none=True)
    solved = fields.Integer(required=True)
    solve_hours = fields.Float(required=True, allow_none=True)
    visits = fields.Integer(required=True)


class VillageMentorSchema(Schema):
    """The mentor of the village and how to reach them; empty where it has none."""

    name = fields.String(required=True)
    phone = fields.String(required=True)
    email = fields.String(required=True)
    skills = fields.List(fields.String(), required=True)
    since = fields.AwareDateTime(required=True, allow_none=True)


def told(case: MentoringCase) -> dict[str, Any]:
    """A case for `MentoringCaseSchema`."""
    names = [field.attribute or name for name, field in MentoringCaseSchema().fields.items()]
    return {name: getattr(case, name) for name in names}


def told_to_office(case: MentoringCase, village: TenantRow, mentor: str, is_late: bool) -> dict[str, Any]:
    """A case for `OfficeMentoringCaseSchema`."""
    own = ("priority", "level", "respond_by", "due_at", "escalated_at", "article_id", "row_version")
    return {
        **told(case),
        **{name: getattr(case, name) for name in own},
        "village_code": village.code,
        "village": f"{village.term} {village.name}",
        "mentor": mentor,
        "is_late": is_late,
    }


def lines(entries: list[MentoringEntry]) -> list[dict[str, Any]]:
    """Lines for `CaseEntrySchema`."""
    names = ("id", "at", "kind", "side", "author_name", "body", "files")
    return [{name: getattr(entry, name) for name in names} for entry in entries]
