"""Copies of the chains' heads in object storage, one a day for each chain that grew.

Whoever rewrites a chain in the database, or cuts its end off, would have to rewrite these copies too; they lie
elsewhere and are never overwritten. A copy's name says day, number and digest, so that all copies of a chain are known
from one listing; its content says the same, for people.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select, update

from app.core.audit.chain import PLATFORM_CHAIN, present_chain
from app.core.audit.models import AuditChain
from app.core.files.storage import StorageAway, list_objects, put_object_once
from app.extensions import db
from tenants import registry
from tenants.errors import TenancyError
from tenants.jobs import job
from tenants.keys import platform_path, tenant_path
from tenants.models import now
from tenants.schedule import every
from tenants.scope import current_tenant_or_none, tenant_scope

log = structlog.get_logger(__name__)

ZONE = ZoneInfo("Asia/Jakarta")
NAME = re.compile(r"/(?P<day>\d{4}-\d\d-\d\d)-(?P<seq>\d{10})-(?P<digest>[0-9a-f]{64})\.json$")


@dataclass(frozen=True, slots=True)
class StoredHead:
    """A copy: link `seq` of the chain had this digest at the end of `day`."""

    seq: int
    digest: str
    day: str
    path: str


@job("audit.heads", timeout=1800, place="platform")
def copy_heads() -> dict[str, Any]:
    """Copy the head of every chain that grew since its last copy. Runs in the platform's scope, after midnight WIB."""
    grown = select(AuditChain.chain_id).where(AuditChain.sealed_seq > AuditChain.copied_seq)
    copied, failed = 0, 0
    for chain_id in list(db.session.scalars(grown.order_by(AuditChain.chain_id))):
        db.session.rollback()
        try:
            with _scope_of(chain_id):
                seq = copy_head()
        except (TenancyError, StorageAway) as error:
            log.warning("audit_head_not_copied", chain=str(chain_id), error=str(error))
            failed += 1
            continue
        note = update(AuditChain).where(AuditChain.chain_id == chain_id, AuditChain.copied_seq < seq)
        db.session.execute(note.values(copied_seq=seq))
        db.session.commit()
        copied += 1
    return {"copied": copied, "failed": failed}


def copy_head() -> int:
    """Copy the head of the present scope's chain and return its number; 0 when nothing is sealed yet."""
    chain = present_chain()
    head = chain.head()
    db.session.rollback()
    if head is None:
        return 0
    day = (now().astimezone(ZONE) - dt.timedelta(hours=1)).date().isoformat()
    content = {
        "chain": str(chain.id),
        "name": chain.name,
        "day": day,
        "seq": head.seq,
        "count": head.seq,
        "digest": head.digest.hex(),
        "sealed_at": head.sealed_at.astimezone(dt.UTC).isoformat(),
    }
    name = f"{day}-{head.seq:010d}-{head.digest.hex()}.json"
    put_object_once(f"{_folder()}/{name}", json.dumps(content, sort_keys=True).encode())
    return int(head.seq)


def stored_heads() -> list[StoredHead]:
    """All copies of the present scope's chain, oldest first. Reads no object. Raises StorageAway."""
    found = ((path, NAME.search(path)) for path in list_objects(_folder()))
    return [StoredHead(int(name["seq"]), name["digest"], name["day"], path) for path, name in found if name]


def _folder() -> str:
    parts = ("audit", "heads")
    return tenant_path(*parts) if current_tenant_or_none() else platform_path(*parts)


def _scope_of(chain_id: uuid.UUID) -> AbstractContextManager[Any]:
    if chain_id == PLATFORM_CHAIN:
        return nullcontext()
    return tenant_scope(registry.load_tenant(chain_id))


every("20 17 * * *", "audit.heads")
