"""What the demo's province does with its villages is there to be looked at, and nothing of it twice."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import func, select

from app import create_app
from app.core.hosting import SigerFlask
from app.core.indicators.models import IndicatorPublication, IndicatorValue
from app.core.village.seed import seed_village
from app.demo.accounts import seed_accounts
from app.demo.content import DemoSecrets
from app.demo.province_history import seed_province
from app.demo.province_life import seed_province_life
from app.extensions import cache, db
from app.province.announcements.models import Announcement, AnnouncementRecipient, SharedDocument
from app.province.external.models import ExternalDelivery
from app.province.reports.models import Report, ReportSchedule
from tenants.bootstrap import libpq_url
from tenants.models import TenantRow
from tenants.provisioning import provision
from tenants.scope import platform_scope
from tests.support import servers

VILLAGES = ("18.06.20.2005", "18.06.20.2006")


@pytest.fixture
def house(app: SigerFlask) -> Iterator[tuple[SigerFlask, list[TenantRow]]]:
    """A new house with two villages of Gisting, whose province can look back."""
    number, prefix = servers.worker_number(), f"life{servers.worker_number()}_"
    urls = servers.make_database(f"siger_{prefix}")
    fresh = create_app(servers.settings_for(urls, number, prefix))
    with fresh.app_context(), platform_scope():
        # Known from before their schemas are there, as the demo's first start knows them.
        rows = list(db.session.scalars(select(TenantRow).where(TenantRow.code.in_(VILLAGES))))
        db.session.expunge_all()
    with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as conn:
        for row in rows:
            provision(conn, row.id, role_prefix=prefix, seed=seed_village)
    with fresh.app_context(), platform_scope():
        seed_accounts(rows, DemoSecrets("x" * 64), "localhost")
        seed_province(lambda told: None, months=2)
        db.session.expunge_all()
    yield fresh, rows
    cache.configure(app.config["REDIS_URL"])
    with fresh.app_context():
        db.engine.dispose()


def count(model: type, *where: object) -> int:
    """How many rows of a table of the platform there are."""
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0  # type: ignore[arg-type]


def test_the_province_speaks_shares_reports_and_receives(house: tuple[SigerFlask, list[TenantRow]]) -> None:
    app, rows = house
    with app.app_context():
        assert seed_province_life(rows) > 4
        assert seed_province_life(rows) == 0
    with app.app_context(), platform_scope():
        states = set(db.session.scalars(select(Announcement.state).distinct()))
        assert states == {"draft", "sent", "withdrawn"}
        assert count(AnnouncementRecipient, AnnouncementRecipient.first_read_at.is_not(None)) > 1
        assert count(AnnouncementRecipient, AnnouncementRecipient.first_read_at.is_(None)) > 100
        assert count(SharedDocument) == 4
        assert count(ExternalDelivery) == 6
        refused = select(func.jsonb_array_length(ExternalDelivery.refused)).distinct()
        assert set(db.session.scalars(refused)) == {0, 2}
        assert count(IndicatorValue, IndicatorValue.source == "push") > 10
        assert count(IndicatorPublication) > 5
        assert count(ReportSchedule) == 2
        assert count(Report) == 2
