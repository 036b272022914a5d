"""What may be typed into the wizard."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from lokal.phone import parse_phone
from marshmallow import ValidationError, validate

from app.core.forms import Choice, Email, FormSchema, Line, Paragraphs, Phone, Plain, Tick

TITLES = ("head", "secretary", "operator", "other")
"""Who applies for a village: by the village's own words, or something else that is typed."""

LABELS: dict[str, Any] = {
    "name": _l("Nama lengkap"),
    "title": _l("Jabatan"),
    "title_other": _l("Jabatan lain"),
    "phone": _l("Nomor ponsel"),
    "email": _l("Surel"),
    "letter": _l("Surat tugas"),
    "term": _l("Sebutan desa"),
    "head": _l("Sebutan kepala"),
    "secretary": _l("Sebutan sekretaris"),
    "council": _l("Sebutan badan permusyawaratan"),
    "sub_area": _l("Sebutan wilayah di bawah desa"),
    "postal_code": _l("Kode pos"),
    "name_note": _l("Ejaan nama atau kode yang keliru"),
    "slug": _l("Alamat situs"),
    "village": lazy_pgettext("kind of one village", "Desa"),
    "declared": _l("Pernyataan"),
}


NO_LINK = _l("Tulis nama saja, tanpa alamat web atau surel.")
_SITES = {
    "app", "asia", "bet", "biz", "bid", "blog", "casino", "cc", "ch", "click", "club", "cn", "co", "com", "de",
    "dev", "eu", "fun", "games", "gd", "gg", "gl", "gle", "id", "info", "io", "live", "ly", "me", "mobi", "my",
    "net", "news", "nl", "online", "org", "page", "pro", "ru", "sbs", "sg", "shop", "site", "space", "store", "tk",
    "to", "top", "tv", "uk", "us", "vip", "web", "win", "work", "world", "ws", "xn", "xyz",
}  # fmt: skip
"""What ends the addresses of sites; none of them ends a degree (S.Ag, M.Si, A.Md, S.Farm)."""
_BEFORE_NAMES = frozenset(
    ("abd", "apt", "dra", "drg", "drh", "drs", "mhd", "moh", "muh", "plh", "plt", "prof")
)
_ODD_SIGNS = re.compile(r"[:@\u2024\u3002\uff0e\uff61]")
_NUMBER = re.compile(r"(?:\d[\s.()+-]*){5}")


def names_a_site(text: str) -> bool:
    """Whether a mail program would make a link of some word: `bit.ly`, `hadiah-anda.com`; not `H.Ahmad, S.Pd.I`."""
    for word in re.split(r"[\s,;()/]+", text):
        first, *others = word.strip(".").lower().split(".")
        if not others:
            continue
        is_short = len(first) <= 2 or first in _BEFORE_NAMES
        if not is_short or others[-1] in _SITES or any(len(middle) > 4 for middle in others[:-1]):
            return True
    return False


class Words(Plain):
    """A name or a title: letters must be in it, and nothing that is only a picture, a link, a number or a formula.

    Letters go to whatever address was typed and speak of these words: nobody sends others a link in them.
    """

    def tidied(self, text: str) -> str:
        """Single spaces, and without signs that are no text (emoji, marks of formatting)."""
        plain = "".join(
            c for c in text if unicodedata.category(c) not in ("So", "Sk", "Cf", "Co", "Cn", "Cs")
        )
        return super().tidied(plain.replace("\ufe0f", "").replace("\u20e3", ""))

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if text and not any(character.isalpha() for character in text):
            raise ValidationError(_l("Tulis dengan huruf."))
        if text.startswith(("=", "+", "-")):
            raise ValidationError(_l("Awali dengan huruf."))
        if _NUMBER.search(text):
            raise ValidationError(_l("Tulis tanpa nomor."))
        if _ODD_SIGNS.search(text) or names_a_site(text):
            raise ValidationError(NO_LINK)
        return text


class PersonName(Words):
    """A person's name: at least three signs, and no stroke, which stands in titles alone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            longest=100, shortest=3, validate=validate.Regexp(r"^[^/]*\Z", error=NO_LINK), **options
        )


class MobilePhone(Phone):
    """A mobile number, kept as it is dialled from everywhere: +6281200001234."""

    def __init__(self, **options: Any) -> None:
        super().__init__(mobile=True, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **options)
        return parse_phone(text).e164 or text if text else text


def written_phone(phone: str) -> str:
    """A kept number as it is written in the country: `0812-0000-1234`; what is no number stays as it is."""
    return (parse_phone(phone).national or phone) if phone else ""


class ApplicantForm(FormSchema):
    """Who applies."""

    name = PersonName(required=True)
    title = Choice(required=True, choices=TITLES)
    title_other = Words(longest=80)
    phone = MobilePhone(required=True)
    email = Email(required=True)


class IdentityForm(FormSchema):
    """The village's own words, its postal code, and what the register of regions has wrong."""

    term = Words(required=True, longest=30)
    head = Words(required=True, longest=60)
    secretary = Words(required=True, longest=60)
    council = Words(longest=80)
    sub_area = Words(required=True, longest=40)
    postal_code = Line(
        longest=10,
        validate=validate.Regexp(r"^([1-9]\d{4})?$", error=_l("Kode pos terdiri atas lima angka.")),
    )
    name_note = Paragraphs(longest=300)


class AddressForm(FormSchema):
    """The label of the village's host."""

    slug = Line(required=True, longest=63)


class SummaryForm(FormSchema):
    """That the applicant may speak for the village."""

    declared = Tick()


class ResumeForm(FormSchema):
    """Whose applications are to be sent again."""

    email = Email(required=True)
