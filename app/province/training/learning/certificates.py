"""Certificates: who gets one, numbers without gaps, withdrawing, and the public answer to a QR code.

Functions run inside a platform scope; the deeds commit. Numbers are drawn together with the rows that bear them, under
the lock of the office's counter: what fails gives them back, whoever comes second waits, and goes on above. The PDF of
each is made afterwards by a job (see `making`), so that no number waits for a page.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import BigInteger, Float, Select, cast, exists, func, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.core import audit
from app.core.actors import current_actor
from app.core.ui.formats import ZONE
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.province.regions import frame_names
from app.province.training.door.models import TrainingAttendance
from app.province.training.events import words
from app.province.training.events.models import TrainingEvent, TrainingSession, TrainingVenue
from app.province.training.events.services import Refused, locked_event, note
from app.province.training.learning.models import (
    CertificateNumbers,
    TrainingAnswers,
    TrainingCertificate,
    TrainingTest,
)
from app.province.training.learning.schemas import LONGEST_REASON
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from tenants import jobs, outbox
from tenants.ids import uuid7
from tenants.models import PlatformJobRun, TenantRow, now

MAKE = "training.certificates"
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
PAGE = 50
MOST_TOPICS = 8
Certificate = TrainingCertificate
Participant = TrainingParticipant
Person = TrainingPerson
Standing = Literal["valid", "revoked"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Who gets a certificate: came to so many percent of the sessions (at least one), and passed the test after."""

    attendance: int = 75
    passed: bool = False


@dataclass(frozen=True, slots=True)
class CertificateSigner:
    """Who signs: name, office, and the number of an employee if there is one."""

    name: str
    title: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of an event's certificates are made, still being made, revoked; and how many seats have none."""

    made: int
    numbered: int
    revoked: int
    without: int

    @property
    def total(self) -> int:
        """All numbers that were drawn."""
        return self.made + self.numbered + self.revoked


@dataclass(frozen=True, slots=True)
class PublicCertificate:
    """A certificate as everybody sees it who holds its QR code."""

    number: str
    name: str
    village: str
    position: str
    title: str
    kind: str
    organiser: str
    days: str
    issued_at: dt.datetime
    standing: Standing
    revoked_at: dt.datetime | None
    reason: str
    sha256: str


def eligible(event: TrainingEvent, rule: Rule) -> Any:
    """The participants who have earned a certificate by the rule and have none yet, by village and name."""
    sessions = select(func.count()).where(TrainingSession.event_id == event.id).scalar_subquery()
    attended = (
        select(func.count())
        .select_from(TrainingAttendance)
        .join(TrainingSession, TrainingSession.id == TrainingAttendance.session_id)
        .where(TrainingAttendance.participant_id == Participant.id, TrainingSession.event_id == event.id)
        .correlate(Participant)
        .scalar_subquery()
    )
    query = (
        select(
            Participant.id,
            Person.name.label("name"),
            Participant.position,
            TenantRow.term,
            TenantRow.name.label("village"),
            TenantRow.district_name,
            TenantRow.regency_name,
        )
        .join(Person, Person.id == Participant.person_id)
        .outerjoin(TenantRow, TenantRow.id == Participant.tenant_id)
        .where(
            Participant.event_id == event.id,
            Participant.seat == "registered",
            attended >= 1,
            attended * 100 >= sessions * rule.attendance,
            ~exists().where(Certificate.participant_id == Participant.id),
        )
        .order_by(TenantRow.code, Person.search_name, Participant.id)
    )
    if rule.passed:
        share = cast(TrainingAnswers.right_count, Float) * 100
        query = query.where(
            exists().where(
                TrainingAnswers.participant_id == Participant.id,
                TrainingTest.id == TrainingAnswers.test_id,
                TrainingTest.event_id == event.id,
                TrainingTest.phase == "post",
                share >= TrainingTest.pass_mark * TrainingAnswers.question_count,
            )
        )
    return query


def count_eligible(event: TrainingEvent, rule: Rule) -> int:
    """How many would get a certificate now: one select."""
    return db.session.scalar(select(func.count()).select_from(eligible(event, rule).subquery())) or 0


