"""The forms of the events: what each asks for, by the names of the services' arguments."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields

from app.core.forms import REQUIRED, FormSchema, Line
from app.core.village.schemas import Identity
from app.government.residents.events import kinds
from app.government.residents.register.schemas import Code, Date, KkNumber, Nik, OpenText, Text
from app.government.residents.register.words import code_of

MOST_ARRIVALS = 6
"""So many people fit on one form of people who come; more join the household afterwards."""


class _Pick(fields.Field[int | None]):
    """A code of a short list, or empty."""

    def __init__(self, known: dict[int, Any], *, required: bool = False) -> None:
        super().__init__(required=required)
        self.known = known

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> int | None:
        text = str(value or "").strip()
        if not text and not self.required:
            return None
        if not text.isascii() or not text.isdigit() or int(text[:4]) not in self.known:
            raise ValidationError(_l("Pilih salah satu dari daftar."))
        return int(text)


class EventDay(Date):
    """The day of an event: without it nothing can be recorded."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        day = super()._deserialize(value, attr, data, **options)
        if day is None:
            raise ValidationError(REQUIRED)
        return day


class Members(fields.List[Any]):
    """The people who were ticked."""

    def __init__(self) -> None:
        super().__init__(Identity(), load_default=list)


class EventSchema(FormSchema):
    """What every event has: its day, the day of the report (empty: today), a note that accepts warnings."""

    happened_on = EventDay()
    reported_on = Date()
    note = Line(longest=300)
    deed_id = Identity()


class BirthSchema(EventSchema):
    """A newborn; see services.register_birth."""

    name = OpenText(required=True, longest=100)
    sex = Code("sex", required=True)
    birth_place = OpenText(longest=100)
    father_id = Identity()
    father_name = OpenText(longest=100)
    nik = Nik()
    birth_certificate = OpenText(longest=60)
    site = _Pick(kinds.BIRTH_SITE)
    helper = _Pick(kinds.BIRTH_HELPER)


class DeathSchema(EventSchema):
    """A death; see services.register_death."""

    place = Text(longest=100)
    cause = _Pick(kinds.DEATH_CAUSE)
    determined_by = _Pick(kinds.DEATH_DETERMINED_BY)
    new_head_id = Identity()


class LeavingSchema(EventSchema):
    """People who are missing or left without word; see services.leave_village."""

    members = Members()
    remark = Line(longest=240)
    new_head_id = Identity()


class MoveOutSchema(EventSchema):
    """People who move away; see services.move_out."""

    members = Members()
    target = _Pick({1: "", 2: "", 3: "", 4: ""}, required=True)
    destination = Line(longest=240)
    new_head_id = Identity()


class ReturnSchema(EventSchema):
    """People who return; see services.return_home. `place`: `old` or `new` household."""

    members = Members()
    place = Line(longest=3)
    kk = KkNumber()
    address = OpenText(longest=240)
    sub_area_id = Identity()
    origin = Line(longest=240)


class MoveAreaSchema(EventSchema):
    """A move within the village; see services.move_area."""

    members = Members()
    sub_area_id = Identity()
    address = OpenText(longest=240)


class SplitSchema(EventSchema):
    """A new household out of an old one; see services.split_household."""

    members = Members()
    head_id = Identity()
    kk = KkNumber()
    address = OpenText(longest=240)
    sub_area_id = Identity()
    new_head_id = Identity()


class MergeSchema(EventSchema):
    """Members who join another household; see services.merge_households. `target` is a card number or a head's name."""

    members = Members()
    target = Line(longest=100)
    target_id = Identity()
    new_head_id = Identity()


class DissolveSchema(EventSchema):
    """A household that ends; see services.dissolve_household."""

    reason = Line(longest=240)


class ChangeHeadSchema(EventSchema):
    """Another head; see services.change_head."""

    head_id = Identity()


