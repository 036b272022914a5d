"""The figures that everybody may see: sums in which nobody can be recognised; never anything about health."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from app.core.ui import formats
from app.core.ui.drawings import Bar, Drawing, Step, bar_drawing, pyramid_drawing
from app.government.residents.browse.areas import area_book
from app.government.residents.statistics.dimensions import DIMENSIONS, LAST_BAND
from app.government.residents.statistics.figures import Row, Statistics, Table, make_statistics
from app.government.residents.statistics.queries import count_residents
from app.government.residents.statistics.suppression import Mark, Shown, publish, suppress

FEWEST = 30
"""With fewer residents than this, only their number is published."""


@dataclass(frozen=True, slots=True)
class PublicFigure:
    """A chart with its lines: words, and one number each (`columns` 1) or men and women (2)."""

    key: str
    title: str
    drawing: Drawing
    lines: Sequence[tuple[str, ...]]
    columns: int = 1

    @property
    def text(self) -> str:
        """What is read out in the chart's place: its first lines; the table below has all."""
        return "; ".join(" ".join(line) for line in self.lines[:4])


@dataclass(slots=True)
class PublicStatistics:
    """What the public page shows. `withheld`: titles of tables that are too small to be published."""

    day: dt.date
    people: str
    men: str = ""
    women: str = ""
    households: str = ""
    figures: list[PublicFigure] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    hides: bool = False


def public_statistics(day: dt.date) -> PublicStatistics:
    """The figures of the present village as everybody may see them: three selects."""
    areas = area_book()
    return make_public(make_statistics(count_residents(day, health=False), areas), day)


def make_public(found: Statistics, day: dt.date) -> PublicStatistics:
    """Take out of all figures what would show too much."""
    shown = PublicStatistics(day, said(publish(found.people)))
    sexes = suppress([found.men, found.women])
    if found.people < FEWEST or sexes is None or any(isinstance(cell, Mark) for cell in sexes):
        return shown
    shown.men, shown.women = said(found.men), said(found.women)
    shown.households = said(publish(found.households))
    _add_pyramid(shown, found.pyramid)
    public = {dimension.key for dimension in DIMENSIONS if dimension.public}
    for table in found.tables:
        if table.key in public:
            _add_bars(shown, table.key, table.title, table.rows, [row.total for row in table.rows])
    if len(found.areas.rows) > 1:
        rows = found.areas.rows
        _add_bars(shown, "area", str(_("Penduduk per wilayah")), rows, [row.total for row in rows])
        homes = [row.households or 0 for row in rows]
        _add_bars(shown, "household", str(_("Keluarga per wilayah")), rows, homes)
    return shown


def said(cell: Shown) -> str:
    """A published cell in words."""
    if cell is Mark.SMALL:
        return "<5"
    return "•••" if cell is Mark.HIDDEN else formats.number(cell)


def _add_bars(
    shown: PublicStatistics, key: str, title: str, rows: Sequence[Row], values: Sequence[int]
) -> None:
    cells = suppress(values)
    if cells is None:
        shown.withheld.append(title)
        return
    shown.hides = shown.hides or any(isinstance(cell, Mark) for cell in cells)
    lines = [(row.label, cell) for row, cell in zip(rows, cells, strict=True) if cell != 0]
    drawing = bar_drawing([Bar(label, (_length(cell),), said(cell)) for label, cell in lines])
    shown.figures.append(PublicFigure(key, title, drawing, [(label, said(cell)) for label, cell in lines]))


def _add_pyramid(shown: PublicStatistics, table: Table) -> None:
    men, women = suppress([row.men for row in table.rows]), suppress([row.women for row in table.rows])
    if men is None or women is None:
        shown.withheld.append(table.title)
        return
    shown.hides = shown.hides or any(isinstance(cell, Mark) for cell in (*men, *women))
    cells = list(zip((row.label for row in table.rows), men, women, strict=True))
    steps = [Step(label, _length(m), _length(w), said(m), said(w)) for label, m, w in cells[: LAST_BAND + 1]]
    lines = [(label, said(m), said(w)) for label, m, w in cells]
    shown.figures.append(PublicFigure(table.key, table.title, pyramid_drawing(steps), lines, columns=2))


def _length(cell: Shown) -> int:
    return 0 if isinstance(cell, Mark) else cell
