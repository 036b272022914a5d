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
from sqlalchemy import delete, event, func, select
from sqlalchemy.dialects.postgresql import Insert, insert

from tenants.cache import CacheAway, cache
from tenants.database import ScopedToTenant, db
from tenants.errors import QueueUnavailable
from tenants.ids import uuid7
from tenants.keys import platform_key
from tenants.models import OutboxEntry, now
from tenants.scope import current_tenant_or_none, platform_scope

log = structlog.get_logger(__name__)

WORD = platform_key("outbox", "word")
LONGEST_PAUSE = 6 * 3600
AWAY_PAUSE = 5
ALARMING_ATTEMPTS = 6
MOST_ATTEMPTS = 8
FAILURE_PAUSES = (60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)


@dataclass(frozen=True, slots=True)
class Kept:
    """A handler's answer that the message stays until `finished`, and when to look after it again."""

    look_again: dt.timedelta


@dataclass(frozen=True, slots=True)
class Entry:
    """One message; `handed_at` is set when it was handed out before and its work has not been reported as done."""

    id: uuid.UUID
    tenant_id: uuid.UUID | None
    kind: str
    payload: dict[str, Any]
    handed_at: dt.datetime | None = None


Handler = Callable[[Entry], Kept | None]
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
    entry_id = entry_id or uuid7()
    db.session.execute(_row(entry_id, kind, payload, tenant_id, delay_seconds))
    if delay_seconds == 0:
        db.session.info["outbox_posted"] = True
    return entry_id


def post_once(kind: str, payload: dict[str, Any], *, entry_id: uuid.UUID) -> uuid.UUID:
    """Like `post`; where a message of this id still stands, under an id of its own, so that the two end apart.

    A village's role may not read the outbox, so no target of the conflict is named.
    """
    once = _row(entry_id, kind, payload).on_conflict_do_nothing()
    made = db.session.connection().execute(once.execution_options(preserve_rowcount=True))
    if made.rowcount == 0:
        return post(kind, payload)
    db.session.info["outbox_posted"] = True
    return entry_id


def _row(
    entry_id: uuid.UUID,
    kind: str,
    payload: dict[str, Any],
    tenant_id: uuid.UUID | None = None,
    delay_seconds: int = 0,
) -> Insert:
    tenant = current_tenant_or_none()
    moment = now()
    return insert(OutboxEntry).values(
        id=entry_id,
        tenant_id=tenant.id if tenant else tenant_id,
        kind=kind,
        payload=payload,
        attempts=0,
        created_at=moment,
        available_at=moment + dt.timedelta(seconds=delay_seconds),
    )


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
    """Hand out due messages and return how many went out. Several schedulers at once share the work."""
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

    The scheduler would do the same within half a second: whoever comes second finds it handed out. False means that it
    stays for the scheduler (Redis is away), so nothing is lost and nobody need be told.
    """
    with platform_scope():
        mine = (
            select(OutboxEntry)
            .where(OutboxEntry.id == entry_id, OutboxEntry.handed_at.is_(None))
            .with_for_update(skip_locked=True)
        )
        delivered = _hand_out(db.session.scalars(mine).all())
        db.session.commit()
    return bool(delivered)


def _hand_out(rows: Sequence[OutboxEntry]) -> int:
    gone: list[uuid.UUID] = []
    coalesced: set[tuple[str, uuid.UUID | None, str]] = set()
    delivered = 0
    for row in rows:
        entry = Entry(row.id, row.tenant_id, row.kind, row.payload, row.handed_at)
        same = (row.kind, row.tenant_id, repr(row.payload))
        if row.kind != "job" and same in coalesced:
            gone.append(row.id)
            delivered += 1
            continue
        try:
            with db.session.begin_nested():
                kept = _handlers[row.kind](entry)
        except Exception as error:
            _try_later(row, error)
            continue
        coalesced.add(same)
        delivered += row.handed_at is None
        if kept is None:
            gone.append(row.id)
        else:
            row.available_at = now() + kept.look_again
            row.handed_at = row.handed_at or now()
    if gone:
        db.session.execute(delete(OutboxEntry).where(OutboxEntry.id.in_(gone)))
    return delivered


def _try_later(row: OutboxEntry, error: Exception) -> None:
    """One bad message waits with growing pauses and holds up no other; an hour without Redis is no fault of its own."""
    row.error = f"{type(error).__name__}: {error}"[:500]
    if isinstance(error, QueueUnavailable | CacheAway):
        row.available_at = now() + dt.timedelta(seconds=AWAY_PAUSE)
        return
    row.attempts += 1
    row.available_at = now() + dt.timedelta(seconds=min(LONGEST_PAUSE, 2 ** min(row.attempts, 16)))
    tell = log.error if row.attempts >= ALARMING_ATTEMPTS else log.warning
    tell("outbox_retry", kind=row.kind, id=str(row.id), attempts=row.attempts, error=row.error)


def finished(entry_id: uuid.UUID) -> None:
    """Forget a message that was kept until its work was done, in a transaction of its own."""
    with platform_scope():
        db.session.execute(delete(OutboxEntry).where(OutboxEntry.id == entry_id))
        db.session.commit()


def failed(entry_id: uuid.UUID, error: str) -> None:
    """Hand a kept message out once more after a pause that grows from a minute to a day, and give it up in the end."""
    with platform_scope():
        row = db.session.get(OutboxEntry, entry_id, with_for_update=True)
        if row is not None and row.attempts >= MOST_ATTEMPTS:
            log.error("outbox_given_up", kind=row.kind, id=str(entry_id), payload=row.payload, error=error)
            db.session.delete(row)
        elif row is not None:
            row.available_at = now() + dt.timedelta(seconds=FAILURE_PAUSES[row.attempts])
            row.attempts += 1
            row.handed_at = None
            row.error = error[:500]
        db.session.commit()


def waiting() -> int:
    """How many messages have still to be handed out (inside a platform scope)."""
    query = select(func.count()).select_from(OutboxEntry).where(OutboxEntry.handed_at.is_(None))
    return db.session.scalar(query) or 0
