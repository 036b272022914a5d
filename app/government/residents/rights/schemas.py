"""What is valid in a request about one's own data, in its answer, and in the choice of how long data is kept."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema

from app.core.forms import Choice, FormSchema, Line, Paragraphs, Tick

KINDS = {
    "access": _l("Salinan data"),
    "correction": _l("Perbaikan data"),
}
CAPACITIES = {
    "self": _l("Yang bersangkutan sendiri"),
    "guardian": _l("Orang tua atau wali"),
    "proxy": _l("Penerima kuasa"),
}
STATES = {
    "open": _l("Menunggu jawaban"),
    "done": _l("Dipenuhi"),
    "refused": _l("Ditolak"),
}
YEARS = (0, 1, 2, 3, 5, 10, 20)
"""How long data of who died or left may be kept, in years; 0 is for ever."""


class RequestSchema(FormSchema):
    """A request as it is received."""

    kind = Choice(choices=tuple(KINDS), required=True)
    capacity = Choice(choices=tuple(CAPACITIES), required=True)
    asked_by = Line(longest=80, required=True)
    contact = Line(longest=120)
    text = Paragraphs(longest=2000)

    @validates_schema
    def says_what_is_wrong(self, data: Mapping[str, str], **_options: object) -> None:
        """A correction says what is to be corrected."""
        if data.get("kind") == "correction" and not data.get("text"):
            raise ValidationError({"text": [_l("Tulis data mana yang salah dan apa yang benar.")]})


class AnswerSchema(FormSchema):
    """What became of a request."""

    outcome = Choice(choices=("done", "refused"), required=True)
    answer = Paragraphs(longest=2000, required=True)


class RetentionSchema(FormSchema):
    """How many years data of who died or left is kept, and that its end is understood."""

    years = fields.Integer(required=True, error_messages={"invalid": _l("Pilih salah satu dari daftar.")})
    understood = Tick()

    @validates_schema
    def known_years(self, data: Mapping[str, int], **_options: object) -> None:
        """One of the offered spans."""
        if "years" in data and data["years"] not in YEARS:
            raise ValidationError({"years": [_l("Pilih salah satu dari daftar.")]})
