"""The tables of the staff's page as charts."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from app.core.ui import formats
from app.core.ui.drawings import Bar, Drawing, Step, bar_drawing, pyramid_drawing
from app.government.residents.statistics.dimensions import LAST_BAND
from app.government.residents.statistics.figures import Statistics, Table

BANDS = LAST_BAND + 1


@dataclass(frozen=True, slots=True)
class Figure:
    """A table with its chart and the sentence that is read out in the chart's place."""

    table: Table
    drawing: Drawing
    text: str
    is_pyramid: bool = False


def figures_of(statistics: Statistics) -> list[Figure]:
    """All tables that hold anything, the pyramid first."""
    others = [table for table in (*statistics.tables, statistics.areas) if table.rows]
    return [
        Figure(statistics.pyramid, _pyramid(statistics.pyramid), _said(statistics.pyramid), is_pyramid=True),
        *(Figure(table, _bars(table), _said(table)) for table in others),
    ]


def _pyramid(table: Table) -> Drawing:
    say = formats.number
    rows = table.rows[:BANDS]
    return pyramid_drawing(
        [Step(row.label, row.men, row.women, say(row.men), say(row.women)) for row in rows]
    )


def _bars(table: Table) -> Drawing:
    whole = table.total or 1
    return bar_drawing([
        Bar(row.label, (row.men, row.women), f"{formats.number(row.total)} · {formats.percent(row.total / whole, 1)}")
        for row in table.rows
    ])  # fmt: skip


def _said(table: Table) -> str:
    largest = sorted(table.rows, key=lambda row: -row.total)[:3]
    named = ", ".join(f"{row.label} {formats.number(row.total)}" for row in largest if row.total)
    return str(_("Terbanyak: %(named)s.", named=named)) if named else str(_("Belum ada data."))
