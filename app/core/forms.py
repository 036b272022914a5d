"""Web forms checked by marshmallow schemas: one schema says what is valid in a form, the API and a spreadsheet row.

`check(schema, request.form)` returns what was typed, what it means and a sentence for each field that is wrong.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from lokal.phone import parse_phone
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")

REQUIRED = _l("Wajib diisi.")


def canonical_email(text: str) -> str:
    """An e-mail address as accounts are known by it: lower case, without spaces around and invisible characters.

    Whoever looks for an account and whoever counts tries for it uses this, so that one account has one name. Doing it
    twice changes nothing.
    """
    visible = (c for c in text if c in "\t\n\r" or not unicodedata.category(c).startswith("C"))
    return " ".join("".join(visible).split()).lower()


class FormSchema(Schema):
    """A schema that forgives what a form sends besides its fields (token, buttons)."""

    class Meta:
        """Unknown names are left out."""

        unknown = EXCLUDE


class Line(fields.String):
    """One line of text: spaces are tidied, control characters dropped. `required` means not empty."""

    def __init__(self, *, longest: int = 120, shortest: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.longest, self.shortest = longest, shortest
        self.error_messages.update(
            required=REQUIRED,
            null=REQUIRED,
            invalid=_l("Isian ini tidak terbaca."),
            invalid_utf8=_l("Isian ini tidak terbaca."),
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = self.tidied(_CONTROL.sub("", super()._deserialize(value, attr, data, **options)))
        if self.required and not text:
            raise self.make_error("required")
        if len(text) > self.longest:
            raise ValidationError(_l("Terlalu panjang: paling banyak %(most)s huruf.", most=self.longest))
        if text and len(text) < self.shortest:
            raise ValidationError(_l("Terlalu pendek: paling sedikit %(least)s huruf.", least=self.shortest))
        return text

    def tidied(self, text: str) -> str:
        """The text with single spaces."""
        return " ".join(text.split())


class Plain(Line):
    """A name or a word of people: no tags, and no signs that are pictures."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if any(sign in "<>" or unicodedata.category(sign) in ("So", "Co", "Cn") for sign in text):
            raise ValidationError(_l("Tulis tanpa tanda < dan > dan tanpa gambar."))
        return text


class Paragraphs(Line):
    """Text of several lines; empty lines at both ends and spaces at the ends of lines are dropped."""

    def tidied(self, text: str) -> str:
        """The text with tidy line ends."""
        return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()


class Phone(Line):
    """An Indonesian telephone number, or empty; kept as it is written in the country (0812-0000-1234)."""

    def __init__(self, *, mobile: bool = False, **options: Any) -> None:
        super().__init__(longest=30, **options)
        self.mobile = mobile

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if not text:
            return text
        found = parse_phone(text)
        if not found.valid or found.national is None:
            raise ValidationError(_l("Nomor ini tidak lengkap. Contoh: 0812-0000-1234."))
        if self.mobile and not found.whatsapp:
            raise ValidationError(_l("Tulis nomor ponsel yang dimulai 08, misalnya 0812-0000-1234."))
        return found.national if found.type == "mobile" else text


class Email(Line):
    """An e-mail address in lower case, or empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(longest=254, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = canonical_email(super()._deserialize(value, attr, data, **options))
        if self.required and not text:
            raise self.make_error("required")
        if text:
            validate.Email(error=str(_l("Alamat surel ini tidak lengkap. Contoh: balai@desa.id.")))(text)
        return text


class Choice(Line):
    """One of the given values."""

    def __init__(self, *, choices: tuple[str, ...], **options: Any) -> None:
        super().__init__(**options)
        self.choices = choices

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if text not in self.choices and (text or self.required):
            raise ValidationError(_l("Pilih salah satu dari daftar."))
        return text


class Day(fields.Field[dt.date | None]):
    """A date as browsers send it (2026-11-22) or as people write it (22-11-2026, 22/11/2026); empty is None."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> dt.date | None:
        text = str(value or "").strip()
        if not text:
            return None
        for pattern in ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"):
            try:
                day = dt.datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a date has no zone
            except ValueError:
                continue
            if 1900 <= day.year <= 2200:
                return day
            if day.year < 1900:
                raise ValidationError(
                    _l("Tanggal ini terlalu lama: paling awal tahun 1900. Periksa tahunnya.")
                )
            raise ValidationError(_l("Tanggal ini terlalu jauh: paling akhir tahun 2200. Periksa tahunnya."))
        raise ValidationError(_l("Tanggal ini tidak ada. Contoh: 22-11-2026."))


class Clock(fields.Field[dt.time | None]):
    """A time of day: 08.00, 8:00, 0800, 8; empty is None."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> dt.time | None:
        text = str(value or "").strip().replace(".", ":")
        if not text:
            return None
        found = re.fullmatch(r"([0-9]{1,2})(?::?([0-9]{2})(?::00)?)?", text)
        if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
            raise ValidationError(_l("Jam ini tidak ada. Contoh: 08.00."))
        return dt.time(int(found[1]), int(found[2] or 0))


class Tick(fields.Field[bool]):
    """A box that is ticked or not; a box that is not ticked is not sent at all."""

    def __init__(self, **options: Any) -> None:
        super().__init__(load_default=False, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> bool:
        return str(value).strip().lower() in ("1", "true", "on", "yes")


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of checking a form: as it was typed, what it means (where valid), and sentences by field."""

    typed: dict[str, Any]
    values: dict[str, Any]
    errors: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong."""
        return not self.errors

    def with_error(self, name: str, sentence: object) -> Checked:
        """The same form with one more sentence, found by a service rather than the schema."""
        errors = {**self.errors, name: [*self.errors.get(name, []), str(sentence)]}
        return Checked(self.typed, self.values, errors)


def check(schema: Schema, form: MultiDict[str, str]) -> Checked:
    """Check a form. A field that was not sent counts as empty, so a schema's `required` speaks for it."""
    typed: dict[str, Any] = {}
    for name, known in schema.fields.items():
        if isinstance(known, fields.List):
            typed[name] = form.getlist(name)
        elif name in form:
            typed[name] = form[name]
        elif not isinstance(known, Tick):
            typed[name] = ""
    try:
        return Checked(typed, dict(schema.load(typed)))
    except ValidationError as error:
        wrong: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        return Checked(
            typed, dict(error.valid_data or {}), {name: _flat(found) for name, found in wrong.items()}
        )


def fingerprint(values: Mapping[str, Any]) -> str:
    """A short digest of a form's stored values: a form carries it and so tells that nobody changed them meanwhile."""
    text = json.dumps(values, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.blake2s(text.encode(), digest_size=8).hexdigest()


def _flat(found: Any) -> list[str]:
    if isinstance(found, Mapping):
        return [sentence for inner in found.values() for sentence in _flat(inner)]
    if isinstance(found, list):
        return [sentence for inner in found for sentence in _flat(inner)]
    return [str(found)]
