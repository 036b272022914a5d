"""Reading and changing the registry of villages. Every function runs inside `platform_scope()`."""

from __future__ import annotations

import secrets
import uuid

import redis
from sqlalchemy import select

from tenants import outbox
from tenants.cache import cache
from tenants.database import db
from tenants.errors import NotProvisioned, UnknownTenant
from tenants.keys import platform_key
from tenants.models import CLOSED_STATES, Domain, TenantRow, TenantState, now
from tenants.scope import Tenant, platform_scope

HOSTS_VERSION = platform_key("hosts", "version")


def as_tenant(row: TenantRow) -> Tenant:
    """The immutable view of a registry row; raises NotProvisioned when it has no schema."""
    if row.schema_name is None or row.role_name is None:
        raise NotProvisioned(row.code)
    return Tenant(
        id=row.id,
        code=row.code,
        slug=row.slug,
        name=row.name,
        kind=row.kind,
        term=row.term,
        state=row.state,
        schema=row.schema_name,
        role=row.role_name,
        regency_code=row.regency_code,
        district_code=row.district_code,
        region_path=(row.district_name, row.regency_name),
        words=tuple(sorted(row.words.items())),
        modules=frozenset(row.modules),
        suspended_reason=row.state_reason if row.state in CLOSED_STATES else None,
        moved_to=row.moved_to,
        own_host=row.own_host,
    )


def tenant_row(tenant_id: uuid.UUID) -> TenantRow:
    """One village's registry row; raises UnknownTenant."""
    row = db.session.get(TenantRow, tenant_id)
    if row is None:
        raise UnknownTenant(str(tenant_id))
    return row


def load_tenant(tenant_id: uuid.UUID) -> Tenant:
    """One village by its id, read in a short platform transaction of its own. Raises UnknownTenant, NotProvisioned."""
    with platform_scope():
        return as_tenant(tenant_row(tenant_id))


def has_no_schema(tenant_id: uuid.UUID) -> bool:
    """Whether a village surely has no schema, its data having been deleted or never made, in a transaction of its own.

    False while its registry row is held: it may be getting one at this moment.
    """
    query = select(TenantRow).where(TenantRow.id == tenant_id).with_for_update(read=True, skip_locked=True)
    with platform_scope():
        row = db.session.scalars(query).one_or_none()
        return row is not None and row.schema_name is None


def find_tenant(code_or_slug: str) -> Tenant:
    """One village by its code (18.06.20.2006) or its slug. Raises UnknownTenant, NotProvisioned."""
    with platform_scope():
        query = select(TenantRow).where((TenantRow.code == code_or_slug) | (TenantRow.slug == code_or_slug))
        row = db.session.scalars(query).one_or_none()
        if row is None:
            raise UnknownTenant(code_or_slug)
        return as_tenant(row)


def provisioned_ids() -> list[uuid.UUID]:
    """Ids of all villages that have a schema and are neither suspended nor archived, in the order of their codes."""
    query = (
        select(TenantRow.id)
        .where(TenantRow.schema_name.is_not(None))
        .where(TenantRow.state.not_in([TenantState.SUSPENDED, TenantState.ARCHIVED]))
        .order_by(TenantRow.code)
    )
    return list(db.session.scalars(query))


def change_state(row: TenantRow, state: TenantState, reason: str | None = None) -> None:
    """Move a village to another state in the open transaction and tell all workers once it is committed."""
    row.state_before = row.state
    row.state = state
    row.state_reason = reason
    row.state_since = now()
    row.row_version += 1
    announce_change()


def announce_change() -> None:
    """Leave word in the open transaction that hosts or villages changed; `hosts_changed` passes it on."""
    outbox.post("hosts", {})


def hosts_changed() -> None:
    """Make every worker forget what it knows of hosts. Call after the commit; the outbox repeats it."""
    cache.try_ask(_new_version, None)


def hosts_version() -> bytes:
    """The registry's version as Redis knows it; raises CacheAway."""
    known = cache.ask(lambda r: r.get(HOSTS_VERSION))
    if known is None:
        cache.ask(lambda r: r.set(HOSTS_VERSION, secrets.token_hex(8), nx=True))
        known = cache.ask(lambda r: r.get(HOSTS_VERSION))
    return bytes(known or b"")  # type: ignore[arg-type]


def _new_version(client: redis.Redis) -> None:
    # Random rather than counted: a Redis that lost its memory would come round to versions that were used before.
    client.set(HOSTS_VERSION, secrets.token_hex(8))


def host_target(host: str) -> tuple[TenantRow, Domain] | None:
    """The village that a host (a bare label below our own, or a full name) leads to."""
    query = (
        select(TenantRow, Domain).join(Domain, Domain.tenant_id == TenantRow.id).where(Domain.host == host)
    )
    found = db.session.execute(query).one_or_none()
    return (found[0], found[1]) if found else None


@outbox.handles("hosts")
def _announce(entry: outbox.Entry) -> None:
    cache.ask(_new_version)
