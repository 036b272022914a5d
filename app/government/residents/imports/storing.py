"""What an import keeps while it lasts: the upload, its rows, the plan, the preview; sealed, and gone after a month.

Lists are kept as lines: JSON, compressed, read one after the other, so that ten thousand rows are never in memory at
once. The preview's tabs lie in objects of `GROUP` lines each, so that a page of it reads one small object.
"""

from __future__ import annotations

import json
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.files.storage import ObjectMissing, list_objects
from app.core.privacy.files import delete_all_sealed, delete_sealed, get_sealed, object_path, put_sealed
from app.core.privacy.vault import Vault
from app.government.residents.sealed import IMPORTS

KEPT_DAYS = 30
KINDS = ("new", "changed", "same", "rejected")
"""The tabs of the preview. `<kind>.<n>` holds lines of a tab, `<kind>_warned.<n>` those of them that have warnings.

Besides: `upload` the file; `table` its sheets, header and samples; `rows` its rows; `plan`, `plan_new`, `plan_changed`
what is applied; `areas` the ways of areas to be made; `result` what was not applied.
"""
GROUP = 500
_STEP = 32 * 1024


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines as they are kept; each time they are gone through they are read anew."""

    data: bytes

    def __iter__(self) -> Iterator[Any]:
        opened, rest = zlib.decompressobj(), b""
        for start in range(0, len(self.data), _STEP):
            *whole, rest = (rest + opened.decompress(self.data[start : start + _STEP])).split(b"\n")
            for line in whole:
                yield json.loads(line)


class LineWriter:
    """Takes lines one by one."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(1)
        self._packed: list[bytes] = []

    def add(self, value: Any) -> None:
        """Take a line of plain data."""
        if some := self._packer.compress(_text(value) + b"\n"):
            self._packed.append(some)

    def done(self) -> bytes:
        """All lines, packed."""
        return b"".join((*self._packed, self._packer.flush()))


class GroupWriter:
    """Takes lines of several lists and gives each list in parts of `GROUP` lines: `<list>.<number>`."""

    def __init__(self) -> None:
        self.parts: dict[str, bytes] = {}
        self.counts: dict[str, int] = {}
        self._open: dict[str, LineWriter] = {}

    def add(self, name: str, value: Any) -> None:
        """Take a line of a list."""
        count = self.counts.get(name, 0)
        if count % GROUP == 0:
            self._close(name)
            self._open[name] = LineWriter()
        self._open[name].add(value)
        self.counts[name] = count + 1

    def done(self) -> dict[str, bytes]:
        """All parts."""
        for name in list(self._open):
            self._close(name)
        return self.parts

    def _close(self, name: str) -> None:
        writer = self._open.pop(name, None)
        if writer is not None:
            self.parts[f"{name}.{(self.counts[name] - 1) // GROUP}"] = writer.done()


def packed(value: Any) -> bytes:
    """Plain data as a part."""
    return zlib.compress(_text(value), 1)


def packed_lines(lines: Iterable[Any]) -> bytes:
    """Lines as a part."""
    writer = LineWriter()
    for line in lines:
        writer.add(line)
    return writer.done()


def put_part(import_id: uuid.UUID, part: str, data: bytes, vault: Vault) -> None:
    """Keep a packed part (or the upload's bytes). The vault is opened for writing. Raises StorageAway."""
    put_sealed(_path(import_id, part), data, vault)


def put_check(import_id: uuid.UUID, parts: Mapping[str, bytes], vault: Vault) -> None:
    """Keep what a check found; what an earlier check left goes with the commit. Raises StorageAway."""
    for part, data in parts.items():
        put_part(import_id, part, data, vault)
    for path in list_objects(object_path(f"{IMPORTS}/{import_id}")):
        part = path.rpartition("/")[2]
        if "." in part and part not in parts:
            delete_sealed(_path(import_id, part))


def get_part(import_id: uuid.UUID, part: str, vault: Vault) -> Any:
    """Read it again, a whole tab of the preview too; raises ObjectMissing after it was deleted, StorageAway."""
    if part in KINDS:
        return list(all_lines(import_id, part, vault))
    return json.loads(zlib.decompress(get_sealed(_path(import_id, part), vault)))


def get_lines(import_id: uuid.UUID, part: str, vault: Vault) -> Lines:
    """Lines that were kept as one part. Raises ObjectMissing, StorageAway."""
    return Lines(get_sealed(_path(import_id, part), vault))


def all_lines(import_id: uuid.UUID, name: str, vault: Vault) -> Iterator[Any]:
    """The lines of a list that was kept in groups, until there are no more. Raises StorageAway."""
    number = 0
    while True:
        try:
            lines = get_lines(import_id, f"{name}.{number}", vault)
        except ObjectMissing:
            return
        yield from lines
        number += 1


def get_upload(import_id: uuid.UUID, vault: Vault) -> bytes:
    """The file as it was sent. Raises ObjectMissing, StorageAway."""
    return get_sealed(_path(import_id, "upload"), vault)


def delete_parts(import_id: uuid.UUID) -> None:
    """Remove everything that an import keeps, once the open transaction is committed. Raises StorageAway."""
    delete_all_sealed(f"{IMPORTS}/{import_id}")


def _text(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.encode("utf-8", "replace")


def _path(import_id: uuid.UUID, part: str) -> str:
    return f"{IMPORTS}/{import_id}/{part}"
