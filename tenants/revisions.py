"""For developers: writing a new revision of either history by comparing the models with a scratch database."""

from __future__ import annotations

from alembic import command
from psycopg import sql
from sqlalchemy import create_engine

from tenants.bootstrap import alembic_config, libpq_url, prepare_database
from tenants.migrations import VILLAGE_ROLE, revisions


def write_revision(admin_url: str, history: str, message: str, revision_id: str) -> None:
    """Write `migrations/<history>/versions/<revision_id>_….py` with what the models have and the history lacks.

    Uses a scratch database that is made for it and dropped afterwards. The grants of new village tables follow from the
    tables' `info` when the revision is rendered.
    """
    import psycopg

    urls = prepare_database(admin_url, database="siger_scratch")
    try:
        engine = create_engine(urls.owner_url)
        with engine.connect() as connection:
            if history == "tenant":
                connection.exec_driver_sql("CREATE SCHEMA scratch")
                connection.exec_driver_sql("SET search_path = scratch, extensions")
                connection.exec_driver_sql(
                    "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)"
                )
                for step in revisions() if _has_revisions() else ():
                    for statement in step.statements:
                        if VILLAGE_ROLE not in statement:
                            connection.exec_driver_sql(statement.replace("%", "%%"))
                    connection.exec_driver_sql("DELETE FROM alembic_version")
                    connection.exec_driver_sql("INSERT INTO alembic_version VALUES (%s)", (step.id,))
            else:
                connection.exec_driver_sql("CREATE SCHEMA platform")
            connection.commit()
            config = alembic_config(history)
            config.attributes["connection"] = connection
            if history == "platform":
                command.upgrade(config, "head")
                connection.commit()
            command.revision(config, message=message, autogenerate=True, rev_id=revision_id)
        engine.dispose()
    finally:
        with psycopg.connect(libpq_url(admin_url), autocommit=True) as conn:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier("siger_scratch")))


def _has_revisions() -> bool:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(alembic_config("tenant")).get_current_head() is not None
