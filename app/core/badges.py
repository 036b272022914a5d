"""Numbers beside menu entries: every page of staff asks for them, so Redis remembers them until a case takes a step.

One hash a village. Whatever adds a step of a case says that the numbers may have changed (`forget_badges`); whatever
changes a case without a step is seen within a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

import redis
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.extensions import cache, db
from tenants.keys import key_of
from tenants.scope import current_tenant

SECONDS = 60
FORGETS = "forgets_badges"


def kept_badge(name: str, count: Callable[[], int]) -> int:
    """What `count` says, or said within the last minute if no case took a step since.

    Args:
        name: of the number, one for each kind.
        count: asks the database; called when Redis does not remember, or is away.
    """
    key = _key(current_tenant().id)
    known = cache.try_ask(lambda client: client.hget(key, name), None)
    if isinstance(known, bytes) and known.isdigit():
        return int(known)
    found = count()
    cache.try_ask(partial(_remember, key, name, found), None)
    return found


def forget_badges() -> None:
    """Say that the present village's numbers change with the open transaction."""
    session, tenant_id = db.session(), current_tenant().id
    if session.info.get(FORGETS) != tenant_id:
        session.info[FORGETS] = tenant_id
        event.listen(session, "after_commit", partial(_forget, tenant_id), once=True)


def _remember(key: str, name: str, count: int, client: redis.Redis) -> None:
    with client.pipeline() as pipe:
        pipe.hset(key, name, count)
        pipe.expire(key, SECONDS)
        pipe.execute()


def _forget(tenant_id: UUID, session: Session) -> None:
    session.info.pop(FORGETS, None)
    cache.try_ask(lambda client: client.delete(_key(tenant_id)), None)


def _key(tenant_id: UUID) -> str:
    return key_of(tenant_id, "badges")
