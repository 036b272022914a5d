"""Inviting villages: whom, in what words the choice is said, and asking for them to be told.

Every function runs inside a platform scope. Villages are chosen as those of an announcement are, within the
organiser's region, and may be narrowed to those of which nobody ever came to a session.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, case, exists, func, insert, select

from app.core import audit
from app.core.accounts.secrets import digest
from app.core.village.errors import Invalid
from app.extensions import db
from app.province.announcements.audience import Audience, can_read, checked_audience, condition, spoken
from app.province.training.door.models import TrainingAttendance
from app.province.training.events.models import TrainingEvent
from app.province.training.events.services import locked_event
from app.province.training.participants import telling
from app.province.training.participants.models import TrainingInvitation, TrainingParticipant
from app.province.training.participants.rules import Refused
from app.province.training.participants.waiting import forget_waiting
from tenants.models import TenantRow

TOKEN = 22
"""Letters of an invitation's token: addresses say `<string(length=22):token>`."""
LONGEST_NUMBER = 80
Invitation = TrainingInvitation


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which villages are to be invited. `never_trained`: only those of which nobody came to a session yet."""

    audience: Audience
    never_trained: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """How many villages that is: new ones, those among them that can read here, those that were invited before."""

    new: int
    readable: int
    known: int


def wanted_of(values: Mapping[str, Any], event: TrainingEvent) -> Wanted:
    """What a form or a program chose, within the organiser's region. Raises Invalid with the field that is wrong."""
    return Wanted(checked_audience(values, event.region_code), bool(values.get("never_trained")))


def never_trained() -> ColumnElement[bool]:
    """The condition that nobody of a village ever came to a session of an event."""
    came = (
        select(TrainingParticipant.id)
        .join(TrainingAttendance, TrainingAttendance.participant_id == TrainingParticipant.id)
        .where(TrainingParticipant.tenant_id == TenantRow.id)
    )
    return ~came.exists()


def chosen(wanted: Wanted, event: TrainingEvent) -> ColumnElement[bool]:
    """The villages that are meant, those that were invited before among them."""
    parts = [condition(wanted.audience, event.region_code)]
    if wanted.never_trained:
        parts.append(never_trained())
    return and_(*parts)


def reach(wanted: Wanted, event: TrainingEvent) -> Reach:
    """How many villages that is: one select."""
    known = _is_invited(event.id)
    row = db.session.execute(
        select(
            func.count(case((~known, 1))),
            func.count(case((and_(~known, can_read()), 1))),
            func.count(case((known, 1))),
        ).where(chosen(wanted, event))
    ).one()
    return Reach(*map(int, row))


def said(wanted: Wanted, event: TrainingEvent) -> list[tuple[str, str]]:
    """The choice in words: label and value."""
    words = spoken(wanted.audience, event.region_code)
    if wanted.never_trained:
        words.append((str(_("Pelatihan")), str(_("Hanya yang belum pernah ikut"))))
    return words


def invite(
    event_id: uuid.UUID, wanted: Wanted, *, office: str, by: str, letter_number: str = ""
) -> tuple[int, int]:
    """Invite villages; those that were invited before are not invited again. Commits.

    Args:
        office: the region of the account that acts; the event is its own or of an office below.
        by: who invites, by name.
        letter_number: the number of the office's letter, the same for all; may be empty.
    Returns:
        How many villages were invited, and how many of them are told here (the others get a letter on paper).
    Raises:
        Missing; Refused for an event that is not open or is over, and where nobody new is meant; Invalid.
    """
    letter_number = " ".join(letter_number.replace("\x00", "").split())
    if len(letter_number) > LONGEST_NUMBER:
        raise Invalid("letter_number", _("Paling banyak %(most)s huruf.", most=LONGEST_NUMBER))
    event = locked_event(event_id, office)
    if event.state != "open":
        raise Refused(_("Buka dulu kegiatan ini, baru desa dapat diundang."))
    query = select(TenantRow.id).where(chosen(wanted, event), ~_is_invited(event.id)).order_by(TenantRow.id)
    ids = list(db.session.scalars(query))
    if not ids:
        db.session.rollback()
        raise Refused(_("Tidak ada desa baru yang cocok dengan pilihan ini, jadi tidak ada yang diundang."))
    told = telling.readable(ids)
    here = set(told)
    # Whom nobody tells here learns of the present schedule by the letter.
    rows = [
        {
            **new_invitation(event, tenant_id, by, letter_number),
            "told_version": 0 if tenant_id in here else event.schedule_version,
        }
        for tenant_id in ids
    ]
    db.session.execute(insert(Invitation), rows)
    telling.tell_invited(event, ids)
    audit.record(
        "training_invitation.sent",
        object_type="training_event",
        object_id=event.id,
        summary=event.title,
        details={"region": event.region_code, "villages": len(ids), "readable": len(told)},
    )
    db.session.commit()
    forget_waiting(told)
    return len(ids), len(told)


def new_invitation(event: TrainingEvent, tenant_id: uuid.UUID, by: str, letter_number: str) -> dict[str, Any]:
    """The columns of a village's invitation, with a token of 128 random bits."""
    token = secrets.token_urlsafe(16)
    return {
        "event_id": event.id,
        "tenant_id": tenant_id,
        "token": token,
        "token_digest": digest(token),
        "letter_number": letter_number,
        "invited_by": by,
    }


def _is_invited(event_id: uuid.UUID) -> ColumnElement[bool]:
    return exists().where(Invitation.event_id == event_id, Invitation.tenant_id == TenantRow.id)
