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

from sqlalchemy import select, update

from app.core.actors import current_actor
from app.core.privacy.vault import open_vault
from app.core.signing.models import SigningKey, SigningRun
from app.core.village.errors import Missing
from app.extensions import db
from tenants import outbox
from tenants.ids import uuid7
from tenants.jobs import enqueue, job
from tenants.models import now

KEPT_FOR = dt.timedelta(minutes=5)


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
) -> SigningRun:
    """Ask the worker to have documents signed by the national service; commits, and hands the job out at once.

    Args:
        key: an identity at the service.
        subjects: what is signed, at most some hundred.
        passphrase: sealed until the worker takes the run, at most five minutes.
        job_name: the job that takes it; it is called with `run_id` alone.
    """
    run = _new(key, subjects)
    run.expires_at = now() + KEPT_FOR
    run.box = open_vault(for_writing=True).seal(passphrase.encode(), f"signing_run:{run.id}")
    entry = enqueue(job_name, run_id_text=str(run.id))
    enqueue("signing.forget", delay_seconds=int(KEPT_FOR.total_seconds()) + 1, run_id_text=str(run.id))
    db.session.commit()
    outbox.deliver_now(entry)
    return run


def finished_run(key: SigningKey, subjects: Sequence[uuid.UUID], results: Mapping[str, Any]) -> SigningRun:
    """Note in the open transaction what a request that signed by itself did; no passphrase is part of it."""
    run = _new(key, subjects)
    run.state, run.results, run.finished_at, run.expires_at = "done", dict(results), now(), now()
    return run


def take_run(run_id: uuid.UUID) -> TakenRun | None:
    """Take a waiting run with its passphrase and empty its box; commits before it returns.

    None when there is nothing to do: it was taken before (whoever took it died or is at it) or its passphrase is over.
    """
    run = db.session.scalars(
        select(SigningRun).where(SigningRun.id == run_id).with_for_update()
    ).one_or_none()
    if run is None or run.state in ("done", "failed", "expired"):
        db.session.rollback()
        return None
    if run.state == "running" or run.box is None:
        run.state, run.error, run.finished_at, run.box = "failed", "interrupted", now(), None
        db.session.commit()
        return None
    if run.expires_at <= now():
        run.state, run.error, run.finished_at, run.box = "expired", "too_late", now(), None
        db.session.commit()
        return None
    passphrase = open_vault().open(run.box, f"signing_run:{run.id}").decode()
    run.state, run.taken_at, run.box = "running", now(), None
    subjects = tuple(uuid.UUID(one) for one in run.subjects)
    taken = TakenRun(run.id, run.signing_key_id, subjects, run.asked_by_id, run.asked_by, passphrase)
    db.session.commit()
    return taken


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


@job("signing.forget", queue="high", timeout=60)
def forget_passphrase(run_id_text: str) -> None:
    """Empty the box of a run that nobody took within five minutes."""
    run = db.session.scalars(
        select(SigningRun).where(SigningRun.id == uuid.UUID(run_id_text)).with_for_update()
    ).one_or_none()
    if run is not None and run.state == "waiting" and run.expires_at <= now():
        run.state, run.error, run.finished_at, run.box = "expired", "too_late", now(), None
    db.session.commit()


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
