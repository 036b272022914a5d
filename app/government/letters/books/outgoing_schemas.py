"""What may be written into the register of outgoing letters and into the expedition book."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.forms import Day, FormSchema, Line
from app.government.letters.books.incoming_schemas import Number

PAPER_LABELS = {
    "title": _l("Jenis atau judul surat"),
    "subject": _l("Isi singkat"),
    "recipient": _l("Ditujukan kepada"),
    "holder_name": _l("Atas nama"),
    "letter_date": _l("Tanggal surat"),
    "classification": _l("Klasifikasi"),
    "signer_name": _l("Ditandatangani oleh"),
    "sequence": _l("Nomor urut di buku kertas"),
    "number": _l("Nomor lengkap"),
    "scans": _l("Pindaian"),
}
EXPEDITION_LABELS = {
    "sent_on": _l("Dikirim tanggal"),
    "sent_to": _l("Dikirim kepada"),
    "carried_by": _l("Dibawa oleh"),
    "received_by": _l("Diterima oleh"),
}


class PaperLetterSchema(FormSchema):
    """A letter that was written elsewhere."""

    title = Line(longest=160, required=True)
    subject = Line(longest=300, load_default="")
    recipient = Line(longest=160, load_default="")
    holder_name = Line(longest=160, load_default="")
    letter_date = Day(load_default=None, allow_none=True)
    classification = Line(longest=40, load_default="")
    signer_name = Line(longest=120, load_default="")
    sequence = Number(load_default=None, allow_none=True)
    number = Line(longest=80, load_default="")


class ExpeditionSchema(FormSchema):
    """A line of the expedition book."""

    sent_on = Day(load_default=None, allow_none=True)
    sent_to = Line(longest=160, required=True)
    carried_by = Line(longest=120, load_default="")
    received_by = Line(longest=120, load_default="")
