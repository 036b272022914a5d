"""Whose numbers a person has just unmasked: remembered for fifteen minutes, for that person alone.

While Redis is away nothing is remembered: the answer to the form itself shows the numbers, once.
"""

from __future__ import annotations

import uuid
from typing import Literal

from app.core.actors import current_actor
from app.extensions import cache
from tenants.keys import tenant_key

SEEN_SECONDS = 15 * 60
Kind = Literal["resident", "household"]


def remember_seen(kind: Kind, object_id: uuid.UUID) -> bool:
    """Note that the acting person may see the numbers of this one; whether that was kept."""
    key = _key(kind, object_id)
    if key is None:
        return False
    return bool(cache.try_ask(lambda client: client.set(key, b"1", ex=SEEN_SECONDS), None))


def is_seen(kind: Kind, object_id: uuid.UUID) -> bool:
    """Whether the acting person unmasked this one in the last fifteen minutes."""
    key = _key(kind, object_id)
    return key is not None and bool(cache.try_ask(lambda client: client.exists(key), 0))


def forget_seen(kind: Kind, object_id: uuid.UUID) -> None:
    """Mask this one again for the acting person."""
    key = _key(kind, object_id)
    if key is not None:
        cache.try_ask(lambda client: client.delete(key), 0)


def _key(kind: Kind, object_id: uuid.UUID) -> str | None:
    actor = current_actor()
    return tenant_key("residents", "seen", kind, str(object_id), str(actor.account_id)) if actor else None
