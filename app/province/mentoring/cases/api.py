"""The APIs of mentoring: the programme's cases as far as the account sees, and a village's own."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort
from flask_babel import gettext as _
from marshmallow import fields, validate

from app.core.api import ApiBlueprint, KeysetQuery, schema_of_page
from app.core.api.paging import BEHIND, page_after
from app.core.api.versions import IfMatch, etag
from app.core.permissions import requires
from app.core.village.errors import Invalid
from app.province.announcements.api import answer_errors
from app.province.mentoring.cases import asking, deeds, guides, loads, opening, queries, village
from app.province.mentoring.cases.queries import CaseFilter, Line
from app.province.mentoring.cases.records import (
    CaseEntrySchema,
    CaseThreadSchema,
    MentoringCaseSchema,
    MentorSchema,
    OfficeCaseThreadSchema,
    OfficeMentoringCaseSchema,
    VillageMentorSchema,
    lines,
    told,
    told_to_office,
)
from app.province.mentoring.cases.schemas import (
    CaseChangeSchema,
    CaseMessageSchema,
    CaseSolutionSchema,
    HelpCallSchema,
    NewCaseSchema,
)
from app.province.mentoring.cases.words import PRIORITIES, STATES
from app.province.regions import own_territory, seen_territory

REGION = validate.Regexp(r"^\d{2}(\.\d{2}(\.\d{2})?)?$")

case_api = ApiBlueprint(
    "mentoring_cases", __name__, audience="province", description="Cases of mentoring, and the mentors."
)
village_case_api = ApiBlueprint(
    "village_mentoring_cases", __name__, audience="village", description="The village's cases of mentoring."
)


class CaseQuery(KeysetQuery):
    """Which cases."""

    state = fields.String(
        validate=validate.OneOf([*STATES, "all"]), metadata={"description": "Left out: those that are open."}
    )
    priority = fields.String(validate=validate.OneOf(tuple(PRIORITIES)))
    late = fields.Boolean(metadata={"description": "Only what should have been answered or solved by now."})
    region = fields.String(validate=REGION)
    after = fields.UUID(metadata={"description": BEHIND})


class MyCaseQuery(KeysetQuery):
    """Which of the village's cases."""

    closed = fields.Boolean(load_default=False)
    after = fields.UUID(metadata={"description": BEHIND})


class MentorQuery(KeysetQuery):
    """Whose mentors."""

    region = fields.String(validate=REGION)
    after = fields.UUID(metadata={"description": BEHIND})


@case_api.route("/mentoring/cases")
@requires("mentoring.view")
@case_api.arguments(CaseQuery, location="query")
@case_api.response(200, schema_of_page(OfficeMentoringCaseSchema))
def cases(query: dict[str, Any]) -> Any:
    """The cases of the account's region (of a mentor: of the villages assigned), what is due first."""
    region = seen_territory(query["region"]).code if "region" in query else ""
    wanted = CaseFilter(
        state=query.get("state", ""),
        priority=query.get("priority", ""),
        late=query.get("late", False),
        region=region,
    )
    found, after = queries.listed(wanted, after=query.get("after"), limit=query["limit"])
    return page_after([_record(line) for line in found], str(after) if after else None)


@case_api.route("/mentoring/cases", methods=["POST"])
@requires("mentoring.work")
@case_api.arguments(NewCaseSchema)
@case_api.response(201, OfficeMentoringCaseSchema)
def add_case(values: dict[str, Any]) -> Any:
    """Open a case for a village; its staff are told."""
    try:
        place = opening.named_village(values["village_code"])
    except Invalid as wrong:
        raise Invalid("village_code", str(wrong)) from wrong
    case = deeds.open_case(place.id, values, origin="hand")
    return _record(queries.find(case.id)), etag(case.row_version)


@case_api.route("/mentoring/cases/<uuid:case_id>")
@requires("mentoring.view")
@case_api.response(200, OfficeCaseThreadSchema)
def case(case_id: uuid.UUID) -> Any:
    """One case with its lines. Reading it here marks nothing as read."""
    line = queries.find(case_id)
    entries = lines(queries.entries_of(case_id))
    return {**_record(line), "entries": entries}, etag(line.case.row_version)


@case_api.route("/mentoring/cases/<uuid:case_id>", methods=["PATCH"])
@requires("mentoring.work")
@case_api.arguments(IfMatch, location="headers")
@case_api.arguments(CaseChangeSchema)
@case_api.response(200, OfficeMentoringCaseSchema)
@case_api.problems("PRECONDITION_FAILED", "CONFLICT")
def change_case(seen: dict[str, Any], values: dict[str, Any], case_id: uuid.UUID) -> Any:
    """Change state, priority or topic of an open case."""
    queries.find(case_id)
    row = deeds.change(case_id, values, seen=seen["version"])
    return _record(queries.find(case_id)), etag(row.row_version)


