"""The demo's applications: every state, dated one step after the other, and pages that open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.demo.applications_life import seed_applications
from app.extensions import db
from app.province.onboarding.applications import links
from app.province.onboarding.applications.models import STATES, Application, ApplicationEvent
from app.province.onboarding.board.deciding import PROVISION
from app.province.onboarding.setup.models import VillageSetup
from tenants.models import PlatformJobRun, TenantRow, now
from tenants.scope import platform_scope
from tests.support.houses import another_house
from tests.support.visitors import Visitor

STANDING = ("applied", "applied", "applied", "applied", "approved", "provisioned", "active")
"""Where the first villages of Tanggamus stand in this house."""


@pytest.fixture
def house(app: SigerFlask) -> Iterator[SigerFlask]:
    """A new house in which some villages are on their way."""
    with another_house(app, "applied") as fresh:
        with fresh.app_context(), platform_scope():
            query = select(TenantRow).where(TenantRow.regency_code == "18.06").order_by(TenantRow.code)
            before = now() - dt.timedelta(hours=1)
            for row, state in zip(db.session.scalars(query), STANDING, strict=False):
                row.state = state
                row.live_at = before if state == "active" else None
                row.provisioned_at = before if state in ("active", "provisioned") else None
                if row.provisioned_at is not None:
                    done = ("identity", "officials", "look", *(["live"] if state == "active" else []))
                    steps = {key: {"state": "done", "by": "Wahyu", "at": before.isoformat()} for key in done}
                    db.session.add(VillageSetup(tenant_id=row.id, steps=steps, done=len(done), total=9))
            db.session.commit()
        yield fresh


def test_the_demo_shows_applications_in_every_state_with_a_past_that_holds_together(
    house: SigerFlask,
) -> None:
    assert seed_applications(house) >= 25
    assert seed_applications(house) == 0
    with house.app_context(), platform_scope():
        made = list(db.session.scalars(select(Application)))
        assert {application.state for application in made} == set(STATES)
        for application in made:
            query = select(ApplicationEvent).where(ApplicationEvent.application_id == application.id)
            events = list(db.session.scalars(query.order_by(ApplicationEvent.id)))
            assert [event.at for event in events] == sorted(event.at for event in events)
            last = [event for event in events if event.kind == "state"][-1]
            assert (last.key, last.at) == (application.state, application.state_since)
            assert application.updated_at <= now()
            begun = [event for event in events if event.kind == "setup"]
            if db.session.get(VillageSetup, application.tenant_id) and application.provisioned_at:
                assert [event.key for event in begun][:3] == ["identity", "officials", "look"]
                assert begun[0].at > application.provisioned_at
                opened = application.live_at or now()
                assert all(event.at <= opened for event in begun if event.key != "live")
            else:
                assert not begun
            if application.state not in ("draft", "expired"):
                assert application.letter_file_id is not None
        tokens = [links.address_token(application) for application in made]
        waiting = [application for application in made if application.state == "approved"]
        runs = list(db.session.scalars(select(PlatformJobRun).where(PlatformJobRun.name == PROVISION)))
        assert [run.arguments["application_id"] for run in runs] == [str(one.id) for one in waiting]
        assert all(run.state == "failed" and run.error for run in runs), "an office may try again"
    browser = Visitor(house, "localhost")
    for token in tokens:
        assert browser.get(f"/daftar/{token}").status_code == 200
