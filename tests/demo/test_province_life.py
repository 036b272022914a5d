"""What the demo's province does with its villages is there to be looked at, and nothing of it twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import func, select, update

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
from tenants.models import TenantRow, now
from tenants.provisioning import provision
from tenants.scope import platform_scope
from tests.support import servers
from tests.support.figures import month, tell
from tests.support.people import officer_of

VILLAGES = ("18.06.20.2005", "18.06.20.2006")
PRESENT = {"pop.total": 2000, "pop.disabled": 90, "pop.male": 1010, "pop.female": 990, "staff.count": 9}
"""What the first of them counts itself."""


@pytest.fixture
def house(app: SigerFlask) -> Iterator[tuple[SigerFlask, list[TenantRow]]]:
    """A new house with two villages of Gisting, whose province can look back."""
    number, prefix = servers.house_number(), f"life{servers.worker_number()}_"
    urls = servers.make_database(f"siger_{prefix}")
    fresh = create_app(servers.settings_for(urls, number, prefix))
    with fresh.app_context(), platform_scope():
        # Known from before their schemas are there, as the demo's first start knows them.
        rows = list(db.session.scalars(select(TenantRow).where(TenantRow.code.in_(VILLAGES))))
        db.session.expunge_all()
    with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as conn:
        for row in rows:
            provision(conn, row.id, role_prefix=prefix, seed=seed_village)
    tell(fresh, VILLAGES[0], PRESENT)
    with fresh.app_context(), platform_scope():
        seed_accounts(rows, DemoSecrets("x" * 64), "localhost")
        living = update(TenantRow).where(TenantRow.code == VILLAGES[0])
        db.session.execute(living.values(state="established", live_at=now() - dt.timedelta(days=160)))
        db.session.commit()
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
        assert count(Report, Report.state == "ready") == 2
        sent = select(IndicatorValue.value).where(
            IndicatorValue.source == "push", IndicatorValue.code == "pop.total"
        )
        assert len(set(db.session.scalars(sent))) == 6, "each goes on from the people that it had"
    admin = officer_of(app, "province_admin", "18")
    for page in ("/", "/dokumen", "/pengumuman", "/laporan", "/sistem-lain", "/data/kelola", "/kesiapan"):
        assert admin.get(page).status_code == 200, page


def test_the_past_of_a_village_that_lives_leads_to_what_it_counts(
    house: tuple[SigerFlask, list[TenantRow]],
) -> None:
    app, rows = house
    living = next(row for row in rows if row.code == VILLAGES[0])
    with app.app_context(), platform_scope():
        query = select(IndicatorValue.code, IndicatorValue.value).where(
            IndicatorValue.tenant_id == living.id,
            IndicatorValue.period == month(1),
            IndicatorValue.source == "demo",
        )
        past = dict(db.session.execute(query).all())
    for code, value in PRESENT.items():
        assert abs(past[code] - value) <= 0.02 * value, code
    assert not [code for code in past if code not in PRESENT and code != "adoption.live"], (
        "nothing it never told"
    )
