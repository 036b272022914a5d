"""An indicator that fails in a village: the others go on, the reason is told, it is tried again and forgotten."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from app.core import capabilities
from app.core.hosting import SigerFlask
from app.core.indicators import jobs
from app.core.indicators.declarations import Indicator, Period, Value
from app.core.indicators.failures import EVERYTHING, IndicatorsFailed, reason_of
from app.core.indicators.models import IndicatorFailure, IndicatorValue
from app.core.indicators.services import refresh_village
from app.extensions import db
from tenants import fan_out
from tenants.models import JobItem, OutboxEntry, PlatformJobRun
from tenants.scope import Tenant, current_tenant, platform_scope, tenant_scope
from tests.support.queries import count_queries
from tests.support.visitors import Visitor
from tests.support.work import settle


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Indicators that ask for a table that is not there, in the villages whose codes are put into this set."""
    sick: set[str] = set()

    def asks(period: Period) -> Value:
        if current_tenant().code in sick:
            db.session.execute(text("SELECT count(*) FROM no_such_table WHERE phone = '081234567890'"))
        return Value(1)

    def together(period: Period) -> dict[str, Value]:
        return {"made.second": asks(period), "made.third": asks(period)}

    def made(code: str, **more: object) -> Indicator:
        return Indicator(code, f"Contoh {code}", code, "count", "adoption", None, **more)  # type: ignore[arg-type]

    found = (
        Indicator("made.first", "Contoh", "Example", "count", "adoption", asks),
        made("made.second", group=together),
        made("made.third", group=together),
    )
    made_up = capabilities.Capability("made_up", "Contoh", "core", indicators=found)
    monkeypatch.setitem(capabilities._capabilities, "made_up", made_up)
    return sick


def failures(village: Tenant) -> dict[str, str]:
    """Code → reason of what can't be counted in a village."""
    query = select(IndicatorFailure.code, IndicatorFailure.reason)
    with platform_scope():
        return dict(db.session.execute(query.where(IndicatorFailure.tenant_id == village.id)).all())


def told(village: Tenant) -> set[str]:
    """Codes of the figures that a village has."""
    with platform_scope():
        query = select(IndicatorValue.code).where(IndicatorValue.tenant_id == village.id)
        return set(db.session.scalars(query))


def test_the_others_go_on_and_the_failure_is_told_until_it_works_again(
    app: SigerFlask, village: Tenant, broken: set[str]
) -> None:
    broken.add(village.code)
    with app.app_context():
        with pytest.raises(IndicatorsFailed, match=r"made\.first, made\.second, made\.third: relation"):
            refresh_village(village)
        assert told(village) >= {"staff.count", "adoption.live", "adoption.setup_progress"}
        assert not {code for code in told(village) if code.startswith("made.")}
        reason = 'relation "no_such_table" does not exist'
        assert failures(village) == dict.fromkeys(("made.first", "made.second", "made.third"), reason)
        broken.clear()
        refresh_village(village)
        assert not failures(village)
        assert told(village) >= {"made.first", "made.second", "made.third"}


def test_a_run_over_many_marks_the_village_and_its_retry_ends_it(
    app: SigerFlask,
    make_village: Callable[[], Tenant],
    broken: set[str],
    officer: Callable[..., Visitor],
) -> None:
    sick, well = make_village(), make_village()
    broken.add(sick.code)
    with app.app_context(), platform_scope():
        run_id = jobs.ask_for([sick.id, well.id]).id
        db.session.commit()
    settle(app)
    page = officer("province_admin", "18").get(f"/pekerjaan/{run_id}")
    assert page.status_code == 200
    assert "relation &#34;no_such_table&#34; does not exist" in page.text
    assert "Contoh made.second" in page.text
    assert sick.code in page.text
    assert well.code not in page.text
    assert "081234567890" not in page.text
    broken.clear()
    with app.app_context(), platform_scope():
        run = db.session.get_one(PlatformJobRun, run_id)
        assert (run.state, run.done, run.failed) == ("failed", 1, 1)
        items = db.session.scalars(select(JobItem).where(JobItem.job_id == run_id, JobItem.state == "failed"))
        assert [item.error for item in items] == [
            'made.first, made.second, made.third: relation "no_such_table" does not exist'
        ]
        fan_out.retry_run(run)
        db.session.commit()
    settle(app)
    with app.app_context(), platform_scope():
        assert db.session.get_one(PlatformJobRun, run_id).state == "done"
        assert not failures(sick)


