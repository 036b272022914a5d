"""Notifications of a village, to its staff and its residents: one table."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import TenantModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)


class Notification(TenantModel):
    """One message to one person over one channel.

    `recipient_id` is an account of staff (the platform's) or a resident's account (the village's), by `audience`.
    `box` seals what is said and where it leads (`title`, `text`, `link`); the address is looked up when it is sent.
    `subject_kind` and `subject_id` name what it is about, as in `CaseStep`. `sent_at` is when it was sent, or tried
    last while it waits. `skipped` is what had nowhere to go or, with an `error`, what was called off (`calling_off`).
    """

    __tablename__ = "notification"
    __table_args__ = (
        CheckConstraint("audience IN ('staff', 'resident')", name="audience"),
        CheckConstraint("channel IN ('in_app', 'email', 'whatsapp')", name="channel"),
        CheckConstraint("state IN ('waiting', 'sent', 'failed', 'skipped')", name="state"),
        Index("ix_notification_recipient_id", "recipient_id", "created_at"),
        Index("ix_notification_waiting", "created_at", postgresql_where="state = 'waiting'"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    audience: Mapped[str] = mapped_column(Text)
    recipient_id: Mapped[uuid.UUID] = mapped_column()
    channel: Mapped[str] = mapped_column(Text)
    event: Mapped[str] = mapped_column(Text)
    subject_kind: Mapped[str] = mapped_column(Text, default="", server_default="")
    subject_id: Mapped[uuid.UUID | None] = mapped_column()
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text, default="waiting", server_default="waiting")
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    error: Mapped[str] = mapped_column(Text, default="", server_default="")
    read_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    sent_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
