"""Schemas beside a village's own: made whole from a copy, compared with what is served, put in its place, dropped.

Nobody serves a schema beside; its row in `platform.side_schema` appears and goes in the transaction of the schema
itself, so a process that is killed leaves neither. Each function takes a connection of the owner, idle and in
autocommit, and does all of its work in one transaction: all or nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row
from sqlalchemy import Table

from tenants.copying import content_digest, copy_in, existing_columns, village_tables
from tenants.errors import CopyFailed
from tenants.grants import tenant_grant, village_privileges
from tenants.ids import checked_identifier, uuid7
from tenants.migrations import pending_after, replay, revisions
from tenants.models import now
from tenants.provisioning import baseline
from tenants.scope import EXTENSIONS_SCHEMA

COMPARISON, CHECK, REPLACED = "comparison", "check", "replaced"
LOCK_TIMEOUT_MS = 8000
"""How long a replacement waits for work that is under way in the village."""
_LOCK_SPACE = 4711
"""First half of the advisory lock under which schemas beside one village are made and taken, one after the other."""

Digests = Mapping[str, tuple[int, str]]
Message = tuple[str, dict[str, Any], uuid.UUID | None]
"""Kind, payload and village of an outbox message that goes out with the transaction."""


class Incoming(Protocol):
    """A table that comes in: `app.province.copies` opens them from its objects."""

    name: str
    columns: tuple[str, ...]
    chunks: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """How a table differs: rows served now, rows then, how many only now, only then, and other than now."""

    table: str
    now: int
    then: int
    only_now: int
    only_then: int
    changed: int

    @property
    def same(self) -> bool:
        """Whether both hold the same."""
        return not (self.only_now or self.only_then or self.changed)


def make_tables(conn: psycopg.Connection, schema: str, revision: str) -> None:
    """Make a schema with a village's tables, empty, at a revision of our history, in the open transaction.

    Raises MigrationFailed when the revision is not in our history (a newer version made it).
    """
    pending_after(revision)
    conn.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    base = baseline()
    if revision != base.revision:
        history = revisions()
        ids = [step.id for step in history]
        replay(conn, schema, None, history[: ids.index(revision) + 1], LOCK_TIMEOUT_MS)
        return
    conn.execute(
        sql.SQL("SET LOCAL search_path = {}, {}").format(
            sql.Identifier(schema), sql.Identifier(EXTENSIONS_SCHEMA)
        )
    )
    with conn.pipeline():
        for statement in base.statements:
            conn.execute(statement)


def make_beside(
    conn: psycopg.Connection,
    tenant_id: uuid.UUID,
    tables: Iterable[Incoming],
    *,
    kind: str,
    revision: str,
    expected: Digests,
    keep: dt.timedelta,
    copy_id: uuid.UUID | None = None,
    made_by: str = "",
    inspect: Callable[[psycopg.Connection, str], dict[str, Any]] | None = None,
) -> str:
    """Put a village's tables into a new schema beside its own and return the schema's name.

    What came in is read again and must be what is `expected`; then the schema is brought to the revision at which the
    village itself stands, and compared with it.

    Args:
        tables: in the order of `village_tables`.
        kind: `comparison` (one a village at a time) or `check`.
        revision: at which the tables were copied.
        expected: {table: (rows, SHA-256)} as `content_digest` gives it.
        keep: after that long the schema may be dropped.
        inspect: looks at the schema before the commit; what it returns is kept with the findings.
    Raises:
        CopyFailed: what came in is not what was expected, or the village stands at an older revision than the copy.
        MigrationFailed: the copy was made by a newer version.
        psycopg.errors.UniqueViolation: a comparison is there already.
    """
    schema = checked_identifier(f"c_{uuid.uuid4().hex[:20]}")
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_LOCK_SPACE, str(tenant_id)))
        conn.execute("SET LOCAL synchronous_commit = off")
        served = conn.execute(
            "SELECT schema_name, revision FROM platform.tenant_schema WHERE tenant_id = %s", (tenant_id,)
        ).fetchone()
        make_tables(conn, schema, revision)
        for table in tables:
            copy_in(conn, schema, table.name, table.columns, table.chunks)
        _refuse_other_content(content_digest(conn, schema), expected)
        target = served[1] if served else revisions()[-1].id
        _bring_forward(conn, schema, revision, target)
        findings: dict[str, Any] = inspect(conn, schema) if inspect else {}
        if served is not None and kind == COMPARISON:
            findings["differences"] = [asdict(one) for one in compare(conn, served[0], schema)]
        conn.execute(
            "INSERT INTO platform.side_schema "
            "(schema_name, tenant_id, kind, copy_id, revision, findings, made_by, made_at, drop_after) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, now(), %s)",
            (schema, tenant_id, kind, copy_id, target, json.dumps(findings), made_by, now() + keep),
        )
    return schema


def _refuse_other_content(found: Digests, expected: Digests) -> None:
    for name in sorted({*found, *expected}):
        rows, digest = found.get(name, (0, ""))
        wanted, wanted_digest = expected.get(name, (0, ""))
        if rows != wanted or (digest != wanted_digest and (rows or wanted)):
            raise CopyFailed(f"{name}: {rows} rows came in where {wanted} were noted, or others than those")


def _bring_forward(conn: psycopg.Connection, schema: str, revision: str, target: str) -> None:
    history = [step.id for step in revisions()]
    if target not in history or history.index(revision) > history.index(target):
        raise CopyFailed(f"the copy is of revision {revision}, the village stands at {target}")
    steps = revisions()[history.index(revision) + 1 : history.index(target) + 1]
    if steps:
        replay(conn, schema, None, steps, LOCK_TIMEOUT_MS)


def compare(conn: psycopg.Connection, served: str, beside: str) -> list[Difference]:
    """How each table of the schema beside differs from the served one, told apart by primary key."""
    served_now, then = content_digest(conn, served), content_digest(conn, beside)
    columns = existing_columns(conn, beside)
    return [
        Difference(table.name, *_rows_of(conn, table, columns[table.name], served, beside))
        if served_now[table.name] != then[table.name]
        else Difference(table.name, then[table.name][0], then[table.name][0], 0, 0, 0)
        for table in village_tables()
        if table.name in served_now and table.name in then
    ]


def _rows_of(
    conn: psycopg.Connection, table: Table, columns: Sequence[str], served: str, beside: str
) -> tuple[int, ...]:
    keys = [sql.Identifier(column.name) for column in table.primary_key.columns]

    def values(alias: str) -> sql.Composed:
        return sql.SQL(", ").join(sql.Identifier(alias, column) for column in columns)

    query = sql.SQL(
        "SELECT count(n.{key}), count(t.{key}), count(*) FILTER (WHERE t.{key} IS NULL), "
        "count(*) FILTER (WHERE n.{key} IS NULL), "
        "count(*) FILTER (WHERE n.{key} IS NOT NULL AND t.{key} IS NOT NULL AND ROW({n}) IS DISTINCT FROM ROW({t})) "
        "FROM {served} n FULL JOIN {beside} t ON {same}"
    ).format(
        key=keys[0],
        n=values("n"),
        t=values("t"),
        served=sql.Identifier(served, table.name),
        beside=sql.Identifier(beside, table.name),
        same=sql.SQL(" AND ").join(sql.SQL("n.{0} = t.{0}").format(key) for key in keys),
    )
    row = conn.execute(query).fetchone()
    return tuple(row or ())


def replace_served(
    conn: psycopg.Connection,
    tenant_id: uuid.UUID,
    schema: str,
    *,
    keep: dt.timedelta,
    made_by: str,
    carry: Callable[[psycopg.Connection, str, str], None],
    messages: Sequence[Message] = (),
    refuse: Callable[[psycopg.Connection], None] = lambda _conn: None,
) -> str:
    """Put a comparison into the place of the served schema and return under which name the latter is kept.

    Work that is under way in the village is waited for; what comes meanwhile waits, and goes on in the new tables.

    Args:
        carry: called with the connection, the served schema and the one that takes its place, under the lock: moves
            over what must not be set back.
        refuse: called with the connection once the village's row is locked; raises whatever stands in the way, and then
            nothing changed.
    Raises:
        CopyFailed: there is no such comparison of this village, or no served schema.
        psycopg.errors.LockNotAvailable: the village was busy for longer than is waited for; nothing changed.
    """
    kept = checked_identifier(f"old_{uuid.uuid4().hex[:20]}")
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_LOCK_SPACE, str(tenant_id)))
        conn.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(f"{LOCK_TIMEOUT_MS}ms")))
        row = conn.execute(
            "SELECT s.schema_name, s.revision, t.role_name, b.revision FROM platform.tenant t "
            "JOIN platform.tenant_schema s ON s.tenant_id = t.id "
            "JOIN platform.side_schema b ON b.tenant_id = t.id AND b.kind = 'comparison' AND b.schema_name = %s "
            "WHERE t.id = %s FOR UPDATE OF t, s, b",
            (schema, tenant_id),
        ).fetchone()
        if row is None:
            raise CopyFailed(f"{schema} is no comparison of this village")
        refuse(conn)
        served, revision, role, beside_revision = row
        _bring_forward(conn, schema, beside_revision, revision)
        names = [sql.Identifier(served, name) for name in existing_columns(conn, served)]
        conn.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.SQL(", ").join(names)))
        carry(conn, served, schema)
        rename = sql.SQL("ALTER SCHEMA {} RENAME TO {}")
        who = sql.Identifier(role)
        conn.execute(sql.SQL("REVOKE USAGE ON SCHEMA {} FROM {}").format(sql.Identifier(served), who))
        conn.execute(rename.format(sql.Identifier(served), sql.Identifier(kept)))
        conn.execute(rename.format(sql.Identifier(schema), sql.Identifier(served)))
        _grant(conn, served, role)
        conn.execute(
            "UPDATE platform.side_schema SET schema_name = %s, kind = 'replaced', revision = %s, findings = '{}', "
            "made_by = %s, made_at = now(), drop_after = %s WHERE schema_name = %s",
            (kept, revision, made_by, now() + keep, schema),
        )
        conn.execute(
            "UPDATE platform.tenant_schema SET status = 'ready', error = NULL, migrated_at = now() "
            "WHERE schema_name = %s",
            (served,),
        )
        conn.execute("UPDATE platform.tenant SET row_version = row_version + 1 WHERE id = %s", (tenant_id,))
        _post(conn, messages)
    return kept


def _grant(conn: psycopg.Connection, schema: str, role: str) -> None:
    conn.execute(
        sql.SQL("SET LOCAL search_path = {}, {}").format(
            sql.Identifier(schema), sql.Identifier(EXTENSIONS_SCHEMA)
        )
    )
    conn.execute(
        sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(schema), sql.Identifier(role))
    )
    present = existing_columns(conn, schema)
    for table in village_tables():
        if table.name in present:
            conn.execute(tenant_grant(table.name, village_privileges(table), role))


def _post(conn: psycopg.Connection, messages: Sequence[Message]) -> None:
    for kind, payload, tenant_id in messages:
        conn.execute(
            "INSERT INTO platform.outbox (id, tenant_id, kind, payload, attempts, created_at, available_at) "
            "VALUES (%s, %s, %s, %s, 0, now(), now())",
            (uuid7(), tenant_id, kind, json.dumps(payload)),
        )


def drop_beside(conn: psycopg.Connection[Any], schema: str) -> bool:
    """Drop a schema beside a village's own, with its row; False when there is none of that name.

    A served schema has no row among those beside, so it can't be dropped here.
    """
    checked_identifier(schema)
    with conn.transaction():
        gone = conn.execute(
            "DELETE FROM platform.side_schema WHERE schema_name = %s RETURNING schema_name", (schema,)
        ).fetchone()
        if gone is None:
            return False
        conn.execute("SET LOCAL synchronous_commit = off")
        conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
    return True


def drop_all_beside(conn: psycopg.Connection[Any], tenant_id: uuid.UUID) -> int:
    """Drop every schema beside a village's own, also inside a transaction that is open; return how many those were."""
    with conn.cursor(row_factory=tuple_row) as cursor:
        query = "SELECT schema_name FROM platform.side_schema WHERE tenant_id = %s ORDER BY schema_name"
        names = [row[0] for row in cursor.execute(query, (tenant_id,))]
    return sum(drop_beside(conn, name) for name in names)


def overdue(conn: psycopg.Connection) -> list[str]:
    """Schemas beside whose time is over, the oldest first."""
    query = "SELECT schema_name FROM platform.side_schema WHERE drop_after < now() ORDER BY drop_after"
    return [row[0] for row in conn.execute(query)]
