"""Sealing: entries that were committed are put in order and linked, seconds later and by a job.

So a long import never blocks a clerk: the log is appended without any lock, and only the sealer, of which there is one
a chain, waits its turn.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core.audit.chain import PLATFORM_CHAIN, Chain, link_digest, present_chain
from app.core.audit.models import AuditChain, AuditEntryColumns
from app.extensions import db
from tenants import outbox
from tenants.jobs import enqueue, job
from tenants.models import TenantRow, now
from tenants.schedule import every
from tenants.scope import platform_scope

GRACE = dt.timedelta(seconds=2)
WINDOW = dt.timedelta(days=1)
BATCH = 1000
SWEEP_AFTER = dt.timedelta(minutes=2)
SWEEP_LIMIT = 200


def seal_chain(grace: dt.timedelta = GRACE) -> int:
    """Link all entries of the present scope that are older than `grace`, oldest first; return how many.

    Commits. A transaction that took longer than others has older entries than those that were sealed meanwhile: they
    are linked when they are seen. An entry that claims to be more than a day older than the last link was not written
    by the application; it stays unsealed, and `siger audit verify` names it.
    """
    chain = present_chain()
    started = now()
    sealed = 0
    while True:
        chain.lock()
        head = chain.head()
        entries = db.session.scalars(
            _unsealed(chain, started - grace, head.sealed_at if head else None)
        ).all()
        seq, digest = (head.seq, head.digest) if head else (0, chain.genesis())
        links = []
        sealed_at = now()
        for entry in entries:
            seq += 1
            digest = link_digest(digest, seq, sealed_at, entry)
            links.append({"seq": seq, "entry_id": entry.id, "digest": digest, "sealed_at": sealed_at})
        if links:
            db.session.execute(insert(chain.seals), links)
        db.session.commit()
        db.session.expunge_all()
        sealed += len(links)
        if len(entries) < BATCH:
            break
    _note_head(chain, seq, digest if seq else None, started - grace)
    return sealed


def _unsealed(
    chain: Chain, before: dt.datetime, last_sealed_at: dt.datetime | None
) -> Select[AuditEntryColumns]:
    entries, seals = chain.entries, chain.seals
    query = (
        select(entries)
        .outerjoin(seals, seals.entry_id == entries.id)
        .where(seals.seq.is_(None), entries.at <= before)
        .order_by(entries.id)
        .limit(BATCH)
    )
    if last_sealed_at is not None:
        query = query.where(entries.at > last_sealed_at - WINDOW)
    return query


def _note_head(chain: Chain, seq: int, digest: bytes | None, until: dt.datetime) -> None:
    values = {"sealed_until": until, "sealed_seq": seq, "sealed_digest": digest}
    statement = insert(AuditChain).values(chain_id=chain.id, touched_at=until, **values)
    with platform_scope():
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=[AuditChain.chain_id],
                set_=values,
                where=AuditChain.sealed_seq <= seq,
            )
        )
        db.session.commit()


@job("audit.seal", queue="high", timeout=300, place="both")
def seal_job() -> None:
    """Seal the log of the scope that the job runs in."""
    seal_chain()


@outbox.handles("audit")
def _ask_for_sealing(entry: outbox.Entry) -> None:
    _touch(entry.tenant_id or PLATFORM_CHAIN)
    enqueue("audit.seal", tenant_id=entry.tenant_id)


def _touch(chain_id: uuid.UUID) -> None:
    statement = insert(AuditChain).values(chain_id=chain_id, touched_at=now())
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[AuditChain.chain_id], set_={"touched_at": statement.excluded.touched_at}
        )
    )


@job("audit.sweep", place="platform")
def sweep_job() -> None:
    """Ask again for the sealing of chains whose job got lost. Looks at the platform's own notes only."""
    lost = (
        select(AuditChain.chain_id)
        .outerjoin(TenantRow, TenantRow.id == AuditChain.chain_id)
        .where(AuditChain.touched_at < func.now() - SWEEP_AFTER)
        .where(
            or_(AuditChain.sealed_until.is_(None), AuditChain.sealed_until < AuditChain.touched_at - GRACE)
        )
        .where(or_(AuditChain.chain_id == PLATFORM_CHAIN, TenantRow.schema_name.is_not(None)))
        .order_by(AuditChain.touched_at)
        .limit(SWEEP_LIMIT)
    )
    for chain_id in db.session.scalars(lost):
        enqueue("audit.seal", tenant_id=None if chain_id == PLATFORM_CHAIN else chain_id)
    db.session.commit()


every("*/5 * * * *", "audit.sweep")
