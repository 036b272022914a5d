"""The audit log: entries are appended in the transaction that they describe and sealed afterwards into a hash chain."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, DateTime, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel, TenantModel
from tenants.grants import APPEND_ONLY
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)


class AuditEntryColumns:
    """Who did what to what, when, from where. Never changed, never deleted."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    actor_id: Mapped[uuid.UUID | None] = mapped_column()
    actor_name: Mapped[str] = mapped_column(Text, default="")
    action: Mapped[str] = mapped_column(Text)
    object_type: Mapped[str] = mapped_column(Text, default="")
    object_id: Mapped[str] = mapped_column(Text, default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    address: Mapped[str] = mapped_column(Text, default="")


class AuditSealColumns:
    """One link of the chain: the entry's digest together with the seal before it."""

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class TenantAuditEntry(AuditEntryColumns, TenantModel):
    """An entry of one village."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_at", "at"), {"info": {"village": APPEND_ONLY}})


class TenantAuditSeal(AuditSealColumns, TenantModel):
    """The chain of one village."""

    __tablename__ = "audit_seal"
    __table_args__ = ({"info": {"village": APPEND_ONLY}},)


class PlatformAuditEntry(AuditEntryColumns, PlatformModel):
    """An entry of the platform; `tenant_id` says which village it is about, if any."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_tenant_id", "tenant_id", "at"),
        {"info": {"platform": APPEND_ONLY}},
    )

    tenant_id: Mapped[uuid.UUID | None] = mapped_column()


class PlatformAuditSeal(AuditSealColumns, PlatformModel):
    """The chain of the platform."""

    __tablename__ = "audit_seal"
    __table_args__ = ({"info": {"platform": APPEND_ONLY}},)


class AuditChain(PlatformModel):
    """What the platform knows of a chain (a village's, or its own under the nil UUID): where it stood when last seen.

    `touched_at` is when word came that there is something to seal, `sealed_until` the moment up to which that was done.
    """

    __tablename__ = "audit_chain"

    chain_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    touched_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    sealed_until: Mapped[dt.datetime | None] = mapped_column(Moment)
    sealed_seq: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    sealed_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    copied_seq: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    origin_id: Mapped[uuid.UUID | None] = mapped_column()
    """Under which id the chain began, where the village came from another deployment."""
