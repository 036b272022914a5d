"""Bringing an archive into this deployment: all of it or nothing.

Everything is checked before anything is written. Then one transaction makes the schema at the archive's revision, fills
it, seals boxes under this deployment's key, writes the tables' CSV once more and compares its digests, and brings the
schema to the newest revision. Files lie in object storage before that transaction commits and are removed when it does
not; an import that was killed leaves files that no village owns, which the next import writes over or removes.
What waited to be sent is not sent from here: the first deployment has sent it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import structlog
from psycopg import sql
from psycopg.types.json import Jsonb

from app.core.files.storage import StorageAway, delete_object, list_objects, put_object
from app.core.notifications.calling_off import call_off
from app.core.permissions import permissions
from app.core.privacy.files import MAX_BYTES, bound_to
from app.core.privacy.keys import current_key_id
from app.core.privacy.vault import Vault
from app.province.archives import layout
from app.province.archives.layout import ArchiveRefused, Manifest
from app.province.archives.reading import OpenArchive
from app.province.archives.registry import Registry, read_registry
from app.province.archives.tables import BadTable, table_in, tables_out
from app.province.life import owner
from tenants.bootstrap import libpq_url
from tenants.copying import existing_columns
from tenants.errors import CopyFailed, MigrationFailed, ProvisioningFailed
from tenants.ids import uuid7
from tenants.migrations import LOCK_TIMEOUT_MS, head_revision, pending_after, replay, revisions
from tenants.provisioning import provision_at

log = structlog.get_logger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with what is done (`files`, `tables`, `checking`), how much of it, and how much in all."""
IMPORTED = "village.archive_imported"
_KEPT_STATES = ("set_up", "active", "established", "dormant")
_NOT_SENT = "Masih menunggu ketika arsip desa dibuat, jadi tidak dikirim dari sini."


