"""Applicants whose applications are not taken: by e-mail address or mobile number, with the reason."""

from __future__ import annotations

import uuid

from flask_babel import gettext as _
from lokal.phone import parse_phone
from marshmallow import ValidationError
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.actors import Actor
from app.core.forms import Email, canonical_email
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.province.onboarding.applications.models import BlockedApplicant
from tenants.ids import uuid7
from tenants.models import now

LONGEST_REASON = 300
PAGE = 50


def normalised(text: str) -> tuple[str, str]:
    """An e-mail address or a mobile number as it is kept: its kind (`email`, `phone`) and its one form.

    Raises Invalid for what is neither.
    """
    typed = text.strip()
    if "@" in typed:
        try:
            return "email", canonical_email(str(Email().deserialize(typed)))
        except ValidationError as wrong:
            raise Invalid("value", _("Alamat surel ini tidak benar.")) from wrong
    parsed = parse_phone(typed)
    if not parsed.valid or not parsed.e164:
        raise Invalid("value", _("Tulis alamat surel atau nomor ponsel."))
    return "phone", parsed.e164


def reason_for(email: str, phone: str) -> str:
    """Why an applicant is blocked, by e-mail or phone; empty for everybody else (one select)."""
    query = select(BlockedApplicant.reason).where(
        or_(
            (BlockedApplicant.kind == "email") & (BlockedApplicant.value == canonical_email(email)),
            (BlockedApplicant.kind == "phone") & (BlockedApplicant.value == phone),
        )
    )
    return db.session.scalar(query.limit(1)) or ""


def blocked(number: int = 1) -> tuple[list[BlockedApplicant], bool]:
    """A page of who is blocked, the newest first, and whether there are more (one select)."""
    query = select(BlockedApplicant).order_by(BlockedApplicant.created_at.desc(), BlockedApplicant.id)
    rows = list(db.session.scalars(query.limit(PAGE + 1).offset((max(1, number) - 1) * PAGE)))
    return rows[:PAGE], len(rows) > PAGE


def block(text: str, reason: str, *, by: Actor) -> bool:
    """Block an e-mail address or a number, and commit; False when it was blocked already.

    Raises Invalid for `value` or `reason`.
    """
    kind, value = normalised(text)
    said = " ".join(reason.split())
    if not 5 <= len(said) <= LONGEST_REASON:
        raise Invalid("reason", _("Tulis alasannya, 5 sampai %(most)s huruf.", most=LONGEST_REASON))
    row_id = uuid7()
    made = db.session.scalar(
        insert(BlockedApplicant)
        .values(id=row_id, kind=kind, value=value, reason=said, blocked_by=by.name, created_at=now())
        .on_conflict_do_nothing(index_elements=[BlockedApplicant.value])
        .returning(BlockedApplicant.id)
    )
    if made is None:
        db.session.rollback()
        return False
    _note("applicant.blocked", row_id, value, said)
    return True


def unblock(blocked_id: uuid.UUID, reason: str) -> str:
    """Take a block away, and commit; returns what was blocked. Raises Missing, Invalid for `reason`."""
    said = " ".join(reason.split())
    if not 5 <= len(said) <= LONGEST_REASON:
        raise Invalid("reason", _("Tulis alasannya, 5 sampai %(most)s huruf.", most=LONGEST_REASON))
    row = db.session.get(BlockedApplicant, blocked_id, with_for_update=True)
    if row is None:
        db.session.rollback()
        raise Missing("blocked")
    value = row.value
    db.session.delete(row)
    _note("applicant.unblocked", blocked_id, value, said)
    return value


def _note(action: str, object_id: uuid.UUID, value: str, reason: str) -> None:
    audit.record(
        action,
        object_type="blocked_applicant",
        object_id=object_id,
        summary=value,
        details={"reason": reason},
    )
    db.session.commit()
