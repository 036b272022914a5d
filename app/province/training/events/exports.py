"""Lists of training as spreadsheets. Every function runs inside a platform scope, notes the export and commits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from flask_babel import gettext as _

from app.core.tables import Cell, Column, Sheet, write_sheets, write_workbook
from app.core.ui.formats import ZONE, moment
from app.province.regions import frame_name
from app.province.training.events import catalogue, lists, money, queries, words
from app.province.training.events.lists import EventFilter
from app.province.training.events.models import TrainingEvent
from app.province.watching import note_export
from tenants.models import now


def export_events(office: str, wanted: EventFilter) -> IO[bytes]:
    """The events that a filter leaves; the caller closes the file."""
    written = 0

    def rows() -> Iterator[tuple[Cell, ...]]:
        nonlocal written
        for line in lists.all_of(office, wanted):
            written += 1
            event = line.event
            yield (
                event.title, str(words.kind_word(event.kind)), str(words.state_said(event.state).label),
                frame_name(event.region_code), line.programme, event.starts_on, event.ends_on,
                line.venue.name if line.venue else "", event.capacity, line.registered, line.waiting, event.budget,
                event.opened_by, event.reason or "",
            )  # fmt: skip

    columns = [
        Column(_("Nama kegiatan"), width=44),
        Column(_("Jenis"), width=20),
        Column(_("Keadaan"), width=12),
        Column(_("Penyelenggara"), width=28),
        Column(_("Program"), width=28),
        Column(_("Hari pertama"), "date", 13),
        Column(_("Hari terakhir"), "date", 13),
        Column(_("Tempat"), width=30),
        Column(_("Kursi"), "number", 9),
        Column(_("Terdaftar"), "number", 10),
        Column(_("Menunggu"), "number", 10),
        Column(_("Anggaran (Rp)"), "number", 16),
        Column(_("Dibuka oleh"), width=30),
        Column(_("Alasan dibatalkan"), width=30),
    ]
    file = write_workbook(_("Pelatihan"), columns, rows(), _about(office))
    note_export("training_event", office, frame_name(office), written, wanted.as_args())
    return file


def export_event(event: TrainingEvent) -> IO[bytes]:
    """One event: its sessions, the seats of regions and its money, each on a sheet; the caller closes the file."""
    sessions = queries.sessions_of(event.id)
    quotas = queries.quotas_of(event.id)
    held = money.money_of(event)
    about = f"{event.title}, {words.days(event.starts_on, event.ends_on)}"
    sheets = [
        Sheet(
            _("Sesi"),
            [
                Column(_("Hari"), "date", 12), Column(_("Mulai"), width=8), Column(_("Selesai"), width=8),
                Column(_("Sesi"), width=40), Column(_("Pilar"), width=22), Column(_("Ruang"), width=18),
                Column(_("Narasumber"), width=44),
            ],
            [
                (
                    line.session.starts_at.astimezone(ZONE).date(), f"{line.session.starts_at.astimezone(ZONE):%H.%M}",
                    f"{line.session.ends_at.astimezone(ZONE):%H.%M}", line.session.title,
                    str(words.pillar_word(line.session.pillar)), line.session.room,
                    ", ".join(one.name for one in line.speakers),
                )
                for line in sessions
            ],
            about,
        ),
        Sheet(
            _("Kuota"),
            [Column(_("Kode"), width=12), Column(_("Wilayah"), width=34), Column(_("Kursi"), "number", 10)],
            [(quota.region_code, frame_name(quota.region_code), quota.seats) for quota in quotas],
            about,
        ),
        Sheet(
            _("Biaya"),
            [
                Column(_("Untuk"), width=24), Column(_("Keterangan"), width=44), Column(_("Jumlah (Rp)"), "number", 16),
                Column(_("Dibayar pada"), "date", 13), Column(_("Dicatat oleh"), width=26),
            ],
            [
                (str(words.cost_word(one.category)), one.description, one.amount, one.spent_on, one.recorded_by)
                for one in held.costs
            ],
            about,
        ),
    ]  # fmt: skip
    file = write_sheets(sheets)
    rows = len(sessions) + len(quotas) + len(held.costs)
    note_export("training_event", event.id, event.title, rows, {"region": event.region_code})
    return file


def export_programmes(office: str) -> IO[bytes]:
    """The programmes that the office sees."""
    lines = catalogue.programmes(office)
    columns = [
        Column(_("Program"), width=44),
        Column(_("Tahun"), width=8),
        Column(_("Wilayah"), width=28),
        Column(_("Tujuan"), width=60),
        Column(_("Kegiatan"), "number", 10),
    ]
    rows = [
        (one.row.title, str(one.row.year), frame_name(one.row.region_code), one.row.aim, one.used)
        for one in lines
    ]
    file = write_workbook(_("Program"), columns, rows, _about(office))
    note_export("training_programme", office, frame_name(office), len(rows))
    return file


def export_venues(office: str, search: str, region: str) -> IO[bytes]:
    """The places of a list."""
    columns = [
        Column(_("Tempat"), width=34),
        Column(_("Wilayah"), width=28),
        Column(_("Alamat"), width=44),
        Column(_("Lintang"), width=12),
        Column(_("Bujur"), width=12),
        Column(_("Muat"), "number", 8),
        Column(_("Kegiatan"), "number", 10),
    ]
    rows = [
        (
            one.row.name, frame_name(one.row.region_code), one.row.address, _degrees(one.row.latitude),
            _degrees(one.row.longitude), one.row.capacity, one.used,
        )
        for one in catalogue.all_venues(search, region)
    ]  # fmt: skip
    file = write_workbook(_("Tempat"), columns, rows, _about(office))
    note_export("training_venue", office, frame_name(office), len(rows))
    return file


def export_speakers(office: str, search: str) -> IO[bytes]:
    """The speakers of a list."""
    columns = [
        Column(_("Nama"), width=34),
        Column(_("Jabatan"), width=28),
        Column(_("Lembaga"), width=34),
        Column(_("Telepon"), width=18),
        Column(_("Topik"), width=44),
        Column(_("Dicatat oleh"), width=28),
        Column(_("Sesi"), "number", 8),
    ]
    rows = [
        (
            one.row.name, one.row.position, one.row.organisation, one.row.phone, ", ".join(one.row.topics),
            frame_name(one.row.region_code), one.used,
        )
        for one in catalogue.all_speakers(office, search)
    ]  # fmt: skip
    file = write_workbook(_("Narasumber"), columns, rows, _about(office))
    note_export("training_speaker", office, frame_name(office), len(rows))
    return file


def _degrees(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"


def _about(office: str) -> str:
    return str(_("%(region)s, per %(moment)s", region=frame_name(office), moment=moment(now())))
