"""Work outside the request: RQ jobs that carry ids only, name their village, and enter its scope before they run.

Asking for a job writes an outbox row in the open transaction, so a job starts if and only if what caused it was
committed, and nothing is lost while Redis is away. Every job has a Retry (RQ gives up on a job whose worker died
unless it has one), so every job is idempotent.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import redis
import structlog
from rq import Queue, Retry, get_current_job
from rq.exceptions import NoSuchJobError
from rq.job import Job as RqJob
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from rq.worker import Worker
from sqlalchemy import func, select, update

from tenants import outbox, registry
from tenants.cache import cache
from tenants.database import db
from tenants.errors import JobMisplaced, NotProvisioned, QueueUnavailable
from tenants.models import PlatformJobRun, TenantJobRun, now
from tenants.scope import Tenant, current_tenant_or_none, platform_scope, tenant_scope

log = structlog.get_logger(__name__)

QUEUES = ("high", "default", "bulk")
MAINTENANCE_SECONDS = 30
HEARTBEAT_SECONDS = 10
RETRY_PAUSES = (0, 10, 60)
LOOK_AGAIN = dt.timedelta(seconds=60)


Place = Literal["village", "platform", "both"]


@dataclass(frozen=True, slots=True)
class JobKind:
    """A declared job: its function, its queue, how often it may be tried, for how long it may run (seconds), and where.

    A village's transaction may write any message about itself, so a job of the platform refuses to run for a village.
    """

    name: str
    function: Callable[..., Any]
    queue: str
    retries: int
    timeout: int
    place: Place


_jobs: dict[str, JobKind] = {}


def job(
    name: str, *, queue: str = "default", retries: int = 3, timeout: int = 600, place: Place = "village"
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a job. The function is called with the keyword arguments it was asked with, inside the right scope."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        _jobs[name] = JobKind(name, function, queue, max(1, retries), timeout, place)
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
    outbox.post_once("job", payload, entry_id=run.id)


def ask_again(run: PlatformJobRun | TenantJobRun) -> None:
    """Ask once more for a run that failed, in the open transaction; nothing happens when somebody has just done so.

    The message that asked for it before may still stand for a moment (the worker notes the failure first) and go at
    any time, so another one is posted beside it; whichever of both comes second finds the run done.
    """
    db.session.refresh(run, with_for_update=True)
    if run.state != "failed":
        return
    run.state, run.error, run.finished_at = "queued", None, None
    _ask_for(run)


@outbox.handles("job")
def _to_queue(entry: outbox.Entry) -> outbox.Kept | None:
    """Put the job into its queue and keep the message until the job reports that it is done.

    Looked at again a minute later: a job that the queue still knows is left alone, one that it lost (Redis started
    without its memory) or gave up with its worker goes in once more.
    """
    kind = job_kind(entry.payload["name"])
    try:
        queue = Queue(kind.queue, connection=cache.client, serializer=JSONSerializer)
        if entry.handed_at is None or not _is_known(queue, str(entry.id)):
            queue.enqueue_call(
                run_job,
                args=(
                    kind.name,
                    str(entry.tenant_id) if entry.tenant_id else None,
                    entry.payload["arguments"],
                    str(entry.id),
                ),
                job_id=str(entry.id),
                timeout=kind.timeout,
                retry=Retry(max=kind.retries, interval=list(RETRY_PAUSES[: kind.retries])),
                result_ttl=60,
                failure_ttl=7 * 86400,
                description=kind.name,
            )
    except (redis.RedisError, OSError) as error:
        raise QueueUnavailable(str(error)) from error
    return outbox.Kept(LOOK_AGAIN)


def _is_known(queue: Queue, job_id: str) -> bool:
    try:
        found = RqJob.fetch(job_id, connection=queue.connection, serializer=JSONSerializer)
    except NoSuchJobError:
        return False
    return found.get_status() in (
        JobStatus.QUEUED,
        JobStatus.STARTED,
        JobStatus.SCHEDULED,
        JobStatus.DEFERRED,
    )


def run_job(name: str, tenant_id: str | None, arguments: dict[str, Any], entry_id: str | None = None) -> None:
    """What an RQ worker calls: enter the village (or the platform), run the job, write down how it went.

    A run that a person watches has failed after its last try; until then it is queued again, with its error.
    `entry_id` names the outbox message that asked for it; it is forgotten once the job is done, and handed out again
    later when the queue's own tries are used up. A run that a person watches is asked for again by that person.
    In a village whose data was deleted nothing is left to do. Raises JobMisplaced, and whatever the job raises.
    """
    kind = job_kind(name)
    run_id = arguments.get("run_id")
    if kind.place == ("village" if tenant_id is None else "platform"):
        if entry_id is not None:
            outbox.finished(uuid.UUID(entry_id))
        raise JobMisplaced(f"{name} is a job of the {kind.place}")
    try:
        if tenant_id is None:
            with platform_scope():
                _run(kind, PlatformJobRun, run_id, arguments)
        elif (tenant := village_of(uuid.UUID(tenant_id))) is not None:
            with tenant_scope(tenant):
                _run(kind, TenantJobRun, run_id, arguments)
    except Exception as error:
        if entry_id is not None and _is_last_try():
            if run_id is None:
                outbox.failed(uuid.UUID(entry_id), f"{type(error).__name__}: {error}")
            else:
                outbox.finished(uuid.UUID(entry_id))
        raise
    if entry_id is not None:
        outbox.finished(uuid.UUID(entry_id))


def village_of(tenant_id: uuid.UUID) -> Tenant | None:
    """The village of a job; None, with a line in the log, when it has no schema, so that nothing is left to do there.

    Raises UnknownTenant, and NotProvisioned while the village may be getting one.
    """
    try:
        return registry.load_tenant(tenant_id)
    except NotProvisioned:
        if not registry.has_no_schema(tenant_id):
            raise
        log.info("job_without_village", village=str(tenant_id))
        return None


def _is_last_try() -> bool:
    current = get_current_job()
    return current is None or not current.retries_left


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
        over = _is_last_try()
        db.session.execute(
            note.values(
                state="failed" if over else "queued",
                error=str(error)[:1000],
                finished_at=now() if over else None,
            )
        )
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
        job_monitoring_interval=HEARTBEAT_SECONDS,
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
