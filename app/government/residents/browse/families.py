"""The list of households: rows of a page with the totals of the whole list, in a bounded number of queries."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.areas import AreaBook, area_book
from app.government.residents.browse.history import STATES
from app.government.residents.browse.household_filters import ACTIVE, HouseholdFilter
from app.government.residents.browse.ordering import (
    HEAD,
    Page,
    household_key,
    joined_for,
    open_cursor,
    page_of,
    paged,
)
from app.government.residents.browse.totals import VERSION, Totals, rows_with_totals
from app.government.residents.derive import masked
from app.government.residents.models import Household, Resident


@dataclass(frozen=True, slots=True)
class HouseholdLine:
    """A row of the list: head, masked card number, where, how many living members."""

    id: uuid.UUID
    head: str
    kk: str
    area: str
    address: str
    members: int
    welfare: str
    state: str

    @property
    def is_active(self) -> bool:
        """Whether the household counts."""
        return self.state == ACTIVE

    @property
    def state_word(self) -> str:
        """The state in a word."""
        return str(STATES.get(self.state, self.state))


@dataclass(frozen=True, slots=True)
class HouseholdPage:
    """A page of the list. `totals`: households, and their living members by sex."""

    lines: list[HouseholdLine]
    totals: Totals
    areas: AreaBook
    page: Page


_ALIVE_MEMBERS = (
    select(func.count())
    .select_from(Resident)
    .where(Resident.household_id == Household.id, Resident.vital_status == codes.ALIVE)
    .correlate(Household)
    .scalar_subquery()
)


def household_page(chosen: HouseholdFilter, size: int, after: str = "", before: str = "") -> HouseholdPage:
    """A page of the households that a filter lets through: at most four queries. See `people.resident_page`."""
    vault = open_vault()
    areas = area_book()
    key = household_key(chosen.sort)
    cursor = open_cursor(vault, key, after, before)
    query = select(
        Household.id, Household.box, Household.address, Household.sub_area_id, Household.welfare_class,
        Household.state, HEAD.name.label("head_name"), _ALIVE_MEMBERS.label("members"), *key.labelled(), VERSION,
    ).outerjoin(HEAD, HEAD.id == Household.head_id)  # fmt: skip
    query = chosen.apply(joined_for(query, key, areas.order, Household.sub_area_id))

    def fetch() -> list[Row[Any]]:
        return list(db.session.execute(paged(query, key, cursor, size)))

    def count() -> Row[Any]:
        return db.session.execute(_counted(chosen)).one()

    within = sorted(areas.below.get(chosen.sub_area_id, ())) if chosen.sub_area_id else ()
    rows, totals = rows_with_totals(fetch, count, None, chosen.digest("households", *within), _never)
    page = page_of(rows, key, cursor, size, vault)
    lines = []
    for row in page.rows:
        kk = masked(vault.open_json(row.box, f"household:{row.id}").get("kk", ""))
        welfare = codes.word("welfare_class", row.welfare_class)
        way = areas.way(row.sub_area_id)
        lines.append(
            HouseholdLine(row.id, row.head_name or "", kk, way, row.address, row.members, welfare, row.state)
        )
    return HouseholdPage(lines, totals, areas, page)


def _counted(chosen: HouseholdFilter) -> Any:
    """How many households, and how many people live in them."""
    homes = chosen.apply(select(Household.id).outerjoin(HEAD, HEAD.id == Household.head_id)).cte("homes")
    member = Resident.household_id.in_(select(homes.c.id)) & (Resident.vital_status == codes.ALIVE)
    people = select(
        func.count().label("all"),
        func.count().filter(Resident.sex == 1).label("men"),
        func.count().filter(Resident.sex == 2).label("women"),
    ).where(member)
    counted = people.cte("people")
    households = select(func.count()).select_from(homes).scalar_subquery().label("households")
    return select(counted.c.all, counted.c.men, counted.c.women, households, VERSION).select_from(counted)


def _never(_rows: Sequence[Row[Any]]) -> bool:
    return False
