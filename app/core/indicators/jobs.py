"""Keeping figures fresh: a village that changed within seconds, all of them every night."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Sequence

import redis
from sqlalchemy import select

from app.core.indicators.rollup import roll_up_due
from app.core.indicators.services import refresh_village
from app.core.indicators.writing import CHANGED
from app.extensions import cache, db
from tenants import fan_out, jobs, outbox, schedule
from tenants.keys import platform_key
from tenants.models import PlatformJobRun, TenantRow, TenantState
from tenants.scope import current_tenant

REFRESH = "indicators.refresh"
REFRESH_ALL = "indicators.refresh_all"
ROLL_UP = "indicators.roll_up"
WAITING_SECONDS = 30
CHUNK = 100
ROLL_UP_WAITING = platform_key("indicators", "roll_up", "waiting")
ROLL_UP_RESTING = platform_key("indicators", "roll_up", "resting")
LONG_SECONDS = 0.4
REST_FACTOR = 3
"""After an adding up that took long (while a night's run writes), the next one rests so many times as long."""


@outbox.handles("dirty")
def _dirty(entry: outbox.Entry) -> None:
    """Ask for one refresh of the village, unless one is waiting already that will see this change too."""
    if entry.tenant_id is None:
        return
    if not _another_waits(_waiting_key(str(entry.tenant_id)), str(entry.id)):
        jobs.enqueue(REFRESH, tenant_id=entry.tenant_id)


def _another_waits(key: str, mine: str) -> bool:
    """Whether a refresh that another message asked for is waiting; unknown while Redis is away, then it does not."""

    def claim(client: redis.Redis) -> object:
        return client.set(key, mine, nx=True, get=True, ex=WAITING_SECONDS)

    holder = cache.try_ask(claim, None)
    return holder is not None and holder != mine.encode()


def _waiting_key(tenant_id: str) -> str:
    return platform_key("indicators", "waiting", tenant_id)


@jobs.job(REFRESH, timeout=120)
def refresh() -> None:
    """Compute and write the figures of the village of the present scope."""
    tenant = current_tenant()
    db.session.rollback()
    cache.try_ask(lambda client: client.delete(_waiting_key(str(tenant.id))), 0)
    refresh_village(tenant)


@outbox.handles(CHANGED)
def _changed(entry: outbox.Entry) -> None:
    """Ask for what is marked to be added up, unless somebody is about to who will see this change too."""
    if _another_waits(ROLL_UP_WAITING, str(entry.id)):
        return
    resting = cache.try_ask(lambda client: int(client.pttl(ROLL_UP_RESTING)), 0)
    jobs.enqueue(ROLL_UP, delay_seconds=math.ceil(max(0, resting) / 1000))


@jobs.job(ROLL_UP, place="platform")
def roll_up_what_is_due() -> None:
    """Add up what changed, by kecamatan, kabupaten/kota and province."""
    db.session.rollback()
    cache.try_ask(lambda client: client.delete(ROLL_UP_WAITING), 0)
    started = time.monotonic()
    roll_up_due()
    taken = time.monotonic() - started
    if taken > LONG_SECONDS:
        rest = int(REST_FACTOR * taken * 1000)
        cache.try_ask(lambda client: client.set(ROLL_UP_RESTING, "1", px=rest), None)


@jobs.job(REFRESH_ALL, queue="bulk", place="platform")
def refresh_all() -> None:
    """Ask for the figures of every village that has a schema: what counts days changes without anybody's doing."""
    query = (
        select(TenantRow.id)
        .where(TenantRow.schema_name.is_not(None), TenantRow.state != TenantState.ARCHIVED)
        .order_by(TenantRow.code)
    )
    ask_for(list(db.session.scalars(query)))
    db.session.commit()


def ask_for(tenant_ids: Sequence[uuid.UUID]) -> PlatformJobRun:
    """Ask for the figures of these villages, inside a platform scope and its open transaction.

    A worker begins each slice in a process of its own, which costs as much as the figures of several villages; so the
    slices are large.
    """
    return fan_out.fan_out(REFRESH, "Angka semua desa", tenant_ids, chunk=CHUNK)


schedule.every("10 17 * * *", REFRESH_ALL)
schedule.every("*/5 * * * *", ROLL_UP)
