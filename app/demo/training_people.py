"""People who take part in the demo's trainings: the same ones again at the next event, so that their record grows."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from app.demo.accounts import phone_of
from app.demo.training_words import FAMILY, MEN, POSITIONS, WOMEN, WOMEN_FIRST
from app.demo.villages import SKETCHES, staff_of
from app.extensions import db
from app.province.training.participants.models import TrainingPerson
from app.province.training.participants.people import search_name
from tenants.models import TenantRow

CITIZENS = 20
"""From this number on a village's people are none of its office."""
_SPACE = uuid.UUID("6f1d6b0e-3a52-5d0c-9b0e-5b8f4d7f2a11")


@dataclass(frozen=True, slots=True)
class Someone:
    """Somebody of a village, and what they are there."""

    id: uuid.UUID
    name: str
    position: str
    is_official: bool


class People:
    """Everybody whom the demo's villages send, by village and number; who is asked for first is made.

    An id follows from village and number, so a later run knows everybody again. Inside a platform scope.
    """

    def __init__(self) -> None:
        self._kept = set(db.session.scalars(select(TrainingPerson.id)))
        self._fresh: list[dict[str, Any]] = []

    def of(self, row: TenantRow, number: int, *, women: float = 0.34) -> Someone:
        """The village's person of this number: its officials first (the real list, where the village lives here).

        Args:
            women: how likely somebody who is made up is a woman.
        """
        ident, staff = uuid.uuid5(_SPACE, f"{row.code}:{number}"), staff_of(row.code)
        chance = random.Random(f"person:{row.code}:{number}")
        is_official = number < CITIZENS
        is_woman = chance.random() < women
        if is_official and number < len(staff):
            name, position = staff[number]
            is_woman = name.split()[0] in WOMEN_FIRST
        else:
            family = FAMILY[(random.Random(row.code).randrange(20) + number * 7) % len(FAMILY)]
            name = f"{chance.choice(WOMEN if is_woman else MEN)} {family}"
            position = POSITIONS[(len(row.name) + number) % len(POSITIONS)] if is_official else "Warga"
        if ident not in self._kept:
            self._kept.add(ident)
            self._fresh.append({
                "id": ident, "name": name, "search_name": search_name(name), "sex": "female" if is_woman else "male",
                "phone": phone_of(f"{row.code}:{name}") if chance.random() < 0.6 else "", "birth_date": None,
                "nik_index": None, "nik_end": None,
            })  # fmt: skip
        return Someone(ident, name, position, is_official)

    def keep(self) -> None:
        """Write who is new, in the open transaction."""
        if self._fresh:
            db.session.execute(insert(TrainingPerson), self._fresh)
            self._fresh = []


def secretary_of(row: TenantRow) -> str:
    """Who registers for a village: its secretary, by name where the village lives in the demo."""
    sketch = SKETCHES.get(row.code)
    return sketch.secretary if sketch else f"Sekretaris {row.name}"
