"""Whether the register and its ledger tell the same: what the ledger sums to, what follows from each row's fields."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from app.core.privacy.keys import UnknownKey
from app.core.privacy.vault import SealBroken, open_vault
from app.extensions import db
from app.government.residents import codes, derive, ledger
from app.government.residents.models import Household, LifeEvent, Resident

SHOWN = 5
Cells = Counter[tuple[int, uuid.UUID | None]]


def differences(*, sealed: bool = False) -> Iterator[str]:
    """Say in sentences what does not agree in the present village; nothing when all does.

    `sealed`: also open every sealed record and compare its blind index (slow: some milliseconds for 100 people).
    The sentences name rows by id, never by what is sealed.
    """
    yield from _cells()
    yield from _heads()
    yield from _members()
    yield from _homes()
    yield from _last_lines()
    yield from _missing()
    yield from _indexes()
    if sealed:
        yield from _sealed_people()
        yield from _sealed_households()


def _cells() -> Iterator[str]:
    """Each cell of each area holds as many people (or households) as the ledger sums to."""
    told: Cells = Counter(ledger.population())
    there: Cells = Counter()
    cell = (
        (Resident.sex == 2).cast(db.Integer)
        + 2 * (Resident.nationality == 2).cast(db.Integer)
        + 4 * (Resident.residence_status != codes.PERMANENT).cast(db.Integer)
    ).label("cell")
    people = (
        select(cell, Resident.sub_area_id, func.count())
        .where(Resident.vital_status == codes.ALIVE)
        .group_by(cell, Resident.sub_area_id)
    )
    homes = (
        select(Household.sub_area_id, func.count())
        .where(Household.state == "active")
        .group_by(Household.sub_area_id)
    )
    for number, area, count in db.session.execute(people):
        there[(number, area)] += count
    for area, count in db.session.execute(homes):
        there[(derive.HOUSEHOLD_CELL, area)] += count
    for number, area in sorted({*told, *there}, key=lambda key: (key[0], str(key[1]))):
        if told[(number, area)] != there[(number, area)]:
            what = "households" if number == derive.HOUSEHOLD_CELL else f"people of cell {number}"
            yield (
                f"{what} in area {area or 'unknown'}: the ledger counts {told[(number, area)]}, "
                f"the register {there[(number, area)]}"
            )


def _heads() -> Iterator[str]:
    """An active household has one living head, the one that it names."""
    heads = (
        select(Resident.household_id, func.count().label("many"), func.min(_text(Resident.id)).label("id"))
        .where(Resident.vital_status == codes.ALIVE, Resident.relation == codes.HEAD_OF_HOUSEHOLD)
        .group_by(Resident.household_id)
        .subquery()
    )
    members = select(Resident.household_id).where(Resident.vital_status == codes.ALIVE).distinct().subquery()
    query = (
        select(Household.id, Household.head_id, heads.c.many, heads.c.id)
        .outerjoin(heads, heads.c.household_id == Household.id)
        .join(members, members.c.household_id == Household.id)
        .where(
            Household.state == "active",
            or_(heads.c.many > 1, and_(heads.c.many == 1, heads.c.id != _text(Household.head_id))),
        )
    )
    rows = db.session.execute(query).all()
    yield from _named("households with two living heads", [row.id for row in rows if row.many > 1])
    yield from _named(
        "households that name another head than lives there", [r.id for r in rows if r.many == 1]
    )


def _members() -> Iterator[str]:
    """Nobody who lives here stands on the card of a household that is no more."""
    query = (
        select(Resident.id)
        .join(Household, Household.id == Resident.household_id)
        .where(Resident.vital_status == codes.ALIVE, Household.state != "active")
    )
    yield from _named("people alive in a household that is not active", db.session.scalars(query).all())


def _homes() -> Iterator[str]:
    """A household counts while somebody lives in it, and is empty only until its first member."""
    lives = select(Resident.household_id).where(
        Resident.vital_status == codes.ALIVE, Resident.household_id.is_not(None)
    )
    query = select(Household.id).where(Household.state == "active", Household.id.not_in(lives))
    yield from _named("active households in which nobody lives", db.session.scalars(query).all())
    named = select(Resident.household_id).where(
        Resident.vital_status != codes.INVALID, Resident.household_id.is_not(None)
    )
    query = select(Household.id).where(Household.state == "empty", Household.id.in_(named))
    yield from _named("empty households with members", db.session.scalars(query).all())


def _last_lines() -> Iterator[str]:
    """Everybody has a line that entered them."""
    entered = select(LifeEvent.resident_id).where(LifeEvent.resident_id.is_not(None))
    query = select(Resident.id).where(Resident.id.not_in(entered))
    yield from _named("people without any line in the ledger", db.session.scalars(query).all())


def _missing() -> Iterator[str]:
    """`missing_count` is what is empty."""
    empty: Any = case((Resident.nik_state != derive.NIK_FULL, 1), else_=0)
    for name in derive.REQUIRED:
        if name == "nik":
            continue
        column = getattr(Resident, name)
        is_text = isinstance(column.type, db.Text)
        empty = empty + case((column == "" if is_text else column.is_(None), 1), else_=0)
    query = select(Resident.id).where(Resident.missing_count != empty)
    yield from _named("people whose count of missing fields is wrong", db.session.scalars(query).all())


def _indexes() -> Iterator[str]:
    """Who has a number has an index, and who has none has none."""
    person = Resident.nik_index.is_(None) != (Resident.nik_state == derive.NIK_NONE)
    unsealed = and_(Resident.nik_index.is_not(None), Resident.box.is_(None))
    query = select(Resident.id).where(or_(person, unsealed))
    yield from _named("people whose NIK and its index do not agree", db.session.scalars(query).all())
    home = Household.kk_index.is_(None) != Household.box.is_(None)
    query = select(Household.id).where(home)
    yield from _named(
        "households whose KK number and its index do not agree", db.session.scalars(query).all()
    )


def _sealed_people() -> Iterator[str]:
    vault, broken, other = open_vault(), [], []
    query = select(Resident.id, Resident.box, Resident.nik_index, Resident.nik_state)
    for key, box, index, state in db.session.execute(query.execution_options(yield_per=500)):
        try:
            nik = vault.open_json(box, f"resident:{key}").get("nik", "")
        except (SealBroken, UnknownKey):
            broken.append(key)
            continue
        if (vault.index("nik", nik) if nik else None) != index or derive.nik_state(nik) != state:
            other.append(key)
    yield from _named("people whose sealed record does not open", broken)
    yield from _named("people whose index is not that of their sealed NIK", other)


def _sealed_households() -> Iterator[str]:
    vault, broken, other = open_vault(), [], []
    for key, box, index in db.session.execute(select(Household.id, Household.box, Household.kk_index)):
        try:
            kk = vault.open_json(box, f"household:{key}").get("kk", "")
        except (SealBroken, UnknownKey):
            broken.append(key)
            continue
        if (vault.index("kk", kk) if kk else None) != index:
            other.append(key)
    yield from _named("households whose sealed record does not open", broken)
    yield from _named("households whose index is not that of their sealed number", other)


def _named(what: str, ids: Any) -> Iterator[str]:
    """One sentence about all rows that have the same fault, with the first few ids."""
    found = list(ids)
    if found:
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        yield f"{len(found)} {what}: {', '.join(str(key) for key in found[:SHOWN])}{more}"


def _text(column: Any) -> Any:
    return column.cast(db.Text)
