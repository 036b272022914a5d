"""Households: lists, one with its members, entering and correcting them, who belongs to them and in which order."""

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
    coded,
    described,
    filled,
    handle_refusals,
    list_of,
    refuse_hidden,
    taken_acceptance,
    told_reason,
)
from app.government.residents.api.records import (
    STATES,
    HouseholdRecordSchema,
    HouseholdWithMembersSchema,
    shown_household,
)
from app.government.residents.browse.household_filters import ALL_STATES, SORTS, HouseholdFilter
from app.government.residents.records import queries
from app.government.residents.records import services as looks
from app.government.residents.register import services
from app.government.residents.register.schemas import HouseholdSchema

household_api = ApiBlueprint(
    "households", __name__, audience="village", description="Families as their family cards (KK) have them."
)

MOST_MEMBERS = 100


HouseholdPageSchema = schema_of_page(HouseholdRecordSchema)


class HouseholdQuery(KeysetQuery):
    """Which households, and in which order."""

    q = NameSearch(metadata={"description": "Part of the head's name, words in any order."})
    sub_area_id = fields.UUID(metadata={"description": "An area with everything below it."})
    welfare_class = fields.Integer(
        validate=validate.OneOf(list_of("welfare_class", with_unknown=True)),
        metadata={"description": "A code of the list; 0 for those whose field is empty."},
    )
    without_kk = fields.Boolean(metadata={"description": "Only those whose card has no number yet."})
    state = fields.String(
        validate=validate.OneOf([*STATES, ALL_STATES]),
        metadata={"description": "`active` when it is left out; `all` when a number is searched."},
    )
    sort = fields.String(
        validate=validate.OneOf([sign + name for name in SORTS for sign in ("", "-")]),
        metadata={"description": "`-` is the other way round. By the head's name when it is left out."},
    )
    after = fields.String(validate=validate.Length(1, 2000), metadata=BEHIND_ROW)


class HouseholdSearchSchema(HouseholdQuery):
    """Which households: also by all 16 digits of the card's number, which therefore travels in the body."""

    number = fields.String(
        validate=validate.Regexp(SIXTEEN),
        metadata={"description": "All 16 digits of a family card's number."},
    )


@described
class HouseholdNewSchema(AcceptingSchema, HouseholdSchema):
    """A household that the register does not know yet, without members."""

    happened_on = Day(
        load_default=None,
        allow_none=True,
        metadata={"description": "The day of its entry; today at first. It counts from its first member on."},
    )


@described
class HouseholdChangeSchema(AcceptingSchema, HouseholdSchema):
    """What may be corrected of a household; what is left out stays."""

    pass_on = fields.Boolean(
        load_default=False, metadata={"description": "Give address and area to all living members too."}
    )


class MemberSchema(AcceptingSchema):
    """Who joins a household."""

    relation = fields.Integer(
        required=True,
        validate=validate.OneOf(list_of("relation")),
        metadata=coded("relation", may_be_null=False),
    )


class OrderSchema(Schema):
    """In which order the family card names its members."""

    resident_ids = fields.List(
        fields.UUID(),
        required=True,
        validate=validate.Length(1, MOST_MEMBERS),
        metadata={"description": "Those who are not named stand behind."},
    )


@household_api.route("/households")
@requires("residents.view")
@household_api.arguments(HouseholdQuery, location="query")
@household_api.response(200, HouseholdPageSchema)
@household_api.problems("NOT_FOUND")
def households(query: dict[str, Any]) -> Any:
    """Households, masked, page by page.

    404 when `after` is no cursor of this list in this order.
    """
    return page_after(*_page(query))


@household_api.route("/households/search", methods=["POST"])
@requires("residents.view")
@household_api.arguments(HouseholdSearchSchema)
@household_api.response(200, HouseholdPageSchema)
@household_api.problems("NOT_FOUND")
def search_households(query: dict[str, Any]) -> Any:
    """The same list by a body: so a KK number stands in no address and in no log."""
    items, after = _page(query)
    return {"items": items, "next": after}


@household_api.route("/households", methods=["POST"])
@requires("residents.edit")
@household_api.arguments(DeedKey, location="headers")
@household_api.arguments(HouseholdNewSchema)
@household_api.response(201, HouseholdWithMembersSchema)
def add_household(once: dict[str, Any], values: dict[str, Any]) -> Any:
    """Enter a household of the opening balance, without members. It is `empty` until its first member."""
    acceptance = taken_acceptance(values)
    refuse_hidden(filled(values))
    day = values.pop("happened_on", None)
    made = services.add_household(values, happened_on=day, household_id=once["key"], acceptance=acceptance)
    return _household(made.id)


