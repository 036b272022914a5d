"""A village's API: what it says of itself, its officials and its sub-areas. The schemas are those of the forms."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from app.core.api import ApiBlueprint
from app.core.api.versions import IfMatch, etag, refuse_unless
from app.core.forms import Choice, Line, fingerprint
from app.core.permissions import anonymous, requires
from app.core.ui.errors import problem
from app.core.ui.sentences import status_sentence
from app.core.village import queries, services
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.core.village.models import Official, SubArea, VillageProfile
from app.core.village.schemas import (
    POSITIONS,
    SUB_AREA_KINDS,
    IdentitySchema,
    OfficialSchema,
    SubAreaSchema,
)
from app.core.village.services.profile import identity_values
from app.core.village.services.sub_areas import sub_area_values
from tenants.scope import current_tenant

village_api = ApiBlueprint(
    "village",
    __name__,
    audience="village",
    description="What the village says of itself, as its public site shows it.",
)
official_api = ApiBlueprint(
    "officials", __name__, audience="village", description="Who holds which office, and who signs for whom."
)
sub_area_api = ApiBlueprint(
    "sub-areas",
    __name__,
    audience="village",
    description="Dusun (or pemangku, suku, lingkungan), RW in them, RT in those.",
)


class WordsRecordSchema(Schema):
    """The village's own words."""

    head = fields.String(required=True)
    secretary = fields.String(required=True)
    council = fields.String(required=True)
    sub_area = fields.String(required=True)


class VillageSchema(Schema):
    """A village."""

    id = fields.UUID(required=True)
    code = fields.String(required=True, metadata={"description": "Kemendagri code, such as 18.06.20.2006."})
    name = fields.String(required=True)
    term = fields.String(
        required=True, metadata={"description": "Its own word: Pekon, Kampung, Tiyuh, Desa …"}
    )
    kind = fields.String(required=True, validate=validate.OneOf(["desa", "kelurahan"]))
    district = fields.String(required=True, metadata={"description": "Kecamatan."})
    regency = fields.String(required=True, metadata={"description": "Kabupaten or kota."})
    words = fields.Nested(WordsRecordSchema, required=True)
    motto = fields.String(required=True)
    about = fields.String(required=True)
    address = fields.String(required=True)
    postal_code = fields.String(required=True)
    phone = fields.String(required=True)
    whatsapp = fields.String(required=True)
    email = fields.String(required=True)
    location = fields.String(
        required=True, metadata={"description": "Latitude and longitude (WGS 84) as text, or empty."}
    )
    opening_hours = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={
            "description": "`mon` … `sun`: pairs of times (WIB); `closed`: days with the reason. Empty until the "
            "village has checked its hours."
        },
    )
    row_version = fields.Integer(
        required=True, metadata={"description": "Send it as If-Match to change the village."}
    )
    updated_at = fields.AwareDateTime(required=True)


class VillageChangeSchema(IdentitySchema):
    """What may be changed of a village; what is left out stays."""


