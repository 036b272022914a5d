"""What the register's forms need to know: one resident or household as it stands, and people to choose from."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import aliased

from app.core.privacy.vault import Vault, open_vault
from app.extensions import db
from app.government.residents import codes, derive
from app.government.residents.models import OPEN_STATES, Household, LifeEvent, Resident
from app.government.residents.register.known import known_about
from app.government.residents.register.rules import Finding, findings
from app.government.residents.register.services.checking import values_of
from app.government.residents.register.services.households import household_values
from app.government.residents.withheld import Withheld, withheld_kk
from app.government.residents.writing import plain

FOUND_AT_ONCE = 12
SHORTEST_SEARCH = 2


@dataclass(frozen=True, slots=True)
class Standing:
    """A resident or household as it stands: its fields by name, its version, and how people call it."""

    id: uuid.UUID
    values: dict[str, Any]
    row_version: int
    name: str
    household_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a household on its form."""

    id: uuid.UUID
    name: str
    sex: int
    relation: int | None
    birth_date: dt.date | None

    @property
    def relation_word(self) -> str:
        """The relation to the head in a word."""
        return codes.word("relation", self.relation)


@dataclass(frozen=True, slots=True)
class Brief:
    """A household in a few words: its head, its card number masked, its living members in the card's order."""

    id: uuid.UUID
    kk: str
    address: str
    sub_area_id: uuid.UUID | None
    members: list[Member]
    religion: int | None = None
    ethnic_group: str = ""

    @property
    def head(self) -> Member | None:
        """The living head."""
        return next((member for member in self.members if member.relation == codes.HEAD_OF_HOUSEHOLD), None)

    def spouse_of_head(self) -> Member | None:
        """The head's husband or wife, where the household has one."""
        return next((member for member in self.members if member.relation in (2, 3)), None)


@dataclass(frozen=True, slots=True)
class Found:
    """A household or a resident that a search found."""

    id: uuid.UUID
    name: str
    note: str


def standing_resident(resident_id: uuid.UUID) -> Standing | None:
    """A resident with all fields, sealed ones in clear: for those who may see them. Two queries."""
    resident = db.session.get(Resident, resident_id)
    if resident is None:
        return None
    sealed = dict(open_vault().open_json(resident.box, f"resident:{resident.id}"))
    return Standing(
        resident.id, values_of(resident, sealed), resident.row_version, resident.name, resident.household_id
    )


def standing_household(household_id: uuid.UUID) -> Standing | None:
    """A household with all fields, its card number in clear; the head's name stands for it. Two queries."""
    query = select(Household, Resident.name).outerjoin(Resident, Resident.id == Household.head_id)
    row = db.session.execute(query.where(Household.id == household_id)).one_or_none()
    if row is None:
        return None
    household, head = row
    kk = str(open_vault().open_json(household.box, f"household:{household.id}").get("kk", ""))
    return Standing(household.id, household_values(household, kk), household.row_version, head or "")


def withheld_number(household_id: uuid.UUID) -> Withheld | None:
    """The card's number that a household brought from another village and may not have, in clear: for those who may
    see it. Three queries."""
    household = db.session.get(Household, household_id)
    return withheld_kk(household, open_vault()) if household is not None else None


def household_brief(household_id: uuid.UUID) -> Brief | None:
    """A household that people may join, in a few words. Three queries."""
    household = db.session.get(Household, household_id)
    if household is None or household.state not in OPEN_STATES:
        return None
    columns = (
        Resident.id, Resident.name, Resident.sex, Resident.relation, Resident.birth_date, Resident.religion,
        Resident.ethnic_group,
    )  # fmt: skip
    rows = db.session.execute(
        select(*columns)
        .where(Resident.household_id == household_id, Resident.vital_status == codes.ALIVE)
        .order_by(Resident.household_order, Resident.relation, Resident.birth_date, Resident.id)
    ).all()
    lead = next((row for row in rows if row.relation == codes.HEAD_OF_HOUSEHOLD), None)
    return Brief(
        household.id,
        _masked_kk(open_vault(), household),
        household.address,
        household.sub_area_id,
        [Member(row.id, row.name, row.sex, row.relation, row.birth_date) for row in rows],
        lead.religion if lead else None,
        lead.ethnic_group if lead else "",
    )


