"""A person's record of training: across events and villages, as far as the region of whoever looks reaches.

Somebody is seen by an office when a village of its region sent them once, or an event of its own (or of an office
below) had a seat for them. What else stands in their record, outside of the region, is counted and not told.
Every function runs inside a platform scope.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Float, Select, cast, exists, func, or_, select

from app.core.tables import Cell, Column, write_workbook
from app.core.ui.formats import moment
from app.core.village.errors import Missing
from app.extensions import db
from app.province.regions import frame_name, within
from app.province.training.door.models import TrainingAttendance
from app.province.training.events import words
from app.province.training.events.models import TrainingEvent, TrainingSession
from app.province.training.events.queries import at_or_below
from app.province.training.learning.models import TrainingAnswers, TrainingCertificate, TrainingTest
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from app.province.watching import note_export
from tenants.models import TenantRow, now

PAGE = 30
SEATS: Mapping[str, object] = {
    "registered": _l("Peserta"),
    "waiting": _l("Daftar tunggu"),
    "replaced": _l("Digantikan"),
    "cancelled": _l("Batal"),
}
Participant = TrainingParticipant
Person = TrainingPerson


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody of the list: how many events they came to, how many certificates they hold, and a village of theirs."""

    person: TrainingPerson
    events: int
    certificates: int
    village: str


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One event of a person's record. Scores are shares of 1; `attended` of `sessions`."""

    event: TrainingEvent
    seat: str
    position: str
    village: str
    attended: int
    sessions: int
    pre: float | None
    post: float | None
    certificate: TrainingCertificate | None


@dataclass(frozen=True, slots=True)
class Record:
    """A person with the lines that the office may see, newest first, and how many lie outside of its region."""

    person: TrainingPerson
    lines: tuple[RecordLine, ...]
    elsewhere: int

    @property
    def came(self) -> int:
        """To how many of the events they came."""
        return sum(one.attended > 0 for one in self.lines)

    @property
    def certificates(self) -> int:
        """How many valid certificates stand in the lines."""
        return sum(one.certificate is not None and one.certificate.state == "made" for one in self.lines)


def people(
    office: str, search: str, *, after: tuple[str, uuid.UUID] | None = None, limit: int = PAGE
) -> tuple[list[PersonLine], tuple[str, uuid.UUID] | None]:
    """A page of the people whom an office sees, by name, and the cursor of the next: one select."""
    query = _people(office, search)
    if after is not None:
        name, key = after
        query = query.where(or_(Person.search_name > name, (Person.search_name == name) & (Person.id > key)))
    rows = db.session.execute(query.order_by(Person.search_name, Person.id).limit(limit + 1)).all()
    lines = [PersonLine(row[0], row[1], row[2], row[3] or "") for row in rows]
    if len(lines) <= limit:
        return lines, None
    last = lines[limit - 1].person
    return lines[:limit], (last.search_name, last.id)


def record_of(person_id: uuid.UUID, office: str) -> Record:
    """A person's record as an office sees it: three selects. Raises Missing where it sees nothing of them."""
    person = db.session.get(Person, person_id)
    rows = db.session.execute(_lines(person_id, office)).all()
    if person is None or not rows:
        raise Missing("person")
    whole = select(func.count()).where(Participant.person_id == person_id)
    elsewhere = (db.session.scalar(whole) or 0) - len(rows)
    return Record(person, tuple(_line(row) for row in rows), elsewhere)


def regency_of(person_id: uuid.UUID) -> str | None:
    """The kabupaten whose village sent a person last; None for people of offices or nobody."""
    query = (
        select(Participant.regency_code)
        .where(Participant.person_id == person_id, Participant.regency_code != "")
        .order_by(Participant.id.desc())
    )
    return db.session.scalar(query.limit(1))


def export_people(office: str, search: str) -> IO[bytes]:
    """Write the people whom the list would show into a workbook and note it; the caller closes the file. Commits."""
    written = 0

    def rows() -> Iterator[tuple[Cell, ...]]:
        nonlocal written
        query = (
            _people(office, search).order_by(Person.search_name, Person.id).execution_options(yield_per=500)
        )
        for person, events, certificates, village in db.session.execute(query):
            written += 1
            yield person.name, village, events, certificates

    columns = [
        Column(_("Nama"), width=32),
        Column(_("Desa"), width=30),
        Column(_("Kegiatan dihadiri"), "number", 18),
        Column(_("Sertifikat"), "number", 12),
    ]
    region = frame_name(office)
    about = _("Riwayat peserta %(region)s, per %(moment)s", region=region, moment=moment(now()))
    file = write_workbook(_("Riwayat peserta"), columns, rows(), about)
    note_export("training_people", office, region, written, {"q": search} if search else None)
    return file


