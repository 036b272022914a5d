"""Making the PDFs of numbered certificates, and handing them out.

`make_all` is the job: it takes certificates that are numbered and not made, some at a time, sets and keeps them, and
commits. A file lies under its certificate's id, so a run that died writes over what it had left, and a second run
beside it takes others: rows are locked, those that are locked are passed over.
"""

from __future__ import annotations

import hashlib
import tempfile
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import structlog
from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.documents import DocumentFailed, render_pdf
from app.core.documents.qr import qr_svg
from app.core.files.services import object_path
from app.core.files.storage import get_object, put_object
from app.core.links import province_url
from app.core.regions.slugs import slugify
from app.core.tables import Cell, Column, write_workbook
from app.core.ui.formats import date, moment
from app.core.village.errors import Missing
from app.extensions import db
from app.province.regions import DISTRICT, frame_name, level_of
from app.province.training.events.models import TrainingEvent
from app.province.training.learning.models import TrainingCertificate
from app.province.watching import note_export
from tenants import jobs
from tenants.models import PlatformFile, PlatformJobRun, now

log = structlog.get_logger(__name__)

PDF = "application/pdf"
PURPOSE = "training_certificate"
AT_ONCE = 25
"""Certificates of one transaction."""
PRESSES = 2
"""So many are set at the same time: while one process sets, the other is fed."""
IN_MEMORY = 4 * 1024 * 1024
TEMPLATE = Path(__file__).with_name("typst") / "certificate.typ"
MARK = Path(__file__).parents[3] / "frontend" / "mark" / "siger.svg"
STATES: Mapping[str, object] = {
    "numbered": _l("Sedang dibuat"),
    "made": _l("Berlaku"),
    "revoked": _l("Dicabut"),
}
Certificate = TrainingCertificate


def make_all(event_id: uuid.UUID, run_id: str) -> dict[str, Any]:
    """Make what is numbered of an event and not made yet. One that can't be set stays so, and is counted.

    Raises StorageAway: what was committed stays, the next try goes on behind it.
    """
    run = db.session.get(PlatformJobRun, uuid.UUID(run_id))
    total = run.total if run is not None else 0
    left = db.session.scalar(
        select(func.count()).where(Certificate.event_id == event_id, Certificate.state == "numbered")
    )
    done, failed = max(0, total - (left or 0)), 0
    last: uuid.UUID | None = None
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def set_one(row: _Ready) -> bytes | None:
        with app.app_context():
            return _set(row)

    with ThreadPoolExecutor(PRESSES) as pool:
        while rows := _take(event_id, last):
            last = rows[-1].id
            made = list(pool.map(set_one, [_ready(row) for row in rows]))
            for row, pdf in zip(rows, made, strict=True):
                if pdf is None:
                    failed += 1
                else:
                    _keep(row, pdf)
            db.session.commit()
            done += len(rows)
            jobs.report_progress(run_id, min(done - failed, total))
    return {"made": done - failed, "failed": failed}


def certificate_pdf(row: TrainingCertificate) -> bytes:
    """Set one certificate as PDF/A-2b; without a token it is a sample. Raises DocumentFailed."""
    ready = _ready(row)
    return render_pdf(TEMPLATE, ready.data, title=ready.title, images=ready.images)


def file_of(row: TrainingCertificate) -> bytes:
    """A certificate's PDF as it was made. Raises Missing while there is none; StorageAway."""
    if row.file_id is None:
        raise Missing("certificate")
    try:
        return get_object(object_path(row.file_id))
    except LookupError as error:
        raise Missing("certificate") from error


def file_name(row: TrainingCertificate) -> str:
    """What a certificate's file is called: its number and the name."""
    return f"sertifikat-{row.number:04d}-{row.year}-{slugify(row.name)[:60] or 'peserta'}.pdf"


def bundle(event: TrainingEvent) -> IO[bytes]:
    """All valid certificates of an event in one archive, by number; noted. The caller closes the file. Commits.

    Raises Missing where none is made; StorageAway.
    """
    rows = db.session.execute(_made(event.id)).all()
    if not rows:
        raise Missing("certificates")
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    day = now().timetuple()[:6]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for row in rows:
            certificate: TrainingCertificate = row[0]
            archive.writestr(zipfile.ZipInfo(file_name(certificate), day), file_of(certificate))
    file.seek(0)
    note_export("training_certificates", event.id, event.title, len(rows), {"format": "zip"})
    return file


