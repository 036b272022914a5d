"""Work in the background as the province sees it: runs with their progress, what waits, what failed."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from rq.worker import Worker
from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.core.indicators.failures import failures_of
from app.core.indicators.jobs import REFRESH
from app.core.indicators.models import IndicatorFailure
from app.extensions import cache, db
from app.province.regions import PROVINCE, level_of
from tenants import outbox
from tenants.cache import CacheAway
from tenants.errors import QueueUnavailable
from tenants.jobs import queue_lengths
from tenants.models import JobItem, PlatformJobRun, TenantRow, now
from tenants.schedule import HEARTBEAT_KEY

PAGE = 30
FAILURES_SHOWN = 100
REASONS_SHOWN = 20
LATE_SECONDS = 15


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run with counts as they are now. `village_id` is set for work on one village alone."""

    run: PlatformJobRun
    done: int
    failed: int

    @property
    def village_id(self) -> uuid.UUID | None:
        """The village of a run that is about one village."""
        found = self.run.arguments.get("village_id")
        return uuid.UUID(found) if found else None

    @property
    def final(self) -> bool:
        """Whether nothing happens any more unless somebody asks."""
        return self.run.state in ("done", "failed")


@dataclass(frozen=True, slots=True)
class Failure:
    """A village's part of a run that failed, with the reason."""

    village_id: uuid.UUID
    name: str
    code: str
    error: str
    attempts: int
    indicators: tuple[IndicatorFailure, ...] = ()
    """What can't be counted there at present, of a run that counts."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something can't be counted: which indicators, and in how many villages of a run."""

    reason: str
    codes: tuple[str, ...]
    villages: int


@dataclass(frozen=True, slots=True)
class Machinery:
    """What waits where. `queues` is None while Redis is away; `scheduler_late` when its heartbeat is missing."""

    queues: dict[str, int] | None
    waiting: int
    workers: int | None
    scheduler_late: bool


def visible(region_code: str | None) -> ColumnElement[bool]:
    """The condition that a run is of a region: all of them for the province, else what was asked for within."""
    if region_code and level_of(region_code) == PROVINCE:
        return true()
    asked = PlatformJobRun.arguments["region_code"].astext
    return and_(
        asked.is_not(None),
        or_(asked == (region_code or ""), asked.startswith(f"{region_code or '-'}.", autoescape=True)),
    )


def _counted() -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Done and failed as they are now: a run over many villages writes its own sums only now and then."""

    def parts(state: str) -> ColumnElement[int]:
        items = select(func.count()).where(JobItem.job_id == PlatformJobRun.id, JobItem.state == state)
        return items.correlate(PlatformJobRun).scalar_subquery()

    running = PlatformJobRun.state == "running"
    done = case((running, func.greatest(PlatformJobRun.done, parts("done"))), else_=PlatformJobRun.done)
    failed = case((running, parts("failed")), else_=PlatformJobRun.failed)
    return done, failed


def runs(
    region_code: str | None, before: dt.datetime | None = None, *, name: str = "", limit: int = PAGE
) -> tuple[list[ShownRun], bool]:
    """Runs, newest first, and whether there are older ones (inside a platform scope, one select)."""
    done, failed = _counted()
    query = select(PlatformJobRun, done, failed).where(visible(region_code))
    if name:
        query = query.where(PlatformJobRun.name == name)
    if before is not None:
        query = query.where(PlatformJobRun.created_at < before)
    rows = db.session.execute(query.order_by(PlatformJobRun.created_at.desc()).limit(limit + 1)).all()
    return [ShownRun(*row) for row in rows[:limit]], len(rows) > limit


def find(run_id: uuid.UUID, region_code: str | None) -> ShownRun | None:
    """A run that the region may see, or None (inside a platform scope, one select)."""
    done, failed = _counted()
    query = select(PlatformJobRun, done, failed).where(PlatformJobRun.id == run_id, visible(region_code))
    row = db.session.execute(query).one_or_none()
    return ShownRun(*row) if row else None


def failing_report(region_code: str | None) -> uuid.UUID | None:
    """The newest run over many villages that could not count everything, or None (inside a platform scope, one select).

    A run that counted everything since then has no failures to tell, and what is noted now came after it.
    """
    query = select(PlatformJobRun.id, PlatformJobRun.failed).where(
        PlatformJobRun.name == REFRESH, PlatformJobRun.state.in_(("done", "failed")), visible(region_code)
    )
    newest = db.session.execute(query.order_by(PlatformJobRun.created_at.desc()).limit(1)).first()
    return newest.id if newest and newest.failed else None


def failures(run_id: uuid.UUID) -> list[Failure]:
    """The villages of a run that failed, by code, the first hundred (two selects)."""
    query = (
        select(JobItem, TenantRow)
        .join(TenantRow, TenantRow.id == JobItem.tenant_id)
        .where(JobItem.job_id == run_id, JobItem.state == "failed")
        .order_by(TenantRow.code)
        .limit(FAILURES_SHOWN)
    )
    rows = db.session.execute(query).all()
    known = failures_of([row.id for _, row in rows])
    return [
        Failure(
            row.id, f"{row.term} {row.name}", row.code, item.error or "", item.attempts, tuple(known.get(row.id, ())),
        )
        for item, row in rows
    ]  # fmt: skip


def reasons(run_id: uuid.UUID) -> list[Reason]:
    """Why villages of a run can't be counted at present, the most frequent reason first (one select)."""
    codes = func.array_agg(aggregate_order_by(IndicatorFailure.code.distinct(), IndicatorFailure.code))
    villages = func.count(IndicatorFailure.tenant_id.distinct())
    query = (
        select(IndicatorFailure.reason, codes, villages)
        .join(JobItem, JobItem.tenant_id == IndicatorFailure.tenant_id)
        .where(JobItem.job_id == run_id, JobItem.state == "failed")
        .group_by(IndicatorFailure.reason)
        .order_by(villages.desc(), IndicatorFailure.reason)
        .limit(REASONS_SHOWN)
    )
    return [Reason(reason, tuple(found), count) for reason, found, count in db.session.execute(query)]


def machinery() -> Machinery:
    """How much waits in the queues and in the outbox, and whether somebody works it off."""
    try:
        queues = queue_lengths()
        workers = cache.ask(lambda client: Worker.count(connection=client))
        beat = cache.ask(lambda client: client.get(HEARTBEAT_KEY))
    except (QueueUnavailable, CacheAway):
        return Machinery(None, outbox.waiting(), None, False)
    last = dt.datetime.fromisoformat(beat.decode()) if isinstance(beat, bytes) else None
    late = last is None or now() - last > dt.timedelta(seconds=LATE_SECONDS)
    return Machinery(queues, outbox.waiting(), workers, late)
