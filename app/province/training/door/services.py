"""Noting who came: at the door, by themselves, from the printed sheet; once each, however often it was noted.

One row a session and participant (the table's key) makes the same person twice one. Rows are written in the order of
their participants, so phones that send at once wait for each other and never for ever.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import abort
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.actors import current_actor
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.province.regions import refuse_region, region_contains
from app.province.training.door import codes, queries, walk_ins
from app.province.training.door.clocks import when_came
from app.province.training.door.marks import Mark, key_of, read_mark
from app.province.training.door.models import TrainingAttendance
from app.province.training.door.queries import DOOR_STATES, Door
from app.province.training.events.services import Refused
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from tenants.models import now

__all__ = [
    "Answer",
    "Refused",
    "check_in_self",
    "door_of",
    "note_arrivals",
    "note_sent",
    "note_sheet",
    "open_for_self",
    "take_back",
]

SELF_BEFORE = dt.timedelta(hours=1)
"""So long before a session begins people may check in themselves; they may until it ends."""
Attendance, Participant, Person = TrainingAttendance, TrainingParticipant, TrainingPerson


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a mark.

    `outcome`: `noted`; `already` (they were noted before); `waiting`, `replaced`, `cancelled` (no seat, nothing was
    noted); `elsewhere` (the code is of another event), `unknown`, `invalid`. The first two alone
    mean that they are noted.
    """

    key: str
    outcome: str
    sentence: str
    participant_id: uuid.UUID | None = None
    name: str = ""
    at: dt.datetime | None = None

    @property
    def is_noted(self) -> bool:
        """Whether the person counts as having come."""
        return self.outcome in ("noted", "already")


@dataclass(slots=True)
class _Found:
    """Who the marks of a batch mean: participants by id, and what is already answered."""

    people: dict[uuid.UUID, tuple[TrainingParticipant, str]] = field(default_factory=dict)
    by_token: dict[str, uuid.UUID] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)


def door_of(session_id: uuid.UUID) -> Door:
    """The door of a session for who acts: of the office that organises the event, or one above it.

    Any other is not found (404); asking for one of a foreign region is noted in the audit log. Inside a platform scope.
    """
    actor, door = current_actor(), queries.find_door(session_id)
    office = actor.region_code if actor is not None else None
    if door is None or office is None:
        abort(404)
    if not region_contains(office, door.event.region_code):
        if not region_contains(door.event.region_code, office):
            refuse_region(door.event.region_code)
        abort(404)
    if door.event.state == "draft":
        abort(404)
    return door


def note_arrivals(door: Door, marks: Sequence[Mark], *, phone_now: dt.datetime, by: str) -> list[Answer]:
    """Note who came to a session, from a phone's marks; asked twice with the same marks, the second changes nothing.

    Args:
        door: the session (see `door_of`).
        marks: in the order in which the phone noted them.
        phone_now: what the phone's clock shows now; the difference to the server's corrects all of them.
        by: who notes, by name.
    Returns:
        What became of each mark, in their order.
    Raises:
        Refused: nothing is noted at an event that was called off or is not open yet.
    """
    if door.event.state not in DOOR_STATES:
        raise Refused(_("Kehadiran tidak dapat dicatat: kegiatan ini belum dibuka atau sudah dibatalkan."))
    heard_at = now()
    answers: dict[int, Answer] = {}
    rows: dict[uuid.UUID, dict[str, object]] = {}
    meant: dict[int, uuid.UUID] = {}
    if any(mark.walk_in is not None or mark.admit for mark in marks):
        walk_ins.one_at_a_time(door.event)
    found = _resolve(door, marks)
    for number, mark in enumerate(marks):
        seat_id = _who(door, mark, found, answers, number, by)
        if seat_id is None:
            continue
        meant[number] = seat_id
        at, odd = when_came(mark.phone_at, phone_now, heard_at, door.session.starts_at, door.session.ends_at)
        note = " ".join(filter(None, (odd, _strange() if mark.is_strange else "")))
        if seat_id not in rows or at < rows[seat_id]["at"]:  # type: ignore[operator]
            rows[seat_id] = _row(door, seat_id, at, mark.source, by, note, mark.phone_at)
    written = _write(rows)
    _note(door, len(written), by)
    db.session.commit()
    for number, seat_id, is_new in _firsts(meant, written):
        answers[number] = _answer(door, str(marks[number].key), seat_id, found.people[seat_id][1], is_new)
    _tell_when(door, answers)
    return [answers[number] for number in range(len(marks))]


