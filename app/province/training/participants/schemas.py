"""What is valid in forms of invitations, registrations, quotas and tasks; the API and web forms share them."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from marshmallow import ValidationError, fields, validate, validates_schema

from app.core.forms import Choice, Day, FormSchema, Line, Paragraphs, Phone, Tick
from app.province.announcements.schemas import AudienceForm
from app.province.training.participants import rules
from app.province.training.participants.inviting import LONGEST_NUMBER
from app.province.training.participants.people import LONGEST_NAME, SEXES
from app.province.training.participants.registering import LONGEST_REASON, Candidate
from app.province.training.participants.tasks import LONGEST_DETAILS, LONGEST_NOTE, LONGEST_WHAT, WHOM

LABELS: dict[str, object] = {
    "name": _l("Nama"),
    "sex": _l("Jenis kelamin"),
    "nik": _l("NIK"),
    "birth_date": _l("Tanggal lahir"),
    "phone": _l("Nomor HP"),
    "position": _l("Jabatan atau pekerjaan"),
    "village": _l("Desa"),
    "is_other": _l("Ini orang lain dengan nama yang sama"),
    "reason": _l("Alasan"),
    "scope": _l("Penerima"),
    "regions": _l("Wilayah"),
    "villages": lazy_pgettext("many villages", "Desa"),
    "kind": _l("Jenis"),
    "states": _l("Keadaan"),
    "system": _l("Sistem"),
    "never_trained": _l("Hanya yang belum pernah ikut"),
    "letter_number": _l("Nomor surat"),
    "region": _l("Wilayah"),
    "seats": _l("Tempat"),
    "giver": _l("Dari"),
    "taker": _l("Kepada"),
    "to_waiting": _l("Pindahkan yang terakhir terdaftar ke daftar tunggu"),
    "what": _l("Tugas"),
    "details": _l("Penjelasan"),
    "due_on": _l("Paling lambat"),
    "whom": _l("Untuk"),
    "note": _l("Catatan"),
}


class NikField(Line):
    """A NIK of 16 digits, or empty."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        from app.core.village.errors import Invalid
        from app.province.training.participants.people import checked_nik

        try:
            return checked_nik(super()._deserialize(value, attr, data, **options))
        except Invalid as wrong:
            raise ValidationError(str(wrong)) from wrong


class PersonForm(FormSchema):
    """Somebody who is to take part. Nobody needs a NIK."""

    name = Line(required=True, longest=LONGEST_NAME, shortest=2)
    sex = Choice(required=True, choices=SEXES)
    nik = NikField(longest=30, load_default="")
    birth_date = Day(allow_none=True, load_default=None)
    phone = Phone(load_default="")
    position = Line(longest=100, load_default="")
    is_other = Tick()

    @validates_schema
    def born_before_today(self, data: dict[str, Any], **options: Any) -> None:
        """Nobody is born tomorrow."""
        born = data.get("birth_date")
        if born is not None and born > rules.today():
            raise ValidationError({"birth_date": [_("Tanggal ini belum tiba.")]})


class OrganiserPersonForm(PersonForm):
    """Somebody whom the organiser registers: the village's code, or nothing for people of offices."""

    village = Line(longest=120, load_default="")
    is_official = Tick()


class ReasonForm(FormSchema):
    """Why something is taken back."""

    reason = Line(required=True, shortest=3, longest=LONGEST_REASON)


class InvitationForm(AudienceForm):
    """Which villages are invited."""

    never_trained = Tick()
    letter_number = Line(longest=LONGEST_NUMBER, load_default="")


class QuotaForm(FormSchema):
    """A region's seats; empty takes its quota away."""

    region = fields.String(required=True, validate=validate.Regexp(r"^\d{2}\.\d{2}(\.\d{2})?$"))
    seats = fields.Integer(allow_none=True, load_default=None)
    to_waiting = Tick()


class SwapForm(FormSchema):
    """Seats that go from one region to another."""

    giver = fields.String(required=True, validate=validate.Regexp(r"^\d{2}\.\d{2}(\.\d{2})?$"))
    taker = fields.String(required=True, validate=validate.Regexp(r"^\d{2}\.\d{2}(\.\d{2})?$"))
    seats = fields.Integer(required=True)


class TaskForm(FormSchema):
    """A task for villages."""

    what = Line(required=True, shortest=5, longest=LONGEST_WHAT)
    details = Paragraphs(longest=LONGEST_DETAILS, load_default="")
    due_on = Day(allow_none=True, load_default=None)
    whom = Choice(required=True, choices=WHOM)


class NoteForm(FormSchema):
    """What a village says about a task that it did."""

    note = Paragraphs(longest=LONGEST_NOTE, load_default="")


def candidate(values: dict[str, Any], *, is_official: bool = False) -> Candidate:
    """The person whom a checked form means."""
    return Candidate(
        name=values["name"],
        sex=values["sex"],
        nik=values.get("nik", ""),
        birth_date=values.get("birth_date"),
        phone=values.get("phone", ""),
        position=values.get("position", ""),
        is_official=is_official or bool(values.get("is_official")),
    )
