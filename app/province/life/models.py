"""What is done with whole villages (a split, a merge, a deletion), and the certificates of what was deleted."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)

KINDS = ("split", "merge", "deletion")
STATES = ("counting", "ready", "running", "waiting", "grace", "done", "failed", "cancelled")
"""Split and merge: counting → ready → running → done, or failed. A deletion: waiting (for the second person) → grace →
running → done. All of them may be cancelled before they run."""
OPEN_STATES = ("counting", "ready", "running", "waiting", "grace")
"""In these a deed holds its villages: nothing else is begun with them."""


class VillageDeed(PlatformModel):
    """Something that changes a whole village, from the first plan to what came of it.

    `tenant_id` is the village that is divided, joined by another, or deleted; `other_tenant_id` the one that is merged
    into it, or that a split made. `plan` holds what was chosen and counted, `result` what was done.
    """

    __tablename__ = "village_deed"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_village_deed_tenant_id", "tenant_id", "created_at"),
        Index("ix_village_deed_other_tenant_id", "other_tenant_id"),
        Index("ix_village_deed_state", "state", "due_at"),
        Index(
            "uq_village_deed_open",
            "tenant_id",
            unique=True,
            postgresql_where=text(f"state IN {OPEN_STATES}"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str] = mapped_column(Text)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"))
    other_tenant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("platform.tenant.id"))
    state: Mapped[str] = mapped_column(Text)
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    result: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    regulation: Mapped[str] = mapped_column(Text, default="", server_default="")
    regulation_on: Mapped[dt.date | None] = mapped_column(Date)
    effective_on: Mapped[dt.date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    asked_by: Mapped[uuid.UUID | None] = mapped_column()
    asked_by_name: Mapped[str] = mapped_column(Text, default="", server_default="")
    asked_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    agreed_by: Mapped[uuid.UUID | None] = mapped_column()
    agreed_by_name: Mapped[str] = mapped_column(Text, default="", server_default="")
    agreed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    due_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    reminded: Mapped[list[int]] = mapped_column(JSONB, default=list, server_default="[]")
    """Of how many days before `due_at` was told already."""
    ended_by_name: Mapped[str] = mapped_column(Text, default="", server_default="")
    error: Mapped[str] = mapped_column(Text, default="", server_default="")
    run_id: Mapped[uuid.UUID | None] = mapped_column()
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    finished_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class LifeNotice(PlatformModel):
    """What a village's head and secretary (and who decides about it) are told by mail, and who was sent it."""

    __tablename__ = "life_notice"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    words: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    sent_to: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class DeletionNumbers(PlatformModel):
    """The last number of a certificate of deletion that was drawn in a year."""

    __tablename__ = "deletion_numbers"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class DeletionCertificate(PlatformModel):
    """The proof that a village's data was deleted: what, how much, who asked and who agreed. Never changed.

    `content` is what the paper says: tables with their rows and digests, files, the two people, the days.
    """

    __tablename__ = "deletion_certificate"
    __table_args__ = (Index("uq_deletion_certificate_year_number", "year", "number", unique=True),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    deed_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.village_deed.id"), unique=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"), index=True)
    year: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    number_text: Mapped[str] = mapped_column(Text)
    token: Mapped[str] = mapped_column(Text, unique=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    file_id: Mapped[uuid.UUID | None] = mapped_column()
    issued_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
