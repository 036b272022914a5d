"""Lists of visits as spreadsheets: the programme's by region, and a village's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import IO

from flask_babel import gettext as _

from app.core import audit
from app.core.accounts.scoping import platform_rows
from app.core.tables import Cell, Column, write_workbook
from app.core.ui.formats import moment
from app.extensions import db
from app.province.mentoring.visits import queries, words
from app.province.mentoring.visits.models import MentoringVisit
from app.province.mentoring.visits.queries import VisitFilter
from app.province.regions import Territory
from app.province.watching import note_export
from tenants.models import now
from tenants.scope import current_tenant

PORTION = 200


def export_visits(here: Territory, wanted: VisitFilter) -> IO[bytes]:
    """Write the visits that the list shows into a workbook, note it, and return the file; the caller closes it.

    Runs inside a platform scope and commits.
    """
    written = 0

    def rows() -> Iterator[tuple[Cell, ...]]:
        nonlocal written
        for line in queries.all_of(here, wanted):
            written += 1
            village = line.village
            yield (
                village.code, words.village_name(village), village.district_name, village.regency_name,
                *_cells(line.visit),
            )  # fmt: skip

    columns = [
        Column(_("Kode wilayah"), width=15),
        Column(_("Desa"), width=28),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=30),
        *_columns(),
    ]
    about = _("Kunjungan pendamping, %(region)s, per %(moment)s", region=here.name, moment=moment(now()))
    file = write_workbook(_("Kunjungan"), columns, rows(), about)
    note_export("mentoring_visits", here.code, here.name, written, dict(wanted.as_args()))
    return file


def export_of_village() -> IO[bytes]:
    """All visits to the present village as a workbook, noted in its log; the caller closes it. Commits."""
    tenant = current_tenant()
    found = _all_of_village(tenant.id)
    about = _(
        "Kunjungan pendamping, %(region)s, per %(moment)s", region=tenant.full_name, moment=moment(now())
    )
    file = write_workbook(_("Kunjungan"), _columns(), (_cells(visit) for visit in found), about)
    audit.record(
        "mentoring_visit.exported",
        object_type="mentoring_visit",
        summary=tenant.full_name,
        details={"rows": len(found)},
    )
    db.session.commit()
    return file


def _all_of_village(tenant_id: uuid.UUID) -> list[MentoringVisit]:
    found: list[MentoringVisit] = []
    after: str | None = ""
    with platform_rows():
        while after is not None:
            part, after = queries.of_village(tenant_id, after=after, limit=PORTION)
            found += part
    return found


def _columns() -> list[Column]:
    return [
        Column(_("Tanggal"), "date", 12),
        Column(_("Keadaan"), width=24),
        Column(_("Pendamping"), width=26),
        Column(_("Tempat"), width=28),
        Column(_("Tujuan"), width=36),
        Column(_("Yang dikerjakan"), width=60),
        Column(_("Langkah berikutnya"), width=44),
        Column(_("Paling lambat"), "date", 14),
        Column(_("Foto"), "number", 8),
        Column(_("Jarak menurut ponsel (km)"), "decimal", 18),
        Column(_("Ditandatangani oleh"), width=26),
        Column(_("Ditandatangani"), "moment", 17),
        Column(_("Alasan batal"), width=30),
    ]


def _cells(visit: MentoringVisit) -> tuple[Cell, ...]:
    return (
        visit.visited_on, str(words.visit_said(visit.state).label), visit.mentor_name, visit.place, visit.aim,
        visit.done, visit.next_step, visit.next_on, len(visit.photos), visit.kilometres, visit.signed_by or "",
        visit.signed_at, visit.cancel_reason,
    )  # fmt: skip
