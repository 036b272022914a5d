"""Figures travel from a village to the province: computed inside it, written above it, fresh within seconds."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import delete, func, select

from app.core import audit
from app.core.actors import Actor, SupportVisitInfo, acting_as
from app.core.audit.models import PlatformAuditEntry, TenantAuditEntry
from app.core.hosting import SigerFlask
from app.core.indicators import adoption, jobs
from app.core.indicators.declarations import declared, indicator, months_before, period_of, ratio
from app.core.indicators.models import IndicatorValue
from app.core.indicators.services import refresh_village
from app.core.indicators.states import Activity, recompute_state, state_for
from app.core.village.models import Official
from app.extensions import db
from tenants import outbox
from tenants.fan_out import fan_out, fan_out_progress
from tenants.models import OutboxEntry, TenantRow, TenantState, now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.work import settle

NOON = dt.datetime(2026, 11, 22, 5, 0, tzinfo=dt.UTC)


def somebody(**more: object) -> Actor:
    """A member of a village's staff."""
    return Actor(account_id=uuid.uuid4(), name="Siti Rahma", email="siti@desa.test", **more)  # type: ignore[arg-type]


def write_entry(tenant: Tenant, at: dt.datetime, actor_id: uuid.UUID | None, **details: object) -> None:
    """Put an entry into a village's audit log at a moment of the past."""
    with tenant_scope(tenant):
        db.session.add(TenantAuditEntry(at=at, actor_id=actor_id, action="official.changed", details=details))
        db.session.commit()


def stored(tenant: Tenant, moment: dt.datetime | None = None) -> dict[str, float]:
    """What the province reads of a village in a month."""
    period = period_of(moment or now()).first
    query = select(IndicatorValue.code, IndicatorValue.value).where(
        IndicatorValue.tenant_id == tenant.id, IndicatorValue.period == period
    )
    with platform_scope():
        return dict(db.session.execute(query).all())


def row_of(tenant: Tenant) -> TenantRow:
    """The registry row of a village."""
    with platform_scope():
        row = db.session.get(TenantRow, tenant.id)
        db.session.expunge_all()
    assert row is not None
    return row


def test_a_month_ends_at_midnight_in_lampung_not_in_utc() -> None:
    still_october = dt.datetime(2026, 10, 31, 16, 59, tzinfo=dt.UTC)
    assert period_of(still_october).first == dt.date(2026, 10, 1)
    assert period_of(still_october + dt.timedelta(minutes=1)).first == dt.date(2026, 11, 1)
    december = period_of(dt.datetime(2026, 12, 5, tzinfo=dt.UTC))
    assert (december.start, december.end) == (
        dt.datetime(2026, 11, 30, 17, tzinfo=dt.UTC),
        dt.datetime(2026, 12, 31, 17, tzinfo=dt.UTC),
    )
    assert months_before(dt.date(2026, 1, 1), 1) == dt.date(2025, 12, 1)
    assert months_before(dt.date(2026, 11, 1), 23) == dt.date(2024, 12, 1)


def test_every_indicator_is_declared_once_and_named_in_both_languages(app: SigerFlask) -> None:
    codes = [i.code for i in declared()]
    assert len(codes) == len(set(codes))
    promised = {"adoption.live", "adoption.staff_active_7d", "adoption.setup_progress", "staff.count"}
    assert promised <= set(codes)
    assert all(i.label and i.label_en and i.label != i.label_en for i in declared())
    assert indicator("staff.count").pillar == "government"
    with pytest.raises(KeyError):
        indicator("no.such")


def test_a_ratio_of_nothing_has_no_value() -> None:
    assert ratio(3, 0) is None
    half = ratio(2, 4)
    assert half is not None
    assert (half.value, half.numerator, half.denominator) == (0.5, 2, 4)


