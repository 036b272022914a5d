"""What is valid of a complaint, in forms and in the API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields

from app.core.forms import Choice, FormSchema, Line, Paragraphs, Tick
from app.core.village.schemas import Identity
from app.government.complaints.words import CATEGORIES

LONGEST_TEXT, SHORTEST_TEXT = 3000, 10
_POINT = re.compile(r"\s*(-?[0-9]{1,2}(?:[.][0-9]+)?)\s*,\s*(-?[0-9]{1,3}(?:[.][0-9]+)?)\s*")


class Point(fields.Field[tuple[float, float] | None]):
    """A point on the map as phones give it (`-5.37912, 104.72345`, WGS 84); empty is None."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> tuple[float, float] | None:
        text = str(value or "").strip()
        if not text:
            return None
        found = _POINT.fullmatch(text)
        if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
            raise ValidationError(_l("Titik peta ditulis seperti -5.379, 104.723. Boleh dikosongkan."))
        return round(float(found[1]), 6), round(float(found[2]), 6)


class ComplaintSchema(FormSchema):
    """A complaint as somebody sends it."""

    category = Choice(choices=tuple(CATEGORIES), required=True)
    title = Line(longest=100, shortest=4, required=True)
    text = Paragraphs(longest=LONGEST_TEXT, shortest=SHORTEST_TEXT, required=True)
    place = Line(longest=160)
    sub_area_id = Identity(allow_none=True, load_default=None)
    point = Point(load_default=None)
    anonymous = Tick()


class OpenComplaintSchema(ComplaintSchema):
    """A complaint from the public site: with a name and a way to reach the sender, or without."""

    name = Line(longest=100)
    contact = Line(longest=120)


class AnswerSchema(FormSchema):
    """An answer; a public one comes with the text that everybody may read."""

    answer = Paragraphs(longest=LONGEST_TEXT, shortest=4, required=True)
    public = Tick()
    public_title = Line(longest=100)
    public_text = Paragraphs(longest=LONGEST_TEXT)


class ReasonSchema(FormSchema):
    """Why a complaint is not dealt with."""

    reason = Line(longest=300, shortest=5, required=True)
