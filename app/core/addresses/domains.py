"""A village's own domains: added, looked at, proved, chosen as the address, taken away.

Functions run inside `platform_scope()` and commit. What strangers' servers answer is asked for by a job, outside of any
lock; `settle` writes down what came of it. A domain leads to a village only while its row stands in `platform.domain`,
and that row is written by nothing but a proof. Whoever changes what becomes of a domain holds its name first.
"""

from __future__ import annotations

import datetime as dt
import secrets
import time
import uuid

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core import audit
from app.core.actors import current_actor
from app.core.addresses import letters, words
from app.core.addresses.models import SERVED, DomainClaim
from app.core.addresses.names import read_host
from app.core.addresses.proof import Found
from app.core.addresses.services import AddressRefused, hold, links_follow
from app.core.links import host_of
from app.extensions import db
from tenants import jobs, registry
from tenants.cache import CacheAway
from tenants.errors import UnknownTenant
from tenants.models import Domain, TenantRow, now

LOOK = "addresses.look"
MOST_DOMAINS = 5
DAYS_TO_PROVE = 14
DAYS_OF_DOUBT = 7
BETWEEN_PROVED = dt.timedelta(days=7)
BETWEEN_DOUBTED = dt.timedelta(days=1)
PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440))
"""Between looks at a domain that waits for its proof; the last one holds until its days are over."""
REMEMBERED_SECONDS = 5.0
"""A domain that was just proved waits for its certificate no longer than that, also while Redis is away."""

_proved_known: tuple[bytes | None, float, frozenset[str]] | None = None
"""The registry's version, when it was read, and the proved domains of then; one for each process."""


def claims_of(tenant_id: uuid.UUID) -> list[DomainClaim]:
    """A village's domains, whatever became of them, in the order in which they were added."""
    query = select(DomainClaim).where(DomainClaim.tenant_id == tenant_id)
    return list(db.session.scalars(query.order_by(DomainClaim.created_at, DomainClaim.id)))


def claim_of(tenant_id: uuid.UUID, claim_id: uuid.UUID) -> DomainClaim | None:
    """One domain of a village; None where it has none with this id."""
    query = select(DomainClaim).where(DomainClaim.id == claim_id, DomainClaim.tenant_id == tenant_id)
    return db.session.scalars(query).one_or_none()


def is_served(host: str) -> bool:
    """Whether a domain was proved by a village, so that a certificate may be got for it.

    Names that strangers make up cost no select: what is remembered is the list of proved domains, as long as villages
    make it and no longer, for some seconds and until the registry changes. A yes is looked up, so nothing outlives it.
    """
    if host not in _proved_hosts():
        return False
    return db.session.scalar(select(Domain.host).where(Domain.host == host, Domain.kind == "own")) is not None


def _proved_hosts() -> frozenset[str]:
    """All proved domains. One select whenever the registry has changed or `REMEMBERED_SECONDS` are over."""
    global _proved_known
    try:
        version = registry.hosts_version()
    except CacheAway:
        version = None
    moment = time.monotonic()
    if _proved_known is not None:
        known_version, known_at, hosts = _proved_known
        if moment - known_at < REMEMBERED_SECONDS and version in (None, known_version):
            return hosts
    hosts = frozenset(db.session.scalars(select(Domain.host).where(Domain.kind == "own")))
    _proved_known = (version, moment, hosts)
    return hosts


def add(tenant_id: uuid.UUID, text: str, *, by: str = "") -> DomainClaim:
    """Note that a village says a domain is its own, and begin to look for the proof.

    A domain whose days were over begins anew, with a new word to show. Raises AddressRefused with the sentence why.
    """
    host = read_host(text)
    hold(host)
    _locked_village(tenant_id)
    owner = db.session.scalar(select(Domain.tenant_id).where(Domain.host == host))
    if owner is not None and owner != tenant_id:
        raise AddressRefused(_taken(host))
    known = db.session.scalars(
        select(DomainClaim).where(DomainClaim.tenant_id == tenant_id, DomainClaim.host == host)
    ).one_or_none()
    if known is not None and known.state in ("waiting", *SERVED):
        raise AddressRefused(_("%(host)s sudah ada dalam daftar domain desa ini.", host=host))
    if known is None:
        count = db.session.scalar(
            select(func.count()).select_from(DomainClaim).where(DomainClaim.tenant_id == tenant_id)
        )
        if (count or 0) >= MOST_DOMAINS:
            raise AddressRefused(
                _("Paling banyak %(most)s domain. Hapus dahulu yang tidak dipakai.", most=MOST_DOMAINS)
            )
        known = DomainClaim(tenant_id=tenant_id, host=host)
        db.session.add(known)
    moment = now()
    known.token, known.state, known.method, known.error = secrets.token_urlsafe(24), "waiting", "", ""
    known.checks, known.checked_at, known.asked_at = 0, None, None
    known.proved_at = known.doubted_at = None
    known.renewed_at, known.next_check_at, known.added_by = moment, moment + PAUSES[0], by
    db.session.flush()
    _note("domain.added", known)
    db.session.commit()
    return known


