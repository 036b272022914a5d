"""Cases and mentors as spreadsheets; every one is noted in the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from flask_babel import gettext as _
from flask_babel import pgettext

from app.core import audit
from app.core.tables import Cell, Column, write_workbook
from app.core.ui.formats import moment
from app.extensions import db
from app.province.mentoring.cases import loads, queries, village, words
from app.province.mentoring.cases.queries import CaseFilter
from app.province.regions import Territory, frame_name
from app.province.watching import note_export
from tenants.models import now
from tenants.scope import current_tenant


def export_cases(here: Territory, wanted: CaseFilter) -> IO[bytes]:
    """Write the cases that the filter leaves into a workbook, note it, and return the file; the caller closes it.

    Runs inside a platform scope and commits. What was written in the threads is not part of it.
    """
    written = 0

    def rows() -> Iterator[tuple[Cell, ...]]:
        nonlocal written
        for line in queries.every(wanted):
            written += 1
            case, place = line.case, line.village
            yield (
                case.number, place.code, f"{place.term} {place.name}", place.district_name, place.regency_name,
                case.subject, str(words.topic_word(case.topic)), words.origin_word(case.origin, case.rule),
                str(words.state_said(case.state).label), str(words.priority_said(case.priority).label),
                str(words.level_said(case.level).label), line.mentor, case.opened_at, case.respond_by,
                case.responded_at, case.due_at, case.escalated_at, case.solved_at, case.closed_at,
                _("Ya") if line.is_late else _("Tidak"), case.solution,
            )  # fmt: skip

    columns = [
        Column(_("Nomor"), "number", 9),
        Column(_("Kode wilayah"), width=15),
        Column(_("Desa"), width=28),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=28),
        Column(_("Yang perlu dibantu"), width=40),
        Column(_("Tentang"), width=22),
        Column(_("Asal"), width=24),
        Column(_("Keadaan"), width=14),
        Column(_("Prioritas"), width=11),
        Column(_("Tingkat"), width=15),
        Column(_("Pendamping"), width=24),
        Column(_("Dibuka"), "moment", 17),
        Column(_("Batas jawaban"), "moment", 17),
        Column(_("Dijawab"), "moment", 17),
        Column(_("Batas selesai"), "moment", 17),
        Column(_("Dinaikkan"), "moment", 17),
        Column(_("Selesai"), "moment", 17),
        Column(_("Ditutup"), "moment", 17),
        Column(_("Terlambat"), width=10),
        Column(_("Penyelesaian"), width=40),
    ]
    about = _("Kasus pendampingan, %(region)s, per %(moment)s", region=here.name, moment=moment(now()))
    file = write_workbook(_("Kasus"), columns, rows(), about)
    note_export("mentoring_case", here.code, here.name, written, wanted.as_args())
    return file


def export_mentors(here: Territory) -> IO[bytes]:
    """Write the mentors of a region with their load into a workbook, note it, and return the file."""
    lines = loads.loads(here.code)
    columns = [
        Column(_("Nama"), width=26),
        Column(_("Kantor"), width=24),
        Column(_("Telepon"), width=18),
        Column(_("Keahlian"), width=40),
        Column(_("Bertugas"), width=10),
        Column(pgettext("many villages", "Desa"), "number", 8),
        Column(_("Kasus terbuka"), "number", 14),
        Column(_("Terlambat"), "number", 11),
        Column(_("Dijawab 90 hari"), "number", 16),
        Column(_("Waktu jawab (jam, median)"), "decimal", 24),
        Column(_("Selesai 90 hari"), "number", 16),
        Column(_("Waktu selesai (jam, median)"), "decimal", 26),
        Column(_("Kunjungan 90 hari"), "number", 18),
    ]
    rows = (
        (
            one.name, frame_name(one.region_code), one.phone,
            ", ".join(str(words.topic_word(skill)) for skill in one.skills),
            _("Ya") if one.is_active else _("Tidak"), one.villages, one.open, one.late, one.answered, one.answer_hours,
            one.solved, one.solve_hours, one.visits,
        )
        for one in lines
    )  # fmt: skip
    about = _("Pendamping, %(region)s, per %(moment)s", region=here.name, moment=moment(now()))
    file = write_workbook(_("Pendamping"), columns, rows, about)
    note_export("mentor", here.code, here.name, len(lines))
    return file


def village_cases() -> IO[bytes]:
    """Write the present village's cases into a workbook, note it in its log, and return the file. Commits."""
    cases = village.every()
    tenant = current_tenant()
    columns = [
        Column(_("Nomor"), "number", 9),
        Column(_("Yang perlu dibantu"), width=40),
        Column(_("Tentang"), width=22),
        Column(_("Asal"), width=24),
        Column(_("Keadaan"), width=14),
        Column(_("Dibuka oleh"), width=24),
        Column(_("Dibuka"), "moment", 17),
        Column(_("Dijawab"), "moment", 17),
        Column(_("Selesai"), "moment", 17),
        Column(_("Ditutup"), "moment", 17),
        Column(_("Penyelesaian"), width=40),
    ]
    rows = (
        (
            case.number, case.subject, str(words.topic_word(case.topic)), words.origin_word(case.origin, case.rule),
            str(words.state_said(case.state).label), case.opened_by, case.opened_at, case.responded_at, case.solved_at,
            case.closed_at, case.solution,
        )
        for case in cases
    )  # fmt: skip
    about = _("Kasus pendampingan, %(place)s, per %(moment)s", place=tenant.full_name, moment=moment(now()))
    file = write_workbook(_("Kasus"), columns, rows, about)
    audit.record(
        "mentoring.exported",
        object_type="mentoring_case",
        summary=tenant.full_name,
        details={"rows": len(cases)},
    )
    db.session.commit()
    return file
