"""Work on invitations outside the request: letters, mails, reminders, what has run out."""

from __future__ import annotations

import datetime as dt
import io
import uuid
import zipfile

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select, update

from app.core.documents import PDF
from app.core.files.services import FileMissing, discard_file, open_file, store_bytes
from app.core.mail import Attachment, Letter, send_later, writes_letter
from app.core.regions.slugs import slugify
from app.core.ui.formats import date
from app.extensions import db
from app.province.onboarding.applications.jobs import FORGET_AFTER
from app.province.onboarding.applications.models import Application
from app.province.onboarding.invitations import letters, services, tokens
from app.province.onboarding.invitations.models import InvitationBatch, OnboardingInvitation
from app.province.regions import frame_name
from tenants import jobs, registry, schedule
from tenants.ids import uuid7
from tenants.models import TenantRow, now

PURPOSE = "onboarding_invitation"
REMINDER = "onboarding_reminder"
REMIND_AFTER = dt.timedelta(days=14)
TOGETHER = 20
"""Letters that are kept in one transaction: a worker that dies leaves no more to be made again."""

Invitation = OnboardingInvitation


@jobs.job(services.LETTERS, queue="bulk", timeout=3600, place="platform")
def make_letters(batch_id: str, region_code: str, run_id: str | None = None) -> None:
    """Make the letters of a batch that are not made yet, mail them where there is an address, then what is printed.

    A letter that is made is passed over, so a job whose worker was killed goes on where it stood.
    """
    key = uuid.UUID(batch_id)
    waiting = (
        select(Invitation.id)
        .where(Invitation.batch_id == key, Invitation.letter_version != Invitation.version)
        .where(Invitation.ended_at.is_(None))
        .order_by(Invitation.id)
    )
    ids = list(db.session.scalars(waiting))
    db.session.rollback()
    for start in range(0, len(ids), TOGETHER):
        _make_some(key, ids[start : start + TOGETHER])
        if run_id is not None:
            jobs.report_progress(run_id, min(start + TOGETHER, len(ids)))
    _bind(key)


def _make_some(batch_id: uuid.UUID, ids: list[uuid.UUID]) -> None:
    batch = db.session.get_one(InvitationBatch, batch_id)
    query = (
        select(Invitation, TenantRow)
        .join(TenantRow, TenantRow.id == Invitation.tenant_id)
        .where(Invitation.id.in_(ids), Invitation.letter_version != Invitation.version)
        .order_by(TenantRow.code)
        .with_for_update(of=Invitation)
    )
    for one, village in db.session.execute(query).all():
        data = letters.letters_pdf(batch, [(one, village)])
        kept = store_bytes(data, file_name=_name(village), media_type=PDF, purpose=PURPOSE)
        discard_file(one.letter_file_id)
        one.letter_file_id, one.letter_version, one.sent_at = kept.id, one.version, now()
        if one.email and one.mailed_version != one.version:
            services.mail(one)
    db.session.commit()


def _bind(batch_id: uuid.UUID) -> None:
    """Put the letters that hold into documents to print, and all of them into one archive."""
    query = (
        select(Invitation, TenantRow)
        .join(TenantRow, TenantRow.id == Invitation.tenant_id)
        .where(Invitation.batch_id == batch_id, Invitation.ended_at.is_(None))
        .order_by(TenantRow.code)
    )
    pairs = [(row[0], row[1]) for row in db.session.execute(query)]
    batch = db.session.get_one(InvitationBatch, batch_id)
    old = [uuid.UUID(one["id"]) for one in batch.print_files]
    printed, archive = [], io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as bundle:
        for one, village in pairs:
            bundle.writestr(_name(village), _bytes_of(batch, one, village))
        for start in range(0, len(pairs), letters.MOST_AT_ONCE):
            part = pairs[start : start + letters.MOST_AT_ONCE]
            first, last = start + 1, start + len(part)
            data = letters.letters_pdf(batch, part)
            kept = store_bytes(
                data, file_name=f"undangan-{first}-{last}.pdf", media_type=PDF, purpose=PURPOSE
            )
            printed.append({"id": str(kept.id), "first": first, "last": last})
    for file_id in [*old, batch.zip_file_id]:
        discard_file(file_id)
    batch.print_files = printed
    kept_zip = store_bytes(
        archive.getvalue(), file_name="undangan.zip", media_type="application/zip", purpose=PURPOSE
    )
    batch.zip_file_id = kept_zip.id
    db.session.commit()


def _bytes_of(batch: InvitationBatch, one: Invitation, village: TenantRow) -> bytes:
    try:
        if one.letter_file_id is not None and one.letter_version == one.version:
            return open_file(one.letter_file_id).data
    except FileMissing:
        pass
    return letters.letters_pdf(batch, [(one, village)])


