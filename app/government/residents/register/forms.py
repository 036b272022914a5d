"""What the register's forms show: sections and choices, stored values as they are typed, both versions compared."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.ui.formats import date as spoken_date
from app.government.residents import codes
from app.government.residents.browse.areas import AreaBook
from app.government.residents.models import SEALED_FIELDS
from app.government.residents.register.labels import HEALTH_FIELDS, HOUSEHOLD_LABELS, RESIDENT_LABELS
from app.government.residents.register.queries import Brief
from app.government.residents.register.schemas import Date, HouseholdSchema, ResidentSchema

NOT_ON_FORMS = ("household_id", "vital_status", "vital_on")
"""Set by what leads to the form, and by life events."""
DAYS = ("birth_date", "married_on", "divorced_on", "passport_expires_on", "issued_on")


@dataclass(frozen=True, slots=True)
class Input:
    """How a field is typed: the type of its control and what helps to fill it in."""

    type: str = "text"
    help: object = None
    required: bool = False
    attrs: Mapping[str, Any] = field(default_factory=dict)
    inputmode: str | None = None


_NUMBER = {"maxlength": 25, "spellcheck": "false"}
INPUTS: dict[str, Input] = {
    "nik": Input(
        help=_l("16 angka. Kosongkan bila belum punya, misalnya bayi baru lahir."),
        attrs=_NUMBER,
        inputmode="numeric",
    ),
    "name": Input(
        help=_l("Seperti di kartu keluarga, tanpa gelar bila di sana tanpa gelar."),
        required=True,
        attrs={"maxlength": 100},
    ),
    "sex": Input("select", required=True),
    "father_nik": Input(attrs=_NUMBER, inputmode="numeric"),
    "mother_nik": Input(attrs=_NUMBER, inputmode="numeric"),
    "kk": Input(
        help=_l("16 angka. Kosongkan bila kartunya belum terbit."), attrs=_NUMBER, inputmode="numeric"
    ),
    "latitude": Input(help=_l("Misalnya -5.4382."), inputmode="text"),
    "longitude": Input(help=_l("Misalnya 104.7215."), inputmode="text"),
    "current_address": Input(help=_l("Hanya bila tinggal di tempat lain.")),
    "phone": Input("tel", inputmode="tel"),
    "email": Input("email", inputmode="email"),
    "welfare_decile": Input("select", help=_l("1 paling miskin, 10 paling mampu.")),
    "notes": Input(
        "textarea", help=_l("Jangan tulis NIK atau keadaan kesehatan di sini."), attrs={"maxlength": 2000}
    ),
}


NUMBER_REASONS = {
    "correct": _l("Memperbaiki data"),
    "service": _l("Melayani warga yang datang"),
    "check": _l("Mencocokkan dengan KTP atau KK"),
    "office": _l("Permintaan dinas yang berwenang"),
}
"""Why somebody opens the numbers on a form, the usual reason first. The audit log keeps the words."""


def number_reason(code: str) -> str:
    """The words of a chosen reason, those of the usual one for anything else."""
    return str(NUMBER_REASONS.get(code, NUMBER_REASONS["correct"]))


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of a form: rows of fields that stand side by side where there is room.

    `folds`: seldom needed, so it stands folded while nothing is filled in.
    """

    key: str
    title: object
    text: object
    rows: tuple[tuple[str, ...], ...]
    folds: bool = False

    def is_needed(self, values: Mapping[str, Any], errors: Collection[str]) -> bool:
        """Whether something of it is filled in or wrong."""
        return any(values.get(name) or name in errors for row in self.rows for name in row)


