"""Addresses in the demo: a domain that waits for its proof, an address that a village has left, a village renamed."""

from __future__ import annotations

import datetime as dt

from flask import Flask
from sqlalchemy import select

from app.core.addresses import domains, services
from app.demo.accounts import FULLY_STAFFED
from app.demo.adoption import FOREMOST
from app.extensions import db
from app.province.life import renaming
from app.province.life.renaming_models import VillagePast
from tenants.models import SERVED_STATES, Domain, TenantRow, TenantState, now
from tenants.scope import platform_scope

HERO = "gisting-atas"
OWN_DOMAIN = "gistingatas.desa.id"
GROUNDS = {
    "regulation": "Perda Kabupaten Way Kanan Nomor 3 Tahun 2026",
    "reason": "Penyesuaian nama menurut hasil musyawarah kampung",
    "regulation_on": dt.date(2026, 8, 17),
}


def seed_domains(app: Flask) -> int:
    """Write the demo's addresses and return how many are new; running it again adds none.

    Nothing is asked of the network by itself.
    """
    with app.app_context(), platform_scope():
        return _waiting_domain() + leave_an_address() + _renamed_village()


def _waiting_domain() -> bool:
    row = db.session.scalars(select(TenantRow).where(TenantRow.slug == HERO)).one_or_none()
    if row is None or domains.claims_of(row.id):
        return False
    claim = domains.add(row.id, OWN_DOMAIN, by="Sekretaris")
    # Looked at when somebody asks, never by the clock: a demo leaves strangers' name servers alone.
    claim.next_check_at, claim.checked_at, claim.checks, claim.error = None, now(), 1, "no_record no_file"
    db.session.commit()
    return True


def leave_an_address() -> bool:
    """Let one of the villages take another address, a shorter one if it can; tell whether it was not done before.

    Inside a platform scope. Accounts are named after addresses: whoever makes them calls this first.
    """
    if db.session.scalar(select(Domain.host).where(Domain.left_at.is_not(None)).limit(1)) is not None:
        return False
    query = (
        select(TenantRow)
        .where(TenantRow.state.in_(SERVED_STATES), TenantRow.schema_name.is_not(None))
        .where(TenantRow.slug.not_in([HERO, *FULLY_STAFFED, *FOREMOST]))
        .order_by(TenantRow.code.desc())
    )
    others = [
        (row.id, row.slug, slug)
        for row in db.session.scalars(query).all()
        for slug in services.suggest(row)
        if slug != row.slug
    ]
    shorter = [found for found in others if found[1].startswith(f"{found[2]}-")]
    for tenant_id, _, slug in [*shorter, *others][:1]:
        services.change_slug(tenant_id, slug, by="Sekretaris")
    return bool(others)


def _renamed_village() -> bool:
    query = (
        select(TenantRow)
        .where(TenantRow.state == TenantState.LISTED, TenantRow.kind == "desa")
        .where(TenantRow.regency_code == "18.08", TenantRow.name.not_like("% Makmur"))
        .order_by(TenantRow.code.desc())
        .limit(1)
    )
    row = db.session.scalars(query).one_or_none()
    if row is None or db.session.scalar(select(VillagePast.id).limit(1)) is not None:
        return False
    return renaming.rename(
        row.id, {"name": f"{row.name} Makmur", "term": row.term, "code": row.code, **GROUNDS}
    )
