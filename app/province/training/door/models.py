"""Who came to which session, and by which phone at the door it was noted."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.models import now

SOURCES = ("scan", "search", "walk_in", "self", "sheet")


class TrainingAttendance(PlatformModel):
    """Somebody was at a session: one row, however often and wherever it was noted."""

    __tablename__ = "training_attendance"
    __table_args__ = (
        CheckConstraint(f"source IN {SOURCES}", name="source"),
        Index("ix_training_attendance_participant_id", "participant_id"),
    )

    session_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.training_session.id", ondelete="CASCADE"), primary_key=True
    )
    participant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.training_participant.id", ondelete="CASCADE"), primary_key=True
    )
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    """When they came, by the server's clock (a phone's clock is corrected by what it said when it synchronised)."""
    phone_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    """What the phone's own clock said."""
    source: Mapped[str] = mapped_column(Text)
    noted_by: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    """When the server heard of it."""
    note: Mapped[str] = mapped_column(Text, default="")
    """What was odd: a clock far off, outside of the session's hours."""
