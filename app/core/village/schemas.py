"""The one place that says what is valid: a village's identity, words, look, hours, officials and sub-areas."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from app.core.forms import Choice, Clock, Day, Email, FormSchema, Line, Paragraphs, Phone, Plain, Tick
from app.core.village.hours import DAYS, OpeningHours

POSITIONS = ("head", "secretary", "treasurer", "section", "sub_area", "other")
SUB_AREA_KINDS = ("sub_area", "rw", "rt")
DAY_PARTS = ("opens", "closes", "break_from", "break_until")
CLOSED_DAYS = 12
"""How many closed days a form takes."""
MAX_AT_ONCE = 60

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_LATITUDES, _LONGITUDES = (-11.5, 6.5), (94.5, 141.5)


class Location(Line):
    """A point as maps copy it, `-5.4382, 104.7215` (WGS 84, latitude first); empty is None. Within Indonesia."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> Any:
        text = super()._deserialize(value, attr, data, **options)
        if not text:
            return None
        parts = re.findall(r"-?[0-9]+(?:\.[0-9]+)?", text)
        if len(parts) != 2:
            raise ValidationError(_l("Tulis dua angka dipisah koma, misalnya -5.4382, 104.7215."))
        latitude, longitude = float(parts[0]), float(parts[1])
        if not (_LATITUDES[0] <= latitude <= _LATITUDES[1] and _LONGITUDES[0] <= longitude <= _LONGITUDES[1]):
            raise ValidationError(
                _l("Titik ini di luar Indonesia. Periksa urutannya: lintang dahulu, lalu bujur.")
            )
        return round(latitude, 6), round(longitude, 6)


class PostalCode(Line):
    """Five digits, or empty."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> Any:
        text = super()._deserialize(value, attr, data, **options)
        if text and not re.fullmatch(r"[0-9]{5}", text):
            raise ValidationError(_l("Kode pos terdiri dari lima angka."))
        return text


class Identity(fields.Field[uuid.UUID | None]):
    """The id of something of the village, or empty for None."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> Any:
        try:
            return uuid.UUID(str(value)) if value else None
        except ValueError as error:
            raise ValidationError(_l("Pilih salah satu dari daftar.")) from error


class IdentitySchema(FormSchema):
    """How a village presents itself and how it is reached."""

    motto = Line(longest=120)
    about = Paragraphs(longest=1500)
    address = Plain(longest=240)
    postal_code = PostalCode()
    phone = Phone()
    whatsapp = Phone(mobile=True)
    email = Email()
    location = Location()


class WordsSchema(FormSchema):
    """A village's own words. A kelurahan has no council."""

    term = Plain(required=True, longest=30)
    head = Plain(required=True, longest=60)
    secretary = Plain(required=True, longest=60)
    council = Plain(longest=80)
    sub_area = Plain(required=True, longest=30)


