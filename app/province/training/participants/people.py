"""Who somebody is, across events and villages: found again by NIK, or by what else is known of them.

The NIK itself is never kept: a digest under a key of the platform that follows from the master key (HKDF-SHA256,
RFC 5869; HMAC-SHA256), and its last four digits. Every master key that the environment still holds is tried, and who
is found under an older one is kept under the present one from then on. Somebody without a NIK is the same person when
name and sex are, and either the day of birth, the telephone number, or the village that sent them before.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
import unicodedata
import uuid
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from app.core import audit
from app.core.privacy.keys import master_keys
from app.core.village.errors import Invalid
from app.extensions import db
from app.government.residents.imports.identity import names_differ
from app.province.training.events.models import TrainingEvent
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from tenants.models import TenantRow, now

SEXES = ("male", "female")
LONGEST_NAME = 100
PURPOSE = b"siger/training-person"
_NIK = re.compile(r"[0-9]{16}")
_BEFORE = frozenset(
    {
        "h", "hj", "kh", "drs", "dra", "dr", "drg", "ir", "prof", "rd", "raden", "bapak", "bpk", "ibu", "sdr", "sdri",
        "alm", "almh", "tuan", "nyonya", "ny", "tn",
    }
)  # fmt: skip
Person = TrainingPerson
Participant = TrainingParticipant


@dataclass(frozen=True, slots=True)
class Meant:
    """Who was found. `is_sure`: by NIK or day of birth, or new; else the name with a village or a telephone number
    alone speaks for them, and it may be a namesake."""

    person: TrainingPerson
    is_sure: bool


def meant_person(
    name: str,
    sex: str,
    *,
    nik: str = "",
    birth_date: dt.date | None = None,
    phone: str = "",
    tenant_id: uuid.UUID | None = None,
    other_at: uuid.UUID | None = None,
) -> Meant:
    """The person that is meant, or a new one. Inside a platform scope, in the open transaction; flushes, never commits.

    What was not known of somebody who is found (NIK, day of birth, telephone) is added.

    Args:
        name: as it is to stand in lists and on certificates.
        sex: `male` or `female`.
        nik: 16 digits (spaces, points and dashes are passed over), or empty: nobody needs one.
        birth_date, phone: where they are known.
        tenant_id: the village that sends them; the same name from the same village is the same person.
        other_at: an event at which somebody of this name takes part who was said to be somebody else: who holds a seat
            there is meant only if NIK or day of birth say so.
    Raises:
        Invalid: `name`, `sex` or `nik` can't be taken, or the NIK is known under a clearly different name (whose is
            not said).
    """
    name, number = _checked_name(name), checked_nik(nik)
    if sex not in SEXES:
        raise Invalid("sex", _("Pilih laki-laki atau perempuan."))
    key = search_name(name)
    known = (name, key, sex, number, birth_date, phone, tenant_id, other_at)
    found = _found(*known)
    if found is None:
        # Two at once make one person: who comes second waits, and finds whom the first one made.
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("training_person"))))
        found = _found(*known)
    is_sure = found is None or _is_sure(found, number, birth_date)
    if found is None:
        found = Person(name=name, search_name=key, sex=sex, phone="")
        db.session.add(found)
    _add_known(found, number, birth_date, phone)
    db.session.flush()
    return Meant(found, is_sure)


def add_walk_in(
    event: TrainingEvent,
    *,
    name: str,
    sex: str,
    by: str,
    nik: str = "",
    phone: str = "",
    birth_date: dt.date | None = None,
    village: TenantRow | None = None,
    position: str = "",
    is_official: bool = False,
    participant_id: uuid.UUID | None = None,
) -> TrainingParticipant:
    """Give somebody who stands at the door a seat, whatever the quota says. Flushes; the caller commits.

    Who has a seat already keeps it; who waits, was replaced or had cancelled has one from now on. Inside a platform
    scope.

    Args:
        by: who notes it, by name.
        village: where they come from; None for people of offices.
        participant_id: drawn by the phone at the door: the same id sent again is the same seat.
    Raises:
        Invalid: as `meant_person`.
    """
    if participant_id is not None and (known := db.session.get(Participant, participant_id)) is not None:
        if known.event_id != event.id:
            raise Invalid("participant_id", _("Tanda ini milik kegiatan lain."))
        return known
    person = meant_person(
        name, sex, nik=nik, birth_date=birth_date, phone=phone, tenant_id=village.id if village else None
    ).person
    # Two doors that note the same person at once: who comes second waits here, and finds the seat.
    held = func.pg_advisory_xact_lock(func.hashtext(f"training_seat:{event.id}:{person.id}"))
    db.session.execute(select(held))
    seat = seat_of(event.id, person.id)
    if seat is not None:
        if seat.seat != "registered":
            seat.seat, seat.is_walk_in, seat.seated_at = "registered", True, now()
            seat.cancelled_at = seat.cancel_reason = None
            seat.row_version += 1
            _note_walk_in(event, seat, person)
        return seat
    seat = Participant(
        event_id=event.id,
        person_id=person.id,
        tenant_id=village.id if village else None,
        district_code=village.district_code if village else "",
        regency_code=village.regency_code if village else "",
        position=" ".join(position.split())[:LONGEST_NAME] or ("" if is_official else "warga"),
        is_official=is_official,
        seat="registered",
        is_walk_in=True,
        token=new_seat_token(),
        registered_by=by,
        seated_at=now(),
    )
    if participant_id is not None:
        seat.id = participant_id
    db.session.add(seat)
    db.session.flush()
    _note_walk_in(event, seat, person)
    return seat


def seat_of(event_id: uuid.UUID, person_id: uuid.UUID) -> TrainingParticipant | None:
    """Somebody's seat at an event, whatever its state: one select."""
    query = select(Participant).where(Participant.event_id == event_id, Participant.person_id == person_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def new_seat_token() -> str:
    """What a participant's QR holds: 128 random bits, 22 characters."""
    return secrets.token_urlsafe(16)


def search_name(name: str) -> str:
    """A name as it is compared: lower case, without marks, without titles before and after it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    words = re.sub(r"[^a-z0-9 ]+", "", re.sub(r"[.\-/]", " ", plain.partition(",")[0])).split()
    while len(words) > 1 and words[0] in _BEFORE:
        words.pop(0)
    return " ".join(words) or " ".join(name.casefold().split())


def checked_nik(text: str) -> str:
    """The 16 digits that somebody typed, or nothing. Raises Invalid."""
    digits = re.sub(r"[\s.\-'’`]", "", text)
    if not digits:
        return ""
    if not _NIK.fullmatch(digits) or len(set(digits)) == 1:
        raise Invalid("nik", _("NIK terdiri dari 16 angka. Kosongkan bila tidak ada."))
    return digits


def nik_digests(digits: str) -> list[bytes]:
    """A NIK's digest under every master key that this process holds, the present one first. Raises UnknownKey."""
    return [
        hmac.new(
            HKDF(algorithm=SHA256(), length=32, salt=b"platform", info=PURPOSE).derive(master),
            digits.encode(),
            hashlib.sha256,
        ).digest()
        for master in master_keys().values()
    ]


def _checked_name(name: str) -> str:
    tidy = " ".join(name.replace("\x00", "").split())
    if not 2 <= len(tidy) <= LONGEST_NAME:
        raise Invalid("name", _("Tulis namanya, 2 sampai %(most)s huruf.", most=LONGEST_NAME))
    return tidy


def _found(
    name: str,
    key: str,
    sex: str,
    number: str,
    birth_date: dt.date | None,
    phone: str,
    tenant_id: uuid.UUID | None,
    other_at: uuid.UUID | None,
) -> TrainingPerson | None:
    if number:
        query = select(Person).where(Person.nik_index.in_(nik_digests(number))).limit(1)
        if (known := db.session.scalars(query).first()) is not None:
            if names_differ(known.name, name):
                raise Invalid("nik", _("NIK ini tercatat atas nama orang lain. Periksa NIK dan namanya."))
            return known
    sent_before = exists().where(Participant.person_id == Person.id, Participant.tenant_id == tenant_id)
    alike: list[ColumnElement[bool]] = [sent_before] if tenant_id is not None else []
    if phone:
        alike.append(Person.phone == phone)
    if other_at is not None:
        sits = exists().where(
            Participant.person_id == Person.id,
            Participant.event_id == other_at,
            Participant.seat.in_(("registered", "waiting")),
        )
        alike = [and_(one, ~sits) for one in alike]
    if birth_date is not None:
        alike.append(Person.birth_date == birth_date)
    if not alike:
        return None
    query = select(Person).where(Person.search_name == key, Person.sex == sex, or_(*alike))
    if birth_date is not None:
        query = query.where(or_(Person.birth_date.is_(None), Person.birth_date == birth_date))
    if number:
        query = query.where(Person.nik_index.is_(None))
    return db.session.scalars(query.order_by(Person.created_at, Person.id).limit(1)).first()


def _is_sure(person: TrainingPerson, number: str, birth_date: dt.date | None) -> bool:
    """Whether more than a name, a village and a telephone number speaks for somebody, before it is added to them."""
    by_number = bool(number) and person.nik_index is not None
    return by_number or (birth_date is not None and person.birth_date == birth_date)


def _add_known(person: TrainingPerson, number: str, birth_date: dt.date | None, phone: str) -> None:
    if number:
        digest = nik_digests(number)[0]
        if person.nik_index != digest:
            person.nik_index, person.nik_end = digest, number[-4:]
    if birth_date is not None and person.birth_date is None:
        person.birth_date = birth_date
    if phone:
        person.phone = phone


def _note_walk_in(event: TrainingEvent, seat: TrainingParticipant, person: TrainingPerson) -> None:
    audit.record(
        "training_participant.walked_in",
        object_type="training_participant",
        object_id=seat.id,
        summary=f"{person.name}, {event.title}",
        details={"region": event.region_code},
        tenant_id=seat.tenant_id,
    )
