"""Writing everything of one village into one sealed archive, in one snapshot of its tables.

The archive is sealed while it is written: nothing of it lies anywhere in clear, also when the process dies.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import io
import json
import uuid
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

import psycopg
from psycopg import sql
from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql

from app.core.files.storage import ObjectMissing, get_object, list_objects
from app.core.privacy.files import bound_to
from app.core.privacy.keys import current_key_id
from app.core.privacy.sealed import sealed_folders
from app.core.privacy.vault import Vault
from app.province.archives import layout
from app.province.archives.age import AgeWriter
from app.province.archives.layout import ArchiveRefused, Entry, Manifest, TableEntry
from app.province.archives.readme import readme
from app.province.archives.registry import known_modules
from app.province.archives.tables import Cell, Shape, shapes, tables_out
from tenants.bootstrap import libpq_url
from tenants.copying import existing_columns, snapshot, village_tables
from tenants.database import TenantModel
from tenants.errors import NotProvisioned, UnknownTenant
from tenants.models import now

Progress = Callable[[int, int], None]
"""Called with files done and files in all."""
LEVEL = 1
"""How hard tables are packed: they shrink to a fifth at once, and harder work gains little."""
PROGRESS_EVERY = 50

_REGISTRY = (
    "SELECT id, code, name, kind, term, words, slug, regency_code, district_code, regency_name, district_name, "
    "postal_code, state, modules, provisioned_at, live_at, schema_name FROM platform.tenant WHERE id = %s"
)
_STAFF = (
    "SELECT a.name, a.email, m.role, coalesce(r.name, m.title, '') FROM platform.membership m "
    "JOIN platform.account a ON a.id = m.account_id LEFT JOIN platform.village_role r ON r.id = m.village_role_id "
    "WHERE m.tenant_id = %s ORDER BY a.name, a.email"
)
_ROLES = "SELECT name, permissions FROM platform.village_role WHERE tenant_id = %s ORDER BY name"


def write_archive(
    owner_url: str, tenant_id: uuid.UUID, target: IO[bytes], passphrase: str, progress: Progress | None = None
) -> Manifest:
    """Write a village's archive and return what it says of itself.

    Args:
        owner_url: all of it is read by the owner in one snapshot; the village goes on working.
        target: written from its present place on; what stands there after an error is refused by every reader.
        passphrase: seals the archive; it is kept nowhere.
    Raises:
        UnknownTenant, NotProvisioned. ArchiveRefused: a file bears a name that no import would take. SealBroken,
        UnknownKey: something sealed does not open. StorageAway. OSError: the target is full. psycopg.Error.
    """
    with (
        psycopg.connect(libpq_url(owner_url), autocommit=True, prepare_threshold=None) as conn,
        snapshot(conn),
    ):
        with conn.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            row = cursor.execute(_REGISTRY, (tenant_id,)).fetchone()
        if row is None:
            raise UnknownTenant(str(tenant_id))
        if row["schema_name"] is None:
            raise NotProvisioned(row["code"])
        sealer = AgeWriter(target, passphrase)
        try:
            with zipfile.ZipFile(sealer, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as packed:
                manifest = _Export(conn, packed, row, progress or (lambda _done, _total: None)).write()
        except BaseException:
            sealer.abandon()
            raise
        sealer.close()
    return manifest


class _Export:
    """One archive on its way out."""

    def __init__(
        self, conn: psycopg.Connection, packed: zipfile.ZipFile, row: dict[str, Any], progress: Progress
    ) -> None:
        self.conn, self.packed, self.row, self.progress = conn, packed, row, progress
        self.tenant_id = uuid.UUID(str(row["id"]))
        self.schema = str(row["schema_name"])
        self.vault = Vault(self.tenant_id, current_key_id())
        self.entries: dict[str, Entry] = {}
        self.letters: dict[str, dict[str, str]] = {}
        self.files: dict[str, dict[str, str]] = {}

    def write(self) -> Manifest:
        revision, origin = self._standing()
        self._put(layout.README, readme(self.row).encode())
        columns = existing_columns(self.conn, self.schema)
        self._put_json(layout.SCHEMA, describe(columns, revision))
        self._put_json(layout.REGISTRY, self._registry())
        tables = list(self._tables())
        missing = self._objects()
        self._put(layout.LETTER_INDEX, self._letter_index())
        manifest = Manifest(
            layout.FORMAT_VERSION,
            importlib.metadata.version("siger"),
            revision,
            {name: str(self.row[name]) for name in ("id", "code", "kind", "term", "name")},
            now().isoformat(),
            origin,
            tables,
            self.entries,
            missing,
        )
        self.packed.writestr(layout.MANIFEST, json.dumps(manifest.as_json(), ensure_ascii=False, indent=1))
        return manifest

    def _standing(self) -> tuple[str, str]:
        """The revision of the schema, and the id under which the chain of its audit log began."""
        found = self.conn.execute(
            "SELECT s.revision, c.origin_id FROM platform.tenant_schema s LEFT JOIN platform.audit_chain c "
            "ON c.chain_id = s.tenant_id WHERE s.tenant_id = %s",
            (self.tenant_id,),
        ).fetchone()
        if found is None:
            raise NotProvisioned(str(self.row["code"]))
        return str(found[0]), str(found[1] or self.tenant_id)

    def _registry(self) -> dict[str, object]:
        staff = self.conn.execute(_STAFF, (self.tenant_id,)).fetchall()
        kept = {name: value for name, value in self.row.items() if name != "schema_name"}
        kept["modules"] = [name for name in kept["modules"] if name in known_modules()]
        names = ("name", "email", "role", "title")
        return {
            "village": kept,
            "roles": [
                {"name": name, "permissions": may}
                for name, may in self.conn.execute(_ROLES, (self.tenant_id,))
            ],
            "staff": [dict(zip(names, one, strict=True)) for one in staff],
        }

    def _tables(self) -> Iterator[TableEntry]:
        for table in tables_out(self.conn, self.schema, self.vault, self._watch):
            path = f"data/{table.name}.csv"
            self._put_pieces(path, table.pieces)
            yield TableEntry(table.name, path, table.rows)

    def _watch(self, table: str, row: dict[str, Cell]) -> None:
        if table == "letter":
            names = ("number", "letter_date", "year", "sequence", "title", "subject", "holder_name", "state")
            self.letters[_text(row["id"])] = {name: _text(row.get(name)) for name in names}

    def _objects(self) -> list[str]:
        """Files of object storage, opened; returns those that went away while they were read."""
        root = f"tenants/{self.tenant_id}/"
        known = {folder.name for folder in sealed_folders() if folder.model is not None}
        wanted = [
            path.removeprefix(root)
            for path in list_objects(root.rstrip("/"))
            if _is_kept(path.removeprefix(root), known)
        ]
        for row in self.conn.execute(_stored_files(self.schema)).fetchall():
            self.files[str(row[0])] = {"purpose": row[1], "name": row[2]}
        missing = []
        if strange := next((name for name in wanted if not layout.is_object(name)), None):
            raise ArchiveRefused(f"{strange} is no name under which an archive brings a file back")
        for number, name in enumerate(wanted):
            try:
                data = get_object(root + name)
            except ObjectMissing:
                missing.append(name)
                continue
            if name.startswith("sealed/"):
                data = self.vault.open(data, bound_to(name.removeprefix("sealed/")))
            self._put(self._path_of(name), data, object_name=name)
            if number % PROGRESS_EVERY == 0:
                self.progress(number, len(wanted))
        self.progress(len(wanted), len(wanted))
        return missing

    def _path_of(self, name: str) -> str:
        """Where people find an object in the archive."""
        first, _slash, rest = name.partition("/")
        if name.startswith("sealed/letters/"):
            letter_id = name.removeprefix("sealed/letters/")
            letter = self.letters.get(letter_id, {})
            if letter.get("number") and letter.get("year"):
                order = letter["sequence"].rjust(5, "0")
                letter["file"] = (
                    f"letters/{letter['year']}/{order}-{layout.plain_name(letter['number'])}-{letter_id[-6:]}.pdf"
                )
                return letter["file"]
            letter["file"] = f"letters/others/{letter_id}.pdf"
            return letter["file"]
        if first == "files":
            file_id, small = rest[:36], rest[36:]
            said = self.files.get(file_id, {"purpose": "unknown", "name": "berkas"})
            name = layout.plain_name(said["name"])
            return f"files/{layout.plain_name(said['purpose'])}/{file_id}{small}-{name}"
        return name if first == "audit" else f"files/{rest}"

    def _letter_index(self) -> bytes:
        made = io.StringIO()
        names = ("number", "letter_date", "title", "subject", "holder_name", "state", "file")
        writer = csv.DictWriter(made, names, extrasaction="ignore", lineterminator="\n", restval="")
        writer.writeheader()
        for letter in sorted(
            self.letters.values(), key=lambda one: (one["year"], one["sequence"].rjust(9, "0"))
        ):
            writer.writerow(letter)
        return made.getvalue().encode()

    def _put_json(self, path: str, value: object) -> None:
        self._put(path, json.dumps(value, ensure_ascii=False, indent=1, default=str).encode())

    def _put(self, path: str, data: bytes, *, object_name: str = "") -> None:
        packing = zipfile.ZIP_STORED if object_name else zipfile.ZIP_DEFLATED
        self.packed.writestr(zipfile.ZipInfo(path), data, packing, LEVEL)
        self.entries[path] = Entry(path, len(data), hashlib.sha256(data).hexdigest(), object_name)

    def _put_pieces(self, path: str, pieces: Iterable[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        info = zipfile.ZipInfo(path)
        info.compress_type = zipfile.ZIP_DEFLATED
        with self.packed.open(info, "w", force_zip64=True) as entry:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                entry.write(piece)
        self.entries[path] = Entry(path, size, digest.hexdigest())


def describe(columns: Mapping[str, Sequence[str]], revision: str) -> dict[str, object]:
    """What each table and column is, for people and programs that read the CSV files."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    shaped = shapes(columns)
    meanings = {
        mapper.class_.__tablename__: (mapper.class_.__doc__ or "").strip().splitlines()[0]
        for mapper in TenantModel.registry.mappers
        if issubclass(mapper.class_, TenantModel)
    }
    tables = []
    for table in village_tables():
        if table.name not in columns:
            continue
        shape = shaped[table.name]
        told = shape.told(columns[table.name])
        tables.append(
            {
                "name": table.name,
                "meaning": meanings.get(table.name, ""),
                "primary_key": [column.name for column in table.primary_key.columns],
                "columns": [_column(table, name, shape, dialect) for name in told],
            }
        )
    return {
        "revision": revision,
        "encoding": "UTF-8, RFC 4180; nothing is NULL, two quotes are empty",
        "tables": tables,
    }


def _column(table: Table, name: str, shape: Shape, dialect: Dialect) -> dict[str, object]:
    column = table.columns.get(name)
    said: dict[str, object] = {
        "name": name,
        "type": "text" if column is None else column.type.compile(dialect),
    }
    if column is not None:
        said["nullable"] = bool(column.nullable)
        if column.foreign_keys:
            said["refers_to"] = next(iter(column.foreign_keys)).target_fullname
    if name in shape.sealed:
        said |= {"type": "text", "note": "sealed in the database; here in clear, mostly JSON"}
    if name in shape.keyed:
        said |= {"note": "* where files belong to the row"}
    return said


def _stored_files(schema: str) -> sql.Composed:
    return sql.SQL("SELECT id, purpose, file_name FROM {}").format(sql.Identifier(schema, "stored_file"))


def _is_kept(name: str, folders: Collection[str]) -> bool:
    """Whether an object belongs to the village's content: temporary downloads, which no row knows, do not."""
    if name.startswith("sealed/"):
        return name.split("/")[1] in folders
    return name.startswith(("files/", "audit/heads/"))


def _text(cell: Cell) -> str:
    return (cell or b"").decode()
