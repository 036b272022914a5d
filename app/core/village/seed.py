"""The first rows of a new village, written inside the transaction that makes its schema."""

from __future__ import annotations

from typing import Any

import psycopg

from tenants.ids import uuid7

OFFICE_HOURS = (
    '{"mon": ["08:00", "15:00"], "tue": ["08:00", "15:00"], "wed": ["08:00", "15:00"], '
    '"thu": ["08:00", "15:00"], "fri": ["08:00", "11:30"]}'
)


def seed_village(conn: psycopg.Connection, row: dict[str, Any]) -> None:
    """Write the profile row of a new village from its registry row."""
    conn.execute(
        "INSERT INTO village_profile (id, postal_code, opening_hours, updated_at) VALUES (%s, %s, %s, now())",
        (uuid7(), row["postal_code"] or "", OFFICE_HOURS),
    )
