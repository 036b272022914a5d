"""What residents' forms may say. Numbers are digits; PINs and codes are taken as they were typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields

from app.core.forms import Day, Email, FormSchema, Line, Paragraphs, Phone, Tick
from app.government.selfservice.accounts.finding import digits


class Number16(Line):
    """A NIK or KK number: 16 digits, however they are parted."""

    def __init__(self, **options: Any) -> None:
        super().__init__(longest=30, required=True, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        number = digits(super()._deserialize(value, attr, data, **options))
        if len(number) != 16:
            raise ValidationError(_l("Tulis 16 angka, seperti tertulis di kartu."))
        return number


class Secret(fields.String):
    """A PIN or code; empty is missing."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = str(value or "").strip()[:40]
        if not text:
            raise ValidationError(_l("Wajib diisi."))
        return text


class BirthDate(Day):
    """A birth date; must be given."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> Any:
        day = super()._deserialize(value, attr, data, **options)
        if day is None:
            raise ValidationError(_l("Wajib diisi."))
        return day


class SignInForm(FormSchema):
    """NIK and PIN."""

    nik = Number16()
    pin = Secret(required=True)
    remember = Tick()


class _Choosing(FormSchema):
    nik = Number16()
    kk = Number16()
    birth_date = BirthDate(required=True)
    pin = Secret(required=True)
    pin_again = Secret(required=True)


class ActivationForm(_Choosing):
    """Activation with the code from the hall."""

    code = Secret(required=True)


class ApplicationForm(_Choosing):
    """Activation with a photo of the KTP, which is sent beside it."""


class PinForm(FormSchema):
    """Another PIN for an account that is signed in."""

    pin_now = Secret(required=True)
    pin = Secret(required=True)
    pin_again = Secret(required=True)


class ContactForm(FormSchema):
    """Where a resident wants to be reached; both may be empty."""

    phone = Phone(mobile=True)
    email = Email()


class CorrectionForm(FormSchema):
    """What is wrong in one's own data."""

    about = Line(required=True)
    text = Paragraphs(required=True, longest=2000)
