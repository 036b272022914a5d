"""What a schema holds, told without its name, so that two schemas can be compared."""

from __future__ import annotations

import psycopg

COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE n.nspname = %s AND c.relkind = 'r' ORDER BY c.relname, a.attname"""
CONSTRAINTS = """
SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s ORDER BY 1, 2"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s ORDER BY 1, 2"
GRANTS = """
SELECT table_name, privilege_type FROM information_schema.role_table_grants
WHERE table_schema = %s AND grantee = %s ORDER BY 1, 2"""


def describe(conn: psycopg.Connection, schema: str, role: str) -> dict[str, list[tuple[str, ...]]]:
    """Columns, constraints, indexes and the village's grants of a schema."""

    def rows(query: str, *arguments: str) -> list[tuple[str, ...]]:
        return [
            tuple(str(v).replace(f"{schema}.", "").replace(f'"{schema}".', "") for v in row)
            for row in conn.execute(query, arguments)  # type: ignore[call-overload]
        ]

    return {
        "columns": rows(COLUMNS, schema),
        "constraints": rows(CONSTRAINTS, schema),
        "indexes": rows(INDEXES, schema),
        "grants": rows(GRANTS, schema, role),
    }
