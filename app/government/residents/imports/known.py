"""The register as an import compares with it: everybody and every household in memory, from three queries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.core.privacy.vault import Vault
from app.core.village import queries
from app.extensions import db
from app.government.residents import codes
from app.government.residents.imports.areas import AreaTree
from app.government.residents.models import OPEN_STATES, SEALED_FIELDS, Household, Resident
from app.government.residents.register.labels import RESIDENT_LABELS

FIELDS = tuple(RESIDENT_LABELS)
_COLUMNS = tuple(name for name in FIELDS if name not in SEALED_FIELDS)
_HOUSEHOLD = ("address", "sub_area_id", "welfare_class", "welfare_decile", "house_condition", "issued_on")
NameKey = tuple[str, dt.date | None]
"""Folded name, birth date."""
PersonKey = tuple[str, str, dt.date | None]
"""Card number, folded name, birth date."""


@dataclass(slots=True)
class KnownPerson:
    """A resident who stands in the register: a row of the database with the sealed fields in clear."""

    row: Any
    sealed: dict[str, str]

    @property
    def id(self) -> uuid.UUID:
        """The resident's id."""
        return self.row.id  # type: ignore[no-any-return]

    def get(self, name: str) -> Any:
        """A field of the register by its name."""
        return self.sealed.get(name, "") if name in SEALED_FIELDS else getattr(self.row, name)

    @property
    def is_alive(self) -> bool:
        """Whether the person counts."""
        return bool(self.row.vital_status == codes.ALIVE)

    def values(self) -> dict[str, Any]:
        """All fields, as the rules know them."""
        return {name: self.get(name) for name in FIELDS}


@dataclass(slots=True)
class KnownHousehold:
    """A household of the register with its card number in clear, and its members' ids."""

    row: Any
    kk: str
    members: list[uuid.UUID] = field(default_factory=list)

    def get(self, name: str) -> Any:
        """A field of the register by its name."""
        return self.kk if name == "kk" else getattr(self.row, name)


@dataclass(slots=True)
class Register:
    """What stands in the register. Invalid entries are not part of it."""

    version: int
    people: dict[uuid.UUID, KnownPerson] = field(default_factory=dict)
    households: dict[uuid.UUID, KnownHousehold] = field(default_factory=dict)
    by_nik: dict[str, uuid.UUID] = field(default_factory=dict)
    by_person: dict[PersonKey, uuid.UUID] = field(default_factory=dict)
    by_name: dict[NameKey, list[uuid.UUID]] = field(default_factory=dict)
    """Those whose household has no card number, or who have no household."""
    by_kk: dict[str, uuid.UUID] = field(default_factory=dict)
    areas: AreaTree = field(default_factory=AreaTree)
    aliases: dict[uuid.UUID, str] = field(default_factory=dict)
    """Households without a card number that a file names in its own way: id → the file's key."""

    def key_of(self, household_id: uuid.UUID | None) -> str | None:
        """One key for a household of the register and of a file: the card number, else the file's key, else the id."""
        if household_id is None:
            return None
        household = self.households.get(household_id)
        kk = household.kk if household is not None else ""
        return kk or self.aliases.get(household_id) or str(household_id)

    def call(self, household_id: uuid.UUID | None, key: str) -> None:
        """Note that a file names a household without a card number by `key`."""
        household = self.households.get(household_id) if household_id else None
        if household is not None and not household.kk and key not in self.by_kk:
            self.by_kk[key] = household.row.id
            self.aliases.setdefault(household.row.id, key)


def read_register(vault: Vault) -> Register:
    """Everything that an import needs to know: three queries; boxes are opened once each."""
    register = Register(vault.register_version, areas=AreaTree.of(queries.sub_areas()))
    columns = [
        getattr(Household, name) for name in ("id", "box", "state", "head_id", "row_version", *_HOUSEHOLD)
    ]
    for row in db.session.execute(select(*columns).where(Household.state.in_(OPEN_STATES))):
        kk = str(vault.open_json(row.box, f"household:{row.id}").get("kk", ""))
        register.households[row.id] = KnownHousehold(row, kk)
        if kk:
            register.by_kk[kk] = row.id
    names = ("id", "box", "row_version", "household_order", *_COLUMNS)
    query = select(*(getattr(Resident, name) for name in names)).where(Resident.vital_status != codes.INVALID)
    for row in db.session.execute(query.order_by(Resident.id)):
        _enter(register, row, dict(vault.open_json(row.box, f"resident:{row.id}")))
    return register


def _enter(register: Register, row: Any, sealed: Mapping[str, str]) -> None:
    person = register.people[row.id] = KnownPerson(row, dict(sealed))
    nik = sealed.get("nik", "")
    if nik and (person.is_alive or nik not in register.by_nik):
        register.by_nik[nik] = row.id
    household = register.households.get(row.household_id) if row.household_id else None
    if household is not None:
        household.members.append(row.id)
    if household is None or not household.kk:
        register.by_name.setdefault((folded_name(row.name), row.birth_date), []).append(row.id)
    elif person.is_alive:
        register.by_person[household.kk, folded_name(row.name), row.birth_date] = row.id
    elif not nik:
        register.by_person.setdefault((household.kk, folded_name(row.name), row.birth_date), row.id)


def folded_name(name: str) -> str:
    """A name as it is compared."""
    return " ".join(name.casefold().split())
