"""Changes that do not overwrite others': a row's version is its ETag, and If-Match names the version that was seen."""

from __future__ import annotations

import re
from typing import Any

from flask import abort
from flask_babel import gettext as _
from marshmallow import Schema, fields, post_load, validate

_TAG = re.compile(r'^(?:W/)?"([0-9]{1,9})(?:[:-](?:br|gzip|deflate|zstd))?"$')
"""A version as it comes back: what compresses an answer on its way writes "3:gzip" or "3-gzip", or weakens the tag."""


class IfMatch(Schema):
    """The header `If-Match`; loads the version as `version`, None where it was not sent.

    The tag of a compressed answer, and a weak one, name the same version: what is guarded is the row, not the bytes.
    """

    if_match = fields.String(
        data_key="If-Match",
        validate=validate.Regexp(_TAG),
        metadata={
            "description": 'The version that was seen, such as "3"; without it the change is made in any case.'
        },
    )

    @post_load
    def settle(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        """The number in the quotation marks."""
        found = _TAG.match(data.get("if_match", ""))
        return {"version": int(found[1]) if found else None}


def etag(version: int) -> dict[str, str]:
    """The header of an answer that shows the row in this version."""
    return {"ETag": f'"{version}"'}


def refuse_unless(seen: int | None, present: int) -> None:
    """End the request with 412 when somebody else has changed the row since the version that was seen."""
    if seen is not None and seen != present:
        abort(412, _("Orang lain sudah mengubahnya; versi sekarang %(version)s.", version=present))
