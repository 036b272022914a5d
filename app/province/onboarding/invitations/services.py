"""What offices do with invitations: inviting villages, giving a link out anew, taking it back, giving it more time.

Every function runs inside a platform scope and commits. A village has one living invitation at a time; of two offices
at once the second finds the village invited. Locks are taken in one order: application, village, invitation.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.accounts.secrets import digest
from app.core.actors import Actor
from app.core.mail import send_later
from app.core.village.errors import Missing
from app.extensions import db
from app.province.onboarding.applications import events
from app.province.onboarding.applications import telling as applicants
from app.province.onboarding.applications.holding import locked_village
from app.province.onboarding.applications.models import Application
from app.province.onboarding.applications.rows import may_write_to
from app.province.onboarding.applications.services import begin
from app.province.onboarding.invitations import tokens
from app.province.onboarding.invitations.choosing import FREE, is_held, is_invited
from app.province.onboarding.invitations.models import InvitationBatch, OnboardingInvitation
from app.province.regions import region_contains, within
from tenants import jobs, outbox, registry
from tenants.ids import uuid7
from tenants.models import PlatformJobRun, TenantRow, TenantState, now

LETTERS = "onboarding.letters"
MAIL = "onboarding_invitation"
OVER = ("rejected", "withdrawn", "expired", "outrun")
"""An application in these came to nothing: its invitation may be used once more while it holds."""

Invitation = OnboardingInvitation


class NotNow(RuntimeError):
    """It can't be done as things stand; the message is a sentence for the person who asked."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What came of inviting: the batch, how many villages, how many of those that were meant are not among them."""

    batch_id: uuid.UUID
    run_id: uuid.UUID
    invited: int
    passed: int


def invite(
    villages: Sequence[TenantRow],
    letter: Mapping[str, Any],
    contacts: Mapping[uuid.UUID, Mapping[str, str]],
    *,
    by: Actor,
) -> Invited:
    """Invite villages; their letters are made, and mailed where there is an address, by a job.

    Args:
        villages: as `choosing.chosen` gives them, within the officer's region.
        letter: of `LetterForm`. contacts: by village, of `ContactForm`; may be empty.
        by: the officer.
    Raises:
        NotNow with a sentence when none of them can be invited (any more).
    """
    moment = now()
    batch = InvitationBatch(
        id=uuid7(),
        region_code=by.region_code or "",
        created_by=by.name,
        created_by_id=by.account_id,
        **letter,
    )
    db.session.add(batch)
    db.session.flush()
    expires_at = moment + dt.timedelta(days=batch.valid_days)
    ids = [row.id for row in villages]
    # Locked in one order, so that two offices wait for each other; who was invited meanwhile is left out.
    query = (
        select(TenantRow)
        .where(TenantRow.id.in_(ids), within(by.region_code), TenantRow.state.in_(FREE))
        .where(TenantRow.schema_name.is_(None), TenantRow.software.is_(None))
        .order_by(TenantRow.code)
        .with_for_update(of=TenantRow)
    )
    locked = {row.id: row for row in db.session.scalars(query.execution_options(populate_existing=True))}
    # What has run out since last night makes room for the new one.
    db.session.execute(
        update(Invitation)
        .where(Invitation.tenant_id.in_(list(locked)), Invitation.ended_at.is_(None))
        .where(Invitation.expires_at <= moment)
        .values(ended_at=moment)
        .execution_options(synchronize_session=False)
    )
    free = set(
        db.session.scalars(select(TenantRow.id).where(TenantRow.id.in_(locked), ~is_invited(), ~is_held()))
    )
    made = []
    for tenant_id in (one for one in locked if one in free):
        one = Invitation(id=uuid7(), version=1)
        known = contacts.get(tenant_id, {})
        tokens.seal(one)
        made.append(
            {
                "id": one.id,
                "batch_id": batch.id,
                "tenant_id": tenant_id,
                "contact_name": known.get("contact_name", ""),
                "email": known.get("email", ""),
                "phone": known.get("phone", ""),
                "token_digest": one.token_digest,
                "expires_at": expires_at,
                "created_by": by.name,
                "created_at": moment,
            }
        )
    if not made:
        db.session.rollback()
        raise NotNow(
            _("Tidak ada desa yang dapat diundang dari pilihan ini. Mungkin baru saja diundang rekan Anda.")
        )
    for start in range(0, len(made), 1000):
        db.session.execute(insert(Invitation).values(made[start : start + 1000]))
    listed = [key for key in free if locked[key].state == TenantState.LISTED]
    _change_states(listed, TenantState.LISTED, TenantState.INVITED)
    audit.record(
        "invitation.sent",
        object_type="invitation_batch",
        object_id=batch.id,
        summary=batch.label,
        details={"region": batch.region_code, "villages": len(made)},
    )
    run = _ask_for_letters(batch, len(made), by.name)
    batch.run_id = run.id
    done = Invited(batch.id, run.id, len(made), len(ids) - len(made))
    db.session.commit()
    registry.hosts_changed()
    outbox.deliver_now(done.run_id)
    return done


