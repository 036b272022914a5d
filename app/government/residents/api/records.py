"""How residents and households look in the API: their fields by name, what is sealed masked or in full."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.government.residents import codes
from app.government.residents.api.common import coded, may
from app.government.residents.browse.filters import age_on
from app.government.residents.derive import masked, masked_text
from app.government.residents.models import SEALED_FIELDS
from app.government.residents.records.queries import HouseholdRecord, ResidentRecord
from app.government.residents.register.labels import HEALTH_FIELDS, HOUSEHOLD_LABELS, RESIDENT_LABELS
from app.government.residents.writing import today

NUMBERS = ("nik", "father_nik", "mother_nik")
STATES = ("active", "empty", "left", "dissolved", "invalid")
_DAYS = ("birth_date", "married_on", "divorced_on", "passport_expires_on", "vital_on")
_ALWAYS = ("sex", "nationality", "residence_status", "vital_status")
_HEALTH_NOTE = {"description": "Only with residents.view_health; absent without."}


def _field(name: str) -> fields.Field[Any]:
    """How a field of a resident is told."""
    is_health = name in HEALTH_FIELDS
    if name == "pregnant":
        return fields.Boolean(allow_none=True, metadata=_HEALTH_NOTE)
    if name in codes.LISTS:
        told = coded(name, may_be_null=name not in _ALWAYS)
        if is_health:
            told |= _HEALTH_NOTE
        return fields.Integer(required=not is_health, allow_none=name not in _ALWAYS, metadata=told)
    if name in _DAYS:
        return fields.Date(required=True, allow_none=True)
    if name in ("household_id", "sub_area_id"):
        return fields.UUID(required=True, allow_none=True)
    if name in ("latitude", "longitude"):
        return fields.Float(required=True, allow_none=True)
    sealed = {"description": "Sealed; masked with dots unless `is_masked` is false."}
    return fields.String(required=True, metadata=sealed if name in SEALED_FIELDS else {})


_Fields = Schema.from_dict({name: _field(name) for name in RESIDENT_LABELS}, name="ResidentFields")


class ResidentRecordSchema(_Fields):  # type: ignore[misc, valid-type]
    """A resident: every field of the register."""

    id = fields.UUID(required=True)
    is_masked = fields.Boolean(
        required=True, metadata={"description": "Whether sealed fields are masked; unknown ones are empty."}
    )
    age = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Completed years today, or at death."}
    )
    household_order = fields.Integer(required=True, metadata={"description": "Place on the family card."})
    photo_document_id = fields.UUID(required=True, allow_none=True)
    missing_count = fields.Integer(
        required=True, metadata={"description": "How many fields of a complete record are empty."}
    )
    row_version = fields.Integer(
        required=True, metadata={"description": "Send it as If-Match to change the resident."}
    )
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class HouseholdRecordSchema(Schema):
    """A household as its family card has it."""

    id = fields.UUID(required=True)
    kk = fields.String(
        required=True,
        metadata={"description": "The card's number: sealed; masked with dots unless `is_masked` is false."},
    )
    is_masked = fields.Boolean(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    head_id = fields.UUID(required=True, allow_none=True)
    head_name = fields.String(required=True)
    member_count = fields.Integer(required=True, metadata={"description": "Living members."})
    address = fields.String(required=True)
    sub_area_id = fields.UUID(required=True, allow_none=True)
    welfare_class = fields.Integer(required=True, allow_none=True, metadata=coded("welfare_class"))
    welfare_decile = fields.Integer(required=True, allow_none=True)
    house_condition = fields.Integer(required=True, allow_none=True, metadata=coded("house_condition"))
    issued_on = fields.Date(required=True, allow_none=True)
    row_version = fields.Integer(
        required=True, metadata={"description": "Send it as If-Match to change the household."}
    )
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class HouseholdWithMembersSchema(HouseholdRecordSchema):
    """A household with its members: the living first in the order of the card, then those who no longer count."""

    members = fields.List(fields.Nested(ResidentRecordSchema), required=True)


def shown_resident(record: ResidentRecord, *, unmasked: bool = False) -> dict[str, Any]:
    """A resident as the token may see them.

    Args:
        unmasked: sealed fields in full; whoever says so has noted it in the audit log.
    """
    resident = record.resident
    hidden = () if may("residents.view_health") else HEALTH_FIELDS
    shown = {
        name: getattr(resident, name)
        for name in ResidentRecordSchema._declared_fields
        if name not in (*SEALED_FIELDS, *hidden) and hasattr(resident, name)
    }
    for name in SEALED_FIELDS:
        text = record.sealed.get(name, "")
        hide = masked if name in NUMBERS else masked_text
        shown[name] = text if unmasked else hide(text)
    is_dead = resident.vital_status == codes.DEAD and resident.vital_on is not None
    day = resident.vital_on if is_dead and resident.vital_on else today()
    return shown | {"is_masked": not unmasked, "age": age_on(day, resident.birth_date)}


def shown_household(record: HouseholdRecord, *, unmasked: bool = False) -> dict[str, Any]:
    """A household as the token may see it, with its members. See `shown_resident`."""
    household = record.household
    shown = {
        name: getattr(household, name)
        for name in (*HOUSEHOLD_LABELS, "id", "state", "head_id", "row_version", "created_at", "updated_at")
        if name != "kk"
    }
    return shown | {
        "kk": record.kk if unmasked else masked(record.kk),
        "is_masked": not unmasked,
        "head_name": record.head_name,
        "member_count": record.member_count,
        "members": [shown_resident(member, unmasked=unmasked) for member in record.members],
    }
