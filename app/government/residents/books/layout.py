"""What a register looks like: its columns under their groups, and what reading one gives."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.core.documents.headings import HeadCell, heading_rows
from app.core.privacy.vault import Vault
from app.government.residents.browse.areas import AreaBook

Cell = str | int | dt.date | None
Line = list[Cell]
Part = Literal["permanent", "all"]


@dataclass(frozen=True, slots=True)
class BookColumn:
    """A column: its heading, the groups above it (the widest first), its shape, and its width in signs."""

    heading: object
    groups: tuple[object, ...] = ()
    shape: Literal["text", "number", "date"] = "text"
    width: float = 10

    @property
    def path(self) -> tuple[str, ...]:
        """Groups and heading as words."""
        return (*(str(group) for group in self.groups), str(self.heading))

    @property
    def label(self) -> str:
        """The whole heading in one line, for a spreadsheet and for a phone's cards."""
        return " – ".join(self.path)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is asked for: the month (its first day), an area with everything in it, permanent residents or all."""

    month: dt.date
    area_id: uuid.UUID | None = None
    part: Part = "permanent"


@dataclass(frozen=True, slots=True)
class Reading:
    """How it is read: which lines (all when `limit` is None), whether numbers are shown in clear, and the tools."""

    areas: AreaBook
    vault: Vault | None = None
    offset: int = 0
    limit: int | None = None
    clear: bool = False


@dataclass(slots=True)
class Found:
    """Lines of a register, how many there are in all, how many of the last ones are sums, and remarks below."""

    lines: list[Line]
    count: int
    totals: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Book:
    """A register of Permendagri 47/2016: `key` in addresses, `model` of the annex, title, and how it is read."""

    key: str
    model: str
    title: object
    short: object
    about: object
    columns: Sequence[BookColumn]
    read: Callable[[Choice, Reading], Found]
    has_numbers: bool = True
    """Whether it shows NIK or KK numbers."""
    names_people: bool = True
    """Whether its lines are whole persons: its files are exports then (`residents.export`, with a reason)."""
    by_area: bool = True
    """Whether it can be narrowed to an area."""
    by_part: bool = True
    """Whether it can show newcomers beside permanent residents."""
    letter_size: float = 7.0

    def heading(self) -> list[list[HeadCell]]:
        """The rows of its heading."""
        return heading_rows([column.path for column in self.columns])
