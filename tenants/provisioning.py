"""Making a village's schema: role, tables, grants and first rows in one transaction and few round trips."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from tenants.bootstrap import APP_ROLE, libpq_url
from tenants.database import TenantModel
from tenants.errors import MigrationFailed, ProvisioningFailed, UnknownTenant
from tenants.grants import tenant_grant, village_privileges
from tenants.ids import checked_identifier
from tenants.migrations import LOCK_TIMEOUT_MS, head_revision, replay, revisions
from tenants.scope import EXTENSIONS_SCHEMA, VILLAGE_GROUP_ROLE

CATALOGUES = (
    "pg_class", "pg_attribute", "pg_type", "pg_index", "pg_constraint", "pg_depend", "pg_shdepend", "pg_namespace",
    "pg_authid", "pg_auth_members", "pg_init_privs", "pg_attrdef",
)  # fmt: skip

Seed = Callable[[psycopg.Connection, dict[str, Any]], None]
"""Writes a new village's first rows; called inside its transaction with its registry row, the path already set."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """All tables of a new village as single statements, rendered from the models."""

    statements: tuple[str, ...]
    grants: tuple[tuple[str, tuple[str, ...]], ...]
    revision: str


@dataclass(slots=True)
class BulkReport:
    """What came of provisioning many villages: `made` are those of `done` that had no schema before."""

    total: int = 0
    done: list[uuid.UUID] = field(default_factory=list)
    made: list[uuid.UUID] = field(default_factory=list)
    failed: dict[uuid.UUID, str] = field(default_factory=dict)


