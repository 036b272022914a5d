"""What is written is added up within seconds, nothing marked is lost, and a month or a day is closed after its end."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from app.core import audit
from app.core.actors import Actor, acting_as
from app.core.hosting import SigerFlask
from app.core.indicators import jobs, rollup, services
from app.core.indicators.daily import KEPT_DAYS, day_of, sweep_days, write_daily
from app.core.indicators.declarations import Value, months_before, period_of
from app.core.indicators.failures import IndicatorsFailed
from app.core.indicators.models import IndicatorDaily, IndicatorRollup, IndicatorValue, RollupDue
from app.core.indicators.rollup import before_rolling, roll_up_due, roll_up_month
from app.core.indicators.services import refresh_village, write_many, write_values
from app.core.indicators.writing import mark_due
from app.core.village.models import Official
from app.extensions import cache, db
from app.government.letters.models import Letter
from tenants.models import PlatformJobRun, TenantRow, now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.work import settle


def this() -> dt.date:
    """The month that runs."""
    return period_of(now()).first


def summed(place: str, code: str, month: dt.date | None = None) -> float | None:
    """What a region's villages add up to, both kinds together."""
    row = IndicatorRollup
    query = select(func.sum(row.value)).where(
        row.region_code == place, row.code == code, row.period == (month or this())
    )
    with platform_scope():
        return db.session.scalar(query)


def due() -> set[tuple[str, dt.date]]:
    """What is marked to be added up."""
    with platform_scope():
        return {(row.district_code, row.period) for row in db.session.scalars(select(RollupDue))}


@pytest.fixture
def settled(app: SigerFlask, monkeypatch: pytest.MonkeyPatch) -> SigerFlask:
    """Nothing waits any more, and adding up never rests."""
    monkeypatch.setattr(jobs, "LONG_SECONDS", 3600)
    with app.app_context():
        cache.ask(lambda client: client.delete(jobs.ROLL_UP_RESTING))
    settle(app)
    with app.app_context(), platform_scope():
        roll_up_due()
    return app


def somebody() -> Actor:
    """A member of a village's staff."""
    return Actor(account_id=uuid.uuid4(), name="Siti Rahma", email="siti@desa.test")


def test_a_change_in_a_village_reaches_the_provinces_sums_within_seconds(
    settled: SigerFlask, village: Tenant
) -> None:
    district = village.code[:8]
    with settled.app_context():
        before = {place: summed(place, "staff.count") or 0 for place in (district, district[:5], "18")}
        started = time.monotonic()
        with acting_as(somebody()), tenant_scope(village):
            db.session.add(Official(name="Suyatno", title="Kepala Desa", position="head"))
            audit.record("official.added", object_type="official", summary="Suyatno")
            db.session.commit()
        settle(settled)
        assert {place: summed(place, "staff.count") for place in before} == {
            place: count + 1 for place, count in before.items()
        }
        assert time.monotonic() - started < 5
        assert not due()


def test_figures_and_their_mark_are_written_together_or_not_at_all(
    settled: SigerFlask, village: Tenant
) -> None:
    with settled.app_context():
        with platform_scope():
            write_values(village.id, period_of(now()), {"staff.count": Value(3)}, source="push")
            db.session.rollback()
        assert not due()
        with platform_scope():
            write_values(village.id, period_of(now()), {"staff.count": Value(3)}, source="push")
            db.session.commit()
            row = db.session.get(IndicatorValue, (this(), village.id, "staff.count"))
            assert row is not None
            assert (row.value, row.source) == (3, "push")
        assert due() == {(village.code[:8], this())}
    settle(settled)
    with settled.app_context():
        assert not due()


