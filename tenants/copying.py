"""Everything that stands in one village's tables, out and in again: copies, archives, splits and merges stand on it.

All tables are read in one snapshot (REPEATABLE READ, READ ONLY), so what belongs together stays together while the
village goes on working. Rows leave in the order of their primary key and values in one fixed way of writing, so the
SHA-256 of what left is a digest of the content alone: two schemas that hold the same rows give the same digest,
however the rows lie on the disk and whichever server holds them.

Nothing is held whole: a table goes through in pieces of some hundred kilobytes. A backend remembers every table that it
has touched; who copies many villages opens a new connection after some hundred of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from sqlalchemy import Table, Text

from tenants.database import TenantModel
from tenants.errors import CopyFailed
from tenants.ids import checked_identifier

Format = Literal["binary", "csv", "text"]

PIECE_BYTES = 256 * 1024
"""About how large a piece of a table is that goes through at once."""

_OPTIONS: dict[Format, str] = {
    "binary": "FORMAT binary",
    "csv": "FORMAT csv, HEADER true, ENCODING 'UTF8'",
    "text": "FORMAT text, ENCODING 'UTF8'",
}
_COMPUTED = ("s", "v")
_read_now: WeakKeyDictionary[psycopg.Connection, Generator[bytes, None, None]] = WeakKeyDictionary()
"""What each connection reads at present, or read last."""


@dataclass(slots=True)
class TableCopy:
    """One table on its way out. `rows` and `sha256` are known once `chunks` came to its end.

    `sha256` (hex) is that of all bytes of `chunks`; the same content gives the same digest in the same format.
    """

    name: str
    columns: tuple[str, ...]
    chunks: Iterator[bytes]
    rows: int = -1
    sha256: str = ""


def village_tables() -> tuple[Table, ...]:
    """A village's tables, each after those that it points to. All models must have been imported before."""
    return tuple(TenantModel.metadata.sorted_tables)


def existing_columns(conn: psycopg.Connection, schema: str) -> dict[str, tuple[str, ...]]:
    """The columns that a schema's tables have now, by table in the order of `village_tables`.

    They stand in the order of the models, whatever order they were added in, so that two schemas read alike.
    Asked of the database, because a schema may stand at the newest revision or the one before. Tables of the models
    that are not there yet are left out. One query by the tables' names, so it costs the same with 2,651 schemas.
    """
    query = (
        "SELECT c.relname, array_agg(a.attname::text) FROM pg_namespace n "
        "JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = ANY(%s) AND c.relkind = 'r' "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
        "AND a.attgenerated <> ALL(%s) WHERE n.nspname = %s GROUP BY c.relname"
    )
    names = [table.name for table in village_tables()]
    rows = conn.execute(query, (names, list(_COMPUTED), schema)).fetchall()
    found: dict[str, list[str]] = {row[0]: row[1] for row in rows}
    return {
        table.name: _in_order(table, found[table.name]) for table in village_tables() if table.name in found
    }


def _in_order(table: Table, present: Sequence[str]) -> tuple[str, ...]:
    known = [column.name for column in table.columns if column.name in present]
    return (*known, *sorted(set(present) - set(known)))


@contextmanager
def snapshot(conn: psycopg.Connection) -> Iterator[None]:
    """One view of the database for everything read inside, and one way of writing values.

    `conn` is idle and in autocommit. Nothing can be written inside.
    """
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _write_plainly(conn)
        try:
            yield
        except BaseException:
            _end_reading(conn)
            raise


def _end_reading(conn: psycopg.Connection) -> None:
    """End the COPY whose reader failed in the middle: it holds the connection, and a rollback would wait for ever."""
    chunks = _read_now.pop(conn, None)
    if chunks is not None:
        chunks.close()


def copy_out(
    conn: psycopg.Connection,
    schema: str,
    *,
    format: Format = "binary",
    tables: Sequence[str] | None = None,
) -> Iterator[TableCopy]:
    """Read a village's tables, one after the other, each after those that it points to, in one snapshot.

    Args:
        conn: signed in as the owner. Idle: the snapshot lasts until the last table was read or the generator is
            closed. Inside `snapshot` (or another transaction): that one is used, so several schemas can be read as of
            one moment.
        schema: its name from the registry.
        format: `binary` (fast, same major version of the server), `csv` (UTF-8, with a line of names) or `text`.
        tables: only these, or all.
    Yields:
        A TableCopy; what is left of its `chunks` is read before the next table comes.
    Raises:
        CopyFailed: the schema is not there.
        psycopg.Error: the server went away or refused.
    """
    checked_identifier(schema)
    if conn.info.transaction_status == TransactionStatus.IDLE:
        with snapshot(conn):
            yield from _tables_out(conn, schema, format, tables)
    else:
        _write_plainly(conn)
        yield from _tables_out(conn, schema, format, tables)


