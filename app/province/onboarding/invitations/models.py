"""Batches of letters that invite villages, and the invitation of each village."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Date, DateTime, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)


class InvitationBatch(PlatformModel):
    """Letters that went out together: what stands in all of them, and the files to print."""

    __tablename__ = "invitation_batch"
    __table_args__ = (Index("ix_invitation_batch_region_code", "region_code", "created_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    label: Mapped[str] = mapped_column(Text)
    """What the office calls it."""
    region_code: Mapped[str] = mapped_column(Text)
    """Of the office that invites: its letterhead, and who sees the batch."""
    letter_number: Mapped[str] = mapped_column(Text, default="")
    letter_date: Mapped[dt.date] = mapped_column(Date)
    signatory_name: Mapped[str] = mapped_column(Text)
    signatory_title: Mapped[str] = mapped_column(Text, default="")
    signatory_nip: Mapped[str] = mapped_column(Text, default="")
    paragraph: Mapped[str] = mapped_column(Text, default="")
    """A paragraph of the office's own, plain text."""
    valid_days: Mapped[int] = mapped_column(Integer, default=60)
    print_files: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, server_default=text("'[]'"), default=list
    )
    """The letters of many villages in one document each: `id`, `first`, `last` (`platform.stored_file`)."""
    zip_file_id: Mapped[uuid.UUID | None] = mapped_column()
    run_id: Mapped[uuid.UUID | None] = mapped_column()
    """The work that makes the letters."""
    created_by: Mapped[str] = mapped_column(Text)
    created_by_id: Mapped[uuid.UUID | None] = mapped_column()
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class OnboardingInvitation(PlatformModel):
    """A village that was asked to come aboard. Its link follows from id and `version`; only the digest is kept."""

    __tablename__ = "onboarding_invitation"
    __table_args__ = (
        Index("ix_onboarding_invitation_tenant_id", "tenant_id", "created_at"),
        Index("ix_onboarding_invitation_batch_id", "batch_id"),
        Index(
            "uq_onboarding_invitation_living",
            "tenant_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_onboarding_invitation_expires_at", "expires_at", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.invitation_batch.id"))
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"))
    contact_name: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    """In the form +628…, or empty."""
    version: Mapped[int] = mapped_column(Integer, default=1)
    """Raised when the link is given out anew: earlier ones are dead with it."""
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    letter_file_id: Mapped[uuid.UUID | None] = mapped_column()
    letter_version: Mapped[int] = mapped_column(Integer, default=0)
    """The version whose letter lies in `letter_file_id`; 0 before there is one."""
    mailed_version: Mapped[int] = mapped_column(Integer, default=0)
    expires_at: Mapped[dt.datetime] = mapped_column(Moment)
    sent_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    """When its letter was ready, to be printed or sent."""
    mailed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    reminded_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    opened_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    """When somebody began to fill in the form that it leads to."""
    application_id: Mapped[uuid.UUID | None] = mapped_column()
    revoked_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    revoked_by: Mapped[str] = mapped_column(Text, default="")
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    """When it ceased to hold: revoked, run out, or its village came aboard. One living invitation a village."""
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    row_version: Mapped[int] = mapped_column(Integer, default=1)