@household_api.route("/households/<uuid:household_id>")
@requires("residents.view")
@household_api.arguments(ReasonQuery, location="query")
@household_api.arguments(ReasonHeader, location="headers")
@household_api.response(200, HouseholdWithMembersSchema)
def household(query: dict[str, Any], header: dict[str, Any], household_id: uuid.UUID) -> Any:
    """One household with its members.

    With a reason, its number and its members' numbers are told in full, and the audit log keeps who asked and why.
    """
    reason = told_reason(query, header)
    if not reason:
        return _household(household_id)
    looks.note_household_told(queries.household_record(household_id), reason)
    record = queries.household_record(household_id)
    headers = etag(record.household.row_version) | {"Cache-Control": "no-store"}
    return shown_household(record, unmasked=True), headers


@household_api.route("/households/<uuid:household_id>", methods=["PATCH"])
@requires("residents.edit")
@household_api.arguments(IfMatch, location="headers")
@household_api.arguments(HouseholdChangeSchema(partial=True))
@household_api.response(200, HouseholdWithMembersSchema)
@household_api.problems("PRECONDITION_FAILED")
def change_household(seen: dict[str, Any], values: dict[str, Any], household_id: uuid.UUID) -> Any:
    """Correct a household.

    Only what is sent is changed. With If-Match the change is refused when somebody else was faster; the answer 412
    then holds the household as it stands (`present`).
    """
    acceptance = taken_acceptance(values)
    refuse_hidden(values)
    pass_on = bool(values.pop("pass_on", False))
    try:
        services.change_household(
            household_id, values, expected=seen["version"], pass_on=pass_on, acceptance=acceptance
        )
    except ChangedMeanwhile:
        present = shown_household(queries.household_record(household_id))
        return changed_meanwhile(HouseholdRecordSchema().dump(present))
    return _household(household_id)


@household_api.route("/households/<uuid:household_id>/members/<uuid:resident_id>", methods=["PUT"])
@requires("residents.edit")
@household_api.arguments(MemberSchema)
@household_api.response(200, HouseholdWithMembersSchema)
def put_member(values: dict[str, Any], household_id: uuid.UUID, resident_id: uuid.UUID) -> Any:
    """Let somebody who belongs to no household join this one.

    Who belongs to another one changes by the life events split and merge.
    """
    acceptance = taken_acceptance(values)
    services.put_member(household_id, resident_id, values["relation"], acceptance=acceptance)
    return _household(household_id)


@household_api.route("/households/<uuid:household_id>/members/<uuid:resident_id>", methods=["DELETE"])
@requires("residents.edit")
@household_api.response(200, HouseholdWithMembersSchema)
@household_api.problems("UNPROCESSABLE_ENTITY")
def take_out_member(household_id: uuid.UUID, resident_id: uuid.UUID) -> Any:
    """Take somebody out of a household who was entered into it by mistake.

    422 for the last living member (record a dissolution or a merge) and for the head (record a new one first).
    """
    services.take_out_member(household_id, resident_id)
    return _household(household_id)


@household_api.route("/households/<uuid:household_id>/order", methods=["PUT"])
@requires("residents.edit")
@household_api.arguments(OrderSchema)
@household_api.response(200, HouseholdWithMembersSchema)
def order_members(values: dict[str, Any], household_id: uuid.UUID) -> Any:
    """Let the family card name its members in this order; the head stays first."""
    services.order_members(household_id, values["resident_ids"])
    return _household(household_id)


def _page(query: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    asked = {name: value for name, value in query.items() if name not in ("limit", "after", "number")}
    if query.get("number"):
        asked["q"] = query["number"]
    try:
        found = queries.household_records(
            HouseholdFilter.from_args(asked), query["limit"], query.get("after", "")
        )
    except queries.CursorUnknown:
        abort(404)
    return [shown_household(record) for record in found.records], found.after


def _household(household_id: uuid.UUID) -> Any:
    record = queries.household_record(household_id)
    return shown_household(record), etag(record.household.row_version)


handle_refusals(household_api)