RESIDENT_SECTIONS = (
    Section("identity", _l("Identitas"), _l("Salin dari KK atau KTP. Hanya nama dan jenis kelamin yang wajib diisi."), (
        ("nik",), ("name",), ("sex", "birth_date"), ("birth_place", "blood_type"), ("religion", "ethnic_group"),
        ("nationality", "residence_status"),
    )),
    Section("family", _l("Keluarga"), _l("Kedudukan di kartu keluarga dan orang tua kandung."), (
        ("relation", "marital_status"), ("father_name", "father_nik"), ("mother_name", "mother_nik"),
    )),
    Section("address", _l("Alamat"), _l("Wilayah menentukan warga ini dihitung di mana."), (
        ("sub_area_id",), ("registered_address",), ("current_address",), ("latitude", "longitude"),
    )),
    Section("work", _l("Pendidikan dan pekerjaan"), None, (
        ("education", "schooling"), ("occupation", "reading"),
    )),
    Section("papers", _l("Dokumen"), _l("Nomor akta dan kartu, sejauh ada."), (
        ("birth_certificate",), ("marriage_certificate", "married_on"), ("divorce_certificate", "divorced_on"),
        ("card", "card_status"), ("card_tag",), ("passport", "passport_expires_on"), ("kitas",),
    ), True),
    Section("health", _l("Kesehatan"), _l("Data pribadi yang khusus: hanya untuk yang bertugas menanganinya."), (
        ("disability", "illness"), ("contraception", "pregnant"),
    ), True),
    Section("contact", _l("Kontak dan jaminan"), _l("Ponsel, surel, jaminan kesehatan."), (
        ("phone", "email"), ("insurance", "insurance_number"),
    ), True),
    Section("notes", _l("Catatan"), _l("Hal lain yang perlu diketahui."), (("notes",),), True),
)  # fmt: skip

HOUSEHOLD_SECTIONS = (
    Section("card", _l("Kartu keluarga"), None, (("kk", "issued_on"),)),
    Section("address", _l("Alamat"), None, (("sub_area_id",), ("address",))),
    Section("welfare", _l("Kesejahteraan"), _l("Bila sudah didata."), (
        ("welfare_class", "welfare_decile"), ("house_condition",),
    )),
)  # fmt: skip


def hidden_fields(may: Callable[[str], bool]) -> tuple[str, ...]:
    """The fields that somebody's forms, comparisons and answers leave out. `may` says which permissions they hold."""
    return (
        *(() if may("residents.view_identity") else (*SEALED_FIELDS, "kk")),
        *(() if may("residents.view_health") else HEALTH_FIELDS),
    )


class NewResidentSchema(ResidentSchema):
    """A resident as they are entered: `happened_on` is the day from which they count (empty: today)."""

    happened_on = Date()


class NewHouseholdSchema(HouseholdSchema):
    """A household as it is entered: `happened_on` is the day from which it counts (empty: today)."""

    happened_on = Date()


def resident_fields(may: Callable[[str], bool]) -> list[str]:
    """The fields of somebody's resident form, in its order."""
    hidden = (*NOT_ON_FORMS, *hidden_fields(may))
    return [name for name in RESIDENT_LABELS if name not in hidden]


def without_numbers(names: Sequence[str]) -> list[str]:
    """The fields of a form on which the numbers were not opened."""
    return [name for name in names if name not in (*SEALED_FIELDS, "kk")]


def household_fields(may: Callable[[str], bool]) -> list[str]:
    """The fields of somebody's household form, in its order."""
    hidden = hidden_fields(may)
    return [name for name in HOUSEHOLD_LABELS if name not in hidden]


def visible(sections: Sequence[Section], names: Collection[str]) -> list[Section]:
    """The sections with only these fields; sections and rows that are left empty fall away."""
    found = []
    for section in sections:
        rows = tuple(kept for row in section.rows if (kept := tuple(name for name in row if name in names)))
        if rows:
            found.append(replace(section, rows=rows))
    return found


def input_of(name: str) -> Input:
    """How a field is typed."""
    if name in INPUTS:
        return INPUTS[name]
    if name in DAYS:
        return Input("date")
    if name in codes.LISTS or name in ("sub_area_id", "pregnant"):
        return Input("select")
    return Input(attrs={"maxlength": 240})


