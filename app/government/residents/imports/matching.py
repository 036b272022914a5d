"""Whom the rows of a file mean: by NIK; by card number, name and birth date; without numbers by family and name.

Nobody is found twice.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from app.government.residents import codes
from app.government.residents.imports.known import KnownPerson, Register, folded_name

if TYPE_CHECKING:
    from app.government.residents.imports.planning import Line


def match(lines: Sequence[Line], register: Register) -> None:
    """Give each row the person of the register whom it means, or an error where it can't be taken."""
    _same_nik_twice(lines)
    seen: dict[uuid.UUID, int] = {}
    unknown: list[Line] = []
    for line in lines:
        if line.errors:
            continue
        found = register.by_nik.get(line.values.get("nik", ""))
        if found is None and line.household:
            key = (line.household, folded_name(line.values["name"]), line.values.get("birth_date"))
            found = register.by_person.get(key)
        if found is not None:
            _found(line, found, register, seen)
        elif not line.household or line.household.startswith("#"):
            unknown.append(line)
    if unknown and register.by_name:
        _match_by_family(unknown, register, seen)


def _found(line: Line, resident_id: uuid.UUID, register: Register, seen: dict[uuid.UUID, int]) -> None:
    if resident_id in seen:
        line.errors.append(("name", _("Orang ini sudah ada di baris %(row)s.", row=seen[resident_id])))
        return
    seen[resident_id] = line.number
    line.person = register.people[resident_id]
    if line.household and line.household.startswith("#"):
        register.call(line.person.row.household_id, line.household)
    _same_status(line, line.person)


def _match_by_family(lines: Sequence[Line], register: Register, seen: dict[uuid.UUID, int]) -> None:
    """Rows without a known NIK and without a card number: newcomers of whom the register has no number either.

    The rows of one family of the file mean the household in which most of them live; whoever has no household, or is
    named without one, is found by name, birth date and address.
    """
    families: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.household:
            families[line.household].append(line)
    for key, rows in families.items():
        household_id = register.by_kk.get(key) or _home_of(rows, register, seen)
        if household_id is None:
            continue
        register.call(household_id, key)
        for line in rows:
            here = [one for one in _candidates(line, register, seen) if one.row.household_id == household_id]
            if here:
                _found(line, _likest(line, here, register).id, register, seen)
    for line in lines:
        if line.person is None and not line.errors:
            alone = [one for one in _candidates(line, register, seen) if _may_be(line, one, register)]
            if alone:
                _found(line, _likest(line, alone, register).id, register, seen)


def _home_of(rows: Sequence[Line], register: Register, seen: Iterable[uuid.UUID]) -> uuid.UUID | None:
    """The household without a number in which most of these people live, the one that has fewest others first."""
    lived: Counter[uuid.UUID] = Counter()
    alike: Counter[uuid.UUID] = Counter()
    for line in rows:
        here: dict[uuid.UUID, int] = {}
        for person in _candidates(line, register, seen):
            home = person.row.household_id
            if home in register.households and home not in register.aliases:
                here[home] = max(here.get(home, 0), _likeness(line, person, register))
        lived.update(here.keys())
        alike.update(here)
    if not lived:
        return None
    return max(lived, key=lambda home: (lived[home], alike[home], -len(register.households[home].members)))


def _candidates(line: Line, register: Register, seen: Iterable[uuid.UUID]) -> list[KnownPerson]:
    """People without a card number who have the row's name and birth date, and no other NIK."""
    key = (folded_name(line.values["name"]), line.values.get("birth_date"))
    nik, status = line.values.get("nik"), line.values.get("vital_status", codes.ALIVE)
    found = (register.people[one] for one in register.by_name.get(key, ()) if one not in seen)
    return [
        person
        for person in found
        if person.row.vital_status == status and (not nik or not person.sealed.get("nik"))
    ]


def _may_be(line: Line, person: KnownPerson, register: Register) -> bool:
    """Whether a row that leads to no known household can mean this person."""
    if "birth_date" not in line.values:
        return person.row.household_id is None and _likeness(line, person, register) == 3
    return person.row.household_id is None or not line.household


def _likest(line: Line, people: Sequence[KnownPerson], register: Register) -> KnownPerson:
    return max(people, key=lambda person: _likeness(line, person, register))


def _likeness(line: Line, person: KnownPerson, register: Register) -> int:
    """How many of sex, address and area agree."""
    return sum((
        line.values.get("sex") == person.row.sex,
        line.values.get("registered_address", "") == person.row.registered_address,
        register.areas.find(line.way) == (person.row.sub_area_id, ()),
    ))  # fmt: skip


def _same_nik_twice(lines: Sequence[Line]) -> None:
    holders: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if "nik" in line.values:
            holders[line.values["nik"]].append(line)
    for several in holders.values():
        if len(several) < 2:
            continue
        apart = len({line.household for line in several}) > 1
        for number, line in enumerate(several):
            other = several[0] if number else several[1]
            if apart:
                line.errors.append(("nik", _(
                    "NIK ini juga ada di baris %(row)s dengan nomor KK lain. Satu orang hanya boleh menjadi anggota "
                    "satu keluarga.", row=other.number)))  # fmt: skip
            elif number:
                line.errors.append(("nik", _("NIK ini sudah ada di baris %(row)s.", row=other.number)))


def _same_status(line: Line, person: KnownPerson) -> None:
    """An import corrects a record; dying, moving and coming back are events with a day of their own."""
    stated = line.values.get("vital_status")
    if stated is None and not person.is_alive:
        stated = person.get("vital_status")
    if stated is None or stated == person.get("vital_status"):
        return
    sentence = _(
        "%(name)s tercatat “%(present)s” di buku penduduk, di berkas ini “%(stated)s”. Catat sebagai peristiwa supaya "
        "laporan bulanan tetap benar.",
        name=person.row.name,
        present=codes.word("vital_status", person.get("vital_status")),
        stated=codes.word("vital_status", stated),
    )
    line.errors.append(("vital_status", sentence))
