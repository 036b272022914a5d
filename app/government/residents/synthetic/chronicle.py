"""What a made-up past is written in: lines of the ledger, and the register that they lead to."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.government.residents import codes, derive
from app.government.residents.synthetic.families import Family, Person

Subject = Person | Family


@dataclass(slots=True)
class Line:
    """One line of the ledger to be; the cells follow from what stood before and after."""

    kind: str
    subject: Subject
    household_id: uuid.UUID | None
    happened_on: dt.date
    reported_on: dt.date
    deed: int
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    private: dict[str, Any] = field(default_factory=dict)
    stood: tuple[int | None, uuid.UUID | None] = (None, None)
    stands: tuple[int | None, uuid.UUID | None] = (None, None)
    version: int = 1


@dataclass(slots=True)
class Chronicle:
    """All that a register holds: households and people as they stand, and the lines that led there, in order."""

    families: list[Family]
    people: list[Person]
    lines: list[Line]
    opened_on: dt.date

    @property
    def alive(self) -> int:
        """How many people count today."""
        return sum(person.values["vital_status"] == codes.ALIVE for person in self.people)


def counted(subject: Subject, state: dict[str, Any], lines: list[Line]) -> Iterator[Line]:
    """Set cells, areas and versions along a subject's lines, by the rule of `Writing`."""
    stood: tuple[int | None, uuid.UUID | None] = (None, None)
    for version, line in enumerate(lines, start=1):
        if version > 1:
            state.update(line.after)
        cell = _cell(subject, state)
        now = (cell, state["sub_area_id"] if cell is not None else None)
        counts = stood[0] != cell or (stood[0] is not None and stood[1] != now[1])
        if counts:
            line.stood, line.stands = stood, now
        stood, line.version = now, version
        line.household_id = subject.id if isinstance(subject, Family) else state["household_id"]
        yield line
    subject.values["row_version"] = len(lines)


def _cell(subject: Subject, state: dict[str, Any]) -> int | None:
    if isinstance(subject, Family):
        return derive.HOUSEHOLD_CELL if state["state"] == "active" else None
    return derive.cell(state["sex"], state["nationality"], state["residence_status"], state["vital_status"])


def stem(day: dt.date) -> int:
    """The first 48 bits of an id that was made on a day (UUID version 7)."""
    return int(dt.datetime.combine(day, dt.time(2), dt.UTC).timestamp() * 1000) << 80
