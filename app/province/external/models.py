"""Villages that run another information system: their keys, and what they sent."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now


class ExternalKey(PlatformModel):
    """A key with which a village's own system sends figures; only its digest is kept."""

    __tablename__ = "external_key"
    __table_args__ = (Index("ix_external_key_tenant_id", "tenant_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    shown: Mapped[str] = mapped_column(Text)
    """The first characters, by which people tell keys apart."""
    software: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    expires_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class ExternalDelivery(PlatformModel):
    """Figures that came from outside at once: by a key or as a file, what was taken and what was refused."""

    __tablename__ = "external_delivery"
    __table_args__ = (
        UniqueConstraint("origin", "idempotency_key", name="uq_external_delivery_origin"),
        CheckConstraint("way IN ('push', 'csv')", name="way"),
        Index("ix_external_delivery_tenant_id", "tenant_id", "received_at"),
        Index("ix_external_delivery_received_at", "received_at"),
        Index("ix_external_delivery_file_id", "file_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    way: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    """The id of the key, or of the account that sent the file."""
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("platform.tenant.id", ondelete="CASCADE"))
    """The village, null for a file; what a file held of a village is a row of its own."""
    file_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("platform.external_delivery.id", ondelete="CASCADE")
    )
    """The delivery of the file that a village's figures came in."""
    period: Mapped[dt.date | None] = mapped_column(Date)
    """The month, the newest one of a file."""
    region_code: Mapped[str] = mapped_column(Text)
    idempotency_key: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of what was sent: the same key with something else is refused."""
    sent_by: Mapped[str] = mapped_column(Text)
    received_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    accepted: Mapped[int] = mapped_column(Integer, default=0)
    refused: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