class OfficialRecordSchema(Schema):
    """An official."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    title = fields.String(required=True)
    position = fields.String(required=True, validate=validate.OneOf(POSITIONS))
    employee_number = fields.String(required=True)
    phone = fields.String(required=True)
    period_from = fields.Date(required=True, allow_none=True)
    period_until = fields.Date(required=True, allow_none=True)
    signs_for_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "The official in whose name they sign."}
    )
    is_public = fields.Boolean(required=True, metadata={"description": "Shown on the public site."})
    row_version = fields.Integer(required=True)


class OfficialNewSchema(OfficialSchema):
    """An official as they are added."""

    signs_for_id = fields.UUID(allow_none=True)  # type: ignore[assignment]
    is_public = fields.Boolean(load_default=True)  # type: ignore[assignment]
    even_if_known = fields.Boolean(  # type: ignore[assignment]
        load_default=False,
        metadata={
            "description": "Somebody of this name and title is in the list, and this is another person."
        },
    )

    class Meta(OfficialSchema.Meta):
        """Photos are uploaded on the page of the officials."""

        exclude: tuple[str, ...] = ("remove_photo",)


class OfficialChangeSchema(OfficialNewSchema):
    """What may be changed of an official; what is left out stays."""

    class Meta(OfficialNewSchema.Meta):
        """Who is in the list already is not added again."""

        exclude = ("remove_photo", "even_if_known")


class SubAreaRecordSchema(Schema):
    """A sub-area."""

    id = fields.UUID(required=True)
    parent_id = fields.UUID(required=True, allow_none=True, metadata={"description": "What it lies in."})
    kind = fields.String(required=True, validate=validate.OneOf(SUB_AREA_KINDS))
    name = fields.String(required=True)
    head_name = fields.String(required=True)
    head_phone = fields.String(required=True)
    row_version = fields.Integer(required=True)


class SubAreaChangeSchema(SubAreaSchema):
    """A sub-area as it is changed; what is left out stays."""

    parent_id = fields.UUID(allow_none=True)  # type: ignore[assignment]


class SubAreaNewSchema(SubAreaChangeSchema):
    """A sub-area as it is added."""

    kind = Choice(choices=SUB_AREA_KINDS, required=True)
    name = Line(required=True, longest=60)


@village_api.route("/village")
@anonymous
@village_api.response(200, VillageSchema)
def village() -> Any:
    """The village as its public site shows it."""
    return _village(queries.profile())


@village_api.route("/village", methods=["PATCH"])
@requires("village.settings")
@village_api.arguments(IfMatch, location="headers")
@village_api.arguments(VillageChangeSchema(partial=True))
@village_api.response(200, VillageSchema)
@village_api.problems("PRECONDITION_FAILED")
def change_village(seen: dict[str, Any], values: dict[str, Any]) -> Any:
    """Change what the village says of itself.

    Only what is sent is changed. With If-Match the change is refused when somebody else was faster.
    """
    profile = queries.profile()
    refuse_unless(seen["version"], profile.row_version)
    services.change_identity(values, expected=fingerprint(identity_values(profile)))
    return _village(queries.profile())


@official_api.route("/officials")
@requires("village.view")
@official_api.response(200, OfficialRecordSchema(many=True))
def officials() -> list[Official]:
    """All officials, past ones too, in the village's own order."""
    return [line.official for line in queries.official_lines()]


@official_api.route("/officials", methods=["POST"])
@requires("officials.manage")
@official_api.arguments(OfficialNewSchema)
@official_api.response(201, OfficialRecordSchema)
def add_official(values: dict[str, Any]) -> Any:
    """Add an official at the end of the list.

    There is one head at a time. Without a title the village's own word for the office is taken. Nobody is added twice
    under the same name and title unless `even_if_known` says that it is another person.
    """
    official = services.add_official(values)
    return official, etag(official.row_version)


@official_api.route("/officials/<uuid:official_id>")
@requires("village.view")
@official_api.response(200, OfficialRecordSchema)
def official(official_id: uuid.UUID) -> Any:
    """One official."""
    found = _official(official_id)
    return found, etag(found.row_version)


@official_api.route("/officials/<uuid:official_id>", methods=["PATCH"])
@requires("officials.manage")
@official_api.arguments(IfMatch, location="headers")
@official_api.arguments(OfficialChangeSchema(partial=True))
@official_api.response(200, OfficialRecordSchema)
@official_api.problems("PRECONDITION_FAILED")
def change_official(seen: dict[str, Any], values: dict[str, Any], official_id: uuid.UUID) -> Any:
    """Change an official.

    Only what is sent is changed. With If-Match the change is refused when somebody else was faster.
    """
    services.change_official(official_id, values, expected=seen["version"])
    found = _official(official_id)
    return found, etag(found.row_version)


@official_api.route("/officials/<uuid:official_id>", methods=["DELETE"])
@requires("officials.manage")
@official_api.response(204)
def remove_official(official_id: uuid.UUID) -> None:
    """Take an official off the list, with the photo.

    Whoever held the office before stays in the list better with an end of the period than removed.
    """
    services.remove_official(official_id)


@sub_area_api.route("/sub-areas")
@requires("village.view")
@sub_area_api.response(200, SubAreaRecordSchema(many=True))
def sub_areas() -> list[SubArea]:
    """All sub-areas; `parent_id` says what each lies in."""
    return queries.sub_areas()


