"""Letter types and the classification of archives."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.core.api import ApiBlueprint
from app.core.permissions import requires
from app.government.letters.api.common import handle_letters
from app.government.letters.types import LetterKind, letter_type, letter_types
from app.government.letters.types.classification import classifications
from app.government.letters.types.kinds import ABOUT, COLUMN_KINDS, FIELD_KINDS

letter_type_api = ApiBlueprint(
    "letter-types",
    __name__,
    audience="village",
    description="What letters can be asked for, what each asks, and the codes under which they are filed.",
)


class LetterColumnSchema(Schema):
    """A column of a field that is a table."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(COLUMN_KINDS)))
    required = fields.Boolean(required=True)
    choices = fields.List(fields.String(), required=True)


class LetterFieldSchema(Schema):
    """A field of a letter: `values` of a request bears its value under its name."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf(list(FIELD_KINDS)),
        metadata={
            "description": "`date` is sent as 2026-11-22, `time` as 08.00, `rupiah` as whole rupiah; `resident` and"
            ' `person` as `{"id": …}` of a resident, `person` also with the parts below; `table` as a list of rows.'
        },
    )
    required = fields.Boolean(required=True)
    help = fields.String(required=True)
    choices = fields.List(fields.String(), required=True)
    columns = fields.List(fields.Nested(LetterColumnSchema), required=True)
    parts = fields.List(
        fields.String(), required=True, metadata={"description": "What is asked of a person."}
    )


class LetterRequirementSchema(Schema):
    """A paper that the applicant brings."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    help = fields.String(required=True)
    needed = fields.Boolean(required=True)


class LetterTypeLineSchema(Schema):
    """A letter type in the list."""

    code = fields.String(required=True)
    title = fields.String(required=True)
    label = fields.String(required=True, metadata={"description": "What lists call it."})
    group = fields.String(required=True)
    classification = fields.String(required=True)
    version = fields.String(
        required=True, metadata={"description": "`1` of a shipped type, `desa-3` of an own one."}
    )
    about = fields.String(
        required=True,
        validate=validate.OneOf(list(ABOUT)),
        metadata={"description": "Whom it may be about: `none` needs neither resident nor applicant."},
    )
    online = fields.Boolean(required=True, metadata={"description": "Residents may ask for it themselves."})
    for_strangers = fields.Boolean(
        required=True, metadata={"description": "It may be made for an applicant who is not of the village."}
    )
    validity_days = fields.Integer(required=True, allow_none=True)


class LetterTypeSchema(LetterTypeLineSchema):
    """A letter type with what it asks."""

    fields_ = fields.List(
        fields.Nested(LetterFieldSchema), required=True, data_key="fields", attribute="fields"
    )
    requirements = fields.List(fields.Nested(LetterRequirementSchema), required=True)


class ClassificationCodeSchema(Schema):
    """A code of the classification."""

    code = fields.String(required=True)
    title = fields.String(required=True)


@letter_type_api.route("/letter-types")
@requires("letters.view")
@letter_type_api.response(200, LetterTypeLineSchema(many=True))
def kinds() -> list[LetterKind]:
    """The types that can be asked for now: shipped ones, and the village's own."""
    return letter_types()


@letter_type_api.route("/letter-types/<string(maxlength=60):code>")
@requires("letters.view")
@letter_type_api.response(200, LetterTypeSchema)
def kind(code: str) -> Any:
    """One type with its fields and requirements."""
    return letter_type(code.replace("\x00", ""))


@letter_type_api.route("/letter-classifications")
@requires("letters.view")
@letter_type_api.response(200, ClassificationCodeSchema(many=True))
def codes() -> Any:
    """The codes under which the village files its letters (Permendagri 83/2022, or the older scheme)."""
    return classifications()


handle_letters(letter_type_api)
