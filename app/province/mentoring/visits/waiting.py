"""How many visits wait to be signed by a village, told on the start page of those who may.

Redis remembers the number for ten minutes; recording and signing forget it. It is counted before the start page begins
its own work, so that no page holds two connections; while Redis is away nothing is counted.
"""

from __future__ import annotations

from functools import partial
from uuid import UUID

import redis
from flask import request
from flask_babel import ngettext
from sqlalchemy import func, select

from app.core.accounts.scoping import platform_rows
from app.core.actors import current_actor
from app.core.capabilities import Task
from app.extensions import cache, db
from app.province.mentoring.visits.models import MentoringVisit
from tenants.keys import key_of
from tenants.scope import current_tenant, current_tenant_or_none

SECONDS = 600
UNKNOWN = b"?"
START = "village.start"


def unsigned() -> int:
    """Visits to the present village that nobody signed yet; at most one select, none inside an open transaction."""
    tenant_id = current_tenant().id
    key = _key(tenant_id)
    known = cache.try_ask(partial(_read, key), UNKNOWN)
    if known == UNKNOWN or known.isdigit():
        return int(known) if known.isdigit() else 0
    if db.session().in_transaction():
        return 0
    query = (
        select(func.count())
        .select_from(MentoringVisit)
        .where(MentoringVisit.tenant_id == tenant_id, MentoringVisit.state == "held")
    )
    with platform_rows():
        found = db.session.scalar(query) or 0
    cache.try_ask(lambda client: client.set(key, found, ex=SECONDS), None)
    return found


def count_before() -> None:
    """Count before the start page begins (before each request of the application; does nothing on other pages)."""
    if request.endpoint != START or current_tenant_or_none() is None:
        return
    actor = current_actor()
    if actor is not None and actor.may("mentoring.pin"):
        unsigned()


def forget_unsigned(tenant_id: UUID) -> None:
    """Say, after a commit, that a village's number changed."""
    cache.try_ask(lambda client: client.delete(_key(tenant_id)), 0)


TASKS = (
    Task(
        "mentoring_visits_unsigned",
        unsigned,
        lambda n: str(
            ngettext(
                "%(num)d kunjungan pendamping menunggu tanda tangan",
                "%(num)d kunjungan pendamping menunggu tanda tangan",
                n,
            )
        ),
        "village_visits.index",
        "mentoring.pin",
        "signature",
        order=64,
    ),
)
"""What waits for a village's staff on their start page."""


def _read(key: str, client: redis.Redis) -> bytes:
    known = client.get(key)
    return known if isinstance(known, bytes) else b""


def _key(tenant_id: UUID) -> str:
    return key_of(tenant_id, "mentoring_visits")
