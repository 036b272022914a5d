"""What is valid in an event and what belongs to it, for forms; programs send the same names (see `records`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate

from app.core.forms import REQUIRED, Choice, Clock, Day, FormSchema, Line, Paragraphs, Phone, Tick
from app.core.village.schemas import Identity
from app.government.complaints.schemas import Point
from app.government.letters.types.fields import Rupiah
from app.province.training.events.models import KINDS
from app.province.training.events.words import COSTS, PILLARS

LONGEST_TITLE = 160
LONGEST_TEXT = 4000
LONGEST_REASON = 500
MOST_SEATS = 20_000
MOST_RUPIAH = 10**12
MOST_SPEAKERS = 20
MOST_TOPICS = 12

LABELS: dict[str, object] = {
    "organiser": _l("Penyelenggara"),
    "kind": _l("Jenis kegiatan"),
    "title": _l("Nama kegiatan"),
    "description": _l("Keterangan"),
    "programme_id": _l("Program"),
    "venue_id": _l("Tempat"),
    "starts_on": _l("Hari pertama"),
    "ends_on": _l("Hari terakhir"),
    "registration_until": _l("Pendaftaran sampai"),
    "capacity": _l("Jumlah kursi"),
    "per_village": _l("Paling banyak per desa"),
    "to_waiting": _l("Pindahkan yang terakhir terdaftar ke daftar tunggu"),
    "budget": _l("Anggaran"),
    "opened_by": _l("Dibuka oleh"),
    "reason": _l("Alasan"),
    "day": _l("Hari"),
    "starts": _l("Mulai"),
    "ends": _l("Selesai"),
    "pillar": _l("Pilar"),
    "room": _l("Ruang"),
    "speakers": _l("Narasumber"),
    "category": _l("Untuk"),
    "amount": _l("Jumlah"),
    "spent_on": _l("Dibayar pada"),
    "name": _l("Nama"),
    "position": _l("Jabatan"),
    "organisation": _l("Lembaga"),
    "phone": _l("Telepon"),
    "topics": _l("Topik yang dikuasai"),
    "region_code": _l("Wilayah"),
    "address": _l("Alamat"),
    "point": _l("Titik peta"),
    "aim": _l("Tujuan"),
    "year": _l("Tahun"),
    "file": _l("Berkas"),
}


class Whole(fields.Field["int | None"]):
    """A whole number as people write it (`1.250`); empty is None."""

    def __init__(self, *, least: int = 0, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most = least, most

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> int | None:
        text = str(value if value is not None else "").strip()
        if not text:
            if self.required:
                raise ValidationError(str(REQUIRED))
            return None
        if not re.fullmatch(r"[0-9]+|[0-9]{1,3}([. ][0-9]{3})+", text):
            raise ValidationError(str(_l("Tulis angka bulat, misalnya 120.")))
        number = int(re.sub(r"[. ]", "", text)[:16])
        if not self.least <= number <= self.most:
            raise ValidationError(
                str(_l("Tulis angka dari %(least)s sampai %(most)s.", least=self.least, most=self.most))
            )
        return number


class Topics(Paragraphs):
    """Topics, one a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(longest=1000, **options)

    def tidied(self, text: str) -> str:
        """The lines without empty ones and repetitions."""
        lines = [" ".join(line.split()) for line in super().tidied(text).split("\n")]
        return "\n".join(dict.fromkeys(line for line in lines if line))


def _positive(value: int | None) -> None:
    if value is not None and value < 1:
        raise ValidationError(str(_l("Tulis jumlah di atas nol.")))


def _given(value: object) -> None:
    if value is None:
        raise ValidationError(str(REQUIRED))


_REGION = validate.Regexp(r"^$|^\d{2}(\.\d{2}(\.\d{2})?)?$", error=_l("Kode wilayah tidak dikenal."))


class EventForm(FormSchema):
    """An event as a form sends it; `organiser` counts when it is new."""

    organiser = Line(longest=8, validate=_REGION)
    kind = Choice(choices=KINDS, required=True)
    title = Line(required=True, longest=LONGEST_TITLE, shortest=5)
    description = Paragraphs(longest=LONGEST_TEXT)
    programme_id = Identity(allow_none=True, load_default=None)
    venue_id = Identity(allow_none=True, load_default=None)
    starts_on = Day(required=True, validate=_given)
    ends_on = Day(allow_none=True, load_default=None)
    registration_until = Day(allow_none=True, load_default=None)
    capacity = Whole(least=1, most=MOST_SEATS, load_default=None)
    per_village = Whole(least=1, most=1000, load_default=None)
    to_waiting = Tick()
    budget = Rupiah(most=MOST_RUPIAH, load_default=None)
    opened_by = Line(longest=200)


class SessionForm(FormSchema):
    """A session as a form sends it."""

    title = Line(required=True, longest=LONGEST_TITLE, shortest=3)
    pillar = Choice(choices=tuple(PILLARS), required=True)
    day = Day(required=True, validate=_given)
    starts = Clock(required=True, validate=_given)
    ends = Clock(required=True, validate=_given)
    room = Line(longest=80)
    speakers = fields.List(fields.UUID(), validate=validate.Length(max=MOST_SPEAKERS))


class CopyForm(FormSchema):
    """When an event is held again."""

    title = Line(required=True, longest=LONGEST_TITLE, shortest=5)
    starts_on = Day(required=True, validate=_given)


class CostForm(FormSchema):
    """A cost as a form sends it; without a day it is planned."""

    category = Choice(choices=tuple(COSTS), required=True)
    description = Line(required=True, longest=200, shortest=3)
    amount = Rupiah(most=MOST_RUPIAH, required=True, validate=_positive)
    spent_on = Day(allow_none=True, load_default=None)


class PaperForm(FormSchema):
    """A document as a form sends it, without its file."""

    title = Line(required=True, longest=LONGEST_TITLE, shortest=3)


class ProgrammeForm(FormSchema):
    """A programme as a form sends it."""

    title = Line(required=True, longest=LONGEST_TITLE, shortest=5)
    aim = Paragraphs(longest=LONGEST_TEXT)
    year = Whole(least=2000, most=2100, required=True)


class VenueForm(FormSchema):
    """A place as a form sends it."""

    name = Line(required=True, longest=120, shortest=3)
    region_code = Line(required=True, longest=8, validate=_REGION)
    address = Line(longest=300)
    point = Point(load_default=None)
    capacity = Whole(least=1, most=MOST_SEATS, load_default=None)


class SpeakerForm(FormSchema):
    """A speaker as a form sends it."""

    name = Line(required=True, longest=120, shortest=3)
    position = Line(longest=120)
    organisation = Line(longest=120)
    phone = Phone()
    topics = Topics()
