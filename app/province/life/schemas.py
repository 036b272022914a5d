"""What is valid in forms about a village's life."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates

from app.core.forms import Day, Email, FormSchema, Line, Tick
from app.core.village.queries import today

LONGEST_REASON, SHORTEST_REASON = 500, 10

_PLACE_NAME = re.compile(r"[^\W\d_][\w .,'’()/-]*")
"""What names in the Ministry's list of codes are made of; what begins with no letter, or holds markup, is a slip."""

LABELS: dict[str, object] = {
    "code": _l("Kode desa baru"),
    "name": _l("Nama desa baru"),
    "slug": _l("Alamat situs"),
    "regulation": _l("Nomor peraturan"),
    "regulation_on": _l("Tanggal peraturan"),
    "effective_on": _l("Berlaku sejak"),
    "reason": _l("Alasan"),
    "acting_name": _l("Nama penjabat kepala"),
    "acting_title": _l("Jabatan"),
    "acting_email": _l("Surel penjabat"),
    "source": _l("Desa yang bergabung"),
    "typed_name": _l("Ketik nama desa"),
    "areas": _l("Wilayah yang beralih"),
    "accept_duplicates": _l("Pakai catatan desa tujuan"),
}


def is_place_name(text: str) -> bool:
    """Whether this may be the name of a village, a kecamatan or a kabupaten."""
    return _PLACE_NAME.fullmatch(text) is not None


class PlaceName(Line):
    """A name that stands on every page and letter from then on: letters, digits and the marks that names have."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if text and not is_place_name(text):
            raise ValidationError(
                _l("Tulis seperti di peraturannya: huruf, angka, spasi, titik, dan tanda hubung saja.")
            )
        return text


class RegulationForm(FormSchema):
    """What every change of a whole village rests on."""

    regulation = Line(required=True, longest=200, shortest=5)
    regulation_on = Day()
    effective_on = Day()
    reason = Line(required=True, longest=LONGEST_REASON, shortest=SHORTEST_REASON)

    @validates("regulation_on")
    def _was_made(self, value: dt.date | None, **_options: Any) -> None:
        if value is not None and value > today():
            raise ValidationError(str(_l("Peraturan ini bertanggal sesudah hari ini. Periksa tanggalnya.")))


class SplitForm(RegulationForm):
    """A new village that is made out of a part of another."""

    code = Line(required=True, longest=13)
    name = PlaceName(required=True, longest=80, shortest=2)
    slug = Line(longest=80)
    acting_name = Line(required=True, longest=120, shortest=2)
    acting_title = Line(longest=120)
    acting_email = Email(required=True)


class MergeForm(RegulationForm):
    """A village that joins another: `source` is its code or address."""

    source = Line(required=True, longest=80)


class DeletionForm(FormSchema):
    """The wish that a village's data be deleted."""

    regulation = Line(required=True, longest=200, shortest=5)
    reason = Line(required=True, longest=LONGEST_REASON, shortest=SHORTEST_REASON)
    typed_name = Line(required=True, longest=120)
    understood = Tick()
