"""Complaints of residents: one table; steps and photos are those of cases (`app.core.casework`)."""

import datetime as dt
import uuid

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import TenantModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)


class Complaint(TenantModel):
    """What somebody complains of. `box` seals `text` and, unless anonymous, `name` and `contact`.

    `code` is what an anonymous person follows it with: random, not countable. `public_text` and `answer` are what
    everybody reads where the village answers in public (`is_public`); a private answer is a step with a box.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint(
            "state IN ('received', 'in_progress', 'answered', 'closed', 'rejected')", name="state"
        ),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        Index("ix_complaint_received_at", "received_at", "id"),
        Index(
            "uq_complaint_idempotency_key",
            "idempotency_key",
            unique=True,
            postgresql_where="idempotency_key IS NOT NULL",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    code: Mapped[str] = mapped_column(Text, unique=True)
    category: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_anonymous: Mapped[bool] = mapped_column(default=False, server_default="false")
    account_id: Mapped[uuid.UUID | None] = mapped_column()
    resident_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("resident.id"))
    sub_area_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("sub_area.id"))
    place: Mapped[str] = mapped_column(Text, default="", server_default="")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    state: Mapped[str] = mapped_column(Text, default="received", server_default="received")
    is_public: Mapped[bool] = mapped_column(default=False, server_default="false")
    public_text: Mapped[str] = mapped_column(Text, default="", server_default="")
    answer: Mapped[str] = mapped_column(Text, default="", server_default="")
    handled_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    idempotency_key: Mapped[uuid.UUID | None] = mapped_column()
    received_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    due_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    answered_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    closed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
