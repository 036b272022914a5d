"""Work outside the request: RQ jobs that carry ids only, name their village, and enter its scope before they run.

Asking for a job writes an outbox row in the open transaction, so a job starts if and only if what caused it was
committed, and nothing is lost while Redis is away. Every job has a Retry (RQ gives up on a job whose worker died
unless it has one), so every job is idempotent.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import redis
import structlog
from rq import Queue, Retry
from rq.serializers import JSONSerializer
from rq.worker import Worker
from sqlalchemy import func, insert, select, update

from tenants import outbox, registry
from tenants.cache import cache
from tenants.database import db
from tenants.errors import QueueUnavailable
from tenants.models import JobItem, PlatformJobRun, TenantJobRun, now
from tenants.scope import current_tenant_or_none, platform_scope, tenant_scope

log = structlog.get_logger(__name__)

QUEUES = ("high", "default", "bulk")
MAINTENANCE_SECONDS = 30
FAN_OUT_CHUNK = 25
TALLY_EVERY = 5
RETRY_PAUSES = (0, 10, 60)


@dataclass(frozen=True, slots=True)
class JobKind:
    """A declared job: its function, its queue, how often it may be tried and for how long it may run (seconds)."""

    name: str
    function: Callable[..., Any]
    queue: str
    retries: int
    timeout: int


_jobs: dict[str, JobKind] = {}


def job(
    name: str, *, queue: str = "default", retries: int = 3, timeout: int = 600
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a job. The function is called with the keyword arguments it was asked with, inside the right scope."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        _jobs[name] = JobKind(name, function, queue, max(1, retries), timeout)
        return function

    return register


def job_kind(name: str) -> JobKind:
    """The declared job of this name; raises KeyError."""
    return _jobs[name]


def declared_jobs() -> list[JobKind]:
    """All declared jobs, by name."""
    return [_jobs[name] for name in sorted(_jobs)]


def enqueue(
    name: str, *, tenant_id: uuid.UUID | None = None, delay_seconds: int = 0, **arguments: Any
) -> uuid.UUID:
    """Ask for a job in the open transaction and return its id. Inside a village's scope it is that village's job."""
    job_kind(name)
    payload = {"name": name, "arguments": arguments}
    return outbox.post("job", payload, tenant_id=tenant_id, delay_seconds=delay_seconds)


def start_run(
    name: str, label: str, *, total: int = 0, asked_by: str | None = None, **arguments: Any
) -> PlatformJobRun | TenantJobRun:
    """Like `enqueue`, with a row that a person can watch; the job receives its id as `run_id`.

    The message that asks for it bears the same id, so after the commit `outbox.deliver_now(run.id)` starts it at once.
    """
    tenant = current_tenant_or_none()
    model = TenantJobRun if tenant else PlatformJobRun
    run = model(name=name, label=label, total=total, asked_by=asked_by, arguments=arguments)
    db.session.add(run)
    db.session.flush()
    _ask_for(run)
    return run


def _ask_for(run: PlatformJobRun | TenantJobRun) -> None:
    payload = {"name": job_kind(run.name).name, "arguments": {**run.arguments, "run_id": str(run.id)}}
    outbox.post("job", payload, entry_id=run.id)


def retry_run(run: PlatformJobRun | TenantJobRun) -> int:
    """Ask again for a run that failed (its villages, if it goes over many); return how many pieces were asked for."""
    if run.state != "failed":
        return 0
    if isinstance(run, PlatformJobRun) and (count := retry_failed(run.id)):
        return count
    run.state, run.error, run.finished_at = "queued", None, None
    _ask_for(run)
    return 1


@outbox.handles("job")
def _to_queue(entry: outbox.Entry) -> None:
    kind = job_kind(entry.payload["name"])
    try:
        queue = Queue(kind.queue, connection=cache.client, serializer=JSONSerializer)
        queue.enqueue_call(
            run_job,
            args=(kind.name, str(entry.tenant_id) if entry.tenant_id else None, entry.payload["arguments"]),
            job_id=str(entry.id),
            timeout=kind.timeout,
            retry=Retry(max=kind.retries, interval=list(RETRY_PAUSES[: kind.retries])),
            result_ttl=60,
            failure_ttl=7 * 86400,
            description=kind.name,
        )
    except (redis.RedisError, OSError) as error:
        raise QueueUnavailable(str(error)) from error


def run_job(name: str, tenant_id: str | None, arguments: dict[str, Any]) -> None:
    """What an RQ worker calls: enter the village (or the platform), run the job, write down how it went."""
    from flask import current_app, has_app_context

    kind = job_kind(name)
    assert has_app_context(), f"a job needs the application: {current_app}"
    run_id = arguments.get("run_id")
    if tenant_id is None:
        with platform_scope():
            _run(kind, PlatformJobRun, run_id, arguments)
        return
    tenant = registry.load_tenant(uuid.UUID(tenant_id))
    with tenant_scope(tenant):
        _run(kind, TenantJobRun, run_id, arguments)


def _run(
    kind: JobKind,
    model: type[PlatformJobRun] | type[TenantJobRun],
    run_id: str | None,
    arguments: dict[str, Any],
) -> None:
    if run_id is None:
        kind.function(**arguments)
        return
    key = uuid.UUID(run_id)
    note = update(model).where(model.id == key)
    state = db.session.scalar(select(model.state).where(model.id == key))
    if state == "done":
        return
    db.session.execute(
        note.values(
            state="running", attempts=model.attempts + 1, started_at=func.coalesce(model.started_at, now())
        )
    )
    db.session.commit()
    try:
        result = kind.function(**arguments)
    except Exception as error:
        db.session.rollback()
        db.session.execute(note.values(state="failed", error=str(error)[:1000], finished_at=now()))
        db.session.commit()
        raise
    if result != "continues":
        db.session.execute(
            note.values(
                state="done",
                error=None,
                finished_at=now(),
                result=result if isinstance(result, dict) else None,
            )
        )
    db.session.commit()


def report_progress(run_id: str, done: int, total: int | None = None) -> None:
    """Write how far the run is, in a transaction of its own."""
    model = TenantJobRun if current_tenant_or_none() else PlatformJobRun
    values: dict[str, Any] = {"done": done}
    if total is not None:
        values["total"] = total
    db.session.execute(update(model).where(model.id == uuid.UUID(run_id)).values(**values))
    db.session.commit()


# --- one job over many villages ------------------------------------------------------------------------------------


def fan_out(
    name: str,
    label: str,
    tenant_ids: Sequence[uuid.UUID],
    *,
    asked_by: str | None = None,
    chunk: int = FAN_OUT_CHUNK,
    **arguments: Any,
) -> PlatformJobRun:
    """Run the job `name` for each village; progress, failures and a retry per village are kept in `job_item`.

    Runs inside a platform scope and its open transaction. The job's function is called inside each village's scope
    (or inside the platform's with `tenant_id=` when it was declared by `platform_job`).
    """
    job_kind(name)
    run = PlatformJobRun(
        name=name, label=label, total=len(tenant_ids), asked_by=asked_by, arguments=arguments, state="running",
        started_at=now(),
    )  # fmt: skip
    if not tenant_ids:
        run.state, run.finished_at = "done", now()
    db.session.add(run)
    db.session.flush()
    if tenant_ids:
        items = [
            {"job_id": run.id, "tenant_id": tid, "state": "waiting", "attempts": 0} for tid in tenant_ids
        ]
        db.session.execute(insert(JobItem), items)
    for start in range(0, len(tenant_ids), chunk):
        enqueue(
            "tenants.chunk",
            job_id=str(run.id),
            tenant_ids=[str(t) for t in tenant_ids[start : start + chunk]],
        )
    return run


def retry_failed(run_id: uuid.UUID) -> int:
    """Ask again for the villages of a fan-out that failed; return how many. Inside a platform scope, uncommitted."""
    failed = select(JobItem.tenant_id).where(JobItem.job_id == run_id, JobItem.state == "failed")
    ids = list(db.session.scalars(failed))
    if not ids:
        return 0
    db.session.execute(
        update(JobItem)
        .where(JobItem.job_id == run_id, JobItem.state == "failed")
        .values(state="waiting", error=None)
    )
    db.session.execute(
        update(PlatformJobRun)
        .where(PlatformJobRun.id == run_id)
        .values(state="running", finished_at=None, failed=0, attempts=PlatformJobRun.attempts + 1)
    )
    for start in range(0, len(ids), FAN_OUT_CHUNK):
        enqueue(
            "tenants.chunk",
            job_id=str(run_id),
            tenant_ids=[str(t) for t in ids[start : start + FAN_OUT_CHUNK]],
        )
    return len(ids)


@job("tenants.chunk", queue="bulk", timeout=1800)
def run_chunk(job_id: str, tenant_ids: list[str]) -> None:
    """A slice of a fan-out. Villages that are done already are passed over, so a second run does nothing twice."""
    key = uuid.UUID(job_id)
    run = db.session.get(PlatformJobRun, key)
    if run is None:
        return
    kind, arguments = job_kind(run.name), dict(run.arguments)
    waiting = set(
        db.session.scalars(
            select(JobItem.tenant_id).where(
                JobItem.job_id == key,
                JobItem.state == "waiting",
                JobItem.tenant_id.in_([uuid.UUID(t) for t in tenant_ids]),
            )
        )
    )
    db.session.rollback()
    for number, tenant_id in enumerate(sorted(waiting), start=1):
        error = _one_of_many(kind, tenant_id, arguments)
        db.session.execute(
            update(JobItem)
            .where(JobItem.job_id == key, JobItem.tenant_id == tenant_id)
            .values(
                state="failed" if error else "done",
                error=error,
                attempts=JobItem.attempts + 1,
                finished_at=now(),
            )
        )
        db.session.commit()
        if number % TALLY_EVERY == 0:
            _tally(key)
    _tally(key)


def _one_of_many(kind: JobKind, tenant_id: uuid.UUID, arguments: dict[str, Any]) -> str | None:
    try:
        if getattr(kind.function, "for_platform", False):
            kind.function(tenant_id=str(tenant_id), **arguments)
        else:
            with tenant_scope(registry.load_tenant(tenant_id)):
                kind.function(**arguments)
                db.session.commit()
    except Exception as error:
        db.session.rollback()
        log.warning("fan_out_item_failed", job=kind.name, tenant=str(tenant_id), error=str(error))
        return str(error)[:500] or type(error).__name__
    return None


def for_platform(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a job function that takes `tenant_id` and runs in the platform's scope (provisioning, state changes)."""
    function.for_platform = True  # type: ignore[attr-defined]
    return function


def _tally(job_id: uuid.UUID) -> None:
    counts = fan_out_progress(job_id)
    values: dict[str, Any] = {"done": counts["done"], "failed": counts["failed"]}
    if not counts["waiting"]:
        values |= {"state": "failed" if counts["failed"] else "done", "finished_at": now()}
    db.session.execute(update(PlatformJobRun).where(PlatformJobRun.id == job_id).values(**values))
    db.session.commit()


def fan_out_progress(run_id: uuid.UUID) -> dict[str, int]:
    """How many villages of a fan-out wait, are done, have failed (inside a platform scope)."""
    query = select(JobItem.state, func.count()).where(JobItem.job_id == run_id).group_by(JobItem.state)
    return {"waiting": 0, "done": 0, "failed": 0} | {row[0]: row[1] for row in db.session.execute(query)}


# --- the worker ----------------------------------------------------------------------------------------------------


def make_worker(name: str | None = None) -> Worker:
    """An RQ worker over our queues; it looks for jobs whose worker died every 30 seconds."""
    connection = redis.Redis.from_url(_worker_url(), health_check_interval=30)
    queues = [Queue(q, connection=connection, serializer=JSONSerializer) for q in QUEUES]
    return Worker(
        queues,
        name=name,
        connection=connection,
        serializer=JSONSerializer,
        maintenance_interval=MAINTENANCE_SECONDS,
        job_monitoring_interval=MAINTENANCE_SECONDS,
        worker_ttl=120,
    )


def _worker_url() -> str:
    from flask import current_app

    return str(current_app.config["REDIS_URL"])


def queue_lengths() -> dict[str, int]:
    """Jobs waiting per queue; raises QueueUnavailable."""
    try:
        return {q: Queue(q, connection=cache.client, serializer=JSONSerializer).count for q in QUEUES}
    except (redis.RedisError, OSError) as error:
        raise QueueUnavailable(str(error)) from error


def finished_before(days: int) -> dt.datetime:
    """The moment before which finished runs are swept away."""
    return now() - dt.timedelta(days=days)
