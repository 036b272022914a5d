"""What several values say together, and what others in the register say against them. Pure: it asks `known` alone.

An error can't be saved. A warning can be accepted with a note, since registers hold true oddities and old mistakes.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from flask_babel import gettext as _
from lokal import parse_nik
from lokal.provinces import PROVINCES

from app.core.ui.formats import date as spoken_date
from app.government.residents import codes

OLDEST_AGE = 120
YOUNGEST_PARENT = 12
YOUNGEST_MARRIED = 15
HEAD, HUSBAND, WIFE, CHILD = 1, 2, 3, 4
_SIDES = {2: "mother", 1: "father"}

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one field. `resident_id`, `household_id`: whom it is about, for a link."""

    level: Level
    field: str
    code: str
    sentence: str
    resident_id: uuid.UUID | None = None
    household_id: uuid.UUID | None = None

    @property
    def is_error(self) -> bool:
        """Whether it can't be saved like this."""
        return self.level == "error"


@dataclass(frozen=True, slots=True)
class Person:
    """What the rules need to know of somebody else. `household` is any key that tells households apart."""

    id: uuid.UUID | None
    name: str
    sex: int
    birth_date: dt.date | None = None
    relation: int | None = None
    household: Hashable | None = None
    is_alive: bool = True
    father_name: str = ""
    mother_name: str = ""


class Known(Protocol):
    """What is known besides the values: everybody else of the register, never the person themself."""

    @property
    def today(self) -> dt.date:
        """The day on which the values are judged."""

    def with_nik(self, nik: str) -> Person | None:
        """Another person who holds this NIK, the living one first."""

    def namesakes(self, name: str, birth_date: dt.date) -> Sequence[Person]:
        """Other living people of this name (in any case) and birth date."""

    def members(self, household: Hashable) -> Sequence[Person]:
        """The other living members of a household."""


def findings(values: Mapping[str, Any], known: Known) -> list[Finding]:
    """All that is wrong or strange with a resident, errors first.

    Args:
        values: a resident by field names, all that is known of them (see ResidentSchema); `household_id` is the key
            that `known.members` understands. Health fields that are left out are not judged.
        known: everybody else.
    """
    rules: tuple[Callable[[Mapping[str, Any], Known], Iterator[Finding]], ...] = (
        _days, _nik, _namesakes, _household, _parents, _marriage, _health,
    )  # fmt: skip
    found = [finding for rule in rules for finding in rule(values, known)]
    return sorted(found, key=lambda finding: not finding.is_error)