@lru_cache(maxsize=1)
def baseline() -> Baseline:
    """Render the baseline once per process. All models must have been imported before."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    statements: list[str] = []
    grants: list[tuple[str, tuple[str, ...]]] = []
    for table in TenantModel.metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            statements.append(str(CreateIndex(index).compile(dialect=dialect)).strip())
        grants.append((table.name, village_privileges(table)))
    return Baseline(tuple(statements), tuple(grants), head_revision())


def provision(
    conn: psycopg.Connection, tenant_id: uuid.UUID, *, role_prefix: str = "v_", seed: Seed | None = None
) -> bool:
    """Give one village its schema; return False when it had one already.

    Runs in one transaction on `conn` (signed in as the owner, autocommit on): either all of it is there or nothing.
    A warm spare is taken when one is ready. Two callers at once: the second waits and finds it done.
    Raises UnknownTenant, ProvisioningFailed.
    """
    try:
        with conn.transaction():
            row = _locked_row(conn, tenant_id)
            if row["schema_name"] is not None:
                return False
            schema, role = _names(conn, row["code"], role_prefix)
            base = baseline()
            spare = conn.execute(
                "SELECT schema_name FROM platform.tenant_schema WHERE tenant_id IS NULL AND revision = %s "
                "AND status = 'ready' ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED",
                (base.revision,),
            ).fetchone()
            # A role may be left over from a database that was dropped or restored: roles belong to the cluster.
            role_exists = (
                conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is not None
            )
            with conn.pipeline():
                conn.execute("SET LOCAL synchronous_commit = off")
                if spare is None:
                    _make_schema(conn, schema, base)
                else:
                    conn.execute(
                        sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(
                            sql.Identifier(spare[0]), sql.Identifier(schema)
                        )
                    )
                    _set_path(conn, schema)
                    conn.execute("DELETE FROM platform.tenant_schema WHERE schema_name = %s", (spare[0],))
                if not role_exists:
                    conn.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
                _give_role(conn, schema, role, base)
                _write_registry(conn, tenant_id, schema, role, base.revision)
                if seed is not None:
                    seed(conn, row)
    except psycopg.Error as error:
        raise ProvisioningFailed(str(error).splitlines()[0]) from error
    return True


def provision_at(
    conn: psycopg.Connection, tenant_id: uuid.UUID, revision: str, *, role_prefix: str = "v_"
) -> str:
    """Give a village without schema an empty one that stands at a revision of our history; return its name.

    Runs in the open transaction of `conn` (the owner's), so that what fills it stands or falls with it. The registry
    row stays locked until then. No first rows are written.
    Raises UnknownTenant, ProvisioningFailed (it has a schema), MigrationFailed (no such revision), psycopg.Error.
    """
    row = _locked_row(conn, tenant_id)
    if row["schema_name"] is not None:
        raise ProvisioningFailed(f"{row['code']} has a schema already")
    history = revisions()
    ids = [step.id for step in history]
    if revision not in ids:
        raise MigrationFailed(f"revision {revision} is not in this version's history")
    schema, role = _names(conn, row["code"], role_prefix)
    base = baseline()
    if conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
        conn.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    if revision == base.revision:
        _make_schema(conn, schema, base)
        _give_role(conn, schema, role, base)
    else:
        conn.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        _give_role(conn, schema, role, Baseline((), (), revision))
    _write_registry(conn, tenant_id, schema, role, revision)
    if revision != base.revision:
        replay(conn, schema, role, history[: ids.index(revision) + 1], LOCK_TIMEOUT_MS)
    return schema


def _names(conn: psycopg.Connection, code: str, role_prefix: str) -> tuple[str, str]:
    """Names of schema and role after a village's code; with a number where a village bears them that had the code
    before it."""
    text = digits = code.replace(".", "")
    number = 1
    while True:
        schema, role = checked_identifier(f"v_{text}"), checked_identifier(f"{role_prefix}{text}")
        taken = conn.execute(
            "SELECT 1 FROM platform.tenant WHERE schema_name = %s OR role_name = %s", (schema, role)
        ).fetchone()
        if taken is None:
            return schema, role
        number += 1
        text = f"{digits}_{number}"


def _locked_row(conn: psycopg.Connection, tenant_id: uuid.UUID) -> dict[str, Any]:
    with conn.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        row = cursor.execute(
            "SELECT * FROM platform.tenant WHERE id = %s FOR UPDATE", (tenant_id,)
        ).fetchone()
    if row is None:
        raise UnknownTenant(str(tenant_id))
    return row


def _set_path(conn: psycopg.Connection, schema: str) -> None:
    conn.execute(
        sql.SQL("SET LOCAL search_path = {}, {}").format(
            sql.Identifier(schema), sql.Identifier(EXTENSIONS_SCHEMA)
        )
    )


def _make_schema(conn: psycopg.Connection, schema: str, base: Baseline) -> None:
    conn.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    _set_path(conn, schema)
    for statement in base.statements:
        conn.execute(statement)


def _give_role(conn: psycopg.Connection, schema: str, role: str, base: Baseline) -> None:
    who = sql.Identifier(role)
    conn.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(VILLAGE_GROUP_ROLE), who))
    conn.execute(sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(who, sql.Identifier(APP_ROLE)))
    conn.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(schema), who))
    for table, privileges in base.grants:
        conn.execute(tenant_grant(table, privileges, role))


def _write_registry(
    conn: psycopg.Connection, tenant_id: uuid.UUID, schema: str, role: str, revision: str
) -> None:
    conn.execute(
        "UPDATE platform.tenant SET schema_name = %s, role_name = %s, state = 'provisioned', state_since = now(), "
        "provisioned_at = now(), row_version = row_version + 1 WHERE id = %s",
        (schema, role, tenant_id),
    )
    conn.execute(
        "INSERT INTO platform.tenant_schema (schema_name, tenant_id, revision, status) VALUES (%s, %s, %s, 'ready')",
        (schema, tenant_id, revision),
    )


def make_spares(conn: psycopg.Connection, wanted: int) -> int:
    """Keep `wanted` empty schemas at the head ready; return how many were made."""
    base = baseline()
    row = conn.execute(
        "SELECT count(*) FROM platform.tenant_schema WHERE tenant_id IS NULL AND revision = %s AND status = 'ready'",
        (base.revision,),
    ).fetchone()
    missing = max(0, wanted - (row[0] if row else 0))
    for _ in range(missing):
        schema = checked_identifier(f"spare_{uuid.uuid4().hex[:16]}")
        with conn.transaction(), conn.pipeline():
            _make_schema(conn, schema, base)
            conn.execute(
                "INSERT INTO platform.tenant_schema (schema_name, revision, status) VALUES (%s, %s, 'ready')",
                (schema, base.revision),
            )
    return missing


def provision_many(
    owner_url: str,
    tenant_ids: Sequence[uuid.UUID] | Iterable[uuid.UUID],
    *,
    workers: int = 2,
    role_prefix: str = "v_",
    seed: Seed | None = None,
    progress: Callable[[BulkReport], None] | None = None,
) -> BulkReport:
    """Provision many villages, `workers` at a time; those that have a schema already are passed over quickly.

    One village's failure is written down and the others go on. Killed and started again, it takes up the rest.
    """
    ids = list(tenant_ids)
    report = BulkReport(total=len(ids))
    queue = iter(ids)
    lock = threading.Lock()
    url = libpq_url(owner_url)
    baseline()

    def work() -> None:
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as conn:
            while True:
                with lock:
                    tenant_id = next(queue, None)
                if tenant_id is None:
                    return
                try:
                    if provision(conn, tenant_id, role_prefix=role_prefix, seed=seed):
                        report.made.append(tenant_id)
                    report.done.append(tenant_id)
                except (ProvisioningFailed, UnknownTenant) as error:
                    report.failed[tenant_id] = str(error)
                if progress:
                    with lock:
                        progress(report)

    with ThreadPoolExecutor(max_workers=max(1, min(workers, len(ids) or 1))) as pool:
        for future in [pool.submit(work) for _ in range(workers)]:
            future.result()
    return report


def settle_catalogues(owner_url: str) -> None:
    """After thousands of schemas were made: VACUUM ANALYZE of the catalogues, then a CHECKPOINT."""
    with psycopg.connect(libpq_url(owner_url), autocommit=True, prepare_threshold=None) as conn:
        for name in CATALOGUES:
            conn.execute(
                sql.SQL("VACUUM (ANALYZE, SKIP_LOCKED) {}").format(sql.Identifier("pg_catalog", name))
            )
        conn.execute("CHECKPOINT")