class ResidenceSchema(EventSchema):
    """Another status of residence; see services.change_residence."""

    members = Members()
    residence_status = Code("residence_status", required=True)


class NationalitySchema(EventSchema):
    """Another nationality; see services.change_nationality."""

    nationality = Code("nationality", required=True)
    decree = Line(longest=100)


class MoveInSchema(EventSchema):
    """People who come, and their household; each person's fields stand in ArrivalSchema."""

    origin = Line(longest=240)
    purpose = Line(longest=240)
    kk = KkNumber()
    address = OpenText(longest=240)
    sub_area_id = Identity()
    residence_status = Code("residence_status", required=True)


class ArrivalSchema(FormSchema):
    """One person who comes: the few fields to begin with; the others are filled in on the person's own page."""

    name = OpenText(required=True, longest=100)
    sex = Code("sex", required=True)
    nik = Nik()
    birth_place = OpenText(longest=100)
    birth_date = Date()
    relation = Code("relation", required=True)
    religion = Code("religion")
    marital_status = Code("marital_status")
    nationality = Code("nationality", default=1)


SCHEMAS: dict[str, type[EventSchema]] = {
    "birth": BirthSchema, "death": DeathSchema, "move_in": MoveInSchema, "move_out": MoveOutSchema,
    "missing": LeavingSchema, "left": LeavingSchema, "return": ReturnSchema, "move_area": MoveAreaSchema,
    "split": SplitSchema, "merge": MergeSchema, "dissolve": DissolveSchema, "change_head": ChangeHeadSchema,
    "change_residence": ResidenceSchema, "change_nationality": NationalitySchema,
}  # fmt: skip
"""Kind → its form."""

LABELS: dict[str, Any] = {
    "happened_on": _l("Tanggal peristiwa"),
    "reported_on": _l("Tanggal lapor"),
    "note": _l("Catatan pemeriksaan"),
    "name": _l("Nama lengkap"),
    "sex": _l("Jenis kelamin"),
    "birth_place": _l("Tempat lahir"),
    "birth_date": _l("Tanggal lahir"),
    "father_id": _l("Ayah"),
    "father_name": _l("Nama ayah"),
    "mother_id": _l("Ibu"),
    "nik": _l("NIK"),
    "birth_certificate": _l("Nomor akta kelahiran"),
    "site": _l("Tempat kelahiran"),
    "helper": _l("Penolong kelahiran"),
    "place": _l("Tempat"),
    "cause": _l("Sebab kematian"),
    "determined_by": _l("Yang menerangkan"),
    "new_head_id": _l("Kepala keluarga yang baru"),
    "head_id": _l("Kepala keluarga baru"),
    "members": _l("Siapa saja"),
    "remark": _l("Keterangan"),
    "target": _l("Tujuan"),
    "target_id": _l("Keluarga tujuan"),
    "destination": _l("Alamat tujuan"),
    "kk": _l("Nomor KK"),
    "address": _l("Alamat"),
    "sub_area_id": _l("Wilayah"),
    "origin": _l("Alamat asal"),
    "purpose": _l("Maksud kedatangan"),
    "reason": _l("Alasan"),
    "residence_status": _l("Status tinggal"),
    "nationality": _l("Kewarganegaraan"),
    "decree": _l("Nomor keputusan"),
    "relation": _l("Hubungan dengan kepala keluarga"),
    "relations": _l("Hubungan dengan kepala keluarga"),
    "religion": _l("Agama"),
    "marital_status": _l("Status perkawinan"),
    "household_id": _l("Keluarga"),
}


def relation_codes(form: Any) -> dict[Any, int]:
    """`relation_<id>` of a form → code; what is empty or unknown is left out."""
    found = {}
    for name, value in form.items():
        if not name.startswith("relation_"):
            continue
        code = code_of("relation", value) if value else None
        try:
            member = Identity().deserialize(name.removeprefix("relation_"))
        except ValidationError:
            continue
        if code is not None and member is not None:
            found[member] = code
    return found