def age_on(birth_date: dt.date, day: dt.date) -> int:
    """Full years of age on a day; negative before birth."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def same_name(one: str, other: str) -> bool:
    """Whether two names are one, but for case and spaces."""
    return one.casefold().split() == other.casefold().split()


def _error(field: str, code: str, sentence: str, about: Person | None = None) -> Finding:
    return Finding("error", field, code, sentence, about.id if about else None)


def _warning(field: str, code: str, sentence: str, about: Person | None = None) -> Finding:
    return Finding("warning", field, code, sentence, about.id if about else None)


def _days(values: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    born, ended = values.get("birth_date"), values.get("vital_on")
    if born and born > known.today:
        yield _error("birth_date", "birth_in_future", _("Tanggal lahir ini belum tiba. Periksa tahunnya."))
    if ended and ended > known.today:
        yield _error(
            "vital_on", "status_in_future", _("Tanggal status dasar ini belum tiba. Periksa tahunnya.")
        )
    is_dead = values.get("vital_status") == codes.DEAD
    if born and ended and ended < born:
        if is_dead:
            yield _error(
                "vital_on", "death_before_birth", _("Tanggal meninggal lebih awal daripada tanggal lahir.")
            )
        else:
            yield _error(
                "vital_on",
                "status_before_birth",
                _("Tanggal status dasar lebih awal daripada tanggal lahir."),
            )
    last_day = min(ended or known.today, known.today)
    if born and age_on(born, last_day) > OLDEST_AGE:
        yield _warning(
            "birth_date",
            "implausible_age",
            _("Umurnya %(age)s tahun. Periksa tahun lahirnya.", age=age_on(born, last_day)),
        )


def _nik(values: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    nik = values.get("nik") or ""
    if not nik:
        return
    for name in ("father_nik", "mother_nik"):
        if values.get(name) == nik:
            yield _error(name, "own_parent", _("NIK ini sama dengan NIK warga sendiri."))
    holder = known.with_nik(nik)
    if holder and holder.is_alive and values.get("vital_status", codes.ALIVE) == codes.ALIVE:
        yield _taken(values, holder)
    if nik.startswith("0"):
        return
    info = parse_nik(nik, reference_date=known.today)
    if not info.valid:
        yield _error("nik", "nik_malformed", _nik_sentence(info.errors[0].code, info.nik or nik))
        return
    born = values.get("birth_date")
    if born and info.birth_date and info.birth_date[2:] != born.strftime("%y-%m-%d"):
        yield _warning(
            "nik",
            "nik_other_birth_date",
            _("Tanggal lahir di dalam NIK tidak sama dengan tanggal lahir %(date)s.", date=spoken_date(born)),
        )
    if values.get("sex") and info.gender and {"L": 1, "P": 2}[info.gender] != values["sex"]:
        yield _warning("nik", "nik_other_sex", _("Jenis kelamin di dalam NIK tidak sama dengan isian."))


def _taken(values: Mapping[str, Any], holder: Person) -> Finding:
    here = values.get("household_id")
    if here is not None and holder.household is not None and holder.household != here:
        return _error(
            "nik",
            "two_households",
            _(
                "NIK ini sudah terdaftar atas nama %(name)s di keluarga lain. "
                "Satu orang hanya boleh menjadi anggota satu keluarga.",
                name=holder.name,
            ),
            holder,
        )
    return _error("nik", "nik_taken", _("NIK ini sudah dipakai %(name)s.", name=holder.name), holder)


def _nik_sentence(code: str, nik: str) -> str:
    if code == "province":
        return str(_("Dua angka pertama NIK (%(digits)s) bukan kode provinsi.", digits=nik[:2]))
    if code == "wilayah":
        return str(_("Kode kabupaten atau kecamatan di dalam NIK tidak boleh 00."))
    if code == "birth_date":
        return str(_("Angka ke-7 sampai ke-12 NIK bukan tanggal lahir. Perempuan: tanggalnya ditambah 40."))
    return str(_("Empat angka terakhir NIK tidak boleh 0000."))


def _namesakes(values: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    name, born = values.get("name") or "", values.get("birth_date")
    if not name or not born or values.get("vital_status", codes.ALIVE) != codes.ALIVE:
        return
    for person in known.namesakes(name, born)[:3]:
        yield _warning(
            "name",
            "possible_duplicate",
            _(
                "%(name)s dengan tanggal lahir %(date)s sudah terdaftar. Pastikan ini orang lain.",
                name=person.name,
                date=spoken_date(born),
            ),
            person,
        )


def _household(values: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    household, relation = values.get("household_id"), values.get("relation")
    if household is None or values.get("vital_status", codes.ALIVE) != codes.ALIVE:
        return
    others = known.members(household)
    heads = [person for person in others if person.relation == HEAD]
    if relation is None:
        yield _warning("relation", "relation_unknown", _("Hubungan dengan kepala keluarga belum diisi."))
    elif relation == HEAD and heads:
        yield _error(
            "relation",
            "second_head",
            _("Keluarga ini sudah mempunyai kepala keluarga: %(name)s.", name=heads[0].name),
            heads[0],
        )
    elif relation != HEAD and not others:
        yield _warning(
            "relation", "sole_member_not_head", _("Satu-satunya anggota keluarga biasanya kepala keluarga.")
        )
    elif relation != HEAD and not heads:
        yield _warning("relation", "no_head", _("Keluarga ini belum mempunyai kepala keluarga."))
    yield from _couple(values, heads)


def _couple(values: Mapping[str, Any], heads: Sequence[Person]) -> Iterator[Finding]:
    relation, sex = values.get("relation"), values.get("sex")
    if (relation, sex) == (HUSBAND, 2):
        yield _warning("sex", "husband_is_woman", _("Hubungannya suami, tetapi jenis kelaminnya perempuan."))
    elif (relation, sex) == (WIFE, 1):
        yield _warning("sex", "wife_is_man", _("Hubungannya istri, tetapi jenis kelaminnya laki-laki."))
    elif relation in (HUSBAND, WIFE) and heads and heads[0].sex == sex:
        yield _warning(
            "relation",
            "spouse_same_sex",
            _("Jenis kelaminnya sama dengan kepala keluarga (%(name)s).", name=heads[0].name),
            heads[0],
        )


def _parents(values: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    born, relation, household = values.get("birth_date"), values.get("relation"), values.get("household_id")
    if born is None:
        return
    members = known.members(household) if household is not None else ()
    for sex, side in _SIDES.items():
        stated = values.get(f"{side}_name") or ""
        parent = known.with_nik(values[f"{side}_nik"]) if values.get(f"{side}_nik") else None
        if parent is None and relation == CHILD:
            parent = _parent_among(members, sex, stated)
        if parent is not None and parent.birth_date is not None:
            yield from _too_close(born, parent.birth_date, side, parent)
    if relation in (HEAD, HUSBAND, WIFE):
        side = _SIDES[values.get("sex") or 1]
        for child in members:
            stated = child.mother_name if side == "mother" else child.father_name
            is_own = not stated or same_name(stated, values.get("name") or "")
            if child.relation == CHILD and child.birth_date and child.birth_date <= born and is_own:
                yield _error(
                    "birth_date",
                    "older_child",
                    _("%(name)s tercatat sebagai anak, tetapi tidak lebih muda.", name=child.name),
                    child,
                )


def _parent_among(members: Sequence[Person], sex: int, stated: str) -> Person | None:
    """The head or spouse of that sex, unless the child's record names somebody else (a step-parent may be younger)."""
    for person in members:
        if person.relation in (HEAD, HUSBAND, WIFE) and person.sex == sex:
            return person if not stated or same_name(stated, person.name) else None
    return None


