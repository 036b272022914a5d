"""Workbooks of villages that an office sent, and what became of each row."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)
STATES = ("reading", "refused", "ready", "started")
"""reading: waits for its dry run; refused: the file can't be read; ready: checked; started: being prepared, or done."""

VERDICTS = ("ok", "warning", "error")
OUTCOMES = ("", "waiting", "done", "passed", "failed")
"""Empty: not asked for; waiting: has its turn; done: prepared; passed: somebody else was first; failed."""


class BulkRun(PlatformModel):
    """One workbook: read, checked against the registry, and (when somebody says so) carried out."""

    __tablename__ = "bulk_run"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_bulk_run_region_code", "region_code", "created_at"),
        Index("ix_bulk_run_digest", "digest"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    file_id: Mapped[uuid.UUID] = mapped_column()
    file_name: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the file: what is carried out is what was looked at."""
    region_code: Mapped[str] = mapped_column(Text)
    """Of the account that sent it; no row reaches beyond."""
    state: Mapped[str] = mapped_column(Text, default="reading")
    error: Mapped[str] = mapped_column(Text, default="")
    header: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"), default=list)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, server_default=text("'{}'"), default=dict)
    check_id: Mapped[uuid.UUID | None] = mapped_column()
    """The work that reads and checks it."""
    run_id: Mapped[uuid.UUID | None] = mapped_column()
    """The work that prepares its villages."""
    started_by: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    checked_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(Text)
    created_by_id: Mapped[uuid.UUID | None] = mapped_column()
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class BulkRow(PlatformModel):
    """A row of the workbook with what the dry run found, and what became of it."""

    __tablename__ = "bulk_row"
    __table_args__ = (
        CheckConstraint(f"verdict IN {VERDICTS}", name="verdict"),
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        Index("ix_bulk_row_tenant_id", "tenant_id"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.bulk_run.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    """The row's number in the file."""
    tenant_id: Mapped[uuid.UUID | None] = mapped_column()
    verdict: Mapped[str] = mapped_column(Text)
    values: Mapped[dict[str, str]] = mapped_column(JSONB)
    """What was typed, by column, tidied."""
    findings: Mapped[list[list[Any]]] = mapped_column(JSONB, server_default=text("'[]'"), default=list)
    """`[column, code, {what the sentence names}]`, the gravest first."""
    outcome: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    application_id: Mapped[uuid.UUID | None] = mapped_column()
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)
