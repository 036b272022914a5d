"""What changes two villages at once: one connection signed in as the owner of all schemas, one transaction on it.

Everything that a village's or the platform's own session would write along (audit log, outbox) is written here in the
same transaction, so it stands if and only if the deed does.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from flask import current_app
from psycopg import sql
from psycopg.rows import dict_row

from app.core.audit.recording import SEAL_DELAY_SECONDS, presentable
from app.core.privacy.keys import current_key_id
from app.core.privacy.vault import STAMP, Vault
from tenants.bootstrap import libpq_url
from tenants.errors import ProvisioningFailed
from tenants.ids import uuid7
from tenants.models import now

Row = dict[str, Any]
Connection = psycopg.Connection[Row]


@contextmanager
def owner_connection() -> Iterator[Connection]:
    """A connection of the owner, autocommit on, rows as dicts. Raises ProvisioningFailed where there is none."""
    url = current_app.config["SETTINGS"].owner_database_url
    if not url:
        raise ProvisioningFailed(
            "OWNER_DATABASE_URL is not set for this worker: it can't change whole villages"
        )
    with psycopg.connect(
        libpq_url(url), autocommit=True, prepare_threshold=None, row_factory=dict_row
    ) as conn:
        yield conn


def table(schema: str, name: str) -> sql.Identifier:
    """A village's table by its schema."""
    return sql.Identifier(schema, name)


def run(conn: Connection, text: str, values: Any = None, **names: sql.Composable) -> psycopg.Cursor[Row]:
    """Execute a statement whose `{name}` are identifiers and whose `%s` are values."""
    return conn.execute(sql.SQL(text).format(**names), values)


def hold_tenants(conn: Connection, tenant_ids: list[uuid.UUID]) -> dict[uuid.UUID, Row]:
    """Lock registry rows in the order of their ids, and return them."""
    rows = conn.execute(
        "SELECT * FROM platform.tenant WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", (tenant_ids,)
    ).fetchall()
    return {row["id"]: row for row in rows}


def hold_register(conn: Connection, tenant_id: uuid.UUID, schema: str) -> Vault:
    """Take a village's register: nobody changes it before the commit. Returns its vault."""
    state = table(schema, "village_state")
    row = run(conn, "SELECT key_id FROM {state} WHERE id = 1 FOR NO KEY UPDATE", state=state).fetchone()
    if row is None:
        run(
            conn,
            "INSERT INTO {state} (id, key_id) VALUES (1, %s) ON CONFLICT DO NOTHING",
            (current_key_id(),),
            state=state,
        )
        row = run(conn, "SELECT key_id FROM {state} WHERE id = 1 FOR NO KEY UPDATE", state=state).fetchone()
    assert row is not None
    return Vault(tenant_id, row["key_id"])


def raise_register(conn: Connection, schema: str) -> None:
    """Say that a village's register changed, as `vault.raise_register_version` does in its own session."""
    run(
        conn,
        "UPDATE {state} SET register_version = register_version + 1, "
        "settings = settings || jsonb_build_object(%s::text, gen_random_uuid())",
        (STAMP,),
        state=table(schema, "village_state"),
    )


def post(
    conn: psycopg.Connection[Any],
    kind: str,
    payload: Mapping[str, Any],
    tenant_id: uuid.UUID | None = None,
    delay_seconds: int = 0,
) -> None:
    """Leave a message in the outbox."""
    moment = now()
    conn.execute(
        "INSERT INTO platform.outbox (id, tenant_id, kind, payload, attempts, created_at, available_at) "
        "VALUES (%s, %s, %s, %s, 0, %s, %s)",
        (
            uuid7(),
            tenant_id,
            kind,
            json.dumps(payload),
            moment,
            moment + dt.timedelta(seconds=delay_seconds),
        ),
    )


def post_job(conn: Connection, name: str, tenant_id: uuid.UUID | None = None, **arguments: Any) -> None:
    """Ask for a job of the platform, or of a village."""
    post(conn, "job", {"name": name, "arguments": arguments}, tenant_id)


def note(
    conn: psycopg.Connection[Any],
    action: str,
    *,
    by: tuple[uuid.UUID | None, str],
    summary: str,
    details: Mapping[str, Any],
    object_id: uuid.UUID,
    tenant_id: uuid.UUID,
    schema: str | None = None,
) -> None:
    """Append to the platform's audit log, and to a village's own where its schema is named: there as an officer's deed,
    which is none of the village's own staff."""
    common = (uuid7(), now(), *by, action, "village", str(object_id), summary)
    kept = json.dumps(presentable(details))
    conn.execute(
        "INSERT INTO platform.audit_entry (id, at, actor_id, actor_name, action, object_type, object_id, summary, "
        "details, address, tenant_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '', %s)",
        (*common, kept, tenant_id),
    )
    post(conn, "audit", {}, None, SEAL_DELAY_SECONDS)
    if schema is None:
        return
    run(
        conn,
        "INSERT INTO {entry} (id, at, actor_id, actor_name, action, object_type, object_id, summary, details, "
        "address) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '')",
        (uuid7(), *common[1:], json.dumps({**presentable(details), "officer": True})),
        entry=table(schema, "audit_entry"),
    )
    post(conn, "audit", {}, tenant_id, SEAL_DELAY_SECONDS)
