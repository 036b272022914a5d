"""Numbers that came along from another village and that somebody else bears here already.

A NIK stands once among the living, a card's number once among households that somebody may join. Whoever comes second
is entered without it; a correction of the ledger takes it out, marked with the village that it came from, so that a
clerk finds the person, reads the number, and takes the correction back once it is free.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from app.core.privacy.vault import Vault
from app.extensions import db
from app.government.residents import codes
from app.government.residents.derive import masked
from app.government.residents.models import OPEN_STATES, Household, LifeEvent, Resident

KIND = "correction"
ORIGIN = "withheld_from"
"""Stands in the details of the line that took a number out: the name of the village that it came from."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A number that was taken out, where it came from, and who bears it here; `holder_id` is None once nobody does."""

    number: str
    origin: str
    holder_id: uuid.UUID | None
    holder: str

    def shown(self, *, revealed: bool) -> Withheld:
        """The same, masked unless it may be read in full."""
        return self if revealed else replace(self, number=masked(self.number))


def details(origin: str, note: str) -> dict[str, str]:
    """The details of a line that takes a number out."""
    return {ORIGIN: origin, "note": note}


def people_to_check() -> ColumnElement[bool]:
    """Living residents whose NIK was taken out and who have none yet."""
    marked = select(LifeEvent.resident_id).where(_marked(), LifeEvent.resident_id.is_not(None))
    return and_(Resident.nik_index.is_(None), Resident.vital_status == codes.ALIVE, Resident.id.in_(marked))


def households_to_check() -> ColumnElement[bool]:
    """Households whose card's number was taken out and which have none yet."""
    marked = select(LifeEvent.household_id).where(
        _marked(), LifeEvent.resident_id.is_(None), LifeEvent.household_id.is_not(None)
    )
    return and_(Household.kk_index.is_(None), Household.state.in_(OPEN_STATES), Household.id.in_(marked))


def count_to_check() -> tuple[int, int]:
    """How many people and households of the present village wait for a clerk: one select."""
    people = select(func.count()).select_from(Resident).where(people_to_check()).scalar_subquery()
    homes = select(func.count()).select_from(Household).where(households_to_check()).scalar_subquery()
    row = db.session.execute(select(people.label("people"), homes.label("homes"))).one()
    return row.people, row.homes


def withheld_nik(resident: Resident, vault: Vault) -> Withheld | None:
    """The NIK that was taken out of a resident who has none now: at most two queries."""
    if resident.nik_index is not None:
        return None
    number, origin = _taken_out(LifeEvent.resident_id == resident.id, "nik", vault)
    if not number:
        return None
    query = select(Resident.id, Resident.name).where(
        Resident.nik_index == vault.index("nik", number), Resident.vital_status == codes.ALIVE
    )
    holder = db.session.execute(query.limit(1)).one_or_none()
    return Withheld(number, origin, holder.id if holder else None, holder.name if holder else "")


def withheld_kk(household: Household, vault: Vault) -> Withheld | None:
    """The card's number that was taken out of a household which has none now: at most two queries."""
    if household.kk_index is not None:
        return None
    own = (LifeEvent.household_id == household.id) & LifeEvent.resident_id.is_(None)
    number, origin = _taken_out(own, "kk", vault)
    if not number:
        return None
    query = (
        select(Household.id, Resident.name)
        .outerjoin(Resident, Resident.id == Household.head_id)
        .where(Household.kk_index == vault.index("kk", number), Household.state.in_(OPEN_STATES))
    )
    holder = db.session.execute(query.limit(1)).one_or_none()
    return Withheld(number, origin, holder.id if holder else None, (holder.name or "") if holder else "")


def _marked() -> ColumnElement[bool]:
    return and_(LifeEvent.kind == KIND, LifeEvent.details.has_key(ORIGIN), LifeEvent.undone_at.is_(None))


def _taken_out(whose: ColumnElement[bool], name: str, vault: Vault) -> tuple[str, str]:
    query = select(LifeEvent).where(whose, _marked()).order_by(LifeEvent.version_after.desc()).limit(1)
    event = db.session.scalars(query).one_or_none()
    if event is None:
        return "", ""
    before: Mapping[str, Any] = vault.open_json(event.box, f"life_event:{event.id}").get("before", {})
    return str(before.get(name) or ""), str(event.details[ORIGIN])
