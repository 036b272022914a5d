"""The past of the demo's villages: told in the logs at its own times, and sound."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import select

from app import create_app
from app.core.audit.models import PlatformAuditEntry
from app.core.audit.sealing import seal_chain
from app.core.audit.verification import verify_chain
from app.core.hosting import SigerFlask
from app.core.ui.formats import date
from app.core.village.seed import seed_village
from app.demo.adoption import STORIES, tell_past
from app.extensions import cache, db
from tenants.bootstrap import libpq_url
from tenants.models import TenantRow
from tenants.provisioning import provision
from tenants.registry import as_tenant
from tenants.scope import platform_scope, tenant_scope
from tests.support import servers
from tests.support.people import make_account, officer_of

_houses = iter("abcdefgh")


@pytest.fixture
def house(app: SigerFlask) -> Iterator[tuple[SigerFlask, TenantRow]]:
    """A new house in which nothing is sealed yet, with one village."""
    number, prefix = servers.house_number(), f"past{servers.worker_number()}{next(_houses)}_"
    urls = servers.make_database(f"siger_{prefix}")
    fresh = create_app(servers.settings_for(urls, number, prefix))
    with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as conn:
        found = conn.execute(
            "SELECT id FROM platform.tenant WHERE kind = 'desa' ORDER BY code LIMIT 1"
        ).fetchone()
        assert found is not None
        provision(conn, found[0], role_prefix=prefix, seed=seed_village)
    with fresh.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, found[0])
        db.session.expunge_all()
    yield fresh, row
    cache.configure(app.config["REDIS_URL"])
    with fresh.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("story", "path"),
    [
        ("silent", ["set_up", "active", "set_up", "dormant"]),
        ("established", ["set_up", "active", "established"]),
        ("young", ["set_up", "active"]),
        ("begun", []),
    ],
)
def test_state_changes_stand_in_the_log_at_their_own_times(
    house: tuple[SigerFlask, TenantRow], story: str, path: list[str]
) -> None:
    app, row = house
    tenant = as_tenant(row)
    make_account(app, tenant=tenant, role="secretary")
    with app.app_context():
        assert tell_past(row, STORIES[story], "Anton Wijaya")
        with platform_scope():
            changes = db.session.scalars(
                select(PlatformAuditEntry)
                .where(PlatformAuditEntry.action == "village.state_changed")
                .order_by(PlatformAuditEntry.at)
            ).all()
            told = db.session.get_one(TenantRow, row.id)
        assert [entry.details["after"]["state"] for entry in changes] == path
        assert told.state == (path[-1] if path else "provisioned")
        if changes:
            assert changes[-1].at == told.state_since
            assert changes[0].at == told.live_at
            assert all(entry.at < dt.datetime.now(dt.UTC) - dt.timedelta(days=1) for entry in changes)
        for scope in (platform_scope(), tenant_scope(tenant)):
            with scope:
                assert seal_chain(dt.timedelta(0)) >= len(path)
                report = verify_chain()
                assert (report.findings, report.waiting) == ([], 0)
        assert not tell_past(row, STORIES[story], "Anton Wijaya")
    page = officer_of(app).get(f"/desa/{row.id}").text
    with app.test_request_context():
        assert date(told.state_since) in page