def reissue(invitation_id: uuid.UUID, *, by: Actor, region: str) -> None:
    """Give an invitation's link out anew: the one before is dead at once, the letter is made again.

    Raises Missing; NotNow when it has ended or was used.
    """
    one = _living(invitation_id, region)
    one.version += 1
    tokens.seal(one)
    one.sent_at, one.mailed_at, one.reminded_at = None, None, None
    _touch(one, "invitation.reissued")
    jobs.enqueue(LETTERS, batch_id=str(one.batch_id), region_code=region)
    db.session.commit()


def send_again(invitation_id: uuid.UUID, *, by: Actor, region: str) -> None:
    """Mail the letter once more. Raises Missing; NotNow without an address, or when it has ended or was used."""
    one = _living(invitation_id, region)
    if not one.email:
        raise _undone(_("Surel kontak desa ini belum diisi. Isi dahulu, atau cetak suratnya."))
    mail(one)
    _touch(one, "invitation.mailed")
    db.session.commit()


def revoke(invitation_id: uuid.UUID, *, by: Actor, region: str) -> None:
    """Take an invitation back; its village is listed again where it has no other. Raises Missing, NotNow."""
    one = _living(invitation_id, region)
    one.revoked_at, one.revoked_by, one.ended_at = now(), by.name, now()
    _touch(one, "invitation.revoked")
    back_to_listed([one.tenant_id])
    db.session.commit()
    registry.hosts_changed()


def extend(invitation_id: uuid.UUID, days: int, *, by: Actor, region: str) -> dt.datetime:
    """Let a link hold for more days from now, also one that has run out. Returns until when. Raises Missing, NotNow."""
    one = _locked(invitation_id, region)
    if one.revoked_at is not None:
        raise _undone(_("Undangan ini sudah dicabut. Undang desa ini dengan surat baru."))
    other = select(Invitation.id).where(
        Invitation.tenant_id == one.tenant_id, Invitation.ended_at.is_(None), Invitation.id != one.id
    )
    if db.session.scalar(other.limit(1)) is not None:
        raise _undone(_("Desa ini sudah memegang undangan yang lebih baru."))
    _refuse_used(one)
    until = max(one.expires_at, now()) + dt.timedelta(days=days)
    one.expires_at, one.ended_at, one.reminded_at = until, None, None
    row = db.session.get_one(TenantRow, one.tenant_id)
    if row.state == TenantState.LISTED:
        _change_states([row.id], TenantState.LISTED, TenantState.INVITED)
    _touch(one, "invitation.extended")
    db.session.commit()
    registry.hosts_changed()
    return until


def keep_contact(invitation_id: uuid.UUID, contact: Mapping[str, str], *, by: Actor, region: str) -> None:
    """Note whom to write to. Raises Missing, NotNow."""
    one = _living(invitation_id, region)
    one.contact_name, one.email, one.phone = contact["contact_name"], contact["email"], contact["phone"]
    _touch(one, "invitation.contact_changed")
    db.session.commit()


def use(token: str) -> tuple[Application, str] | None:
    """Begin the application that an invitation leads to; or None when one is under way, whose link is in the mail.

    A draft in which nobody gave an e-mail address yet could never be found again, so it gives way to a new one.
    Inside a platform scope; commits. Raises Missing for a link that does not hold.
    """
    seen = found(token)
    if seen is None:
        raise Missing("invitation")
    led_to = seen.application_id
    before = db.session.get(Application, led_to, with_for_update=True) if led_to else None
    locked_village(seen.tenant_id)
    one = found(token, locked=True)
    if one is not None and one.application_id != led_to:
        # Somebody else pressed the button in this moment.
        db.session.rollback()
        return use(token)
    if one is None or standing(one) != "open":
        db.session.rollback()
        raise Missing("invitation")
    if before is not None and before.state not in OVER:
        if before.email:
            db.session.rollback()
            return None
        events.move(before, "expired")
    contact = {"name": one.contact_name, "email": one.email, "phone": one.phone}
    application, secret = begin(one.tenant_id, route="invitation", invitation_id=one.id, contact=contact)
    one.application_id, one.opened_at = application.id, one.opened_at or now()
    if application.email and may_write_to(application.email):
        applicants.told(application, "resume")
    db.session.commit()
    return application, secret


def send_resume_link(token: str) -> bool:
    """Mail the link of the application that an invitation led to; False when there is none. Commits.

    Raises Missing; NotNow when the address got enough letters today.
    """
    one = found(token)
    if one is None or one.revoked_at is not None:
        raise Missing("invitation")
    application = under_way(one)
    if application is None:
        return False
    if not may_write_to(application.email):
        raise _undone(_("Hari ini sudah terlalu banyak surat ke surel pendaftar. Coba lagi besok."))
    applicants.told(application, "resume")
    db.session.commit()
    return True