def copy_in(
    conn: psycopg.Connection,
    schema: str,
    name: str,
    columns: Sequence[str],
    chunks: Iterable[bytes],
    format: Format = "binary",
) -> int:
    """Write rows into one table of a village's schema; return how many they were.

    Runs in the open transaction of `conn` (the owner's). Tables are filled in the order of `village_tables`; what a
    table points to must stand before. Nothing is replaced: a row whose key is there already is an error.

    Args:
        columns: in the order in which `chunks` has them; those that are left out get their default.
        chunks: pieces of any size, such as `TableCopy.chunks`.
    Raises:
        CopyFailed: no such table, or no such column in it.
        psycopg.Error: the rows do not fit (damaged bytes, a rule of the table, a key that is there); roll back.
    """
    checked_identifier(schema)
    known = existing_columns(conn, schema).get(name)
    if known is None:
        raise CopyFailed(f"{schema} has no table {name!r}")
    if strange := [column for column in columns if column not in known]:
        raise CopyFailed(f"{schema}.{name} has no column {', '.join(strange)}")
    _write_plainly(conn)
    statement = sql.SQL("COPY {} ({}) FROM STDIN WITH ({})").format(
        sql.Identifier(schema, name), _column_list(columns), sql.SQL(_OPTIONS[format])
    )
    with conn.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for chunk in chunks:
                copy.write(chunk)
        return cursor.rowcount


def content_digest(
    conn: psycopg.Connection,
    schema: str,
    *,
    format: Format = "binary",
    tables: Sequence[str] | None = None,
) -> dict[str, tuple[int, str]]:
    """How many rows each table of a schema holds and the digest of their content: {table: (rows, SHA-256 in hex)}.

    Two schemas with the same columns and the same rows give the same answer. Takes and raises what `copy_out` does.
    """
    found: dict[str, tuple[int, str]] = {}
    for table in copy_out(conn, schema, format=format, tables=tables):
        for _piece in table.chunks:
            pass
        found[table.name] = (table.rows, table.sha256)
    return found


def _tables_out(
    conn: psycopg.Connection, schema: str, format: Format, wanted: Sequence[str] | None
) -> Iterator[TableCopy]:
    columns = existing_columns(conn, schema)
    if not columns:
        raise CopyFailed(f"there is no schema {schema} with a village's tables")
    for table in village_tables():
        if table.name not in columns or (wanted is not None and table.name not in wanted):
            continue
        copied = TableCopy(table.name, columns[table.name], iter(()))
        copied.chunks = _read_now[conn] = _rows_out(conn, schema, table, copied, format)
        yield copied
        for _left in copied.chunks:
            pass


def _rows_out(
    conn: psycopg.Connection, schema: str, table: Table, copied: TableCopy, format: Format
) -> Generator[bytes, None, None]:
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT WITH ({})").format(
        _column_list(copied.columns),
        sql.Identifier(schema, table.name),
        sql.SQL(", ").join(_sort_keys(table)),
        sql.SQL(_OPTIONS[format]),
    )
    digest = hashlib.sha256()
    with conn.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for piece in _pieces(copy):
                digest.update(piece)
                yield piece
        copied.rows = cursor.rowcount
    copied.sha256 = digest.hexdigest()


def _pieces(rows: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """The server sends each row by itself; joined, they cost a tenth."""
    held: list[bytes | bytearray | memoryview] = []
    size = 0
    for row in rows:
        held.append(row)
        size += len(row)
        if size >= PIECE_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def _sort_keys(table: Table) -> Iterator[sql.Composable]:
    for column in table.primary_key.columns:
        name = sql.Identifier(column.name)
        yield sql.SQL('{} COLLATE "C"').format(name) if isinstance(column.type, Text) else name


def _column_list(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(column) for column in columns)


def _write_plainly(conn: psycopg.Connection) -> None:
    """Dates, moments, fractions and bytes are written the same way whatever the server's settings are."""
    conn.execute(
        "SELECT set_config('datestyle', 'ISO, YMD', true), set_config('timezone', 'UTC', true), "
        "set_config('intervalstyle', 'iso_8601', true), set_config('extra_float_digits', '1', true), "
        "set_config('bytea_output', 'hex', true), set_config('client_encoding', 'UTF8', true)"
    )
