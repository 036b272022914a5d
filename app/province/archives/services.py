"""Asking for archives, making them in the worker, handing them out, and letting them expire.

Every function runs inside the platform's scope and commits; what belongs to a village's own log enters its scope.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import psycopg
import structlog
from flask_babel import force_locale
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.core.actors import Actor
from app.core.files.storage import StorageAway, delete_object, put_file, stream_object
from app.core.notifications import notify
from app.core.privacy.keys import UnknownKey, current_key_id
from app.core.privacy.vault import SealBroken, Vault
from app.extensions import db
from app.province.archives import deeds
from app.province.archives.exporting import write_archive
from app.province.archives.failures import NotMade, why_failed
from app.province.archives.models import VillageArchive
from app.province.services import full_name
from tenants import jobs, outbox, registry
from tenants.errors import TenancyError
from tenants.keys import platform_path
from tenants.models import now
from tenants.scope import tenant_scope

log = structlog.get_logger(__name__)

MAKE = "archives.make"
EXPIRE = "archives.expire"
EVENT = "archives.ready"
AskedOn = Literal["province", "village"]
PASSPHRASE_KEPT = dt.timedelta(minutes=30)
"""How long a passphrase waits for the worker."""
LONGEST = dt.timedelta(hours=1)
KEPT = dt.timedelta(days=7)
SHOWN = 20


class UnderWay(Exception):
    """An archive of this village is being made already."""


class NothingThere(Exception):
    """The village has no schema, so there is nothing to put into an archive."""


@dataclass(frozen=True, slots=True)
class TakenArchive:
    """An archive that this worker makes: nobody else can."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    reason: str
    passphrase: str = field(repr=False)


def ask(
    tenant_id: uuid.UUID, passphrase: str, reason: str, *, asked_on: AskedOn, by: Actor
) -> VillageArchive:
    """Ask for an archive of a village. The passphrase is sealed until the worker takes it, half an hour at most.

    Raises UnknownTenant, NothingThere, UnderWay.
    """
    row = registry.tenant_row(tenant_id)
    if row.schema_name is None:
        raise NothingThere(row.code)
    archive = VillageArchive(
        tenant_id=tenant_id, reason=reason, asked_on=asked_on, asked_by=by.name, asked_by_id=by.account_id
    )
    db.session.add(archive)
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise UnderWay(str(tenant_id)) from error
    archive.box = _vault(tenant_id).seal(passphrase.encode(), _bound(archive.id))
    run = jobs.start_run(
        MAKE,
        full_name(row),
        asked_by=by.name,
        archive_id=str(archive.id),
        village_id=str(row.id),
        region_code=row.code,
    )
    archive.run_id = run.id
    jobs.enqueue(EXPIRE, delay_seconds=int(PASSPHRASE_KEPT.total_seconds()) + 5)
    deeds.note("village.archive_asked", row, {"reason": reason})
    db.session.commit()
    outbox.deliver_now(run.id)
    return archive


def make(
    archive_id: uuid.UUID, owner_url: str, progress: Callable[[int, int], None]
) -> dict[str, int] | None:
    """Make an archive that was asked for; None when it is made already, or the village's data was deleted meanwhile.

    A worker that died took the passphrase with it: the archive is then `failed` and can be asked for again.
    Raises NotMade: it has failed, now or before. StorageAway, OSError, psycopg.Error and others after the archive was
    marked as failed.
    """
    taken = _take(archive_id)
    if taken is None:
        return None
    try:
        # A file without a name: nothing of it is left when the process dies.
        with tempfile.TemporaryFile() as target:
            manifest = write_archive(owner_url, taken.tenant_id, target, taken.passphrase, progress)
            size = target.tell()
            target.seek(0)
            put_file(object_path(archive_id), target)
    except Exception as error:
        _fail(archive_id, _code_of(error))
        raise
    finished = now()
    values = {
        "state": "ready", "size": size, "rows": manifest.rows, "files": len(manifest.objects),
        "finished_at": finished, "expires_at": finished + KEPT,
    }  # fmt: skip
    if not _finish(archive_id, values):
        # The village's data was deleted meanwhile, and its archives were forgotten.
        delete_object(object_path(archive_id))
        return None
    deeds.note_made(taken.tenant_id, reason=taken.reason, size=size)
    _tell_village(taken)
    return {"size": size, "rows": manifest.rows}


def _take(archive_id: uuid.UUID) -> TakenArchive | None:
    query = select(VillageArchive).where(VillageArchive.id == archive_id).with_for_update()
    row = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    taken = None
    if row is not None and row.state == "making":
        row.state, row.error, row.finished_at, row.box = "failed", "interrupted", now(), None
    elif row is not None and row.state == "waiting" and row.box is not None:
        if row.created_at + PASSPHRASE_KEPT <= now():
            row.state, row.error, row.finished_at, row.box = "failed", "too_late", now(), None
        else:
            passphrase = _vault(row.tenant_id).open(row.box, _bound(row.id)).decode()
            row.state, row.taken_at, row.box = "making", now(), None
            taken = TakenArchive(row.id, row.tenant_id, row.reason, passphrase)
    failed = row.error if row is not None and row.state == "failed" else None
    db.session.commit()
    if failed is not None:
        # Work is told of in one language: who reads it later is not known here.
        with force_locale("id"):
            raise NotMade(why_failed(failed))
    return taken


