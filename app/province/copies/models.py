"""Copies of villages and how each village fares: rows of the platform, never of a village."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Float, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)

NIGHTLY, HAND, BEFORE_RESTORE, BEFORE_DELETION = KINDS = (
    "nightly",
    "hand",
    "before_restore",
    "before_deletion",
)
READY, FAILED = STATES = ("ready", "failed")


class VillageCopy(PlatformModel):
    """One village's tables as they were at one moment, sealed as one object.

    Several rows may share an object: a night in which nothing changed notes the moment and keeps what lies there.
    A row is written when its object lies whole in the storage; one that failed has none and says why.
    """

    __tablename__ = "village_copy"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_village_copy_tenant_id", "tenant_id", "taken_at"),
        Index("ix_village_copy_object_id", "object_id"),
        Index("ix_village_copy_verified_at", "verified_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"))
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    made_by: Mapped[str] = mapped_column(Text, default="")
    """Who asked for it; empty for the night's work."""
    taken_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    """The moment as of which all tables were read."""
    revision: Mapped[str] = mapped_column(Text, default="")
    app_version: Mapped[str] = mapped_column(Text, default="")
    object_id: Mapped[uuid.UUID | None] = mapped_column()
    key_id: Mapped[str] = mapped_column(Text, default="")
    """The master key that its object is sealed under."""
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    """Bytes of the object."""
    sha256: Mapped[str] = mapped_column(Text, default="")
    """Of the object, in hex."""
    tables: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """Table → [rows, SHA-256 of its content in hex]."""
    files: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """`count` and `bytes` of the files that its rows name; their objects stay where they are."""
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    error: Mapped[str] = mapped_column(Text, default="")
    expires_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    """Until when a copy that was made by hand is kept; the night's copies go by `retention`."""
    verified_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    verify_result: Mapped[str] = mapped_column(Text, default="")
    """What the check found: empty when rows and digests agreed."""


class VillageHealth(PlatformModel):
    """What the last night saw of a village: one row each, so that a list of all of them is one select."""

    __tablename__ = "village_health"

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"), primary_key=True)
    last_copy_at: Mapped[dt.datetime | None] = mapped_column(Moment, index=True)
    """The moment of its newest whole copy of any kind."""
    last_error: Mapped[str] = mapped_column(Text, default="")
    """Why the last try failed; empty when it did not."""
    failed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    files_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    files_count: Mapped[int] = mapped_column(Integer, default=0)
    tables_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    failed_jobs: Mapped[int] = mapped_column(Integer, default=0)
    """Pieces of the village's own work that failed within seven days."""
    seen_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
