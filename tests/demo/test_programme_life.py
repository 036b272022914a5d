"""The demo's trainings and mentoring: the two that happened as they happened, the others believable, nothing twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import distinct, func, select, update

from app import create_app
from app.core.files.services import open_file
from app.core.hosting import SigerFlask
from app.core.indicators.declarations import ZONE
from app.core.indicators.models import IndicatorValue
from app.core.indicators.rollup import roll_up_due
from app.demo.accounts import seed_accounts
from app.demo.content import DemoSecrets
from app.demo.mentoring_life import seed_mentoring, seed_rule_cases
from app.demo.province_history import add_up, write_past
from app.demo.training_life import seed_training
from app.demo.training_papers import seed_papers
from app.demo.visits_life import seed_readers, seed_visits
from app.extensions import cache, db
from app.province.knowledge import queries as guides
from app.province.knowledge.services import load_shipped
from app.province.mentoring.cases import rules
from app.province.mentoring.cases.models import STATES, MentoringCase, MentorVillage
from app.province.mentoring.visits.models import MentoringVisit
from app.province.training.door import queries as doors
from app.province.training.door.models import TrainingAttendance
from app.province.training.events import conflicts
from app.province.training.events.models import TrainingEvent, TrainingSession
from app.province.training.learning.models import TrainingAnswers, TrainingCertificate
from app.province.training.participants.models import (
    SEATS,
    TrainingInvitation,
    TrainingParticipant,
    TrainingTask,
)
from tenants.models import now
from tenants.scope import platform_scope
from tests.support import servers


@pytest.fixture(scope="module")
def house(app: SigerFlask) -> Iterator[SigerFlask]:
    """A new house in which everything was held and written."""
    number, prefix = servers.house_number(), f"prog{servers.worker_number()}_"
    fresh = create_app(servers.settings_for(servers.make_database(f"siger_{prefix}"), number, prefix))
    with fresh.app_context(), platform_scope():
        seed_accounts([], DemoSecrets("x" * 64), "localhost")
        write_past(lambda told: None, months=4)
        load_shipped()
        assert seed_papers(seed_training()) > 80
        assert seed_mentoring() > 30
        assert seed_visits() > 40
        assert seed_readers() > 100
        assert add_up(lambda told: None, months=4) == 4
        assert seed_rule_cases() > 20
        roll_up_due()
    yield fresh
    cache.configure(app.config["REDIS_URL"])
    with fresh.app_context():
        db.engine.dispose()


def count(*conditions: object) -> int:
    """How many rows there are."""
    return db.session.scalar(select(func.count()).where(*conditions)) or 0  # type: ignore[arg-type]


def test_the_two_real_events_stand_as_they_happened(house: SigerFlask) -> None:
    with house.app_context(), platform_scope():
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
        assert db.session.execute(came).one()[0] == 71
        numbers = list(
            db.session.scalars(
                select(TrainingCertificate.number_text)
                .where(TrainingCertificate.event_id == bimtek.id)
                .order_by(TrainingCertificate.number)
            )
        )
        assert numbers[0] == "0001/SERT/18.06/X/2024"
        assert len(numbers) > 65
        first = select(TrainingEvent).where(TrainingEvent.starts_on == dt.date(2023, 9, 23))
        assert db.session.scalars(first).one().region_code == "18.08.11"


def test_every_state_is_there_to_be_looked_at(house: SigerFlask) -> None:
    with house.app_context(), platform_scope():
        states = set(db.session.scalars(select(TrainingEvent.state).distinct()))
        assert states == {"draft", "open", "done", "cancelled"}
        assert set(db.session.scalars(select(TrainingParticipant.seat).distinct())) == set(SEATS)
        assert set(db.session.scalars(select(TrainingInvitation.answer).distinct())) == {
            "none",
            "coming",
            "declined",
        }
        assert set(db.session.scalars(select(MentoringCase.state).distinct())) == set(STATES)
        assert set(db.session.scalars(select(MentoringCase.level).distinct())) == {1, 2, 3}
        assert set(db.session.scalars(select(MentoringVisit.state).distinct())) == {
            "planned",
            "held",
            "signed",
            "cancelled",
        }
        certificates = set(db.session.scalars(select(TrainingCertificate.state).distinct()))
        assert certificates == {"made", "revoked"}
        assert count(TrainingParticipant.is_walk_in) > 5
        today = now().astimezone(ZONE).date()
        assert count(TrainingTask.state == "open", TrainingTask.due_on < today) > 2
        assert count(MentorVillage.mentor_id.is_not(None)) > 100
        assert guides.most_asked("village")


def test_a_door_is_open_today_and_two_events_want_one_hall(house: SigerFlask) -> None:
    with house.app_context(), platform_scope():
        lines = doors.doors_near("18.06.20", now())
        assert any(one.session.starts_at.astimezone(ZONE).date() == now().astimezone(ZONE).date()
                   for one in (line.door for line in lines))  # fmt: skip
        events = list(db.session.scalars(select(TrainingEvent).where(TrainingEvent.state == "open")))
        kinds = {clash.kind for found in conflicts.of_events(events, "18").values() for clash in found}
        assert kinds == {"venue", "speaker"}


def test_nobody_is_tested_or_noted_before_it_was_held(house: SigerFlask) -> None:
    with house.app_context(), platform_scope():
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
        assert count(TrainingAnswers.sent_at > func.now()) == 0


def test_figures_count_the_certificates_and_the_open_cases(house: SigerFlask) -> None:
    with house.app_context(), platform_scope():

        def told(code: str) -> float:
            return (
                db.session.scalar(select(func.sum(IndicatorValue.value)).where(IndicatorValue.code == code))
                or 0
            )

        assert told("training.certified") > 20
        assert told("training.participants") > 20
        present = select(func.max(IndicatorValue.period)).scalar_subquery()
        open_ = select(func.sum(IndicatorValue.value)).where(
            IndicatorValue.code == "adoption.mentoring_open", IndicatorValue.period == present
        )
        assert db.session.scalar(open_) == count(MentoringCase.state.not_in(["solved", "closed"]))


def test_the_night_finds_nothing_that_the_demo_forgot(house: SigerFlask) -> None:
    with house.app_context(), platform_scope():
        assert rules.look()[0] == 0


def test_photos_of_visits_can_be_opened(house: SigerFlask) -> None:
    with house.app_context(), platform_scope():
        visits = db.session.scalars(select(MentoringVisit).where(MentoringVisit.state == "signed"))
        shown = [photo for visit in visits for photo in visit.photos]
        assert {open_file(photo["file_id"]).media_type for photo in shown} == {"image/jpeg"}  # type: ignore[arg-type]
        far = [photo for photo in shown if float(str(photo["kilometres"])) > 20]
        assert 0 < len(far) < len(shown) / 3


def test_a_second_start_holds_only_what_is_over(house: SigerFlask) -> None:
    with house.app_context(), platform_scope():
        assert seed_training() == []
        assert (seed_mentoring(), seed_visits(), seed_readers(), seed_rule_cases()) == (0, 0, 0, 0)
        title = "Pekan klinik layanan Kecamatan Gisting"
        past = update(TrainingEvent).where(TrainingEvent.title == title)
        week = dt.timedelta(days=7)
        db.session.execute(
            past.values(starts_on=TrainingEvent.starts_on - week, ends_on=TrainingEvent.ends_on - week)
        )
        assert [held.event.title for held in seed_training()] == [title]
        assert set(db.session.scalars(select(TrainingEvent.state).where(TrainingEvent.title == title))) == {
            "open",
            "done",
        }
