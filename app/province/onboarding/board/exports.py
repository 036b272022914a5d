"""The list of applications as a spreadsheet, noted in the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from flask_babel import gettext as _

from app.core.tables import Cell, Column, write_workbook
from app.core.ui.formats import moment
from app.province.onboarding.board import queries
from app.province.onboarding.board.queries import ApplicationFilter
from app.province.onboarding.board.words import route_word, state_said
from app.province.regions import Territory
from app.province.watching import note_export
from tenants.models import now


def export_applications(here: Territory, wanted: ApplicationFilter) -> IO[bytes]:
    """Write the applications that the filter leaves into a workbook, note it, return the file; the caller closes it.

    Runs inside a platform scope and commits.
    """
    written = 0

    def rows() -> Iterator[tuple[Cell, ...]]:
        nonlocal written
        for line in queries.every(wanted):
            written += 1
            one, row = line.application, line.row
            yield (
                row.code if row else "", line.village, row.district_name if row else "",
                row.regency_name if row else "",
                str(state_said(one.state).label), one.state_since, str(route_word(one.route)), one.applicant_name,
                one.applicant_title, one.phone, one.email, one.slug or "", one.created_at, one.submitted_at,
                one.decided_at, one.decided_by, one.provisioned_at, one.live_at,
                _("Ya") if line.late else _("Tidak"),
            )  # fmt: skip

    columns = [
        Column(_("Kode wilayah"), width=15),
        Column(_("Desa"), width=28),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=28),
        Column(_("Keadaan"), width=24),
        Column(_("Sejak"), "moment", 17),
        Column(_("Jalur"), width=20),
        Column(_("Pendaftar"), width=26),
        Column(_("Jabatan"), width=22),
        Column(_("Telepon"), width=18),
        Column(_("Surel"), width=30),
        Column(_("Alamat situs"), width=24),
        Column(_("Mulai"), "moment", 17),
        Column(_("Diajukan"), "moment", 17),
        Column(_("Diputuskan"), "moment", 17),
        Column(_("Oleh"), width=24),
        Column(_("Situs disiapkan"), "moment", 17),
        Column(_("Tayang"), "moment", 17),
        Column(_("Terlambat"), width=10),
    ]
    about = _("Pendaftaran desa, %(region)s, per %(moment)s", region=here.name, moment=moment(now()))
    file = write_workbook(_("Pendaftaran"), columns, rows(), about)
    note_export("application", here.code, here.name, written, wanted.as_args())
    return file
