"""Which residents: one filter for the list, exports, statistics and the API.

Names of arguments are those of the columns. `from_args` forgives what it does not understand: an unknown code is no
filter. What must never stand in an address (digits of a NIK or KK number) is not part of `as_args`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, or_, select

from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.numbers import (
    NUMBER_DIGITS,
    NumberSearch,
    digits_of,
    kept_search,
    search_for,
)
from app.government.residents.derive import NIK_FULL
from app.government.residents.models import Household, Resident
from app.government.residents.withheld import people_to_check
from app.government.residents.writing import today

UNKNOWN = 0
"""As a code: those whose field is empty."""
ALL, FORMER = 0, -1
"""As `vital_status`: everybody ever entered; those who no longer count here (dead, moved, missing, left, invalid)."""
CODED = (
    "sex", "education", "occupation", "religion", "marital_status", "insurance", "blood_type", "relation",
    "nationality", "residence_status",
)  # fmt: skip
HEALTH_CODED = ("disability", "illness")
SORTS = ("name", "birth_date", "age", "area", "household", "updated_at")
"""What a list may be sorted by; `-name` is the other way round. Never a NIK or KK number."""
OLDEST = 150
LONGEST = 100

LABELS: dict[str, Any] = {
    "q": _l("Nama"),
    "number": _l("NIK atau nomor KK"),
    "sub_area_id": _l("Wilayah"),
    "sex": _l("Jenis kelamin"),
    "age": _l("Usia"),
    "education": _l("Pendidikan"),
    "occupation": _l("Pekerjaan"),
    "religion": _l("Agama"),
    "marital_status": _l("Status kawin"),
    "disability": _l("Disabilitas"),
    "illness": _l("Penyakit menahun"),
    "insurance": _l("Jaminan kesehatan"),
    "blood_type": _l("Golongan darah"),
    "relation": _l("Hubungan dalam keluarga"),
    "nationality": _l("Kewarganegaraan"),
    "residence_status": _l("Status tinggal"),
    "vital_status": _l("Status penduduk"),
    "without_nik": _l("Belum ber-NIK"),
    "incomplete": _l("Data belum lengkap"),
    "withheld": _l("NIK dari desa lain perlu diperiksa"),
}


@dataclass(frozen=True, slots=True)
class ResidentFilter:
    """Which residents, and in which order.

    q: part of a name, words in any order. number: a NIK or KK number searched by all its digits. sub_area_id: an area
    with everything below it. age_from, age_to: completed years today, both included. Codes are those of `codes.LISTS`,
    UNKNOWN (0) for those whose field is empty. vital_status: a code, ALL or FORMER. without_nik: none or a temporary
    one. incomplete: something of what a complete record has is missing. withheld: those whose NIK was taken out as they
    came from another village, since somebody else bears it. problem: `expired` or `incomplete_number` when
    what was asked for can't be answered; nothing matches then.
    """

    q: str = ""
    number: NumberSearch | None = None
    sub_area_id: uuid.UUID | None = None
    sex: int | None = None
    age_from: int | None = None
    age_to: int | None = None
    education: int | None = None
    occupation: int | None = None
    religion: int | None = None
    marital_status: int | None = None
    disability: int | None = None
    illness: int | None = None
    insurance: int | None = None
    blood_type: int | None = None
    relation: int | None = None
    nationality: int | None = None
    residence_status: int | None = None
    vital_status: int = codes.ALIVE
    without_nik: bool = False
    incomplete: bool = False
    withheld: bool = False
    sort: str = "name"
    problem: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, Any], *, may_health: bool) -> ResidentFilter:
        """Read a filter from the arguments of an address, a form or JSON.

        Args:
            args: column names; `q` (a name, or 16 digits: one query then), `number` (a token of `keep_search`),
                `age_from` and `age_to`, or `age_band` ("17-25", "60-"), `vital_status` (a code, "all", "former"; alive
                when not given, all for a number).
            may_health: whether the reader holds residents.view_health; disability and illness are no filter otherwise.
        """
        values: dict[str, Any] = {}
        for name in (*CODED, *(HEALTH_CODED if may_health else ())):
            values[name] = code_of(name, args.get(name))
        values["age_from"], values["age_to"] = _ages(args)
        values["sub_area_id"] = uuid_of(args.get("sub_area_id"))
        values["vital_status"] = _vital_status(args.get("vital_status"))
        values["without_nik"] = truth_of(args.get("without_nik"))
        values["incomplete"] = truth_of(args.get("incomplete"))
        values["withheld"] = truth_of(args.get("withheld"))
        values["sort"] = sort_of(args.get("sort"), SORTS)
        values |= searched(args)
        if values.get("number") and not args.get("vital_status"):
            values["vital_status"] = ALL
        return cls(**values)

    def as_args(self) -> dict[str, Any]:
        """The arguments that make this filter again; what stands at its default is left out, digits always are."""
        found: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ("number", "problem", "vital_status") or value == field.default:
                continue
            found[field.name] = "1" if value is True else str(value)
        if self.number is not None and self.number.token:
            found["number"] = self.number.token
        if self.vital_status != self._usual_status:
            found["vital_status"] = {ALL: "all", FORMER: "former"}.get(
                self.vital_status, str(self.vital_status)
            )
        return found

    def apply(self, query: Select[Any]) -> Select[Any]:
        """`query` (which selects from Resident) with this filter's conditions; the order is `browse.ordering`'s."""
        return query.where(*self.conditions())

    def conditions(self) -> list[ColumnElement[bool]]:
        """What must hold of a resident."""
        found: list[ColumnElement[bool]] = []
        if self.problem:
            found.append(Resident.id.is_(None))
        if self.number is not None:
            family = select(Household.id).where(Household.kk_index == self.number.kk_index)
            found.append(or_(Resident.nik_index == self.number.nik_index, Resident.household_id.in_(family)))
        found += [name_contains(Resident.name, word) for word in self.q.split()]
        if self.sub_area_id is not None:
            found.append(Resident.sub_area_id.in_(within_area(self.sub_area_id)))
        for name in (*CODED, *HEALTH_CODED):
            wanted = getattr(self, name)
            if wanted is not None:
                column = getattr(Resident, name)
                found.append(column.is_(None) if wanted == UNKNOWN else column == wanted)
        found += self._age_conditions()
        if self.vital_status == FORMER:
            found.append(Resident.vital_status != codes.ALIVE)
        elif self.vital_status != ALL:
            found.append(Resident.vital_status == self.vital_status)
        if self.without_nik:
            found.append(Resident.nik_state != NIK_FULL)
        if self.incomplete:
            found.append(Resident.missing_count > 0)
        if self.withheld:
            found.append(people_to_check())
        return found

    def _age_conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        now = today()
        if self.age_from is not None:
            found.append(Resident.birth_date <= years_before(now, self.age_from))
        if self.age_to is not None:
            found.append(Resident.birth_date > years_before(now, self.age_to + 1))
        return found

    @property
    def _usual_status(self) -> int:
        """Whom a filter lets through that says nothing of it: the living, but everybody who ever had a number."""
        return codes.ALIVE if self.number is None else ALL

    @property
    def is_empty(self) -> bool:
        """Whether nothing is filtered; the order does not count."""
        return replace(self, sort="name") == ResidentFilter()

    def digest(self, *more: object) -> str:
        """A short name of what is filtered (not of its order) for a cache; `more`: what else the result hangs on."""
        parts: dict[str, Any] = {f.name: str(getattr(self, f.name)) for f in fields(self) if f.name != "sort"}
        if self.number is not None:
            parts["number"] = self.number.nik_index.hex() + self.number.kk_index.hex()
        if self.age_from is not None or self.age_to is not None:
            parts["today"] = str(today())
        text = json.dumps([parts, [str(part) for part in more]], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def describe(self, areas: Mapping[uuid.UUID, str] | None = None) -> list[str]:
        """What is filtered, a phrase each ("Jenis kelamin: Perempuan"); no digits of a number.

        Args:
            areas: names of sub-areas by id; when they are not given and one is filtered, its name is looked up.
        """
        return [f"{label}: {text}" if text else label for label, text, _name in self.described(areas)]

    def described_for_log(self) -> list[str]:
        """Like `describe`, for the audit log, which never says who is ill: a health filter without its value."""
        found = [
            f"{label}: {text}" if text else label
            for label, text, name in self.described()
            if name not in HEALTH_CODED
        ]
        if any(getattr(self, name) is not None for name in HEALTH_CODED):
            found.append(str(_("saringan kesehatan")))
        return found

    def described(self, areas: Mapping[uuid.UUID, str] | None = None) -> list[tuple[str, str, str]]:
        """Like `describe`: label, value, and the argument that takes it away."""
        found: list[tuple[str, str, str]] = []
        if self.q:
            found.append((str(LABELS["q"]), f"“{self.q}”", "q"))
        if self.number is not None:
            found.append((str(LABELS["number"]), str(_("yang dicari")), "number"))
        if self.sub_area_id is not None:
            found.append((str(LABELS["sub_area_id"]), area_name(self.sub_area_id, areas), "sub_area_id"))
        if self.age_from is not None or self.age_to is not None:
            found.append((str(LABELS["age"]), _age_words(self.age_from, self.age_to), "age"))
        for name in (*CODED, *HEALTH_CODED):
            wanted = getattr(self, name)
            if wanted is not None:
                word = codes.word(name, wanted) if wanted != UNKNOWN else str(_("belum diisi"))
                found.append((str(LABELS[name]), word, name))
        if self.vital_status != self._usual_status:
            found.append((str(LABELS["vital_status"]), vital_status_words(self.vital_status), "vital_status"))
        found += [
            (str(LABELS[n]), "", n) for n in ("without_nik", "incomplete", "withheld") if getattr(self, n)
        ]
        return found


def searched(args: Mapping[str, Any]) -> dict[str, Any]:
    """What `q` and `number` ask for: `q`, `number` and `problem` of a filter."""
    text = " ".join(str(args.get("q") or "").replace("\x00", "").split())[:LONGEST]
    token = str(args.get("number") or "")
    digits = digits_of(text)
    if digits is not None:
        if len(digits) == NUMBER_DIGITS:
            return {"number": search_for(digits)}
        return {"problem": "incomplete_number"}
    if token and not text:
        found = kept_search(token)
        return {"number": found} if found else {"problem": "expired"}
    return {"q": text}


def name_contains(column: Any, word: str) -> ColumnElement[bool]:
    """Whether a name holds `word`, in capitals or not; the trigram index serves it from three letters on."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    condition: ColumnElement[bool] = column.ilike(f"%{escaped}%", escape="\\")
    return condition