def test_a_change_in_the_village_does_not_try_a_broken_indicator_over_and_over(
    app: SigerFlask, village: Tenant, broken: set[str]
) -> None:
    broken.add(village.code)
    with app.app_context():
        with tenant_scope(village):
            jobs.refresh()
        assert failures(village)
        with platform_scope():
            jobs.retry_failed()
            asked = select(OutboxEntry).where(
                OutboxEntry.tenant_id == village.id, OutboxEntry.payload["name"].astext == jobs.REFRESH
            )
            assert len(db.session.scalars(asked).all()) == 1
    settle(app)


def test_a_village_that_can_not_be_read_at_all_is_told_too(
    app: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("no audit log")

    with app.app_context():
        with monkeypatch.context() as patch, tenant_scope(village):
            patch.setattr("app.core.indicators.services.read_activity", fails)
            with pytest.raises(jobs.VillageUnreadable, match="RuntimeError: no audit log"):
                jobs.refresh()
        assert failures(village) == {EVERYTHING: "RuntimeError: no audit log"}
        refresh_village(village)
        assert not failures(village)


def test_a_reason_holds_no_sql_and_nobodys_number() -> None:
    class Told(Exception):
        pass

    error = ProgrammingError(
        "SELECT 1806201705800011", {}, Told("value 1806201705800011 is wrong\nLINE 1: …")
    )
    assert reason_of(error) == "value 1806••••••••0011 is wrong"


def test_the_province_has_all_figures_counted_anew_once_at_a_time(
    app: SigerFlask, village: Tenant, officer: Callable[..., Visitor]
) -> None:
    settle(app)
    admin, kabupaten = officer("province_admin", "18"), officer("regency_admin", "18.06")
    assert "Hitung ulang angka semua desa" in admin.get("/pekerjaan").text
    assert "Hitung ulang angka semua desa" not in kabupaten.get("/pekerjaan").text
    assert kabupaten.submit("/pekerjaan/hitung-ulang", form="/penyiapan").status_code == 403
    first = admin.submit("/pekerjaan/hitung-ulang", form="/pekerjaan")
    assert first.status_code == 303
    assert admin.submit("/pekerjaan/hitung-ulang", form="/pekerjaan").location == first.location
    settle(app)
    page = admin.get(first.location)
    assert page.status_code == 200
    assert "Angka semua desa" in page.text
    again = admin.submit("/pekerjaan/hitung-ulang", form="/pekerjaan")
    assert again.location != first.location
    settle(app)
    log = admin.get("/audit").text
    assert "meminta angka semua desa dihitung ulang" in log


def test_a_runs_page_takes_few_selects_however_many_failed(
    app: SigerFlask, make_village: Callable[[], Tenant], broken: set[str], officer: Callable[..., Visitor]
) -> None:
    villages = [make_village() for _ in range(4)]
    broken.update(one.code for one in villages)
    with app.app_context(), platform_scope():
        run_id = jobs.ask_for([one.id for one in villages]).id
        db.session.commit()
    settle(app)
    admin = officer("province_admin", "18")
    admin.get(f"/pekerjaan/{run_id}")
    with app.app_context():
        engine = db.engine
    with count_queries(engine, at_most=10):
        page = admin.get(f"/pekerjaan/{run_id}")
    assert page.text.count("Contoh made.third") == 5
    broken.clear()
    with app.app_context():
        for one in villages:
            refresh_village(one)