def test_a_change_during_the_adding_up_keeps_its_mark(
    settled: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another transaction writes while the sums are made: its mark stays, and the next run sees it."""

    def write(count: float) -> None:
        with settled.app_context(), platform_scope():
            write_values(village.id, period_of(now()), {"staff.count": Value(count)})
            db.session.commit()

    def meanwhile(period: dt.date, districts: object) -> None:
        other = threading.Thread(target=write, args=(8,))
        other.start()
        other.join(10)
        assert not other.is_alive(), "a village that writes waits for nobody who adds up"

    write(2)
    with settled.app_context():
        with monkeypatch.context() as patch:
            patch.setattr(rollup, "_hooks", [meanwhile])
            with platform_scope():
                assert roll_up_due() == 1
        assert due() == {(village.code[:8], this())}
        with platform_scope():
            assert roll_up_due() == 1
            assert roll_up_due() == 0
            row = db.session.get(IndicatorValue, (this(), village.id, "staff.count"))
            assert row is not None
            assert row.value == 8
        assert not due()
    settle(settled)


def test_a_run_that_was_killed_leaves_its_marks_to_the_next(
    settled: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(period: dt.date, districts: object) -> None:
        raise KeyboardInterrupt

    with settled.app_context():
        with platform_scope():
            write_values(village.id, period_of(now()), {"staff.count": Value(4)})
            db.session.commit()
        with monkeypatch.context() as patch, platform_scope():
            patch.setattr(rollup, "_hooks", [dies])
            with pytest.raises(KeyboardInterrupt):
                roll_up_due()
            db.session.rollback()
        assert due() == {(village.code[:8], this())}
        with platform_scope():
            jobs.roll_up_what_is_due()
        assert not due()
    settle(settled)


def test_what_follows_from_figures_is_written_before_they_are_added_up(
    settled: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[dt.date, list[str] | None]] = []
    monkeypatch.setattr(rollup, "_hooks", [])

    @before_rolling
    def double(period: dt.date, districts: list[str] | None) -> None:
        asked.append((period, districts))
        value = db.session.get(IndicatorValue, (period, village.id, "staff.count"))
        if value is not None:
            db.session.merge(
                IndicatorValue(
                    period=period,
                    tenant_id=village.id,
                    code="made.double",
                    value=value.value * 2,
                    as_of=now(),
                )
            )
            db.session.flush()

    with settled.app_context():
        with platform_scope():
            write_values(village.id, period_of(now()), {"staff.count": Value(21)})
            db.session.commit()
            roll_up_due()
        assert asked == [(this(), [village.code[:8]])]
        assert summed(village.code[:8], "made.double") == 42
        with platform_scope():
            db.session.execute(delete(IndicatorValue).where(IndicatorValue.code == "made.double"))
            db.session.commit()
            roll_up_month(this())
        assert asked[-1] == (this(), None)
        with platform_scope():
            db.session.execute(delete(IndicatorValue).where(IndicatorValue.code == "made.double"))
            mark_due([village.id], [this()])
            db.session.commit()
    settle(settled)


def test_marked_kecamatan_and_the_whole_month_add_up_to_the_same(
    settled: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    ours = [make_village() for _ in range(3)]

    def everything() -> dict[tuple[object, ...], tuple[object, ...]]:
        with platform_scope():
            rows = db.session.scalars(select(IndicatorRollup).where(IndicatorRollup.period == this())).all()
            return {
                (r.region_code, r.code, r.kind): (
                    r.value and round(r.value, 9),  # a mean's last digit depends on the order of adding
                    r.numerator, r.denominator, r.buckets and tuple(r.buckets), r.villages, r.oldest, r.newest,
                ) for r in rows
            }  # fmt: skip

    with settled.app_context():
        with platform_scope():
            roll_up_month(this())
            figures = {
                one.id: {
                    "staff.count": Value(number),
                    "letters.online_share": Value(0.5, number, 2 * number + 1),
                    "letters.median_hours": Value(3, buckets=(number, 2, 0, 5)),
                    "adoption.last_activity": Value(1000 + number),
                }
                for number, one in enumerate(ours, start=1)
            }
            write_many(period_of(now()), figures, source="csv")
            db.session.commit()
            roll_up_due()
        marked = everything()
        with platform_scope():
            roll_up_month(this())
        assert everything() == marked
        assert marked[("18", "letters.median_hours", "desa")][3]
    settle(settled)


@pytest.fixture
def next_year(app: SigerFlask) -> Iterator[dt.date]:
    """A month of the future, empty before and after."""
    yield dt.date(2032, 5, 1)
    settle(app)
    with app.app_context(), platform_scope():
        for model in (IndicatorValue, IndicatorRollup, RollupDue):
            db.session.execute(delete(model).where(model.period >= dt.date(2032, 1, 1)))
        db.session.execute(delete(IndicatorDaily).where(IndicatorDaily.day >= dt.date(2032, 1, 1)))
        db.session.commit()


def test_a_month_that_begins_marks_every_kecamatan_and_keeps_stamps_and_sources(
    settled: SigerFlask, make_village: Callable[[], Tenant], next_year: dt.date
) -> None:
    first, second = make_village(), make_village()
    april = dt.datetime(2032, 4, 20, tzinfo=dt.UTC)
    with settled.app_context():
        with platform_scope():
            write_values(second.id, period_of(april), {"pop.total": Value(900)}, source="push")
            db.session.commit()
            roll_up_due()
            write_values(
                first.id, period_of(dt.datetime(2032, 5, 2, tzinfo=dt.UTC)), {"staff.count": Value(1)}
            )
            db.session.commit()
            carried = db.session.get_one(IndicatorValue, (next_year, second.id, "pop.total"))
            assert (carried.value, carried.as_of, carried.source) == (900, april, "push")
            districts = db.session.scalar(select(func.count(TenantRow.district_code.distinct())))
        assert len({place for place, month in due() if month == next_year}) == districts
        with platform_scope():
            roll_up_due()
            row = db.session.get_one(IndicatorRollup, ("18", next_year, "pop.total", "desa"))
            assert (row.value, row.newest) == (900, april)


def test_a_past_month_that_is_told_late_holds_what_was_told_alone(
    settled: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    first, second = make_village(), make_village()
    long_ago = period_of(dt.datetime(2019, 4, 20, tzinfo=dt.UTC))
    after = period_of(dt.datetime(2019, 5, 20, tzinfo=dt.UTC))
    with settled.app_context(), platform_scope():
        write_values(first.id, long_ago, {"pop.total": Value(900)}, source="csv")
        write_values(second.id, after, {"pop.total": Value(70)}, source="csv")
        db.session.commit()
        told = db.session.scalars(
            select(IndicatorValue.tenant_id).where(IndicatorValue.period == after.first)
        ).all()
        assert told == [second.id]
        for model in (IndicatorValue, RollupDue):
            db.session.execute(delete(model).where(model.period < dt.date(2020, 1, 1)))
        db.session.commit()
    settle(settled)


def letter(issued: dt.datetime) -> Letter:
    """A letter that was issued at a moment."""
    return Letter(
        id=uuid.uuid4(), type_code="sktm", title="SKTM", state="issued", origin="desk", submitted_at=issued,
        issued_at=issued,
    )  # fmt: skip


def test_the_last_minutes_of_a_month_and_of_a_day_are_counted_after_midnight(
    settled: SigerFlask, village: Tenant, next_year: dt.date
) -> None:
    midnight = dt.datetime(2032, 4, 30, 17, tzinfo=dt.UTC)  # 1 May 00.00 WIB
    with settled.app_context():
        with tenant_scope(village):
            db.session.add(letter(midnight - dt.timedelta(minutes=2)))
            db.session.add(letter(midnight + dt.timedelta(minutes=2)))
            db.session.commit()
        refresh_village(village, midnight + dt.timedelta(minutes=15))
        with platform_scope():
            april = db.session.get_one(IndicatorValue, (dt.date(2032, 4, 1), village.id, "letters.issued"))
            may = db.session.get_one(IndicatorValue, (next_year, village.id, "letters.issued"))
            assert (april.value, may.value) == (1, 1)
            assert db.session.get(IndicatorValue, (dt.date(2032, 4, 1), village.id, "adoption.live")) is None
            days = dict(
                db.session.execute(
                    select(IndicatorDaily.day, IndicatorDaily.value).where(
                        IndicatorDaily.tenant_id == village.id, IndicatorDaily.code == "letters.issued"
                    )
                ).all()
            )
        assert days == {dt.date(2032, 4, 30): 1, next_year: 1}
        assert (dt.date(2032, 4, 1) in {month for _, month in due()}) is True


def figures_of(village: Tenant, month: dt.date) -> list[str]:
    """Codes of a village's figures of a month, inside a platform scope."""
    query = select(IndicatorValue.code).where(IndicatorValue.period == month)
    return list(db.session.scalars(query.where(IndicatorValue.tenant_id == village.id)))


def district_of(village: Tenant) -> str:
    """The kecamatan of a village."""
    return village.code.rpartition(".")[0]


def failing(
    compute_each: Callable[..., tuple[dict[str, Value], dict[str, str]]], code: str, *given: Any
) -> tuple[dict[str, Value], dict[str, str]]:
    """Compute as ever, but one of them can not be."""
    values, failed = compute_each(*given)
    values.pop(code, None)
    return values, {**failed, code: "gone wrong"}


def test_a_month_that_nobody_counted_after_its_end_is_closed_whenever_the_village_is_counted_again(
    settled: SigerFlask, village: Tenant, next_year: dt.date
) -> None:
    midnight = dt.datetime(2032, 4, 30, 17, tzinfo=dt.UTC)  # 1 May 00.00 WIB
    with settled.app_context():
        refresh_village(village, midnight - dt.timedelta(hours=1))
        with tenant_scope(village):
            db.session.add(letter(midnight - dt.timedelta(minutes=2)))
            db.session.commit()
        refresh_village(village, midnight + dt.timedelta(hours=9))
        with platform_scope():
            april = db.session.get_one(IndicatorValue, (dt.date(2032, 4, 1), village.id, "letters.issued"))
            day = db.session.get_one(IndicatorDaily, (dt.date(2032, 4, 30), village.id, "letters.issued"))
            assert (april.value, day.value) == (1, 1)
            stamp = april.as_of
        refresh_village(village, midnight + dt.timedelta(hours=10))
        with platform_scope():
            april = db.session.get_one(IndicatorValue, (dt.date(2032, 4, 1), village.id, "letters.issued"))
            assert april.as_of == stamp, "once closed, it is left alone"


def test_a_figure_that_a_village_no_longer_tells_goes_and_is_not_carried_on(
    settled: SigerFlask, village: Tenant, next_year: dt.date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The average that nobody gave any more, unlike a pushed one and one that can not be counted just now."""
    april = dt.datetime(2032, 4, 20, tzinfo=dt.UTC)
    told, pushed, broken = "adoption.last_activity", "service.satisfaction", "adoption.staff_active_7d"
    with settled.app_context():
        with platform_scope():
            write_values(village.id, period_of(april), {told: Value(5), broken: Value(3)})
            write_values(village.id, period_of(april), {pushed: Value(4, 8, 2)}, source="push")
            write_daily(village.id, day_of(april), {told: Value(5)}, april)
            db.session.commit()
            roll_up_due()
        monkeypatch.setattr(services, "compute_each", partial(failing, services.compute_each, broken))
        with contextlib.suppress(IndicatorsFailed):
            refresh_village(village, april + dt.timedelta(minutes=1))
        assert (district_of(village), dt.date(2032, 4, 1)) in due()
        with platform_scope():
            assert told not in figures_of(village, dt.date(2032, 4, 1))
            assert {pushed, broken} <= set(figures_of(village, dt.date(2032, 4, 1)))
        with contextlib.suppress(IndicatorsFailed):
            refresh_village(village, april + dt.timedelta(days=20))
        with platform_scope():
            assert told not in figures_of(village, next_year)
            assert broken in figures_of(village, next_year)


def test_a_file_of_two_months_and_a_closing_month_never_wait_for_each_other(
    settled: SigerFlask, village: Tenant, next_year: dt.date
) -> None:
    midnight = dt.datetime(2032, 4, 30, 17, tzinfo=dt.UTC)
    april, may = period_of(midnight - dt.timedelta(days=1)), period_of(midnight + dt.timedelta(hours=1))
    failed: list[BaseException] = []

    def refresh() -> None:
        with settled.app_context():
            try:
                refresh_village(village, midnight + dt.timedelta(hours=1))
            except Exception as error:
                failed.append(error)

    with settled.app_context():
        with tenant_scope(village):
            db.session.add(letter(midnight - dt.timedelta(minutes=2)))
            db.session.add(letter(midnight + dt.timedelta(minutes=2)))
            db.session.commit()
        refresh_village(village, midnight + dt.timedelta(minutes=1))
        with platform_scope():
            write_many(april, {village.id: {"letters.issued": Value(3)}}, source="csv")
            other = threading.Thread(target=refresh)
            other.start()
            other.join(2)
            assert other.is_alive(), "it waits for the file's month"
            write_many(may, {village.id: {"letters.issued": Value(4)}}, source="csv")
            db.session.commit()
        other.join(30)
    assert not failed


def test_days_hold_what_happened_then_and_how_it_stood_and_are_forgotten_in_time(
    settled: SigerFlask, village: Tenant
) -> None:
    today = day_of(now())
    with settled.app_context():
        with acting_as(somebody()), tenant_scope(village):
            db.session.add(letter(now() - dt.timedelta(seconds=1)))
            audit.record("letter.issued")
            db.session.commit()
        refresh_village(village)
        refresh_village(village)
        with platform_scope():
            found = dict(
                db.session.execute(
                    select(IndicatorDaily.code, IndicatorDaily.value).where(
                        IndicatorDaily.tenant_id == village.id, IndicatorDaily.day == today
                    )
                ).all()
            )
            assert found["letters.issued"] == 1
            assert found["adoption.staff_active_7d"] == 1
            assert found["adoption.live"] == 0
            assert "pop.total" not in found
            write_daily(village.id, today, {"letters.issued": Value(7)}, now() - dt.timedelta(hours=1))
            old = today - dt.timedelta(days=KEPT_DAYS + 1)
            write_daily(village.id, old, {"letters.issued": Value(7)}, now())
            db.session.commit()
            sweep_days()
            db.session.commit()
            kept = db.session.execute(
                select(IndicatorDaily.day, IndicatorDaily.value).where(
                    IndicatorDaily.tenant_id == village.id, IndicatorDaily.code == "letters.issued"
                )
            ).all()
            days = dict(kept)
            assert days[today] == 1, "what is older covers nothing newer"
            assert old not in days
    settle(settled)


def test_after_a_run_over_all_villages_whole_months_are_added_up(
    settled: SigerFlask, village: Tenant
) -> None:
    def runs(name: str) -> list[PlatformJobRun]:
        query = select(PlatformJobRun).where(PlatformJobRun.name == name)
        return list(db.session.scalars(query.order_by(PlatformJobRun.created_at)))

    with settled.app_context(), platform_scope():
        run = jobs.ask_for([village.id])
        mark_due([village.id], [months_before(this(), 2)])
        db.session.commit()
        refresh_id, known = str(run.id), len(runs(jobs.ROLL_UP_MONTHS))
        jobs.after_refresh(refresh_id)
        assert len(runs(jobs.ROLL_UP_MONTHS)) == known, "the villages are not done yet"
    settle(settled)
    with settled.app_context(), platform_scope():
        mark_due([village.id], [months_before(this(), 2)])
        db.session.commit()
        jobs.after_refresh(refresh_id)
    settle(settled)
    with settled.app_context(), platform_scope():
        last = runs(jobs.ROLL_UP_MONTHS)[-1]
        assert (last.state, last.done, last.total) == ("done", 2, 2)
        assert last.arguments["months"] == [this().isoformat(), months_before(this(), 2).isoformat()]