def issue(
    event_id: uuid.UUID,
    rule: Rule,
    signer: CertificateSigner,
    *,
    office: str,
    at: dt.datetime | None = None,
) -> tuple[int, uuid.UUID | None]:
    """Number a certificate for everybody who earned one and has none, and ask for the job that makes them. Commits.

    Pressed twice, or by two people at once, it gives nobody two certificates and skips no number.

    Args:
        at: when they are issued; now unless said otherwise. The number bears its month and year.
    Returns:
        How many were numbered, and the run that makes them (None where nobody was).
    Raises:
        Missing. Refused: the event has not begun, or was called off. Invalid: a share that is none.
    """
    if not 1 <= rule.attendance <= 100:
        raise Invalid("attendance", _("Isi 1 sampai 100 persen."))
    event = locked_event(event_id, office)
    moment = at or now()
    today = moment.astimezone(ZONE).date()
    if event.state not in ("open", "done") or today < event.starts_on:
        db.session.rollback()
        raise Refused(_("Sertifikat diterbitkan sesudah kegiatannya berlangsung."))
    last = _locked_counter(event.region_code, today.year)
    people = db.session.execute(eligible(event, rule)).all()
    if not people:
        db.session.rollback()
        return 0, None
    common = _on_all(event, signer)
    actor = current_actor()
    by = actor.name if actor else ""
    rows = [
        {
            "id": uuid7(),
            "event_id": event.id,
            "participant_id": person.id,
            "region_code": event.region_code,
            "year": today.year,
            "number": number,
            "number_text": number_text(number, event.region_code, today),
            "token": secrets.token_urlsafe(16),
            "name": person.name,
            "village": f"{person.term} {person.village}" if person.village else "",
            "details": {**common, "position": person.position, "region": _region(person)},
            "state": "numbered",
            "issued_by": by,
            "issued_at": moment,
        }
        for number, person in enumerate(people, start=last + 1)
    ]
    db.session.execute(insert(Certificate), rows)
    counter = db.session.get_one(CertificateNumbers, (event.region_code, today.year))
    counter.last = last + len(rows)
    run = _ask(event, len(rows), by)
    note("training_certificates.issued", event, {"count": len(rows), "first": rows[0]["number_text"]})
    db.session.commit()
    outbox.deliver_now(run.id)
    return len(rows), run.id


def number_text(number: int, region_code: str, day: dt.date) -> str:
    """A number as it stands on the certificate: `0001/SERT/18.06/XI/2026`."""
    return f"{number:04d}/SERT/{region_code}/{ROMAN[day.month - 1]}/{day.year}"


def resume(event_id: uuid.UUID, *, office: str) -> uuid.UUID | None:
    """Ask once more for the certificates that are numbered and not made; None where there are none. Commits.

    Raises Missing.
    """
    event = locked_event(event_id, office)
    left = counts_of(event_id).numbered
    if not left:
        db.session.rollback()
        return None
    actor = current_actor()
    run = _ask(event, left, actor.name if actor else "")
    db.session.commit()
    outbox.deliver_now(run.id)
    return run.id


def revoke(event_id: uuid.UUID, certificate_id: uuid.UUID, reason: str, *, office: str) -> None:
    """Withdraw a certificate: number and file stay, its QR code says that it holds no more, and why. Commits.

    Raises Missing; Invalid without a reason; Refused where it is withdrawn already.
    """
    reason = " ".join(reason.split())
    if not 5 <= len(reason) <= LONGEST_REASON:
        raise Invalid("reason", _("Tulis alasannya, 5 sampai %(most)s huruf.", most=LONGEST_REASON))
    event = locked_event(event_id, office)
    query = select(Certificate).where(Certificate.id == certificate_id, Certificate.event_id == event_id)
    row = db.session.scalars(query.with_for_update()).one_or_none()
    if row is None:
        db.session.rollback()
        raise Missing("certificate")
    if row.state == "revoked":
        db.session.rollback()
        raise Refused(_("Sertifikat ini sudah dicabut."))
    row.state, row.revoked_at, row.revoked_reason = "revoked", now(), reason
    audit.record(
        "training_certificate.revoked",
        object_type="training_certificate",
        object_id=row.id,
        summary=row.number_text,
        details={"region": event.region_code, "reason": reason, "event": event.title},
    )
    db.session.commit()


