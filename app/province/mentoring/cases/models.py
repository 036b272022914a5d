"""Mentors and what they stand for, cases with their thread."""

import datetime as dt
import uuid

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now

STATES = ("open", "in_progress", "waiting", "solved", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")
RULES = ("dormant", "setup_stuck", "index_fell", "task_overdue")


class Mentor(PlatformModel):
    """What an account with the role of a mentor can do, and how it is reached."""

    __tablename__ = "mentor"

    account_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.account.id", ondelete="CASCADE"), primary_key=True
    )
    region_code: Mapped[str] = mapped_column(Text)
    """The office that it belongs to."""
    phone: Mapped[str] = mapped_column(Text, default="")
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    about: Mapped[str] = mapped_column(Text, default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    ended_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class MentorVillage(PlatformModel):
    """Which mentor stands by a village: one at a time."""

    __tablename__ = "mentor_village"
    __table_args__ = (Index("ix_mentor_village_mentor_id", "mentor_id"),)

    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.tenant.id", ondelete="CASCADE"), primary_key=True
    )
    mentor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.mentor.account_id", ondelete="CASCADE"))
    since: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    assigned_by: Mapped[str] = mapped_column(Text)


class MentoringCase(PlatformModel):
    """Something a village needs help with, until it is solved."""

    __tablename__ = "mentoring_case"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"priority IN {PRIORITIES}", name="priority"),
        CheckConstraint("origin IN ('hand', 'village', 'rule')", name="origin"),
        CheckConstraint("level IN (1, 2, 3)", name="level"),
        Index("ix_mentoring_case_tenant_id", "tenant_id", "state"),
        Index("ix_mentoring_case_mentor_id", "mentor_id", "state"),
        Index("ix_mentoring_case_state", "state", "due_at"),
        Index(
            "ix_mentoring_case_rule",
            "tenant_id",
            "rule",
            unique=True,
            postgresql_where=text("rule IS NOT NULL AND state <> 'closed' AND state <> 'solved'"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    number: Mapped[int] = mapped_column(Integer, Identity(start=1001), unique=True)
    """A short number people can say on the phone."""
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id", ondelete="CASCADE"))
    origin: Mapped[str] = mapped_column(Text)
    rule: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text, default="other")
    page_path: Mapped[str | None] = mapped_column(Text)
    """The page from which the village asked (a path of its own host, without a query)."""
    page_title: Mapped[str | None] = mapped_column(Text)
    priority: Mapped[str] = mapped_column(Text, default="normal")
    state: Mapped[str] = mapped_column(Text, default="open")
    level: Mapped[int] = mapped_column(SmallInteger, default=3)
    """Who must see to it: 3 kecamatan, 2 kabupaten, 1 province."""
    mentor_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("platform.mentor.account_id", ondelete="SET NULL")
    )
    respond_by: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    escalated_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    opened_by: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    responded_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    """When somebody of the programme answered first."""
    solved_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    solution: Mapped[str] = mapped_column(Text, default="")
    article_id: Mapped[uuid.UUID | None] = mapped_column()
    """The guide that answered it (see `app.province.knowledge`)."""
    village_read_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    mentor_read_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class MentoringEntry(PlatformModel):
    """A line of a case: what somebody wrote, or what happened to it."""

    __tablename__ = "mentoring_entry"
    __table_args__ = (
        CheckConstraint("side IN ('village', 'programme', 'rule')", name="side"),
        Index("ix_mentoring_entry_case_id", "case_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.mentoring_case.id", ondelete="CASCADE"))
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    kind: Mapped[str] = mapped_column(Text)
    """"message", "note" (the programme's own, unseen by the village), or a deed: opened, assigned, escalated, …"""
    side: Mapped[str] = mapped_column(Text)
    author_id: Mapped[uuid.UUID | None] = mapped_column()
    author_name: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text, default="")
    files: Mapped[list[dict[str, object]]] = mapped_column(JSONB, default=list)
    details: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
