"""The demo's villages at their beginning are what they would be had people set them up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.core.village.setup import KEYS
from app.demo.content import DemoSecrets
from app.demo.setting_up_life import seed_setting_up
from app.extensions import db
from app.province.onboarding.setup.models import VillageSetup
from tenants.models import TenantRow
from tenants.registry import load_tenant
from tenants.scope import platform_scope
from tests.support.houses import another_house
from tests.support.people import staff_member
from tests.support.work import settle


@pytest.fixture
def house(app: SigerFlask) -> Iterator[SigerFlask]:
    """A new house in which no village has begun."""
    with another_house(app, "begin") as fresh:
        yield fresh


def test_one_is_half_way_and_one_in_its_first_week(house: SigerFlask) -> None:
    app, secrets = house, DemoSecrets("a secret of this test")
    made = seed_setting_up(app, secrets)
    assert len(made) == 2
    with app.app_context():
        with platform_scope():
            rows = db.session.execute(
                select(VillageSetup, TenantRow).join(TenantRow, TenantRow.id == VillageSetup.tenant_id)
            ).all()
            found = {row.state: (setup.done, setup.tenant_id, setup.first_week) for setup, row in rows}
            steps = next(setup.steps for setup, row in rows if row.state == "set_up")
        dates = [steps[key]["at"] for key in KEYS if steps[key]["at"]]
        assert dates == sorted(dates), "a step was done before the one that comes before it"
        assert set(found) == {"provisioned", "set_up"}
        assert found["provisioned"][0] == 3
        assert found["set_up"][0] == 8
        assert found["set_up"][2]["poster"]
        half, live = (load_tenant(found[state][1]) for state in ("provisioned", "set_up"))
    assert "Ditunda" in staff_member(app, half).get("/persiapan").text
    assert "week-card" in staff_member(app, live).get("/beranda").text
    settle(app)
    assert seed_setting_up(app, secrets) == made, "a second start names other accounts than the first"
    with app.app_context(), platform_scope():
        assert len(db.session.scalars(select(VillageSetup.tenant_id)).all()) == 2
