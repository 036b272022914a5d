"""What the province's forms may say: sentences beside the fields."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

SHORTEST, LONGEST = 10, 500


class ReasonForm(Schema):
    """Why somebody suspends a village or visits it; the village reads it."""

    class Meta:
        """Options of marshmallow."""

        unknown = EXCLUDE

    reason = fields.String(
        required=True,
        validate=validate.Length(
            SHORTEST,
            LONGEST,
            error=_l("Tulis alasannya, {min} sampai {max} karakter: perangkat desa membacanya."),
        ),
    )


def read_reason(form: Mapping[str, str]) -> tuple[str, dict[str, list[str]]]:
    """The reason of a sent form, with what is wrong about it (nothing: an empty mapping)."""
    typed = " ".join(form.get("reason", "").replace("\x00", "").split())
    try:
        ReasonForm().load({"reason": typed})
    except ValidationError as error:
        return typed, {name: list(sentences) for name, sentences in error.messages_dict.items()}
    return typed, {}