def found(token: str, *, locked: bool = False) -> Invitation | None:
    """The invitation that a link opens, whatever its standing: one select. Who types it from paper may use capitals."""
    query = select(Invitation).where(Invitation.token_digest == digest(token.lower()))
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens: the invitation, its batch and village, and its application (see `under_way`)."""

    invitation: OnboardingInvitation
    batch: InvitationBatch
    village: TenantRow
    standing: str
    begun: Application | None


def opened(token: str) -> Opened:
    """What a link opens, whatever its standing. Changes nothing. Raises Missing for one that nobody made."""
    one = found(token)
    if one is None:
        raise Missing("invitation")
    village = db.session.get_one(TenantRow, one.tenant_id)
    batch = db.session.get_one(InvitationBatch, one.batch_id)
    return Opened(one, batch, village, standing(one), under_way(one))


def standing(one: Invitation) -> str:
    """What a link does now: `open`, `used`, `joined`, `applied` (by somebody else), `expired` or `revoked`."""
    if one.revoked_at is not None:
        return "revoked"
    application = db.session.get(Application, one.application_id) if one.application_id else None
    if application is not None and application.submitted_at is not None and application.state not in OVER:
        return "used"
    row = db.session.get_one(TenantRow, one.tenant_id)
    if row.schema_name is not None or row.software is not None:
        return "joined"
    if one.ended_at is not None or one.expires_at <= now():
        return "expired"
    return "open" if row.state in FREE else "applied"


def under_way(one: Invitation) -> Application | None:
    """The application that an invitation led to, while it can be resumed by its own link; None before there is one.

    One without an e-mail address does not count: no link could be sent.
    """
    application = db.session.get(Application, one.application_id) if one.application_id else None
    is_it = application is not None and application.email and application.state not in OVER
    return application if is_it else None


def mail(one: Invitation) -> None:
    """Ask in the open transaction for the letter by e-mail."""
    send_later(MAIL, one.id, occasion=uuid7())
    one.mailed_version, one.mailed_at = one.version, now()


def back_to_listed(tenant_ids: Sequence[uuid.UUID]) -> None:
    """Bring villages that hold no living invitation any more back to the list, in the open transaction."""
    db.session.flush()
    query = select(TenantRow.id).where(
        TenantRow.id.in_(tenant_ids), TenantRow.state == TenantState.INVITED, ~is_invited()
    )
    _change_states(list(db.session.scalars(query)), TenantState.INVITED, TenantState.LISTED)


def _change_states(ids: Sequence[uuid.UUID], before: TenantState, after: TenantState) -> None:
    if not ids:
        return
    db.session.execute(
        update(TenantRow)
        .where(TenantRow.id.in_(ids), TenantRow.state == before)
        .values(
            state=after,
            state_before=before,
            state_reason=None,
            state_since=now(),
            row_version=TenantRow.row_version + 1,
        )
    )
    registry.announce_change()


def _ask_for_letters(batch: InvitationBatch, total: int, by: str) -> PlatformJobRun:
    run = jobs.start_run(
        LETTERS,
        _("Surat undangan: %(label)s", label=batch.label),
        total=total,
        asked_by=by,
        batch_id=str(batch.id),
        region_code=batch.region_code,
    )
    assert isinstance(run, PlatformJobRun)
    return run


def _locked(invitation_id: uuid.UUID, region: str) -> Invitation:
    """An invitation, locked after its village. Raises Missing for one of another region."""
    village = select(Invitation.tenant_id).where(Invitation.id == invitation_id)
    tenant_id = db.session.scalar(village)
    if tenant_id is None or not region_contains(region, locked_village(tenant_id).code):
        db.session.rollback()
        raise Missing("invitation")
    query = select(Invitation).where(Invitation.id == invitation_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _living(invitation_id: uuid.UUID, region: str) -> Invitation:
    one = _locked(invitation_id, region)
    if one.revoked_at is not None:
        raise _undone(_("Undangan ini sudah dicabut oleh %(name)s.", name=one.revoked_by))
    _refuse_used(one)
    if one.ended_at is not None or one.expires_at <= now():
        raise _undone(_("Undangan ini sudah kedaluwarsa. Perpanjang dahulu."))
    return one


def _refuse_used(one: Invitation) -> None:
    if standing(one) in ("used", "joined", "applied"):
        raise _undone(_("Desa ini sudah mendaftar, jadi undangannya tidak diubah lagi."))


def _touch(one: Invitation, action: str) -> None:
    one.row_version += 1
    row = db.session.get_one(TenantRow, one.tenant_id)
    audit.record(
        action, object_type="invitation", object_id=one.id, summary=f"{row.term} {row.name}", tenant_id=row.id
    )


def _undone(sentence: object) -> NotNow:
    db.session.rollback()
    return NotNow(str(sentence))
