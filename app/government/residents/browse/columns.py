"""The columns that a list of residents can show: what each needs of the database and how its cells read.

A column's fields are selected when it is chosen, and only then; boxes are opened for the NIK and KK columns alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext

from app.core.privacy.vault import Vault
from app.core.ui.formats import date, moment
from app.government.residents import codes
from app.government.residents.browse.areas import AreaBook
from app.government.residents.browse.filters import age_on
from app.government.residents.browse.ordering import HEAD
from app.government.residents.derive import NIK_NONE, NIK_TEMPORARY, masked
from app.government.residents.models import Household, Resident


@dataclass(frozen=True, slots=True)
class Setting:
    """What cells are written with: the areas, the vault, and the present day."""

    areas: AreaBook
    vault: Vault
    today: dt.date


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its label, the fields it needs, the text of its cell, what it may be sorted by, who may see it."""

    label: Any
    needs: Sequence[Any]
    cell: Callable[[Any, Setting], str]
    sort: str = ""
    align: str = ""
    health: bool = False


def _coded(name: str) -> Callable[[Any, Setting], str]:
    return lambda row, _setting: codes.word(name, getattr(row, name))


def _nik(row: Any, setting: Setting) -> str:
    if row.nik_state == NIK_NONE:
        return str(_("belum ada"))
    shown = masked(setting.vault.open_json(row.box, f"resident:{row.id}").get("nik", ""))
    return str(_("%(nik)s (sementara)", nik=shown)) if row.nik_state == NIK_TEMPORARY else shown


def _kk(row: Any, setting: Setting) -> str:
    if row.kk_box is None:
        return str(_("belum ada")) if row.household_id else ""
    return masked(setting.vault.open_json(row.kk_box, f"household:{row.household_id}").get("kk", ""))


def _born(row: Any, _setting: Setting) -> str:
    day = date(row.birth_date) if row.birth_date else ""
    return ", ".join(part for part in (row.birth_place, day) if part)


def _age(row: Any, setting: Setting) -> str:
    age = age_on(setting.today, row.birth_date)
    return "" if age is None else str(age)


def _missing(row: Any, _setting: Setting) -> str:
    return str(_("lengkap")) if not row.missing_count else str(_("kurang %(count)s", count=row.missing_count))


RESIDENT_COLUMNS: Mapping[str, Column] = {
    "nik": Column(_l("NIK"), (Resident.nik_state, Resident.box), _nik),
    "kk": Column(_l("Nomor KK"), (Household.box.label("kk_box"),), _kk),
    "sex": Column(
        _l("L/P"), (), lambda row, _s: str(pgettext("man", "L") if row.sex == 1 else pgettext("woman", "P"))
    ),
    "birth": Column(
        _l("Tempat, tanggal lahir"), (Resident.birth_place, Resident.birth_date), _born, sort="birth_date"
    ),
    "age": Column(_l("Usia"), (Resident.birth_date,), _age, sort="age", align="end"),
    "area": Column(
        _l("Wilayah"), (Resident.sub_area_id,), lambda row, s: s.areas.way(row.sub_area_id), sort="area"
    ),
    "address": Column(_l("Alamat"), (Resident.current_address,), lambda row, _s: row.current_address),
    "head": Column(
        _l("Kepala keluarga"),
        (HEAD.name.label("head_name"),),
        lambda row, _s: row.head_name or "",
        "household",
    ),
    "relation": Column(_l("Hubungan"), (Resident.relation,), _coded("relation")),
    "religion": Column(_l("Agama"), (Resident.religion,), _coded("religion")),
    "marital_status": Column(_l("Status kawin"), (Resident.marital_status,), _coded("marital_status")),
    "education": Column(_l("Pendidikan"), (Resident.education,), _coded("education")),
    "occupation": Column(_l("Pekerjaan"), (Resident.occupation,), _coded("occupation")),
    "blood_type": Column(_l("Gol. darah"), (Resident.blood_type,), _coded("blood_type")),
    "nationality": Column(_l("Kewarganegaraan"), (Resident.nationality,), _coded("nationality")),
    "insurance": Column(_l("Jaminan kesehatan"), (Resident.insurance,), _coded("insurance")),
    "residence_status": Column(
        _l("Status tinggal"), (Resident.residence_status,), _coded("residence_status")
    ),
    "father_name": Column(_l("Ayah"), (Resident.father_name,), lambda row, _s: row.father_name),
    "mother_name": Column(_l("Ibu"), (Resident.mother_name,), lambda row, _s: row.mother_name),
    "missing_count": Column(_l("Kelengkapan"), (Resident.missing_count,), _missing),
    "updated_at": Column(
        _l("Diubah"), (Resident.updated_at,), lambda row, _s: moment(row.updated_at), sort="-updated_at"
    ),
    "disability": Column(_l("Disabilitas"), (Resident.disability,), _coded("disability"), health=True),
    "illness": Column(_l("Penyakit menahun"), (Resident.illness,), _coded("illness"), health=True),
}
"""Columns behind the name, in the order in which they are shown."""
DEFAULT_COLUMNS = ("sex", "age", "area", "head", "relation")
PAGE_SIZES = (50, 100, 200)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person wants a list to show: columns in the list's order, and rows a page."""

    columns: tuple[str, ...] = DEFAULT_COLUMNS
    size: int = PAGE_SIZES[0]

    def as_text(self) -> str:
        """The choice as a cookie keeps it; it holds nothing about anybody."""
        return f"{'.'.join(self.columns)}:{self.size}"


def choice_of(columns: Iterable[str], size: int | None, *, may_health: bool) -> Choice:
    """A choice out of names and a page size that somebody sent; unknown ones are left out."""
    wanted = set(columns)
    known = tuple(
        name
        for name, column in RESIDENT_COLUMNS.items()
        if name in wanted and (may_health or not column.health)
    )
    return Choice(known or DEFAULT_COLUMNS, size if size in PAGE_SIZES and size else PAGE_SIZES[0])


def choice_from_text(text: str, *, may_health: bool) -> Choice:
    """What `Choice.as_text` kept."""
    names, _colon, size = text[:600].partition(":")
    return choice_of(
        names.split("."), int(size) if size.isdigit() and len(size) < 5 else None, may_health=may_health
    )
