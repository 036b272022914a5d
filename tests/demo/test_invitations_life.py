"""The demo's invitations: several states, letters that open, a workbook whose dry run found something."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.demo.applications_life import seed_applications
from app.demo.invitations_life import seed_invitations
from app.extensions import db
from app.province.onboarding.bulk.models import BulkRun
from app.province.onboarding.invitations import tokens
from app.province.onboarding.invitations.lists import Wanted, tally
from app.province.onboarding.invitations.models import OnboardingInvitation
from app.province.regions import Territory
from tenants.models import TenantRow
from tenants.scope import platform_scope
from tests.support.houses import another_house
from tests.support.people import officer_of
from tests.support.visitors import Visitor

STANDING = (*("applied",) * 4, *("invited",) * 12)


@pytest.fixture
def house(app: SigerFlask) -> Iterator[SigerFlask]:
    """A new house in which some villages are invited."""
    with another_house(app, "invited") as fresh:
        with fresh.app_context(), platform_scope():
            query = select(TenantRow).where(TenantRow.regency_code == "18.06").order_by(TenantRow.code)
            for row, state in zip(db.session.scalars(query), STANDING, strict=False):
                row.state = state
            db.session.commit()
        yield fresh


def test_the_demo_shows_invitations_in_several_states_and_a_dry_run(house: SigerFlask) -> None:
    officer = officer_of(house, email="admin@siger.test")
    seed_applications(house)
    with house.app_context(), platform_scope():
        before = dict(db.session.execute(select(TenantRow.code, TenantRow.state)).all())
    assert seed_invitations(house) >= 12
    assert seed_invitations(house) == 0
    with house.app_context(), platform_scope():
        assert before == dict(db.session.execute(select(TenantRow.code, TenantRow.state)).all())
        counts = tally(Wanted(Territory("18", "Provinsi Lampung")))
        assert {name for name, count in counts.items() if count} >= {
            "sent", "opened", "used", "expired", "revoked",
        }  # fmt: skip
        bulk = db.session.scalars(select(BulkRun)).one()
        assert (bulk.state, bulk.counts["rows"], bulk.counts["error"]) == ("ready", 5, 3)
        path = f"/pendaftaran/massal/{bulk.id}"
        found = list(db.session.scalars(select(OnboardingInvitation)))
        links = [f"/undangan/{tokens.token_of(one)}" for one in found]
    guest = Visitor(house, "localhost")
    assert {guest.get(link).status_code for link in links} == {200, 410}
    for page in (path, "/pendaftaran/undangan", "/pendaftaran/massal"):
        assert officer.get(page).status_code == 200