def test_figures_are_computed_inside_the_village_and_written_above_it(
    app: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    mine, other = make_village(), make_village()
    with app.app_context():
        today = now().astimezone(dt.UTC).date()
        with tenant_scope(mine):
            db.session.add(Official(name="Suyatno", title="Kepala Desa", position="head"))
            db.session.add(Official(name="Lama", title="Kasi", period_until=today - dt.timedelta(days=3)))
            db.session.add(Official(name="Nanti", title="Kasi", period_from=today + dt.timedelta(days=3)))
            db.session.commit()
        siti, budi = uuid.uuid4(), uuid.uuid4()
        write_entry(mine, now() - dt.timedelta(days=2), siti)
        write_entry(mine, now() - dt.timedelta(days=3), siti)
        write_entry(mine, now() - dt.timedelta(days=20), budi)
        write_entry(mine, now() - dt.timedelta(days=1), None)
        refresh_village(mine)
        refresh_village(other)
        values = stored(mine)
        assert values["staff.count"] == 1
        assert values["adoption.staff_active_7d"] == 1
        assert values["adoption.staff_active_30d"] == 2
        assert values["adoption.records_changed_30d"] == 3
        assert 0 < values["adoption.setup_progress"] < 1
        assert values["adoption.live"] == 0
        assert abs(values["adoption.last_activity"] - (now() - dt.timedelta(days=2)).timestamp()) < 60
        assert stored(other)["staff.count"] == 0
        assert stored(other)["adoption.staff_active_30d"] == 0


def test_a_support_visit_of_the_province_is_not_the_villages_own_activity(
    app: SigerFlask, village: Tenant
) -> None:
    visit = SupportVisitInfo(uuid.uuid4(), "Membantu kop surat", "Ratna Dewi", now() + dt.timedelta(hours=1))
    with app.app_context():
        with acting_as(somebody(support_visit=visit)), tenant_scope(village):
            audit.record("village.settings_changed")
            db.session.commit()
        refresh_village(village)
        assert stored(village)["adoption.staff_active_7d"] == 0
        assert "adoption.last_activity" not in stored(village)


def test_refreshing_twice_writes_one_figure_and_an_older_run_never_covers_a_newer_one(
    app: SigerFlask, village: Tenant
) -> None:
    with app.app_context():
        refresh_village(village)
        write_entry(village, now(), uuid.uuid4())
        refresh_village(village)
        refresh_village(village, now() - dt.timedelta(seconds=30))
        assert stored(village)["adoption.staff_active_7d"] == 1
        with platform_scope():
            count = (
                select(func.count()).select_from(IndicatorValue).where(IndicatorValue.tenant_id == village.id)
            )
            assert db.session.scalar(count) == len(stored(village))


def test_a_new_month_starts_with_the_last_known_snapshots(
    app: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    first, second = make_village(), make_village()
    november = dt.datetime(2031, 11, 20, tzinfo=dt.UTC)
    december = dt.datetime(2031, 12, 2, tzinfo=dt.UTC)
    with app.app_context():
        refresh_village(first, november)
        refresh_village(second, november)
        refresh_village(first, december)
        flows = {one.code for one in declared() if one.period == "flow"}
        standing = {code: value for code, value in stored(second, november).items() if code not in flows}
        assert stored(second, december) == standing
        with platform_scope():
            stamps = db.session.scalars(
                select(IndicatorValue.as_of).where(
                    IndicatorValue.tenant_id == second.id, IndicatorValue.period == dt.date(2031, 12, 1)
                )
            )
            assert set(stamps) == {november}
            db.session.execute(delete(IndicatorValue).where(IndicatorValue.period >= dt.date(2031, 1, 1)))
            db.session.commit()


@pytest.mark.parametrize(
    ("state", "went_live", "last", "weeks", "set_up", "expected"),
    [
        ("provisioned", None, None, 0, 0.6, "provisioned"),
        ("provisioned", None, 1, 3, 0.8, "provisioned"),
        ("provisioned", None, None, 0, 1.0, "set_up"),
        ("provisioned", None, 2, 1, 1.0, "active"),
        ("set_up", 5, None, 0, 1.0, "set_up"),
        ("set_up", 40, None, 0, 1.0, "dormant"),
        ("active", 40, 9, 3, 1.0, "set_up"),
        ("active", 90, 1, 8, 1.0, "established"),
        ("established", 200, 29, 8, 1.0, "established"),
        ("established", 200, 30, 8, 1.0, "dormant"),
        ("dormant", 200, 0, 1, 1.0, "active"),
        ("active", 40, 1, 2, 0.8, "active"),
        ("suspended", 40, 1, 9, 1.0, "suspended"),
        ("archived", 40, 1, 9, 1.0, "archived"),
        ("approved", None, None, 0, 0.0, "approved"),
    ],
)
def test_the_state_follows_from_what_the_village_does(
    state: str, went_live: int | None, last: int | None, weeks: int, set_up: float, expected: str
) -> None:
    def days(count: int | None) -> dt.datetime | None:
        return None if count is None else NOON - dt.timedelta(days=count)

    row = TenantRow(state=state, live_at=days(went_live))
    assert state_for(row, Activity(days(last), weeks, set_up), NOON) == expected


def test_a_move_is_kept_in_the_platforms_log_and_seen_by_hosts(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        with platform_scope():
            row = db.session.get_one(TenantRow, village.id)
            assert recompute_state(row, Activity(now(), 1, 1.0), now())
            assert not recompute_state(row, Activity(now(), 1, 1.0), now())
            db.session.commit()
        moved = row_of(village)
        assert moved.state == TenantState.ACTIVE
        assert moved.live_at is not None
        assert moved.last_activity_at is not None
        with platform_scope():
            entries = db.session.scalars(
                select(PlatformAuditEntry).where(PlatformAuditEntry.tenant_id == village.id)
            ).all()
            assert [e.action for e in entries] == ["village.state_changed"]
            assert entries[0].details["after"] == {"state": "active"}


def test_a_staff_action_reaches_the_provinces_table_within_5_seconds(
    app: SigerFlask, village: Tenant
) -> None:
    settle(app)
    with app.app_context():
        started = time.monotonic()
        with acting_as(somebody()), tenant_scope(village):
            db.session.add(Official(name="Suyatno", title="Kepala Desa", position="head"))
            audit.record("official.added", object_type="official", summary="Suyatno")
            db.session.commit()
        settle(app)
        assert stored(village)["adoption.staff_active_7d"] == 1
        assert stored(village)["staff.count"] == 1
        assert time.monotonic() - started < 5


def test_what_was_rolled_back_leaves_no_word(app: SigerFlask, village: Tenant) -> None:
    settle(app)
    with app.app_context():
        with acting_as(somebody()), tenant_scope(village):
            audit.record("official.added")
            db.session.rollback()
        with platform_scope():
            waiting = select(func.count()).where(OutboxEntry.tenant_id == village.id)
            assert db.session.scalar(waiting) == 0


def test_many_changes_ask_for_one_refresh_and_a_change_during_it_asks_for_another(
    app: SigerFlask, village: Tenant
) -> None:
    settle(app)
    with app.app_context():

        def change() -> None:
            with tenant_scope(village):
                outbox.post("dirty", {})
                db.session.commit()
            outbox.deliver()

        def asked() -> int:
            query = select(func.count()).where(
                OutboxEntry.tenant_id == village.id,
                OutboxEntry.kind == "job",
                OutboxEntry.handed_at.is_(None),
            )
            with platform_scope():
                return db.session.scalar(query) or 0

        with platform_scope():
            for _ in range(3):
                outbox.post("dirty", {}, tenant_id=village.id)
            db.session.commit()
        outbox.deliver()
        assert asked() == 1
        outbox.deliver()
        change()
        assert asked() == 0, "one that waits in the queue will see this change too"
        with tenant_scope(village):
            jobs.refresh()
        change()
        assert asked() == 1
    settle(app)


def test_the_nightly_run_covers_every_village_that_has_a_schema(
    app: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    villages = [make_village(), make_village()]
    with app.app_context():
        with platform_scope():
            run = fan_out(jobs.REFRESH, "Angka semua desa", [v.id for v in villages])
            db.session.commit()
        settle(app)
        with platform_scope():
            assert fan_out_progress(run.id) == {"waiting": 0, "done": 2, "failed": 0}
        assert all(adoption.LIVE in stored(v) for v in villages)
        with platform_scope():
            jobs.refresh_all()
            waiting = select(func.count()).where(OutboxEntry.payload["name"].astext == "tenants.chunk")
            assert db.session.scalar(waiting)
    settle(app)
