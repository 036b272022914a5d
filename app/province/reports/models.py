"""Monthly reports of a region: who gets them when, and those that were made."""

import datetime as dt
import uuid

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now


class ReportSchedule(PlatformModel):
    """Who gets the adoption report of a region by mail, on which day of the month."""

    __tablename__ = "report_schedule"
    __table_args__ = (
        CheckConstraint("day BETWEEN 1 AND 28", name="day"),
        Index("ix_report_schedule_region_code", "region_code"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    region_code: Mapped[str] = mapped_column(Text)
    day: Mapped[int] = mapped_column(SmallInteger)
    recipients: Mapped[list[str]] = mapped_column(JSONB, default=list)
    """E-mail addresses."""
    is_active: Mapped[bool] = mapped_column(default=True)
    last_month: Mapped[dt.date | None] = mapped_column(Date)
    """The newest month whose report was sent by this schedule."""
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)


class Report(PlatformModel):
    """A region's report of a month: made once, its files never changed; a new edition is a row of its own."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("region_code", "month", "edition", name="uq_report_region_code"),
        CheckConstraint("state IN ('making', 'ready', 'failed')", name="state"),
        Index("ix_report_month", "month"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    region_code: Mapped[str] = mapped_column(Text)
    month: Mapped[dt.date] = mapped_column(Date)
    edition: Mapped[int] = mapped_column(SmallInteger, default=1)
    state: Mapped[str] = mapped_column(Text, default="making")
    error: Mapped[str | None] = mapped_column(Text)
    pdf_id: Mapped[uuid.UUID | None] = mapped_column()
    xlsx_id: Mapped[uuid.UUID | None] = mapped_column()
    asked_by: Mapped[str] = mapped_column(Text)
    schedule_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("platform.report_schedule.id", ondelete="SET NULL")
    )
    sent_to: Mapped[list[str]] = mapped_column(JSONB, default=list)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    ready_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
