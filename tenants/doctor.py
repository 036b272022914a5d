"""Finding drift between what the registry says and what the database holds. Reads catalogues only, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tenants.bootstrap import APP_ROLE, OWNER_ROLE, libpq_url
from tenants.database import TenantModel
from tenants.migrations import head_revision

OUR_SCHEMAS = "^(v_[0-9]+|spare_[0-9a-f]+)$"
SIDE_SCHEMAS = "^(c|old)_[0-9a-f]{20}$"
"""Beside villages' own (`tenants.beside`): nobody serves them, no migration touches them."""
LATE_SIDE_DAYS = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, and what to do about it."""

    kind: str
    subject: str
    advice: str


def examine(owner_url: str, *, backend_limit_mb: int = 300) -> list[Finding]:
    """Return everything that drifted; empty when nothing did.

    The memory of backends is looked at only where the server runs on this machine (`backends_are_near`).
    """
    with psycopg.connect(libpq_url(owner_url), autocommit=True) as conn:
        return [
            *_schemas(conn),
            *_side_schemas(conn),
            *_revisions(conn),
            *_relations(conn),
            *_roles(conn),
            *_backends(conn, backend_limit_mb),
        ]


def _schemas(conn: psycopg.Connection) -> Iterator[Finding]:
    for (name,) in conn.execute(
        "SELECT n.nspname FROM pg_namespace n WHERE n.nspname ~ %s AND NOT EXISTS "
        "(SELECT 1 FROM platform.tenant_schema s WHERE s.schema_name = n.nspname) ORDER BY 1",
        (OUR_SCHEMAS,),
    ):
        yield Finding("schema without a row", name, "nobody serves it; export it, then drop it")
    for (name,) in conn.execute(
        "SELECT s.schema_name FROM platform.tenant_schema s WHERE NOT EXISTS "
        "(SELECT 1 FROM pg_namespace n WHERE n.nspname = s.schema_name) ORDER BY 1"
    ):
        yield Finding("row without a schema", name, "restore the schema from its backup")
    for code, name in conn.execute(
        "SELECT t.code, t.schema_name FROM platform.tenant t LEFT JOIN platform.tenant_schema s "
        "ON s.tenant_id = t.id WHERE t.schema_name IS DISTINCT FROM s.schema_name ORDER BY 1"
    ):
        yield Finding(
            "village and schema disagree", f"{code} → {name}", "its registry rows name different schemas"
        )


def _side_schemas(conn: psycopg.Connection) -> Iterator[Finding]:
    for (name,) in conn.execute(
        "SELECT n.nspname FROM pg_namespace n WHERE n.nspname ~ %s AND NOT EXISTS "
        "(SELECT 1 FROM platform.side_schema s WHERE s.schema_name = n.nspname) ORDER BY 1",
        (SIDE_SCHEMAS,),
    ):
        yield Finding(
            "schema beside without a row", name, "nobody knows whose it is; export it, then drop it"
        )
    for (name,) in conn.execute(
        "SELECT s.schema_name FROM platform.side_schema s WHERE NOT EXISTS "
        "(SELECT 1 FROM pg_namespace n WHERE n.nspname = s.schema_name) ORDER BY 1"
    ):
        yield Finding("row beside without a schema", name, "its schema was dropped by hand; delete the row")
    for name, kind in conn.execute(
        "SELECT schema_name, kind FROM platform.side_schema WHERE drop_after < now() - make_interval(days => %s) "
        "ORDER BY 1",
        (LATE_SIDE_DAYS,),
    ):
        yield Finding(
            "schema beside is overdue", f"{name} ({kind})", "no sweep ran; see that the scheduler runs"
        )


def _revisions(conn: psycopg.Connection) -> Iterator[Finding]:
    for name, revision, status, error in conn.execute(
        "SELECT schema_name, revision, status, error FROM platform.tenant_schema "
        "WHERE revision <> %s OR status <> 'ready' ORDER BY 1",
        (head_revision(),),
    ):
        if status == "failed":
            yield Finding(
                "migration failed", name, f"at {revision}: {error}; mend it and run siger tenants migrate"
            )
        else:
            yield Finding("revision behind", name, f"at {revision}; run siger tenants migrate")


def _relations(conn: psycopg.Connection) -> Iterator[Finding]:
    tables = {table.name for table in TenantModel.metadata.sorted_tables}
    indexes = {str(index.name) for table in TenantModel.metadata.sorted_tables for index in table.indexes}
    for table in TenantModel.metadata.sorted_tables:
        indexes |= {str(c.name) for c in table.constraints if type(c).__name__ in _INDEXED}
    query = (
        "SELECT s.schema_name, x.name FROM platform.tenant_schema s "
        "JOIN pg_namespace n ON n.nspname = s.schema_name CROSS JOIN unnest(%s::text[]) AS x(name) "
        "LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = x.name "
        "WHERE s.revision = %s AND c.oid IS NULL ORDER BY 1, 2"
    )
    for kind, names in (("table", tables), ("index", indexes)):
        for schema, name in conn.execute(query, (sorted(names), head_revision())):
            yield Finding(
                f"missing {kind}", f"{schema}.{name}", f"the {kind} of the models is not there; create it"
            )


_INDEXED = ("PrimaryKeyConstraint", "UniqueConstraint")


def _roles(conn: psycopg.Connection) -> Iterator[Finding]:
    for code, role in conn.execute(
        "SELECT t.code, t.role_name FROM platform.tenant t WHERE t.role_name IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles u ON u.oid = m.member "
        "WHERE g.rolname = t.role_name AND u.rolname = %s AND m.set_option) ORDER BY 1",
        (APP_ROLE,),
    ):
        yield Finding(
            "role not usable", f"{code} → {role}", f"grant it to {APP_ROLE} with SET TRUE, INHERIT FALSE"
        )


def backends_are_near(conn: psycopg.Connection) -> bool:
    """Whether the server's processes can be seen from here: its backend is a process of this machine."""
    try:
        return b"postgres" in Path(f"/proc/{conn.info.backend_pid}/cmdline").read_bytes()
    except OSError:
        return False


def _backends(conn: psycopg.Connection, limit_mb: int) -> Iterator[Finding]:
    if not backends_are_near(conn):
        return
    ours = "SELECT pid FROM pg_stat_activity WHERE usename = ANY(%s) AND pid <> pg_backend_pid() ORDER BY 1"
    for (pid,) in conn.execute(ours, ([APP_ROLE, OWNER_ROLE],)):
        held = backend_memory_mb(pid)
        if held is not None and held > limit_mb:
            advice = (
                f"holds {held} MB, {limit_mb} MB allowed; lower CONNECTION_TENANT_LIMIT or the pool's age"
            )
            yield Finding("backend above its memory", str(pid), advice)


def backend_memory_mb(pid: int) -> int | None:
    """A backend's own memory in MB (RssAnon), or None when it does not run on this machine."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) // 1024
    return None
