"""Visits of mentors to villages, and the PIN with which a village signs that they were there."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Date, DateTime, Float, ForeignKey, Index, Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.models import now


class MentoringVisit(PlatformModel):
    """A visit: its id is drawn by the mentor's phone, so that a draft sent twice is one visit."""

    __tablename__ = "mentoring_visit"
    __table_args__ = (
        CheckConstraint("state IN ('planned', 'held', 'signed', 'cancelled')", name="state"),
        CheckConstraint("signed_way IN ('pin', 'account')", name="signed_way"),
        Index("ix_mentoring_visit_tenant_id", "tenant_id", "visited_on"),
        Index("ix_mentoring_visit_mentor_id", "mentor_id", "visited_on"),
        Index("ix_mentoring_visit_case_id", "case_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id", ondelete="CASCADE"))
    mentor_id: Mapped[uuid.UUID] = mapped_column()
    mentor_name: Mapped[str] = mapped_column(Text)
    case_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("platform.mentoring_case.id", ondelete="SET NULL")
    )
    visited_on: Mapped[dt.date] = mapped_column(Date)
    place: Mapped[str] = mapped_column(Text, default="")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    accuracy: Mapped[float | None] = mapped_column(Float)
    """Metres, as the phone said."""
    kilometres: Mapped[float | None] = mapped_column(Float)
    """From that place to the village's own point; null where one of both is not known."""
    aim: Mapped[str] = mapped_column(Text, default="")
    done: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(Text, default="")
    next_on: Mapped[dt.date | None] = mapped_column(Date)
    photos: Mapped[list[dict[str, object]]] = mapped_column(JSONB, default=list)
    """file_id, sha256 of what was sent, taken_at, latitude, longitude, kilometres from the village: as the photo says,
    never believed."""
    state: Mapped[str] = mapped_column(Text, default="planned")
    signed_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    signed_by: Mapped[str | None] = mapped_column(Text)
    signed_way: Mapped[str | None] = mapped_column(Text)
    """"pin": with the village's PIN on the mentor's phone; "account": by somebody of the village on its own host."""
    cancel_reason: Mapped[str] = mapped_column(Text, default="")
    written_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    """When it was written, by the phone; it may have waited for a network."""
    sent_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class VillagePin(PlatformModel):
    """The PIN by which a village signs visits; kept as a slow digest, locked after wrong tries."""

    __tablename__ = "mentoring_village_pin"

    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.tenant.id", ondelete="CASCADE"), primary_key=True
    )
    pin_hash: Mapped[str] = mapped_column(Text)
    set_by: Mapped[str] = mapped_column(Text)
    set_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    failures: Mapped[int] = mapped_column(SmallInteger, default=0)
    locked_until: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    row_version: Mapped[int] = mapped_column(Integer, default=1)
