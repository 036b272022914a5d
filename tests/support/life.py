"""Villages with sub-areas and people, for what divides, joins, closes and deletes them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents import ledger
from app.government.residents.checking import differences
from app.government.residents.models import Household, Resident
from app.province.life.models import VillageDeed
from tenants.registry import find_tenant
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.residents import a_family

REGULATION = "Perda Kabupaten Nomor 4 Tahun 2026"
REASON = "Wilayahnya terlalu luas untuk satu kantor."
GROUNDS = {"regulation": REGULATION, "regulation_on": "2026-01-05", "effective_on": "", "reason": REASON}


def an_area(app: Flask, village: Tenant, name: str, kind: str = "sub_area", parent: Any = None) -> uuid.UUID:
    """A sub-area of a village."""
    with app.app_context(), tenant_scope(village):
        area = SubArea(kind=kind, name=name, parent_id=parent)
        db.session.add(area)
        db.session.commit()
        return area.id


def neighbours(make_village: Callable[[], Tenant], count: int) -> list[Tenant]:
    """New villages of one kabupaten, as those that merge are."""
    found: list[Tenant] = []
    while len(found) < count:
        one = make_village()
        found = [*(village for village in found if village.code[:5] == one.code[:5]), one]
    return found


def settled(app: Flask, village: Tenant, *names: str, families: int = 2) -> dict[str, uuid.UUID]:
    """Sub-areas with families in an RT of each; returns the areas of the top level by name."""
    found = {}
    for name in names:
        found[name] = an_area(app, village, name)
        neighbourhood = an_area(app, village, "01", "rt", found[name])
        for _number in range(families):
            a_family(app, village, sub_area_id=neighbourhood)
    return found


def counted(app: Flask, village: Tenant) -> tuple[int, int]:
    """How many living residents and active households the register has."""
    with app.app_context(), tenant_scope(village):
        people = db.session.scalar(select(func.count()).where(Resident.vital_status == 1))
        homes = db.session.scalar(select(func.count()).where(Household.state == "active"))
        return people or 0, homes or 0


def told(app: Flask, village: Tenant) -> list[str]:
    """What `siger residents check --sealed` finds wrong."""
    with app.app_context(), tenant_scope(village):
        return list(differences(sealed=True))


def flows(app: Flask, village: Tenant, month: Any) -> dict[str, int]:
    """People by row of a month's report."""
    with app.app_context(), tenant_scope(village):
        figures = ledger.flows(month)
        return {name: ledger.people(vector) for name, vector in figures.rows() if vector}


def the_deed(app: Flask, village: Tenant) -> VillageDeed:
    """The newest deed of a village."""
    with app.app_context(), platform_scope():
        query = select(VillageDeed).where(VillageDeed.tenant_id == village.id)
        return db.session.scalars(query.order_by(VillageDeed.created_at.desc()).limit(1)).one()


def fresh(app: Flask, code_or_slug: str) -> Tenant:
    """A village as the registry has it now."""
    with app.app_context():
        return find_tenant(code_or_slug)


def a_free_code(app: Flask, village: Tenant) -> str:
    """A code of the same kecamatan that no village bears, bore, or is to bear."""
    from app.province.life.renaming_models import VillagePast
    from tenants.models import TenantRow

    with app.app_context(), platform_scope():
        known = {
            code
            for column in (TenantRow.code, VillagePast.code, VillageDeed.plan["code"].astext)
            for code in db.session.scalars(select(column).where(column.startswith(village.code[:9])))
        }
    return next(code for n in range(2500, 2900) if (code := f"{village.code[:9]}{n}") not in known)


def moved_to(response: Any) -> str:
    """The path that an answer leads to."""
    return re.sub(r"^https?://[^/]+", "", response.headers["Location"])
