"""Lists of villages as spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from flask_babel import gettext as _
from flask_babel import pgettext

from app.core import audit
from app.core.tables import Cell, Column, write_workbook
from app.core.ui.formats import moment
from app.extensions import db
from app.province import attention, figures, presenting, states, villages
from app.province.attention import Wanted
from app.province.readiness.classes import class_of
from app.province.regions import Territory
from app.province.villages import Filters
from app.province.watching import note_export
from tenants.models import now


def export_villages(territory: Territory, filters: Filters) -> IO[bytes]:
    """Write the villages that the filters leave into a workbook, note it in the audit log, and return the file.

    Runs inside a platform scope and commits. The caller closes the file.
    """
    written = 0

    def rows() -> Iterator[tuple[Cell, ...]]:
        nonlocal written
        for line in villages.export_lines(territory, filters):
            row = line.village
            written += 1
            yield (
                row.code, row.term, row.name, row.kind, row.district_name, row.regency_name, row.postal_code,
                str(states.words(row.state).label), row.state_since, row.provisioned_at, row.live_at,
                row.last_activity_at, line.set_up, line.staff, line.staff_active, line.score,
                str(class_of(line.score).label) if line.score is not None else None,
                row.software, row.slug,
            )  # fmt: skip

    columns = [
        Column(_("Kode wilayah"), width=15),
        Column(_("Sebutan"), width=11),
        Column(_("Nama"), width=26),
        Column(_("Jenis"), width=11),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=30),
        Column(_("Kode pos"), width=10),
        Column(_("Keadaan"), width=16),
        Column(_("Keadaan sejak"), "moment", 17),
        Column(_("Disiapkan"), "moment", 17),
        Column(_("Mulai memakai"), "moment", 17),
        Column(_("Terakhir dipakai"), "moment", 17),
        Column(_("Penyiapan"), "percent", 11),
        Column(_("Perangkat menjabat"), "number", 19),
        Column(_("Perangkat bekerja 7 hari"), "number", 24),
        Column(_("Indeks kesiapan"), "number", 16),
        Column(_("Kelas kesiapan"), width=15),
        Column(_("Sistem lain"), width=18),
        Column(_("Alamat situs"), width=26),
    ]
    about = _(
        "Daftar desa dan kelurahan, %(region)s, per %(moment)s", region=territory.name, moment=moment(now())
    )
    file = write_workbook(pgettext("many villages", "Desa"), columns, rows(), about)
    audit.record(
        "villages.exported",
        object_type="region",
        object_id=territory.code,
        summary=territory.name,
        details={"total": written, "filters": filters.as_query(territory)},
    )
    db.session.commit()
    return file


EVERYBODY = 10_000
"""More than a province has villages."""


def export_attention(territory: Territory, wanted: Wanted) -> IO[bytes]:
    """Write the villages that need help into a workbook, worst first, and note it in the audit log.

    Runs inside a platform scope and commits. The caller closes the file.
    """
    found = attention.read(territory.code, figures.newest_month(), wanted, limit=EVERYBODY)
    columns = [
        Column(_("Kode wilayah"), width=15),
        Column(_("Nama"), width=30),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=30),
        Column(_("Keadaan"), width=16),
        Column(_("Sistem lain"), width=18),
        Column(_("Alasan"), width=60),
        Column(_("Jumlah alasan"), "number", 14),
        Column(_("Hari"), "number", 10),
    ]
    rows = (
        (
            village.code, village.name, village.district, village.regency, str(states.words(village.state).label),
            village.software, "; ".join(presenting.reason_words(one) for one in village.reasons),
            len(village.reasons), max((one.days for one in village.reasons if one.days is not None), default=None),
        )
        for village in found.villages
    )  # fmt: skip
    about = _(
        "Desa yang perlu bantuan, %(region)s, per %(moment)s", region=territory.name, moment=moment(now())
    )
    file = write_workbook(_("Perlu bantuan"), columns, rows, about)
    chosen = {"alasan": wanted.reason.value if wanted.reason else "", "region": wanted.region or ""}
    details = {"filters": {name: value for name, value in chosen.items() if value}}
    note_export("attention", territory.code, territory.name, len(found.villages), details)
    return file
