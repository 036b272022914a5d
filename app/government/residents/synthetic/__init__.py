"""Believable villages out of a seed: for demonstrations and for measuring. Every person in them is invented."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from app.government.residents.synthetic.families import Family, families
from app.government.residents.synthetic.names import mixed
from app.government.residents.synthetic.numbers import Numbers
from app.government.residents.synthetic.people import Clerk

__all__ = ["Area", "Settlement", "generate", "settle"]


@dataclass(frozen=True, slots=True)
class Area:
    """One of the smallest areas that a village knows (RT, RW or sub-area)."""

    id: uuid.UUID
    label: str = ""


@dataclass(slots=True)
class Settlement:
    """A village's families, and the clerk who filled in their fields (more may be asked of the same one)."""

    families: list[Family]
    clerk: Clerk
    today: dt.date


def generate(
    village_code: str,
    size: int,
    seed: int,
    areas: Sequence[Area],
    today: dt.date,
    *,
    centre: tuple[float, float] | None = None,
    leaning: Mapping[str, float] | None = None,
    home_place: str = "",
) -> list[dict[str, Any]]:
    """Make a village's households with their members, the same for the same arguments.

    Args:
        village_code: dotted or plain; its first six digits are those of the numbers issued here.
        size: how many people; seed: any number.
        areas: where households lie; none leaves the area unknown.
        today: the day of which ages hold.
        centre: latitude and longitude around which houses stand.
        leaning: names of peoples → how many times more of them than in the province.
        home_place: the birth place of those born here.

    Returns:
        Households by field name (`kk`, `address`, …) with `members`, dicts by the register's field names in the order
        of the card. NIK are valid in shape, and unique within the village.
    """
    settlement = settle(
        village_code, size, seed, areas, today, centre=centre, leaning=leaning, home_place=home_place
    )
    return [
        {**family.values, "members": [person.values for person in family.members]}
        for family in settlement.families
    ]


def settle(
    village_code: str,
    size: int,
    seed: int,
    areas: Sequence[Area],
    today: dt.date,
    *,
    centre: tuple[float, float] | None = None,
    leaning: Mapping[str, float] | None = None,
    home_place: str = "",
) -> Settlement:
    """Like `generate`, with who is whose child and spouse."""
    chance = Random(f"{village_code}:{size}:{seed}")
    numbers = Numbers(chance, village_code.replace(".", "")[:6])
    clerk = Clerk(chance, numbers, mixed(chance, dict(leaning or {})), home_place or "KOTA AGUNG", today)
    found = families(chance, size, today)
    for family in found:
        clerk.household(family, chance.choice(areas).id if areas else None, centre)
    return Settlement(found, clerk, today)
