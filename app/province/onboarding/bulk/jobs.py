"""Work on workbooks outside the request: the dry run, and preparing each village."""

from __future__ import annotations

import uuid
from collections import Counter

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, insert, select

from app.core.files.services import FileMissing, open_file
from app.core.spreadsheets import SpreadsheetRefused, read_table
from app.extensions import db
from app.province.onboarding.bulk.checking import check_rows
from app.province.onboarding.bulk.columns import KNOWN, columns_of, missing_in
from app.province.onboarding.bulk.executing import prepare
from app.province.onboarding.bulk.models import BulkRow, BulkRun
from app.province.onboarding.bulk.services import CHECK, PREPARE
from tenants import fan_out, jobs
from tenants.models import now

MOST_ROWS = 5000


@jobs.job(CHECK, queue="high", timeout=120, place="platform")
def dry_run(bulk_id: str, region_code: str, run_id: str, decides_for: str = "") -> None:
    """Read a workbook in a process that can be killed and check every row; nothing but the result is written.

    `decides_for` is the region for whose office the sender decides on applications (see `board.rules`). A second run
    after a killed worker begins anew.
    """
    key = uuid.UUID(bulk_id)
    bulk = db.session.get(BulkRun, key)
    if bulk is None or bulk.state not in ("reading", "refused"):
        return
    file_id, file_name = bulk.file_id, bulk.file_name
    with force_locale("id"):
        try:
            table = read_table(open_file(file_id).data, file_name, known=KNOWN)
            places = columns_of(table.header)
            problem = _unfit(missing_in(places), len(table.rows))
        except SpreadsheetRefused as refused:
            problem = str(refused)
        except FileMissing:
            problem = _("Berkasnya tidak ditemukan lagi di penyimpanan. Kirim lagi.")
    if problem:
        bulk.state, bulk.error, bulk.checked_at = "refused", problem, now()
        db.session.commit()
        return
    db.session.rollback()
    jobs.report_progress(run_id, 0, len(table.rows))
    found = check_rows(table.rows, places, region_code, decides_for)
    bulk = db.session.get_one(BulkRun, key)
    db.session.execute(delete(BulkRow).where(BulkRow.run_id == key))
    db.session.execute(
        insert(BulkRow),
        [
            {
                "run_id": key,
                "number": one.number,
                "tenant_id": one.tenant_id,
                "verdict": one.verdict,
                "values": one.values,
                "findings": one.findings,
            }
            for one in found
        ],
    )
    verdicts = Counter(one.verdict for one in found)
    bulk.counts = {"rows": len(found), **{name: verdicts[name] for name in ("ok", "warning", "error")}}
    bulk.header, bulk.state, bulk.error, bulk.checked_at = table.header, "ready", "", now()
    db.session.commit()
    jobs.report_progress(run_id, len(found))


@jobs.job(PREPARE, queue="bulk", timeout=300, place="platform")
@fan_out.for_platform
def prepare_village(
    tenant_id: str, bulk_id: str, region_code: str, office: str = "", decides_for: str = ""
) -> None:
    """Prepare one village of a workbook. `region_code` says for whom the run is listed.

    `office` is the region of who started it, `decides_for` the same where they decide on applications.

    After the last one the catalogues are tidied, where many schemas were made. Raises RowFailed with a sentence.
    """
    key = uuid.UUID(bulk_id)
    try:
        prepare(key, uuid.UUID(tenant_id), office=office or region_code, decides_for=decides_for)
    finally:
        left = select(BulkRow.number).where(BulkRow.run_id == key, BulkRow.outcome == "waiting").limit(1)
        if db.session.scalar(left) is None:
            jobs.enqueue("province.settle_catalogues")
            jobs.enqueue("province.make_spares")
        db.session.commit()


def _unfit(missing: list[str], rows: int) -> str:
    """Why the table can't be used, as a sentence; empty when it can."""
    if missing:
        return str(
            _(
                "Kolom ini tidak ada di berkas: %(columns)s. Pakai templat dari halaman ini.",
                columns=", ".join(missing),
            )
        )
    if rows > MOST_ROWS:
        return str(
            _("Berkas ini memuat lebih dari %(most)s baris. Pecah menjadi beberapa berkas.", most=MOST_ROWS)
        )
    return ""