class LookSchema(FormSchema):
    """A village's colour and the lines of its letterhead."""

    accent = Line(longest=20)
    own_accent = Line(longest=20)
    letterhead_lines = Paragraphs(longest=600)
    remove_logo = Tick()
    remove_letterhead = Tick()
    remove_cover = Tick()

    @validates_schema
    def _colour(self, data: dict[str, Any], **options: Any) -> None:
        chosen = data.get("own_accent", "") if data.get("accent") == "own" else data.get("accent", "")
        if chosen and not _COLOUR.fullmatch(chosen.lower()):
            raise ValidationError(_l("Pilih warna dari daftar atau tulis seperti #1f5f8b."), "accent")
        lines = data.get("letterhead_lines", "").split("\n")
        if len([line for line in lines if line.strip()]) > 5:
            raise ValidationError(_l("Kop surat paling banyak lima baris."), "letterhead_lines")
        if any(len(line) > 90 for line in lines):
            raise ValidationError(_l("Satu baris kop surat paling banyak 90 huruf."), "letterhead_lines")

    @post_load
    def _settle(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        own = data.pop("own_accent", "")
        data["accent"] = (own if data.get("accent") == "own" else data.get("accent", "")).lower()
        lines = data.get("letterhead_lines", "").split("\n")
        data["letterhead_lines"] = [" ".join(line.split()) for line in lines if line.strip()]
        return data


def _hours_fields() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for day in DAYS:
        for part in DAY_PARTS:
            made[f"{day}_{part}"] = Clock()
    for number in range(CLOSED_DAYS):
        made[f"closed_{number}"] = Day()
        made[f"closed_note_{number}"] = Line(longest=60)
    return made


class _HoursRules(FormSchema):
    """Opening before closing, the break in between; loads an OpeningHours under the key `hours`."""

    @validates_schema
    def _in_order(self, data: dict[str, Any], **options: Any) -> None:
        errors: dict[str, list[Any]] = {}
        for day in DAYS:
            sentence = _wrong_day(
                *(data.get(f"{day}_{part}") for part in ("opens", "closes", "break_from", "break_until"))
            )
            if sentence:
                errors[f"{day}_opens"] = [sentence]
        if errors:
            raise ValidationError(errors)

    @post_load
    def _settle(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        week: list[tuple[Any, ...]] = []
        for day in DAYS:
            opens, closes = data.get(f"{day}_opens"), data.get(f"{day}_closes")
            pause, again = data.get(f"{day}_break_from"), data.get(f"{day}_break_until")
            if opens is None:
                week.append(())
            elif pause is None:
                week.append(((opens, closes),))
            else:
                week.append(((opens, pause), (again, closes)))
        closed = {
            data[f"closed_{n}"]: data.get(f"closed_note_{n}", "")
            for n in range(CLOSED_DAYS)
            if data.get(f"closed_{n}")
        }
        return {"hours": OpeningHours(tuple(week), closed)}


def _wrong_day(
    opens: dt.time | None, closes: dt.time | None, pause: dt.time | None, again: dt.time | None
) -> Any:
    if (opens is None) != (closes is None):
        return _l("Isi jam buka dan jam tutup, atau kosongkan keduanya bila tutup.")
    if (pause is None) != (again is None):
        return _l("Isi awal dan akhir istirahat, atau kosongkan keduanya.")
    if opens is None or closes is None:
        return _l("Hari ini tutup, jadi istirahatnya dikosongkan.") if pause else None
    if closes <= opens:
        return _l("Jam tutup harus sesudah jam buka.")
    if pause is not None and again is not None and not opens < pause < again < closes:
        return _l("Istirahat harus berada di antara jam buka dan jam tutup.")
    return None


HoursSchema: type[Schema] = type("HoursSchema", (_HoursRules,), _hours_fields())
"""Form of the opening hours: `mon_opens`, `mon_closes`, `mon_break_from`, …, `closed_0`, `closed_note_0`, …"""


class OfficialSchema(FormSchema):
    """An official: who, which office, from when to when."""

    name = Plain(required=True, shortest=2, longest=80)
    title = Plain(longest=80)
    position = Choice(choices=POSITIONS, required=True)
    employee_number = Line(longest=30)
    phone = Phone()
    period_from = Day()
    period_until = Day()
    signs_for_id = Identity()
    is_public = Tick()
    remove_photo = Tick()
    even_if_known = Tick()

    @validates_schema
    def _rules(self, data: dict[str, Any], **options: Any) -> None:
        number = data.get("employee_number", "")
        if number and not re.fullmatch(r"[0-9 ./-]{4,30}", number):
            raise ValidationError(
                _l("Nomor induk hanya berisi angka, misalnya 19800101 200501 1 001."), "employee_number"
            )
        begins, ends = data.get("period_from"), data.get("period_until")
        if begins and ends and ends < begins:
            raise ValidationError(_l("Akhir masa jabatan harus sesudah awalnya."), "period_until")


class SubAreaSchema(FormSchema):
    """One sub-area as it is changed."""

    name = Line(required=True, longest=60)
    parent_id = Identity()
    head_name = Line(longest=80)
    head_phone = Phone()


class SubAreasSchema(FormSchema):
    """Several sub-areas at once: one name a line."""

    kind = Choice(choices=SUB_AREA_KINDS, required=True)
    parent_id = Identity()
    names = Paragraphs(required=True, longest=3000)

    @validates_schema
    def _lines(self, data: dict[str, Any], **options: Any) -> None:
        names = [line for line in data.get("names", "").split("\n") if line.strip()]
        if len(names) > MAX_AT_ONCE:
            raise ValidationError(_l("Paling banyak %(most)s nama sekali simpan.", most=MAX_AT_ONCE), "names")
        if any(len(name.strip()) > 60 for name in names):
            raise ValidationError(_l("Satu nama paling banyak 60 huruf."), "names")

    @post_load
    def _settle(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        data["names"] = [" ".join(line.split()) for line in data["names"].split("\n") if line.strip()]
        return data
