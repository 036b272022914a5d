"""What may be typed about letters and contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields

from app.core.forms import REQUIRED, Day, Email, FormSchema, Line, Paragraphs
from app.province.onboarding.applications.schemas import MobilePhone, PersonName, Words

LEAST_DAYS, USUAL_DAYS, MOST_DAYS = 7, 60, 180
LONGEST_PARAGRAPH = 600


class Days(fields.Field[int]):
    """How many days, as somebody types it; empty is the usual number."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> int:
        text = str(value if value is not None else "").strip()
        if not text:
            return USUAL_DAYS
        if not (text.isascii() and text.isdigit() and LEAST_DAYS <= int(text[:6]) <= MOST_DAYS):
            raise ValidationError(
                _l("Tulis angka antara %(least)s dan %(most)s.", least=LEAST_DAYS, most=MOST_DAYS)
            )
        return int(text)


class LetterDay(Day):
    """The day that stands in the letter."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> Any:
        day = super()._deserialize(value, attr, data, **options)
        if day is None:
            raise ValidationError(REQUIRED)
        return day


class LetterForm(FormSchema):
    """What stands in all letters of a batch."""

    label = Line(required=True, longest=100, shortest=3)
    letter_number = Line(longest=80)
    letter_date = LetterDay(required=True)
    signatory_name = PersonName(required=True)
    signatory_title = Words(required=True, longest=120)
    signatory_nip = Line(longest=30)
    paragraph = Paragraphs(longest=LONGEST_PARAGRAPH)
    valid_days = Days(load_default=USUAL_DAYS)


class ContactForm(FormSchema):
    """Whom to write to in a village, if that is known."""

    contact_name = PersonName()
    email = Email()
    phone = MobilePhone()


class ExtendForm(FormSchema):
    """For how much longer a link holds."""

    days = Days(load_default=USUAL_DAYS)
