"""Reading the figures, and handing them out as files."""

from __future__ import annotations

import csv
import io
import uuid

from flask_babel import gettext as _

from app.core.tables import Column, harmless, write_workbook
from app.government.residents.browse.areas import AreaBook, area_book
from app.government.residents.statistics.figures import Statistics, as_lines, make_statistics
from app.government.residents.statistics.queries import count_residents
from app.government.residents.writing import today


def read_statistics(
    area_id: uuid.UUID | None = None, *, health: bool, areas: AreaBook | None = None
) -> Statistics:
    """The figures of the present village as of today, or of an area with everything in it.

    Args:
        health: whether figures of disability are among them (residents.view_health).
        areas: the village's areas, when they were read already.
    """
    book = areas if areas is not None else area_book()
    return make_statistics(count_residents(today(), area_id, health=health), book, area_id)


def as_workbook(statistics: Statistics, about: str) -> bytes:
    """All tables on one sheet; `about` stands above."""
    shapes = ("text", "text", "number", "number", "number", "percent", "number")
    columns = [
        Column(heading, shape, 28 if shape == "text" else 12)  # type: ignore[arg-type]
        for heading, shape in zip(_headings(), shapes, strict=True)
    ]
    with write_workbook(str(_("Statistik penduduk")), columns, as_lines(statistics), about) as file:
        return file.read()


def as_csv(statistics: Statistics) -> bytes:
    """All tables as CSV (UTF-8 with a mark, so that spreadsheets read it), shares with four decimals."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_headings())
    for title, label, men, women, total, share, households in as_lines(statistics):
        writer.writerow([harmless(title), harmless(label), men, women, total, f"{share:.4f}", households])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _headings() -> list[str]:
    return [
        str(_("Kelompok")), str(_("Rincian")), str(_("Laki-laki")), str(_("Perempuan")), str(_("Jumlah")),
        str(_("Bagian")), str(_("Keluarga")),
    ]  # fmt: skip
