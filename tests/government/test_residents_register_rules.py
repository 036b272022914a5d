"""The register's services and rules: what is refused, what can be accepted, and that the ledger agrees."""

from __future__ import annotations

import uuid

from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.government.residents.models import Household, LifeEvent, Resident
from tenants.scope import Tenant, tenant_scope
from tests.support.residents import a_family


def _living_and_ledger() -> tuple[int, int]:
    living = db.session.scalar(select(func.count()).where(Resident.vital_status == 1))
    came = func.count().filter(LifeEvent.to_cell.between(0, 7))
    went = func.count().filter(LifeEvent.from_cell.between(0, 7))
    ledger = db.session.scalar(select(came - went).where(LifeEvent.undone_at.is_(None)))
    return living or 0, ledger or 0


def test_a_family_stands_in_order_with_its_head_and_the_ledger_counts_it(
    app: Flask, village: Tenant
) -> None:
    household_id, people = a_family(app, village)
    with app.app_context(), tenant_scope(village):
        household = db.session.get(Household, household_id)
        assert household is not None
        assert household.head_id == people[0]
        order = db.session.scalars(
            select(Resident.id).where(Resident.household_id == household_id).order_by(Resident.household_order)
        )
        assert list(order) == people
        assert _living_and_ledger() == (3, 3)
    assert isinstance(household_id, uuid.UUID)
