"""Public pages are cached; whoever changes what they show says so here, in the transaction that changes it.

Each village has a stamp in Redis that every kept page carries. A change writes a new random stamp once it is committed,
so pages kept before are void with the next request, in all processes. Redis away at that moment: the outbox says it
again. What a page shows from the registry (name, words, state) is part of its stamp too, so changes there need no word.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache, partial
from uuid import UUID

from flask import g
from sqlalchemy import event

from app.extensions import db
from tenants import outbox
from tenants.cache import cache
from tenants.keys import key_of
from tenants.scope import Tenant, current_tenant

STAMP_SECONDS = 7 * 86400


def pages_changed() -> None:
    """Say that the public pages of the present village show something else once the open transaction is committed."""
    tenant = current_tenant()
    outbox.post("pages", {})
    event.listen(db.session(), "after_commit", partial(_forget, tenant.id), once=True)


def forget_pages(tenant_id: UUID) -> None:
    """Void all kept pages of a village now. Raises CacheAway."""
    cache.ask(lambda r: r.set(stamp_key(tenant_id), secrets.token_hex(8), ex=STAMP_SECONDS))


def show_to_staff_alone() -> None:
    """Say, before drawing it, that the present page is not public yet: nobody keeps what its staff see of it."""
    g.staff_alone = True


def is_for_staff_alone() -> bool:
    """Whether the present page is not public yet."""
    return bool(g.get("staff_alone"))


def stamp_key(tenant_id: UUID) -> str:
    """Where the stamp of a village's pages lies in Redis."""
    return key_of(tenant_id, "pages", "stamp")


def present_stamp(tenant_id: UUID) -> bytes:
    """The stamp of a village's pages; a village without one gets one now. Raises CacheAway."""
    key = stamp_key(tenant_id)
    fresh = secrets.token_hex(8).encode()
    if cache.ask(lambda r: r.set(key, fresh, nx=True, ex=STAMP_SECONDS)):
        return fresh
    found = cache.ask(lambda r: r.get(key))
    return found if isinstance(found, bytes) else fresh


@lru_cache(maxsize=8192)
def registry_digest(tenant: Tenant) -> bytes:
    """A short digest of what the registry says of a village."""
    parts = (
        str(tenant.id), tenant.code, tenant.slug, tenant.name, tenant.kind, tenant.term, tenant.state,
        tenant.own_host or "", *tenant.region_path,
        *(f"{key}={word}" for key, word in tenant.words), *sorted(tenant.modules),
    )  # fmt: skip
    return hashlib.blake2s("\x1f".join(parts).encode(), digest_size=8).hexdigest().encode()


def _forget(tenant_id: UUID, session: object) -> None:
    cache.try_ask(
        lambda r: r.set(stamp_key(tenant_id), secrets.token_hex(8), ex=STAMP_SECONDS),
        None,
    )


@outbox.handles("pages")
def _again(entry: outbox.Entry) -> None:
    if entry.tenant_id is not None:
        forget_pages(entry.tenant_id)
