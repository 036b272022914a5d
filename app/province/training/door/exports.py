"""Who came to which session, as a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from flask_babel import gettext as _

from app.core.tables import Cell, Column, write_workbook
from app.core.ui.formats import ZONE, moment
from app.province.training.door import queries
from app.province.training.events.models import TrainingEvent
from app.province.watching import note_export
from tenants.models import now

SEATS = {
    "registered": "terdaftar",
    "waiting": "daftar tunggu",
    "replaced": "digantikan",
    "cancelled": "batal",
}


def export_attendance(event: TrainingEvent, office: str) -> IO[bytes]:
    """Write everybody whom an office sees at an event, with when they came to each session; the caller closes the file.

    Runs inside a platform scope and commits (the export is noted).
    """
    seen = queries.seen_participants(event, office)
    sessions = [row[0] for row in queries.session_counts(event.id, seen)]
    people, came = queries.everybody(event.id, seen), queries.attendance_of(event.id, seen)

    def rows() -> Iterator[tuple[Cell, ...]]:
        for one in people:
            noted = [came.get((one.id, session.id)) for session in sessions]
            odd = " ".join(dict.fromkeys(row.note for row in noted if row is not None and row.note))
            yield (
                one.number, one.name, one.position, one.village, one.district, SEATS[one.seat],
                _("ya") if one.is_walk_in else "", *(row.at if row is not None else None for row in noted),
                sum(row is not None for row in noted), odd,
            )  # fmt: skip

    columns = [
        Column(_("Nomor"), "number", 8),
        Column(_("Nama"), width=30),
        Column(_("Jabatan"), width=22),
        Column(_("Desa"), width=26),
        Column(_("Kecamatan"), width=22),
        Column(_("Tempat"), width=14),
        Column(_("Datang langsung"), width=14),
        *(
            Column(f"{one.starts_at.astimezone(ZONE):%d/%m %H.%M} {one.title}"[:80], "moment", 18)
            for one in sessions
        ),
        Column(_("Sesi dihadiri"), "number", 12),
        Column(_("Catatan"), width=40),
    ]
    about = _("%(title)s, per %(moment)s", title=event.title, moment=moment(now()))
    file = write_workbook(_("Kehadiran"), columns, rows(), about)
    note_export(
        "training_event",
        event.id,
        event.title,
        len(people),
        {"region": event.region_code, "list": "attendance"},
    )
    return file
