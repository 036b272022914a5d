"""Who gets which region's report by mail, and seeing to it every day that nobody is forgotten and nobody told twice."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm.exc import StaleDataError

from app.core import audit
from app.core.actors import Actor
from app.core.indicators.declarations import ZONE, months_before
from app.extensions import db
from app.province.reports import queries, services
from app.province.reports.models import Report, ReportDelivery, ReportSchedule
from tenants import jobs
from tenants.ids import uuid7
from tenants.models import now

log = structlog.get_logger(__name__)

RUN_ONE = "reports.run_schedule"
MOST_CAUGHT_UP = 2
"""Months whose reports are sent late at most."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the schedule since the form was opened."""


def today() -> dt.date:
    """The day by the calendar of Lampung."""
    return now().astimezone(ZONE).date()


def add_schedule(region: str, values: dict[str, Any], actor: Actor) -> ReportSchedule:
    """Have a region's report sent every month from the next time that its day comes (inside a platform scope; commits).

    Args:
        region: code of the region.
        values: `day`, `recipients`, `is_active` as `ScheduleForm` gives them.
        actor: whom recipients may ask.
    """
    row = ReportSchedule(
        id=uuid7(), region_code=region, made_by=f"{actor.name}, {actor.email}", last_month=None, **values
    )
    _pass_over(row)
    db.session.add(row)
    _note("report_schedule.added", row, {"after": values})
    db.session.commit()
    return row


def change_schedule(row: ReportSchedule, values: dict[str, Any], version: int, actor: Actor) -> None:
    """Change day, addresses or state (commits). Who changes it is whom recipients may ask from now on.

    Raises ChangedMeanwhile.
    """
    if row.row_version != version:
        raise ChangedMeanwhile
    before = {name: getattr(row, name) for name in values}
    resumed = values["is_active"] and not row.is_active
    for name, value in values.items():
        setattr(row, name, value)
    row.made_by = f"{actor.name}, {actor.email}"
    if resumed:
        _pass_over(row)
    _note("report_schedule.changed", row, audit.changes(before, values))
    try:
        db.session.commit()
    except StaleDataError as error:
        db.session.rollback()
        raise ChangedMeanwhile from error


def _pass_over(row: ReportSchedule) -> None:
    """Whoever begins after this month's day begins next month; nothing that was due before is made up for."""
    over = months_before(today().replace(day=1), 1 if today().day > row.day else 2)
    row.last_month = max(over, row.last_month or over)


def _note(action: str, row: ReportSchedule, details: dict[str, Any]) -> None:
    where = queries.names([row.region_code]).get(row.region_code, row.region_code)
    audit.record(action, object_type="report_schedule", object_id=row.id, summary=where, details=details)


def months_due(row: ReportSchedule) -> list[dt.date]:
    """The months whose reports a schedule still has to send, oldest first.

    A month's report is due from the schedule's day of the month after it. Days that were missed are made up for, also
    over a month's end, but of the last two months alone: who was away longer wants no pile of old reports.
    """
    first = today().replace(day=1)
    newest = months_before(first, 1 if today().day >= row.day else 2)
    since = row.last_month or months_before(row.made_at.astimezone(ZONE).date().replace(day=1), 2)
    return [
        month for ago in range(MOST_CAUGHT_UP - 1, -1, -1) if (month := months_before(newest, ago)) > since
    ]


def _stuck(schedule_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, set[dt.date]]:
    """Months of schedules with letters that wait for a report that could not be made (one select)."""
    query = (
        select(ReportDelivery.schedule_id, ReportDelivery.month)
        .join(Report, Report.id == ReportDelivery.report_id)
        .where(
            ReportDelivery.schedule_id.in_(schedule_ids),
            ReportDelivery.month >= months_before(today().replace(day=1), MOST_CAUGHT_UP),
            ReportDelivery.state == "waiting",
            Report.state != "ready",
        )
    )
    found: dict[uuid.UUID, set[dt.date]] = {}
    for schedule_id, month in db.session.execute(query):
        found.setdefault(schedule_id, set()).add(month)
    return found


def ask_for_due() -> None:
    """Ask for each schedule whose day has come, and for those whose report could not be made (commits)."""
    query = select(ReportSchedule).where(ReportSchedule.is_active).order_by(ReportSchedule.region_code)
    rows = list(db.session.scalars(query))
    stuck = _stuck([row.id for row in rows])
    for row in rows:
        if row.id in stuck or months_due(row):
            jobs.enqueue(RUN_ONE, schedule_id=str(row.id))
    db.session.commit()


def run_schedule(schedule_id: uuid.UUID) -> None:
    """Have the reports that a schedule owes made, noted for each of its addresses (inside a platform scope; commits).

    The row is held meanwhile and an address has one line a month, so whoever comes second, or anew after being killed,
    finds it done.
    """
    row = db.session.scalars(
        select(ReportSchedule).where(ReportSchedule.id == schedule_id).with_for_update()
    ).one_or_none()
    if row is None or not row.is_active:
        db.session.rollback()
        return
    due = months_due(row)
    for month in sorted({*due, *_stuck([row.id]).get(row.id, ())}):
        _send_month(row, month, is_due=month in due)
    db.session.commit()


def _send_month(row: ReportSchedule, month: dt.date, is_due: bool) -> None:
    report, _ = services.ask(row.region_code, month, asked_by="Jadwal")
    if not is_due:
        return
    # Whoever is just finishing the report is waited for, or waits and then finds these lines: no letter is forgotten.
    db.session.flush()
    db.session.refresh(report, with_for_update=True)
    lines = [
        {
            "id": uuid7(), "schedule_id": row.id, "month": month, "recipient": address, "report_id": report.id,
            "state": "waiting", "attempts": 0, "created_at": now(),
        }
        for address in row.recipients
    ]  # fmt: skip
    db.session.execute(insert(ReportDelivery).values(lines).on_conflict_do_nothing())
    row.last_month = month
    if report.state == "ready":
        services.hand_out(report.id)


def send_again(row: ReportSchedule) -> int:
    """Ask once more for what could not be sent or made (commits); return how many letters are meant."""
    stuck = [
        one
        for one in queries.deliveries([row.id])
        if one.state == "failed" or (one.state == "waiting" and one.report_id)
    ]
    for report_id in {one.report_id for one in stuck}:
        shown = queries.report(report_id)
        if shown is None or shown.state == "making":
            continue
        if shown.state == "failed":
            services.ask(shown.row.region_code, shown.row.month, asked_by="Jadwal")
            continue
        mine = [one.id for one in stuck if one.report_id == report_id]
        db.session.execute(update(ReportDelivery).where(ReportDelivery.id.in_(mine)).values(state="waiting"))
        for delivery_id in mine:
            jobs.enqueue(services.DELIVER, delivery_id=str(delivery_id))
    if stuck:
        _note("report_schedule.sent_again", row, {"letters": len(stuck)})
    db.session.commit()
    return len(stuck)
