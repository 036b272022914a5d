"""The annual archive: what a year holds by classification, and its files as ZIP parts that a job makes."""

from __future__ import annotations

import datetime as dt
import tempfile
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from app.core import audit
from app.core.files.storage import ObjectMissing
from app.core.privacy.files import delete_all_sealed, get_sealed, put_sealed
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import open_vault
from app.core.regions.slugs import slugify
from app.core.tables import IN_MEMORY, Column, write_workbook
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.government.letters.books.incoming_queries import visible
from app.government.letters.books.outgoing_queries import span_of
from app.government.letters.desk.boxes import file_path
from app.government.letters.desk.services import STATE_WORDS
from app.government.letters.models import IncomingLetter, Letter
from app.government.letters.sealed import ARCHIVES
from tenants import jobs, outbox
from tenants.models import TenantJobRun, now
from tenants.scope import current_tenant

JOB = "letters.archive"
FORGET = "letters.archive_forget"
KEPT = dt.timedelta(hours=24)
"""How long an archive can be fetched."""
PART_BYTES = 16 * 1024 * 1024
"""A part is closed when it is larger than this: sealed objects are of bounded size."""
SHORTEST_REASON, LONGEST_REASON = 5, 200
STEP = 50


@dataclass(frozen=True, slots=True)
class ClassLine:
    """What a year holds of a classification."""

    classification: str
    outgoing: int = 0
    cancelled: int = 0
    files: int = 0
    bytes: int = 0
    incoming: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an archive, opened."""

    data: bytes
    name: str


def archive_of(year: int) -> list[ClassLine]:
    """A year's letters by classification, in its order: two selects."""
    first, last = span_of(year, None)
    went: Any = select(
        Letter.classification, func.count(), func.count().filter(Letter.state == "cancelled"),
        func.count(Letter.sha256), func.coalesce(func.sum(Letter.size), 0),
    ).where(Letter.sequence.is_not(None), Letter.letter_date.between(first, last))  # fmt: skip
    went = went.group_by(Letter.classification)
    lines = {row[0]: ClassLine(*row) for row in db.session.execute(went)}
    incoming: Any = select(IncomingLetter.classification, func.count()).where(IncomingLetter.year == year)
    came = visible(incoming).group_by(IncomingLetter.classification)
    for classification, count in db.session.execute(came):
        known = lines.get(classification, ClassLine(classification))
        lines[classification] = ClassLine(
            classification, known.outgoing, known.cancelled, known.files, known.bytes, count
        )
    return [lines[code] for code in sorted(lines)]


def start_archive(year: int, reason: str, *, account_id: uuid.UUID, asked_by: str) -> uuid.UUID:
    """Ask for the files of a year, note it in the audit log, and commit; returns the id of the work.

    Args:
        reason: what for; letters are full of personal data (Law 27/2022 asks for a purpose).
        account_id, asked_by: who may fetch it, and their name.
    Raises:
        Invalid: no reason, or the year has no files.
    """
    reason = mask_personal(" ".join(reason.split()))[:LONGEST_REASON]
    if len(reason) < SHORTEST_REASON:
        raise Invalid("alasan", _("Tulis untuk apa arsip ini diunduh, paling sedikit lima huruf."))
    count = db.session.scalar(select(func.count()).select_from(_files_of(year).subquery())) or 0
    if not count:
        raise Invalid("alasan", _("Tahun ini belum mempunyai berkas surat."))
    _forget_old()
    run = jobs.start_run(
        JOB, str(_("Arsip surat %(year)s", year=year)), total=count, asked_by=asked_by, year=year,
        account_id=str(account_id),
    )  # fmt: skip
    audit.record(
        "letters.archive_made", object_type="archive", object_id=year, summary=str(year),
        details={"count": count, "reason": reason},
    )  # fmt: skip
    db.session.commit()
    outbox.deliver_now(run.id)
    return run.id


@jobs.job(JOB, queue="bulk", timeout=3600)
def make_archive(year: int, run_id: str, **_more: Any) -> dict[str, Any]:
    """Write the files of a year into sealed ZIP parts, with a workbook that lists them in the last one."""
    rows = db.session.execute(_files_of(year)).all()
    parts = sizes = 0
    index: list[tuple[Any, ...]] = []
    with force_locale("id"):
        for file, listed in _packed(rows, run_id):
            parts += 1
            index += [(*line, parts) for line in listed]
            if len(index) == len(rows):
                _add_index(file, year, index)
            sizes += file.seek(0, 2)
            file.seek(0)
            put_sealed(f"{ARCHIVES}/{run_id}/{parts}", file.read(), open_vault(for_writing=True))
            db.session.commit()
    jobs.enqueue(FORGET, delay_seconds=int(KEPT.total_seconds()), run=run_id)
    db.session.commit()
    return {"parts": parts, "letters": len(rows), "bytes": sizes}