def options_of(name: str, areas: AreaBook, values: Mapping[str, Any]) -> list[tuple[str, str]] | None:
    """The choices of a field, the empty one first; None for a field that is typed. `values` stand in the form."""
    if name == "sub_area_id":
        return [("", _("Belum diketahui")), *areas.options_with(values.get(name))]
    if name == "pregnant":
        return [("", _("Belum diketahui")), ("1", _("Ya")), ("0", _("Tidak"))]
    if name == "welfare_decile":
        return [("", _("Belum diketahui")), *((str(number), str(number)) for number in range(1, 11))]
    if name not in codes.LISTS:
        return None
    listed = [(str(code), str(word)) for code, word in codes.LISTS[name].items()]
    if name in ("nationality", "residence_status"):
        return listed
    return [("", _("Pilih") if name == "sex" else _("Belum diketahui")), *listed]


def as_typed(value: Any) -> str:
    """A stored value as a form shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def typed(values: Mapping[str, Any], names: Collection[str]) -> dict[str, str]:
    """Stored values as a form shows them."""
    return {name: as_typed(values.get(name)) for name in names}


def new_resident(brief: Brief | None, relation: int | None) -> dict[str, Any]:
    """What a new member most likely has in common with the household, as a form shows it."""
    start: dict[str, Any] = {"nationality": "1", "residence_status": str(codes.PERMANENT)}
    if brief is None:
        return start
    start |= typed(
        {
            "registered_address": brief.address,
            "sub_area_id": brief.sub_area_id,
            "religion": brief.religion,
            "ethnic_group": brief.ethnic_group,
        },
        ("registered_address", "sub_area_id", "religion", "ethnic_group"),
    )
    head = brief.head
    chosen = relation or (None if head else codes.HEAD_OF_HOUSEHOLD)
    start["relation"] = as_typed(chosen)
    if chosen == 4 and head is not None:
        couple = [person for person in (head, brief.spouse_of_head()) if person]
        start["father_name"] = next((person.name for person in couple if person.sex == 1), "")
        start["mother_name"] = next((person.name for person in couple if person.sex == 2), "")
        start["marital_status"] = "1"
    if chosen in (2, 3):
        start["sex"], start["marital_status"] = ("1" if chosen == 2 else "2"), "2"
    return start


@dataclass(frozen=True, slots=True)
class Choice:
    """A field that two clerks left differently. `pick` is whose version is proposed: `mine` or `theirs`."""

    name: str
    label: str
    theirs: str
    theirs_typed: str
    mine: str
    pick: str


def choices(
    present: Mapping[str, Any],
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    labels: Mapping[str, object],
    areas: AreaBook,
) -> list[Choice]:
    """Field by field, what stands now and what this clerk filled in, where the two differ.

    `base` is what the clerk began from (dates and ids as text): who did not touch a field keeps the other's version.
    """
    found = []
    for name, label in labels.items():
        if name not in mine:
            continue
        stands, wished = as_typed(present.get(name)), as_typed(mine[name])
        if stands == wished:
            continue
        untouched = wished == as_typed(base.get(name))
        found.append(
            Choice(
                name,
                str(label),
                spoken(name, present.get(name), areas),
                stands,
                spoken(name, mine[name], areas),
                "theirs" if untouched else "mine",
            )
        )
    return found


def spoken(name: str, value: Any, areas: AreaBook) -> str:
    """A value in words."""
    if value in (None, ""):
        return ""
    if name == "sub_area_id" and isinstance(value, uuid.UUID):
        return areas.way(value)
    if isinstance(value, bool):
        return str(_("Ya") if value else _("Tidak"))
    if name in codes.LISTS and isinstance(value, int):
        return codes.word(name, value)
    return spoken_date(value) if isinstance(value, dt.date) else str(value)