def letter_of(one: Invitation, batch: InvitationBatch, village: TenantRow) -> bytes:
    """A village's letter: as it was kept, or set anew where there is none. Raises DocumentFailed, StorageAway."""
    return _bytes_of(batch, one, village)


def _name(village: TenantRow) -> str:
    return f"undangan-{village.code}-{slugify(village.name)}.pdf"


@writes_letter(services.MAIL)
def write_invitation(object_id: uuid.UUID, place: uuid.UUID | None, occasion: str) -> Letter | None:
    """The letter by e-mail, with the PDF; nothing for an invitation that ended meanwhile."""
    return _letter(object_id, occasion, is_reminder=False)


@writes_letter(REMINDER)
def write_reminder(object_id: uuid.UUID, place: uuid.UUID | None, occasion: str) -> Letter | None:
    """The reminder, two weeks after the letter."""
    return _letter(object_id, occasion, is_reminder=True)


def _letter(object_id: uuid.UUID, occasion: str, *, is_reminder: bool) -> Letter | None:
    query = (
        select(Invitation, TenantRow, InvitationBatch)
        .join(TenantRow, TenantRow.id == Invitation.tenant_id)
        .join(InvitationBatch, InvitationBatch.id == Invitation.batch_id)
        .where(Invitation.id == object_id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None or not row[0].email or services.standing(row[0]) != "open":
        return None
    one, village, batch = row
    with force_locale("id"):
        named = {
            "name": one.contact_name or _("Bapak/Ibu"),
            "village": f"{village.term} {village.name}",
            "office": frame_name(batch.region_code),
            "until": date(one.expires_at),
            "link": tokens.link_of(one),
        }
        subject = _("Undangan memakai Siger untuk %(village)s", **named)
        text = _(
            "Halo %(name)s,\n\n%(office)s mengundang %(village)s memakai Siger, sistem informasi desa. Mulai mendaftar "
            "di sini (untuk desa Anda saja, berlaku sampai %(until)s):\n%(link)s\n\nSuratnya terlampir. Jangan "
            "teruskan tautan ini kepada orang di luar perangkat desa.\n",
            **named,
        )
        if is_reminder:
            subject = _("Belum sempat? Undangan Siger untuk %(village)s", **named)
            text = _(
                "Halo %(name)s,\n\nUndangan %(office)s untuk %(village)s masih berlaku sampai %(until)s. Pendaftaran "
                "memerlukan kira-kira sepuluh menit:\n%(link)s\n\nAbaikan surat ini bila desa Anda sedang mendaftar.\n",
                **named,
            )
        attached = () if is_reminder else (Attachment(_name(village), PDF, _bytes_of(batch, one, village)),)
    return Letter(one.email, subject, text, f"{object_id}-{occasion or one.version}", attachments=attached)


@jobs.job("onboarding.invitations_night", queue="bulk", place="platform")
def every_night() -> None:
    """End invitations that ran out, bring their villages back to the list, forget contacts, remind who has not come."""
    moment = now()
    over = (Invitation.ended_at.is_(None), Invitation.expires_at <= moment)
    # Villages are locked before their invitations, as everywhere.
    villages = select(TenantRow.id).where(TenantRow.id.in_(select(Invitation.tenant_id).where(*over)))
    held = list(db.session.scalars(villages.order_by(TenantRow.code).with_for_update()))
    ran_out = list(
        db.session.scalars(
            update(Invitation)
            .where(*over, Invitation.tenant_id.in_(held))
            .values(ended_at=moment)
            .returning(Invitation.tenant_id)
        )
    )
    aboard = select(TenantRow.id).where(TenantRow.schema_name.is_not(None))
    db.session.execute(
        update(Invitation)
        .where(Invitation.ended_at.is_(None), Invitation.tenant_id.in_(aboard))
        .values(ended_at=moment)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Invitation)
        .where(Invitation.ended_at < moment - FORGET_AFTER)
        .where((Invitation.email != "") | (Invitation.contact_name != "") | (Invitation.phone != ""))
        .values(contact_name="", email="", phone="")
        .execution_options(synchronize_session=False)
    )
    services.back_to_listed(ran_out)
    db.session.commit()
    registry.hosts_changed()
    quiet = (
        select(Invitation)
        .outerjoin(Application, Application.id == Invitation.application_id)
        .where(Invitation.ended_at.is_(None), Invitation.reminded_at.is_(None), Invitation.email != "")
        .where(Invitation.mailed_at <= moment - REMIND_AFTER, Application.submitted_at.is_(None))
        .with_for_update(of=Invitation, skip_locked=True)
    )
    for one in db.session.scalars(quiet).all():
        one.reminded_at = moment
        send_later(REMINDER, one.id, occasion=uuid7())
    db.session.commit()


schedule.every("20 18 * * *", "onboarding.invitations_night")