def note_sent(
    door: Door, sent: Sequence[object], *, phone_now: dt.datetime, by: str, account_id: uuid.UUID
) -> list[Answer]:
    """Note a phone's batch as it was sent; a mark that can't be read is answered by itself and spoils no other.

    Raises Refused as `note_arrivals`.
    """
    read: dict[int, Mark] = {}
    answers: dict[int, Answer] = {}
    for number, one in enumerate(sent):
        try:
            read[number] = read_mark(one, account_id)
        except Invalid as wrong:
            answers[number] = Answer(key_of(one), "invalid", str(wrong))
    numbers = list(read)
    noted = note_arrivals(door, [read[number] for number in numbers], phone_now=phone_now, by=by)
    answers |= dict(zip(numbers, noted, strict=True))
    return [answers[number] for number in range(len(sent))]


def note_sheet(door: Door, participant_ids: Iterable[uuid.UUID], *, by: str) -> int:
    """Note who signed the printed sheet, at the session's beginning; return how many were not noted before.

    Raises Refused as `note_arrivals`. Ids that are nobody's at this event are passed over.
    """
    if door.event.state not in DOOR_STATES:
        raise Refused(_("Kehadiran tidak dapat dicatat: kegiatan ini belum dibuka atau sudah dibatalkan."))
    wanted = set(participant_ids)
    query = select(Participant.id).where(
        Participant.event_id == door.event.id, Participant.id.in_(wanted), Participant.seat == "registered"
    )
    at = min(door.session.starts_at, now())
    with force_locale("id"):
        note = _("Dari lembar hadir.")
    rows = {
        seat_id: _row(door, seat_id, at, "sheet", by, note, None) for seat_id in db.session.scalars(query)
    }
    written = _write(rows)
    _note(door, len(written), by)
    db.session.commit()
    return len(written)


def open_for_self(door: Door, at: dt.datetime) -> str:
    """Why nobody can check in themselves at this session now; empty where they can."""
    if door.event.state != "open":
        return str(_("Kegiatan ini tidak sedang dibuka."))
    if at < door.session.starts_at - SELF_BEFORE:
        return str(_("Sesi ini belum mulai. Hadir sendiri dibuka satu jam sebelumnya."))
    if at > door.session.ends_at:
        return str(_("Sesi ini sudah selesai. Hubungi petugas di pintu."))
    return ""


def check_in_self(
    door: Door, participant_id: uuid.UUID, *, code: str = "", ticket: str = ""
) -> tuple[dt.datetime, bool]:
    """Note that a participant checked in by the code at the door; return when they came, and whether that is new.

    Args:
        code: the text or the digits that the door shows just now.
        ticket: what they were given when they opened the code, in its place.
    Raises:
        Refused: with a sentence: not their event, no seat, not the session's time, or the code is not this door's now.
    """
    at = now()
    if closed := open_for_self(door, at):
        raise Refused(closed)
    seat = db.session.get(Participant, participant_id)
    if seat is None or seat.event_id != door.event.id or seat.seat != "registered":
        raise Refused(_("Anda tidak terdaftar pada kegiatan ini. Datanglah ke petugas di pintu."))
    if not codes.ticket_fits(ticket, door.session.id, participant_id, at) and not codes.fits(
        door.session.id, code, at
    ):
        raise Refused(
            _(
                "Kode ini tidak berlaku lagi. Kode di pintu berganti setiap 30 detik dan hanya untuk sesi ini: "
                "ambil yang sekarang tampil."
            )
        )
    with force_locale("id"):
        by = _("Peserta sendiri")
    written = _write({seat.id: _row(door, seat.id, at, "self", by, "", None)})
    db.session.commit()
    if written:
        return at, True
    return db.session.get_one(Attendance, (door.session.id, seat.id)).at, False


def take_back(door: Door, participant_id: uuid.UUID) -> str:
    """Take a note away that was a mistake; return the person's name. Raises Missing where nothing is noted."""
    query = select(Person.name).join(Participant, Participant.person_id == Person.id)
    name = db.session.scalar(
        query.where(Participant.id == participant_id, Participant.event_id == door.event.id)
    )
    gone = db.session.execute(
        delete(Attendance)
        .where(Attendance.session_id == door.session.id, Attendance.participant_id == participant_id)
        .returning(Attendance.at)
    ).scalar_one_or_none()
    if name is None or gone is None:
        db.session.rollback()
        raise Missing("training_attendance")
    audit.record(
        "training_attendance.taken_back",
        object_type="training_participant",
        object_id=participant_id,
        summary=f"{name}, {door.session.title}",
        details={"region": door.event.region_code, "session": str(door.session.id), "at": gone.isoformat()},
    )
    db.session.commit()
    return name


def _resolve(door: Door, marks: Sequence[Mark]) -> _Found:
    ids = {mark.participant_id for mark in marks if mark.participant_id is not None}
    tokens = {mark.token for mark in marks if mark.token}
    found = _Found()
    query = (
        select(Participant, Person.name)
        .join(Person, Person.id == Participant.person_id)
        .where(Participant.id.in_(ids) | Participant.token.in_(tokens))
    )
    for seat, name in db.session.execute(query) if ids or tokens else ():
        if seat.event_id != door.event.id:
            found.elsewhere |= {seat.token, str(seat.id)}
            continue
        found.people[seat.id] = (seat, name)
        found.by_token[seat.token] = seat.id
    return found


