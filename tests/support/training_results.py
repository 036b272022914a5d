"""Tests written by participants, money spent, and a clean place to count trainings in."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import delete, select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.events.models import TrainingCost, TrainingEvent
from app.province.training.learning.models import TrainingAnswers, TrainingCertificate, TrainingTest
from app.province.training.participants.models import TrainingParticipant
from tenants.models import now
from tenants.scope import platform_scope

QUESTIONS = 10


def no_trainings(app: SigerFlask, region: str) -> None:
    """No trainings of a region's offices, nor of those above and below it, and nobody from there at any other."""
    above = [region[:end] for end in (2, 5) if end < len(region)]
    offices = TrainingEvent.region_code.startswith(region) | TrainingEvent.region_code.in_(above)
    events = select(TrainingEvent.id).where(offices)
    theirs = TrainingParticipant.regency_code == region[:5]
    with app.app_context(), platform_scope():
        people = select(TrainingParticipant.id).where(TrainingParticipant.event_id.in_(events) | theirs)
        db.session.execute(
            delete(TrainingCertificate).where(
                TrainingCertificate.event_id.in_(events) | TrainingCertificate.participant_id.in_(people)
            )
        )
        db.session.execute(delete(TrainingParticipant).where(theirs))
        db.session.execute(delete(TrainingEvent).where(offices))
        db.session.commit()


def spend(app: SigerFlask, event_id: uuid.UUID, amount: int, *, planned: bool = False) -> None:
    """Rp that an event cost, or is only planned to cost."""
    with app.app_context(), platform_scope():
        db.session.add(
            TrainingCost(
                event_id=event_id, category="konsumsi", description="Konsumsi", amount=amount, recorded_by="Uji",
                spent_on=None if planned else now().date(),
            )
        )  # fmt: skip
        db.session.commit()


def answer(
    app: SigerFlask,
    event_id: uuid.UUID,
    phase: str,
    participant_id: uuid.UUID,
    right: int,
    sent_at: dt.datetime | None = None,
) -> None:
    """A participant's test of ten questions, so many of them right."""
    with app.app_context(), platform_scope():
        query = select(TrainingTest).where(TrainingTest.event_id == event_id, TrainingTest.phase == phase)
        test = db.session.scalars(query).one_or_none()
        if test is None:
            test = TrainingTest(event_id=event_id, phase=phase)
            db.session.add(test)
            db.session.flush()
        db.session.add(
            TrainingAnswers(
                test_id=test.id, participant_id=participant_id, answers={}, right_count=right,
                question_count=QUESTIONS, sent_at=sent_at or now(),
            )
        )  # fmt: skip
        db.session.commit()
