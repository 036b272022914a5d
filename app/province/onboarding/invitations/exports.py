"""The list of invitations as a spreadsheet. Taking it out is noted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from flask_babel import gettext as _

from app.core.tables import Cell, Column, write_workbook
from app.core.ui.formats import moment
from app.province.onboarding.invitations.lists import Wanted, all_invitations
from app.province.onboarding.invitations.words import STATUSES
from app.province.watching import note_export
from tenants.models import now


def export_invitations(wanted: Wanted) -> IO[bytes]:
    """The invitations that the filter leaves, without their links. Inside a platform scope; commits.

    The caller closes it.
    """
    columns = [
        Column(_("Kode wilayah"), width=15),
        Column(_("Desa"), width=28),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=30),
        Column(_("Gelombang"), width=28),
        Column(_("Nomor surat"), width=22),
        Column(_("Keadaan"), width=22),
        Column(_("Nama kontak"), width=26),
        Column(_("Surel"), width=28),
        Column(_("Telepon"), width=18),
        Column(_("Diundang"), "moment", 17),
        Column(_("Dikirim lewat surel"), "moment", 17),
        Column(_("Diingatkan"), "moment", 17),
        Column(_("Mulai mengisi"), "moment", 17),
        Column(_("Berlaku sampai"), "moment", 17),
        Column(_("Oleh"), width=24),
    ]
    written = 0

    def rows() -> Iterator[tuple[Cell, ...]]:
        nonlocal written
        for line in all_invitations(wanted):
            one, village = line.invitation, line.village
            written += 1
            yield (
                village.code, f"{village.term} {village.name}", village.district_name, village.regency_name,
                line.batch.label, line.batch.letter_number, str(STATUSES[line.status][0]), one.contact_name, one.email,
                one.phone, one.created_at, one.mailed_at, one.reminded_at, one.opened_at, one.expires_at,
                one.created_by,
            )  # fmt: skip

    about = _("Undangan desa, %(region)s, per %(moment)s", region=wanted.here.name, moment=moment(now()))
    file = write_workbook(_("Undangan"), columns, rows(), about)
    details = {"region": wanted.here.code, **{name: str(value) for name, value in wanted.as_args().items()}}
    note_export("invitation", wanted.here.code, wanted.here.name, written, details)
    return file
