"""A village's tables as open CSV, and back: boxes are opened on the way out and sealed anew on the way in.

The line of a row is the same in every deployment: it holds what a box seals in clear, and nothing that follows from a
deployment's key. So the SHA-256 of a table's CSV is the digest of its content wherever it lies, and an import is proved
by writing the CSV once more.

How values stand in it: RFC 4180, UTF-8, a line of names first. Nothing between two commas is NULL, `""` is an empty
text. Moments are ISO 8601 in UTC, bytes are `\\x` and hexadecimal, JSON is JSON. A sealed column holds the text that
was sealed (JSON mostly), or `\\x` and hexadecimal where that is no text.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import psycopg

from app.core.privacy.models import VillageState
from app.core.privacy.sealed import sealed_folders, sealed_tables
from app.core.privacy.vault import Vault
from tenants.copying import TableCopy, copy_in, copy_out, existing_columns

LEFT_OUT_ROWS = frozenset({"portal_session"})
"""Rows that let somebody in: who was signed in signs in again."""
EMPTIED = frozenset({("signing_run", "box")})
"""Passphrases on their way to a worker."""
SEALED_MARK = b"*"
"""Stands for the name of the key under which a row's objects lie."""
PIECE = 256 * 1024

Cell = bytes | None
Watch = Callable[[str, dict[str, Cell]], None]
_NULL = b"\\N"
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_MEANING = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_SPECIAL = re.compile(rb'[",\r\n]')
_NEEDS_ESCAPE = re.compile(rb"[\\\n\r\t]")
_ESCAPES = {b"\\": b"\\\\", b"\n": b"\\n", b"\r": b"\\r", b"\t": b"\\t"}
_CELL = re.compile(rb'(?:"([^"]*(?:""[^"]*)*)"|([^,\r\n"]*))(,|\n)')


