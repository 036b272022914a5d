"""Lists of an event as spreadsheets and CSV: invitations, participants, tasks. Taking one out is noted."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

from flask_babel import gettext as _

from app.core.tables import Cell, Column, harmless, write_workbook
from app.core.ui.formats import ZONE, moment
from app.extensions import db
from app.province.regions import Territory
from app.province.training.events.models import TrainingEvent
from app.province.training.participants import lists, tasks, words
from app.province.training.participants.lists import InvitationFilter, ParticipantFilter
from app.province.watching import note_export
from tenants.models import now

SHAPES = ("xlsx", "csv")
Row = tuple[Cell, ...]


def export_invitations(event: TrainingEvent, wanted: InvitationFilter, shape: str = "xlsx") -> IO[bytes]:
    """The invited villages that the filter leaves. Inside a platform scope; commits. The caller closes the file."""
    columns = [
        Column(_("Kode wilayah"), width=15),
        Column(_("Desa"), width=28),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=30),
        Column(_("Nomor surat"), width=22),
        Column(_("Diundang"), "moment", 17),
        Column(_("Diberi tahu"), "moment", 17),
        Column(_("Tahu jadwal sekarang"), width=20),
        Column(_("Dibuka"), "moment", 17),
        Column(_("Dibuka oleh"), width=24),
        Column(_("Jawaban"), width=18),
        Column(_("Alasan"), width=40),
        Column(_("Terdaftar"), "number", 11),
        Column(_("Menunggu"), "number", 11),
    ]

    def rows() -> Iterator[Row]:
        for line in lists.all_invitations(event, wanted):
            village, mine = line.village, line.invitation
            yield (
                village.code, f"{village.term} {village.name}", village.district_name, village.regency_name,
                mine.letter_number, mine.invited_at, mine.delivered_at, str(_("Ya") if line.knows else _("Belum")),
                mine.seen_at, mine.seen_by or "", str(words.answer_said(mine.answer).label), mine.answer_reason or "",
                line.registered, line.waiting,
            )  # fmt: skip

    return _written(
        event, _("Undangan"), columns, rows, shape, "training_invitation", wanted.territory, wanted.as_args()
    )


def export_participants(event: TrainingEvent, wanted: ParticipantFilter, shape: str = "xlsx") -> IO[bytes]:
    """The participants that the filter leaves. Inside a platform scope; commits. The caller closes the file."""
    columns = [
        Column(_("Nama"), width=30),
        Column(_("Jenis kelamin"), width=14),
        Column(_("Jabatan"), width=24),
        Column(_("Perangkat"), width=11),
        Column(_("Kode wilayah"), width=15),
        Column(_("Desa"), width=28),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=30),
        Column(_("Nomor HP"), width=18),
        Column(_("Akhir NIK"), width=10),
        Column(_("Tempat"), width=16),
        Column(_("Datang langsung"), width=16),
        Column(_("Didaftarkan"), "moment", 17),
        Column(_("Didaftarkan oleh"), width=24),
        Column(_("Mendapat tempat"), "moment", 17),
        Column(_("Alasan batal"), width=40),
    ]

    def rows() -> Iterator[Row]:
        for line in lists.all_participants(event, wanted):
            seat, person, village = line.seat, line.person, line.village
            yield (
                person.name, str(words.sex_word(person.sex)), seat.position,
                str(_("Ya") if seat.is_official else _("Tidak")), village.code if village else "", line.village_name,
                village.district_name if village else "", village.regency_name if village else "", person.phone,
                person.nik_end or "", str(words.seat_said(seat.seat).label),
                str(_("Ya") if seat.is_walk_in else _("Tidak")), seat.registered_at, seat.registered_by,
                seat.seated_at, seat.cancel_reason or "",
            )  # fmt: skip

    return _written(
        event, _("Peserta"), columns, rows, shape, "training_participant", wanted.territory, wanted.as_args()
    )


def export_tasks(
    event: TrainingEvent | None, narrowed: Sequence[Any], here: Territory, shape: str = "xlsx"
) -> IO[bytes]:
    """The tasks that conditions leave, of one event or of all. Otherwise as `export_participants`."""
    columns = [
        Column(_("Kode wilayah"), width=15),
        Column(_("Desa"), width=28),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=30),
        Column(_("Kegiatan"), width=40),
        Column(_("Tugas"), width=50),
        Column(_("Paling lambat"), "date", 14),
        Column(_("Keadaan"), width=14),
        Column(_("Diberikan oleh"), width=24),
        Column(_("Selesai"), "moment", 17),
        Column(_("Diselesaikan oleh"), width=24),
        Column(_("Catatan"), width=50),
        Column(_("Diingatkan"), "moment", 17),
    ]

    def rows() -> Iterator[Row]:
        query = tasks.all_lines(*narrowed).execution_options(yield_per=500)
        for row in db.session.execute(query):
            line = tasks.TaskLine(*row)
            task, village = line.task, line.village
            yield (
                village.code, f"{village.term} {village.name}", village.district_name, village.regency_name,
                line.event.title if line.event else "", task.what,
                task.due_on, str(words.task_said(task.state, is_late=line.is_late).label), task.given_by, task.done_at,
                task.done_by or "", task.done_note, task.reminded_at,
            )  # fmt: skip

    return _written(event, _("Tugas"), columns, rows, shape, "training_task", here, {})


def _written(
    event: TrainingEvent | None,
    name: str,
    columns: Sequence[Column],
    rows: Callable[[], Iterator[Row]],
    shape: str,
    what: str,
    here: Territory,
    filters: dict[str, Any],
) -> IO[bytes]:
    written = 0

    def counted() -> Iterator[Row]:
        nonlocal written
        for row in rows():
            written += 1
            yield row

    about = _(
        "%(name)s, %(title)s, %(region)s, per %(moment)s",
        name=name,
        title=event.title if event else _("semua kegiatan"),
        region=here.name,
        moment=moment(now()),
    )
    file = _csv(columns, counted()) if shape == "csv" else write_workbook(name, columns, counted(), about)
    details = {"region": here.code, "format": shape, **filters}
    note_export(what, event.id if event else here.code, event.title if event else here.name, written, details)
    return file


def _csv(columns: Sequence[Column], rows: Iterable[Row]) -> IO[bytes]:
    """Comma-separated values in UTF-8 with a mark that spreadsheets know it by; moments in the province's time."""
    file = tempfile.SpooledTemporaryFile(max_size=2 * 1024 * 1024)  # noqa: SIM115 - the caller closes it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([column.heading for column in columns])
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
    text.detach()
    file.seek(0)
    return file


def _csv_cell(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return cell
    if hasattr(cell, "astimezone"):
        return f"{cell.astimezone(ZONE):%Y-%m-%d %H:%M}"
    return harmless(str(cell))
