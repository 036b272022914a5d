"""Monthly reports of a region: who gets them when, and those that were made."""

import datetime as dt
import uuid

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
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
    """Whom a recipient may ask."""
    made_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    row_version: Mapped[int] = mapped_column(Integer, default=1)

    __mapper_args__ = {"version_id_col": row_version}


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
    run_id: Mapped[uuid.UUID | None] = mapped_column()
    """The work in the background that makes it."""
    digest: Mapped[str] = mapped_column(Text, default="")
    """Of the figures that it tells: another edition is made only when they are others."""
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    ready_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class ReportDelivery(PlatformModel):
    """A month's report for one recipient of a schedule: there is one, whoever asks and how often."""

    __tablename__ = "report_delivery"
    __table_args__ = (
        UniqueConstraint("schedule_id", "month", "recipient", name="uq_report_delivery_schedule_id"),
        CheckConstraint("state IN ('waiting', 'sent', 'failed', 'cancelled')", name="state"),
        Index("ix_report_delivery_report_id", "report_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    schedule_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.report_schedule.id", ondelete="CASCADE")
    )
    month: Mapped[dt.date] = mapped_column(Date)
    recipient: Mapped[str] = mapped_column(Text)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.report.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(Text, default="waiting")
    error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    sent_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
