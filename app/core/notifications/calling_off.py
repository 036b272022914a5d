"""Messages of a schema that was made from a copy or an archive: what waited there may have been sent long ago."""

from __future__ import annotations

import psycopg
from psycopg import sql

_CALL_OFF = sql.SQL("UPDATE {} SET state = 'skipped', error = %s WHERE state = 'waiting'")


def call_off(conn: psycopg.Connection, schema: str, why: str) -> None:
    """Let nothing wait any more in a village's schema, in the open transaction of the owner's connection.

    Args:
        why: a sentence for the village's staff, who see what was not sent.
    """
    conn.execute(_CALL_OFF.format(sql.Identifier(schema, "notification")), (why,))