def _who(
    door: Door, mark: Mark, found: _Found, answers: dict[int, Answer], number: int, by: str
) -> uuid.UUID | None:
    """The participant whom a mark means and may note; else its answer is written and None returned."""
    key = str(mark.key)
    if mark.walk_in is not None:
        try:
            seat, name = walk_ins.seat_for(door.event, mark.key, mark.walk_in, by)
        except Invalid as wrong:
            answers[number] = Answer(key, "invalid", str(wrong), name=mark.walk_in.name)
            return None
        found.people[seat.id] = (seat, name)
        return seat.id
    seat_id = mark.participant_id or found.by_token.get(mark.token)
    known = found.people.get(seat_id) if seat_id is not None else None
    if known is None:
        is_elsewhere = mark.token in found.elsewhere or str(seat_id) in found.elsewhere
        answers[number] = _stranger(key, is_elsewhere)
        return None
    seat, name = known
    if seat.seat != "registered":
        if not mark.admit:
            answers[number] = Answer(key, seat.seat, _without_seat(seat.seat, name), seat.id, name)
            return None
        walk_ins.admit(door.event, seat.id, name)
    return seat.id


def _stranger(key: str, is_elsewhere: bool) -> Answer:
    if is_elsewhere:
        return Answer(key, "elsewhere", _("Kode ini untuk kegiatan lain, jadi tidak dicatat."))
    return Answer(
        key, "unknown", _("Kode ini tidak dikenal. Cari namanya, atau daftarkan sebagai peserta baru.")
    )


def _without_seat(seat: str, name: str) -> str:
    words: Mapping[str, str] = {
        "waiting": _("%(name)s masih di daftar tunggu.", name=name),
        "replaced": _("%(name)s sudah digantikan orang lain.", name=name),
        "cancelled": _("Pendaftaran %(name)s sudah dibatalkan.", name=name),
    }
    return words[seat]


def _row(
    door: Door,
    seat_id: uuid.UUID,
    at: dt.datetime,
    source: str,
    by: str,
    note: str,
    phone_at: dt.datetime | None,
) -> dict[str, object]:
    return {
        "session_id": door.session.id, "participant_id": seat_id, "at": at, "phone_at": phone_at, "source": source,
        "noted_by": by, "noted_at": now(), "note": note,
    }  # fmt: skip


def _write(rows: Mapping[uuid.UUID, dict[str, object]]) -> set[uuid.UUID]:
    """Write what is not noted yet; return whose rows are new."""
    if not rows:
        return set()
    ordered = [rows[seat_id] for seat_id in sorted(rows)]
    query = insert(Attendance).values(ordered).on_conflict_do_nothing().returning(Attendance.participant_id)
    return set(db.session.scalars(query))


def _note(door: Door, written: int, by: str) -> None:
    if written:
        audit.record(
            "training_attendance.noted",
            object_type="training_session",
            object_id=door.session.id,
            summary=f"{door.session.title}, {door.event.title}",
            details={"region": door.event.region_code, "people": written},
        )


def _firsts(meant: Mapping[int, uuid.UUID], written: set[uuid.UUID]) -> Iterable[tuple[int, uuid.UUID, bool]]:
    """Each mark with whether it is the one that noted the person: the first of several in one batch is."""
    left = set(written)
    for number in sorted(meant):
        seat_id = meant[number]
        yield number, seat_id, seat_id in left
        left.discard(seat_id)


def _answer(door: Door, key: str, seat_id: uuid.UUID, name: str, is_new: bool) -> Answer:
    if is_new:
        return Answer(key, "noted", _("%(name)s tercatat hadir.", name=name), seat_id, name)
    return Answer(key, "already", _("%(name)s sudah tercatat hadir.", name=name), seat_id, name)


def _tell_when(door: Door, answers: dict[int, Answer]) -> None:
    """Add when they came, as it stands now: one select."""
    ids = {one.participant_id for one in answers.values() if one.is_noted}
    if not ids:
        return
    query = select(Attendance.participant_id, Attendance.at).where(
        Attendance.session_id == door.session.id, Attendance.participant_id.in_(ids)
    )
    moments = {row[0]: row[1] for row in db.session.execute(query)}
    for number, one in answers.items():
        if one.is_noted and one.participant_id in moments:
            answers[number] = Answer(
                one.key, one.outcome, one.sentence, one.participant_id, one.name, moments[one.participant_id]
            )


def _strange() -> str:
    with force_locale("id"):
        return str(_("Dicatat di ponsel ini ketika akun lain yang masuk."))
