"""Residents: lists with every filter of the page, one resident, entering and correcting them."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate

from app.core.api import ApiBlueprint, KeysetQuery, schema_of_page
from app.core.api.paging import page_after
from app.core.api.versions import IfMatch, etag
from app.core.permissions import requires
from app.core.village.errors import ChangedMeanwhile
from app.government.residents import codes
from app.government.residents.api.common import (
    BEHIND_ROW,
    SIXTEEN,
    AcceptingSchema,
    Day,
    DeedKey,
    NameSearch,
    ReasonHeader,
    ReasonQuery,
    changed_meanwhile,
    chosen_residents,
    described,
    filled,
    handle_refusals,
    list_of,
    refuse_hidden,
    taken_acceptance,
    told_reason,
)
from app.government.residents.api.records import ResidentRecordSchema, shown_resident
from app.government.residents.browse.filters import OLDEST, SORTS
from app.government.residents.browse.people import resident_totals
from app.government.residents.records import queries
from app.government.residents.records import services as looks
from app.government.residents.register import services
from app.government.residents.register.schemas import ResidentSchema

resident_api = ApiBlueprint(
    "residents",
    __name__,
    audience="village",
    description="The register of residents. Numbers are masked unless a reason is told; changes are in the ledger.",
)


ResidentPageSchema = schema_of_page(ResidentRecordSchema)


class ResidentFilterFields(Schema):
    """Which residents, and in which order. Codes: 0 stands for an empty field."""

    q = NameSearch(metadata={"description": "Part of a name, words in any order."})
    sub_area_id = fields.UUID(metadata={"description": "An area with everything below it."})
    sex = fields.Integer(validate=validate.OneOf(list_of("sex")))
    age_from = fields.Integer(
        validate=validate.Range(0, OLDEST), metadata={"description": "Completed years today, included."}
    )
    age_to = fields.Integer(
        validate=validate.Range(0, OLDEST), metadata={"description": "Completed years today, included."}
    )
    education = fields.Integer(validate=validate.OneOf(list_of("education", with_unknown=True)))
    occupation = fields.Integer(validate=validate.OneOf(list_of("occupation", with_unknown=True)))
    religion = fields.Integer(validate=validate.OneOf(list_of("religion", with_unknown=True)))
    marital_status = fields.Integer(validate=validate.OneOf(list_of("marital_status", with_unknown=True)))
    insurance = fields.Integer(validate=validate.OneOf(list_of("insurance", with_unknown=True)))
    blood_type = fields.Integer(validate=validate.OneOf(list_of("blood_type", with_unknown=True)))
    relation = fields.Integer(validate=validate.OneOf(list_of("relation", with_unknown=True)))
    nationality = fields.Integer(validate=validate.OneOf(list_of("nationality")))
    residence_status = fields.Integer(validate=validate.OneOf(list_of("residence_status")))
    disability = fields.Integer(
        validate=validate.OneOf(list_of("disability", with_unknown=True)),
        metadata={"description": "Needs residents.view_health."},
    )
    illness = fields.Integer(
        validate=validate.OneOf(list_of("illness", with_unknown=True)),
        metadata={"description": "Needs residents.view_health."},
    )
    vital_status = fields.String(
        validate=validate.OneOf(["all", "former", *map(str, codes.VITAL_STATUS)]),
        metadata={
            "description": "A code, `former` for those who no longer count, or `all`. The living when it is left out;"
            " all when a number is searched."
        },
    )
    without_nik = fields.Boolean(
        metadata={"description": "Only those without a NIK or with a temporary one."}
    )
    incomplete = fields.Boolean(metadata={"description": "Only those whose record lacks something."})
    sort = fields.String(
        validate=validate.OneOf([sign + name for name in SORTS for sign in ("", "-")]),
        metadata={"description": "`-` is the other way round. By name when it is left out."},
    )


class ResidentQuery(ResidentFilterFields, KeysetQuery):
    """Which residents, and how many."""

    after = fields.String(validate=validate.Length(1, 2000), metadata=BEHIND_ROW)


class ResidentSearchSchema(ResidentQuery):
    """Which residents: also by all 16 digits of a number, which therefore travels in the body."""

    number = fields.String(
        validate=validate.Regexp(SIXTEEN),
        metadata={"description": "All 16 digits of a NIK or of a family card's number."},
    )


class ResidentTotalsSchema(Schema):
    """How many of what a list holds."""

    all = fields.Integer(required=True)
    men = fields.Integer(required=True)
    women = fields.Integer(required=True)
    households = fields.Integer(required=True, metadata={"description": "To which they belong."})


@described
class ResidentNewSchema(AcceptingSchema, ResidentSchema):
    """Somebody who lives in the village but is not in its register yet (births and arrivals are life events)."""

    happened_on = Day(
        load_default=None,
        allow_none=True,
        metadata={"description": "The day they count from; today at first."},
    )


@described
class ResidentChangeSchema(AcceptingSchema, ResidentSchema):
    """What may be corrected of a resident; what is left out stays. Vital status changes by life events alone."""

    class Meta(ResidentSchema.Meta):
        """What only life events change."""

        exclude = ("vital_status", "vital_on")


class CodeSchema(Schema):
    """A code of a list, and its word in the reader's language."""

    code = fields.Integer(required=True)
    word = fields.String(required=True)


