"""Who received, read and confirmed an announcement, as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from flask_babel import gettext as _

from app.core.tables import Cell, Column, write_workbook
from app.core.ui.formats import moment
from app.province.announcements import queries, words
from app.province.announcements.models import Announcement
from app.province.announcements.queries import ReceiptFilter
from app.province.watching import note_export
from tenants.models import now


def export_receipts(row: Announcement, wanted: ReceiptFilter) -> IO[bytes]:
    """Write the villages that the filter leaves into a workbook, note it, and return the file; the caller closes it.

    Runs inside a platform scope and commits.
    """
    written = 0

    def rows() -> Iterator[tuple[Cell, ...]]:
        nonlocal written
        for line in queries.all_receipts(row, wanted):
            written += 1
            village, mine = line.village, line.recipient
            yield (
                village.code, f"{village.term} {village.name}", village.district_name, village.regency_name,
                str(words.receipt_said(line.state).label), mine.delivered_at, mine.first_read_at,
                mine.first_read_by or "", len(mine.reader_ids), mine.confirmed_at, mine.confirmed_by or "",
            )  # fmt: skip

    columns = [
        Column(_("Kode wilayah"), width=15),
        Column(_("Desa"), width=28),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=30),
        Column(_("Keadaan"), width=24),
        Column(_("Diantar"), "moment", 17),
        Column(_("Dibaca pertama"), "moment", 17),
        Column(_("Pembaca pertama"), width=26),
        Column(_("Jumlah pembaca"), "number", 15),
        Column(_("Dikonfirmasi"), "moment", 17),
        Column(_("Yang mengonfirmasi"), width=26),
    ]
    about = _(
        "%(title)s, %(region)s, per %(moment)s",
        title=row.title,
        region=wanted.territory.name,
        moment=moment(now()),
    )
    file = write_workbook(_("Penerima"), columns, rows(), about)
    note_export(
        "announcement", row.id, row.title, written, {"region": wanted.territory.code, **wanted.as_args()}
    )
    return file