@case_api.route("/mentoring/cases/<uuid:case_id>/messages", methods=["POST"])
@requires("mentoring.work")
@case_api.arguments(CaseMessageSchema)
@case_api.response(201, CaseEntrySchema)
@case_api.problems("CONFLICT")
def write_message(values: dict[str, Any], case_id: uuid.UUID) -> Any:
    """Write to the village; its staff are told."""
    queries.find(case_id)
    return lines([deeds.write(case_id, values["body"], side="programme")])[0]


@case_api.route("/mentoring/cases/<uuid:case_id>/solution", methods=["POST"])
@requires("mentoring.work")
@case_api.arguments(IfMatch, location="headers")
@case_api.arguments(CaseSolutionSchema)
@case_api.response(200, OfficeMentoringCaseSchema)
@case_api.problems("PRECONDITION_FAILED", "CONFLICT")
def solve_case(seen: dict[str, Any], values: dict[str, Any], case_id: uuid.UUID) -> Any:
    """Say what solved it; the village is asked whether it did."""
    queries.find(case_id)
    article_id = guides.known(values["article_id"])
    row = deeds.solve(case_id, values["solution"], seen=seen["version"], article_id=article_id)
    return _record(queries.find(case_id)), etag(row.row_version)


@case_api.route("/mentoring/mentors")
@requires("mentoring.view")
@case_api.arguments(MentorQuery, location="query")
@case_api.response(200, schema_of_page(MentorSchema))
def mentors(query: dict[str, Any]) -> Any:
    """The mentors of the region's offices with their load, by name; a mentor sees the own line alone."""
    here = seen_territory(query["region"]) if "region" in query else own_territory()
    found = loads.loads(here.code)
    ids = [one.account_id for one in found]
    if "after" in query:
        if query["after"] not in ids:
            abort(404, _("Baris ini tidak ada lagi."))
        found = found[ids.index(query["after"]) + 1 :]
    shown = found[: query["limit"]]
    return page_after(shown, str(shown[-1].account_id) if len(found) > len(shown) else None)


@village_case_api.route("/mentoring/cases")
@requires("village.view")
@village_case_api.arguments(MyCaseQuery, location="query")
@village_case_api.response(200, schema_of_page(MentoringCaseSchema))
def my_cases(query: dict[str, Any]) -> Any:
    """The village's cases, newest first: open and solved ones, or those that are closed."""
    found, after = village.my_cases(closed=query["closed"], after=query.get("after"), limit=query["limit"])
    return page_after([told(mine.case) for mine in found], str(after) if after else None)


@village_case_api.route("/mentoring/cases", methods=["POST"])
@requires("mentoring.ask")
@village_case_api.arguments(HelpCallSchema)
@village_case_api.response(201, MentoringCaseSchema)
def ask(values: dict[str, Any]) -> Any:
    """Ask for help; the village's mentor is told."""
    page = asking.asked_from(values["page"]) if values["page"] else None
    return told(village.ask(values, page=page))


@village_case_api.route("/mentoring/cases/<uuid:case_id>")
@requires("village.view")
@village_case_api.response(200, CaseThreadSchema)
def my_case(case_id: uuid.UUID) -> Any:
    """One case with its lines. Reading it here marks nothing as read."""
    found = village.open_one(case_id)
    return {**told(found.case), "entries": lines(found.entries)}


@village_case_api.route("/mentoring/cases/<uuid:case_id>/messages", methods=["POST"])
@requires("mentoring.ask")
@village_case_api.arguments(CaseMessageSchema)
@village_case_api.response(201, CaseEntrySchema)
@village_case_api.problems("CONFLICT")
def answer(values: dict[str, Any], case_id: uuid.UUID) -> Any:
    """Write in a case of the village; the programme is told."""
    key = village.answer(case_id, values["body"])
    return next(line for line in lines(village.open_one(case_id).entries) if line["id"] == key)


@village_case_api.route("/mentoring/cases/<uuid:case_id>/confirm", methods=["POST"])
@requires("mentoring.ask")
@village_case_api.response(200, MentoringCaseSchema)
@village_case_api.problems("CONFLICT")
def confirm(case_id: uuid.UUID) -> Any:
    """Say that it did help: a solved case is closed."""
    village.confirm(case_id)
    return told(village.open_one(case_id).case)


@village_case_api.route("/mentoring/mentor")
@requires("village.view")
@village_case_api.response(200, VillageMentorSchema)
def my_mentor() -> Any:
    """Who stands by the village."""
    found = village.my_mentor()
    if found is None:
        return {"name": "", "phone": "", "email": "", "skills": [], "since": None}
    return found


def _record(line: Line) -> dict[str, Any]:
    return told_to_office(line.case, line.village, line.mentor, line.is_late)


answer_errors(case_api, village_case_api)