def export(record: Record) -> IO[bytes]:
    """Write a record into a workbook and note it; the caller closes the file. Commits."""

    def rows() -> Iterator[tuple[Cell, ...]]:
        for one in record.lines:
            made = one.certificate
            yield (
                one.event.title, str(words.kind_word(one.event.kind)), one.event.starts_on, one.event.ends_on,
                one.village, one.position, str(SEATS[one.seat]), one.attended, one.sessions, one.pre, one.post,
                made.number_text if made and made.state != "numbered" else None,
                _("Dicabut") if made and made.state == "revoked" else None,
            )  # fmt: skip

    columns = [
        Column(_("Kegiatan"), width=40),
        Column(_("Jenis"), width=20),
        Column(_("Mulai"), "date", 12),
        Column(_("Sampai"), "date", 12),
        Column(_("Untuk"), width=28),
        Column(_("Jabatan"), width=24),
        Column(_("Keadaan"), width=14),
        Column(_("Hadir sesi"), "number", 10),
        Column(_("Dari sesi"), "number", 10),
        Column(_("Pre-test"), "percent", 10),
        Column(_("Post-test"), "percent", 10),
        Column(_("Nomor sertifikat"), width=28),
        Column(_("Catatan"), width=12),
    ]
    about = _("Riwayat pelatihan %(name)s, per %(moment)s", name=record.person.name, moment=moment(now()))
    file = write_workbook(_("Riwayat"), columns, rows(), about)
    note_export("training_person", record.person.id, record.person.name, len(record.lines))
    return file


def _people(office: str, search: str) -> Select[TrainingPerson, int, int, str]:
    """The people whom an office sees with their sums, grouped; to be ordered by name."""
    certificates = func.count(TrainingCertificate.id).filter(TrainingCertificate.state == "made")
    village = func.max(TenantRow.term + " " + TenantRow.name)
    came = exists().where(TrainingAttendance.participant_id == Participant.id).correlate(Participant)
    query = (
        select(Person, func.count(Participant.id).filter(came), certificates, village)
        .join(Participant, Participant.person_id == Person.id)
        .join(TrainingEvent, TrainingEvent.id == Participant.event_id)
        .outerjoin(TenantRow, TenantRow.id == Participant.tenant_id)
        .outerjoin(TrainingCertificate, TrainingCertificate.participant_id == Participant.id)
        .where(_in_sight(office))
        .group_by(Person.id)
    )
    if search:
        query = query.where(
            or_(
                Person.name.icontains(search, autoescape=True),
                Person.search_name.icontains(search, autoescape=True),
            )
        )
    return query


def _in_sight(office: str) -> ColumnElement[bool]:
    """A seat for a village of the office's region, or at an event of the office or of one below it."""
    sent = exists().where(TenantRow.id == Participant.tenant_id, within(office)).correlate(Participant)
    return or_(sent, at_or_below(TrainingEvent.region_code, office))


def _lines(person_id: uuid.UUID, office: str) -> Any:
    sessions = (
        select(func.count())
        .where(TrainingSession.event_id == Participant.event_id)
        .correlate(Participant)
        .scalar_subquery()
    )
    attended = (
        select(func.count())
        .where(TrainingAttendance.participant_id == Participant.id)
        .correlate(Participant)
        .scalar_subquery()
    )

    def score(phase: str) -> Any:
        share = cast(TrainingAnswers.right_count, Float) / func.nullif(TrainingAnswers.question_count, 0)
        query = select(share).join(TrainingTest, TrainingTest.id == TrainingAnswers.test_id)
        query = query.where(TrainingAnswers.participant_id == Participant.id, TrainingTest.phase == phase)
        return query.correlate(Participant).scalar_subquery()

    village = TenantRow.term + " " + TenantRow.name
    return (
        select(
            TrainingEvent, Participant.seat, Participant.position, village, attended, sessions, score("pre"),
            score("post"), TrainingCertificate,
        )
        .select_from(Participant)
        .join(TrainingEvent, TrainingEvent.id == Participant.event_id)
        .outerjoin(TenantRow, TenantRow.id == Participant.tenant_id)
        .outerjoin(TrainingCertificate, TrainingCertificate.participant_id == Participant.id)
        .where(Participant.person_id == person_id, _in_sight(office))
        .order_by(TrainingEvent.starts_on.desc(), Participant.id.desc())
    )  # fmt: skip


def _line(row: Any) -> RecordLine:
    return RecordLine(row[0], row[1], row[2], row[3] or "", row[4], row[5], row[6], row[7], row[8])
