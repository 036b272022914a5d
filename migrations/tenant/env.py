"""Alembic environment of the villages' history: used to write new revisions only.

Villages are migrated by `tenants.migrations`, which renders each revision once and replays it per schema.
"""

from alembic import context

import app.models  # noqa: F401 - all tables
from tenants.database import TenantModel

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=TenantModel.metadata,
    include_name=lambda name, kind, parents: name != "alembic_version",
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
