"""The list of residents: rows of a page with the totals of the whole list, in a bounded number of queries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select

from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.areas import AreaBook, area_book
from app.government.residents.browse.columns import RESIDENT_COLUMNS, Choice, Setting
from app.government.residents.browse.filters import ResidentFilter
from app.government.residents.browse.ordering import (
    HEAD,
    Page,
    SortKey,
    joined_for,
    open_cursor,
    page_of,
    paged,
    resident_key,
)
from app.government.residents.browse.totals import VERSION, Totals, rows_with_totals
from app.government.residents.models import Household, Resident
from app.government.residents.writing import today

_NEEDS_HOUSEHOLD = ("kk", "head")


@dataclass(frozen=True, slots=True)
class ResidentLine:
    """A row of the list: who it is, and the cells of the chosen columns."""

    id: uuid.UUID
    name: str
    vital_status: int
    cells: dict[str, str]

    @property
    def is_former(self) -> bool:
        """Whether the person is no longer counted here."""
        return self.vital_status != codes.ALIVE

    @property
    def status_word(self) -> str:
        """The vital status in a word."""
        return codes.word("vital_status", self.vital_status)


@dataclass(frozen=True, slots=True)
class ResidentPage:
    """A page of the list, with everything that stands around it."""

    lines: list[ResidentLine]
    totals: Totals
    areas: AreaBook
    page: Page


def resident_page(
    chosen: ResidentFilter, choice: Choice, after: str = "", before: str = "", day: dt.date | None = None
) -> ResidentPage:
    """A page of the residents that a filter lets through: at most four queries.

    Args:
        chosen: which, and in which order. choice: columns and rows a page.
        after, before: the cursor that the page before or behind gave; both empty for the first page.
        day: the day that ages are told for; today when it is not given.
    """
    vault = open_vault()
    areas = area_book()
    key = resident_key(chosen.sort)
    cursor = open_cursor(vault, key, after, before)
    query = chosen.apply(_selected(choice, key, areas))

    def fetch() -> list[Row[Any]]:
        return list(db.session.execute(paged(query, key, cursor, choice.size)))

    def count() -> Row[Any]:
        return db.session.execute(chosen.apply(_COUNTED)).one()

    def is_whole(rows: Sequence[Row[Any]]) -> bool:
        return cursor is None and len(rows) <= choice.size

    within = sorted(areas.below.get(chosen.sub_area_id, ())) if chosen.sub_area_id else ()
    rows, totals = rows_with_totals(fetch, count, _sum_up, chosen.digest("people", *within), is_whole)
    page = page_of(rows, key, cursor, choice.size, vault)
    setting = Setting(areas, vault, day or today())
    return ResidentPage([_line(row, choice, setting) for row in page.rows], totals, areas, page)


def resident_totals(chosen: ResidentFilter) -> Totals:
    """The totals of the residents that a filter lets through, as they stand above its list: one query."""
    counted = db.session.execute(chosen.apply(_COUNTED)).one()
    return Totals(counted.all, counted.men, counted.women, counted.households)


_COUNTED = select(
    func.count().label("all"),
    func.count().filter(Resident.sex == 1).label("men"),
    func.count().filter(Resident.sex == 2).label("women"),
    func.count(Resident.household_id.distinct()).label("households"),
    VERSION,
).select_from(Resident)


def _selected(choice: Choice, key: SortKey, areas: AreaBook) -> Select[Any]:
    """The fields that the chosen columns and the order need, and no more."""
    needed: dict[str, Any] = {}
    base = (Resident.id, Resident.name, Resident.sex, Resident.household_id, Resident.vital_status)
    for field in (*base, *(need for name in choice.columns for need in RESIDENT_COLUMNS[name].needs)):
        needed[field.key] = field
    query = select(*needed.values(), *key.labelled(), VERSION).select_from(Resident)
    with_household = key.name == "household" or any(name in choice.columns for name in _NEEDS_HOUSEHOLD)
    if with_household:
        query = query.outerjoin(Household, Household.id == Resident.household_id)
    if key.name == "household" or "head" in choice.columns:
        query = query.outerjoin(HEAD, HEAD.id == Household.head_id)
    return joined_for(query, key, areas.order, Resident.sub_area_id)


def _sum_up(rows: Sequence[Row[Any]]) -> Totals:
    men = sum(row.sex == 1 for row in rows)
    families = {row.household_id for row in rows} - {None}
    return Totals(len(rows), men, len(rows) - men, len(families))


def _line(row: Row[Any], choice: Choice, setting: Setting) -> ResidentLine:
    cells = {name: RESIDENT_COLUMNS[name].cell(row, setting) for name in choice.columns}
    return ResidentLine(row.id, row.name, row.vital_status, cells)
