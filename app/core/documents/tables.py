"""Tables as documents: lists and registers, from one line to a village's ten thousand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from flask_babel import force_locale, gettext

from app.core.documents.headings import heading_rows
from app.core.documents.rendering import render_pdf
from app.core.documents.village import Signer, letterhead, logo_image
from app.core.ui import formats

PDF = "application/pdf"
TAGGED_CELLS = 3000
DIRECT_ROWS = 2000
"""Up to so many rows a table is made within the request (about a second); beyond, a job makes it."""

Cell = str | int | float | dt.date | None


@dataclass(frozen=True, slots=True)
class PdfColumn:
    """A column: its heading, its width in signs (in proportion to the others), its side, the group that it is under."""

    heading: str
    width: float = 10
    align: Literal["left", "right", "center"] = "left"
    group: str | tuple[str, ...] = ""

    @property
    def path(self) -> tuple[str, ...]:
        """The groups that it is under, the widest first, and its own heading."""
        groups = (self.group,) if isinstance(self.group, str) else self.group
        return (*(group for group in groups if group), self.heading)


def table_pdf(
    title: str,
    columns: Sequence[PdfColumn],
    rows: Iterable[Sequence[Cell]],
    *,
    subtitle: str = "",
    about: Sequence[str] = (),
    notes: Sequence[str] = (),
    signers: Sequence[Signer] = (),
    totals: int = 0,
    numbered: bool = False,
    paper: Literal["a4", "f4"] = "f4",
    landscape: bool = True,
    size: float = 8.0,
    with_letterhead: bool = True,
    footer: str = "",
) -> bytes:
    """One table under the village's letterhead, its heading repeated on every page, pages counted.

    Args:
        title: above the table, and the document's title.
        columns: headings and widths; columns with the same `group` next to each other share a heading above theirs
            (a tuple for several levels, the widest first).
        rows: cells in the order of the columns; dates become 22-11-2026, numbers 1.234.
        subtitle: below the title, such as the month.
        about: lines above the table (what was chosen); notes: lines below it.
        signers: at most two: the last stands at the right.
        totals: so many of the last rows are sums, and bold.
        numbered: whether a line below the heading numbers the columns, as registers have it.
        paper: `a4`, or `f4` (215 by 330 mm, "folio") which offices print registers on.
        size: of the table's letters, in points.
    Raises:
        DocumentFailed: with a sentence.
    """
    cells = [[_text(cell) for cell in row] for row in rows]
    with force_locale("id"):
        village = letterhead()
        data: dict[str, Any] = {
            "paper": paper,
            "landscape": landscape,
            "size": size,
            "footer": footer or f"{title} · {village['name']}",
            "letterhead": village if with_letterhead else None,
            "subtitle": subtitle,
            "about": list(about),
            "columns": [{"width": float(column.width), "align": column.align} for column in columns],
            "heading": [[asdict(cell) for cell in row] for row in heading_rows([c.path for c in columns])],
            "rows": cells,
            "totals": totals,
            "numbered": numbered,
            "empty": gettext("Tidak ada data."),
            "notes": list(notes),
            "signers": [signer.as_data() for signer in signers],
        }
    tagged = len(cells) * len(columns) <= TAGGED_CELLS
    return render_pdf("table.typ", data, title=title, images=logo_image(), tagged=tagged)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dt.date):
        return cell.strftime("%d-%m-%Y")
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:,}".replace(",", ".")
    if isinstance(cell, float):
        with force_locale("id"):
            return formats.number(cell)
    return str(cell)
