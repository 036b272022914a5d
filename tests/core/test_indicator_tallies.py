"""Visits are counted without a write each, whoever answers; a page out of the cache counts as one that was drawn."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, select

from app.core.hosting import SigerFlask
from app.core.indicators import tallies
from app.core.indicators.daily import day_of
from app.core.indicators.models import IndicatorDaily, IndicatorValue
from app.core.indicators.services import refresh_village
from app.extensions import cache, db
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.support.visitors import Visitor

BROWSER = {"User-Agent": "Mozilla/5.0 (Linux; Android 13) Firefox/128.0"}


@pytest.fixture(autouse=True)
def _counted_anew(app: SigerFlask) -> Iterator[None]:
    tallies._pending.clear()
    with app.app_context():
        for code in tallies.TALLIED:
            cache.ask(lambda client, code=code: client.delete(tallies._key(day_of(now()), code)))  # type: ignore[misc]
    yield
    tallies._pending.clear()


def kept(village: Tenant) -> dict[str, float]:
    """Code → today's total of a village, after the job has run."""
    with platform_scope():
        tallies.keep_totals()
        db.session.commit()
        query = select(IndicatorDaily.code, IndicatorDaily.value).where(
            IndicatorDaily.tenant_id == village.id, IndicatorDaily.code.in_(tallies.TALLIED)
        )
        return dict(db.session.execute(query).all())


def test_visits_are_counted_drawn_or_kept_and_robots_are_not(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    site = visit(f"{village.slug}.localhost")
    first = site.get("/", headers=BROWSER)
    assert first.status_code == 200
    assert site.get("/", headers=BROWSER).status_code == 200
    seen = site.get("/", headers={**BROWSER, "If-None-Match": first.headers["ETag"]})
    assert seen.status_code == 304
    site.get("/", headers={"User-Agent": "Googlebot/2.1"})
    site.get("/", headers={"User-Agent": ""})
    site.get("/masuk", headers=BROWSER)
    with app.app_context():
        assert kept(village) == {tallies.PUBLIC_VISITS: 3}
        assert kept(village) == {tallies.PUBLIC_VISITS: 3}, "written twice, counted once"
        refresh_village(village)
        with platform_scope():
            found = db.session.get_one(
                IndicatorValue, (day_of(now()).replace(day=1), village.id, tallies.PUBLIC_VISITS)
            )
            assert found.value == 3


def test_a_total_never_falls_and_what_can_not_be_sent_waits(
    app: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        for _ in range(4):
            tallies.count(tallies.OFFLINE_SYNCS, village.id)
        assert kept(village) == {tallies.OFFLINE_SYNCS: 4}
        with monkeypatch.context() as patch:
            patch.setattr(cache, "try_ask", lambda question, default: default)
            tallies.count(tallies.OFFLINE_SYNCS, village.id)
            tallies.flush()
        assert kept(village) == {tallies.OFFLINE_SYNCS: 5}
        cache.ask(lambda client: client.delete(tallies._key(day_of(now()), tallies.OFFLINE_SYNCS)))
        tallies.count(tallies.OFFLINE_SYNCS, village.id)
        assert kept(village) == {tallies.OFFLINE_SYNCS: 5}


def test_a_village_that_is_gone_holds_nothing_up(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        tallies.count(tallies.OFFLINE_SYNCS, uuid.uuid4())
        tallies.count(tallies.OFFLINE_SYNCS, village.id)
        assert kept(village) == {tallies.OFFLINE_SYNCS: 1}
        with platform_scope():
            db.session.execute(delete(IndicatorDaily).where(IndicatorDaily.tenant_id == village.id))
            db.session.commit()
