"""The demo's invitations and its workbook: letters to villages in several states, a dry run with rows to correct."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import Flask
from sqlalchemy import select

from app.core.accounts.loading import build_actor
from app.core.accounts.models import Account, Membership
from app.core.actors import Actor, acting_as
from app.core.tables import Column, write_workbook
from app.demo.accounts import MAIL_DOMAIN, phone_of
from app.extensions import db
from app.province.onboarding.applications.models import Application
from app.province.onboarding.applications.services import begin
from app.province.onboarding.bulk.columns import FIELDS
from app.province.onboarding.bulk.models import BulkRun
from app.province.onboarding.bulk.services import CHECK
from app.province.onboarding.bulk.services import send as send_workbook
from app.province.onboarding.invitations import services, tokens
from app.province.onboarding.invitations.models import InvitationBatch, OnboardingInvitation
from tenants.ids import uuid7
from tenants.jobs import run_job
from tenants.models import TenantRow, TenantState, now
from tenants.scope import platform_scope

LIVING, BEGUN, REMINDED = 10, 2, 3
USED, ENDED = 3, 3
PARAGRAPH = (
    "Tim pendamping hadir di kantor kecamatan setiap Selasa dan Kamis pukul 09.00–14.00 WIB selama masa undangan, dan "
    "membantu desa yang belum terbiasa mengisi pendaftaran."
)
NAMES = ("Siti Rohani", "Ahmad Fauzi", "Komang Sudarsana", "Nurlaila", "Sutrisno", "Dwi Astuti")
SENT_AGO = dt.timedelta(days=19)


def seed_invitations(app: Flask) -> int:
    """Invite the villages that the registry says are invited, and send a workbook in; safe to run again.

    Outside of any scope; commits. Run it after `seed_applications`: some of those came by an invitation. What the
    registry says of a village stays as it is. Returns how many invitations there are.
    """
    with app.app_context():
        with platform_scope():
            if db.session.scalar(select(InvitationBatch.id).limit(1)) is not None:
                return 0
            actor = _officer()
            if actor is None:
                return 0
            with acting_as(actor):
                made = _invite(actor)
                bulk_id = _send(actor)
            jobs_asked = [(services.LETTERS, one) for one in made] + [(CHECK, bulk_id)]
            arguments = [(name, _arguments(name, key)) for name, key in jobs_asked if key is not None]
        for name, asked in arguments:
            run_job(name, None, asked)
        with platform_scope():
            return sum(_look_back(batch_id) for batch_id in made)


def _officer() -> Actor | None:
    query = (
        select(Account.id)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.role == "province_admin", Account.email.endswith(f"@{MAIL_DOMAIN}"))
    )
    account_id = db.session.scalar(query.order_by(Account.email).limit(1))
    return build_actor(account_id, None) if account_id else None


def _invite(actor: Actor) -> list[uuid.UUID]:
    """The letters of the wave, of villages that the registry says are invited."""
    invited = select(TenantRow).where(
        TenantRow.state == TenantState.INVITED, TenantRow.software.is_(None), TenantRow.schema_name.is_(None)
    )
    villages = list(db.session.scalars(invited.order_by(TenantRow.code).limit(LIVING)))
    if not villages:
        return []
    letter = {
        "label": "Gelombang III, desa dengan sinyal baru",
        "letter_number": "400.10.2/1187/DPMDT/2026",
        "letter_date": (now() - SENT_AGO).date(),
        "signatory_name": "Drs. Hendra Kusuma, M.Si.",
        "signatory_title": "Kepala Dinas PMDT Provinsi Lampung",
        "signatory_nip": "19690817 199403 1 008",
        "paragraph": PARAGRAPH,
        "valid_days": 60,
    }
    return [services.invite(villages, letter, {}, by=actor).batch_id]


def _send(actor: Actor) -> uuid.UUID | None:
    """A workbook with rows that are ready and rows to correct."""
    free = select(TenantRow).where(
        TenantRow.state == TenantState.LISTED, TenantRow.software.is_(None), TenantRow.schema_name.is_(None)
    )
    rows = list(db.session.scalars(free.order_by(TenantRow.code.desc()).limit(4)))
    if len(rows) < 4:
        return None
    lines = [
        [row.code, row.name, row.district_name, row.regency_name, row.slug, name, "Sekretaris Desa",
         f"sekretaris.{row.slug}@{MAIL_DOMAIN}", phone_of(row.code)]
        for row, name in zip(rows, NAMES, strict=False)
    ]  # fmt: skip
    lines[1][1] = f"{lines[1][1]} Jaya"
    lines[2][7] = lines[2][7].replace("@", " di ")
    lines[3][4] = "lampung"
    lines.append(list(lines[0]))
    columns = [Column(str(label), width=width) for label, width in FIELDS.values()]
    with write_workbook("Desa", columns, lines) as file:
        return send_workbook(file.read(), "desa-susulan-november.xlsx", by=actor)


def _arguments(name: str, key: uuid.UUID) -> dict[str, str]:
    if name == CHECK:
        bulk = db.session.get_one(BulkRun, key)
        return {"bulk_id": str(key), "region_code": bulk.region_code, "run_id": str(bulk.check_id)}
    batch = db.session.get_one(InvitationBatch, key)
    return {"batch_id": str(key), "region_code": batch.region_code, "run_id": str(batch.run_id)}


def _look_back(batch_id: uuid.UUID) -> int:
    """Let the wave have gone out weeks ago: some answered, some were reminded, one was taken back. Commits."""
    sent = now() - SENT_AGO
    batch = db.session.get_one(InvitationBatch, batch_id)
    batch.created_at = sent
    query = select(OnboardingInvitation).where(OnboardingInvitation.batch_id == batch_id)
    found = list(db.session.scalars(query.order_by(OnboardingInvitation.id)))
    for number, one in enumerate(found):
        row = db.session.get_one(TenantRow, one.tenant_id)
        one.created_at, one.sent_at = sent, sent + dt.timedelta(minutes=4)
        one.expires_at = sent + dt.timedelta(days=60)
        if number % 2 == 0:
            one.contact_name = NAMES[number // 2 % len(NAMES)]
            one.email = f"kantor.{row.slug}@{MAIL_DOMAIN}"
            one.mailed_at, one.mailed_version = one.sent_at, one.version
        if number < BEGUN:
            _begin(one, sent + dt.timedelta(days=3 + number))
        elif one.email and number < BEGUN + 2 * REMINDED:
            one.reminded_at = sent + dt.timedelta(days=14)
    answered = _answered(batch)
    over = _over(batch)
    db.session.commit()
    return len(found) + answered + over


def _begin(one: OnboardingInvitation, moment: dt.datetime) -> None:
    contact = {"name": one.contact_name, "email": one.email}
    application, _secret = begin(
        one.tenant_id, route="invitation", invitation_id=one.id, contact=contact, locale="id"
    )
    application.created_at = application.updated_at = application.state_since = moment
    one.application_id, one.opened_at = application.id, moment


def _answered(batch: InvitationBatch) -> int:
    """Villages of the wave that have applied: the applications are there already."""
    query = (
        select(Application)
        .where(Application.state.in_(("submitted", "returned", "approved")), Application.route == "self")
        .where(Application.tenant_id.is_not(None), Application.submitted_at.is_not(None))
        .order_by(Application.created_at.desc())
        .limit(USED)
    )
    applications = list(db.session.scalars(query))
    for application in applications:
        one = _past(batch, application.tenant_id, application.created_at - dt.timedelta(days=2))
        one.application_id, one.opened_at = application.id, application.created_at
        application.route, application.invitation_id = "invitation", one.id
    return len(applications)


def _over(batch: InvitationBatch) -> int:
    """Villages that are listed again: two let the time run out, one invitation was taken back."""
    known = select(Application.tenant_id).where(Application.tenant_id.is_not(None))
    query = select(TenantRow.id).where(
        TenantRow.state == TenantState.LISTED, TenantRow.software.is_(None), TenantRow.id.not_in(known)
    )
    ids = list(db.session.scalars(query.order_by(TenantRow.code).limit(ENDED)))
    for number, tenant_id in enumerate(ids):
        one = _past(batch, tenant_id, batch.created_at)
        if number == 0:
            one.revoked_at = one.ended_at = batch.created_at + dt.timedelta(days=2)
            one.revoked_by = batch.created_by
        else:
            one.expires_at = one.ended_at = now() - dt.timedelta(days=number)
    return len(ids)


def _past(batch: InvitationBatch, tenant_id: uuid.UUID | None, sent: dt.datetime) -> OnboardingInvitation:
    one = OnboardingInvitation(
        id=uuid7(), batch_id=batch.id, tenant_id=tenant_id, version=1, created_by=batch.created_by, created_at=sent,
        sent_at=sent, expires_at=sent + dt.timedelta(days=60),
    )  # fmt: skip
    tokens.seal(one)
    db.session.add(one)
    db.session.flush()
    return one
