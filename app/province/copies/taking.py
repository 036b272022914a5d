"""Taking a copy: one village's tables, read in one snapshot, packed, sealed, kept as one object, and noted."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import psycopg
import structlog
from flask_babel import gettext as _
from psycopg import sql
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.privacy.keys import UnknownKey, current_key_id
from app.extensions import db
from app.province.copies.container import Packer
from app.province.copies.errors import CopyRefused
from app.province.copies.models import FAILED, NIGHTLY, READY, VillageCopy, VillageHealth
from app.province.copies.owner import owner
from app.province.copies.storing import forget_object, is_there, keep_object
from tenants import registry
from tenants.copying import copy_out, snapshot, village_tables
from tenants.errors import TenancyError
from tenants.ids import uuid7
from tenants.models import TenantRow, TenantSchema, now

log = structlog.get_logger(__name__)

HAND_KEPT = dt.timedelta(days=90)
FAILED_JOBS_WITHIN = "7 days"
Step = Callable[[int, int], None]
"""Told how many tables of how many were read."""


@dataclass(slots=True)
class _Read:
    """What one reading of a village brought."""

    taken_at: dt.datetime
    tables: dict[str, list[Any]]
    data: bytes
    health: dict[str, int]


def take_copy(
    tenant_id: uuid.UUID,
    *,
    kind: str,
    note: str = "",
    made_by: str = "",
    step: Step | None = None,
) -> VillageCopy:
    """Copy one village's tables as they are now and return the row. Other villages are not touched.

    Inside a platform scope, outside of a transaction; commits. A try that failed is noted as a row that says why.
    A copy that would hold what the last one holds shares its object.

    Raises:
        UnknownTenant.
        CopyRefused: with a sentence; nothing is left in the storage.
    """
    began = time.monotonic()
    row = registry.tenant_row(tenant_id)
    schema = db.session.scalar(select(TenantSchema).where(TenantSchema.tenant_id == tenant_id))
    last = _newest(tenant_id)
    db.session.expunge_all()
    db.session.rollback()
    if schema is None:
        raise CopyRefused(
            _("%(village)s belum disiapkan, jadi belum ada yang disalin.", village=f"{row.term} {row.name}")
        )
    object_id, copy = (
        uuid7(),
        VillageCopy(id=uuid7(), tenant_id=tenant_id, kind=kind, note=note, made_by=made_by),
    )
    try:
        copy.key_id = current_key_id()
        read = _read(row, schema.schema_name, schema.revision, object_id, copy.key_id, step)
        _keep(copy, read, object_id, last, schema.revision)
    except (CopyRefused, UnknownKey, TenancyError, psycopg.Error) as error:
        db.session.rollback()
        refusal = _sentence(error)
        _note_failure(copy, refusal, time.monotonic() - began)
        log.error("copy_failed", village=row.code, kind=kind, error=str(error))
        raise CopyRefused(refusal) from error
    copy.seconds = round(time.monotonic() - began, 3)
    if kind != NIGHTLY:
        copy.expires_at = copy.taken_at + HAND_KEPT
    try:
        db.session.add(copy)
        _note_health(tenant_id, copy.taken_at, read.health)
        db.session.commit()
    except Exception:
        db.session.rollback()
        if copy.object_id == object_id:
            forget_object(object_id)
        raise
    return copy


def _newest(tenant_id: uuid.UUID) -> VillageCopy | None:
    query = select(VillageCopy).where(VillageCopy.tenant_id == tenant_id, VillageCopy.state == READY)
    return db.session.scalars(query.order_by(VillageCopy.taken_at.desc()).limit(1)).one_or_none()


def _read(
    row: TenantRow, schema: str, revision: str, object_id: uuid.UUID, key_id: str, step: Step | None
) -> _Read:
    packer = Packer(row.id, object_id, key_id)
    tables: dict[str, list[Any]] = {}
    total = len(village_tables())
    with owner() as conn, snapshot(conn):
        moment = conn.execute("SELECT now()").fetchone()
        taken_at = moment[0] if moment else now()
        packer.manifest(_manifest(row, revision, taken_at))
        for number, table in enumerate(copy_out(conn, schema), start=1):
            packer.begin_table(table.name, table.columns)
            for chunk in table.chunks:
                packer.rows(chunk)
            packer.end_table(table.rows, table.sha256)
            tables[table.name] = [table.rows, table.sha256]
            if step is not None:
                step(number, total)
        health = _look(conn, schema)
    return _Read(taken_at, tables, packer.finish(), health)


def _manifest(row: TenantRow, revision: str, taken_at: dt.datetime) -> dict[str, Any]:
    """What the registry says of the village; it is told when the copy is looked at, and never written back."""
    return {
        "tenant_id": str(row.id), "code": row.code, "name": row.name, "term": row.term, "kind": row.kind,
        "slug": row.slug, "words": row.words, "modules": row.modules, "state": row.state,
        "revision": revision, "app_version": app_version(), "taken_at": taken_at.isoformat(),
    }  # fmt: skip


def _look(conn: psycopg.Connection, schema: str) -> dict[str, int]:
    """How much a village holds and what failed there lately: one statement in the snapshot that is open."""
    names = [f"{schema}.{table.name}" for table in village_tables()]
    query = sql.SQL(
        "SELECT (SELECT coalesce(sum(size), 0) FROM {files}), (SELECT count(*) FROM {files}), "
        "(SELECT coalesce(sum(pg_total_relation_size(to_regclass(n))), 0) FROM unnest(%s::text[]) n), "
        "(SELECT count(*) FROM {runs} WHERE state = 'failed' AND finished_at > now() - %s::interval)"
    ).format(files=sql.Identifier(schema, "stored_file"), runs=sql.Identifier(schema, "job_run"))
    found = conn.execute(query, (names, FAILED_JOBS_WITHIN)).fetchone()
    keys = ("files_bytes", "files_count", "tables_bytes", "failed_jobs")
    return dict(zip(keys, map(int, found or (0, 0, 0, 0)), strict=True))


def _keep(
    copy: VillageCopy, read: _Read, object_id: uuid.UUID, last: VillageCopy | None, revision: str
) -> None:
    copy.state, copy.taken_at, copy.tables = READY, read.taken_at, read.tables
    copy.revision, copy.app_version = revision, app_version()
    copy.files = {"count": read.health["files_count"], "bytes": read.health["files_bytes"]}
    if (
        last is not None
        and last.object_id is not None
        and (last.tables, last.revision, last.key_id) == (read.tables, revision, copy.key_id)
        and is_there(last.object_id)
    ):
        copy.object_id, copy.size, copy.sha256 = last.object_id, last.size, last.sha256
        return
    keep_object(object_id, read.data)
    copy.object_id, copy.size, copy.sha256 = object_id, len(read.data), digest_of(read.data)


def digest_of(data: bytes) -> str:
    """The SHA-256 of an object, in hex."""
    return hashlib.sha256(data).hexdigest()


def _note_failure(copy: VillageCopy, refusal: str, seconds: float) -> None:
    db.session.add(
        VillageCopy(
            tenant_id=copy.tenant_id, kind=copy.kind, state=FAILED, note=copy.note, made_by=copy.made_by,
            app_version=app_version(), error=refusal, seconds=round(seconds, 3), expires_at=now() + HAND_KEPT,
        )
    )  # fmt: skip
    values = {"last_error": refusal, "failed_at": now(), "seen_at": now()}
    _write_health(copy.tenant_id, values)
    db.session.commit()


def _note_health(tenant_id: uuid.UUID, taken_at: dt.datetime, found: dict[str, int]) -> None:
    values = {"last_copy_at": taken_at, "last_error": "", "failed_at": None, "seen_at": taken_at, **found}
    _write_health(tenant_id, values)


def _write_health(tenant_id: uuid.UUID, values: dict[str, Any]) -> None:
    statement = insert(VillageHealth).values(tenant_id=tenant_id, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=[VillageHealth.tenant_id], set_=values))


def _sentence(error: Exception) -> str:
    if isinstance(error, CopyRefused):
        return str(error)
    if isinstance(error, UnknownKey):
        return str(
            _("Kunci induk (MASTER_KEYS) tidak tersedia, jadi salinan tidak dibuat. Data desa tetap utuh.")
        )
    return str(
        _(
            "Tabel desa tidak dapat dibaca (%(reason)s). Data desa tetap utuh; coba lagi sebentar lagi.",
            reason=str(error).splitlines()[0][:200],
        )
    )


@lru_cache(maxsize=1)
def app_version() -> str:
    """The version of the application that runs."""
    try:
        return version("siger")
    except PackageNotFoundError:
        return "0"