@dataclass(frozen=True, slots=True)
class Target:
    """The village that an archive is brought to."""

    id: uuid.UUID
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in."""

    target: Target
    manifest: Manifest
    registry: Registry


def check_target(owner_url: str, manifest: Manifest, code: str, *, from_code: str | None = None) -> Target:
    """The village that an archive may be brought to. Reads only.

    Args:
        code: which village of this deployment.
        from_code: the code that the archive was made under, where the village has another one now; it must be said.
    Raises:
        ArchiveRefused: another village's archive, a village with data here or with other software, an archive whose
        village lives here already, or a revision newer than ours.
    """
    theirs = manifest.village.get("code", "")
    if theirs != (from_code or code):
        said = f"you said --as {from_code}" if from_code else f"the target is {code}"
        raise ArchiveRefused(
            f"This is the archive of {manifest.village.get('name')} ({theirs}), and {said}. Nothing was written. "
            f"If the village had that code before, say so with --as {theirs}."
        )
    if manifest.revision not in [step.id for step in revisions()]:
        raise ArchiveRefused(
            f"This archive was made by a newer version of Siger (revision {manifest.revision}, product "
            f"{manifest.product_version}); this one knows up to {head_revision()}. Update this deployment, then import "
            "it again. Nothing was written."
        )
    with psycopg.connect(libpq_url(owner_url), autocommit=True) as conn:
        row = conn.execute(
            "SELECT id, code, term || ' ' || name, schema_name, software FROM platform.tenant WHERE code = %s",
            (code,),
        ).fetchone()
        here = _living_here(conn, manifest)
    if row is None:
        raise ArchiveRefused(f"This deployment knows no village with the code {code}.")
    if row[3] is not None:
        raise ArchiveRefused(
            f"{row[2]} ({code}) has data here already, and an import never writes over data. Nothing was written."
        )
    if row[4] is not None:
        raise ArchiveRefused(
            f"{row[2]} ({code}) runs other software ({row[4]}) by the province's records. End that record first. "
            "Nothing was written."
        )
    _refuse_living(here)
    return Target(row[0], row[1], row[2])


def _living_here(conn: psycopg.Connection, manifest: Manifest) -> tuple[str, str] | None:
    """The village with data here that the archive is of: by its code, its id, or what it was brought from.

    A village that was brought here is known by where its audit log began, and by what was noted of the import: a log
    that was empty then began here.
    """
    known = [uuid.UUID(manifest.village["id"]), uuid.UUID(manifest.audit_origin)]
    return conn.execute(
        "SELECT t.term || ' ' || t.name, t.code FROM platform.tenant t WHERE t.schema_name IS NOT NULL AND ("
        "t.code = %(code)s OR t.id = ANY(%(known)s)"
        " OR EXISTS (SELECT 1 FROM platform.audit_chain c WHERE c.chain_id = t.id AND c.origin_id = ANY(%(known)s))"
        " OR EXISTS (SELECT 1 FROM platform.audit_entry e WHERE e.tenant_id = t.id AND e.action = %(action)s"
        " AND e.at >= t.provisioned_at AND e.details ->> 'brought_from' = ANY(%(told)s))) ORDER BY t.code LIMIT 1",
        {
            "code": manifest.village.get("code"),
            "known": known,
            "told": [str(one) for one in known],
            "action": IMPORTED,
        },
    ).fetchone()


def _refuse_living(here: tuple[str, str] | None) -> None:
    if here is not None:
        raise ArchiveRefused(
            f"The village of this archive is on this deployment itself: {here[0]} ({here[1]}). Its data is not brought "
            "to a second village. Nothing was written."
        )


def _one_at_a_time(conn: psycopg.Connection, manifest: Manifest) -> None:
    """Wait for an import of the same village that runs, then look again whether it lives here now."""
    conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"import:{manifest.audit_origin}",)
    )
    _refuse_living(_living_here(conn, manifest))


def import_archive(
    owner_url: str,
    archive: OpenArchive,
    target: Target,
    *,
    role_prefix: str = "v_",
    progress: Progress | None = None,
) -> Imported:
    """Bring a checked archive into this deployment; afterwards the village is as it was there, or nothing happened.

    Runs outside of any scope, in the application's context. Raises ArchiveRefused, StorageAway, psycopg.Error; nothing
    stays behind then.
    """
    say = progress or (lambda _what, _done, _total: None)
    manifest = archive.manifest
    registry = read_registry(archive.read(layout.REGISTRY, layout.REGISTRY_BYTES))
    vault = Vault(target.id, current_key_id())
    written: list[str] = []
    try:
        with _connected(owner_url) as conn, conn.transaction():
            _one_at_a_time(conn, manifest)
            schema = provision_at(conn, target.id, manifest.revision, role_prefix=role_prefix)
            _fill(conn, schema, archive, vault, say)
            _compare(conn, schema, manifest, vault, say)
            _write_files(archive, target, vault, written, say)
            _settle(conn, schema, target, manifest, registry, f"{role_prefix}{target.code.replace('.', '')}")
            _note(conn, target, manifest)
            _remove_strays(target, set(written))
    except (BadTable, CopyFailed, MigrationFailed, ProvisioningFailed) as error:
        _remove(written)
        raise ArchiveRefused(f"The archive does not fit: {error}. Nothing was written.") from error
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        _remove(written)
        raise ArchiveRefused(
            f"The archive holds rows that do not fit: {_line(error)}. Nothing was written."
        ) from error
    except BaseException:
        if not _may_stand(owner_url, target):
            _remove(written)
        raise
    _analyze(owner_url, schema)
    return Imported(target, manifest, registry)


def _fill(conn: psycopg.Connection, schema: str, archive: OpenArchive, vault: Vault, say: Progress) -> None:
    columns = existing_columns(conn, schema)
    told = {table.name: table for table in archive.manifest.tables}
    if strange := sorted(set(told) ^ set(columns)):
        raise BadTable(f"its tables are not those of revision {archive.manifest.revision} ({strange[0]})")
    for number, name in enumerate(columns):
        count = table_in(conn, schema, name, archive.pieces(told[name].path), vault, columns[name])
        if count != told[name].rows:
            raise BadTable(f"{name} has {count} rows, its manifest says {told[name].rows}")
        say("tables", number + 1, len(columns))


def _compare(conn: psycopg.Connection, schema: str, manifest: Manifest, vault: Vault, say: Progress) -> None:
    """Write every table's CSV once more and compare it to the archive's, byte for byte."""
    told = {table.name: table for table in manifest.tables}
    for number, table in enumerate(tables_out(conn, schema, vault)):
        digest = hashlib.sha256()
        for piece in table.pieces:
            digest.update(piece)
        if digest.hexdigest() != manifest.entries[told[table.name].path].sha256:
            raise BadTable(f"{table.name} is not written as it would be written out again")
        say("checking", number + 1, len(told))


def _write_files(
    archive: OpenArchive, target: Target, vault: Vault, written: list[str], say: Progress
) -> None:
    objects = archive.manifest.objects
    for number, entry in enumerate(objects):
        if entry.size > MAX_BYTES:
            raise BadTable(f"{entry.path} is larger than a file of a village may be")
        data = archive.read(entry.path, MAX_BYTES)
        if entry.is_sealed:
            data = vault.seal(data, bound_to(entry.object.removeprefix("sealed/")))
        path = f"tenants/{target.id}/{entry.object}"
        written.append(path)
        put_object(path, data)
        say("files", number + 1, len(objects))


def _settle(
    conn: psycopg.Connection, schema: str, target: Target, manifest: Manifest, registry: Registry, role: str
) -> None:
    """Registry, audit chain, newest revision and messages called off, in the same transaction."""
    state = registry.state if registry.state in _KEPT_STATES else "provisioned"
    conn.execute(
        "UPDATE platform.tenant SET term = %s, words = %s, modules = %s, state = %s, live_at = %s, "
        "postal_code = coalesce(postal_code, %s) WHERE id = %s",
        (
            registry.term,
            Jsonb(dict(registry.words)),
            Jsonb(list(registry.modules)),
            state,
            registry.live_at,
            registry.postal_code,
            target.id,
        ),
    )
    _bring_roles(conn, target, registry)
    head = conn.execute(
        sql.SQL("SELECT seq, digest FROM {} ORDER BY seq DESC LIMIT 1").format(
            sql.Identifier(schema, "audit_seal")
        )
    ).fetchone()
    origin = uuid.UUID(manifest.audit_origin) if head else None
    seq, digest = head or (0, None)
    conn.execute(
        "INSERT INTO platform.audit_chain (chain_id, touched_at, sealed_until, sealed_seq, sealed_digest, copied_seq, "
        "origin_id) VALUES (%s, now(), NULL, %s, %s, 0, %s) ON CONFLICT (chain_id) DO UPDATE SET touched_at = now(), "
        "sealed_until = NULL, sealed_seq = excluded.sealed_seq, sealed_digest = excluded.sealed_digest, "
        "copied_seq = 0, origin_id = excluded.origin_id",
        (target.id, seq, digest, origin if origin != target.id else None),
    )
    if steps := pending_after(manifest.revision):
        replay(conn, schema, role, steps, LOCK_TIMEOUT_MS)
    call_off(conn, schema, _NOT_SENT)


def _note(conn: psycopg.Connection, target: Target, manifest: Manifest) -> None:
    """The province's log knows from where the village came if and only if it came; workers and figures follow."""
    owner.note(
        conn,
        IMPORTED,
        by=(None, ""),
        summary=target.name,
        details=told_of(manifest),
        object_id=target.id,
        tenant_id=target.id,
    )
    owner.post(conn, "dirty", {}, target.id)
    owner.post(conn, "hosts", {})