def within_area(area_id: uuid.UUID) -> Select[uuid.UUID]:
    """The ids of an area and of everything below it (an RT lies in an RW, that in a sub-area)."""
    below = select(SubArea.id).where(SubArea.parent_id == area_id)
    return select(SubArea.id).where(
        or_(SubArea.id == area_id, SubArea.parent_id == area_id, SubArea.parent_id.in_(below))
    )


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day `years` earlier; 28 February for a 29 February that year did not have."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def age_on(day: dt.date, birth_date: dt.date | None) -> int | None:
    """Completed years on `day`; None when the birth date is unknown or later."""
    if birth_date is None or birth_date > day:
        return None
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def vital_status_words(status: int) -> str:
    """A vital status of a filter in words."""
    if status == ALL:
        return str(_("semua, juga yang mati atau pindah"))
    return str(_("bukan lagi penduduk")) if status == FORMER else codes.word("vital_status", status)


def area_name(area_id: uuid.UUID, areas: Mapping[uuid.UUID, str] | None) -> str:
    """The name of an area, looked up when `areas` is not given; a dash for an unknown one."""
    if areas is not None:
        return areas.get(area_id, "–")
    return db.session.scalar(select(SubArea.name).where(SubArea.id == area_id)) or "–"


def code_of(column: str, value: Any) -> int | None:
    """A code of a list, UNKNOWN (0), or None for what is none of them."""
    number = number_of(value)
    return number if number is not None and (number == UNKNOWN or number in codes.LISTS[column]) else None


