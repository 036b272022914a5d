"""What the villages of the demo do for their people: letters, signatures, residents' accounts, complaints."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from app.core.accounts.models import Account, Membership
from app.core.actors import Actor, acting_as
from app.core.indicators import adoption
from app.core.indicators.services import refresh_village
from app.demo import citizens
from app.demo.complaints import file_complaints
from app.demo.content import DemoResident, DemoSecrets, DemoSignature
from app.demo.letters import APPROVED, WAITING, approve_some, grown_people, has_letters, write_letters
from app.demo.register_life import AT_WORK, RICHEST
from app.extensions import db
from tenants.models import TenantRow, now
from tenants.registry import load_tenant
from tenants.scope import Tenant, platform_scope, tenant_scope

LEAST_PEOPLE = 30


@dataclass
class Services:
    """What came of it: how many villages were filled, and with what one can look around in them."""

    villages: int = 0
    residents: list[DemoResident] = field(default_factory=list)
    signatures: list[DemoSignature] = field(default_factory=list)


def seed_services(
    rows: Sequence[TenantRow],
    secrets: DemoSecrets,
    base_host: str,
    told: Callable[[int], None] | None = None,
    richest: Sequence[str] = RICHEST,
) -> Services:
    """Fill the villages whose staff is at work, and describe what is there; safe to run again.

    Args:
        told: called after each village that was filled, with how many that makes.
        richest: codes of the villages in which all of it can be looked at.
    """
    made = Services()
    keepers, heads = _staff("secretary"), _staff("village_head")
    for row in rows:
        tenant, rich = load_tenant(row.id), row.code in richest
        keeper = keepers.get(row.id)
        if keeper is None:
            continue
        head = heads.get(row.id) if rich else None
        with tenant_scope(tenant):
            filled = _fill(tenant, keeper, head, secrets, rich=rich)
            host = f"{row.slug}.{base_host}"
            if rich:
                shown = citizens.described(secrets, host)[: 3 if head else 1]
                # Where the head signs, a letter lies there to be downloaded: these are told first.
                made.residents = [*shown, *made.residents] if head else [*made.residents, *shown]
            if head is not None:
                made.signatures.append(DemoSignature(citizens.passphrase_of(secrets, tenant.id), host))
        if filled:
            made.villages += 1
            refresh_village(tenant)
            if told is not None:
                told(made.villages)
    return made


def _fill(tenant: Tenant, keeper: Actor, head: Actor | None, secrets: DemoSecrets, *, rich: bool) -> bool:
    last = adoption.last_activity()
    people = grown_people()
    if has_letters() or last is None or last < now() - AT_WORK or len(people) < LEAST_PEOPLE:
        return False
    signed = citizens.SIGNED + APPROVED if head else 0
    write_letters(people, keeper, rich=rich, to_sign=WAITING + signed)
    if rich:
        citizens.open_accounts(people, keeper, secrets)
        with acting_as(keeper):
            citizens.ask_from_phones(to_sign=head is not None)
            citizens.pair_kiosk()
    if rich and head is not None:
        with acting_as(head):
            approve_some()
    if head is not None:
        citizens.sign_some(head, citizens.passphrase_of(secrets, tenant.id))
    file_complaints(keeper, rich=rich)
    return True


def _staff(role: str) -> dict[uuid.UUID | None, Actor]:
    """Who holds a role in which village."""
    with platform_scope():
        query = select(Membership.tenant_id, Account).join(Account, Account.id == Membership.account_id)
        query = query.where(Membership.role == role).order_by(Membership.created_at.desc())
        found = {key: Actor(who.id, who.name, who.email) for key, who in db.session.execute(query)}
        db.session.rollback()
    return found