def told_of(manifest: Manifest) -> dict[str, object]:
    """What logs say of an import."""
    return {
        "created_at": manifest.created_at,
        "product": manifest.product_version,
        "rows": manifest.rows,
        "files": len(manifest.objects),
        "brought_from": manifest.village["id"],
    }


def _bring_roles(conn: psycopg.Connection, target: Target, registry: Registry) -> None:
    """The village's own roles, with what may be given here; nobody holds them before somebody is invited anew."""
    known = {one.code for one in permissions("village")}
    for role in registry.roles:
        if may := sorted(known.intersection(role.permissions)):
            conn.execute(
                "INSERT INTO platform.village_role (id, tenant_id, name, permissions, created_at) "
                "VALUES (%s, %s, %s, %s, now()) ON CONFLICT (tenant_id, name) DO NOTHING",
                (uuid7(), target.id, role.name, Jsonb(may)),
            )


def _connected(owner_url: str) -> psycopg.Connection:
    return psycopg.connect(libpq_url(owner_url), autocommit=True, prepare_threshold=None)


def _may_stand(owner_url: str, target: Target) -> bool:
    """Whether the village may stand in spite of an error: the connection can break while a commit is answered.

    Its files are left then; those that no village owns are written over or removed by the next import.
    """
    query = "SELECT schema_name IS NOT NULL FROM platform.tenant WHERE id = %s"
    try:
        with _connected(owner_url) as conn:
            found = conn.execute(query, (target.id,)).fetchone()
    except psycopg.Error:
        return True
    return found is not None and bool(found[0])


def _analyze(owner_url: str, schema: str) -> None:
    """Let the database count what came in. The village stands already, so what fails here takes nothing back."""
    try:
        with _connected(owner_url) as conn:
            for name in existing_columns(conn, schema):
                conn.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(schema, name)))
    except psycopg.Error as error:
        log.warning("imported_not_analyzed", schema=schema, error=_line(error))


def _remove(paths: list[str]) -> None:
    for path in paths:
        try:
            delete_object(path)
        except StorageAway as error:
            log.warning("imported_object_left", path=path, error=str(error))


def _remove_strays(target: Target, kept: set[str]) -> None:
    """Files that an import left which was killed: the village had no schema, so nothing else owned them."""
    root = f"tenants/{target.id}"
    try:
        for folder in ("files", "sealed"):
            _remove([path for path in list_objects(f"{root}/{folder}") if path not in kept])
    except StorageAway as error:
        log.warning("imported_strays_left", error=str(error))


def _line(error: psycopg.Error) -> str:
    return str(error).splitlines()[0]
