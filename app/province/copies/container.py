"""A copy as one sealed object: tables of one village, packed with Zstandard and sealed piece by piece.

The object begins in clear with what is needed to open it: the format's name, the id of the object and the name of the
master key. Everything else is sealed with AES-256-GCM under a key that follows from the master key, the village and the
object (HKDF-SHA256), in pieces whose nonce is their number with a mark on the last one: a piece that was changed, left
out, put elsewhere or cut off does not open, and neither does an object of another village.

Inside stand records, each one letter, four bytes of length and its content: `m` the manifest, `t` a table's name and
columns, `d` bytes of its rows, `e` how many they were and their digest, `z` the end.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.privacy.keys import derived_key

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAGIC = b"SIGER COPY 1\n"
LEVEL = 1
PIECE = 1024 * 1024
MAX_RECORD = 64 * 1024 * 1024
_LAST = 1


class CopyBroken(ValueError):
    """The object is not a copy of this village as it was made: damaged, cut off, moved, or another's."""


@dataclass(slots=True)
class IncomingTable:
    """A table on its way back in. Once `chunks` was read, `rows` and `sha256` are what was noted when it left."""

    name: str
    columns: tuple[str, ...]
    chunks: Iterator[bytes]
    rows: int = -1
    sha256: str = ""


class Packer:
    """Packs and seals what it is given; `finish` returns the object."""

    def __init__(self, tenant_id: UUID, object_id: UUID, key_id: str) -> None:
        self._head = _head(object_id, key_id)
        self._cipher = AESGCM(derived_key(tenant_id, key_id, _purpose(object_id)))
        self._zstd = zstd.ZstdCompressor(level=LEVEL)
        self._object = bytearray(self._head)
        self._plain = bytearray()
        self._number = 0

    def manifest(self, value: dict[str, Any]) -> None:
        """What is said of the village as a whole; comes first."""
        self._record(b"m", _packed(value))

    def begin_table(self, name: str, columns: tuple[str, ...]) -> None:
        """A table begins."""
        self._record(b"t", _packed({"name": name, "columns": list(columns)}))

    def rows(self, chunk: bytes) -> None:
        """Bytes of the present table's rows."""
        self._record(b"d", chunk)

    def end_table(self, rows: int, sha256: str) -> None:
        """The present table is over."""
        self._record(b"e", _packed({"rows": rows, "sha256": sha256}))

    def finish(self) -> bytes:
        """Close the object and return it."""
        self._record(b"z", b"")
        self._plain += self._zstd.flush()
        while len(self._plain) > PIECE:
            self._seal(PIECE)
        self._seal(len(self._plain), last=True)
        return bytes(self._object)

    def _record(self, kind: bytes, content: bytes) -> None:
        self._plain += self._zstd.compress(kind + struct.pack(">I", len(content)) + content)
        while len(self._plain) > PIECE:
            self._seal(PIECE)

    def _seal(self, length: int, *, last: bool = False) -> None:
        piece = bytes(self._plain[:length])
        del self._plain[:length]
        sealed = self._cipher.encrypt(_nonce(self._number, last), piece, self._head)
        self._object += struct.pack(">I", len(sealed)) + sealed
        self._number += 1


def key_of(data: bytes) -> str:
    """The name of the master key that an object needs; raises CopyBroken."""
    return str(_read_head(data)[0]["key"])


def open_manifest(data: bytes, tenant_id: UUID) -> dict[str, Any]:
    """What the object says of the village as a whole. Raises CopyBroken, UnknownKey."""
    for kind, content in _records(data, tenant_id):
        if kind == b"m":
            return _unpacked(content)
        break
    raise CopyBroken("the object has no manifest")


def open_tables(data: bytes, tenant_id: UUID) -> Iterator[IncomingTable]:
    """The tables of an object, in the order in which they left. Each is read to its end before the next.

    Raises CopyBroken, also while a table is read; UnknownKey.
    """
    records = _records(data, tenant_id)
    if next(records, (b"", b""))[0] != b"m":
        raise CopyBroken("the object has no manifest")
    for kind, content in records:
        if kind == b"z":
            if next(records, None) is not None:
                raise CopyBroken("something stands behind the end")
            return
        if kind != b"t":
            raise CopyBroken("a table was expected")
        said = _unpacked(content)
        table = IncomingTable(str(said["name"]), tuple(said["columns"]), iter(()))
        table.chunks = _rows(records, table)
        yield table
        for _left in table.chunks:
            pass
    raise CopyBroken("the object ends too early")


def _rows(records: Iterator[tuple[bytes, bytes]], table: IncomingTable) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for kind, content in records:
        if kind == b"d":
            digest.update(content)
            yield content
            continue
        if kind != b"e":
            raise CopyBroken(f"the table {table.name} has no end")
        said = _unpacked(content)
        table.rows, table.sha256 = int(said["rows"]), str(said["sha256"])
        if digest.hexdigest() != table.sha256:
            raise CopyBroken(f"the rows of {table.name} are not those that were noted")
        return
    raise CopyBroken(f"the table {table.name} ends too early")


def _records(data: bytes, tenant_id: UUID) -> Iterator[tuple[bytes, bytes]]:
    held = bytearray()
    for piece in _opened(data, tenant_id):
        held += piece
        start = 0
        while len(held) - start >= 5:
            (length,) = struct.unpack_from(">I", held, start + 1)
            if length > MAX_RECORD:
                raise CopyBroken("a record is too long")
            if len(held) - start < 5 + length:
                break
            yield bytes(held[start : start + 1]), bytes(held[start + 5 : start + 5 + length])
            start += 5 + length
        del held[:start]
    if held:
        raise CopyBroken("the object ends too early")


def _opened(data: bytes, tenant_id: UUID) -> Iterator[bytes]:
    said, start = _read_head(data)
    key = derived_key(tenant_id, str(said["key"]), _purpose(UUID(said["object"])))
    cipher, head, unpacker = AESGCM(key), bytes(data[:start]), zstd.ZstdDecompressor()
    number = 0
    while start < len(data):
        if start + 4 > len(data):
            raise CopyBroken("the object is cut off")
        (length,) = struct.unpack_from(">I", data, start)
        piece = data[start + 4 : start + 4 + length]
        start += 4 + length
        try:
            plain = cipher.decrypt(_nonce(number, start >= len(data)), piece, head)
        except InvalidTag as error:
            raise CopyBroken(f"piece {number} does not open") from error
        try:
            yield unpacker.decompress(plain)
        except zstd.ZstdError as error:
            raise CopyBroken(f"piece {number} does not unpack") from error
        number += 1


def _head(object_id: UUID, key_id: str) -> bytes:
    said = _packed({"object": str(object_id), "key": key_id})
    return MAGIC + struct.pack(">H", len(said)) + said


def _read_head(data: bytes) -> tuple[dict[str, Any], int]:
    if not data.startswith(MAGIC) or len(data) < len(MAGIC) + 2:
        raise CopyBroken("not a copy of a village")
    (length,) = struct.unpack_from(">H", data, len(MAGIC))
    end = len(MAGIC) + 2 + length
    said = _unpacked(data[len(MAGIC) + 2 : end])
    try:
        UUID(said["object"]), str(said["key"])
    except (KeyError, ValueError, TypeError) as error:
        raise CopyBroken("the head of the copy can't be read") from error
    return said, end


def _purpose(object_id: UUID) -> bytes:
    return b"copy/" + object_id.bytes


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes((_LAST if last else 0,))


def _packed(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _unpacked(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError as error:
        raise CopyBroken("a record can't be read") from error
    if not isinstance(value, dict):
        raise CopyBroken("a record can't be read")
    return value
