"""What Redis may remember of accounts, and how it forgets at once.

A remembered session carries the stamps of its account and its village. Changing anything about either writes a new
random stamp, so everything remembered before is void with the next request. Redis away at that moment: the outbox
says it again, and nothing is remembered for longer than a minute.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from functools import partial
from uuid import UUID

import redis

from app.extensions import db
from tenants import outbox
from tenants.cache import cache
from tenants.keys import platform_key

STAMP_SECONDS = 3600

Stamps = tuple[str, str]


def read_stamps(account_id: UUID, tenant_id: UUID | None) -> Stamps:
    """The present stamps of an account and of a village (or of the province). Raises CacheAway."""
    keys = [_key("account", account_id), _key("place", tenant_id)]
    found = cache.ask(lambda r: r.mget(keys))
    first, second = ((value or b"").decode() for value in found)  # type: ignore[union-attr]
    return first, second


def commit_and_forget(*, accounts: Iterable[UUID] = (), places: Iterable[UUID | None] = ()) -> None:
    """Commit the open transaction and void what is remembered of these accounts and places (None: the province)."""
    accounts, places = list(accounts), list(places)
    for account_id in accounts:
        outbox.post("accounts", {"account": str(account_id)})
    for tenant_id in places:
        outbox.post("accounts", {"place": str(tenant_id) if tenant_id else ""})
    db.session.commit()
    for account_id in accounts:
        cache.try_ask(partial(_write, _key("account", account_id)), None)
    for tenant_id in places:
        cache.try_ask(partial(_write, _key("place", tenant_id)), None)


def _key(kind: str, object_id: UUID | None) -> str:
    return platform_key("stamp", kind, str(object_id) if object_id else "province")


def _write(key: str, client: redis.Redis) -> None:
    client.set(key, secrets.token_hex(8), ex=STAMP_SECONDS)


@outbox.handles("accounts")
def _again(entry: outbox.Entry) -> None:
    if account := entry.payload.get("account"):
        cache.ask(partial(_write, _key("account", UUID(account))))
    if "place" in entry.payload:
        place = entry.payload["place"]
        cache.ask(partial(_write, _key("place", UUID(place) if place else None)))
