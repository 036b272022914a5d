"""The list of complaints as a spreadsheet: what is counted and followed up, without anything of the senders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from flask_babel import gettext as _

from app.core import audit
from app.core.tables import Cell, Column, write_workbook
from app.extensions import db
from app.government.complaints import queries
from app.government.complaints.models import Complaint
from app.government.complaints.words import CATEGORIES, STATES
from app.government.residents.browse.areas import AreaBook, area_book

BATCH = 500


def workbook(chosen: queries.Filter) -> IO[bytes]:
    """The complaints of a filter, the newest first; the deed stands in the audit log. The caller closes the file."""
    columns = (
        Column(str(_("Masuk")), "moment", 18),
        Column(str(_("Tentang apa")), "text", 24),
        Column(str(_("Judul")), "text", 40),
        Column(str(_("Wilayah")), "text", 24),
        Column(str(_("Tempat")), "text", 30),
        Column(str(_("Anonim")), "text", 10),
        Column(str(_("Keadaan")), "text", 18),
        Column(str(_("Petugas")), "text", 24),
        Column(str(_("Janji jawab")), "moment", 18),
        Column(str(_("Dijawab")), "moment", 18),
        Column(str(_("Selesai")), "moment", 18),
        Column(str(_("Di situs desa")), "text", 14),
        Column(str(_("Nilai")), "number", 8),
    )
    file = write_workbook(str(_("Pengaduan")), columns, _rows(chosen, area_book()))
    audit.record("complaint.exported", object_type="complaint", details=dict(chosen.as_args()))
    db.session.commit()
    return file


def _rows(chosen: queries.Filter, areas: AreaBook) -> Iterator[list[Cell]]:
    last = None
    while True:
        rows = queries.after(chosen, last, BATCH)
        for row in rows[:BATCH]:
            yield _cells(row, areas)
        if len(rows) <= BATCH:
            return
        last = rows[BATCH - 1].id


def _cells(row: Complaint, areas: AreaBook) -> list[Cell]:
    yes, no = str(_("ya")), str(_("tidak"))
    return [
        row.received_at,
        str(CATEGORIES.get(row.category, row.category)),
        row.title,
        areas.way(row.sub_area_id),
        row.place,
        yes if row.is_anonymous else no,
        str(STATES[row.state]),
        row.handled_by,
        row.due_at,
        row.answered_at,
        row.closed_at,
        yes if row.is_public else no,
        row.rating,
    ]
