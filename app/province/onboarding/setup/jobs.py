"""Following villages that are being set up or have just opened, so that those above see their progress."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import or_, select

from app.core.village.setup import look_around
from app.extensions import db
from app.province.onboarding.setup.first_week import SHOWN_DAYS, live_since, what_is_done
from app.province.onboarding.setup.models import VillageSetup
from app.province.onboarding.setup.telling import keep_progress, progress_of
from tenants import jobs, schedule
from tenants.models import SERVED_STATES, TenantRow, TenantState, now
from tenants.registry import load_tenant
from tenants.scope import platform_scope, tenant_scope

FOLLOW = "setup.follow"
MOST_AT_ONCE = 500


@jobs.job(FOLLOW, queue="bulk", place="platform")
def follow() -> None:
    """Look how far the villages are in which somebody did something since the last look."""
    for tenant_id in waiting():
        look_after(tenant_id)


def waiting() -> list[uuid.UUID]:
    """The villages to look after: being set up or in their first days, and changed since (one select)."""
    since = now() - dt.timedelta(days=SHOWN_DAYS)
    query = (
        select(TenantRow.id)
        .outerjoin(VillageSetup, VillageSetup.tenant_id == TenantRow.id)
        .where(
            TenantRow.schema_name.is_not(None),
            or_(
                TenantRow.state == TenantState.PROVISIONED,
                (TenantRow.live_at > since) & TenantRow.state.in_(SERVED_STATES),
            ),
            or_(VillageSetup.tenant_id.is_(None), TenantRow.last_activity_at > VillageSetup.updated_at),
        )
        .order_by(TenantRow.last_activity_at.desc().nulls_last())
        .limit(MOST_AT_ONCE)
    )
    return list(db.session.scalars(query))


def look_after(tenant_id: uuid.UUID) -> None:
    """Read one village's progress in its own scope and write it on the platform. Commits."""
    tenant = load_tenant(tenant_id)
    at = now()
    with tenant_scope(tenant):
        steps = progress_of(look_around())
        since = live_since()
        week = what_is_done() if since is not None else None
    with platform_scope():
        keep_progress(tenant_id, steps, at, week, since)
        db.session.commit()


schedule.every("*/10 * * * *", FOLLOW)
