"""What the rules know of everybody else: from one query for a single deed, from memory for ten thousand rows."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select

from app.core.privacy.vault import Vault
from app.extensions import db
from app.government.residents import codes
from app.government.residents.models import Resident
from app.government.residents.register.rules import Person
from app.government.residents.writing import today


@dataclass(slots=True)
class Everybody:
    """People in memory, found by NIK, by name and birth date, and by household: each look-up is one dict access.

    `add` enters somebody; `but(person)` is what is known from that person's own point of view (see `rules.Known`).
    """

    today: dt.date
    _by_nik: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    _by_birth: dict[tuple[str, dt.date], list[Person]] = field(default_factory=lambda: defaultdict(list))
    _by_household: dict[Hashable, list[Person]] = field(default_factory=lambda: defaultdict(list))

    def add(self, person: Person, nik: str = "") -> None:
        """Enter somebody with the NIK that they hold."""
        if nik:
            self._by_nik[nik].append(person)
        if not person.is_alive:
            return
        if person.birth_date:
            self._by_birth[_folded(person.name), person.birth_date].append(person)
        if person.household is not None:
            self._by_household[person.household].append(person)

    def but(self, person: Person | None = None) -> Others:
        """Everybody but this person (the very object that was added, or another one with its id)."""
        return Others(self, person)


@dataclass(frozen=True, slots=True)
class Others:
    """`Everybody` without the person whose values are judged."""

    everybody: Everybody
    person: Person | None

    @property
    def today(self) -> dt.date:
        """The day on which the values are judged."""
        return self.everybody.today

    def with_nik(self, nik: str) -> Person | None:
        """Another person who holds this NIK, the living one first."""
        found = self._others(self.everybody._by_nik.get(nik, ()))
        return next((person for person in found if person.is_alive), found[0] if found else None)

    def namesakes(self, name: str, birth_date: dt.date) -> Sequence[Person]:
        """Other living people of this name and birth date."""
        return self._others(self.everybody._by_birth.get((_folded(name), birth_date), ()))

    def members(self, household: Hashable) -> Sequence[Person]:
        """The other living members of a household."""
        return self._others(self.everybody._by_household.get(household, ()))

    def _others(self, people: Iterable[Person]) -> list[Person]:
        own = self.person
        return [
            person
            for person in people
            if person is not own and (own is None or own.id is None or person.id != own.id)
        ]


def known_about(states: Sequence[Mapping[str, Any]], resident_id: uuid.UUID | None, vault: Vault) -> Others:
    """What the register knows against these states of one resident: one query.

    Args:
        states: what stands and what is wished, each by field names.
        resident_id: the resident's own id; None for somebody new.
    """
    numbers = {
        vault.index("nik", str(state[name])): str(state[name])
        for state in states
        for name in ("nik", "father_nik", "mother_nik")
        if state.get(name)
    }
    households = {state["household_id"] for state in states if state.get("household_id")}
    births = {
        (state["name"], state["birth_date"])
        for state in states
        if state.get("name") and state.get("birth_date")
    }
    conditions = [
        *([Resident.nik_index.in_(numbers)] if numbers else []),
        *([Resident.household_id.in_(households)] if households else []),
        *(
            (Resident.birth_date == birth_date) & Resident.name.ilike(_literal(name), escape="\\")
            for name, birth_date in births
        ),
    ]
    everybody = Everybody(today())
    if conditions:
        columns = (
            Resident.id, Resident.name, Resident.sex, Resident.birth_date, Resident.relation, Resident.household_id,
            Resident.vital_status, Resident.father_name, Resident.mother_name, Resident.nik_index,
        )  # fmt: skip
        for row in db.session.execute(select(*columns).where(or_(*conditions)).order_by(Resident.id)):
            alive = row.vital_status == codes.ALIVE
            person = Person(
                row.id, row.name, row.sex, row.birth_date, row.relation, row.household_id, alive,
                row.father_name, row.mother_name,
            )  # fmt: skip
            everybody.add(person, numbers.get(row.nik_index, "") if row.nik_index else "")
    own = Person(resident_id, "", 1) if resident_id else None
    return everybody.but(own)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
