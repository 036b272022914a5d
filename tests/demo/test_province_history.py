"""The demo's province: two years of made-up figures, marked so, of every village."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import distinct, func, select

from app.core.hosting import SigerFlask
from app.core.indicators.declarations import declared, indicator
from app.core.indicators.models import IndicatorValue
from app.demo.province_history import seed_province, without_formula
from app.extensions import db
from app.province import figures
from app.province.regions import territory
from tenants.models import LIVE_STATES, TenantRow, TenantState
from tenants.scope import platform_scope
from tests.support.figures import month
from tests.support.houses import another_house


@pytest.fixture
def house(app: SigerFlask) -> Iterator[SigerFlask]:
    """A new house, whose villages may be changed at will."""
    with another_house(app, "prov") as fresh:
        yield fresh


def test_every_declared_figure_is_made_up_for_the_demo(app: SigerFlask) -> None:
    with app.app_context():
        assert without_formula() == []


def test_all_villages_have_a_past_that_is_marked_and_adds_up(house: SigerFlask) -> None:
    with house.app_context(), platform_scope():
        assert seed_province(lambda told: None, months=3) == 3
        assert seed_province(lambda told: None, months=3) == 0
        whole = select(func.count(distinct(IndicatorValue.tenant_id))).where(
            IndicatorValue.period == month(2), IndicatorValue.source == "demo"
        )
        assert db.session.scalar(whole) == 2651
        asked = [indicator(code) for code in ("pop.total", "adoption.live", "letters.median_hours")]
        found = figures.read(asked, ["18", "18.06"], [month(1)])
        live = select(func.sum(IndicatorValue.value)).where(
            IndicatorValue.period == month(1), IndicatorValue.code == "adoption.live"
        )
        assert found["18", "adoption.live", month(1)].value == db.session.scalar(live) > 1000
        assert found["18.06", "pop.total", month(1)].demo > 100
        assert found["18", "letters.median_hours", month(1)].value
        told = set(db.session.scalars(select(IndicatorValue.code).distinct()))
        assert {one.code for one in declared() if not one.code.startswith("readiness.")} <= told
        registered = select(func.count()).where(TenantRow.state.in_(LIVE_STATES))
        said = figures.read([indicator("adoption.live")], ["18"], [month()])
        assert said["18", "adoption.live", month()].value == db.session.scalar(registered)
        states = set(db.session.scalars(select(TenantRow.state).distinct()))
        assert {
            TenantState.DORMANT,
            TenantState.ESTABLISHED,
            TenantState.APPLIED,
            TenantState.LISTED,
        } <= states
        ages = figures.read(
            [indicator(c) for c in ("pop.total", "pop.age_0_4", "pop.age_5_17", "pop.age_18_59", "pop.age_60_plus")],
            ["18.01"], [month(1)],
        )  # fmt: skip
        numbers = {code: one.value or 0 for (_, code, _), one in ages.items()}
        assert sum(numbers.values()) == 2 * numbers["pop.total"]


def test_what_is_made_up_agrees_with_the_registry_and_differs_from_place_to_place(house: SigerFlask) -> None:
    with house.app_context(), platform_scope():
        seed_province(lambda told: None, months=2)
        told = select(TenantRow.state, TenantRow.last_activity_at, IndicatorValue.value).join(
            IndicatorValue, IndicatorValue.tenant_id == TenantRow.id
        )
        of_month = told.where(IndicatorValue.period == month(), TenantRow.software.is_(None))
        active = db.session.execute(of_month.where(IndicatorValue.code == "adoption.last_activity")).all()
        assert len(active) > 2000
        for _, at, value in active:
            assert at is not None
            assert abs(at.timestamp() - value) < 120, "the registry and the figure say the same"
        working = db.session.execute(of_month.where(IndicatorValue.code == "adoption.staff_active_7d")).all()
        for state, _, value in working:
            idle = state in (TenantState.SET_UP, TenantState.DORMANT)
            assert (value == 0) == idle or state == TenantState.SUSPENDED, state
        assert len({at.date() for _, at, _ in active}) > 30, "not all of them fell silent on the same days"
        places = [place.code for place in figures.directory(territory("18.06"), 3)]
        scored = figures.read([indicator("readiness.economy")], places, [month()])
        scores = [one.value for one in scored.values() if one.value is not None]
        assert max(scores) - min(scores) > 4
        elsewhere = select(IndicatorValue.code).join(TenantRow, TenantRow.id == IndicatorValue.tenant_id)
        codes = set(db.session.scalars(elsewhere.where(TenantRow.software.is_not(None)).distinct()))
        assert "pop.total" in codes
        assert not codes & {"adoption.setup_progress", "adoption.public_visits_30d", "portal.accounts"}
