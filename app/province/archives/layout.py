"""What lies where in an archive, and which archives are taken. docs/archive-format.md describes it for archivists."""

from __future__ import annotations

import datetime as dt
import re
import stat
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FORMAT = "siger-village-archive"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
SCHEMA = "schema.json"
REGISTRY = "registry.json"
README = "README.txt"
LETTER_INDEX = "letters/index.csv"

MOST_ENTRIES = 400_000
MOST_BYTES = 100 * 1024**3
"""Of all entries together, unpacked."""
MOST_RATIO = 1000
"""Unpacked to packed, of an entry larger than RATIO_FROM: tables are packed to a tenth, never to a thousandth."""
RATIO_FROM = 10 * 1024**2
MANIFEST_BYTES = 256 * 1024**2
REGISTRY_BYTES = 4 * 1024**2
LONGEST_WORD = 250
"""Of what a manifest says of the archive and its village, in letters."""

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PATH = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*\Z")
_OBJECT = re.compile(
    rf"(?:files/{_UUID}(?:-kecil)?|sealed/[a-z_]{{1,40}}/{_UUID}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{{0,79}})*"
    r"|audit/heads/\d{4}-\d\d-\d\d-\d{10}-[0-9a-f]{64}\.json)\Z"
)
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class ArchiveRefused(ValueError):
    """An archive is not taken; the message is a sentence that says why. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the archive: `object` is where it lies in the object storage of its village, empty for other files."""

    path: str
    size: int
    sha256: str
    object: str = ""

    @property
    def is_sealed(self) -> bool:
        """Whether the object storage holds it sealed."""
        return self.object.startswith("sealed/")


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table of the archive with its rows; the digest of its content is that of its file."""

    name: str
    path: str
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself."""

    format_version: int
    product_version: str
    revision: str
    village: Mapping[str, str]
    created_at: str
    audit_origin: str
    tables: Sequence[TableEntry]
    entries: Mapping[str, Entry]
    missing: Sequence[str]

    @property
    def objects(self) -> list[Entry]:
        """The files that go back into object storage."""
        return [entry for entry in self.entries.values() if entry.object]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables)

    def as_json(self) -> dict[str, Any]:
        """As it stands in the archive."""
        return {
            "format": FORMAT,
            "format_version": self.format_version,
            "product_version": self.product_version,
            "revision": self.revision,
            "village": dict(self.village),
            "created_at": self.created_at,
            "audit_origin": self.audit_origin,
            "counts": {"tables": len(self.tables), "rows": self.rows, "objects": len(self.objects)},
            "tables": [{"name": one.name, "path": one.path, "rows": one.rows} for one in self.tables],
            "entries": [
                {"path": one.path, "size": one.size, "sha256": one.sha256}
                | ({"object": one.object} if one.object else {})
                for one in self.entries.values()
            ],
            "missing_objects": list(self.missing),
        }


def read_manifest(said: Any) -> Manifest:
    """The manifest from its JSON. Raises ArchiveRefused: not ours, newer than this version, or not whole."""
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise ArchiveRefused("This is no archive of a village: its manifest does not say so.")
    version = said.get("format_version")
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise ArchiveRefused(
            f"This archive has format {ascii(version)[:40]}; this version reads up to {FORMAT_VERSION}. Update this "
            "deployment, then import it again."
        )
    try:
        entries = {}
        for one in said["entries"]:
            entry = Entry(
                _path(one["path"]), int(one["size"]), str(one["sha256"]), str(one.get("object", ""))
            )
            if entry.path in entries or entry.size < 0 or not _DIGEST.match(entry.sha256):
                raise ArchiveRefused(f"The manifest names {entry.path} twice or without a digest.")
            if entry.object and not is_object(entry.object):
                raise ArchiveRefused(
                    f"The manifest wants to put {entry.path} where no file of a village lies."
                )
            entries[entry.path] = entry
        tables = [TableEntry(_word(t["name"]), _path(t["path"]), int(t["rows"])) for t in said["tables"]]
        manifest = Manifest(
            version,
            _word(said["product_version"]),
            _word(said["revision"]),
            {_word(key): _word(value) for key, value in said["village"].items()},
            dt.datetime.fromisoformat(said["created_at"]).isoformat(),
            str(uuid.UUID(said["audit_origin"])),
            tables,
            entries,
            [_word(path) for path in said["missing_objects"]],
        )
        uuid.UUID(manifest.village["id"])
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        if isinstance(error, ArchiveRefused):
            raise
        raise ArchiveRefused(f"The manifest is not whole: {ascii(error)[:500]}.") from error
    objects = [entry.object for entry in manifest.objects]
    if len(objects) != len(set(objects)) or len(tables) != len({table.name for table in tables}):
        raise ArchiveRefused("The manifest names an object or a table twice.")
    if missing := [table.name for table in tables if table.path not in entries]:
        raise ArchiveRefused(f"The manifest names the table {missing[0]} without a file.")
    return manifest


def is_object(name: str) -> bool:
    """Whether files of a village lie under such names in its object storage: what is read, so what may be written."""
    return _OBJECT.match(name) is not None


def check_directory(found: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse what no archive of ours holds, before anything is unpacked. Raises ArchiveRefused."""
    if len(found) > MOST_ENTRIES:
        raise ArchiveRefused(f"The archive holds {len(found)} files; at most {MOST_ENTRIES} are taken.")
    names: set[str] = set()
    total = 0
    for info in found:
        _path(info.filename)
        if info.filename in names:
            raise ArchiveRefused(f"The archive holds {info.filename} twice.")
        names.add(info.filename)
        # Programs that know no kinds of files leave the kind out.
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or info.is_dir():
            raise ArchiveRefused(
                f"The archive holds {info.filename}, which is no plain file but a link, a folder or a device."
            )
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
            raise ArchiveRefused(f"The archive holds {info.filename} packed in a way that is not taken.")
        if info.file_size > RATIO_FROM and info.file_size > MOST_RATIO * max(info.compress_size, 1):
            raise ArchiveRefused(f"The archive holds {info.filename}, which unpacks to far more than it is.")
        total += info.file_size
    if total > MOST_BYTES:
        raise ArchiveRefused(f"The archive unpacks to {total} bytes; at most {MOST_BYTES} are taken.")
    if MANIFEST not in names:
        raise ArchiveRefused("This is no archive of a village: it has no manifest.")
    if REGISTRY not in names:
        raise ArchiveRefused(f"This is no archive of a village: it has no {REGISTRY}.")


def _path(name: object) -> str:
    text = str(name)
    if not _PATH.match(text) or any(part in (".", "..") for part in text.split("/")) or len(text) > 250:
        raise ArchiveRefused(
            f"The archive names a file {text[:80]!r}, which leads out of its folder or is no name of ours. Nothing was "
            "unpacked."
        )
    return text


def _word(said: object) -> str:
    """A short text that can be printed and stored. Raises ValueError."""
    text = str(said)
    if len(text) > LONGEST_WORD or not text.isprintable():
        raise ValueError(f"{text[:80]!r} is too long or no text")
    return text


def plain_name(text: str, longest: int = 60) -> str:
    """A name that every file system takes: letters, digits, point and dash."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", text).strip("-.")[:longest] or "berkas"