def counts_of(event_id: uuid.UUID) -> Counts:
    """How far an event's certificates are: one select."""
    states = {
        state: func.count().filter(Certificate.state == state) for state in ("made", "numbered", "revoked")
    }
    query = (
        select(*states.values(), func.count().filter(Certificate.id.is_(None)))
        .select_from(Participant)
        .outerjoin(Certificate, Certificate.participant_id == Participant.id)
        .where(
            Participant.event_id == event_id,
            or_(Participant.seat == "registered", Certificate.id.is_not(None)),
        )
    )
    row = db.session.execute(query).one()
    return Counts(row[0], row[1], row[2], row[3])


def certificates_of(
    event_id: uuid.UUID,
    *,
    search: str = "",
    state: str = "",
    after: int | None = None,
    within: str | None = None,
    limit: int = PAGE,
) -> tuple[list[TrainingCertificate], int | None]:
    """A page of an event's certificates by year and number, and the cursor of the next: one select.

    Args:
        search: a part of the name, of the village's name or of the number.
        state: `numbered`, `made` or `revoked`.
        after: the cursor: year and number together (year × 1,000,000 + number).
        within: a kabupaten or kecamatan whose villages' people alone are shown.
    """
    place = cast(Certificate.year, BigInteger) * 1_000_000 + Certificate.number
    query = _narrowed(event_id, within)
    if search:
        query = query.where(
            or_(
                Certificate.name.icontains(search, autoescape=True),
                Certificate.village.icontains(search, autoescape=True),
                Certificate.number_text.icontains(search, autoescape=True),
            )
        )
    if state:
        query = query.where(Certificate.state == state)
    if after is not None:
        query = query.where(place > after)
    rows = list(db.session.scalars(query.order_by(place).limit(limit + 1)))
    last = rows[limit - 1] if len(rows) > limit else None
    return rows[:limit], last.year * 1_000_000 + last.number if last else None


def certificate(
    event_id: uuid.UUID, certificate_id: uuid.UUID, *, within: str | None = None
) -> TrainingCertificate:
    """One certificate of an event, of a region's people alone where `within` names it. Raises Missing."""
    query = _narrowed(event_id, within).where(Certificate.id == certificate_id)
    row = db.session.scalars(query).one_or_none()
    if row is None:
        raise Missing("certificate")
    return row


def certificate_of(participant_id: uuid.UUID) -> TrainingCertificate | None:
    """The certificate of a participant: one select."""
    return db.session.scalars(
        select(Certificate).where(Certificate.participant_id == participant_id)
    ).one_or_none()


def village_certificates(event_id: uuid.UUID, tenant_id: uuid.UUID) -> Sequence[TrainingCertificate]:
    """The made certificates of those whom a village sent to an event, by number (inside a platform scope)."""
    query = (
        select(Certificate)
        .join(Participant, Participant.id == Certificate.participant_id)
        .where(
            Certificate.event_id == event_id,
            Participant.tenant_id == tenant_id,
            Certificate.state != "numbered",
        )
    )
    return db.session.scalars(query.order_by(Certificate.year, Certificate.number)).all()


def village_certificate(
    event_id: uuid.UUID, certificate_id: uuid.UUID, tenant_id: uuid.UUID
) -> TrainingCertificate:
    """The valid certificate of somebody whom a village sent (inside a platform scope). Raises Missing."""
    rows = village_certificates(event_id, tenant_id)
    row = next((one for one in rows if one.id == certificate_id and one.state == "made"), None)
    if row is None:
        raise Missing("certificate")
    return row


def last_signer(event_id: uuid.UUID) -> dict[str, str]:
    """Who signed the newest certificate of an event, as the form holds it; empty without one."""
    query = select(Certificate.details).where(Certificate.event_id == event_id)
    found = db.session.scalar(query.order_by(Certificate.id.desc()).limit(1))
    return {f"signer_{name}": value for name, value in found["signer"].items()} if found else {}


def last_run(event_id: uuid.UUID) -> PlatformJobRun | None:
    """The newest run that makes certificates of an event: one select."""
    query = select(PlatformJobRun).where(
        PlatformJobRun.name == MAKE, PlatformJobRun.arguments["event_id"].astext == str(event_id)
    )
    return db.session.scalars(query.order_by(PlatformJobRun.created_at.desc()).limit(1)).one_or_none()


