"""Who may do what in the database, written down once beside nothing else.

A table says in `__table_args__` `info` what differs from the default:
`{"platform": (...privileges...), "village": (...privileges...)}`.
Platform tables: `siger_platform` may read and write, villages may not touch them.
A village's tables: the village's own role may read and write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psycopg import sql
from sqlalchemy import MetaData, Table

from tenants.scope import EXTENSIONS_SCHEMA, PLATFORM_ROLE, VILLAGE_GROUP_ROLE

ALL_ROWS: tuple[str, ...] = ("SELECT", "INSERT", "UPDATE", "DELETE")
APPEND_ONLY: tuple[str, ...] = ("SELECT", "INSERT")


def village_privileges(table: Table) -> tuple[str, ...]:
    """What a village's role may do with one of its own tables."""
    return tuple(table.info.get("village", ALL_ROWS))


def tenant_grant(table_name: str, privileges: Sequence[str], role: str) -> sql.Composed:
    """One GRANT on one table, found by the search_path (naming tables one by one keeps it at 2 ms a village)."""
    return sql.SQL("GRANT {} ON {} TO {}").format(
        sql.SQL(", ").join(sql.SQL(p) for p in privileges),
        sql.Identifier(table_name),
        sql.Identifier(role),
    )


def platform_grants(metadata: MetaData) -> Iterator[sql.Composable]:
    """The grants of the whole platform schema; running them again changes nothing."""
    platform = sql.Identifier(PLATFORM_ROLE)
    village = sql.Identifier(VILLAGE_GROUP_ROLE)
    for schema in ("platform", EXTENSIONS_SCHEMA):
        yield sql.SQL("GRANT USAGE ON SCHEMA {} TO {}, {}").format(sql.Identifier(schema), platform, village)
    for table in metadata.sorted_tables:
        name = sql.Identifier("platform", table.name)
        yield sql.SQL("REVOKE ALL ON {} FROM {}, {}").format(name, platform, village)
        for role, privileges in (
            (platform, table.info.get("platform", ALL_ROWS)),
            (village, table.info.get("village", ())),
        ):
            if privileges:
                joined = sql.SQL(", ").join(sql.SQL(p) for p in privileges)
                yield sql.SQL("GRANT {} ON {} TO {}").format(joined, name, role)
    yield sql.SQL("GRANT SELECT (id, role_name) ON platform.tenant TO {}").format(village)
    yield sql.SQL("GRANT INSERT ON platform.outbox TO {}").format(village)
    yield sql.SQL("ALTER TABLE platform.outbox ENABLE ROW LEVEL SECURITY")
    yield sql.SQL("DROP POLICY IF EXISTS own_rows ON platform.outbox")
    yield sql.SQL(
        "CREATE POLICY own_rows ON platform.outbox FOR INSERT TO {} WITH CHECK "
        "(tenant_id = (SELECT t.id FROM platform.tenant t WHERE t.role_name = current_user))"
    ).format(village)
    yield sql.SQL("DROP POLICY IF EXISTS deliver ON platform.outbox")
    yield sql.SQL("CREATE POLICY deliver ON platform.outbox TO {} USING (true) WITH CHECK (true)").format(
        platform
    )
