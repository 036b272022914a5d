"""What a transaction must tell the platform, told only if it commits.

`post` writes a row in the open transaction (a village's role may insert here, and only rows that name itself).
The scheduler calls `deliver` when word of a commit reaches it through Redis, and every half second; each kind has one
handler. A handler that fails is tried again later with growing pauses: at least once, so handlers are idempotent.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import redis
import structlog
from sqlalchemy import delete, event, func, insert, select, update

from tenants.cache import CacheAway, cache
from tenants.database import ScopedToTenant, db
from tenants.ids import uuid7
from tenants.keys import platform_key
from tenants.models import OutboxEntry, now
from tenants.scope import current_tenant_or_none, platform_scope

log = structlog.get_logger(__name__)

WORD = platform_key("outbox", "word")


@dataclass(frozen=True, slots=True)
class Entry:
    """One delivered message."""

    id: uuid.UUID
    tenant_id: uuid.UUID | None
    kind: str
    payload: dict[str, Any]


Handler = Callable[[Entry], None]
_handlers: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the one handler of a kind of message."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def post(
    kind: str,
    payload: dict[str, Any],
    *,
    tenant_id: uuid.UUID | None = None,
    delay_seconds: int = 0,
    entry_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Write a message in the open transaction and return its id (a new one unless `entry_id` names it).

    Inside a village's scope the message names that village, whatever is asked; the platform may name any or none.
    """
    tenant = current_tenant_or_none()
    entry_id = entry_id or uuid7()
    moment = now()
    db.session.execute(
        insert(OutboxEntry).values(
            id=entry_id,
            tenant_id=tenant.id if tenant else tenant_id,
            kind=kind,
            payload=payload,
            attempts=0,
            created_at=moment,
            available_at=moment + dt.timedelta(seconds=delay_seconds),
        )
    )
    if delay_seconds == 0:
        db.session.info["outbox_posted"] = True
    return entry_id


@event.listens_for(ScopedToTenant, "after_commit")
def _wake(session: Any) -> None:
    """Wake a scheduler once a message is there to be delivered; it looks by itself too, so losing this costs little."""
    if session.info.pop("outbox_posted", False):
        cache.try_ask(_leave_word, None)


@event.listens_for(ScopedToTenant, "after_rollback")
def _nothing_posted(session: Any) -> None:
    session.info.pop("outbox_posted", None)


def _leave_word(client: redis.Redis) -> None:
    with client.pipeline(transaction=False) as pipe:
        pipe.lpush(WORD, "1")
        pipe.ltrim(WORD, 0, 0)
        pipe.execute()


def wait_for_word(seconds: float) -> None:
    """Return when somebody posted a message, or after so many seconds; without Redis always after them."""
    try:
        cache.ask(lambda r: r.blpop([WORD], timeout=seconds))
    except CacheAway:
        time.sleep(seconds)


def deliver(limit: int = 200) -> int:
    """Hand out due messages and return how many were delivered. Several schedulers at once share the work."""
    with platform_scope():
        due = (
            select(OutboxEntry)
            .where(OutboxEntry.available_at <= func.now())
            .order_by(OutboxEntry.available_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        delivered = _hand_out(db.session.scalars(due).all())
        db.session.commit()
    return delivered


def deliver_now(entry_id: uuid.UUID) -> bool:
    """Hand out one committed message at once, for work that a person waits for; return whether it went out.

    The scheduler would do the same within half a second: whoever comes second finds the message gone. False means that
    it stays for the scheduler (Redis is away), so nothing is lost and nobody need be told.
    """
    with platform_scope():
        mine = select(OutboxEntry).where(OutboxEntry.id == entry_id).with_for_update(skip_locked=True)
        delivered = _hand_out(db.session.scalars(mine).all())
        db.session.commit()
    return bool(delivered)


def _hand_out(rows: Sequence[OutboxEntry]) -> int:
    done: list[uuid.UUID] = []
    coalesced: set[tuple[str, uuid.UUID | None, str]] = set()
    for row in rows:
        entry = Entry(row.id, row.tenant_id, row.kind, row.payload)
        same = (row.kind, row.tenant_id, repr(sorted(row.payload.items())))
        if row.kind != "job" and same in coalesced:
            done.append(row.id)
            continue
        try:
            _handlers[row.kind](entry)
            done.append(row.id)
            coalesced.add(same)
        except Exception as error:
            log.warning("outbox_retry", kind=row.kind, id=str(row.id), error=str(error))
            pause = min(300, 2 ** min(row.attempts + 1, 8))
            db.session.execute(
                update(OutboxEntry)
                .where(OutboxEntry.id == row.id)
                .values(
                    attempts=row.attempts + 1,
                    error=str(error)[:500],
                    available_at=now() + dt.timedelta(seconds=pause),
                )
            )
    if done:
        db.session.execute(delete(OutboxEntry).where(OutboxEntry.id.in_(done)))
    return len(done)


def waiting() -> int:
    """How many messages wait (inside a platform scope)."""
    return db.session.scalar(select(func.count()).select_from(OutboxEntry)) or 0