class BadTable(ValueError):
    """A table's CSV is not written as this module writes it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is done with the columns of one table. `derived` columns are not in the CSV: they follow from a key."""

    name: str
    sealed: tuple[str, ...] = ()
    derived: dict[str, tuple[str, str]] | None = None
    keyed: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether the database's own CSV is taken as it is."""
        return not (self.sealed or self.derived or self.keyed)

    def told(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The columns that the CSV has."""
        return tuple(column for column in columns if column not in (self.derived or {}))


def shapes(tables: Iterable[str]) -> dict[str, Shape]:
    """What is done with each of these tables, as capabilities declared it."""
    sealed = {declared.model.__tablename__: declared for declared in sealed_tables()}
    keyed = {folder.model.__tablename__ for folder in sealed_folders() if folder.model is not None}
    keyed.add(VillageState.__tablename__)
    return {
        name: Shape(
            name,
            tuple(sealed[name].columns) if name in sealed else (),
            dict(sealed[name].indexes) if name in sealed else {},
            ("key_id",) if name in keyed else (),
        )
        for name in tables
    }


# -- out ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class TableOut:
    """One table on its way out: `rows` is known once `pieces` came to its end."""

    name: str
    columns: tuple[str, ...]
    pieces: Iterator[bytes]
    rows: int = 0


def tables_out(
    conn: psycopg.Connection, schema: str, vault: Vault, watch: Watch | None = None
) -> Iterator[TableOut]:
    """All tables of a schema as CSV, in the order in which they can be filled again.

    Args:
        conn: inside `tenants.copying.snapshot`, or a transaction that sees the rows.
        vault: of the village; opens under whichever key a box names.
        watch: called with each row of a table with boxes, as it stands in the CSV.
    Raises:
        SealBroken, UnknownKey: a box does not open. psycopg.Error.
    """
    columns = existing_columns(conn, schema)
    shaped = shapes(columns)
    for name in columns:
        shape = shaped[name]
        if name in LEFT_OUT_ROWS:
            header = b",".join(column.encode() for column in columns[name]) + b"\n"
            yield TableOut(name, columns[name], iter([header]))
            continue
        made = TableOut(name, shape.told(columns[name]), iter(()))
        copied = copy_out(conn, schema, format="csv" if shape.is_plain else "text", tables=[name])
        for table in copied:
            made.pieces = _counted(made, table, shape, vault, watch)
            yield made
            for _left in made.pieces:
                pass


def _counted(
    made: TableOut, table: TableCopy, shape: Shape, vault: Vault, watch: Watch | None
) -> Iterator[bytes]:
    if shape.is_plain:
        yield from table.chunks
    else:
        yield from _opened(table.chunks, table.columns, shape, vault, watch)
    made.rows = table.rows


def _opened(
    chunks: Iterable[bytes],
    columns: Sequence[str],
    shape: Shape,
    vault: Vault,
    watch: Watch | None,
) -> Iterator[bytes]:
    told = shape.told(columns)
    places = [columns.index(column) for column in told]
    id_place = columns.index("id")
    sealed = [told.index(column) for column in shape.sealed if column in told]
    emptied = {told.index(column) for column in shape.sealed if (shape.name, column) in EMPTIED}
    keyed = [told.index(column) for column in shape.keyed if column in told]
    held = [b",".join(column.encode() for column in told) + b"\n"]
    size = 0
    for line in _lines(chunks):
        fields = line.split(b"\t")
        row_id = fields[id_place].decode()
        cells: list[Cell] = [_unescaped(fields[place]) for place in places]
        for place in sealed:
            box = cells[place]
            if box is not None:
                opened = None
                if place not in emptied:
                    opened = _as_text(vault.open(bytes.fromhex(box[2:].decode()), f"{shape.name}:{row_id}"))
                cells[place] = opened
        for place in keyed:
            cells[place] = SEALED_MARK if cells[place] else b""
        if watch is not None:
            watch(shape.name, dict(zip(told, cells, strict=True)))
        written = b",".join([_quoted(cell) for cell in cells]) + b"\n"
        held.append(written)
        size += len(written)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    if rest:
        yield rest


def _unescaped(field: bytes) -> Cell:
    if field == _NULL:
        return None
    if b"\\" not in field:
        return field
    return _ESCAPED.sub(lambda found: _MEANING.get(found[1], found[1]), field)


def _quoted(cell: Cell) -> bytes:
    if cell is None:
        return b""
    if not cell or _SPECIAL.search(cell):
        return b'"' + cell.replace(b'"', b'""') + b'"'
    return cell


def _as_text(plain: bytes) -> bytes:
    """What a box sealed, as text; what is no text, or would be taken for hexadecimal, as hexadecimal."""
    if b"\0" not in plain and not plain.startswith(b"\\x"):
        try:
            plain.decode()
        except UnicodeDecodeError:
            pass
        else:
            return plain
    return b"\\x" + plain.hex().encode()


def _as_bytes(text: bytes) -> bytes:
    return bytes.fromhex(text[2:].decode("ascii")) if text.startswith(b"\\x") else text


# -- in -----------------------------------------------------------------------------------------------------------


def table_in(
    conn: psycopg.Connection,
    schema: str,
    name: str,
    pieces: Iterable[bytes],
    vault: Vault,
    known: Sequence[str],
) -> int:
    """Fill one table of an empty schema from its CSV; return how many rows. Boxes are sealed under `vault`'s key.

    Args:
        conn: the owner's, in the transaction that holds all of it.
        known: the columns that the table has in this schema.
    Raises:
        BadTable: not written as `tables_out` writes it, or with other columns. psycopg.Error: rows that do not fit.
    """
    shape = shapes([name])[name]
    if shape.is_plain:
        header, whole = _first_line(pieces)
        columns = _header(header)
        _same_columns(name, columns, known)
        return copy_in(conn, schema, name, columns, whole, format="csv")
    records = _records(pieces)
    columns = [(cell or b"").decode("utf-8", "replace") for cell in next(records, [])]
    _same_columns(name, columns, shape.told(known))
    indexes = [column for column in (shape.derived or {}) if column in known]
    lines = _sealed_lines(records, columns, indexes, shape, vault)
    return copy_in(conn, schema, name, [*columns, *indexes], lines, format="text")


def _sealed_lines(
    records: Iterable[list[Cell]], columns: Sequence[str], indexes: Sequence[str], shape: Shape, vault: Vault
) -> Iterator[bytes]:
    id_place = columns.index("id")
    sealed = [columns.index(column) for column in shape.sealed if column in columns]
    keyed = [columns.index(column) for column in shape.keyed if column in columns]
    kinds = [(shape.derived or {})[column] for column in indexes]
    key_id = vault.key_id.encode()
    held: list[bytes] = []
    size = 0
    for cells in records:
        if len(cells) != len(columns):
            raise BadTable(f"{shape.name}: a row has {len(cells)} values for {len(columns)} columns")
        row_id = _row_id(cells[id_place], shape.name)
        first: bytes | None = None
        for number, place in enumerate(sealed):
            text = cells[place]
            if text is not None:
                try:
                    plain = _as_bytes(text)
                except ValueError as error:
                    raise BadTable(f"{shape.name}: {row_id} has a box that is not hexadecimal") from error
                first = plain if number == 0 else first
                cells[place] = b"\\x" + vault.seal(plain, f"{shape.name}:{row_id}").hex().encode()
        for place in keyed:
            cells[place] = key_id if cells[place] == SEALED_MARK else b""
        if kinds:
            cells += _blind(first, kinds, vault, shape.name, row_id)
        line = b"\t".join([_escaped(cell) for cell in cells]) + b"\n"
        held.append(line)
        size += len(line)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def _blind(
    plain: bytes | None, kinds: Sequence[tuple[str, str]], vault: Vault, table: str, row_id: str
) -> list[Cell]:
    try:
        said = json.loads(plain) if plain is not None else {}
        numbers = [said.get(name) for _kind, name in kinds]
    except (ValueError, AttributeError) as error:
        raise BadTable(f"{table}: what {row_id} seals is not a JSON object") from error
    return [
        b"\\x" + vault.index(kind, str(number)).hex().encode() if number else None
        for (kind, _name), number in zip(kinds, numbers, strict=True)
    ]


def _row_id(cell: Cell, table: str) -> str:
    text = (cell or b"").decode("ascii", "replace")
    try:
        return text if text.isdigit() else str(uuid.UUID(text))
    except ValueError as error:
        raise BadTable(f"{table}: {text[:40]!r} is no row id") from error


def _records(pieces: Iterable[bytes]) -> Iterator[list[Cell]]:
    """The rows of a CSV file; keeps NULL and empty text apart. Raises BadTable."""
    rest, cells = b"", []
    for piece in pieces:
        text = rest + piece
        # A row may go over several pieces: what is cut in the middle waits for the next one.
        end = text.rfind(b"\n") + 1
        at, row_start = 0, 0
        while at < end:
            found = _CELL.match(text, at, end)
            if found is None:
                break
            quoted, bare, what = found.groups()
            cells.append(quoted.replace(b'""', b'"') if quoted is not None else (bare or None))
            at = found.end()
            if what == b"\n":
                yield cells
                cells, row_start = [], at
        rest, cells = text[row_start:], []
        if len(rest) > 64 * 1024 * 1024:
            raise BadTable("a row is too long or its quotes do not close")
    if rest:
        raise BadTable("the file does not end with a whole row")


def _escaped(cell: Cell) -> bytes:
    if cell is None:
        return _NULL
    if _NEEDS_ESCAPE.search(cell):
        return _NEEDS_ESCAPE.sub(lambda found: _ESCAPES[found[0]], cell)
    return cell


def _first_line(pieces: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    source = iter(pieces)
    start = b""
    for piece in source:
        start += piece
        if b"\n" in start or len(start) > PIECE:
            break

    def again() -> Iterator[bytes]:
        yield start
        yield from source

    return start.partition(b"\n")[0], again()


def _header(line: bytes) -> list[str]:
    return line.decode("utf-8", "replace").rstrip("\r").split(",")


def _same_columns(name: str, found: Sequence[str], wanted: Sequence[str]) -> None:
    if set(found) != set(wanted) or len(found) != len(set(found)):
        raise BadTable(f"{name} has other columns than a village of this revision")
