"""What a village keeps when it is set back to a copy: what must never be undone by it.

The audit log only grows: entries since the copy come along, so that setting back hides nothing, and the chain of
seals stays whole. A letter that has a number is a promise to whoever holds it: it stays, with its steps and papers, and
one that was cancelled stays cancelled; no number is given again. A key for signing that was added or retired stays so.
Residents sign in anew; a kiosk that was shut out stays out. Work that was under way when the copy was taken is over.
What was told since stays told, and what waited to be sent is not sent any more: nobody hears of old things once more.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from app.core.notifications.calling_off import call_off
from tenants.copying import existing_columns

LOGS = ("audit_entry", "audit_seal")

OF_LETTERS = ("case_step", "case_file")

_EMPTY = sql.SQL("DELETE FROM {then}")
_ALL_ROWS = sql.SQL("INSERT INTO {then} ({columns}) SELECT {columns} FROM {now}")
_COUNTERS = sql.SQL(
    "INSERT INTO {then} AS t (scope, year, last) SELECT n.scope, n.year, n.last FROM {now} n "
    "ON CONFLICT (scope, year) DO UPDATE SET last = greatest(t.last, excluded.last)"
)
_LETTERS = sql.SQL(
    "INSERT INTO {then} AS t ({columns}) SELECT {read} FROM {now} n WHERE n.sequence IS NOT NULL "
    "ON CONFLICT (id) DO UPDATE SET ({columns}) = ROW ({given}) WHERE t.* IS DISTINCT FROM excluded.*"
)
_OF_LETTERS = sql.SQL(
    "INSERT INTO {then} ({columns}) SELECT {columns} FROM {now} WHERE subject_kind = 'letter' "
    "AND subject_id IN (SELECT id FROM {letters} WHERE sequence IS NOT NULL) ON CONFLICT (id) DO NOTHING"
)
_KEYS = sql.SQL(
    "INSERT INTO {then} AS t ({columns}) SELECT {read} FROM {now} n "
    "ON CONFLICT (id) DO UPDATE SET state = excluded.state, retired_at = excluded.retired_at"
)
_KNOWN = sql.SQL("(SELECT k.id FROM {target} k WHERE k.id = n.{column})")
_PASSPHRASES = sql.SQL(
    "UPDATE {then} SET state = 'expired', box = NULL WHERE state IN ('waiting', 'running')"
)
_KIOSKS = sql.SQL(
    "UPDATE {then} t SET ended_at = coalesce(n.ended_at, now()), token_digest = NULL, code_digest = NULL "
    "FROM {then} k LEFT JOIN {now} n ON n.id = k.id "
    "WHERE k.id = t.id AND t.ended_at IS NULL AND (n.id IS NULL OR n.ended_at IS NOT NULL)"
)
_RUNS = sql.SQL(
    "UPDATE {then} SET state = 'failed', finished_at = now(), error = %s WHERE state IN ('queued', 'running')"
)
_OUTCOMES = sql.SQL(
    "UPDATE {then} t SET (state, attempts, error, sent_at) = (n.state, n.attempts, n.error, n.sent_at) FROM {now} n "
    "WHERE n.id = t.id AND t.state <> 'sent' AND n.state <> 'waiting'"
)
_VERSION = sql.SQL(
    "UPDATE {then} t SET register_version = 1 + greatest(t.register_version, "
    "(SELECT max(n.register_version) FROM {now} n)), "
    "settings = t.settings || jsonb_build_object('register_stamp', gen_random_uuid())"
)
_STOPPED = "Terhenti karena desa dikembalikan ke salinan. Mintalah sekali lagi bila masih diperlukan."
_NOT_SENT = "Masih menunggu ketika desa dikembalikan ke salinan, jadi tidak dikirim lagi."


def carry_over(conn: psycopg.Connection, served: str, beside: str) -> None:
    """Move over, in the open transaction, what stands in `served` and must not be set back by `beside`."""

    def run(statement: sql.SQL, table: str, *values: object, **more: sql.Composable) -> None:
        names = {"now": sql.Identifier(served, table), "then": sql.Identifier(beside, table)}
        conn.execute(statement.format(**names, **more), values or None)

    columns = {
        table: [sql.Identifier(name) for name in names]
        for table, names in existing_columns(conn, served).items()
    }

    def all_of(table: str) -> sql.Composed:
        return sql.SQL(", ").join(columns[table])

    def reading(table: str, column: str, target: str) -> sql.Composed:
        """All columns of `now`; the one that names a row which is not there any more becomes empty."""
        known = _KNOWN.format(target=sql.Identifier(beside, target), column=sql.Identifier(column))
        return sql.SQL(", ").join(
            known if name == sql.Identifier(column) else sql.SQL("n.{}").format(name)
            for name in columns[table]
        )

    for table in LOGS:
        run(_EMPTY, table)
        run(_ALL_ROWS, table, columns=all_of(table))
    run(_COUNTERS, "letter_counter")
    run(
        _KEYS,
        "signing_key",
        columns=all_of("signing_key"),
        read=reading("signing_key", "official_id", "official"),
    )
    run(_PASSPHRASES, "signing_run")
    given = sql.SQL(", ").join(sql.SQL("excluded.{}").format(name) for name in columns["letter"])
    read = reading("letter", "resident_id", "resident")
    run(_LETTERS, "letter", columns=all_of("letter"), read=read, given=given)
    letters = sql.Identifier(served, "letter")
    for table in OF_LETTERS:
        run(_OF_LETTERS, table, columns=all_of(table), letters=letters)
    run(_EMPTY, "portal_session")
    run(_KIOSKS, "kiosk_device")
    run(_RUNS, "job_run", _STOPPED)
    run(_OUTCOMES, "notification")
    call_off(conn, beside, _NOT_SENT)
    run(_VERSION, "village_state")
