"""Sending a workbook in, and having its villages prepared. Every function runs inside a platform scope and commits."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from app.core import audit
from app.core.actors import Actor
from app.core.files.services import store_bytes
from app.core.spreadsheets.reading import MAX_UPLOAD_BYTES, SUFFIXES
from app.core.spreadsheets.refusals import SpreadsheetRefused, refusal
from app.core.village.errors import Missing
from app.extensions import db
from app.province.onboarding.board.rules import decides_for
from app.province.onboarding.bulk.models import BulkRow, BulkRun
from app.province.regions import region_contains
from tenants import fan_out, jobs, outbox
from tenants.ids import uuid7
from tenants.models import PlatformJobRun, now

CHECK = "onboarding.bulk_check"
PREPARE = "onboarding.bulk_prepare"
PURPOSE = "onboarding_bulk"
LONGEST_NAME = 120


class NotNow(RuntimeError):
    """It can't be done as things stand; the message is a sentence for the person who asked."""


def send(data: bytes, file_name: str, *, by: Actor) -> uuid.UUID:
    """Keep a workbook and ask for its dry run; return the id under which it is watched.

    Args:
        data: the file, at most 5 MB; it is read by a job, in a process of its own.
        file_name: as it was called on the sender's device.
        by: who sends; no row reaches beyond their region.
    Raises:
        SpreadsheetRefused with a sentence, StorageAway.
    """
    name = Path(file_name.replace("\\", "/").replace("\x00", "")).name[-LONGEST_NAME:]
    if len(data) > MAX_UPLOAD_BYTES:
        raise SpreadsheetRefused(
            "upload",
            _(
                "Berkas ini lebih besar dari 5 MB. Pecah menjadi beberapa berkas, misalnya satu kecamatan satu berkas."
            ),
        )
    if not data.strip():
        raise refusal("empty")
    if not name.lower().endswith(SUFFIXES):
        raise refusal("other_name")
    region = by.region_code or ""
    kept = store_bytes(data, file_name=name, media_type="application/octet-stream", purpose=PURPOSE)
    bulk = BulkRun(
        id=uuid7(),
        file_id=kept.id,
        file_name=name,
        digest=hashlib.sha256(data).digest(),
        region_code=region,
        created_by=by.name,
        created_by_id=by.account_id,
    )
    db.session.add(bulk)
    db.session.flush()
    run = jobs.start_run(
        CHECK,
        _("Memeriksa %(file)s", file=name),
        asked_by=by.name,
        bulk_id=str(bulk.id),
        region_code=region,
        decides_for=decides_for(by),
    )
    bulk.check_id = run.id
    audit.record("bulk.sent", object_type="bulk", object_id=bulk.id, summary=name, details={"region": region})
    bulk_id, run_id = bulk.id, run.id
    db.session.commit()
    outbox.deliver_now(run_id)
    return bulk_id


def start(bulk_id: uuid.UUID, digest: str, *, by: Actor) -> PlatformJobRun:
    """Have the villages of a workbook prepared, as its dry run said; each is looked at again when its turn comes.

    Args:
        bulk_id: the workbook, within the officer's region.
        digest: SHA-256 of the file that was looked at, in hexadecimal.
        by: who says so.
    Returns:
        The run to watch.
    Raises:
        Missing; NotNow with a sentence when it was started already, the same file is under way from somebody else, the
        file is another one, or no row can be carried out.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"bulk:{digest}"))))
    query = select(BulkRun).where(BulkRun.id == bulk_id).with_for_update()
    bulk = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if bulk is None or not region_contains(by.region_code, bulk.region_code):
        db.session.rollback()
        raise Missing("bulk")
    if bulk.state == "started":
        raise _undone(
            _(
                "Berkas ini sudah mulai disiapkan oleh %(name)s. Setiap desa disiapkan satu kali.",
                name=bulk.started_by,
            )
        )
    if bulk.state != "ready" or bulk.digest.hex() != digest:
        raise _undone(
            _("Hasil periksa ini bukan dari berkas yang Anda lihat. Muat ulang halaman, lalu periksa lagi.")
        )
    other = _same_file_under_way(bulk)
    if other is not None:
        raise _undone(
            _("Berkas yang sama sedang disiapkan oleh %(name)s. Tunggu sampai selesai; tidak ada desa yang tertinggal.",
              name=other)
        )  # fmt: skip
    wanted = (BulkRow.run_id == bulk.id, BulkRow.verdict != "error", BulkRow.tenant_id.is_not(None))
    ids = [one for one in db.session.scalars(select(BulkRow.tenant_id).where(*wanted)) if one is not None]
    if not ids:
        raise _undone(
            _("Tidak ada baris yang dapat disiapkan. Perbaiki baris yang ditolak, lalu kirim lagi.")
        )
    db.session.execute(update(BulkRow).where(*wanted).values(outcome="waiting"))
    run = fan_out.fan_out(
        PREPARE,
        _("Menyiapkan desa dari %(file)s", file=bulk.file_name),
        ids,
        asked_by=by.name,
        bulk_id=str(bulk.id),
        region_code=bulk.region_code,
        office=by.region_code or "",
        decides_for=decides_for(by),
    )
    bulk.state, bulk.started_by, bulk.started_at, bulk.run_id = "started", by.name, now(), run.id
    audit.record(
        "bulk.started",
        object_type="bulk",
        object_id=bulk.id,
        summary=bulk.file_name,
        details={"region": bulk.region_code, "villages": len(ids)},
    )
    db.session.commit()
    return run


def _same_file_under_way(bulk: BulkRun) -> str | None:
    """Who has the same file carried out at present."""
    query = (
        select(BulkRun.started_by)
        .join(PlatformJobRun, PlatformJobRun.id == BulkRun.run_id)
        .where(BulkRun.digest == bulk.digest, BulkRun.id != bulk.id)
        .where(PlatformJobRun.state.in_(("queued", "running")))
    )
    return db.session.scalar(query.limit(1))


def _undone(sentence: object) -> NotNow:
    db.session.rollback()
    return NotNow(str(sentence))
