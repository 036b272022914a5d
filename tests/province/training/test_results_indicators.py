"""Training as figures of villages: counted by hand beside them, added up, and nobody else's to tell."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import delete, select

from app.core.hosting import SigerFlask
from app.core.indicators import rollup as adding
from app.core.indicators.declarations import indicator, months_before
from app.core.indicators.models import IndicatorValue, RollupDue
from app.core.indicators.rollup import refigure
from app.extensions import db
from app.province import figures
from app.province.external.judging import pushable
from app.province.readiness.scoring import score_districts
from app.province.training.learning.models import TrainingCertificate
from app.province.training.results import jobs
from app.province.training.results.indicators import WRITTEN
from app.province.training.results.rollup import first_month, write_month, write_training
from tenants.scope import platform_scope
from tests.support.figures import month, tell, village_id
from tests.support.training import a_session, an_event, attend, participants_of
from tests.support.training_results import answer, no_trainings

REGENCY, HERE = "18.09", "18.09.04"
TAUGHT, AWAY = f"{HERE}.2001", f"{HERE}.2002"


def stands(app: SigerFlask, code: str, ago: int) -> dict[str, tuple[float, float | None, float | None, str]]:
    """Training's figures of a village as they stand in the table."""
    ident = village_id(app, code)
    with app.app_context(), platform_scope():
        rows = db.session.scalars(
            select(IndicatorValue).where(
                IndicatorValue.tenant_id == ident,
                IndicatorValue.period == month(ago),
                IndicatorValue.code.in_(WRITTEN),
            )
        )
        return {row.code: (row.value, row.numerator, row.denominator, row.source) for row in rows}


def a_day_of(ago: int) -> int:
    """How many days the tenth of a month so many months ago is away."""
    return (month(ago) + dt.timedelta(days=9) - dt.datetime.now(dt.UTC).date()).days


def certify(
    app: SigerFlask, event_id: uuid.UUID, who: uuid.UUID, at: dt.datetime, state: str, number: int
) -> None:
    """A certificate as it stands after the batch job."""
    with app.app_context(), platform_scope():
        db.session.add(
            TrainingCertificate(
                event_id=event_id, participant_id=who, region_code=HERE, year=at.year, number=number,
                number_text=str(number), token=uuid.uuid4().hex, name="Peserta", village="Desa", state=state,
                issued_by="Uji", issued_at=at,
            )
        )  # fmt: skip
        db.session.commit()


@pytest.fixture
def taught(app: SigerFlask) -> uuid.UUID:
    """Two trainings last month; two women and a man came to the one, a woman to the other, one man did not come.

    Two of the tests afterwards were last month (70% and 90%), one is thirteen months old. Of four certificates one
    stands, one was revoked, one has only a number, one is of the month before.
    """
    no_trainings(app, REGENCY)
    ident = village_id(app, TAUGHT)
    with app.app_context(), platform_scope():
        db.session.execute(delete(IndicatorValue).where(IndicatorValue.tenant_id == ident))
        db.session.commit()
    first = an_event(app, HERE, days_from_now=a_day_of(1))
    session, again = a_session(app, first), a_session(app, first)
    women, men = participants_of(app, first, TAUGHT, 2), participants_of(app, first, TAUGHT, 2, sex="male")
    attend(app, session, [*women, men[0]])
    attend(app, again, women)
    second = an_event(app, REGENCY, days_from_now=a_day_of(1))
    [other] = participants_of(app, second, TAUGHT)
    attend(app, a_session(app, second), [other])
    cancelled = an_event(app, REGENCY, days_from_now=a_day_of(1), state="cancelled")
    attend(app, a_session(app, cancelled), participants_of(app, cancelled, TAUGHT))
    tenth = dt.datetime.combine(month(1), dt.time(12), dt.UTC) + dt.timedelta(days=9)
    answer(app, first, "pre", women[0], 1, tenth)
    answer(app, first, "post", women[0], 7, tenth)
    answer(app, first, "post", women[1], 9, tenth)
    answer(app, first, "post", men[0], 1, tenth - dt.timedelta(days=366))
    certify(app, first, women[0], tenth, "made", 1)
    certify(app, first, women[1], tenth, "revoked", 2)
    certify(app, first, men[0], tenth, "numbered", 3)
    certify(app, second, other, tenth - dt.timedelta(days=31), "made", 4)
    return first


def count(app: SigerFlask, ago: int = 1) -> None:
    """Add a month's kecamatan up, as the job does."""
    with app.app_context(), platform_scope():
        refigure([month(ago)], [HERE])
        db.session.commit()