def number_of(value: Any) -> int | None:
    """A small whole number, or None."""
    text = str(value if value is not None else "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def uuid_of(value: Any) -> uuid.UUID | None:
    """An id, or None."""
    try:
        return uuid.UUID(str(value)) if value else None
    except ValueError:
        return None


def truth_of(value: Any) -> bool:
    """Whether a box is ticked."""
    return str(value or "").lower() in ("1", "true", "on", "ya")


def sort_of(value: Any, sorts: tuple[str, ...]) -> str:
    """One of `sorts`, with a minus for the other way round; the first one for anything else."""
    text = str(value or "")
    return text if text.removeprefix("-") in sorts else sorts[0]


def _vital_status(value: Any) -> int:
    words = {"all": ALL, "former": FORMER}
    if str(value or "") in words:
        return words[str(value)]
    number = number_of(value)
    return number if number in codes.VITAL_STATUS and number is not None else codes.ALIVE


def _ages(args: Mapping[str, Any]) -> tuple[int | None, int | None]:
    first, last = number_of(args.get("age_from")), number_of(args.get("age_to"))
    band = str(args.get("age_band") or "")
    if first is None and last is None and "-" in band:
        start, _dash, end = band.partition("-")
        first, last = number_of(start), number_of(end)
    if first is not None and last is not None and first > last:
        first, last = last, first
    return (
        min(first, OLDEST) if first is not None else None,
        min(last, OLDEST) if last is not None else None,
    )


def _age_words(first: int | None, last: int | None) -> str:
    if last is None:
        return str(_("%(first)s tahun ke atas", first=first))
    if first is None:
        return str(_("sampai %(last)s tahun", last=last))
    return str(_("%(first)s–%(last)s tahun", first=first, last=last))
