"""One job over many villages: progress, failures and a retry for each of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import structlog
from sqlalchemy import func, insert, select, update

from tenants.database import db
from tenants.jobs import JobKind, ask_again, enqueue, job, job_kind, village_of
from tenants.models import JobItem, PlatformJobRun, now
from tenants.scope import tenant_scope

log = structlog.get_logger(__name__)

CHUNK = 25
TALLY_EVERY = 5


def fan_out(
    name: str,
    label: str,
    tenant_ids: Sequence[uuid.UUID],
    *,
    asked_by: str | None = None,
    chunk: int = CHUNK,
    **arguments: Any,
) -> PlatformJobRun:
    """Run the job `name` for each village; progress, failures and a retry per village are kept in `job_item`.

    Runs inside a platform scope and its open transaction. The job's function is called inside each village's scope
    (or inside the platform's with `tenant_id=` when it was marked `for_platform`).
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
    _ask(run.id, tenant_ids, chunk)
    return run


def _ask(run_id: uuid.UUID, tenant_ids: Sequence[uuid.UUID], chunk: int = CHUNK) -> None:
    for start in range(0, len(tenant_ids), chunk):
        slice_ = [str(t) for t in tenant_ids[start : start + chunk]]
        enqueue("tenants.chunk", job_id=str(run_id), tenant_ids=slice_)


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
    _ask(run_id, ids)
    return len(ids)


def retry_run(run: PlatformJobRun) -> int:
    """Ask again for a run that failed (its villages, if it goes over many); return how many pieces were asked for."""
    if run.state != "failed":
        return 0
    count = retry_failed(run.id)
    if count == 0:
        ask_again(run)
    return count or 1


@job("tenants.chunk", queue="bulk", timeout=1800, place="platform")
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
    held: Callable[[], AbstractContextManager[object]] = getattr(kind.function, "held_around", nullcontext)
    with held():
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
        elif (tenant := village_of(tenant_id)) is not None:
            with tenant_scope(tenant):
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


def around(
    held: Callable[[], AbstractContextManager[object]],
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a job function for whose slice of villages something is held open, such as a connection of its own."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function.held_around = held  # type: ignore[attr-defined]
        return function

    return mark


def _tally(job_id: uuid.UUID) -> None:
    # One tally at a time, so that an older count is never written over a newer one.
    db.session.execute(select(PlatformJobRun.id).where(PlatformJobRun.id == job_id).with_for_update())
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
