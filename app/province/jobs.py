"""Work of the province outside the request: making schemas, keeping spare ones ready, sweeping old runs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from flask import current_app
from flask_babel import force_locale
from sqlalchemy import delete, func, select

from app.core.village.seed import seed_village
from app.extensions import db
from app.province.provisioning import SETTLE_ABOVE, note_provisioned
from app.province.services import PROVISION_MANY, PROVISION_ONE, refuse_applied
from app.settings import Settings
from tenants import fan_out, jobs, registry, schedule
from tenants.bootstrap import libpq_url
from tenants.errors import ProvisioningFailed
from tenants.models import PlatformJobRun, TenantRow, TenantSchema, now
from tenants.provisioning import make_spares, provision, settle_catalogues

KEEP_RUNS_DAYS = 90


@jobs.job(PROVISION_ONE, queue="high", timeout=120, place="platform")
def provision_one(village_id: str, run_id: str, region_code: str) -> None:
    """Make one village's schema for somebody who waits for it, out of a warm spare where one is ready."""
    tenant_id = uuid.UUID(village_id)
    _refuse_applied(tenant_id)
    make_schema(tenant_id)
    jobs.enqueue("province.make_spares")
    jobs.report_progress(run_id, 1)


@jobs.job(PROVISION_MANY, queue="bulk", place="platform")
@fan_out.for_platform
def provision_of_many(tenant_id: str, region_code: str) -> None:
    """Make the schema of one village of a region. `region_code` says for whom the run is listed."""
    _refuse_applied(uuid.UUID(tenant_id))
    make_schema(uuid.UUID(tenant_id))


def _refuse_applied(tenant_id: uuid.UUID) -> None:
    """Raise ApplicationPending, with its sentence, for a village that has applied since it was asked for."""
    with force_locale("id"):
        refuse_applied(db.session.get_one(TenantRow, tenant_id))
    db.session.rollback()


def make_schema(tenant_id: uuid.UUID) -> None:
    """Give a village its schema, in a worker, and let its host be served; one that has a schema keeps it.

    Raises ProvisioningFailed, UnknownTenant.
    """
    settings: Settings = current_app.config["SETTINGS"]
    with _owner() as conn:
        made = provision(conn, tenant_id, role_prefix=settings.tenant_role_prefix, seed=seed_village)
    if made:
        note_provisioned(tenant_id)
    registry.hosts_changed()


@jobs.job("province.make_spares", queue="bulk", timeout=300, place="platform")
def keep_spares() -> None:
    """Keep as many empty schemas ready as the settings say."""
    settings: Settings = current_app.config["SETTINGS"]
    with _owner() as conn:
        make_spares(conn, settings.warm_spares)


@jobs.job("province.settle_catalogues", queue="bulk", timeout=1800, place="platform")
def settle_after_many() -> None:
    """Vacuum the catalogues when the last hour made many schemas at once."""
    since = now() - dt.timedelta(minutes=65)
    fresh = select(func.count()).select_from(TenantSchema).where(TenantSchema.created_at > since)
    count = db.session.scalar(fresh) or 0
    db.session.rollback()
    if count >= SETTLE_ABOVE:
        settle_catalogues(_owner_url())


@jobs.job("province.sweep_runs", queue="bulk", place="platform")
def sweep_runs() -> None:
    """Forget runs that ended long ago, with their villages' parts."""
    old = PlatformJobRun.finished_at < jobs.finished_before(KEEP_RUNS_DAYS)
    db.session.execute(delete(PlatformJobRun).where(old))
    db.session.commit()


@contextmanager
def _owner() -> Iterator[psycopg.Connection]:
    with psycopg.connect(_owner_url(), autocommit=True, prepare_threshold=None) as conn:
        yield conn


def _owner_url() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.owner_database_url:
        raise ProvisioningFailed("OWNER_DATABASE_URL is not set for this worker: it can't make schemas")
    return libpq_url(settings.owner_database_url)


schedule.every("*/3 * * * *", "province.make_spares")
schedule.every("5 * * * *", "province.settle_catalogues")
schedule.every("40 18 * * *", "province.sweep_runs")
