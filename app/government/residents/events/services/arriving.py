"""Who begins to be counted: newborns, people who come, people who return."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from app.core.ui.formats import date as spoken_date
from app.government.residents import codes
from app.government.residents.derive import is_anonymous
from app.government.residents.events.deeds import Deed, Occasion, recording, refuse
from app.government.residents.events.relations import child_of, guess_relation
from app.government.residents.events.services.families import second_head
from app.government.residents.events.services.leaving import chosen
from app.government.residents.models import OPEN_STATES, Household, Resident
from app.government.residents.register.known import known_about
from app.government.residents.register.rules import Finding, findings

HEAD = codes.HEAD_OF_HOUSEHOLD
_OLDEST_MOTHER = 60
_WOMAN, _FOREIGNER, _BOTH = 2, 2, 3
_NOT_MARRIED, _NO_SCHOOL, _NOT_AT_KINDERGARTEN, _NO_WORK = 1, 1, 1, 1


def register_birth(
    mother_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    occasion: Occasion,
    father_id: uuid.UUID | None = None,
    site: int | None = None,
    helper: int | None = None,
) -> uuid.UUID:
    """Enter a newborn in the mother's household; the day of the event is the day of birth.

    A household that has ended (the mother died since, and lived alone) takes nobody in: after a warning that is
    accepted with a note, the newborn is counted without a household until one takes them.

    Args:
        values: name, sex, birth_place; nik (empty for most), birth_certificate, father_name, relation when they are
            known. What is not said follows from the parents.
        father_id: a man of the household, when he is the father.
        site, helper: codes of `kinds.BIRTH_SITE` and `kinds.BIRTH_HELPER`.
    """
    with recording("birth", occasion) as deed:
        people = [mother_id, *([father_id] if father_id else [])]
        deed.hold(people)
        mother, father = deed.people[mother_id], deed.people[father_id] if father_id else None
        _check_parents(deed, mother, father)
        home = deed.homes.get(mother.household_id) if mother.household_id else None
        if home is not None and home.state != "active":
            home = None
            sentence = _(
                "Keluarga ibunya sudah tidak aktif, jadi bayi ini dicatat tanpa keluarga. "
                "Sesudah disimpan, masukkan bayi ini ke keluarga yang mengasuhnya (Gabung keluarga)."
            )
            deed.warn("mother_id", "household_ended", sentence)
        newborn = _newborn(deed, mother, father, home)
        newborn |= {
            name: value
            for name, value in values.items()
            if value not in (None, "") and (home is not None or name != "relation")
        }
        _judge(deed, newborn)
        deed.settle()
        details = deed.details(site=site, helper=helper, mother=mother.id)
        child = deed.writing.add_resident("birth", newborn, details)
        deed.about(child.name)
    return deed.id


def _check_parents(deed: Deed, mother: Resident, father: Resident | None) -> None:
    if mother.sex != _WOMAN:
        deed.wrong("mother_id", "not_a_woman", _("Ibu harus perempuan. Pilih orang lain."))
    survived = mother.vital_status == codes.DEAD and mother.vital_on and mother.vital_on >= deed.happened_on
    if mother.vital_status != codes.ALIVE and not survived:
        deed.wrong(
            "mother_id",
            "not_alive",
            _("%(name)s tidak tercatat hidup di sini hari itu.", name=mother.name),
        )
    if mother.birth_date and deed.happened_on <= mother.birth_date:
        deed.wrong("happened_on", "older_than_mother", _("Anak tidak mungkin lebih tua daripada ibunya."))
    elif mother.birth_date and deed.happened_on.year - mother.birth_date.year > _OLDEST_MOTHER:
        deed.warn(
            "happened_on", "old_mother", _("%(name)s sudah berumur lebih dari 60 tahun.", name=mother.name)
        )
    if father is None:
        return
    if father.sex == _WOMAN:
        deed.wrong("father_id", "not_a_man", _("Ayah harus laki-laki. Pilih orang lain."))
    if father.birth_date and deed.happened_on <= father.birth_date:
        deed.wrong("happened_on", "older_than_father", _("Anak tidak mungkin lebih tua daripada ayahnya."))


def _newborn(deed: Deed, mother: Resident, father: Resident | None, home: Household | None) -> dict[str, Any]:
    """What follows from the parents. Nationality: Law 12/2006 Art. 4 and 6 (both, with one foreign parent)."""
    foreign = [p.nationality == _FOREIGNER for p in (mother, father) if p is not None]
    nationality = _FOREIGNER if all(foreign) else (_BOTH if any(foreign) else 1)
    joining = [(child_of(mother.relation), deed.happened_on)]
    return {
        "birth_date": deed.happened_on,
        "household_id": home.id if home else None,
        "household_order": deed.places(home.id, joining)[0] if home else 0,
        "relation": child_of(mother.relation) if home else None,
        "sub_area_id": mother.sub_area_id,
        "registered_address": mother.registered_address,
        "current_address": mother.current_address,
        "residence_status": mother.residence_status,
        "nationality": nationality,
        "religion": mother.religion,
        "ethnic_group": father.ethnic_group if father else mother.ethnic_group,
        "mother_name": mother.name,
        "mother_nik": deed.writing.sealed_of(mother).get("nik", ""),
        "father_name": father.name if father else "",
        "father_nik": deed.writing.sealed_of(father).get("nik", "") if father else "",
        "marital_status": _NOT_MARRIED,
        "education": _NO_SCHOOL,
        "schooling": _NOT_AT_KINDERGARTEN,
        "occupation": _NO_WORK,
    }


def move_in(
    people: Sequence[Mapping[str, Any]],
    *,
    occasion: Occasion,
    household_id: uuid.UUID | None = None,
    household: Mapping[str, Any] | None = None,
    origin: str = "",
    purpose: str = "",
) -> uuid.UUID:
    """Enter people who came, into a household of the village or into a new one.

    Args:
        people: values of each by field names (see ResidentSchema); of a new household exactly one is the head.
        household_id: the household that they join; None makes a new one from `household` (kk, address, sub_area_id).
        origin, purpose: where they came from, and why.
    """
    with recording("move_in", occasion) as deed:
        if not people:
            refuse("name", "nobody", _("Isi paling sedikit satu orang."))
        deed.hold(homes=[household_id])
        home = deed.homes.get(household_id) if household_id else None
        card = dict(household or {})
        heads = [index for index, person in enumerate(people) if person.get("relation") == HEAD]
        if home is not None and home.state not in OPEN_STATES:
            deed.wrong("household_id", "not_active", _("Keluarga ini sudah tidak aktif."))
        if home is None and len(heads) != 1:
            deed.wrong("relation", "one_head", _("Keluarga baru harus mempunyai tepat satu kepala keluarga."))
        if home is not None and len(heads) > 1:
            deed.wrong("relation", "second_head", _("Hanya satu orang yang dapat menjadi kepala keluarga."))
        if home is None:
            deed.check_card_free(card.get("kk") or "")
        seen: set[str] = set()
        for index, person in enumerate(people):
            _check_arrival(deed, person, index, seen, home)
        deed.settle()
        if home is None:
            home = deed.writing.add_household("household_moved_in", card)
        places = deed.places(home.id, [(one.get("relation"), one.get("birth_date")) for one in people])
        for place, person in zip(places, people, strict=True):
            values = {
                "sub_area_id": home.sub_area_id,
                "current_address": home.address,
                **{name: value for name, value in person.items() if value not in (None, "")},
                "household_id": home.id,
                "household_order": place,
            }
            resident = deed.writing.add_resident(
                "move_in", values, deed.details(origin=origin, purpose=purpose)
            )
            deed.about(resident.name)
            if resident.relation == HEAD:
                deed.writing.change_household("change_head", home, {"head_id": resident.id})
    return deed.id


def _check_arrival(
    deed: Deed, person: Mapping[str, Any], index: int, seen: set[str], home: Household | None
) -> None:
    values = {**person, "household_id": home.id if home else None}
    if person.get("birth_date") and person["birth_date"] > deed.happened_on:
        sentence = _(
            "%(name)s lahir sesudah tanggal datang. Periksa kedua tanggalnya.", name=person.get("name", "")
        )
        deed.wrong(_of(index, "birth_date"), "before_birth", sentence)
    nik = person.get("nik") or ""
    if nik and nik in seen:
        deed.wrong(_of(index, "nik"), "nik_twice", _("NIK ini ditulis dua kali di formulir ini."))
    seen.add(nik)
    _judge(deed, values, index)
    if person.get("relation") == HEAD and person.get("birth_date"):
        deed.check_head(
            Resident(**{n: person.get(n) for n in ("name", "birth_date", "marital_status")}), "relation"
        )


def return_home(
    resident_ids: Sequence[uuid.UUID],
    *,
    occasion: Occasion,
    household_id: uuid.UUID | None = None,
    household: Mapping[str, Any] | None = None,
    relations: Mapping[uuid.UUID, int] | None = None,
    origin: str = "",
) -> uuid.UUID:
    """Record that people who moved away, were missing or had left live here again.

    Args:
        resident_ids: people who last belonged to one household.
        household_id: the household that they join, their old one when not said; one that ended is active again.
        household: kk, address, sub_area_id of a new household instead.
        relations: relation to the head of each, the old one when not said.
    """
    with recording("return", occasion) as deed:
        people = chosen(deed, resident_ids)
        _check_absent(deed, people)
        target = household_id or (people[0].household_id if household is None else None)
        if target is not None and target not in deed.homes:
            deed.hold(homes=[target])
        home = deed.homes.get(target) if target else None
        said = dict(relations or {})
        head = deed.head(home.id) if home else None
        wanted = _relations(deed, people, said, head)
        if home is not None and home.state != "active":
            deed.check_card_free(deed.writing.kk_of(home), "household_id", but=home.id)
        elif home is None and household is not None:
            deed.check_card_free(household.get("kk") or "")
        deed.settle()
        if home is None and household is not None:
            home = deed.writing.add_household("household_returned", household)
        elif home is not None and home.state not in OPEN_STATES:
            deed.writing.change_household("household_returned", home, {"state": "active"})
        joining = [(wanted[person.id], person.birth_date) for person in people]
        places = deed.places(home.id if home else None, joining)
        for place, person in zip(places, people, strict=True):
            values: dict[str, Any] = {"vital_status": codes.ALIVE, "vital_on": None}
            if home is not None:
                values |= {
                    "household_id": home.id,
                    "relation": wanted[person.id],
                    "household_order": place,
                }
                if home.sub_area_id is not None:
                    values["sub_area_id"] = home.sub_area_id
            deed.writing.change_resident("return", person, values, deed.details(origin=origin))
            deed.about(person.name)
            if home is not None and wanted[person.id] == HEAD and home.head_id != person.id:
                deed.writing.change_household("change_head", home, {"head_id": person.id})
    return deed.id


def _check_absent(deed: Deed, people: Sequence[Resident]) -> None:
    for person in people:
        if person.vital_status == codes.ALIVE:
            deed.wrong("members", "alive", _("%(name)s sudah tercatat hidup di sini.", name=person.name))
        elif is_anonymous(person.name):
            sentence = _(
                "Data orang ini sudah dihapus karena lewat masa simpan. Catat sebagai pendatang baru."
            )
            deed.wrong("members", "anonymous", sentence)
        elif person.vital_status == codes.DEAD:
            sentence = _(
                "%(name)s tercatat meninggal. Bila itu keliru, batalkan peristiwa kematiannya.",
                name=person.name,
            )
            deed.wrong("members", "dead", sentence)
        elif person.vital_status == codes.INVALID:
            sentence = _("Data %(name)s sudah dibatalkan. Catat sebagai pendatang baru.", name=person.name)
            deed.wrong("members", "invalid", sentence)
        elif person.vital_on and deed.happened_on < person.vital_on:
            sentence = _(
                "%(name)s baru pergi pada %(date)s. Periksa tanggalnya.",
                name=person.name,
                date=spoken_date(person.vital_on),
            )
            deed.wrong("happened_on", "before_leaving", sentence)
        deed.check_number_free(person, "members")
    deed.settle_errors()
    deed.check_order(people)


def _relations(
    deed: Deed, people: Sequence[Resident], said: Mapping[uuid.UUID, int], head: Resident | None
) -> dict[uuid.UUID, int]:
    """Each one's relation in the household that they return to; exactly one head there."""
    wanted = {
        person.id: said.get(person.id) or person.relation or guess_relation(None, None, 1)
        for person in people
    }
    heads = [person for person in people if wanted[person.id] == HEAD]
    if head is not None:
        for person in heads:
            if person.id in said:
                deed.wrong("relations", "second_head", second_head(head))
            wanted[person.id] = guess_relation(None, None, person.sex)
    elif len(heads) > 1:
        deed.wrong("relations", "second_head", second_head(heads[0]))
    elif not heads:
        first = people[0]
        wanted[first.id] = HEAD
        deed.check_head(first, "relations")
    return wanted


def _judge(deed: Deed, values: Mapping[str, Any], index: int = 0) -> None:
    """What the register's own rules say about somebody new, beside the deed's own checks."""
    known = known_about([values], None, deed.writing.vault)
    own = {(finding.field, finding.code) for finding in deed.findings}
    for found in findings(values, known):
        if (found.field, found.code) not in own:
            deed.findings.append(
                Finding(found.level, _of(index, found.field), found.code, found.sentence, found.resident_id)
            )


def _of(index: int, field: str) -> str:
    """A field's name in the form: of the first person as it is, of the others with their number."""
    return field if index == 0 else f"{field}_{index + 1}"
