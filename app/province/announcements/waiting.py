"""How many announcements wait for a village: unread ones, and ones to confirm. Every page of its staff asks for it.

Redis remembers both numbers for ten minutes; sending, withdrawing, reading and confirming forget them. They are counted
before a page's own work begins, so that no page holds two connections. While Redis is away nothing is counted: the
number is left out, and no page waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

import redis
from flask import current_app, request
from flask_babel import ngettext
from sqlalchemy import case, func, or_, select

from app.core.accounts.scoping import platform_rows
from app.core.actors import current_actor
from app.core.capabilities import Task
from app.extensions import cache, db
from app.province.announcements.models import Announcement, AnnouncementRecipient
from tenants.keys import key_of
from tenants.models import now
from tenants.scope import current_tenant, current_tenant_or_none

SECONDS = 600
UNKNOWN = b"?"
BATCH = 1000
Recipient = AnnouncementRecipient


def waiting() -> tuple[int, int]:
    """Unread announcements of the present village, and read ones that wait to be confirmed; at most one select."""
    tenant_id = current_tenant().id
    key = _key(tenant_id)
    known = cache.try_ask(partial(_read, key), UNKNOWN)
    if known == UNKNOWN:
        return 0, 0
    if known:
        unread, unconfirmed = known.split(b",")
        return int(unread), int(unconfirmed)
    if db.session().in_transaction():
        return 0, 0
    found = _counted(tenant_id)
    cache.try_ask(partial(_remember, key, found), None)
    return found


def count_before() -> None:
    """Count what waits for a village before a page of its staff begins its own work (before each request).

    What draws no menu (the API, deeds, files that scripts fetch) asks nothing.
    """
    if current_tenant_or_none() is None or request.endpoint is None or request.method != "GET":
        return
    view = current_app.view_functions.get(request.endpoint)
    is_page = getattr(view, "siger_permission", "anonymous") != "anonymous" and not request.path.startswith(
        "/api/"
    )
    if is_page and current_actor() is not None:
        waiting()


def waiting_badge() -> int:
    """The number beside the menu's entry."""
    return sum(waiting())


def forget_waiting(tenant_ids: Sequence[UUID]) -> None:
    """Say, after a commit, that these villages' numbers changed."""
    keys = [_key(tenant_id) for tenant_id in tenant_ids]
    for start in range(0, len(keys), BATCH):
        cache.try_ask(partial(_forget, keys[start : start + BATCH]), None)


TASKS = (
    Task(
        "announcements_unread",
        lambda: waiting()[0],
        lambda n: str(ngettext("%(num)d kabar belum dibaca", "%(num)d kabar belum dibaca", n)),
        "news.index",
        "village.view",
        "megaphone",
        order=60,
    ),
    Task(
        "announcements_unconfirmed",
        lambda: waiting()[1],
        lambda n: str(ngettext("%(num)d kabar menunggu konfirmasi", "%(num)d kabar menunggu konfirmasi", n)),
        "news.index",
        "village.view",
        "megaphone",
        order=61,
    ),
)
"""What waits for a village's staff on their start page."""


def _counted(tenant_id: UUID) -> tuple[int, int]:
    unread = Recipient.first_read_at.is_(None)
    query = (
        select(func.count(case((unread, 1))), func.count(case((~unread, 1))))
        .join(Announcement, Announcement.id == Recipient.announcement_id)
        .where(
            Recipient.tenant_id == tenant_id,
            Announcement.state == "sent",
            or_(Announcement.shown_until.is_(None), Announcement.shown_until > now()),
            or_(unread, Announcement.needs_confirmation & Recipient.confirmed_at.is_(None)),
        )
    )
    with platform_rows():
        row = db.session.execute(query).one()
    return int(row[0]), int(row[1])


def _read(key: str, client: redis.Redis) -> bytes:
    known = client.get(key)
    return known if isinstance(known, bytes) else b""


def _remember(key: str, found: tuple[int, int], client: redis.Redis) -> None:
    client.set(key, f"{found[0]},{found[1]}", ex=SECONDS)


def _forget(keys: Sequence[str], client: redis.Redis) -> None:
    client.delete(*keys)


def _key(tenant_id: UUID) -> str:
    return key_of(tenant_id, "announcements")
