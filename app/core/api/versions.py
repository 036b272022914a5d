"""Changes that do not overwrite others': a row's version is its ETag, and If-Match names the version that was seen."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask_babel import gettext as _
from marshmallow import Schema, fields, post_load, validate


class IfMatch(Schema):
    """The header `If-Match`; loads the version as `version`, None where it was not sent."""

    if_match = fields.String(
        data_key="If-Match",
        validate=validate.Regexp(r'^"[0-9]{1,9}"$'),
        metadata={
            "description": 'The version that was seen, such as "3"; without it the change is made in any case.'
        },
    )

    @post_load
    def settle(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        """The number in the quotation marks."""
        text = data.get("if_match")
        return {"version": int(text.strip('"')) if text else None}


def etag(version: int) -> dict[str, str]:
    """The header of an answer that shows the row in this version."""
    return {"ETag": f'"{version}"'}


def refuse_unless(seen: int | None, present: int) -> None:
    """End the request with 412 when somebody else has changed the row since the version that was seen."""
    if seen is not None and seen != present:
        abort(412, _("Orang lain sudah mengubahnya; versi sekarang %(version)s.", version=present))