def export(event: TrainingEvent) -> IO[bytes]:
    """Write the register of an event's certificates into a workbook and note it; the caller closes it. Commits."""
    written = 0

    def rows() -> Iterator[tuple[Cell, ...]]:
        nonlocal written
        query = select(Certificate).where(Certificate.event_id == event.id)
        for row in db.session.scalars(query.order_by(Certificate.year, Certificate.number)):
            written += 1
            yield (
                row.number_text, row.name, str(row.details.get("position", "")), row.village,
                str(row.details.get("region", "")), str(STATES[row.state]), row.issued_at, row.issued_by,
                row.revoked_at, row.revoked_reason, row.sha256.hex() if row.sha256 else None,
            )  # fmt: skip

    columns = [
        Column(_("Nomor"), width=28),
        Column(_("Nama"), width=30),
        Column(_("Jabatan"), width=24),
        Column(_("Desa"), width=26),
        Column(_("Wilayah"), width=40),
        Column(_("Keadaan"), width=14),
        Column(_("Terbit"), "moment", 17),
        Column(_("Diterbitkan oleh"), width=24),
        Column(_("Dicabut"), "moment", 17),
        Column(_("Alasan"), width=40),
        Column("SHA-256", width=66),
    ]
    about = _("Sertifikat %(event)s, per %(moment)s", event=event.title, moment=moment(now()))
    file = write_workbook(_("Sertifikat"), columns, rows(), about)
    note_export("training_certificates", event.id, event.title, written, {"format": "xlsx"})
    return file


class _Ready:
    """A certificate as plain values: threads that set it touch no row."""

    __slots__ = ("data", "images", "title")

    def __init__(self, data: dict[str, Any], images: dict[str, bytes | str], title: str) -> None:
        self.data, self.images, self.title = data, images, title


def _ready(row: TrainingCertificate) -> _Ready:
    details = row.details
    address = province_url("training_own.certificate", token=row.token) if row.token else ""
    place = ", ".join(part for part in (row.village, details.get("region", "")) if part)
    data = {
        "letterhead": _letterhead(row.region_code, details["organiser"]),
        "number": row.number_text,
        "name": row.name,
        "position": details.get("position", ""),
        "place": place,
        "kind": details["kind"][:1].lower() + details["kind"][1:],
        "event": details["title"],
        "days": details["days"],
        "venue": details["place"],
        "organiser": details["organiser"],
        "hours": details["hours"],
        "topics": details["topics"],
        "more_topics": details["more_topics"],
        "signed_on": date(row.issued_at),
        "signer": details["signer"],
        "address": address.removeprefix("https://").removeprefix("http://"),
        "sample": not row.token,
    }
    images: dict[str, bytes | str] = {"logo": _mark()}
    if address:
        images["qr"] = qr_svg(address)
    return _Ready(data, images, f"Sertifikat {row.number_text}")


def _set(ready: _Ready) -> bytes | None:
    try:
        return render_pdf(TEMPLATE, ready.data, title=ready.title, images=ready.images)
    except DocumentFailed:
        log.error("certificate_failed", number=ready.data["number"])
        return None


def _take(event_id: uuid.UUID, after: uuid.UUID | None) -> Sequence[TrainingCertificate]:
    query = select(Certificate).where(Certificate.event_id == event_id, Certificate.state == "numbered")
    if after is not None:
        query = query.where(Certificate.id > after)
    return db.session.scalars(
        query.order_by(Certificate.id).limit(AT_ONCE).with_for_update(skip_locked=True)
    ).all()


def _keep(row: TrainingCertificate, pdf: bytes) -> None:
    digest = hashlib.sha256(pdf).digest()
    put_object(object_path(row.id), pdf)
    db.session.add(
        PlatformFile(
            id=row.id, purpose=PURPOSE, file_name=file_name(row), media_type=PDF, size=len(pdf), sha256=digest,
            is_public=False,
        )
    )  # fmt: skip
    row.file_id, row.sha256, row.state = row.id, digest, "made"


def _made(event_id: uuid.UUID) -> Any:
    query = select(Certificate).where(Certificate.event_id == event_id, Certificate.state == "made")
    return query.order_by(Certificate.year, Certificate.number)


def _letterhead(region_code: str, here: str) -> dict[str, Any]:
    """The letterhead of the office that held the event, as it was called when the certificate was numbered."""
    if level_of(region_code) == DISTRICT:
        return {"lines": [f"Pemerintah {frame_name(region_code[:5])}"], "name": here}
    offices = {
        1: "Dinas Pemberdayaan Masyarakat, Desa, dan Transmigrasi",
        2: "Dinas Pemberdayaan Masyarakat dan Desa",
    }
    return {"lines": [f"Pemerintah {here}"], "name": offices[level_of(region_code)]}


@lru_cache(maxsize=1)
def _mark() -> str:
    return MARK.read_text(encoding="utf-8").replace("currentColor", "#7A1420")
