"""The demo's trainings and mentoring: the two that happened as they happened, the others believable, nothing twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import distinct, func, select

from app import create_app
from app.core.hosting import SigerFlask
from app.demo.accounts import seed_accounts
from app.demo.content import DemoSecrets
from app.demo.mentoring_life import seed_mentoring
from app.demo.province_history import seed_province
from app.demo.training_life import seed_training
from app.extensions import cache, db
from app.province.mentoring.cases.models import STATES, MentoringCase, MentorVillage
from app.province.mentoring.visits.models import MentoringVisit
from app.province.training.door.models import TrainingAttendance
from app.province.training.events.models import TrainingEvent, TrainingSession
from app.province.training.learning.models import TrainingAnswers
from app.province.training.participants.models import TrainingParticipant
from tenants.scope import platform_scope
from tests.support import servers


@pytest.fixture
def house(app: SigerFlask) -> Iterator[SigerFlask]:
    """A new house, whose province can look back and knows its people."""
    number, prefix = servers.worker_number(), f"prog{servers.worker_number()}_"
    fresh = create_app(servers.settings_for(servers.make_database(f"siger_{prefix}"), number, prefix))
    with fresh.app_context(), platform_scope():
        seed_accounts([], DemoSecrets("x" * 64), "localhost")
        seed_province(lambda told: None, months=2)
    yield fresh
    cache.configure(app.config["REDIS_URL"])
    with fresh.app_context():
        db.engine.dispose()


def test_the_programme_is_there_to_be_looked_at(house: SigerFlask) -> None:
    with house.app_context(), platform_scope():
        assert seed_training() > 10
        assert seed_training() == 0
        assert seed_mentoring() > 30
        assert seed_mentoring() == 0
        bimtek = db.session.scalars(
            select(TrainingEvent).where(TrainingEvent.starts_on == dt.date(2024, 10, 10))
        ).one()
        assert (bimtek.ends_on, bimtek.region_code) == (dt.date(2024, 10, 12), "18.06")
        came = (
            select(
                func.count(distinct(TrainingParticipant.id)),
                func.count(distinct(TrainingParticipant.tenant_id)),
            )
            .join(TrainingAttendance, TrainingAttendance.participant_id == TrainingParticipant.id)
            .where(TrainingParticipant.event_id == bimtek.id)
        )
        of_gisting = came.where(TrainingParticipant.district_code == "18.06.20")
        assert tuple(db.session.execute(of_gisting).one()) == (19, 9)
        assert db.session.execute(came).one()[0] > 60
        first = select(TrainingEvent).where(TrainingEvent.starts_on == dt.date(2023, 9, 23))
        assert db.session.scalars(first).one().region_code == "18.08.11"
        states = set(db.session.scalars(select(TrainingEvent.state).distinct()))
        assert states == {"draft", "open", "done", "cancelled"}
        assert set(db.session.scalars(select(MentoringCase.state).distinct())) == set(STATES)
        assert db.session.scalar(select(func.count()).select_from(MentorVillage)) > 100
        assert db.session.scalar(select(func.count()).select_from(MentoringVisit)) > 40


def test_nobody_is_tested_or_noted_before_it_was_held(house: SigerFlask) -> None:
    with house.app_context(), platform_scope():
        seed_training()
        early = (
            select(func.count())
            .select_from(TrainingAttendance)
            .join(TrainingSession, TrainingSession.id == TrainingAttendance.session_id)
            .where(TrainingAttendance.at > func.now())
        )
        assert db.session.scalar(early) == 0
        unseen = select(func.count()).where(
            TrainingAnswers.participant_id.not_in(select(TrainingAttendance.participant_id))
        )
        assert db.session.scalar(unseen) == 0