def public_certificate(token: str) -> PublicCertificate | None:
    """What a certificate's QR code leads to: one select; None for a token that is none, or not made yet."""
    row = db.session.scalars(
        select(Certificate).where(Certificate.token == token, Certificate.sha256.is_not(None))
    ).one_or_none()
    if row is None:
        return None
    details = row.details
    return PublicCertificate(
        number=row.number_text,
        name=row.name,
        village=row.village,
        position=str(details.get("position", "")),
        title=str(details.get("title", "")),
        kind=str(details.get("kind", "")),
        organiser=str(details.get("organiser", "")),
        days=str(details.get("days", "")),
        issued_at=row.issued_at,
        standing="revoked" if row.state == "revoked" else "valid",
        revoked_at=row.revoked_at,
        reason=row.revoked_reason or "",
        sha256=row.sha256.hex() if row.sha256 else "",
    )


def sample(event: TrainingEvent, signer: CertificateSigner) -> TrainingCertificate:
    """A certificate that nobody was given, to look at; it is no row."""
    day = now().astimezone(ZONE).date()
    return TrainingCertificate(
        event_id=event.id, region_code=event.region_code, year=day.year, number=0,
        number_text=number_text(0, event.region_code, day), token="", name="NAMA PESERTA",
        village="Desa Contoh", issued_at=now(),
        details={**_on_all(event, signer), "position": "Kaur Umum", "region": "Kecamatan Contoh"},
    )  # fmt: skip


def _narrowed(event_id: uuid.UUID, within: str | None) -> Select[TrainingCertificate]:
    query = select(Certificate).where(Certificate.event_id == event_id)
    if within is None:
        return query
    mine = or_(Participant.regency_code == within, Participant.district_code == within)
    return query.join(Participant, Participant.id == Certificate.participant_id).where(mine)


def _locked_counter(region_code: str, year: int) -> int:
    """The last number that an office drew in a year; its row stays locked until the transaction ends."""
    fresh = upsert(CertificateNumbers).values(region_code=region_code, year=year, last=0)
    db.session.execute(fresh.on_conflict_do_nothing())
    query = (
        select(CertificateNumbers)
        .where(CertificateNumbers.region_code == region_code, CertificateNumbers.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).one().last


def _on_all(event: TrainingEvent, signer: CertificateSigner) -> dict[str, Any]:
    """What stands on every certificate of an event, in Indonesian."""
    venue = db.session.get(TrainingVenue, event.venue_id) if event.venue_id else None
    seconds = func.extract("epoch", TrainingSession.ends_at - TrainingSession.starts_at)
    sessions = db.session.execute(
        select(TrainingSession.title, seconds)
        .where(TrainingSession.event_id == event.id)
        .order_by(TrainingSession.starts_at, TrainingSession.id)
    ).all()
    topics = list(dict.fromkeys(row.title for row in sessions))
    with force_locale("id"):
        return {
            "title": event.title,
            "kind": str(words.kind_word(event.kind)),
            "organiser": frame_names([event.region_code])[0],
            "days": words.days(event.starts_on, event.ends_on),
            "place": venue.name if venue else "",
            "hours": round(float(sum(row[1] for row in sessions)) / 3600),
            "topics": topics[:MOST_TOPICS],
            "more_topics": max(0, len(topics) - MOST_TOPICS),
            "signer": {"name": signer.name, "title": signer.title, "number": signer.number},
        }


def _region(person: Any) -> str:
    if not person.village:
        return ""
    regency = str(person.regency_name)
    whole = regency if regency.startswith(("Kabupaten", "Kota")) else f"Kabupaten {regency}"
    return f"Kecamatan {person.district_name}, {whole}"


def _ask(event: TrainingEvent, total: int, by: str) -> PlatformJobRun:
    run = jobs.start_run(
        MAKE, f"Sertifikat {event.title}", total=total, asked_by=by, region_code=event.region_code,
        event_id=str(event.id),
    )  # fmt: skip
    assert isinstance(run, PlatformJobRun)
    return run
