"""Migrating every village: a revision is rendered to SQL once and replayed in each schema.

A schema's row in `platform.tenant_schema` changes in the same transaction as its tables, so a killed run leaves
nothing half-made and the next run goes on where it stopped. Who is behind is one query on the registry.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import psycopg
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from tenants.bootstrap import alembic_config, libpq_url
from tenants.errors import MigrationFailed
from tenants.grants import village_privileges
from tenants.scope import EXTENSIONS_SCHEMA

VILLAGE_ROLE = '"@village_role@"'
"""Stands for the village's own role in the SQL of a revision; a spare schema, which has none yet, skips the line."""

LOCK_TIMEOUT_MS = 2000


@dataclass(frozen=True, slots=True)
class Revision:
    """One step of the tenants' history, as statements that are ready to be sent."""

    id: str
    down: str | None
    statements: tuple[str, ...]


@dataclass(slots=True)
class Report:
    """What came of a run over many schemas."""

    head: str
    total: int = 0
    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=1)
def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic_config("tenant"))


@lru_cache(maxsize=1)
def head_revision() -> str:
    """The newest revision of the tenants' history."""
    head = _script().get_current_head()
    if head is None:
        raise MigrationFailed("the tenants' history holds no revision")
    return head


@lru_cache(maxsize=1)
def revisions() -> tuple[Revision, ...]:
    """The whole history, oldest first, rendered to SQL."""
    script = _script()
    ordered = reversed(list(script.walk_revisions()))
    return tuple(
        Revision(step.revision, step.down_revision, tuple(_render(step.module.upgrade)))  # type: ignore[arg-type]
        for step in ordered
    )


def _render(upgrade: Callable[[], None]) -> Iterator[str]:
    statements: list[str] = []
    context = MigrationContext.configure(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
        opts={"as_sql": True, "literal_binds": True, "output_buffer": None, "transactional_ddl": True},
    )
    impl = context.impl
    impl.static_output = statements.append  # type: ignore[method-assign,assignment]
    create_table = impl.create_table

    def create_and_grant(table: Table, **options: Any) -> None:
        create_table(table, **options)
        privileges = ", ".join(village_privileges(table))
        statements.append(f'GRANT {privileges} ON "{table.name}" TO {VILLAGE_ROLE}')

    impl.create_table = create_and_grant  # type: ignore[method-assign]
    with Operations.context(context):
        upgrade()
    for statement in statements:
        text = statement.strip().rstrip(";").strip()
        if text:
            yield text


def pending_after(revision: str) -> tuple[Revision, ...]:
    """The revisions that a schema at `revision` still lacks; raises MigrationFailed when it is not in our history."""
    history = revisions()
    ids = [step.id for step in history]
    if revision not in ids:
        raise MigrationFailed(
            f"revision {revision} is not in this version's history; a newer version made it"
        )
    return history[ids.index(revision) + 1 :]


def replay(
    conn: psycopg.Connection, schema: str, role: str | None, steps: Sequence[Revision], lock_timeout_ms: int
) -> None:
    """Apply `steps` to one schema inside the transaction that is open on `conn`, in one round trip."""
    quoted_role = sql.Identifier(role).as_string(conn) if role else None
    with conn.pipeline():
        conn.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(f"{lock_timeout_ms}ms")))
        conn.execute("SET LOCAL synchronous_commit = off")
        path = sql.SQL("SET LOCAL search_path = {}, {}")
        conn.execute(path.format(sql.Identifier(schema), sql.Identifier(EXTENSIONS_SCHEMA)))
        for step in steps:
            for statement in step.statements:
                if VILLAGE_ROLE in statement:
                    if quoted_role is None:
                        continue
                    statement = statement.replace(VILLAGE_ROLE, quoted_role)
                conn.execute(statement)
        conn.execute(
            "UPDATE platform.tenant_schema SET revision = %s, status = 'ready', error = NULL, migrated_at = now() "
            "WHERE schema_name = %s",
            (steps[-1].id, schema),
        )


def behind(conn: psycopg.Connection) -> list[tuple[str, str | None]]:
    """Schemas that are not at the head, with the role of each: one query on the registry."""
    rows = conn.execute(
        "SELECT s.schema_name, t.role_name FROM platform.tenant_schema s "
        "LEFT JOIN platform.tenant t ON t.id = s.tenant_id WHERE s.revision <> %s ORDER BY s.schema_name",
        (head_revision(),),
    )
    return [(row[0], row[1]) for row in rows]


def migrate_schema(
    conn: psycopg.Connection, schema: str, role: str | None, lock_timeout_ms: int = LOCK_TIMEOUT_MS
) -> None:
    """Bring one schema to the head in one transaction; raises psycopg.Error and leaves it untouched on failure."""
    with conn.transaction():
        row = conn.execute(
            "SELECT revision FROM platform.tenant_schema WHERE schema_name = %s FOR UPDATE", (schema,)
        ).fetchone()
        if row is None:
            return
        steps = pending_after(row[0])
        if steps:
            replay(conn, schema, role, steps, lock_timeout_ms)


def migrate_all(
    owner_url: str,
    *,
    workers: int = 2,
    lock_timeout_ms: int = LOCK_TIMEOUT_MS,
    progress: Callable[[Report], None] | None = None,
) -> Report:
    """Bring every schema to the head: one canary first, then `workers` at a time.

    A failing canary stops the run. A failing village is written down with its reason and the others go on; running
    again takes up those that are left. `progress` is called after each village.
    """
    report = Report(head=head_revision())
    url = libpq_url(owner_url)
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as conn:
        waiting = behind(conn)
        report.total = len(waiting)
        if not waiting:
            return report
        revisions()
        _migrate_one(conn, waiting[0], lock_timeout_ms, report)
        if progress:
            progress(report)
        if report.failed:
            return report
    lock = threading.Lock()
    queue = iter(waiting[1:])

    def work() -> None:
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as conn:
            while True:
                with lock:
                    item = next(queue, None)
                if item is None:
                    return
                _migrate_one(conn, item, lock_timeout_ms, report)
                if progress:
                    with lock:
                        progress(report)

    with ThreadPoolExecutor(max_workers=workers) as pool:
        for future in [pool.submit(work) for _ in range(workers)]:
            future.result()
    return report


def _migrate_one(
    conn: psycopg.Connection, item: tuple[str, str | None], lock_timeout_ms: int, report: Report
) -> None:
    schema, role = item
    try:
        migrate_schema(conn, schema, role, lock_timeout_ms)
        report.done.append(schema)
    except (psycopg.Error, MigrationFailed) as error:
        report.failed[schema] = str(error).splitlines()[0]
        conn.execute(
            "UPDATE platform.tenant_schema SET status = 'failed', error = %s WHERE schema_name = %s",
            (report.failed[schema], schema),
        )
