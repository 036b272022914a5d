"""Villages that were invited, people who take part, their seats, what their villages have to do afterwards."""

import datetime as dt
import uuid

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now

SEATS = ("registered", "waiting", "replaced", "cancelled")


class TrainingInvitation(PlatformModel):
    """A village that an event asks to send people."""

    __tablename__ = "training_invitation"
    __table_args__ = (
        CheckConstraint("answer IN ('none', 'coming', 'declined')", name="answer"),
        Index("ix_training_invitation_tenant_id", "tenant_id", "event_id"),
        Index("ix_training_invitation_token_digest", "token_digest", unique=True),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.training_event.id", ondelete="CASCADE"), primary_key=True
    )
    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.tenant.id", ondelete="CASCADE"), primary_key=True
    )
    token: Mapped[str] = mapped_column(Text)
    """What the letter's QR holds: random, unguessable."""
    token_digest: Mapped[bytes] = mapped_column(LargeBinary)
    letter_number: Mapped[str] = mapped_column(Text, default="")
    invited_by: Mapped[str] = mapped_column(Text)
    invited_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    delivered_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    told_version: Mapped[int] = mapped_column(Integer, default=0)
    """The schedule that the village was told last (see `TrainingEvent.schedule_version`); of a village that nobody uses
    here, the one of its letter."""
    seen_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    seen_by: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text, default="none")
    answer_reason: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class TrainingPerson(PlatformModel):
    """A person across events and villages. The NIK itself is never kept here, only its keyed digest and its end."""

    __tablename__ = "training_person"
    __table_args__ = (
        CheckConstraint("sex IN ('male', 'female')", name="sex"),
        Index("ix_training_person_nik_index", "nik_index", unique=True),
        Index("ix_training_person_search_name", "search_name"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(Text)
    search_name: Mapped[str] = mapped_column(Text)
    """Lower case, without titles and marks: finds the same name written in another way."""
    sex: Mapped[str] = mapped_column(Text)
    birth_date: Mapped[dt.date | None] = mapped_column(Date)
    nik_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    nik_end: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)


class TrainingParticipant(PlatformModel):
    """Somebody's seat at an event, for a village."""

    __tablename__ = "training_participant"
    __table_args__ = (
        CheckConstraint(f"seat IN {SEATS}", name="seat"),
        UniqueConstraint("event_id", "person_id", name="uq_training_participant_event_id_person_id"),
        Index("ix_training_participant_token", "token", unique=True),
        Index("ix_training_participant_tenant_id", "tenant_id", "event_id"),
        Index("ix_training_participant_person_id", "person_id"),
        Index("ix_training_participant_event_id", "event_id", "seat", "district_code"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.training_event.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.training_person.id"))
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("platform.tenant.id", ondelete="SET NULL"))
    """The village that sends them; None for people of offices."""
    district_code: Mapped[str] = mapped_column(Text, default="")
    regency_code: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[str] = mapped_column(Text, default="")
    """Their office in the village, or "warga"."""
    is_official: Mapped[bool] = mapped_column(default=False)
    seat: Mapped[str] = mapped_column(Text, default="registered")
    is_walk_in: Mapped[bool] = mapped_column(default=False)
    token: Mapped[str] = mapped_column(Text)
    """What their QR holds: random, unguessable, good for this event alone; opens their own page."""
    replaces_id: Mapped[uuid.UUID | None] = mapped_column()
    """Whose seat they took."""
    registered_by: Mapped[str] = mapped_column(Text)
    registered_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    seated_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    """When the seat was theirs: at once, or when the waiting list moved up."""
    cancelled_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class TrainingTask(PlatformModel):
    """What a village does after an event: what, by when, and whether it did."""

    __tablename__ = "training_task"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done', 'dropped')", name="state"),
        Index("ix_training_task_tenant_id", "tenant_id", "state", "due_on"),
        Index("ix_training_task_event_id", "event_id"),
        Index("ix_training_task_due_on", "due_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("platform.training_event.id", ondelete="CASCADE")
    )
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id", ondelete="CASCADE"))
    batch_id: Mapped[uuid.UUID] = mapped_column()
    """One task given to many villages: their rows share it."""
    what: Mapped[str] = mapped_column(Text)
    details: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[dt.date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(Text, default="open")
    given_by: Mapped[str] = mapped_column(Text)
    given_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    done_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    done_by: Mapped[str | None] = mapped_column(Text)
    done_note: Mapped[str] = mapped_column(Text, default="")
    reminded_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    row_version: Mapped[int] = mapped_column(Integer, default=1)
