"""The hash chain: which log it belongs to, and how a link is computed.

Link number n is SHA-256 over the digest of link n-1 followed by the canonical JSON of the link and of its entry:
every column, names sorted, moments in UTC with microseconds. Before the first link stands a digest of the chain's id,
so that no chain can be passed off as another's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect, select, text

from app.core.audit.models import (
    AuditEntryColumns,
    AuditSealColumns,
    PlatformAuditEntry,
    PlatformAuditSeal,
    TenantAuditEntry,
    TenantAuditSeal,
)
from app.extensions import db
from tenants.scope import current_scope

PLATFORM_CHAIN = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Chain:
    """The log of the present scope: its id and its two tables."""

    id: uuid.UUID
    name: str
    entries: type[AuditEntryColumns]
    seals: type[AuditSealColumns]

    def head(self) -> AuditSealColumns | None:
        """The last link, or None while nothing is sealed."""
        last = select(self.seals).order_by(self.seals.seq.desc()).limit(1)
        return db.session.scalars(last).one_or_none()

    def lock(self) -> None:
        """Wait until nobody else adds links to this chain; held until the transaction ends."""
        key = {"key": f"siger audit {self.id}"}
        db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)

    def genesis(self, origin: uuid.UUID | None = None) -> bytes:
        """What stands where the first link looks for its predecessor; `origin` is the id under which the chain began,
        where that was in another deployment."""
        return hashlib.sha256(f"siger audit {origin or self.id}".encode()).digest()


def present_chain() -> Chain:
    """The chain of the present scope; raises NoTenantScope outside of one."""
    tenant = current_scope().tenant
    if tenant is None:
        return Chain(PLATFORM_CHAIN, "platform", PlatformAuditEntry, PlatformAuditSeal)
    return Chain(tenant.id, f"{tenant.code} {tenant.full_name}", TenantAuditEntry, TenantAuditSeal)


def link_digest(previous: bytes, seq: int, sealed_at: dt.datetime, entry: AuditEntryColumns) -> bytes:
    """The digest of link `seq`: SHA-256 over the previous digest and the canonical JSON of the link."""
    columns = {c.key: _canonical(getattr(entry, c.key)) for c in inspect(type(entry)).column_attrs}
    content = {"seq": seq, "sealed_at": _canonical(sealed_at), "entry": columns}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + canonical.encode()).digest()


def _canonical(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(value, uuid.UUID):
        return str(value)
    return value