CodeListsSchema = Schema.from_dict(
    {name: fields.List(fields.Nested(CodeSchema), required=True) for name in codes.LISTS}, name="CodeLists"
)


@resident_api.route("/codes")
@requires("residents.view")
@resident_api.response(200, CodeListsSchema)
def code_lists() -> dict[str, list[dict[str, Any]]]:
    """The lists of the register: the numbers of exchange files with their words."""
    return {
        name: [{"code": code, "word": str(word)} for code, word in known.items()]
        for name, known in codes.LISTS.items()
    }


@resident_api.route("/residents")
@requires("residents.view")
@resident_api.arguments(ResidentQuery, location="query")
@resident_api.response(200, ResidentPageSchema)
@resident_api.problems("NOT_FOUND")
def residents(query: dict[str, Any]) -> Any:
    """Residents, masked, page by page.

    404 when `after` is no cursor of this list in this order.
    """
    return page_after(*_page(query))


@resident_api.route("/residents/totals")
@requires("residents.view")
@resident_api.arguments(ResidentFilterFields, location="query")
@resident_api.response(200, ResidentTotalsSchema)
def totals(query: dict[str, Any]) -> Any:
    """How many residents a filter lets through: always as many as its list holds."""
    return resident_totals(chosen_residents(query))


@resident_api.route("/residents/search", methods=["POST"])
@requires("residents.view")
@resident_api.arguments(ResidentSearchSchema)
@resident_api.response(200, ResidentPageSchema)
@resident_api.problems("NOT_FOUND")
def search_residents(query: dict[str, Any]) -> Any:
    """The same list by a body: so a NIK or KK number stands in no address and in no log.

    The next page is asked for with the same body and `after`.
    """
    records, after = _page(query)
    return {"items": records, "next": after}


@resident_api.route("/residents", methods=["POST"])
@requires("residents.edit")
@resident_api.arguments(DeedKey, location="headers")
@resident_api.arguments(ResidentNewSchema)
@resident_api.response(201, ResidentRecordSchema)
def add_resident(once: dict[str, Any], values: dict[str, Any]) -> Any:
    """Enter a resident of the opening balance.

    Warnings (a namesake born on the same day, a NIK of another birth date) are answered with 422 and `findings`;
    `accepted_note` accepts them. Errors are never accepted.
    """
    acceptance, day = taken_acceptance(values), values.pop("happened_on", None)
    refuse_hidden(filled(values))
    added = services.add_resident(values, happened_on=day, acceptance=acceptance, resident_id=once["key"])
    return _resident(added.id)


@resident_api.route("/residents/<uuid:resident_id>")
@requires("residents.view")
@resident_api.arguments(ReasonQuery, location="query")
@resident_api.arguments(ReasonHeader, location="headers")
@resident_api.response(200, ResidentRecordSchema)
def resident(query: dict[str, Any], header: dict[str, Any], resident_id: uuid.UUID) -> Any:
    """One resident.

    With a reason, numbers and contacts are told in full, and the audit log keeps who asked and why.
    """
    reason = told_reason(query, header)
    record = queries.resident_record(resident_id)
    if reason:
        looks.note_resident_told(record, reason)
        record = queries.resident_record(resident_id)
    return shown_resident(record, unmasked=bool(reason)), _headers(record.resident.row_version, bool(reason))


@resident_api.route("/residents/<uuid:resident_id>", methods=["PATCH"])
@requires("residents.edit")
@resident_api.arguments(IfMatch, location="headers")
@resident_api.arguments(ResidentChangeSchema(partial=True))
@resident_api.response(200, ResidentRecordSchema)
@resident_api.problems("PRECONDITION_FAILED")
def change_resident(seen: dict[str, Any], values: dict[str, Any], resident_id: uuid.UUID) -> Any:
    """Correct a resident.

    Only what is sent is changed. With If-Match the change is refused when somebody else was faster; the answer 412
    then holds the resident as it stands (`present`). Fields that the token may not see are refused (403).
    """
    acceptance = taken_acceptance(values)
    refuse_hidden(values)
    try:
        services.change_resident(resident_id, values, expected=seen["version"], acceptance=acceptance)
    except ChangedMeanwhile:
        present = shown_resident(queries.resident_record(resident_id))
        return changed_meanwhile(ResidentRecordSchema().dump(present))
    return _resident(resident_id)


def _page(query: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    asked = {name: value for name, value in query.items() if name not in ("limit", "after")}
    chosen = chosen_residents(asked)
    try:
        found = queries.resident_records(chosen, query["limit"], query.get("after", ""))
    except queries.CursorUnknown:
        abort(404)
    return [shown_resident(record) for record in found.records], found.after


def _resident(resident_id: uuid.UUID) -> Any:
    record = queries.resident_record(resident_id)
    return shown_resident(record), etag(record.resident.row_version)


def _headers(version: int, unmasked: bool) -> dict[str, str]:
    return etag(version) | ({"Cache-Control": "no-store"} if unmasked else {})


handle_refusals(resident_api)
