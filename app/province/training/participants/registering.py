"""Registering people for an event, sending somebody else, taking a registration back, declining an invitation.

Every function runs inside a platform scope, locks the event, and commits. A village acts on its own people alone
(`tenant_id`); the organiser acts for any (`as_organiser`), also for people of offices, who come from no village.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import exists, func, select

from app.core import audit
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.province.training.door.models import TrainingAttendance
from app.province.training.events.models import TrainingEvent
from app.province.training.participants import rules, seats, telling
from app.province.training.participants.models import TrainingInvitation, TrainingParticipant, TrainingPerson
from app.province.training.participants.people import Meant, meant_person, new_seat_token, seat_of
from app.province.training.participants.rules import Alike, Refused
from app.province.training.participants.seats import Seating
from app.province.training.participants.waiting import forget_waiting
from tenants.models import TenantRow, now

Participant = TrainingParticipant
Invitation = TrainingInvitation
ON_THE_LIST = ("registered", "waiting")
LONGEST_REASON = 300
MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom a village (or the organiser) wants to register. `nik` and what follows may be empty."""

    name: str
    sex: str
    nik: str = ""
    birth_date: dt.date | None = None
    phone: str = ""
    position: str = ""
    is_official: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of people who were registered together."""

    registered: list[TrainingParticipant] = field(default_factory=list)
    waiting: list[TrainingParticipant] = field(default_factory=list)
    refused: list[tuple[str, Refused | Invalid]] = field(default_factory=list)
    """Name and why: a sentence."""


def register(
    event_id: uuid.UUID,
    tenant_id: uuid.UUID | None,
    people: Sequence[Candidate],
    *,
    by: str,
    is_other: bool = False,
    as_organiser: bool = False,
) -> Outcome:
    """Register people; who finds no seat is put on the waiting list. One who is refused does not stop the others.

    Args:
        tenant_id: the village that sends them; None (organiser only) for people of offices.
        by: who registers, by name.
        is_other: these are other people than those of the same name who take part already.
        as_organiser: after the last day of registration too, without an invitation and beyond a village's number.
    Raises:
        Missing: no such event, or the village was not invited. Refused: registration is over, or the village's number
        of seats is used up.
    """
    event = seats.locked(event_id)
    village = _village(tenant_id)
    if as_organiser:
        if event.state != "open":
            raise Refused(_("Kegiatan ini tidak sedang dibuka, jadi pesertanya tidak dapat ditambah."))
        if village is not None:
            _invite_quietly(event, village, by)
    else:
        invitation = _invitation(event_id, tenant_id)
        if not rules.may_register(event):
            raise Refused(
                _("Pendaftaran kegiatan ini sudah ditutup. Hubungi penyelenggara bila masih perlu.")
            )
        if len(people) > MOST_AT_ONCE:
            raise Refused(_("Paling banyak %(most)s orang sekaligus.", most=MOST_AT_ONCE))
        _refuse_above_limit(event, invitation.tenant_id, len(people))
    present, outcome = seats.seating(event), Outcome()
    for one in people:
        try:
            with db.session.begin_nested():
                seat = _register_one(event, village, one, present, by, is_other=is_other)
        except (Refused, Invalid) as problem:
            outcome.refused.append((one.name, problem))
            continue
        (outcome.registered if seat.seat == "registered" else outcome.waiting).append(seat)
        _note("training_participant.registered", event, seat, one.name, {"seat": seat.seat})
    if (outcome.registered or outcome.waiting) and tenant_id is not None:
        _answer(event_id, tenant_id, "coming", None)
    db.session.commit()
    _forget(tenant_id)
    return outcome


def substitute(
    event_id: uuid.UUID,
    tenant_id: uuid.UUID | None,
    participant_id: uuid.UUID,
    person: Candidate,
    *,
    by: str,
    is_other: bool = False,
    as_organiser: bool = False,
) -> TrainingParticipant:
    """Send somebody else: they get the other's seat, or the other's place on the waiting list. Until the day it begins.

    Raises Missing; Refused when it is too late, the one replaced has come already, or the other takes part already;
    Alike; Invalid.
    """
    event = seats.locked(event_id)
    old = _own(event, tenant_id, participant_id, as_organiser=as_organiser)
    if old.seat not in ON_THE_LIST:
        raise Refused(_("Orang ini tidak lagi memegang tempat, jadi tidak dapat digantikan."))
    if not rules.may_substitute(event):
        raise Refused(_("Penggantian hanya dapat dilakukan sampai hari kegiatan dimulai."))
    _refuse_if_came(old)
    village = _village(old.tenant_id)
    meant = _meant(event, village, person, is_other=is_other)
    new = meant.person
    if new.id == old.person_id:
        if meant.is_sure:
            raise Refused(_("Itu orang yang sama dengan yang digantikan."))
        raise Alike(
            _(
                "Itu orang yang sama dengan yang digantikan. Bila ini orang lain dengan nama yang sama, centang bahwa"
                " ini orang lain."
            )
        )
    taken = _free_for(event, village, meant, is_other=is_other)
    state, since, seated = old.seat, old.registered_at, old.seated_at
    old.seat, old.cancelled_at = "replaced", now()
    old.row_version += 1
    row = _seat_row(event, village, new, person, taken, by)
    row.seat, row.registered_at, row.seated_at, row.replaces_id = state, since, seated, old.id
    db.session.flush()
    before = db.session.get(TrainingPerson, old.person_id)
    _note("training_participant.replaced", event, row, new.name, {"before": before.name if before else ""})
    db.session.commit()
    return row


def cancel(
    event_id: uuid.UUID,
    tenant_id: uuid.UUID | None,
    participant_id: uuid.UUID,
    *,
    reason: str,
    as_organiser: bool = False,
) -> list[TrainingParticipant]:
    """Take a registration back; returns who moved up from the waiting list for it. Doing it twice is one.

    Raises Missing; Refused when they have come already or the event is over; Invalid for the reason.
    """
    reason = _reason(reason)
    event = seats.locked(event_id)
    row = _own(event, tenant_id, participant_id, as_organiser=as_organiser)
    if row.seat not in ON_THE_LIST:
        db.session.rollback()
        return []
    if event.state != "open":
        raise Refused(_("Kegiatan ini tidak lagi dibuka, jadi daftarnya tetap seperti adanya."))
    _refuse_if_came(row)
    row.seat, row.cancelled_at, row.cancel_reason = "cancelled", now(), reason
    row.row_version += 1
    db.session.flush()
    person = db.session.get(TrainingPerson, row.person_id)
    details = {"reason": reason}
    _note("training_participant.cancelled", event, row, person.name if person else "", details)
    moved = moved_up(event)
    db.session.commit()
    _forget(row.tenant_id)
    return moved


def decline(event_id: uuid.UUID, tenant_id: uuid.UUID, *, reason: str) -> None:
    """Say that a village sends nobody. Raises Missing; Refused while people of it are registered; Invalid."""
    reason = _reason(reason)
    event = seats.locked(event_id)
    _invitation(event_id, tenant_id)
    if event.state != "open":
        raise Refused(_("Kegiatan ini tidak lagi dibuka, jadi tidak perlu dijawab."))
    if on_the_list(event_id, tenant_id):
        raise Refused(_("Desa masih mendaftarkan orang. Batalkan dulu pendaftarannya."))
    _answer(event_id, tenant_id, "declined", reason)
    audit.record(
        "training_invitation.declined",
        object_type="training_event",
        object_id=event.id,
        summary=event.title,
        details={"region": event.region_code, "reason": reason},
        tenant_id=tenant_id,
    )
    db.session.commit()
    _forget(tenant_id)


def moved_up(event: TrainingEvent) -> list[TrainingParticipant]:
    """Give free seats to who waits, note it, and tell their villages. In the open transaction; returns who."""
    moved = seats.move_up(event)
    telling.tell_seats(moved, "registered")
    if moved:
        audit.record(
            "training_participant.moved_up",
            object_type="training_event",
            object_id=event.id,
            summary=event.title,
            details={"region": event.region_code, "count": len(moved)},
        )
    return moved


def on_the_list(event_id: uuid.UUID, tenant_id: uuid.UUID) -> int:
    """How many people of a village have a seat or wait for one."""
    query = select(func.count()).where(
        Participant.event_id == event_id,
        Participant.tenant_id == tenant_id,
        Participant.seat.in_(ON_THE_LIST),
    )
    return db.session.scalar(query) or 0


def _register_one(
    event: TrainingEvent,
    village: TenantRow | None,
    one: Candidate,
    present: Seating,
    by: str,
    *,
    is_other: bool,
) -> TrainingParticipant:
    meant = _meant(event, village, one, is_other=is_other)
    taken = _free_for(event, village, meant, is_other=is_other)
    row = _seat_row(event, village, meant.person, one, taken, by)
    if present.has_room(row.regency_code, row.district_code):
        present.take(row.regency_code, row.district_code)
        row.seat, row.seated_at = "registered", now()
    else:
        row.seat, row.seated_at = "waiting", None
    db.session.flush()
    return row


def _meant(event: TrainingEvent, village: TenantRow | None, one: Candidate, *, is_other: bool) -> Meant:
    return meant_person(
        one.name,
        one.sex,
        nik=one.nik,
        birth_date=one.birth_date,
        phone=one.phone,
        tenant_id=village.id if village else None,
        other_at=event.id if is_other else None,
    )


def _free_for(
    event: TrainingEvent, village: TenantRow | None, meant: Meant, *, is_other: bool
) -> TrainingParticipant | None:
    """The person's row at the event if they had one that ended. Raises Refused while they take part; Alike where it may
    be a namesake."""
    person = meant.person
    known = seat_of(event.id, person.id)
    if known is not None and known.seat in ON_THE_LIST:
        if meant.is_sure:
            raise Refused(_already(person, known, village))
        raise Alike(
            " ".join(
                (
                    _already(person, known, village),
                    _("Bila ini orang lain dengan nama yang sama, centang bahwa ini orang lain."),
                )
            )
        )
    if not is_other and (other := _namesake(event, person)) is not None:
        seat, their = other
        raise Alike(
            _(
                "%(name)s dengan nama yang sama sudah terdaftar dari %(village)s. Satu orang memegang satu tempat. Bila"
                " ini orang lain, isi NIK atau tanggal lahirnya, atau centang bahwa ini orang lain.",
                name=their.name,
                village=_spoken(_village(seat.tenant_id)),
            )
        )
    return known


def _already(person: TrainingPerson, known: TrainingParticipant, village: TenantRow | None) -> str:
    if known.tenant_id == (village.id if village else None):
        return str(_("%(name)s sudah terdaftar untuk kegiatan ini.", name=person.name))
    return str(
        _(
            "%(name)s sudah terdaftar dari %(village)s. Satu orang memegang satu tempat; bila ia ikut dari sini, minta"
            " %(village)s membatalkan pendaftarannya dulu.",
            name=person.name,
            village=_spoken(_village(known.tenant_id)),
        )
    )


def _namesake(
    event: TrainingEvent, person: TrainingPerson
) -> tuple[TrainingParticipant, TrainingPerson] | None:
    """Somebody of the same name and sex who takes part, unless NIK or day of birth tell them apart."""
    query = (
        select(Participant, TrainingPerson)
        .join(TrainingPerson, TrainingPerson.id == Participant.person_id)
        .where(
            Participant.event_id == event.id,
            Participant.seat.in_(ON_THE_LIST),
            TrainingPerson.search_name == person.search_name,
            TrainingPerson.sex == person.sex,
            TrainingPerson.id != person.id,
        )
    )
    for seat, other in db.session.execute(query):
        other_nik = person.nik_index and other.nik_index and person.nik_index != other.nik_index
        other_day = person.birth_date and other.birth_date and person.birth_date != other.birth_date
        if not other_nik and not other_day:
            return seat, other
    return None


def _seat_row(
    event: TrainingEvent,
    village: TenantRow | None,
    person: TrainingPerson,
    one: Candidate,
    taken: TrainingParticipant | None,
    by: str,
) -> TrainingParticipant:
    """A row for the seat: a new one, or the one that the person gave up before."""
    row = taken or Participant(event_id=event.id, person_id=person.id, token=new_seat_token(), row_version=0)
    row.tenant_id = village.id if village else None
    row.district_code = village.district_code if village else ""
    row.regency_code = village.regency_code if village else ""
    row.position = " ".join(one.position.split())[:100] or ("" if one.is_official else "warga")
    row.is_official, row.is_walk_in = one.is_official, False
    row.registered_by, row.registered_at = by, now()
    row.cancelled_at = row.cancel_reason = row.replaces_id = None
    row.row_version = (row.row_version or 0) + 1
    if taken is None:
        db.session.add(row)
    return row


def _refuse_above_limit(event: TrainingEvent, tenant_id: uuid.UUID, more: int) -> None:
    if event.per_village is None:
        return
    taken = on_the_list(event.id, tenant_id)
    if taken + more > event.per_village:
        raise Refused(
            _(
                "Setiap desa boleh mendaftarkan paling banyak %(most)s orang; %(taken)s sudah terdaftar.",
                most=event.per_village,
                taken=taken,
            )
        )


def _refuse_if_came(row: TrainingParticipant) -> None:
    came = select(exists().where(TrainingAttendance.participant_id == row.id))
    if db.session.scalar(came):
        raise Refused(_("Orang ini sudah tercatat hadir, jadi pendaftarannya tidak dapat diubah lagi."))


def _own(
    event: TrainingEvent, tenant_id: uuid.UUID | None, participant_id: uuid.UUID, *, as_organiser: bool
) -> TrainingParticipant:
    row = db.session.get(Participant, participant_id, populate_existing=True)
    if row is None or row.event_id != event.id or not (as_organiser or row.tenant_id == tenant_id):
        raise Missing("training_participant")
    return row


def _invitation(event_id: uuid.UUID, tenant_id: uuid.UUID | None) -> TrainingInvitation:
    row = db.session.get(Invitation, (event_id, tenant_id)) if tenant_id else None
    if row is None:
        raise Missing("training_invitation")
    return row


def _invite_quietly(event: TrainingEvent, village: TenantRow, by: str) -> None:
    """A village whose people the organiser registers sees the event as an invited one does."""
    from app.province.training.participants.inviting import new_invitation

    if db.session.get(Invitation, (event.id, village.id)) is None:
        columns = new_invitation(event, village.id, by, "")
        db.session.add(Invitation(**columns, told_version=event.schedule_version))
        db.session.flush()


def _answer(event_id: uuid.UUID, tenant_id: uuid.UUID, answer: str, reason: str | None) -> None:
    row = _invitation(event_id, tenant_id)
    if row.answer != answer or row.answer_reason != reason:
        row.answer, row.answer_reason, row.answered_at = answer, reason, now()


def _village(tenant_id: uuid.UUID | None) -> TenantRow | None:
    return db.session.get(TenantRow, tenant_id) if tenant_id else None


def _spoken(village: TenantRow | None) -> str:
    if village is None:
        return str(_("kantor penyelenggara"))
    return str(
        _(
            "%(village)s, Kecamatan %(district)s",
            village=f"{village.term} {village.name}",
            district=village.district_name,
        )
    )


def _reason(text: str) -> str:
    reason = " ".join(text.replace("\x00", "").split())
    if not 3 <= len(reason) <= LONGEST_REASON:
        raise Invalid("reason", _("Tulis alasannya, 3 sampai %(most)s huruf.", most=LONGEST_REASON))
    return reason


def _note(
    action: str, event: TrainingEvent, row: TrainingParticipant, name: str, details: dict[str, str]
) -> None:
    audit.record(
        action,
        object_type="training_participant",
        object_id=row.id,
        summary=f"{name}, {event.title}",
        details={"region": event.region_code, **details},
        tenant_id=row.tenant_id,
    )


def _forget(tenant_id: uuid.UUID | None) -> None:
    if tenant_id is not None:
        forget_waiting([tenant_id])
