"""What a village keeps when it is set back to a copy: what must never be undone by it.

The audit log only grows: entries since the copy come along, so that setting back hides nothing, and the chain of
seals stays whole. A number that was given to a letter is not given again. Residents sign in anew, and a kiosk that was
shut out stays out. Work that was under way when the copy was taken is over.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from tenants.copying import existing_columns

LOGS = ("audit_entry", "audit_seal")

_EMPTY = sql.SQL("DELETE FROM {then}")
_ALL_ROWS = sql.SQL("INSERT INTO {then} ({columns}) SELECT {columns} FROM {now}")
_COUNTERS = sql.SQL(
    "INSERT INTO {then} AS t (scope, year, last) SELECT n.scope, n.year, n.last FROM {now} n "
    "ON CONFLICT (scope, year) DO UPDATE SET last = greatest(t.last, excluded.last)"
)
_KIOSKS = sql.SQL(
    "UPDATE {then} t SET ended_at = coalesce(n.ended_at, now()), token_digest = NULL, code_digest = NULL "
    "FROM {then} k LEFT JOIN {now} n ON n.id = k.id "
    "WHERE k.id = t.id AND t.ended_at IS NULL AND (n.id IS NULL OR n.ended_at IS NOT NULL)"
)
_RUNS = sql.SQL(
    "UPDATE {then} SET state = 'failed', finished_at = now(), error = %s WHERE state IN ('queued', 'running')"
)
_VERSION = sql.SQL(
    "UPDATE {then} t SET register_version = 1 + greatest(t.register_version, "
    "(SELECT max(n.register_version) FROM {now} n)), "
    "settings = t.settings || jsonb_build_object('register_stamp', gen_random_uuid())"
)
_STOPPED = "Terhenti karena desa dikembalikan ke salinan. Mintalah sekali lagi bila masih diperlukan."


def carry_over(conn: psycopg.Connection, served: str, beside: str) -> None:
    """Move over, in the open transaction, what stands in `served` and must not be set back by `beside`."""

    def run(statement: sql.SQL, table: str, *values: object, **more: sql.Composable) -> None:
        names = {"now": sql.Identifier(served, table), "then": sql.Identifier(beside, table)}
        conn.execute(statement.format(**names, **more), values or None)

    columns = existing_columns(conn, served)
    for table in LOGS:
        kept = sql.SQL(", ").join(sql.Identifier(name) for name in columns[table])
        run(_EMPTY, table)
        run(_ALL_ROWS, table, columns=kept)
    run(_COUNTERS, "letter_counter")
    run(_EMPTY, "portal_session")
    run(_KIOSKS, "kiosk_device")
    run(_RUNS, "job_run", _STOPPED)
    run(_VERSION, "village_state")
