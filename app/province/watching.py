"""Who looked at figures, and who took them out: entries of the platform's audit log."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import redis

from app.core import audit
from app.core.actors import current_actor
from app.extensions import cache, db
from tenants.keys import platform_key

VIEWED = "figures.viewed"
EXPORTED = "figures.exported"
ONCE_SECONDS = 3600
"""Looking at the same thing again within an hour is one entry."""


def note_view(what: str, object_id: object, summary: str) -> None:
    """Note in the audit log that the person present looked at figures; once an hour for a person and an object.

    Runs inside a platform scope, after everything was read, and commits. While Redis is away every look is noted.

    Args:
        what: the noun, such as `region`, `village`, `indicator`, `comparison`.
        object_id: its code or id.
        summary: what a reader of the log needs to know it by, such as the region's name.
    """
    actor = current_actor()
    if actor is None:
        return
    key = platform_key("watched", str(actor.account_id), what, str(object_id))

    def claim(client: redis.Redis) -> bool:
        return bool(client.set(key, 1, nx=True, ex=ONCE_SECONDS))

    if not cache.try_ask(claim, True):
        return
    try:
        audit.record(
            VIEWED,
            object_type=what,
            object_id=object_id,
            summary=summary,
            tenant_id=_village(what, object_id),
        )
        db.session.commit()
    except Exception:
        cache.try_ask(lambda client: client.delete(key), 0)
        raise


def note_export(
    what: str, object_id: object, summary: str, rows: int, details: Mapping[str, Any] | None = None
) -> None:
    """Note in the audit log that somebody took figures out: always, with how many rows. Commits.

    Args:
        what: the noun of what was exported, such as `region`, `indicator`, `report`.
        object_id: its code or id.
        summary: what a reader of the log needs to know it by.
        rows: how many lines of figures the file holds.
        details: what else explains it, such as the filters or the file's form.
    """
    audit.record(
        EXPORTED,
        object_type=what,
        object_id=object_id,
        summary=summary,
        details={"rows": rows, **(details or {})},
        tenant_id=_village(what, object_id),
    )
    db.session.commit()


def _village(what: str, object_id: object) -> uuid.UUID | None:
    """The village that an entry is about, so that its region's officers see it, too."""
    return object_id if what == "village" and isinstance(object_id, uuid.UUID) else None