@jobs.job(FORGET)
def forget_archive(run: str, **_more: Any) -> None:
    """Remove an archive that had its day."""
    delete_all_sealed(f"{ARCHIVES}/{run}")
    db.session.commit()


def find_archive(run_id: uuid.UUID, account_id: uuid.UUID) -> TenantJobRun:
    """The archive that this account asked for. Raises Missing."""
    run = db.session.get(TenantJobRun, run_id)
    if run is None or run.name != JOB or run.arguments.get("account_id") != str(account_id):
        raise Missing("archive")
    return run


def fetch_part(run: TenantJobRun, number: int) -> Part:
    """A part of an archive, noted in the audit log; commits. Raises Missing: not done, gone, or no such part."""
    parts = int((run.result or {}).get("parts", 0))
    if (
        run.state != "done"
        or run.finished_at is None
        or run.finished_at < now() - KEPT
        or not 1 <= number <= parts
    ):
        raise Missing("archive")
    try:
        data = get_sealed(f"{ARCHIVES}/{run.id}/{number}", open_vault())
    except ObjectMissing as gone:
        raise Missing("archive") from gone
    year = run.arguments["year"]
    audit.record(
        "letters.archive_fetched",
        object_type="archive",
        object_id=year,
        summary=str(year),
        details={"part": number},
    )
    db.session.commit()
    suffix = f"-{number}" if parts > 1 else ""
    return Part(data, f"arsip-surat-{year}-{current_tenant().slug}{suffix}.zip")


def _files_of(year: int) -> Any:
    first, last = span_of(year, None)
    return (
        select(
            Letter.id, Letter.number, Letter.sequence, Letter.letter_date, Letter.classification, Letter.title,
            Letter.holder_name, Letter.recipient, Letter.state, Letter.sha256,
        )
        .where(Letter.sequence.is_not(None), Letter.letter_date.between(first, last), Letter.sha256.is_not(None))
        .order_by(Letter.letter_date, Letter.sequence, Letter.id)
    )  # fmt: skip


def _packed(rows: Sequence[Any], run_id: str) -> Iterator[tuple[IO[bytes], list[tuple[Any, ...]]]]:
    """ZIP files of bounded size, each with the lines of the letters in it; whoever takes one is done with it."""
    at = 0
    while at < len(rows):
        listed: list[tuple[Any, ...]] = []
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                while at < len(rows) and file.tell() < PART_BYTES:
                    listed.append(_added(archive, rows[at]))
                    at += 1
                    if at % STEP == 0:
                        jobs.report_progress(run_id, at)
            yield file, listed


def _added(archive: zipfile.ZipFile, row: Any) -> tuple[Any, ...]:
    folder = slugify(row.classification) or "lain"
    name = (
        f"{folder}/{row.letter_date:%m%d}-{row.sequence:04}-{slugify(row.title)[:60]}-{row.id.hex[-4:]}.pdf"
    )
    try:
        archive.writestr(name, get_sealed(file_path(row.id), open_vault()))
    except ObjectMissing:
        name = str(_("berkas tidak ditemukan"))
    return (
        row.number, row.letter_date, row.classification, row.title, row.holder_name or row.recipient,
        str(STATE_WORDS.get(row.state, row.state)), row.sha256.hex(), name,
    )  # fmt: skip


def _add_index(file: IO[bytes], year: int, index: Sequence[tuple[Any, ...]]) -> None:
    columns = [
        Column(str(_("Nomor")), width=28), Column(str(_("Tanggal")), "date", 12),
        Column(str(_("Klasifikasi")), width=12),
        Column(str(_("Surat")), width=32), Column(str(_("Untuk")), width=26), Column(str(_("Keadaan")), width=14),
        Column("SHA-256", width=66), Column(str(_("Berkas")), width=48), Column(str(_("Bagian")), "number", 8),
    ]  # fmt: skip
    about = str(_("Arsip surat %(year)s", year=year)) + f" · {current_tenant().full_name}"
    with (
        write_workbook(str(_("Indeks")), columns, index, about) as workbook,
        zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as archive,
    ):
        archive.writestr(f"indeks-{year}.xlsx", workbook.read())


def _forget_old() -> None:
    """Remove archives that had their day; the caller commits."""
    old = TenantJobRun.created_at < now() - KEPT
    for run_id in db.session.scalars(select(TenantJobRun.id).where(TenantJobRun.name == JOB, old)):
        delete_all_sealed(f"{ARCHIVES}/{run_id}")
    db.session.execute(delete(TenantJobRun).where(TenantJobRun.name == JOB, old))
