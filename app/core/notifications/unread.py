"""How many messages somebody has not read: asked for by every page of staff, so Redis remembers it for some minutes."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from uuid import UUID

import redis
from sqlalchemy import event, func, select

from app.core.notifications.models import Notification
from app.extensions import db
from tenants.cache import cache
from tenants.keys import key_of
from tenants.scope import current_tenant

SECONDS = 600
MOST = 99


def unread_count(recipient_id: UUID) -> int:
    """How many messages wait inside the application for somebody, at most 99; no query while Redis remembers."""
    key = _key(current_tenant().id, recipient_id)
    known = cache.try_ask(lambda r: r.get(key), None)
    if isinstance(known, bytes) and known.isdigit():
        return int(known)
    waiting = (
        select(Notification.id)
        .where(
            Notification.recipient_id == recipient_id,
            Notification.channel == "in_app",
            Notification.read_at.is_(None),
        )
        .limit(MOST)
    )
    count = int(db.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0)
    cache.try_ask(partial(_remember, key, count), None)
    return count


def forget_unread(recipient_ids: Collection[UUID]) -> None:
    """Say that somebody's messages change with the open transaction."""
    if not recipient_ids:
        return
    tenant = current_tenant()
    keys = [_key(tenant.id, recipient_id) for recipient_id in recipient_ids]
    event.listen(db.session(), "after_commit", partial(_forget, keys), once=True)


def _remember(key: str, count: int, client: redis.Redis) -> None:
    client.set(key, count, ex=SECONDS)


def _forget(keys: list[str], session: object) -> None:
    cache.try_ask(lambda r: r.delete(*keys), None)


def _key(tenant_id: UUID, recipient_id: UUID) -> str:
    return key_of(tenant_id, "unread", str(recipient_id))
