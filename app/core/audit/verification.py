"""Verification: recompute a chain and name every entry that was changed, removed or slipped in."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import func, select

from app.core.audit.chain import Chain, link_digest, present_chain
from app.core.audit.heads import stored_heads
from app.core.audit.models import AuditChain, AuditEntryColumns, AuditSealColumns
from app.core.audit.sealing import GRACE
from app.extensions import db
from tenants.models import now
from tenants.scope import platform_scope

WAITING_LIMIT = dt.timedelta(hours=1)
CLOCK_TOLERANCE = dt.timedelta(minutes=10)
PAGE = 2000

Fault = Literal["changed", "missing", "inserted", "cut_off"]
Heads = dict[int, dict[str, str]]
"""By number of the link: the digests that were noted or copied, each with who knows it, in words."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a chain: what kind, at which link, at which entry, in words."""

    fault: Fault
    text: str
    seq: int | None = None
    entry_id: uuid.UUID | None = None


@dataclass(slots=True)
class Report:
    """What the verification of one chain saw."""

    chain: str
    entries: int = 0
    sealed: int = 0
    waiting: int = 0
    heads: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify_chain() -> Report:
    """Verify the log of the present scope against its own links, the platform's note, and the copies of its heads.

    Reads only. Raises StorageAway when the copies cannot be read.
    """
    chain = present_chain()
    report = Report(chain.name)
    report.entries = db.session.scalar(select(func.count()).select_from(chain.entries)) or 0
    known, origin = _known_heads(chain)
    report.heads = len(known)
    last = _verify_links(chain, report, known, origin)
    for seq, told in sorted(known.items()):
        if seq > last:
            digest, source = next(iter(told.items()))
            text = f"the chain ends at link {last}, but {source} knew link {seq} ({digest[:12]}…)"
            report.findings.append(Finding("cut_off", text, seq))
            break
    _verify_unsealed(chain, report)
    db.session.rollback()
    return report


def _known_heads(chain: Chain) -> tuple[Heads, uuid.UUID | None]:
    """What is known elsewhere of the chain's links, and under which other id it began, if it did."""
    known: Heads = {}
    origin: uuid.UUID | None = None
    with platform_scope():
        note = db.session.get(AuditChain, chain.id)
        origin = note.origin_id if note is not None else None
        if note is not None and note.sealed_digest is not None:
            known[note.sealed_seq] = {note.sealed_digest.hex(): "the platform's note"}
    for head in stored_heads():
        known.setdefault(head.seq, {})[head.digest] = f"the copy of {head.day}"
    return known, origin


def _contradiction(seal: AuditSealColumns, known: Heads) -> str | None:
    """Who knew the link with another digest, or None when nobody did. Each copy counts: a chain may have been rewritten
    between two of them, and then only the older one tells."""
    told = known.get(seal.seq, {})
    return next((source for digest, source in told.items() if digest != seal.digest.hex()), None)


def _verify_links(chain: Chain, report: Report, known: Heads, origin: uuid.UUID | None) -> int:
    """Walk the links in order; return the number of the last one."""
    previous: bytes | None = chain.genesis(origin)
    expected = 1
    for seal, entry in _links(chain):
        report.sealed += 1
        if seal.seq != expected:
            report.findings.append(_gap(expected, seal.seq - 1))
            previous = None
        if entry is None:
            text = f"link {seal.seq}: its entry {seal.entry_id} is missing"
            report.findings.append(Finding("missing", text, seal.seq, seal.entry_id))
        elif previous is not None and link_digest(previous, seal.seq, seal.sealed_at, entry) != seal.digest:
            text = f"link {seal.seq}: {_describe(entry)} does not match its seal: changed"
            report.findings.append(Finding("changed", text, seal.seq, entry.id))
        elif (source := _contradiction(seal, known)) is not None:
            text = f"link {seal.seq}: differs from {source}; the chain up to here was rewritten"
            report.findings.append(Finding("changed", text, seal.seq, entry.id))
        elif (why := _out_of_time(entry)) is not None:
            text = f"link {seal.seq}: {_describe(entry)} {why}: inserted"
            report.findings.append(Finding("inserted", text, seal.seq, entry.id))
        previous, expected = seal.digest, seal.seq + 1
    return expected - 1


def _links(chain: Chain) -> Iterator[tuple[AuditSealColumns, AuditEntryColumns | None]]:
    last = 0
    query = select(chain.seals, chain.entries).outerjoin(
        chain.entries, chain.entries.id == chain.seals.entry_id
    )
    while True:
        rows = db.session.execute(
            query.where(chain.seals.seq > last).order_by(chain.seals.seq).limit(PAGE)
        ).all()
        yield from ((row[0], row[1]) for row in rows)
        if len(rows) < PAGE:
            return
        last = rows[-1][0].seq
        db.session.expunge_all()


def _gap(first: int, last: int) -> Finding:
    which = f"link {first} is" if first == last else f"links {first} to {last} are"
    return Finding("missing", f"{which} missing", first)


def _verify_unsealed(chain: Chain, report: Report) -> None:
    unsealed = (
        select(chain.entries)
        .outerjoin(chain.seals, chain.seals.entry_id == chain.entries.id)
        .where(chain.seals.seq.is_(None))
        .order_by(chain.entries.id)
    )
    moment = now()
    for entry in db.session.scalars(unsealed):
        if entry.at < moment - WAITING_LIMIT:
            text = f"{_describe(entry)} never passed through the sealer: inserted"
            report.findings.append(Finding("inserted", text, None, entry.id))
        elif (why := _out_of_time(entry)) is not None:
            report.findings.append(Finding("inserted", f"{_describe(entry)} {why}: inserted", None, entry.id))
        else:
            report.waiting += 1


def _out_of_time(entry: AuditEntryColumns) -> str | None:
    """Why the entry's id (UUIDv7 begins with its milliseconds) does not fit its time, or None when it does."""
    if entry.id.version != 7:
        return "has an id that the application does not make"
    made = dt.datetime.fromtimestamp((entry.id.int >> 80) / 1000, dt.UTC)
    if abs(made - entry.at) > CLOCK_TOLERANCE:
        return f"has an id of {made:%Y-%m-%d %H:%M:%S} UTC"
    if entry.at > now() + CLOCK_TOLERANCE + GRACE:
        return "lies in the future"
    return None


def _describe(entry: AuditEntryColumns) -> str:
    who = f" by {entry.actor_name}" if entry.actor_name else ""
    return f"entry {entry.id} ({entry.action}{who}, {entry.at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC)"
