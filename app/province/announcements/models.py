"""What province, kabupaten and kecamatan tell and give their villages."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now


class Announcement(PlatformModel):
    """A message to chosen villages, with files; from a region's office to villages of that region only."""

    __tablename__ = "announcement"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'sent', 'withdrawn')", name="state"),
        Index("ix_announcement_region_code", "region_code"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    region_code: Mapped[str] = mapped_column(Text)
    author_id: Mapped[uuid.UUID | None] = mapped_column()
    author_name: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    audience: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """What was chosen, as it was chosen: see `audience.Audience`."""
    files: Mapped[list[str]] = mapped_column(JSONB, default=list)
    """Ids of files of the platform."""
    needs_confirmation: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(Text, default="draft")
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it was withdrawn."""
    sent_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    sent_by: Mapped[str | None] = mapped_column(Text)
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    withdrawn_by: Mapped[str | None] = mapped_column(Text)
    reminded_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    """When villages that had not read it were told of it last; once a day at most."""
    shown_until: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class AnnouncementRecipient(PlatformModel):
    """A village that an announcement went to: when it was told, who read it first, who confirmed it."""

    __tablename__ = "announcement_recipient"
    __table_args__ = (Index("ix_announcement_recipient_tenant_id", "tenant_id", "announcement_id"),)

    announcement_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.announcement.id", ondelete="CASCADE"), primary_key=True
    )
    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.tenant.id", ondelete="CASCADE"), primary_key=True
    )
    delivered_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    first_read_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    first_read_by: Mapped[str | None] = mapped_column(Text)
    reader_ids: Mapped[list[uuid.UUID]] = mapped_column(
        ARRAY(Uuid), default=list, server_default=text("'{}'::uuid[]")
    )
    """Accounts of the village's staff who opened it, each once; names are kept of the first alone."""
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    confirmed_by: Mapped[str | None] = mapped_column(Text)


class SharedDocument(PlatformModel):
    """A document or guide that a region's office keeps ready for its villages; a new version replaces the file."""

    __tablename__ = "shared_document"
    __table_args__ = (Index("ix_shared_document_region_code", "region_code"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    region_code: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    category: Mapped[str] = mapped_column(Text)
    file_id: Mapped[uuid.UUID] = mapped_column()
    file_name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer, default=1)
    shared_by: Mapped[str] = mapped_column(Text)
    shared_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class DocumentOpening(PlatformModel):
    """That a village's staff fetched a document, and how often."""

    __tablename__ = "document_opening"

    document_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.shared_document.id", ondelete="CASCADE"), primary_key=True
    )
    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.tenant.id", ondelete="CASCADE"), primary_key=True
    )
    times: Mapped[int] = mapped_column(Integer, default=1)
    last_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    last_version: Mapped[int] = mapped_column(Integer, default=1)
