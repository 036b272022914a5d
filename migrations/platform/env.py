"""Alembic environment of the platform's history: run online by `siger db migrate` as the owner."""

from alembic import context

import app.models  # noqa: F401 - all tables
from tenants.database import PlatformModel

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=PlatformModel.metadata,
    version_table_schema="platform",
    include_schemas=True,
    include_name=lambda name, kind, parents: (
        name == "platform" if kind == "schema" else name != "alembic_version"
    ),
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
