"""What follows from a resident's fields: where the ledger counts them, what is missing, how numbers are shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from app.government.residents import codes

NIK_NONE, NIK_TEMPORARY, NIK_FULL = 0, 1, 2
HOUSEHOLD_CELL = 10
"""The cell in which the ledger counts households; people stand in the cells 0 to 7."""
PERSON_CELLS = tuple(range(8))

ANONYMOUS = "(data dihapus)"
"""The name of a person whose data is no longer kept (see `rights.retention`)."""

REQUIRED = (
    "nik", "household_id", "relation", "name", "birth_place", "birth_date", "religion", "marital_status", "education",
    "occupation", "blood_type", "father_name", "mother_name", "sub_area_id",
)  # fmt: skip
"""What a complete record has filled in (the family card's columns, and the area). Sex and nationality always are."""


Standing = tuple[int, dt.date]
"""Where a relation to the head and a birth date stand on a family card by themselves: spouse, children by age, …"""


def standing(relation: int | None, birth_date: dt.date | None) -> Standing:
    """How members are ordered on a family card while nobody says otherwise."""
    return (relation or 99, birth_date or dt.date.max)


def card_order(person: Any) -> tuple[bool, int, Standing, Any]:
    """Where a member stands on the family card: the head first, then by place; at one place by relation and age."""
    is_head = person.relation == codes.HEAD_OF_HOUSEHOLD
    return (not is_head, person.household_order, standing(person.relation, person.birth_date), person.id)


def card_places(members: Iterable[Any], joining: Sequence[Standing]) -> list[int]:
    """The places of people who join a household: each behind the last member whom they belong behind.

    Behind the last of all they have a new place. Between others they share a member's place (`card_order` knows who
    comes first), so that nobody else's changes. In a household without members they have places from 1 on.
    """
    there = sorted(members, key=card_order)
    if not there:
        return [sorted(joining).index(one) + 1 for one in joining]
    behind_all = max(person.household_order for person in there) + 1
    found = []
    for one in joining:
        before = [person for person in there if standing(person.relation, person.birth_date) <= one]
        if before:
            found.append(behind_all if before[-1] is there[-1] else before[-1].household_order)
        else:
            found.append(there[0].household_order)
    return found


class Counted(Protocol):
    """What the ledger needs to know of a person."""

    sex: int
    nationality: int
    residence_status: int
    vital_status: int


def cell_of(resident: Counted) -> int | None:
    """The ledger's cell of a resident, None for one who is not counted (dead, moved, missing, left, invalid).

    Bit 0: woman; bit 1: foreigner (WNA; who holds two nationalities counts as WNI, Law 12/2006 Art. 6); bit 2: not
    permanent (temporary or newcomer).
    """
    return cell(resident.sex, resident.nationality, resident.residence_status, resident.vital_status)


def cell(sex: int, nationality: int, residence_status: int, vital_status: int = codes.ALIVE) -> int | None:
    """Like `cell_of`, from the codes."""
    if vital_status != codes.ALIVE:
        return None
    return (sex == 2) + 2 * (nationality == 2) + 4 * (residence_status != codes.PERMANENT)


def nik_state(nik: str) -> int:
    """0 for none, 1 for a temporary number (begins with 0), 2 for a NIK."""
    if not nik:
        return NIK_NONE
    return NIK_TEMPORARY if nik.startswith("0") else NIK_FULL


def missing_count(values: Mapping[str, Any]) -> int:
    """How many of the REQUIRED fields are empty. `values`: columns and the sealed `nik`; a temporary NIK is none."""
    count = sum(values.get(name) in (None, "") for name in REQUIRED)
    return count + (nik_state(values.get("nik") or "") == NIK_TEMPORARY)


def is_anonymous(name: str) -> bool:
    """Whether this stands in the place of a name whose data was removed; nothing can be brought back then."""
    return name == ANONYMOUS


def masked(digits: str) -> str:
    """A NIK or KK number for those who may not see it: "1806••••••••0001"."""
    return f"{digits[:4]}{'•' * 8}{digits[-4:]}" if len(digits) == 16 else "•" * len(digits)


def masked_text(text: str) -> str:
    """A phone number or address for those who may not see it: its last two signs only."""
    return f"{'•' * max(0, len(text) - 2)}{text[-2:]}" if text else ""
