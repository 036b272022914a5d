"""Households as an import leaves them: new ones out of the rows of one card number, known ones where rows differ."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from app.government.residents import codes
from app.government.residents.imports.areas import Path
from app.government.residents.imports.known import KnownHousehold, Register

if TYPE_CHECKING:
    from app.government.residents.imports.planning import Line

OWN = ("issued_on", "welfare_class", "welfare_decile", "house_condition")


@dataclass(slots=True)
class HouseholdPlan:
    """A household: `known` when the register has it. `values`: what is entered or changed; `path`: its area, if
    that must be made first. `head` is the row or the resident who is its head afterwards.
    """

    key: str
    known: KnownHousehold | None
    values: dict[str, Any] = field(default_factory=dict)
    path: Path = ()
    head: int | uuid.UUID | None = None

    @property
    def is_new(self) -> bool:
        """Whether it is entered by this import."""
        return self.known is None


def new_families(lines: Sequence[Line], register: Register) -> list[list[Line]]:
    """All rows, refused ones too, of each household of several that the register does not know."""
    families: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.household and line.household not in register.by_kk:
            families[line.household].append(line)
    return [rows for rows in families.values() if len(rows) > 1]


def hold_back(families: Sequence[Sequence[Line]], register: Register) -> set[str | None]:
    """Refuse all rows of a new household whose head is refused: nobody else becomes head in their place.

    The first row that names a head decides. Returns the keys of the households whose rows were refused just now.
    """
    held: set[str | None] = set()
    for rows in families:
        head = _head_row(rows)
        if head is None or not head.errors:
            continue
        for line in rows:
            if not line.errors:
                line.errors.append(("relation", _(
                    "Baris kepala keluarga ditolak (baris %(row)s): %(why)s Perbaiki baris itu, lalu kirim sekeluarga.",
                    row=head.number, why=head.errors[0][1])))  # fmt: skip
                held.add(line.household)
                if line.person is not None:
                    held.add(register.key_of(line.person.row.household_id))
    return held


def _head_row(rows: Sequence[Line]) -> Line | None:
    """The row of the head: the first that says so, or else one whose relation could not be read."""
    heads = (row for row in rows if row.get("relation") == codes.HEAD_OF_HOUSEHOLD and row.is_alive)
    unread = (row for row in rows if any(name == "relation" for name, _sentence in row.errors))
    return next(heads, None) or next(unread, None)


def plan_households(
    lines: Sequence[Line], register: Register, given: Collection[str] = ()
) -> dict[str, HouseholdPlan]:
    """The households that the rows which are taken name, and those that members leave.

    `given`: the targets of the file's columns. Without columns of their own, a household's address and area are its
    head's.
    """
    by_key: dict[str, list[Line]] = defaultdict(list)
    touched: dict[uuid.UUID, dict[uuid.UUID, Line]] = defaultdict(dict)
    for line in lines:
        if line.errors:
            continue
        if line.household:
            by_key[line.household].append(line)
        if line.person is not None and line.person.row.household_id:
            touched[line.person.row.household_id][line.person.id] = line
    plans = {key: _plan(key, rows, register, given) for key, rows in by_key.items()}
    for household_id, changed in touched.items():
        household = register.households.get(household_id)
        if household is not None and any(_moves_head(line) for line in changed.values()):
            key = register.key_of(household_id) or ""
            plan = plans.get(key) or HouseholdPlan(key, household, head=household.row.head_id)
            _settle_known(plan, changed, by_key.get(key, []), register)
            plans[key] = plan
    return {
        key: plan for key, plan in plans.items() if plan.is_new or plan.values or plan.path or _new_head(plan)
    }


def _plan(key: str, rows: Sequence[Line], register: Register, given: Collection[str]) -> HouseholdPlan:
    household_id = register.by_kk.get(key)
    known = register.households.get(household_id) if household_id else None
    heads = [row for row in rows if row.get("relation") == codes.HEAD_OF_HOUSEHOLD and row.is_alive]
    ordered = [*heads, *(row for row in rows if row not in heads[:1])] if heads else list(rows)
    plan = HouseholdPlan(key, known, head=known.row.head_id if known else None)
    wanted = _wanted(key, ordered, is_new=known is None, own_address="household.address" in given)
    ways = [row.family_way for row in ordered if row.family_way]
    if not ways and not any(name.startswith("household.area.") for name in given):
        ways = [row.way for row in (heads[:1] or (ordered[:1] if known is None else ())) if row.way]
    place = ways[0] if ways else ()
    area, plan.path = register.areas.find(place)
    if place:
        wanted["sub_area_id"] = area
    if known is None or known.row.state == "empty":
        wanted["state"] = _state(rows)
    if known is None:
        plan.values = wanted
    else:
        plan.values = {name: value for name, value in wanted.items() if known.get(name) != value}
    if heads:
        plan.head = heads[0].person.id if heads[0].person else heads[0].number
    return plan


def _wanted(key: str, rows: Sequence[Line], *, is_new: bool, own_address: bool) -> dict[str, Any]:
    wanted: dict[str, Any] = {"kk": key} if is_new and not key.startswith("#") else {}
    stated = [row.family["address"] for row in rows if "address" in row.family]
    if not stated and not own_address:
        first = rows[:1] if not is_new else rows
        stated = [row.values["registered_address"] for row in first if row.values.get("registered_address")]
    if stated:
        wanted["address"] = stated[0]
    for name in OWN:
        given = [row.family[name] for row in rows if name in row.family]
        if given:
            wanted[name] = given[0]
    return wanted


def _state(rows: Sequence[Line]) -> str:
    """A household in which nobody lives any more is kept for its history, and does not count."""
    if any(row.is_alive for row in rows):
        return "active"
    return "left" if any(row.get("vital_status") == codes.MOVED for row in rows) else "dissolved"


def _moves_head(line: Line) -> bool:
    return "household_id" in line.changes or "relation" in line.changes


def _settle_known(
    plan: HouseholdPlan, changed: dict[uuid.UUID, Line], arriving: Sequence[Line], register: Register
) -> None:
    """Who is the head of a household whose members changed, and whether anybody is left in it."""
    assert plan.known is not None
    staying = [
        resident_id
        for resident_id in plan.known.members
        if register.people[resident_id].is_alive
        and (resident_id not in changed or "household_id" not in changed[resident_id].changes)
    ]
    if not staying and not any(row.is_alive for row in arriving):
        plan.values["state"] = "dissolved"
    heads: list[int | uuid.UUID] = []
    for resident_id in staying:
        line = changed.get(resident_id)
        relation = line.get("relation") if line else register.people[resident_id].get("relation")
        if relation == codes.HEAD_OF_HOUSEHOLD:
            heads.append(resident_id)
    if not isinstance(plan.head, int) and plan.head not in heads:
        arrived = {row.person.id for row in arriving if row.person is not None}
        if plan.head not in arrived or not heads:
            plan.head = heads[0] if heads else (plan.head if plan.head in arrived else None)


def _new_head(plan: HouseholdPlan) -> bool:
    return plan.known is not None and plan.head != plan.known.row.head_id
