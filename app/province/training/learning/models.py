"""Questions, tests and answers, what was opened, evaluations and certificates."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now


class TrainingQuestion(PlatformModel):
    """A question of an office's bank: one right answer out of several."""

    __tablename__ = "training_question"
    __table_args__ = (
        CheckConstraint("pillar IN ('government', 'economy', 'people', 'adoption')", name="pillar"),
        Index("ix_training_question_region_code", "region_code", "pillar"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    region_code: Mapped[str] = mapped_column(Text)
    pillar: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text, default="")
    words: Mapped[str] = mapped_column(Text)
    choices: Mapped[list[str]] = mapped_column(JSONB)
    right: Mapped[int] = mapped_column(SmallInteger)
    """Which of the choices, from 0."""
    explanation: Mapped[str] = mapped_column(Text, default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class TrainingTest(PlatformModel):
    """The test before or after an event; its questions stay as they were when it was opened."""

    __tablename__ = "training_test"
    __table_args__ = (
        CheckConstraint("phase IN ('pre', 'post')", name="phase"),
        UniqueConstraint("event_id", "phase", name="uq_training_test_event_id_phase"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.training_event.id", ondelete="CASCADE"))
    phase: Mapped[str] = mapped_column(Text)
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """Copies of the bank's questions: id, words, choices, right."""
    pass_mark: Mapped[int] = mapped_column(SmallInteger, default=60)
    """Percent."""
    opens_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    closes_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class TrainingAnswers(PlatformModel):
    """One participant's answers to one test: once, on a phone or typed in from paper."""

    __tablename__ = "training_answers"
    __table_args__ = (Index("ix_training_answers_participant_id", "participant_id"),)

    test_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.training_test.id", ondelete="CASCADE"), primary_key=True
    )
    participant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.training_participant.id", ondelete="CASCADE"), primary_key=True
    )
    answers: Mapped[dict[str, int]] = mapped_column(JSONB)
    """The question's place in the test → the choice's place, as the test holds them (not as they were shown)."""
    right_count: Mapped[int] = mapped_column(SmallInteger)
    question_count: Mapped[int] = mapped_column(SmallInteger)
    is_paper: Mapped[bool] = mapped_column(default=False)
    entered_by: Mapped[str] = mapped_column(Text, default="")
    sent_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)


class MaterialOpening(PlatformModel):
    """That a village (its staff, or its participants) opened a material, and how often."""

    __tablename__ = "training_material_opening"

    file_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.training_file.id", ondelete="CASCADE"), primary_key=True
    )
    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.tenant.id", ondelete="CASCADE"), primary_key=True
    )
    times: Mapped[int] = mapped_column(Integer, default=1)
    last_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)


class TrainingEvaluation(PlatformModel):
    """What somebody thought of an event and its speakers. Nothing in it tells who it was."""

    __tablename__ = "training_evaluation"
    __table_args__ = (Index("ix_training_evaluation_event_id", "event_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.training_event.id", ondelete="CASCADE"))
    ratings: Mapped[dict[str, int]] = mapped_column(JSONB)
    """Of the event: aspect → 1–5."""
    speakers: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    """Speaker's id → 1–5."""
    liked: Mapped[str] = mapped_column(Text, default="")
    wished: Mapped[str] = mapped_column(Text, default="")


class TrainingEvaluated(PlatformModel):
    """That a participant evaluated: without what they said, and with the day only."""

    __tablename__ = "training_evaluated"

    participant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.training_participant.id", ondelete="CASCADE"), primary_key=True
    )


class TrainingCertificate(PlatformModel):
    """A certificate: numbered without gaps, kept as the PDF that was given out, checked by its token."""

    __tablename__ = "training_certificate"
    __table_args__ = (
        CheckConstraint("state IN ('numbered', 'made', 'revoked')", name="state"),
        UniqueConstraint("participant_id", name="uq_training_certificate_participant_id"),
        UniqueConstraint(
            "region_code", "year", "number", name="uq_training_certificate_region_code_year_number"
        ),
        Index("ix_training_certificate_token", "token", unique=True),
        Index("ix_training_certificate_event_id", "event_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.training_event.id"))
    participant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.training_participant.id"))
    region_code: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[int] = mapped_column(Integer)
    number_text: Mapped[str] = mapped_column(Text)
    token: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    village: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """What else stands on it, as it was when it was numbered: the event, its days and topics, who signs."""
    state: Mapped[str] = mapped_column(Text, default="numbered")
    file_id: Mapped[uuid.UUID | None] = mapped_column()
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    issued_by: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_reason: Mapped[str | None] = mapped_column(Text)


class CertificateNumbers(PlatformModel):
    """The last number that an office drew in a year; its row is locked while one is drawn."""

    __tablename__ = "training_certificate_numbers"

    region_code: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    last: Mapped[int] = mapped_column(Integer, default=0)
