"""What a village does with its own addresses. Functions run in the village's scope; each tells the registry first, in a
transaction of its own, then the village's log."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core import audit
from app.core.actors import acting
from app.core.addresses import domains, letters, services
from app.core.addresses.models import DomainClaim
from app.core.addresses.services import AddressRefused
from app.core.public_pages import pages_changed
from app.core.ui.formats import date
from app.extensions import db
from tenants import outbox, registry
from tenants.models import Domain, TenantRow, now
from tenants.scope import current_tenant, platform_scope

BETWEEN_CHANGES = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Addresses:
    """All that leads to a village: present label, own domain where it is the address, labels left, domains."""

    slug: str
    own_host: str | None
    left: list[Domain]
    claims: list[DomainClaim]
    suggestions: list[str]
    again_on: dt.datetime | None
    """From when on the label may be changed again; null when it may be now."""


def addresses() -> Addresses:
    """The present village's addresses (in the platform's scope; some selects)."""
    tenant = current_tenant()
    with platform_scope():
        row = registry.tenant_row(tenant.id)
        left = list(
            db.session.scalars(
                select(Domain)
                .where(Domain.tenant_id == row.id, Domain.kind == "label", Domain.left_at.is_not(None))
                .order_by(Domain.left_at.desc())
                .limit(50)
            )
        )
        found = Addresses(
            slug=row.slug,
            own_host=row.own_host,
            left=left,
            claims=domains.claims_of(row.id),
            suggestions=[slug for slug in services.suggest(row) if slug != row.slug],
            again_on=_again_on(row.id),
        )
        db.session.expunge_all()
    return found


def domain(claim_id: uuid.UUID) -> DomainClaim | None:
    """One of the present village's domains."""
    tenant = current_tenant()
    with platform_scope():
        claim = domains.claim_of(tenant.id, claim_id)
        db.session.expunge_all()
    return claim


def change_address(text: str) -> bool:
    """Take another label, at most once in thirty days; False when the village has it already.

    Those who look after the settings are told by letter. Raises AddressRefused with the sentence why.
    """
    tenant, slug = current_tenant(), services.tidy(text)
    with platform_scope():
        again_on = _again_on(tenant.id, locked=True)
        if again_on is not None and slug != tenant.slug:
            raise AddressRefused(
                _("Alamat baru saja diubah. Alamat dapat diubah lagi mulai %(day)s.", day=date(again_on))
            )
        changed = services.move_slug(tenant.id, slug)
        if changed:
            letters.tell_of_address(tenant.id, but=acting().account_id)
        db.session.commit()
    if changed:
        registry.hosts_changed()
        _note("village.address_changed", audit.changes({"slug": tenant.slug}, {"slug": slug}))
    return changed


def add_domain(text: str) -> DomainClaim:
    """Note that the present village says a domain is its own. Raises AddressRefused with the sentence why."""
    tenant = current_tenant()
    with platform_scope():
        claim = domains.add(tenant.id, text, by=acting().name)
        db.session.expunge_all()
    _note("domain.added", {"host": claim.host})
    return claim


def look_now(claim: DomainClaim) -> None:
    """Have a worker look for the proof of a domain at once."""
    with platform_scope():
        present = domains.claim_of(claim.tenant_id, claim.id)
        message = domains.ask(present) if present is not None else None
    if message is not None:
        outbox.deliver_now(message)


def choose(claim: DomainClaim | None) -> None:
    """Make a proved domain the present village's address, or (None) its label below our host. Raises AddressRefused."""
    tenant = current_tenant()
    with platform_scope():
        changed = domains.choose(tenant.id, claim.id if claim else None)
    if changed:
        _note("village.address_changed", {"host": claim.host if claim else tenant.slug})


def remove(claim: DomainClaim) -> None:
    """Take a domain of the present village away."""
    with platform_scope():
        domains.remove(claim.tenant_id, claim.id)
    _note("domain.removed", {"host": claim.host})


def _again_on(tenant_id: uuid.UUID, *, locked: bool = False) -> dt.datetime | None:
    if locked:
        db.session.execute(select(TenantRow.id).where(TenantRow.id == tenant_id).with_for_update())
    last = db.session.scalar(
        select(func.max(Domain.left_at)).where(Domain.tenant_id == tenant_id, Domain.kind == "label")
    )
    again_on = last + BETWEEN_CHANGES if last else None
    return again_on if again_on and again_on > now() else None


def _note(action: str, details: dict[str, object]) -> None:
    audit.record(action, object_type="village", summary=current_tenant().full_name, details=details)
    pages_changed()
    db.session.commit()