def _fail(archive_id: uuid.UUID, code: str) -> None:
    db.session.rollback()
    try:
        delete_object(object_path(archive_id))
    except StorageAway as error:
        log.warning("archive_object_left", archive=str(archive_id), error=str(error))
    _finish(archive_id, {"state": "failed", "error": code, "finished_at": now()})


def _finish(archive_id: uuid.UUID, values: dict[str, object]) -> bool:
    """Write down what came of an archive; False where it was forgotten while it was made."""
    still = update(VillageArchive).where(VillageArchive.id == archive_id, VillageArchive.state != "expired")
    kept = db.session.scalar(still.values(box=None, **values).returning(VillageArchive.id))
    db.session.commit()
    return kept is not None


def _code_of(error: Exception) -> str:
    if isinstance(error, SealBroken | UnknownKey):
        return "sealed"
    if isinstance(error, StorageAway):
        return "storage"
    if isinstance(error, OSError):
        return "disk"
    if isinstance(error, psycopg.Error | TenancyError):
        return "database"
    return "unknown"


def _tell_village(taken: TakenArchive) -> None:
    """The village is told whenever its data left its tables."""
    tenant = registry.load_tenant(taken.tenant_id)
    with tenant_scope(tenant):
        notify(EVENT, permission="archives.export", values={"alasan": taken.reason}, link="/pengaturan/arsip")
        db.session.commit()


def archives_of(tenant_id: uuid.UUID) -> list[VillageArchive]:
    """A village's archives, the newest first (one select)."""
    query = select(VillageArchive).where(VillageArchive.tenant_id == tenant_id)
    return list(db.session.scalars(query.order_by(VillageArchive.created_at.desc()).limit(SHOWN)))


def find(archive_id: uuid.UUID, tenant_id: uuid.UUID) -> VillageArchive | None:
    """An archive of a village (one select)."""
    query = select(VillageArchive).where(
        VillageArchive.id == archive_id, VillageArchive.tenant_id == tenant_id
    )
    return db.session.scalars(query).one_or_none()


def hand_out(archive: VillageArchive, asked_on: AskedOn) -> tuple[int, Iterator[bytes]] | None:
    """The sealed file of an archive and its size, noted in the log; None when it is not handed out (any more) here.

    Raises ObjectMissing, StorageAway.
    """
    over = archive.expires_at is None or archive.expires_at <= now()
    if archive.state != "ready" or over or archive.asked_on != asked_on:
        return None
    found = stream_object(object_path(archive.id))
    row = registry.tenant_row(archive.tenant_id)
    deeds.note("village.archive_downloaded", row, {"size": archive.size})
    counted = update(VillageArchive).where(VillageArchive.id == archive.id)
    db.session.execute(counted.values(downloads=VillageArchive.downloads + 1))
    db.session.commit()
    return found


def expire() -> dict[str, int]:
    """Remove files whose days are over, and end what no worker finished. Commits; idempotent."""
    moment = now()
    over = select(VillageArchive).where(VillageArchive.state == "ready", VillageArchive.expires_at <= moment)
    removed = 0
    for row in db.session.scalars(over.limit(500)):
        try:
            delete_object(object_path(row.id))
        except StorageAway as error:
            log.warning("archive_object_left", archive=str(row.id), error=str(error))
            continue
        row.state = "expired"
        removed += 1
    late = (VillageArchive.state == "waiting") & (VillageArchive.created_at <= moment - PASSPHRASE_KEPT)
    dead = (VillageArchive.state == "making") & (
        VillageArchive.taken_at <= moment - LONGEST - PASSPHRASE_KEPT
    )
    ended = 0
    for which, code in ((late, "too_late"), (dead, "interrupted")):
        statement = update(VillageArchive).where(which).returning(VillageArchive.id)
        gone = db.session.scalars(
            statement.values(state="failed", error=code, box=None, finished_at=moment)
        ).all()
        ended += len(gone)
    db.session.commit()
    return {"removed": removed, "ended": ended}


def object_path(archive_id: uuid.UUID) -> str:
    """Where the sealed file lies: with the platform, since a village's own files are what archives hold."""
    return platform_path("archives", f"{archive_id}.age")


def _vault(tenant_id: uuid.UUID) -> Vault:
    return Vault(tenant_id, current_key_id())


def _bound(archive_id: uuid.UUID) -> str:
    return f"village_archive:{archive_id}"
