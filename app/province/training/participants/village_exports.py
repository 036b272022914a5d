"""A village's own lists of training as spreadsheets: its invitations, its people at an event, its tasks.

Taking one out is noted in the village's log; each function commits, and the caller closes the file.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import IO

from flask_babel import gettext as _

from app.core import audit
from app.core.tables import Cell, Column, write_workbook
from app.core.ui.formats import moment
from app.extensions import db
from app.province.regions import frame_name
from app.province.training.events import words as event_words
from app.province.training.participants import village_reading as reading
from app.province.training.participants import words
from app.province.training.participants.page import page_url
from tenants.models import now
from tenants.scope import current_tenant


def export_invitations() -> IO[bytes]:
    """The events that the village was invited to, with its answer and how many people it sends."""
    columns = [
        Column(_("Kegiatan"), width=44),
        Column(_("Jenis"), width=20),
        Column(_("Penyelenggara"), width=28),
        Column(_("Hari pertama"), "date", 13),
        Column(_("Hari terakhir"), "date", 13),
        Column(_("Tempat"), width=30),
        Column(_("Keadaan"), width=12),
        Column(_("Nomor surat"), width=22),
        Column(_("Diundang"), "moment", 17),
        Column(_("Jawaban"), width=18),
        Column(_("Alasan"), width=40),
        Column(_("Terdaftar"), "number", 11),
        Column(_("Menunggu"), "number", 11),
    ]
    rows: list[Sequence[Cell]] = [
        (
            line.event.title, str(event_words.kind_word(line.event.kind)), frame_name(line.event.region_code),
            line.event.starts_on, line.event.ends_on, line.venue.name if line.venue else "",
            str(event_words.state_said(line.event.state).label), line.invitation.letter_number,
            line.invitation.invited_at, str(words.answer_said(line.invitation.answer).label),
            line.invitation.answer_reason or "", line.registered, line.waiting,
        )
        for line in reading.events()
    ]  # fmt: skip
    return _written(_("Undangan"), columns, rows, "invitations")


def export_people(event_id: uuid.UUID) -> IO[bytes]:
    """The village's people at an event, with the address of each one's code. Raises Missing."""
    columns = [
        Column(_("Nama"), width=30),
        Column(_("Jenis kelamin"), width=14),
        Column(_("Jabatan"), width=24),
        Column(_("Nomor HP"), width=18),
        Column(_("Tempat"), width=16),
        Column(_("Didaftarkan"), "moment", 17),
        Column(_("Didaftarkan oleh"), width=24),
        Column(_("Alasan batal"), width=40),
        Column(_("Alamat kode QR"), width=60),
    ]
    rows: list[Sequence[Cell]] = [
        (
            line.person.name, str(words.sex_word(line.person.sex)), line.seat.position, line.person.phone,
            str(words.seat_said(line.seat.seat).label), line.seat.registered_at, line.seat.registered_by,
            line.seat.cancel_reason or "", page_url(line.seat.token) if line.seat.seat == "registered" else "",
        )
        for line in reading.people(event_id)
    ]  # fmt: skip
    return _written(_("Peserta"), columns, rows, "participants", event_id)


def export_tasks(view: str) -> IO[bytes]:
    """The village's tasks after events, as its list shows them."""
    columns = [
        Column(_("Tugas"), width=50),
        Column(_("Kegiatan"), width=40),
        Column(_("Paling lambat"), "date", 14),
        Column(_("Keadaan"), width=14),
        Column(_("Diberikan oleh"), width=24),
        Column(_("Selesai"), "moment", 17),
        Column(_("Diselesaikan oleh"), width=24),
        Column(_("Catatan"), width=50),
    ]
    rows: list[Sequence[Cell]] = [
        (
            line.task.what, line.event.title if line.event else "", line.task.due_on,
            str(words.task_said(line.task.state, is_late=line.is_late).label), line.task.given_by, line.task.done_at,
            line.task.done_by or "", line.task.done_note,
        )
        for line in reading.village_tasks(view)
    ]  # fmt: skip
    return _written(_("Tugas"), columns, rows, "tasks")


def _written(
    name: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    what: str,
    event_id: uuid.UUID | None = None,
) -> IO[bytes]:
    tenant = current_tenant()
    about = _("%(name)s, %(place)s, per %(moment)s", name=name, place=tenant.full_name, moment=moment(now()))
    file = write_workbook(name, columns, rows, about)
    audit.record(
        "training.exported",
        object_type="training_event",
        object_id=event_id,
        summary=name,
        details={"list": what, "rows": len(rows)},
    )
    db.session.commit()
    return file
