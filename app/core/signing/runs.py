"""Documents on their way through a signer: what was asked, what became of each, and the passphrase for the worker.

For the national service the passphrase lies sealed in `SigningRun.box`, for five minutes and one use: whoever takes the
run empties the box in the same transaction, before anything is sent. A worker that dies afterwards takes the passphrase
with it; the documents wait as they were.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select, update

from app.core.actors import current_actor
from app.core.privacy.vault import open_vault
from app.core.signing.models import SigningKey, SigningRun
from app.core.village.errors import Missing
from app.extensions import db
from tenants.ids import uuid7
from tenants.jobs import enqueue
from tenants.models import now

KEPT_FOR = dt.timedelta(minutes=5)
"""How long a passphrase waits for the worker."""
RUNS_KEPT = dt.timedelta(days=30)
"""How long a page tells what became of a run."""
LONGEST_RUN = dt.timedelta(minutes=15)
"""How long a worker may be at a run: the timeout of its job."""


@dataclass(frozen=True, slots=True)
class TakenRun:
    """A run that this worker took: nobody else can."""

    id: uuid.UUID
    key_id: uuid.UUID
    subjects: tuple[uuid.UUID, ...]
    asked_by_id: uuid.UUID | None
    asked_by: str
    passphrase: str = field(repr=False)


def begin_run(
    key: SigningKey, subjects: Sequence[uuid.UUID], passphrase: str, *, job_name: str
) -> tuple[SigningRun, uuid.UUID]:
    """Note in the open transaction that the worker shall have documents signed by the national service.

    The job is asked for twice: now, and once more when the passphrase is over (`is_late`), so that documents of a run
    that nobody took are free again.

    Args:
        key: an identity at the service.
        subjects: what is signed, at most some hundred.
        passphrase: sealed until the worker takes the run, at most five minutes.
        job_name: the job that takes it; it is called with `signing_run` and `is_late`.
    Returns:
        The run, and the message to hand out at once after the commit (`outbox.deliver_now`).
    """
    run = _new(key, subjects)
    run.expires_at = now() + KEPT_FOR
    run.box = open_vault(for_writing=True).seal(passphrase.encode(), f"signing_run:{run.id}")
    entry = enqueue(job_name, signing_run=str(run.id), is_late=False)
    for delay in (KEPT_FOR, LONGEST_RUN):
        seconds = int(delay.total_seconds()) + 5
        enqueue(job_name, delay_seconds=seconds, signing_run=str(run.id), is_late=True)
    return run, entry


def finished_run(key: SigningKey, subjects: Sequence[uuid.UUID], results: Mapping[str, Any]) -> SigningRun:
    """Note in the open transaction what a request that signed by itself did; no passphrase is part of it."""
    run = _new(key, subjects)
    run.state, run.results, run.finished_at, run.expires_at = "done", dict(results), now(), now()
    return run


def take_run(run_id: uuid.UUID, *, is_late: bool = False) -> TakenRun | None:
    """Take a waiting run with its passphrase and empty its box; commits before it returns.

    None when nobody may sign with it: it was taken before and whoever took it is gone, its passphrase is over, or it is
    done. The run then says so (`failed`, `expired`).

    Args:
        is_late: looked at again some minutes later: a run that somebody may still be at is left alone.
    """
    query = select(SigningRun).where(SigningRun.id == run_id).with_for_update()
    run = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    taken: TakenRun | None = None
    if run is not None and run.state == "waiting" and run.expires_at <= now():
        run.state, run.error, run.finished_at, run.box = "expired", "too_late", now(), None
    elif run is not None and run.state == "running":
        if not is_late or run.taken_at is None or run.taken_at + LONGEST_RUN <= now():
            run.state, run.error, run.finished_at, run.box = "failed", "interrupted", now(), None
    elif run is not None and run.state == "waiting" and run.box is not None and not is_late:
        passphrase = open_vault().open(run.box, f"signing_run:{run.id}").decode()
        run.state, run.taken_at, run.box = "running", now(), None
        subjects = tuple(uuid.UUID(one) for one in run.subjects)
        taken = TakenRun(run.id, run.signing_key_id, subjects, run.asked_by_id, run.asked_by, passphrase)
    db.session.commit()
    return taken


def expire_late_runs() -> list[uuid.UUID]:
    """Empty the boxes of runs that nobody took while their passphrase was kept; they are `expired`. Commits.

    One select where there are none. Returns the runs' ids.
    """
    late = (SigningRun.state == "waiting") & (SigningRun.expires_at <= now())
    if db.session.scalar(select(SigningRun.id).where(late).limit(1)) is None:
        return []
    over = update(SigningRun).where(late).returning(SigningRun.id)
    ids = db.session.scalars(
        over.values(state="expired", error="too_late", finished_at=now(), box=None)
    ).all()
    db.session.commit()
    return list(ids)


def forget_old_runs() -> int:
    """Remove runs that are over and older than 30 days; what became of a letter stands in its steps. Commits.

    Returns how many.
    """
    old = SigningRun.created_at < now() - RUNS_KEPT
    over = SigningRun.state.not_in(("waiting", "running"))
    gone = db.session.scalars(delete(SigningRun).where(old, over).returning(SigningRun.id)).all()
    db.session.commit()
    return len(gone)


def note_result(run_id: uuid.UUID, subject: uuid.UUID, result: Mapping[str, Any]) -> None:
    """Note in the open transaction what became of one document."""
    run = db.session.get_one(SigningRun, run_id)
    run.results = {**run.results, str(subject): dict(result)}


def end_run(run_id: uuid.UUID) -> None:
    """Say that all documents of a run were looked after; commits."""
    db.session.execute(
        update(SigningRun).where(SigningRun.id == run_id).values(state="done", finished_at=now(), box=None)
    )
    db.session.commit()


def find_run(run_id: uuid.UUID) -> SigningRun:
    """A run of this village. Raises Missing."""
    run = db.session.get(SigningRun, run_id)
    if run is None:
        raise Missing(str(run_id))
    return run


def _new(key: SigningKey, subjects: Sequence[uuid.UUID]) -> SigningRun:
    actor = current_actor()
    run = SigningRun(
        id=uuid7(),
        signing_key_id=key.id,
        subjects=[str(one) for one in subjects],
        results={},
        state="waiting",
        asked_by=actor.name if actor else "",
        asked_by_id=actor.account_id if actor else None,
    )
    db.session.add(run)
    return run