def find_households(text: str) -> list[Found]:
    """Households to join, by part of a living member's name, or by all 16 digits of a card number or a member's NIK.

    At most FOUND_AT_ONCE, in two queries.
    """
    pattern, vault = _pattern(text), open_vault()
    digits = re.sub(r"[\s.-]", "", text)
    if pattern is None:
        return []
    if re.fullmatch(r"[0-9]{16}", digits):
        matches = or_(
            Household.kk_index == vault.index("kk", digits), Resident.nik_index == vault.index("nik", digits)
        )
    else:
        matches = Resident.name.ilike(pattern, escape="\\")
    head = aliased(Resident)
    query = (
        select(Household, head.name.label("head"), func.min(Resident.name).label("member"))
        .outerjoin(Resident, (Resident.household_id == Household.id) & (Resident.vital_status == codes.ALIVE))
        .outerjoin(head, head.id == Household.head_id)
        .where(Household.state.in_(OPEN_STATES), matches)
        .group_by(Household.id, head.name)
        .order_by(case((head.name.ilike(pattern, escape="\\"), 0), else_=1), head.name, Household.id)
        .limit(FOUND_AT_ONCE)
    )
    return [
        Found(
            row.Household.id,
            row.head or row.member or "",
            _joined(
                _("anggota: %(name)s", name=row.member)
                if row.head and row.member not in (None, row.head)
                else "",
                _masked_kk(vault, row.Household),
                row.Household.address,
            ),
        )
        for row in db.session.execute(query)
    ]


def find_unattached(text: str) -> list[Found]:
    """Living residents without a household, by part of the name: at most FOUND_AT_ONCE, one query."""
    pattern = _pattern(text)
    if pattern is None:
        return []
    query = (
        select(Resident.id, Resident.name, Resident.birth_date, Resident.birth_place)
        .where(
            Resident.household_id.is_(None),
            Resident.vital_status == codes.ALIVE,
            Resident.name.ilike(pattern, escape="\\"),
        )
        .order_by(Resident.name, Resident.id)
        .limit(FOUND_AT_ONCE)
    )
    return [
        Found(
            row.id, row.name, _joined(row.birth_place, f"{row.birth_date:%d-%m-%Y}" if row.birth_date else "")
        )
        for row in db.session.execute(query)
    ]


def duplicates(values: Mapping[str, Any], resident_id: uuid.UUID | None) -> list[Finding]:
    """Who may be the same person as these values say: by NIK, and by name and birth date. Two queries."""
    wanted = {name: values.get(name) for name in ("nik", "name", "birth_date")}
    known = known_about([wanted], resident_id, open_vault())
    return [
        f for f in findings(wanted, known) if f.code in ("nik_taken", "two_households", "possible_duplicate")
    ]


def resident_as_of(standing: Standing, version: int) -> dict[str, Any]:
    """A resident's fields as they stood at an earlier row version, as sealed notes keep them (dates as text).

    Walks back over what later lines of the ledger note. One query, and one for the vault.
    """
    return _as_of(standing, version, (LifeEvent.resident_id == standing.id,))


def household_as_of(standing: Standing, version: int) -> dict[str, Any]:
    """Like `resident_as_of`, for a household."""
    return _as_of(standing, version, (LifeEvent.household_id == standing.id, LifeEvent.resident_id.is_(None)))


def _as_of(standing: Standing, version: int, whose: tuple[Any, ...]) -> dict[str, Any]:
    state = {name: plain(value) for name, value in standing.values.items()}
    later = (
        select(LifeEvent.id, LifeEvent.box)
        .where(*whose, LifeEvent.version_after > version, LifeEvent.box.is_not(None))
        .order_by(LifeEvent.version_after.desc())
    )
    vault = open_vault()
    for event_id, box in db.session.execute(later):
        state.update(vault.open_json(box, f"life_event:{event_id}").get("before", {}))
    return state


def _masked_kk(vault: Vault, household: Household) -> str:
    return derive.masked(str(vault.open_json(household.box, f"household:{household.id}").get("kk", "")))


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _pattern(text: str) -> str | None:
    words = " ".join(text.split())[:100]
    if len(words) < SHORTEST_SEARCH:
        return None
    return "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
