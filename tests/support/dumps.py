"""What a thief would read: every row of a village and of the platform, every object, every key, unpacked."""

from __future__ import annotations

import base64
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import redis
from psycopg import sql

from tenants.bootstrap import libpq_url

_HEX = re.compile(rb"\\+x([0-9a-f]{2,})")
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1"
NOT_DUMPED = ("region",)
"""Tables of the platform that hold the country's own lists."""

Surface = tuple[str, bytes]


def rows_of(owner_url: str, schemas: list[str]) -> Iterator[Surface]:
    """Every table of these schemas as `pg_dump` writes it (COPY … TO STDOUT), and what its bytea columns hold."""
    with psycopg.connect(libpq_url(owner_url), autocommit=True) as conn:
        for schema in schemas:
            for (table,) in conn.execute(_TABLES, (schema,)).fetchall():
                if table in NOT_DUMPED:
                    continue
                statement = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(schema, table))
                with conn.cursor().copy(statement) as copy:
                    text = b"".join(bytes(block) for block in copy)
                yield f"table {schema}.{table}", text
                for found in _HEX.finditer(text):
                    plain = bytes.fromhex(found[1].decode()) if len(found[1]) % 2 == 0 else b""
                    yield f"bytes in {schema}.{table}", plain


def objects_in(folder: Path) -> Iterator[Surface]:
    """Every file below a folder, with its name."""
    for path in sorted(folder.rglob("*")):
        yield f"name {path}", str(path.relative_to(folder)).encode()
        if path.is_file():
            yield f"object {path}", path.read_bytes()


def keys_of(client: redis.Redis) -> Iterator[Surface]:
    """Every key of Redis with its value, whatever its type."""
    for key in client.scan_iter(count=500):
        name = f"key {key.decode(errors='replace')}"
        kind = client.type(key)
        yield name, key
        values: list[bytes] = []
        if kind == b"string":
            values = [client.get(key) or b""]
        elif kind == b"hash":
            values = [part for pair in client.hgetall(key).items() for part in pair]
        elif kind == b"list":
            values = client.lrange(key, 0, -1)
        elif kind == b"set":
            values = list(client.smembers(key))
        elif kind == b"zset":
            values = client.zrange(key, 0, -1)
        elif kind == b"stream":
            values = [repr(entry).encode() for entry in client.xrange(key)]
        for value in values:
            yield name, value


def finds(surfaces: Iterator[Surface], secrets: dict[str, str]) -> list[str]:
    """Where a secret stands: in clear, with other digits' grouping, as hex or base64, packed by zlib, gzip or zip."""
    needles = {name: _forms(text) for name, text in secrets.items()}
    found = []
    for place, data in surfaces:
        for layer in _unpacked(data):
            found += [
                f"{name} in {place}"
                for name, forms in needles.items()
                if any(form in layer for form in forms)
            ]
    return found


def _forms(text: str) -> list[bytes]:
    plain = text.encode()
    forms = [plain, plain.hex().encode()]
    if text.isdigit():
        for gap in (" ", "-", "."):
            forms.append(gap.join(text[i : i + 4] for i in range(0, len(text), 4)).encode())
    for shift in range(3):
        # Letters of base64 that do not depend on what stands before and after.
        encoded = base64.b64encode(b"\0" * shift + plain)
        own = encoded[(0, 2, 3)[shift] : len(encoded) - (0, 3, 2)[(len(plain) + shift) % 3]]
        forms += [own, own.replace(b"+", b"-").replace(b"/", b"_")]
    return forms


def _unpacked(data: bytes, depth: int = 0) -> Iterator[bytes]:
    yield data
    if depth > 2:
        return
    for unpack in (zlib.decompress, gzip.decompress, _zipped):
        try:
            yield from _unpacked(unpack(data), depth + 1)
        except (zlib.error, OSError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
            continue


def _zipped(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())
