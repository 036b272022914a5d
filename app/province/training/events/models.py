"""Programmes, events with their sessions, places, speakers, quotas, money and papers."""

import datetime as dt
import uuid

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now

KINDS = ("bimtek", "socialisation", "cadre_training", "study_visit")
STATES = ("draft", "open", "done", "cancelled")


class TrainingProgramme(PlatformModel):
    """A row of events with one aim, of a region's office."""

    __tablename__ = "training_programme"
    __table_args__ = (Index("ix_training_programme_region_code", "region_code"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    region_code: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    aim: Mapped[str] = mapped_column(Text, default="")
    year: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class TrainingVenue(PlatformModel):
    """A place where events are held, with its point on the map (WGS 84)."""

    __tablename__ = "training_venue"
    __table_args__ = (Index("ix_training_venue_region_code", "region_code"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    region_code: Mapped[str] = mapped_column(Text)
    """Where it lies: a kabupaten's or kecamatan's code."""
    kept_by: Mapped[str] = mapped_column(Text, default="")
    """The office that wrote it down; empty: whoever it lies within."""
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text, default="")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    capacity: Mapped[int | None] = mapped_column(Integer)
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class TrainingSpeaker(PlatformModel):
    """Somebody who speaks or teaches at events."""

    __tablename__ = "training_speaker"
    __table_args__ = (Index("ix_training_speaker_region_code", "region_code"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    region_code: Mapped[str] = mapped_column(Text)
    """The office that keeps this entry."""
    name: Mapped[str] = mapped_column(Text)
    position: Mapped[str] = mapped_column(Text, default="")
    organisation: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class TrainingEvent(PlatformModel):
    """One event: of one kind, by one office, at one place, over its sessions."""

    __tablename__ = "training_event"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("starts_on <= ends_on", name="days"),
        Index("ix_training_event_region_code", "region_code", "starts_on"),
        Index("ix_training_event_starts_on", "starts_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    region_code: Mapped[str] = mapped_column(Text)
    """The organiser: province, kabupaten or kecamatan."""
    programme_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("platform.training_programme.id", ondelete="SET NULL")
    )
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    venue_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("platform.training_venue.id"))
    starts_on: Mapped[dt.date] = mapped_column(Date)
    ends_on: Mapped[dt.date] = mapped_column(Date)
    registration_until: Mapped[dt.date | None] = mapped_column(Date)
    capacity: Mapped[int | None] = mapped_column(Integer)
    """Seats in all; None without a limit. Quotas of regions lie within it."""
    per_village: Mapped[int | None] = mapped_column(SmallInteger)
    """How many one village may register; None without a limit."""
    state: Mapped[str] = mapped_column(Text, default="draft")
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it was cancelled."""
    budget: Mapped[int | None] = mapped_column(BigInteger)
    """Planned in all, Rp."""
    opened_by: Mapped[str] = mapped_column(Text, default="")
    """Who opened it, by name and office, as a report would say."""
    schedule_version: Mapped[int] = mapped_column(Integer, default=1)
    """Counts moves in time or place: whoever was told an earlier one is told anew."""
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class TrainingSession(PlatformModel):
    """A part of an event with its own hours, topic and attendance."""

    __tablename__ = "training_session"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="hours"),
        CheckConstraint("pillar IN ('government', 'economy', 'people', 'adoption')", name="pillar"),
        Index("ix_training_session_event_id", "event_id", "starts_at"),
        Index("ix_training_session_starts_at", "starts_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.training_event.id", ondelete="CASCADE"))
    starts_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    title: Mapped[str] = mapped_column(Text)
    pillar: Mapped[str] = mapped_column(Text)
    room: Mapped[str] = mapped_column(Text, default="")
    """A room of the event's place."""


class TrainingSessionSpeaker(PlatformModel):
    """Who speaks in a session."""

    __tablename__ = "training_session_speaker"
    __table_args__ = (Index("ix_training_session_speaker_speaker_id", "speaker_id"),)

    session_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.training_session.id", ondelete="CASCADE"), primary_key=True
    )
    speaker_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.training_speaker.id"), primary_key=True
    )


class TrainingQuota(PlatformModel):
    """How many seats of an event a kabupaten or kecamatan holds."""

    __tablename__ = "training_quota"
    __table_args__ = (CheckConstraint("seats >= 0", name="seats"),)

    event_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.training_event.id", ondelete="CASCADE"), primary_key=True
    )
    region_code: Mapped[str] = mapped_column(Text, primary_key=True)
    seats: Mapped[int] = mapped_column(Integer)


class TrainingCost(PlatformModel):
    """What an event was planned to cost or did cost."""

    __tablename__ = "training_cost"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_training_cost_event_id", "event_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.training_event.id", ondelete="CASCADE"))
    category: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    """Rp."""
    spent_on: Mapped[dt.date | None] = mapped_column(Date)
    """None while it is only planned."""
    recorded_by: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)


class TrainingFile(PlatformModel):
    """A paper of an event: a document of the organiser's, or material for whoever takes part."""

    __tablename__ = "training_file"
    __table_args__ = (
        CheckConstraint("purpose IN ('document', 'material')", name="purpose"),
        Index("ix_training_file_event_id", "event_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.training_event.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    file_id: Mapped[uuid.UUID] = mapped_column()
    file_name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    added_by: Mapped[str] = mapped_column(Text)
    added_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)


class CalendarFeed(PlatformModel):
    """The secret address under which somebody's calendar program reads the events of a region."""

    __tablename__ = "training_calendar_feed"
    __table_args__ = (Index("ix_training_calendar_feed_account_id", "account_id", unique=True),)

    token_digest: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column()
    region_code: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