def _too_close(child: dt.date, parent: dt.date, side: str, person: Person) -> Iterator[Finding]:
    is_mother = side == "mother"
    if child <= parent:
        sentence = (
            _("Anak tidak mungkin lebih tua daripada ibunya, %(name)s.", name=person.name)
            if is_mother
            else _("Anak tidak mungkin lebih tua daripada ayahnya, %(name)s.", name=person.name)
        )
        yield _error("birth_date", f"older_than_{side}", sentence, person)
    elif (years := age_on(parent, child)) < YOUNGEST_PARENT:
        sentence = (
            _("Ibunya, %(name)s, hanya lebih tua %(years)s tahun.", name=person.name, years=years)
            if is_mother
            else _("Ayahnya, %(name)s, hanya lebih tua %(years)s tahun.", name=person.name, years=years)
        )
        yield _warning("birth_date", f"young_{side}", sentence, person)


def _marriage(values: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    born, married, divorced = (values.get(name) for name in ("birth_date", "married_on", "divorced_on"))
    for name, day in (("married_on", married), ("divorced_on", divorced)):
        if day and day > known.today:
            yield _error(name, f"{name}_in_future", _("Tanggal ini belum tiba. Periksa tahunnya."))
    if born and married and married < born:
        yield _error(
            "married_on", "married_before_birth", _("Tanggal perkawinan lebih awal daripada tanggal lahir.")
        )
    if married and divorced and divorced < married:
        yield _error(
            "divorced_on",
            "divorced_before_marriage",
            _("Tanggal perceraian lebih awal daripada tanggal perkawinan."),
        )
    status = values.get("marital_status")
    if status == 1 and values.get("relation") in (HUSBAND, WIFE):
        yield _warning(
            "marital_status",
            "spouse_unmarried",
            _("Hubungannya suami atau istri, tetapi statusnya belum kawin."),
        )
    if born and born <= known.today and status in (2, 3, 4) and age_on(born, known.today) < YOUNGEST_MARRIED:
        yield _warning(
            "marital_status",
            "married_young",
            _("Baru berumur %(age)s tahun, tetapi statusnya sudah kawin.", age=age_on(born, known.today)),
        )


FIRST_CARDS = 1970
"""The year before which no card was issued."""
HEALTH_CODE = "health_"
"""How the codes of findings about health begin."""


def _health(values: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    if values.get("pregnant") and values.get("sex") == 1:
        yield _warning("pregnant", "health_unlikely", _("Tercatat hamil, tetapi jenis kelaminnya laki-laki."))


def card_findings(kk: str, today: dt.date) -> list[Finding]:
    """What is strange about a family card's number of 16 digits; nothing for an empty one.

    It is made of the region in which the card was first issued (six digits), the day of issue (DDMMYY) and a serial
    number (Permendagri 109/2019). Old cards have mistakes, so a clerk may accept what is strange.
    """
    if not kk:
        return []
    found = []
    province, regency, district = kk[:2], kk[2:4], kk[4:6]
    if province not in PROVINCES or "00" in (regency, district):
        sentence = _("Enam angka pertama nomor KK ini bukan kode wilayah Indonesia. Periksa nomornya.")
        found.append(_warning("kk", "kk_region", sentence))
    if not _may_be_issued(kk[6:12], today):
        sentence = _(
            "Angka ke-7 sampai ke-12 nomor KK ini bukan tanggal terbit yang mungkin. Periksa nomornya."
        )
        found.append(_warning("kk", "kk_date", sentence))
    if kk[12:] == "0000":
        sentence = _("Nomor urut (empat angka terakhir) nomor KK ini 0000. Periksa nomornya.")
        found.append(_warning("kk", "kk_serial", sentence))
    return found


def _may_be_issued(digits: str, today: dt.date) -> bool:
    """Whether DDMMYY is a day since FIRST_CARDS that has come."""
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    for century in (1900, 2000):
        try:
            issued = dt.date(century + year, month, day)
        except ValueError:
            continue
        if issued.year >= FIRST_CARDS and issued <= today:
            return True
    return False


def household_findings(
    values: Mapping[str, Any], today: dt.date, holder: tuple[uuid.UUID, str] | None
) -> list[Finding]:
    """All that is wrong with a household's own fields.

    Args:
        values: a household by field names (see HouseholdSchema).
        holder: another active household with this card number: its id and how people call it.
    """
    found = card_findings(values.get("kk") or "", today)
    issued = values.get("issued_on")
    if issued and issued > today:
        found.append(_error("issued_on", "issued_in_future", _("Tanggal ini belum tiba. Periksa tahunnya.")))
    if values.get("kk") and holder is not None:
        sentence = _("Nomor KK ini sudah dipakai keluarga %(name)s.", name=holder[1])
        found.append(Finding("error", "kk", "kk_taken", sentence, household_id=holder[0]))
    return found
