"""What may be written about an incoming letter and its dispositions: the same in forms and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate

from app.core.forms import REQUIRED, Choice, Day, FormSchema, Line, Paragraphs
from app.government.letters.books.words import INSTRUCTIONS, SECRECIES, URGENCIES

LARGEST_NUMBER = 99_999

LABELS = {
    "sender": _l("Pengirim"),
    "number": _l("Nomor surat"),
    "letter_date": _l("Tanggal surat"),
    "received_on": _l("Diterima tanggal"),
    "subject": _l("Perihal"),
    "classification": _l("Klasifikasi"),
    "urgency": _l("Sifat"),
    "secrecy": _l("Kerahasiaan"),
    "attachments": _l("Lampiran"),
    "due_on": _l("Ditanggapi paling lambat"),
    "notes": _l("Catatan"),
    "first_number": _l("Nomor agenda pertama"),
    "scans": _l("Pindaian"),
}


class Number(fields.Field["int | None"]):
    """A number in a book, from 1 to 99,999, as people type it; empty is None."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> int | None:
        text = str(value if value is not None else "").strip().replace(".", "")
        if not text:
            return None
        if not (text.isascii() and text.isdigit()):
            raise ValidationError(_l("Isi dengan angka saja."))
        if len(text) > 5 or not 1 <= int(text) <= LARGEST_NUMBER:
            raise ValidationError(_l("Isi angka antara 1 dan 99.999."))
        return int(text)


class IncomingSchema(FormSchema):
    """An incoming letter as it is recorded and changed."""

    sender = Line(longest=160, required=True)
    number = Line(longest=80, load_default="")
    letter_date = Day(load_default=None, allow_none=True)
    received_on = Day(load_default=None, allow_none=True)
    subject = Line(longest=300, required=True)
    classification = Line(longest=40, load_default="")
    urgency = Choice(choices=tuple(URGENCIES), load_default="ordinary")
    secrecy = Choice(choices=tuple(SECRECIES), load_default="open")
    attachments = Line(longest=120, load_default="")
    due_on = Day(load_default=None, allow_none=True)
    notes = Paragraphs(longest=1000, load_default="")


class NewIncomingSchema(IncomingSchema):
    """An incoming letter that is recorded for the first time in this form."""

    first_number = Number(
        load_default=None,
        allow_none=True,
    )


class DispositionSchema(FormSchema):
    """A disposition: to whom, what to do, until when."""

    officials = fields.List(
        fields.UUID(error_messages={"invalid_uuid": _l("Pilih perangkat dari daftar.")}),
        required=True,
        validate=validate.Length(1, 60, error=_l("Pilih paling sedikit satu perangkat.")),
        error_messages={"required": REQUIRED},
    )
    instructions = fields.List(Choice(choices=tuple(INSTRUCTIONS)), load_default=list)
    text = Paragraphs(longest=800, load_default="")
    due_on = Day(load_default=None, allow_none=True)
    secrecy = Choice(choices=tuple(SECRECIES), load_default="open")


class NoteSchema(FormSchema):
    """A few words about a deed."""

    note = Paragraphs(longest=800, shortest=3, required=True)


class ReplySchema(FormSchema):
    """The outgoing letter that answers an incoming one."""

    number = Line(longest=80, required=True)
