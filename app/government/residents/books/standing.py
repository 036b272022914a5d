"""Who stood in the register at the end of a month, as the ledger has it, with what the registers say of a person."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, Select, Subquery, func, literal, select, union_all

from app.core.privacy.vault import Vault
from app.extensions import db
from app.government.residents import codes
from app.government.residents.books.layout import Choice, Reading
from app.government.residents.browse.filters import within_area
from app.government.residents.derive import masked
from app.government.residents.ledger import PERMANENT_CELLS
from app.government.residents.models import Household, LifeEvent, Resident
from app.government.residents.writing import next_month

PERSON = (
    "id", "household_id", "box", "name", "sex", "birth_place", "birth_date", "religion", "blood_type",
    "marital_status", "education", "occupation", "nationality", "father_name", "mother_name", "ethnic_group",
    "reading", "relation", "registered_address", "current_address", "residence_status", "card", "card_status",
)  # fmt: skip


def standing(choice: Choice) -> Subquery:
    """Residents who are counted at the end of the month: `resident_id` and `area_id`, one line each."""
    legs = union_all(
        _side(LifeEvent.to_cell, LifeEvent.to_area_id, 1, choice.month),
        _side(LifeEvent.from_cell, LifeEvent.from_area_id, -1, choice.month),
    ).subquery("legs")
    query = (
        select(legs.c.resident_id, legs.c.area_id)
        .group_by(legs.c.resident_id, legs.c.cell, legs.c.area_id)
        .having(func.sum(legs.c.n) > 0)
    )
    if choice.part == "permanent":
        query = query.where(legs.c.cell.in_(PERMANENT_CELLS))
    if choice.area_id is not None:
        query = query.where(legs.c.area_id.in_(within_area(choice.area_id)))
    return query.subquery("standing")


def _side(cell: Any, area: Any, n: int, month: dt.date) -> Select[Any]:
    return select(
        LifeEvent.resident_id, cell.label("cell"), area.label("area_id"), literal(n).label("n")
    ).where(
        LifeEvent.resident_id.is_not(None),
        cell.is_not(None),
        LifeEvent.month < next_month(month),
        LifeEvent.undone_at.is_(None),
    )


def read_standing(choice: Choice, reading: Reading) -> tuple[list[Row[Any]], int]:
    """Those who stand there, family by family in card order, with their household's card; and how many in all.

    One select; a second one only for a page behind the last.
    """
    there = standing(choice)
    card = (Resident.household_order, Resident.relation, Resident.birth_date)
    order = (Resident.household_id, *card, Resident.id)
    page = (
        select(there.c.resident_id, there.c.area_id, func.count().over().label("in_all"))
        .join(Resident, Resident.id == there.c.resident_id)
        .order_by(*order)
        .offset(reading.offset)
        .limit(reading.limit)
        .subquery("page")
    )
    query = (
        person_columns(page.c.area_id)
        .add_columns(page.c.in_all)
        .join(page, page.c.resident_id == Resident.id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .order_by(*order)
    )
    rows = list(db.session.execute(query))
    if rows or not reading.offset:
        return rows, rows[0].in_all if rows else 0
    return [], db.session.scalar(select(func.count()).select_from(there)) or 0


def person_columns(area_id: Any) -> Select[Any]:
    """A select of what the registers show of a person; households are to be joined."""
    return select(
        *(getattr(Resident, name) for name in PERSON),
        area_id.label("area_id"),
        Household.box.label("household_box"),
        Household.address.label("household_address"),
        Household.issued_on.label("issued_on"),
    )


class Numbers:
    """NIK and KK number of a person, masked unless they are asked for in clear; a card is opened once a family."""

    def __init__(self, vault: Vault | None, *, clear: bool) -> None:
        self.vault = vault
        self.clear = clear
        self._cards: dict[uuid.UUID, str] = {}

    def nik(self, person: Row[Any]) -> str:
        """The NIK, empty when there is none yet."""
        if self.vault is None or person.box is None:
            return ""
        return self._shown(str(self.vault.open_json(person.box, f"resident:{person.id}").get("nik", "")))

    def kk(self, person: Row[Any]) -> str:
        """The number of the family card, empty when there is none yet."""
        if self.vault is None or person.household_box is None:
            return ""
        known = self._cards.get(person.household_id)
        if known is None:
            opened = self.vault.open_json(person.household_box, f"household:{person.household_id}")
            known = self._cards[person.household_id] = self._shown(str(opened.get("kk", "")))
        return known

    def _shown(self, digits: str) -> str:
        return digits if self.clear else masked(digits)


def sex_letter(person: Row[Any]) -> str:
    """L or P."""
    return "P" if person.sex == 2 else "L"


def address_of(person: Row[Any], reading: Reading) -> str:
    """The address with the way to the area, the smallest last."""
    street = person.current_address or person.registered_address or person.household_address or ""
    return ", ".join(part for part in (street, reading.areas.way(person.area_id)) if part)


class Words:
    """The words of codes in the reader's language, each looked up once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], str] = {}

    def __call__(self, column: str, code: int | None) -> str:
        """The word of a code; empty for an unknown one."""
        if code is None:
            return ""
        found = self._known.get((column, code))
        if found is None:
            found = self._known[column, code] = codes.word(column, code)
        return found


def came_on(resident_ids: Iterable[uuid.UUID] | None) -> dict[uuid.UUID, dt.date]:
    """Since when people live here, as far as the ledger knows: they were born here or came. None: everybody."""
    query = (
        select(LifeEvent.resident_id, func.max(LifeEvent.happened_on))
        .where(
            LifeEvent.kind.in_(("birth", "move_in", "return")),
            LifeEvent.undone_at.is_(None),
            LifeEvent.resident_id.is_not(None),
        )
        .group_by(LifeEvent.resident_id)
    )
    if resident_ids is not None:
        query = query.where(LifeEvent.resident_id.in_(list(resident_ids)))
    return {resident_id: day for resident_id, day in db.session.execute(query) if resident_id is not None}
