"""The registry (schema `platform`): villages, their hosts, their schemas, and what their transactions must tell us."""

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import PlatformModel, TenantModel
from tenants.ids import uuid7

UTC_NOW = text("now()")


class TenantState(enum.StrEnum):
    """Where a village stands, from the first listing to the archive (the order of the adoption funnel)."""

    LISTED = "listed"
    INVITED = "invited"
    APPLIED = "applied"
    APPROVED = "approved"
    PROVISIONED = "provisioned"
    SET_UP = "set_up"
    ACTIVE = "active"
    ESTABLISHED = "established"
    DORMANT = "dormant"
    SUSPENDED = "suspended"
    ARCHIVED = "archived"


LIVE_STATES = frozenset(
    {TenantState.SET_UP, TenantState.ACTIVE, TenantState.ESTABLISHED, TenantState.DORMANT}
)
SERVED_STATES = LIVE_STATES | {TenantState.PROVISIONED}
CLOSED_STATES = frozenset({TenantState.SUSPENDED, TenantState.ARCHIVED})


def now() -> dt.datetime:
    """The present moment in UTC."""
    return dt.datetime.now(dt.UTC)


class TenantRow(PlatformModel):
    """One village of the province, whether it uses the platform yet or not."""

    __tablename__ = "tenant"
    __table_args__ = (
        CheckConstraint("kind IN ('desa', 'kelurahan')", name="kind"),
        Index("ix_tenant_regency_code", "regency_code", "district_code", "name"),
        Index("ix_tenant_state", "state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    term: Mapped[str] = mapped_column(Text)
    words: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    regency_code: Mapped[str] = mapped_column(Text)
    district_code: Mapped[str] = mapped_column(Text)
    regency_name: Mapped[str] = mapped_column(Text)
    district_name: Mapped[str] = mapped_column(Text)
    postal_code: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=TenantState.LISTED)
    state_since: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    state_before: Mapped[str | None] = mapped_column(Text)
    state_reason: Mapped[str | None] = mapped_column(Text)
    schema_name: Mapped[str | None] = mapped_column(Text, unique=True)
    role_name: Mapped[str | None] = mapped_column(Text, unique=True)
    modules: Mapped[list[str]] = mapped_column(JSONB, default=list)
    provisioned_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    live_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    last_activity_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    software: Mapped[str | None] = mapped_column(Text)
    """The other information system that the village runs and whose figures it sends, null for this one."""
    own_host: Mapped[str | None] = mapped_column(Text)
    """The village's own domain, proved, where it chose that one as its address; null while that is its label."""
    moved_to: Mapped[str | None] = mapped_column(Text)
    """The label of the village that took over this archived one's people; its old address leads there."""
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class Domain(PlatformModel):
    """A host that leads to a village: a bare label below our own host, or a full name whose ownership was proved.

    A label that a village has left stays its own and redirects; nobody else gets it.
    """

    __tablename__ = "domain"
    __table_args__ = (
        CheckConstraint("kind IN ('label', 'own')", name="kind"),
        Index("uq_domain_primary", "tenant_id", unique=True, postgresql_where=text("is_primary")),
    )

    host: Mapped[str] = mapped_column(Text, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"), index=True)
    kind: Mapped[str] = mapped_column(Text, server_default="label", default="label")
    is_primary: Mapped[bool] = mapped_column(default=True)
    """Whether it is the village's present label (`TenantRow.slug`)."""
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    left_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    """When the village took another label; null for what it uses."""


class TenantSchema(PlatformModel):
    """A schema in the database: whose it is, at which revision; a row without a village is a warm spare."""

    __tablename__ = "tenant_schema"
    __table_args__ = (
        CheckConstraint("status IN ('ready', 'failed')", name="status"),
        Index("ix_tenant_schema_revision", "revision"),
    )

    schema_name: Mapped[str] = mapped_column(Text, primary_key=True)
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("platform.tenant.id"), unique=True)
    revision: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default="ready")
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(
        DateTime(timezone=True), server_default=UTC_NOW, default=now
    )
    migrated_at: Mapped[dt.datetime] = mapped_column(
        DateTime(timezone=True), server_default=UTC_NOW, default=now
    )


class SideSchema(PlatformModel):
    """A schema beside a village's own, that nobody serves: a copy put back to be compared or checked, or what was
    replaced by one and is kept for a while. Its row appears and goes with the schema itself, in one transaction.
    """

    __tablename__ = "side_schema"
    __table_args__ = (
        CheckConstraint("kind IN ('comparison', 'check', 'replaced')", name="kind"),
        Index(
            "uq_side_schema_comparison",
            "tenant_id",
            unique=True,
            postgresql_where=text("kind = 'comparison'"),
        ),
    )

    schema_name: Mapped[str] = mapped_column(Text, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    copy_id: Mapped[uuid.UUID | None] = mapped_column()
    """The copy that it was made from."""
    revision: Mapped[str] = mapped_column(Text)
    findings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    """What differs from the village's own schema, as it was seen when this one was made."""
    made_by: Mapped[str] = mapped_column(Text, server_default="", default="")
    made_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), server_default=UTC_NOW, default=now)
    drop_after: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class OutboxEntry(PlatformModel):
    """What a transaction must tell the platform; delivered by the scheduler after the transaction committed.

    A village's role may insert here and nothing else, and only rows that name itself (row security, see
    `tenants.grants`).
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_available_at", "available_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[uuid.UUID | None] = mapped_column()
    kind: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    available_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    handed_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class ScheduleSlot(PlatformModel):
    """The last time for which a scheduled job was asked, so that each time is asked for once and none is missed."""

    __tablename__ = "schedule_slot"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    last_slot: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class JobRunColumns:
    """A piece of work that a person can watch: who asked for it, how far it is, what came of it."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="queued")
    done: Mapped[int] = mapped_column(Integer, default=0)
    failed: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    error: Mapped[str | None] = mapped_column(Text)
    asked_by: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    started_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class PlatformJobRun(JobRunColumns, PlatformModel):
    """Work of the platform itself, such as provisioning a kabupaten."""

    __tablename__ = "job_run"
    __table_args__ = (Index("ix_job_run_created_at", "created_at"),)


class TenantJobRun(JobRunColumns, TenantModel):
    """Work of one village, seen by that village alone."""

    __tablename__ = "job_run"


class JobItem(PlatformModel):
    """One village's part of a job that goes over many villages."""

    __tablename__ = "job_item"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'failed')", name="state"),
        Index("ix_job_item_failed", "tenant_id", "finished_at", postgresql_where=text("state = 'failed'")),
    )

    job_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.job_run.id", ondelete="CASCADE"), primary_key=True
    )
    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.tenant.id"), primary_key=True, index=True
    )
    state: Mapped[str] = mapped_column(Text, default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class StoredFileColumns:
    """A file in object storage: its digest, kind and size; the bytes lie under a key of the same owner."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    purpose: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    is_public: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)


class TenantFile(StoredFileColumns, TenantModel):
    """A village's file, reached only inside its scope."""

    __tablename__ = "stored_file"


class PlatformFile(StoredFileColumns, PlatformModel):
    """A file of the platform, such as an export that the province asked for."""

    __tablename__ = "stored_file"
