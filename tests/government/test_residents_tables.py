"""What the register costs a village in tables: nine, by name (a village of the province has thousands of siblings)."""

from __future__ import annotations

from sqlalchemy import inspect

import app.models  # noqa: F401 - every table of a village
from app.core.hosting import SigerFlask
from app.extensions import TenantModel, db
from tenants.scope import Tenant

BUDGET = 9
REGISTER = {
    "household", "resident", "life_event", "population_month", "resident_document", "import_run", "data_request",
    "village_state",
}  # fmt: skip


def test_the_register_has_its_tables_and_no_others(app: SigerFlask, village: Tenant) -> None:
    owners = {mapper.local_table.name: mapper.class_.__module__ for mapper in TenantModel.registry.mappers}
    modules = ("app.government.residents", "app.core.privacy")
    assert {table for table, module in owners.items() if module.startswith(modules)} == REGISTER
    with app.app_context():
        stand = set(inspect(db.engine).get_table_names(schema=village.schema))
    others = {table for table, module in owners.items() if not module.startswith(modules)}
    assert stand - others - {"alembic_version"} == REGISTER
    assert len(REGISTER) <= BUDGET