@sub_area_api.route("/sub-areas", methods=["POST"])
@requires("sub_areas.manage")
@sub_area_api.arguments(SubAreaNewSchema)
@sub_area_api.response(201, SubAreaRecordSchema)
def add_sub_area(values: dict[str, Any]) -> Any:
    """Add a sub-area.

    A number of an RW or RT is written with three digits: `3` becomes `003`.
    """
    kind, parent_id = values["kind"], values.get("parent_id")
    known = {area.id for area in queries.sub_areas()}
    try:
        services.add_sub_areas(kind, parent_id, [values["name"]])
    except Invalid as wrong:
        raise Invalid("name" if wrong.field == "names" else wrong.field, wrong) from wrong
    area = next(
        a for a in queries.sub_areas() if a.id not in known and (a.kind, a.parent_id) == (kind, parent_id)
    )
    head = {name: values[name] for name in ("head_name", "head_phone") if values.get(name)}
    if head:
        services.change_sub_area(area.id, {**sub_area_values(area), **head})
    found = _sub_area(area.id)
    return found, etag(found.row_version)


@sub_area_api.route("/sub-areas/<uuid:sub_area_id>")
@requires("village.view")
@sub_area_api.response(200, SubAreaRecordSchema)
def sub_area(sub_area_id: uuid.UUID) -> Any:
    """One sub-area."""
    found = _sub_area(sub_area_id)
    return found, etag(found.row_version)


@sub_area_api.route("/sub-areas/<uuid:sub_area_id>", methods=["PATCH"])
@requires("sub_areas.manage")
@sub_area_api.arguments(IfMatch, location="headers")
@sub_area_api.arguments(SubAreaChangeSchema(partial=True))
@sub_area_api.response(200, SubAreaRecordSchema)
@sub_area_api.problems("PRECONDITION_FAILED")
def change_sub_area(seen: dict[str, Any], values: dict[str, Any], sub_area_id: uuid.UUID) -> Any:
    """Change a sub-area.

    Only what is sent is changed. With If-Match the change is refused when somebody else was faster.
    """
    area = _sub_area(sub_area_id)
    refuse_unless(seen["version"], area.row_version)
    merged = {**sub_area_values(area), **values}
    services.change_sub_area(sub_area_id, merged, expected=area.row_version)
    found = _sub_area(sub_area_id)
    return found, etag(found.row_version)


@sub_area_api.route("/sub-areas/<uuid:sub_area_id>", methods=["DELETE"])
@requires("sub_areas.manage")
@sub_area_api.response(204)
def remove_sub_area(sub_area_id: uuid.UUID) -> None:
    """Remove a sub-area in which nothing lies any more."""
    services.remove_sub_area(sub_area_id)


def _village(profile: VillageProfile) -> Any:
    tenant = current_tenant()
    at = (profile.latitude, profile.longitude)
    shown = {
        **{name: getattr(profile, name) for name in VillageSchema().fields if hasattr(profile, name)},
        "opening_hours": profile.told_hours,
        "id": tenant.id,
        "code": tenant.code,
        "name": tenant.name,
        "term": tenant.term,
        "kind": tenant.kind,
        "district": tenant.region_path[0],
        "regency": tenant.region_path[1],
        "words": {name: tenant.word(name) for name in WordsRecordSchema().fields},
        "location": f"{at[0]}, {at[1]}" if None not in at else "",
    }
    return shown, etag(profile.row_version)


def _official(official_id: uuid.UUID) -> Official:
    found = queries.find_official(official_id)
    if found is None:
        raise Missing(str(official_id))
    return found


def _sub_area(sub_area_id: uuid.UUID) -> SubArea:
    found = queries.find_sub_area(sub_area_id)
    if found is None:
        raise Missing(str(sub_area_id))
    return found


def _invalid(error: Invalid) -> Response:
    return problem(422, "Unprocessable Content", str(error), errors={"json": {error.field: [str(error)]}})


def _missing(error: Missing) -> Response:
    return problem(404, "Not Found", status_sentence(404))


def _changed(error: ChangedMeanwhile) -> Response:
    return problem(412, "Precondition Failed", status_sentence(412))


for _part in (village_api, official_api, sub_area_api):
    _part.register_error_handler(Invalid, _invalid)
    _part.register_error_handler(Missing, _missing)
    _part.register_error_handler(ChangedMeanwhile, _changed)
