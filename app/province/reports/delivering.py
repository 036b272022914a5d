"""One report for one address: written and sent by a job, marked in the same breath, never twice."""

from __future__ import annotations

import smtplib
import uuid

import structlog
from sqlalchemy import select

from app.core import audit
from app.core.files.services import FileMissing, open_file
from app.core.files.storage import StorageAway
from app.core.links import province_url
from app.core.mail import Attachment, Letter, mailer
from app.extensions import db
from app.province.reports import queries, sentences
from app.province.reports.models import Report, ReportDelivery, ReportSchedule
from tenants.models import now

log = structlog.get_logger(__name__)

MOST_ATTACHED = 5 * 1024 * 1024
"""Larger reports are told by their link; many offices' mail servers refuse more."""


def deliver(delivery_id: uuid.UUID) -> None:
    """Send one report to one address (inside a platform scope; commits). The row is held while the letter goes out.

    One that was sent is not sent again. An address that was taken out meanwhile gets nothing. A failure is written down
    with its reason and raised, so that the job is tried again.
    """
    query = select(ReportDelivery).where(ReportDelivery.id == delivery_id).with_for_update()
    row = db.session.scalars(query).one_or_none()
    if row is None or row.state in ("sent", "cancelled"):
        db.session.rollback()
        return
    report = db.session.get_one(Report, row.report_id)
    schedule = db.session.get_one(ReportSchedule, row.schedule_id)
    if not schedule.is_active or row.recipient not in schedule.recipients:
        row.state = "cancelled"
        db.session.commit()
        return
    if report.state != "ready":
        db.session.rollback()
        return
    try:
        mailer().send(letter_for(row, report, schedule))
    except (OSError, smtplib.SMTPException, StorageAway, FileMissing) as error:
        row.state, row.error, row.attempts = "failed", _reason(error), row.attempts + 1
        db.session.commit()
        raise
    row.state, row.error, row.sent_at, row.attempts = "sent", None, now(), row.attempts + 1
    audit.record(
        "report.sent",
        object_type="report",
        object_id=report.id,
        summary=row.recipient,
        details={"region": report.region_code, "month": report.month, "edition": report.edition},
    )
    db.session.commit()


def letter_for(row: ReportDelivery, report: Report, schedule: ReportSchedule) -> Letter:
    """The letter with the report as PDF and XLSX, or with its link where they are too large."""
    where = queries.names([report.region_code]).get(report.region_code, report.region_code)
    when = sentences.month_name(report.month)
    files = [open_file(file_id) for file_id in (report.pdf_id, report.xlsx_id) if file_id]
    fits = sum(len(file.data) for file in files) <= MOST_ATTACHED
    attached = tuple(Attachment(f.file_name, f.media_type, f.data) for f in files) if fits else ()
    page = province_url("reports.show", report_id=report.id)
    manage = province_url("reports.schedule_page", schedule_id=schedule.id)
    how = (
        "Laporannya terlampir sebagai PDF dan XLSX, dan dapat dibuka juga di Siger (perlu masuk):"
        if fits
        else "Laporannya terlalu besar untuk dilampirkan. Buka di Siger (perlu masuk):"
    )
    text = (
        f"Yth. Bapak/Ibu,\n\nLaporan Adopsi Siger {where} untuk {when} sudah ada (edisi {report.edition}).\n"
        f"{how}\n{page}\n\n"
        f"Surel ini dikirim setiap bulan karena alamat {row.recipient} didaftarkan pada jadwal laporan {where}. Untuk "
        f"bertanya atau berhenti menerimanya, hubungi {schedule.made_by}. Pengelola laporan menghapus alamat di:\n"
        f"{manage}\n"
    )
    return Letter(
        row.recipient,
        f"Laporan Adopsi Siger {where}, {when}",
        text,
        f"report-{row.id}",
        attachments=attached,
    )


def _reason(error: Exception) -> str:
    if isinstance(error, StorageAway | FileMissing):
        return "Berkas laporan tidak terjangkau."
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "Alamat ini ditolak oleh server surel."
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "Server surel menolak kata sandi Siger."
    return f"Server surel tidak menerima surat ini ({type(error).__name__})."