def test_a_villages_figures_are_what_was_counted_by_hand(app: SigerFlask, taught: uuid.UUID) -> None:
    count(app)
    assert stands(app, TAUGHT, 1) == {
        "training.events": (2, None, None, "siger"),
        "training.participants": (4, None, None, "siger"),
        "training.women_share": (0.75, 3, 4, "siger"),
        "training.certified": (1, None, None, "siger"),
        "literacy.score": (80, 160, 2, "siger"),
    }
    assert stands(app, AWAY, 1) == {
        "training.events": (0, None, None, "siger"),
        "training.participants": (0, None, None, "siger"),
        "training.certified": (0, None, None, "siger"),
    }, "who took no part tells zero; a share and a mean of nothing are left out"


def test_a_regions_figures_add_up(app: SigerFlask, taught: uuid.UUID) -> None:
    attend_too(app, taught)
    count(app)
    with app.app_context(), platform_scope():
        found = figures.read([indicator(code) for code in WRITTEN], [HERE], [month(1)])
    told = {code: one.value for (_, code, _), one in found.items()}
    assert told == {
        "training.events": 3, "training.participants": 5, "training.women_share": 3 / 5, "training.certified": 1,
        "literacy.score": pytest.approx((70 + 90 + 50) / 3),
    }  # fmt: skip


def attend_too(app: SigerFlask, event_id: uuid.UUID) -> None:
    """A man of the neighbouring village came to the same training and had half of its test right."""
    [guest] = participants_of(app, event_id, AWAY, sex="male")
    attend(app, a_session(app, event_id), [guest])
    moment = dt.datetime.combine(month(1), dt.time(12), dt.UTC) + dt.timedelta(days=9)
    answer(app, event_id, "post", guest, 5, moment)


def test_tests_of_twelve_months_count_and_older_ones_do_not(app: SigerFlask, taught: uuid.UUID) -> None:
    """The oldest test was written thirteen months ago: it counts in that month and in the eleven after it."""
    an_event(app, HERE, days_from_now=a_day_of(15))
    for ago, told in ((1, (80, 160, 2)), (2, (10, 10, 1)), (13, (10, 10, 1)), (14, None)):
        count(app, ago)
        found = stands(app, TAUGHT, ago).get("literacy.score")
        assert (found[:3] if found else None) == told, ago


def test_what_is_made_up_for_a_demo_is_replaced_and_stays_marked(app: SigerFlask, taught: uuid.UUID) -> None:
    tell(app, TAUGHT, {"training.events": 9}, ago=1, source="demo")
    tell(app, AWAY, {"literacy.score": 99}, ago=1, source="demo")
    count(app)
    assert stands(app, TAUGHT, 1)["training.events"] == (2, None, None, "demo")
    assert "literacy.score" not in stands(app, AWAY, 1)


def test_nothing_is_written_of_months_before_the_first_training(app: SigerFlask, taught: uuid.UUID) -> None:
    with app.app_context(), platform_scope():
        beginning = first_month()
        assert beginning is not None
        assert write_month(months_before(beginning, 1)) == []
        db.session.rollback()


def test_a_month_that_nobody_began_is_left_to_its_first_writer(app: SigerFlask, taught: uuid.UUID) -> None:
    tell(app, TAUGHT, {"pop.total": 10})
    with app.app_context(), platform_scope():
        db.session.execute(delete(IndicatorValue).where(IndicatorValue.period == month(0)))
        assert write_month(month(0), [HERE]) == []
        db.session.rollback()
        db.session.execute(
            delete(IndicatorValue).where(IndicatorValue.period == month(0), IndicatorValue.code.in_(WRITTEN))
        )
        assert village_id_here(TAUGHT) in write_month(month(0), [HERE])
        assert write_month(month(0), [HERE]) == [], "the same again changes nothing"
        db.session.rollback()


def village_id_here(code: str) -> uuid.UUID:
    """A village's id, inside a scope."""
    from tenants.models import TenantRow

    return db.session.scalars(select(TenantRow.id).where(TenantRow.code == code)).one()


def test_what_changed_is_added_up_by_the_job(app: SigerFlask, taught: uuid.UUID) -> None:
    tell(app, TAUGHT, {"pop.total": 10})
    with app.app_context(), platform_scope():
        db.session.execute(delete(RollupDue))
        db.session.commit()
        jobs.write_months(2)
        due = {
            row.period for row in db.session.scalars(select(RollupDue).where(RollupDue.district_code == HERE))
        }
        assert month(1) in due
        db.session.execute(delete(RollupDue))
        db.session.commit()
        assert jobs.write_months(2) == 0
        assert list(db.session.scalars(select(RollupDue))) == []


def test_training_is_counted_before_what_follows_from_figures(app: SigerFlask) -> None:
    assert adding._hooks.index(write_training) < adding._hooks.index(score_districts)


def test_other_systems_may_not_tell_what_the_programme_knows(app: SigerFlask) -> None:
    with app.app_context():
        assert not set(WRITTEN) & pushable().keys()
        assert not any(indicator(code).sensitive for code in WRITTEN)
