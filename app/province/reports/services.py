"""Making reports: asked for once however often somebody asks, made by a job, their files never changed again."""

from __future__ import annotations

import datetime as dt
import uuid

import structlog
from sqlalchemy import select, text, update

from app.core import audit
from app.core.documents import PDF, DocumentFailed
from app.core.files.services import OpenedFile, open_file, store_bytes
from app.core.files.storage import StorageAway
from app.core.tables import XLSX
from app.extensions import db
from app.province.regions import territory
from app.province.reports import content as contents
from app.province.reports import paper, queries, sentences, workbook
from app.province.reports.models import Report, ReportDelivery
from app.province.watching import note_export
from tenants import jobs, outbox
from tenants.models import now

log = structlog.get_logger(__name__)

MAKE = "reports.make"
DELIVER = "reports.deliver"
STEPS = 3
SHAPES = {"pdf": PDF, "xlsx": XLSX}


class MonthRefused(ValueError):
    """The month can't be reported; the message is a sentence for the person who asked."""


def make_report(region: str, month: dt.date, *, asked_by: str) -> tuple[Report, bool]:
    """Have a region's month made (inside a platform scope; commits), and say whether there is anything to make.

    One that is being made is the answer to whoever asks meanwhile; one that is ready stays the newest edition while its
    figures are what they were. One that failed is tried again.

    Raises:
        MonthRefused: nothing was told in that month.
    """
    if month not in queries.months_offered():
        raise MonthRefused
    row, is_new = ask(region, month, asked_by=asked_by)
    run_id = row.run_id
    db.session.commit()
    if is_new and run_id is not None:
        outbox.deliver_now(run_id)
    return row, is_new


def ask(region: str, month: dt.date, *, asked_by: str) -> tuple[Report, bool]:
    """The same in the open transaction: the report of a region's month, and whether a job was asked for."""
    db.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"reports:{region}:{month}"}
    )
    newest = queries.newest_edition(region, month)
    where = territory(region)
    if newest is not None and newest.state == "making":
        return newest.row, False
    if newest is not None and newest.state == "ready":
        if contents.read_content(where, month).digest() == newest.row.digest:
            return newest.row, False
        row = Report(region_code=region, month=month, edition=newest.row.edition + 1, asked_by=asked_by)
    elif newest is not None:
        row = newest.row
        row.state, row.error, row.asked_by = "making", None, asked_by
    else:
        row = Report(region_code=region, month=month, edition=1, asked_by=asked_by)
    db.session.add(row)
    db.session.flush()
    label = f"Laporan {where.name}, {sentences.month_name(month)}"
    run = jobs.start_run(
        MAKE, label, total=STEPS, asked_by=asked_by, region_code=region, report_id=str(row.id)
    )
    row.run_id = run.id
    audit.record(
        "report.requested",
        object_type="report",
        object_id=row.id,
        summary=label,
        details={"region": region, "month": month, "edition": row.edition},
    )
    return row, True


def write(report_id: uuid.UUID, run_id: str) -> None:
    """Make a report's files and keep them (inside a platform scope; commits). One that is ready stays as it is.

    What goes wrong is written down with a sentence and raised again, so that the job is tried once more.
    """
    row = db.session.get(Report, report_id)
    if row is None or row.state == "ready":
        return
    try:
        _write(row, run_id)
    except Exception as error:
        db.session.rollback()
        reason = str(error) if isinstance(error, DocumentFailed) else _reason(error)
        failed = update(Report).where(Report.id == report_id, Report.state != "ready")
        db.session.execute(failed.values(state="failed", error=reason))
        db.session.commit()
        raise


def _write(row: Report, run_id: str) -> None:
    region, month, edition = row.region_code, row.month, row.edition
    found = contents.read_content(territory(region), month)
    jobs.report_progress(run_id, 1)
    pdf = paper.report_pdf(found, edition)
    jobs.report_progress(run_id, 2)
    sheets = workbook.report_xlsx(found, edition)
    held = select(Report).where(Report.id == row.id).with_for_update()
    row = db.session.scalars(held.execution_options(populate_existing=True)).one()
    if row.state == "ready":
        db.session.rollback()
        return
    name = f"laporan-adopsi-{region}-{month:%Y-%m}-edisi-{edition}"
    kept_pdf = store_bytes(pdf, file_name=f"{name}.pdf", media_type=PDF, purpose="report")
    kept_xlsx = store_bytes(sheets, file_name=f"{name}.xlsx", media_type=XLSX, purpose="report")
    row.pdf_id, row.xlsx_id = kept_pdf.id, kept_xlsx.id
    row.state, row.error, row.ready_at, row.digest = "ready", None, now(), found.digest()
    hand_out(row.id)
    db.session.commit()
    jobs.report_progress(run_id, STEPS)


def _reason(error: Exception) -> str:
    if isinstance(error, StorageAway):
        return "Penyimpanan berkas tidak terjangkau."
    return f"Gangguan pada sistem ({type(error).__name__})."


def hand_out(report_id: uuid.UUID) -> None:
    """Ask in the open transaction for the letters of a report that is ready."""
    waiting = select(ReportDelivery.id).where(
        ReportDelivery.report_id == report_id, ReportDelivery.state.in_(("waiting", "failed"))
    )
    for delivery_id in db.session.scalars(waiting):
        jobs.enqueue(DELIVER, delivery_id=str(delivery_id))


def open_report(row: Report, shape: str) -> OpenedFile | None:
    """A file of a report that is ready, None while there is none. Raises FileMissing, StorageAway."""
    file_id = row.pdf_id if shape == "pdf" else row.xlsx_id
    return open_file(file_id) if row.state == "ready" and file_id else None


def note_download(row: Report, name: str, shape: str) -> None:
    """Note in the audit log that somebody took a report out (commits)."""
    said = f"{name}, {sentences.month_name(row.month)}"
    details = {"region": row.region_code, "month": row.month, "edition": row.edition, "shape": shape}
    note_export("report", row.id, said, 1, details)
