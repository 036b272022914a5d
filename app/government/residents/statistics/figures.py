"""Counts as tables with words: what the pages, the workbook and the CSV show."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from app.government.residents.browse.areas import AreaBook
from app.government.residents.statistics.dimensions import DIMENSIONS, LAST_BAND, Dimension, band_words
from app.government.residents.statistics.queries import Counts, Pair

WORKING = range(3, 13)
"""The bands of those who are 15 to 64 years old."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line: its words, men, women."""

    label: str
    men: int
    women: int
    households: int | None = None

    @property
    def total(self) -> int:
        """Men and women."""
        return self.men + self.women


@dataclass(slots=True)
class Table:
    """A way to count with its lines; each resident is in one of them."""

    key: str
    title: str
    rows: list[Row] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Everybody in it."""
        return sum(row.total for row in self.rows)

    @property
    def most(self) -> int:
        """The largest line, at least 1."""
        return max([row.total for row in self.rows] + [1])


@dataclass(slots=True)
class Statistics:
    """All figures of a village or an area."""

    men: int
    women: int
    households: int
    pyramid: Table
    areas: Table
    tables: list[Table]
    dependency: float | None
    """Those under 15 and from 65 on per hundred of those between; None without any between."""

    @property
    def people(self) -> int:
        """Everybody."""
        return self.men + self.women

    @property
    def sex_ratio(self) -> float | None:
        """Men per hundred women."""
        return 100 * self.men / self.women if self.women else None

    @property
    def per_household(self) -> float | None:
        """People per household."""
        return self.people / self.households if self.households else None

    def all_tables(self) -> list[Table]:
        """Every table, in the order of the page."""
        return [self.pyramid, *self.tables, self.areas]


def make_statistics(counts: Counts, areas: AreaBook, area_id: uuid.UUID | None = None) -> Statistics:
    """The tables of what was counted. `area_id`: the area that was counted; its own parts are listed then."""
    bands = counts.by.get("band", {})
    working = sum(sum(bands.get(band, (0, 0))) for band in WORKING)
    known = sum(sum(pair) for band, pair in bands.items() if band is not None)
    return Statistics(
        men=counts.men,
        women=counts.women,
        households=sum(counts.households.values()),
        pyramid=_pyramid(bands),
        areas=_areas(counts, areas, area_id),
        tables=[_table(d, counts.by[d.key]) for d in DIMENSIONS if d.key in counts.by],
        dependency=100 * (known - working) / working if working else None,
    )


def _pyramid(bands: Mapping[Any, Pair]) -> Table:
    rows = [Row(band_words(band), *bands.get(band, (0, 0))) for band in range(LAST_BAND + 1)]
    if None in bands:
        rows.append(Row(band_words(None), *bands[None]))
    return Table("age", str(_("Umur dan jenis kelamin")), rows)


def _table(dimension: Dimension, counted: Mapping[Any, Pair]) -> Table:
    rows = [Row(str(word), *counted[code]) for code, word in dimension.words.items() if code in counted]
    if dimension.most is not None:
        rows.sort(key=lambda row: -row.total)
        rest = rows[dimension.most :]
        rows = rows[: dimension.most]
        if rest:
            words = str(_("Pekerjaan lain (%(count)s macam)", count=len(rest)))
            rows.append(Row(words, sum(row.men for row in rest), sum(row.women for row in rest)))
    unknown = [pair for code, pair in counted.items() if code is None or code not in dimension.words]
    if unknown:
        rows.append(Row(str(_("Belum diisi")), sum(p[0] for p in unknown), sum(p[1] for p in unknown)))
    return Table(dimension.key, str(dimension.label), rows)


def _areas(counts: Counts, areas: AreaBook, area_id: uuid.UUID | None) -> Table:
    """One line for each area of the top level, or for each part of the chosen one; the rest is a line of its own."""
    counted = counts.by.get("area", {})
    inside = areas.below.get(area_id, frozenset()) - {area_id} if area_id else frozenset(areas.below)
    tops = [area for area in areas.order if area in inside and not _has_parent(area, inside, areas)]
    table = Table("area", str(_("Wilayah")))
    seen: set[uuid.UUID] = set()
    for top in tops:
        below = areas.below[top]
        seen |= below
        row = _area_row(areas.names[top], counts, below)
        if row.total or row.households or top not in areas.gone:
            table.rows.append(row)
    left = {area for area in (*counted, *counts.households) if area not in seen}
    if left:
        words = str(_("Di luar wilayah di atas")) if tops else str(_("Belum berwilayah"))
        table.rows.append(_area_row(words, counts, left))
    return table


def _has_parent(area: uuid.UUID, inside: frozenset[uuid.UUID], areas: AreaBook) -> bool:
    return any(area in areas.below[other] for other in inside if other != area)


def _area_row(label: str, counts: Counts, areas: Any) -> Row:
    counted = counts.by.get("area", {})
    pairs = [counted[area] for area in areas if area in counted]
    homes = sum(counts.households.get(area, 0) for area in areas)
    return Row(label, sum(p[0] for p in pairs), sum(p[1] for p in pairs), homes)


def as_lines(statistics: Statistics) -> list[tuple[str, str, int, int, int, float, int | None]]:
    """All tables as lines of one sheet: table, category, men, women, both, share (0 to 1), households."""
    return [
        (
            table.title,
            row.label,
            row.men,
            row.women,
            row.total,
            row.total / table.total if table.total else 0.0,
            row.households,
        )
        for table in statistics.all_tables()
        for row in table.rows
    ]
