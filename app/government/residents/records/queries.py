"""What programs read of the register: whole records with their sealed fields opened, in a bounded number of queries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Select, func, select

from app.core.privacy.vault import Vault, open_vault
from app.core.village.errors import Missing
from app.extensions import db
from app.government.residents import codes, ledger
from app.government.residents.browse.areas import area_book
from app.government.residents.browse.filters import ResidentFilter
from app.government.residents.browse.household_filters import HouseholdFilter
from app.government.residents.browse.ordering import (
    HEAD,
    Cursor,
    SortKey,
    household_key,
    joined_for,
    open_cursor,
    paged,
    resident_key,
    seal_cursor,
)
from app.government.residents.derive import card_order
from app.government.residents.events import queries as event_queries
from app.government.residents.models import Household, LifeEvent, PopulationMonth, Resident
from app.government.residents.writing import today

MOST_MONTHS = 240


class CursorUnknown(LookupError):
    """`after` is no cursor of this list in this order."""


@dataclass(frozen=True, slots=True)
class ResidentRecord:
    """A resident with the sealed fields in clear."""

    resident: Resident
    sealed: dict[str, str]


@dataclass(frozen=True, slots=True)
class HouseholdRecord:
    """A household with its card number in clear, the head's name, and its members where they were asked for."""

    household: Household
    kk: str
    head_name: str
    member_count: int = 0
    members: list[ResidentRecord] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Part:
    """A page of records, and the cursor of the next one."""

    records: list[Any]
    after: str | None


def resident_records(chosen: ResidentFilter, limit: int, after: str) -> Part:
    """Up to `limit` residents of a filter, in its order, behind a cursor: three queries.

    Raises CursorUnknown.
    """
    vault = open_vault()
    key = resident_key(chosen.sort)
    query = select(Resident, *key.labelled())
    if key.name == "household":
        query = query.outerjoin(Household, Household.id == Resident.household_id)
        query = query.outerjoin(HEAD, HEAD.id == Household.head_id)
    order = area_book().order if key.name == "area" else []
    query = chosen.apply(joined_for(query, key, order, Resident.sub_area_id))
    rows, following = _part(query, key, limit, after, vault)
    return Part([_opened(row.Resident, vault) for row in rows], following)


def resident_record(resident_id: uuid.UUID) -> ResidentRecord:
    """One resident: two queries. Raises Missing."""
    resident = db.session.get(Resident, resident_id, populate_existing=True)
    if resident is None:
        raise Missing("resident")
    return _opened(resident, open_vault())


def household_records(chosen: HouseholdFilter, limit: int, after: str) -> Part:
    """Up to `limit` households of a filter, in its order, behind a cursor: three queries. Raises CursorUnknown."""
    vault = open_vault()
    key = household_key(chosen.sort)
    order = area_book().order if key.name == "area" else []
    query = joined_for(_households().add_columns(*key.labelled()), key, order, Household.sub_area_id)
    rows, following = _part(chosen.apply(query), key, limit, after, vault)
    return Part([_opened_household(row, vault) for row in rows], following)


def household_record(household_id: uuid.UUID) -> HouseholdRecord:
    """One household with all who belong to it, the living first in the order of the card. Raises Missing."""
    query = _households().where(Household.id == household_id).execution_options(populate_existing=True)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise Missing("household")
    vault = open_vault()
    members = db.session.scalars(
        select(Resident)
        .where(Resident.household_id == household_id)
        .execution_options(populate_existing=True)
    )
    ordered = sorted(members, key=lambda person: (person.vital_status != codes.ALIVE, *card_order(person)))
    return replace(_opened_household(row, vault), members=[_opened(person, vault) for person in ordered])


def _households() -> Select[Any]:
    count = (
        select(func.count())
        .where(Resident.household_id == Household.id, Resident.vital_status == codes.ALIVE)
        .correlate(Household)
        .scalar_subquery()
    )
    head_name = func.coalesce(HEAD.name, "").label("head_name")
    return (
        select(Household, head_name, count.label("member_count"))
        .select_from(Household)
        .outerjoin(HEAD, HEAD.id == Household.head_id)
    )


def _part(
    query: Select[Any], key: SortKey, limit: int, after: str, vault: Vault
) -> tuple[Sequence[Any], str | None]:
    cursor: Cursor | None = None
    if after:
        cursor = open_cursor(vault, key, after, "")
        if cursor is None:
            raise CursorUnknown(after)
    rows = db.session.execute(paged(query, key, cursor, limit)).all()
    following = seal_cursor(vault, key, rows[limit - 1]) if len(rows) > limit else None
    return rows[:limit], following


def _opened(resident: Resident, vault: Vault) -> ResidentRecord:
    return ResidentRecord(resident, dict(vault.open_json(resident.box, f"resident:{resident.id}")))


def _opened_household(row: Any, vault: Vault) -> HouseholdRecord:
    household = row.Household
    kk = str(vault.open_json(household.box, f"household:{household.id}").get("kk", ""))
    return HouseholdRecord(household, kk, row.head_name, row.member_count)


def event_lines(
    limit: int,
    *,
    month: dt.date | None = None,
    kind: str | None = None,
    resident_id: uuid.UUID | None = None,
    household_id: uuid.UUID | None = None,
    is_late: bool | None = None,
    after: uuid.UUID | None = None,
) -> list[tuple[LifeEvent, str]]:
    """Lines of the ledger with their residents' names, newest first, behind a line: one query."""
    query = select(LifeEvent, func.coalesce(Resident.name, "")).outerjoin(
        Resident, Resident.id == LifeEvent.resident_id
    )
    wanted = {
        "month": month,
        "kind": kind,
        "resident_id": resident_id,
        "household_id": household_id,
        "is_late": is_late,
    }
    conditions = [getattr(LifeEvent, name) == value for name, value in wanted.items() if value is not None]
    if after is not None:
        conditions.append(LifeEvent.id < after)
    rows = db.session.execute(query.where(*conditions).order_by(LifeEvent.id.desc()).limit(limit))
    return [(event, name) for event, name in rows]


@dataclass(frozen=True, slots=True)
class MonthFound:
    """A month's figures, and its closing where it is closed."""

    figures: ledger.Figures
    closing: PopulationMonth | None


def months(first: dt.date | None, last: dt.date | None) -> list[MonthFound]:
    """Months, the newest first, at most MOST_MONTHS: closed ones as they stood, others as the ledger has them.

    Three queries. None: from the first in which anything counts, to the present one.
    """
    present = today().replace(day=1)
    last = min(last or present, present)
    if first is None:
        begun, closed = ledger.span()
        first = min(begun or present, closed or present)
    earliest = last
    for _month in range(MOST_MONTHS - 1):
        earliest = (earliest - dt.timedelta(days=1)).replace(day=1)
    first = max(first.replace(day=1), earliest)
    if first > last:
        return []
    between = PopulationMonth.month.between(first, last)
    closings = {row.month: row for row in db.session.scalars(select(PopulationMonth).where(between))}
    found = []
    for figures in ledger.reports(first, last):
        closing = closings.get(figures.month)
        kept = ledger.Figures.from_json(figures.month, closing.figures) if closing else figures
        found.append(MonthFound(kept, closing))
    return found[::-1]


def is_closed(month: dt.date) -> bool:
    """Whether nothing is counted into a month any more."""
    return event_queries.closed_month(month) is not None
