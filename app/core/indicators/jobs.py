"""Keeping figures fresh: a village that changed within seconds, all of them every night."""

from __future__ import annotations

import datetime as dt
import math
import time
import uuid
from collections.abc import Sequence

import redis
from sqlalchemy import select

from app.core.indicators.daily import sweep_days
from app.core.indicators.declarations import period_of
from app.core.indicators.failures import IndicatorsFailed, reason_of, villages_with_failures
from app.core.indicators.rollup import months_due, roll_up_at_once, roll_up_due, roll_up_month
from app.core.indicators.services import note_unreadable, refresh_village
from app.core.indicators.tallies import keep_totals
from app.core.indicators.versions import note_versions
from app.core.indicators.writing import CHANGED
from app.extensions import cache, db
from tenants import fan_out, jobs, outbox, schedule
from tenants.keys import platform_key
from tenants.models import PlatformJobRun, TenantJobRun, TenantRow, TenantState, now
from tenants.scope import current_tenant, platform_scope

REFRESH = "indicators.refresh"
REFRESH_ALL = "indicators.refresh_all"
ROLL_UP = "indicators.roll_up"
ROLL_UP_MONTHS = "indicators.roll_up_months"
AFTER_REFRESH = "indicators.after_refresh"
LOOK_SECONDS = 20
LONGEST_RUN = dt.timedelta(hours=6)
"""A run over all villages that is not over by then is not waited for any longer."""
WAITING_SECONDS = 30
CHUNK = 100
ROLL_UP_WAITING = platform_key("indicators", "roll_up", "waiting")
ROLL_UP_RESTING = platform_key("indicators", "roll_up", "resting")
LONG_SECONDS = 1.5
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
def refresh(of_many: bool = False) -> None:
    """Compute and write the figures of the village of the present scope.

    An indicator that fails is noted and tried again with the next change, every few hours and every night; as a part of
    a run over many villages it is told as a failure of that part, though the others were written.
    """
    tenant = current_tenant()
    db.session.rollback()
    cache.try_ask(lambda client: client.delete(_waiting_key(str(tenant.id))), 0)
    try:
        refresh_village(tenant)
    except IndicatorsFailed:
        if of_many:
            raise
    except Exception as error:
        note_unreadable(tenant, error)
        raise VillageUnreadable(reason_of(error)) from error
    if not of_many:
        with platform_scope():
            roll_up_at_once()


class VillageUnreadable(Exception):
    """Nothing could be counted in a village."""


@outbox.handles(CHANGED)
def _changed(entry: outbox.Entry) -> None:
    """Ask for what is marked to be added up, unless it was meanwhile, or somebody is about to who will see this too."""
    if not months_due() or _another_waits(ROLL_UP_WAITING, str(entry.id)):
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
    """Ask for the figures of every village that has a schema: what counts days changes without anybody's doing.

    When that is over, the months that it touched are added up as a whole.
    """
    ask_for_all()
    db.session.commit()


def ask_for_all(asked_by: str | None = None) -> PlatformJobRun:
    """Ask for the figures of all villages and for adding them up, inside a platform scope; uncommitted."""
    note_versions(period_of(now()).first)
    query = (
        select(TenantRow.id)
        .where(TenantRow.schema_name.is_not(None), TenantRow.state != TenantState.ARCHIVED)
        .order_by(TenantRow.code)
    )
    run = ask_for(list(db.session.scalars(query)), asked_by)
    jobs.enqueue(AFTER_REFRESH, delay_seconds=LOOK_SECONDS, refresh_id=str(run.id))
    return run


def ask_for(tenant_ids: Sequence[uuid.UUID], asked_by: str | None = None) -> PlatformJobRun:
    """Ask for the figures of these villages, inside a platform scope and its open transaction.

    A worker begins each slice in a process of its own, which costs as much as the figures of several villages; so the
    slices are large.
    """
    return fan_out.fan_out(
        REFRESH, "Angka semua desa", tenant_ids, chunk=CHUNK, asked_by=asked_by, of_many=True
    )


@jobs.job(AFTER_REFRESH, queue="bulk", place="platform")
def after_refresh(refresh_id: str) -> None:
    """Look whether a run over all villages is over; then have the months that it touched added up, else look again."""
    run = db.session.get(PlatformJobRun, uuid.UUID(refresh_id))
    if run is None:
        return
    started = run.started_at or run.created_at
    if run.state == "running" and now() - started < LONGEST_RUN:
        jobs.enqueue(AFTER_REFRESH, delay_seconds=LOOK_SECONDS, refresh_id=refresh_id)
    else:
        touched = {period_of(started).first, period_of(now()).first, *months_due()}
        ask_to_add_up(sorted(touched, reverse=True))
    db.session.commit()


def ask_to_add_up(months: Sequence[dt.date]) -> PlatformJobRun | TenantJobRun:
    """Ask for whole months to be added up, as a run that can be watched; uncommitted, inside a platform scope."""
    said = [month.isoformat() for month in months]
    return jobs.start_run(ROLL_UP_MONTHS, "Angka per wilayah", total=len(said), months=said)


@jobs.job(ROLL_UP_MONTHS, queue="bulk", timeout=1800, place="platform")
def roll_up_months(months: list[str], run_id: str) -> None:
    """Add up whole months from the villages' figures, one transaction each."""
    for number, month in enumerate(months, start=1):
        roll_up_month(dt.date.fromisoformat(month))
        jobs.report_progress(run_id, number)


@jobs.job("indicators.retry_failed", queue="bulk", place="platform")
def retry_failed() -> None:
    """Ask once more for the figures of villages in which something could not be counted."""
    for tenant_id in villages_with_failures():
        jobs.enqueue(REFRESH, tenant_id=tenant_id)
    db.session.commit()


@jobs.job("indicators.keep_tallies", queue="bulk", place="platform")
def keep_tallies() -> None:
    """Write down what was tallied (visits, sends after being offline)."""
    keep_totals()
    db.session.commit()


@jobs.job("indicators.sweep_days", queue="bulk", place="platform")
def sweep() -> None:
    """Forget figures by day that are long past."""
    sweep_days()
    db.session.commit()


schedule.every("10 17 * * *", REFRESH_ALL)
schedule.every("*/5 * * * *", ROLL_UP)
schedule.every("20 */4 * * *", "indicators.retry_failed")
schedule.every("*/10 * * * *", "indicators.keep_tallies")
schedule.every("50 19 * * *", "indicators.sweep_days")
