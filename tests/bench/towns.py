"""Villages with residents to measure on, and somebody of their staff who is signed in."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select

from app.core.accounts.models import Account, Membership
from app.core.accounts.sessions import open_session
from app.core.village.models import SubArea
from app.demo.residents import settle_village
from app.extensions import db
from app.government.residents import ledger
from tenants.provisioning import provision_many
from tenants.registry import find_tenant
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.bench.furniture import furnish
from tests.bench.house import House

LARGE, USUAL, EMPTY = "18.06.20.2006", "18.06.20.2005", "18.08.11.2001"
"""Codes of the villages that are measured: 10,000 residents, 3,450, none."""
SIZES = {LARGE: 10_000, USUAL: 3450}
DAY = dt.date.today()  # noqa: DTZ011 - the day alone


def town(house: House, code: str) -> Tenant:
    """The village of this code: provisioned, furnished, with the residents that it is to have."""
    from app.core.village.seed import seed_village

    house.list_villages()
    with house.owner() as conn:
        query = "SELECT id FROM platform.tenant WHERE code = %s AND schema_name IS NULL"
        waiting = [row[0] for row in conn.execute(query, (code,))]
    house.application  # noqa: B018 - all models are imported with it
    if waiting:
        provision_many(house.urls.owner_url, waiting, seed=seed_village)
        furnish(house)
    with house.application.app_context():
        tenant = find_tenant(code)
        with tenant_scope(tenant):
            if code in SIZES and settle_village(SIZES[code]) is not None:
                db.session.execute(db.text("ANALYZE resident, household, life_event"))
                db.session.commit()
    return tenant


def residents_of(house: House, tenant: Tenant) -> int:
    """How many people live in a village."""
    with house.application.app_context(), tenant_scope(tenant):
        return ledger.people(ledger.totals())


def area_count(house: House, tenant: Tenant) -> int:
    """How many areas a village has."""
    with house.application.app_context(), tenant_scope(tenant):
        return len(db.session.scalars(select(SubArea.id)).all())


def sign_in_staff(house: House, tenant: Tenant, role: str = "secretary") -> dict[str, str]:
    """The Cookie header of somebody who works in a village, signed in on its host."""
    host = f"{tenant.slug}.localhost"
    with house.application.app_context():
        with platform_scope():
            account = Account(email=f"{uuid.uuid4().hex}@bench.example", name="Siti Rohmah")
            db.session.add(account)
            db.session.flush()
            db.session.add(Membership(account_id=account.id, tenant_id=tenant.id, role=role))
            db.session.commit()
            key = account.id
        token = open_session(key, host, tenant.id)
    return {"Cookie": f"__Host-siger_session={token}"}
