"""Contacts in workbooks are forgotten half a year later: what became of each row stays, who was named in it goes."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select, update

from app.core.files.services import discard_file
from app.extensions import db
from app.province.onboarding.applications.jobs import FORGET_AFTER
from app.province.onboarding.bulk.models import BulkRow, BulkRun
from tenants import jobs, schedule
from tenants.models import PlatformFile, now

FORGET = "onboarding.forget_bulk"
PERSONAL = ("contact", "title", "email", "phone")


def forget_contacts(which: ColumnElement[bool]) -> None:
    """Empty what rows say of people, in the open transaction; findings and notes name people too."""
    known = or_(
        *(BulkRow.values[name].astext != "" for name in PERSONAL), BulkRow.findings != [], BulkRow.note != ""
    )
    nobody = BulkRow.values.op("||")(dict.fromkeys(PERSONAL, ""))
    db.session.execute(
        update(BulkRow)
        .where(which, known)
        .values(values=nobody, findings=[], note="")
        .execution_options(synchronize_session=False)
    )


@jobs.job(FORGET, queue="bulk", place="platform")
def forget_old() -> None:
    """Remove the files of workbooks that were sent half a year ago, and who is named in their rows."""
    query = select(BulkRun).join(PlatformFile, PlatformFile.id == BulkRun.file_id)
    for bulk in db.session.scalars(query.where(BulkRun.created_at < now() - FORGET_AFTER)).all():
        forget_contacts(BulkRow.run_id == bulk.id)
        discard_file(bulk.file_id)
        db.session.commit()


schedule.every("50 18 * * *", FORGET)