def ask(claim: DomainClaim) -> uuid.UUID:
    """Ask for a look at once, and return the message to hand out (`outbox.deliver_now`)."""
    claim.asked_at = now()
    message = jobs.enqueue(LOOK, claim_id=str(claim.id))
    db.session.commit()
    return message


def ask_for_due(limit: int = 500) -> int:
    """Ask for a look at each domain whose time has come, and return how many those are."""
    query = (
        select(DomainClaim)
        .where(DomainClaim.next_check_at <= now())
        .order_by(DomainClaim.next_check_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = list(db.session.scalars(query))
    for claim in due:
        # Not asked for again while this look is under way; the look itself says when the next one is.
        claim.next_check_at = now() + dt.timedelta(hours=1)
        jobs.enqueue(LOOK, claim_id=str(claim.id))
    db.session.commit()
    return len(due)


def settle(claim_id: uuid.UUID, token: str, found: Found) -> str | None:
    """Write down what a look found, and return the state that follows; None where the domain was taken away meanwhile.

    `token` is what was looked for: an answer to an older one counts for nothing. The first of several villages to prove
    a domain gets it, and the others are told; while the owner's proof is in doubt, another one's proof goes before it.
    """
    host = db.session.scalar(select(DomainClaim.host).where(DomainClaim.id == claim_id))
    if host is None:
        return None
    hold(host)
    query = select(DomainClaim).where(DomainClaim.id == claim_id).with_for_update()
    claim = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if claim is None or claim.token != token or claim.state in ("expired", "lost"):
        db.session.rollback()
        return claim.state if claim is not None else None
    claim.checked_at, claim.checks = now(), claim.checks + 1
    if found.method:
        _proved(claim, found.method)
    else:
        _missing(claim, " ".join(found.missing))
    db.session.commit()
    registry.hosts_changed()
    return claim.state


def choose(tenant_id: uuid.UUID, claim_id: uuid.UUID | None) -> bool:
    """Make a proved domain (None: the label below our own host) the village's address; its other hosts lead there.

    False when it is so already. Those who look after the settings are told, but for who asked.
    Raises AddressRefused for a domain that is not proved.
    """
    claim = _held(tenant_id, claim_id) if claim_id is not None else None
    row = _locked_village(tenant_id)
    host = None
    if claim_id is not None:
        if claim is None or claim.state not in SERVED:
            raise AddressRefused(_("Domain ini belum terbukti milik desa, jadi belum dapat dipakai."))
        host = claim.host
    if row.own_host == host:
        return False
    before = row.own_host or row.slug
    _move(row, host)
    _note_change(row, before, host or row.slug)
    actor = current_actor()
    letters.tell_of_address(row.id, but=actor.account_id if actor else None)
    db.session.commit()
    registry.hosts_changed()
    return True


def remove(tenant_id: uuid.UUID, claim_id: uuid.UUID) -> None:
    """Take a domain away; it leads nowhere from now on. Nothing happens where it is gone already."""
    claim = _held(tenant_id, claim_id)
    row = _locked_village(tenant_id)
    if claim is not None:
        _stop_serving(claim, row)
        _note("domain.removed", claim)
        db.session.delete(claim)
    db.session.commit()
    registry.hosts_changed()


def _held(tenant_id: uuid.UUID, claim_id: uuid.UUID) -> DomainClaim | None:
    """One domain of a village as it stands now, its name held until the end of the transaction."""
    claim = claim_of(tenant_id, claim_id)
    if claim is not None:
        hold(claim.host)
        query = select(DomainClaim).where(DomainClaim.id == claim_id)
        claim = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    return claim


def _proved(claim: DomainClaim, method: str) -> None:
    present = db.session.get(Domain, claim.host)
    if present is not None and present.tenant_id != claim.tenant_id:
        owner = db.session.scalars(
            select(DomainClaim)
            .where(DomainClaim.host == claim.host, DomainClaim.tenant_id == present.tenant_id)
            .with_for_update()
        ).one()
        if owner.state != "doubted":
            _lose(claim, "taken")
            return
        _lose(owner, "taken")
        present = None
    first = claim.state == "waiting"
    claim.state, claim.method, claim.error, claim.doubted_at = "proved", method, "", None
    claim.next_check_at = now() + BETWEEN_PROVED
    if present is None:
        db.session.add(Domain(host=claim.host, tenant_id=claim.tenant_id, kind="own", is_primary=False))
        registry.announce_change()
    if first:
        claim.proved_at = now()
        db.session.flush()
        _note("domain.proved", claim)
        letters.tell_managers("domain_proved", claim)
        others = select(DomainClaim).where(
            DomainClaim.host == claim.host, DomainClaim.id != claim.id, DomainClaim.state == "waiting"
        )
        for other in db.session.scalars(others):
            _lose(other, "taken")


def _missing(claim: DomainClaim, why: str) -> None:
    claim.error = why
    if claim.state == "waiting":
        if now() - claim.renewed_at >= dt.timedelta(days=DAYS_TO_PROVE):
            claim.state, claim.next_check_at = "expired", None
            _note("domain.expired", claim)
            letters.tell_managers("domain_expired", claim)
        else:
            claim.next_check_at = now() + PAUSES[min(claim.checks, len(PAUSES)) - 1]
        return
    if claim.state == "proved":
        claim.state, claim.doubted_at = "doubted", now()
        _note("domain.doubted", claim)
        letters.tell_managers("domain_doubted", claim)
    claim.next_check_at = now() + BETWEEN_DOUBTED
    if claim.doubted_at is not None and now() - claim.doubted_at >= dt.timedelta(days=DAYS_OF_DOUBT):
        _lose(claim, why)


def _lose(claim: DomainClaim, why: str) -> None:
    row = db.session.get(TenantRow, claim.tenant_id)
    assert row is not None
    _stop_serving(claim, row)
    claim.state, claim.error, claim.next_check_at = "lost", why, None
    db.session.flush()
    _note("domain.lost", claim)
    letters.tell_managers("domain_lost", claim)


def _stop_serving(claim: DomainClaim, row: TenantRow) -> None:
    if claim.state not in SERVED:
        return
    present = db.session.get(Domain, claim.host)
    if present is not None and present.tenant_id == claim.tenant_id:
        db.session.delete(present)
        db.session.flush()
    if row.own_host == claim.host:
        _move(row, None)
        _note_change(row, claim.host, row.slug)
    registry.announce_change()


def _move(row: TenantRow, host: str | None) -> None:
    before = host_of(row)
    row.own_host = host
    row.row_version += 1
    links_follow(before, host_of(row))
    registry.announce_change()


def _note_change(row: TenantRow, before: str, after: str) -> None:
    audit.record(
        "village.address_changed",
        object_type="village",
        object_id=row.id,
        summary=f"{row.term} {row.name}",
        details=audit.changes({"host": before}, {"host": after}),
        tenant_id=row.id,
    )


def _note(action: str, claim: DomainClaim) -> None:
    details = {"host": claim.host, "state": claim.state, "reason": " ".join(words.said(claim.error))}
    audit.record(
        action,
        object_type="domain",
        object_id=claim.id,
        summary=claim.host,
        details={name: value for name, value in details.items() if value},
        tenant_id=claim.tenant_id,
    )


def _locked_village(tenant_id: uuid.UUID) -> TenantRow:
    query = select(TenantRow).where(TenantRow.id == tenant_id).with_for_update()
    row = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UnknownTenant(str(tenant_id))
    return row


def _taken(host: str) -> str:
    return str(
        _(
            "%(host)s sudah terbukti milik desa lain di Siger. Bila itu keliru, hubungi Dinas PMD provinsi.",
            host=host,
        )
    )
