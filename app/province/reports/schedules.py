"""Who gets which region's report by mail, and seeing to it every day that nobody is forgotten and nobody told twice."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import structlog
from sqlalchemy import or_, select, update
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
    """Whoever begins after this month's day begins next month."""
    day = today()
    if day.day > row.day:
        row.last_month = months_before(day.replace(day=1), 1)


def _note(action: str, row: ReportSchedule, details: dict[str, Any]) -> None:
    where = queries.names([row.region_code]).get(row.region_code, row.region_code)
    audit.record(action, object_type="report_schedule", object_id=row.id, summary=where, details=details)


def ask_for_due() -> None:
    """Ask for each schedule whose day has come, and for those whose report could not be made (commits)."""
    month = months_before(today().replace(day=1), 1)
    due = or_(ReportSchedule.last_month.is_(None), ReportSchedule.last_month < month)
    stuck = (
        select(ReportDelivery.schedule_id)
        .join(Report, Report.id == ReportDelivery.report_id)
        .where(ReportDelivery.month == month, ReportDelivery.state == "waiting", Report.state != "ready")
    )
    query = select(ReportSchedule.id).where(
        ReportSchedule.is_active,
        ReportSchedule.day <= today().day,
        or_(due, ReportSchedule.id.in_(stuck)),
    )
    for schedule_id in db.session.scalars(query.order_by(ReportSchedule.region_code)):
        jobs.enqueue(RUN_ONE, schedule_id=str(schedule_id))
    db.session.commit()


def run_schedule(schedule_id: uuid.UUID) -> None:
    """Have last month's report of a schedule made, noted for each of its addresses (inside a platform scope; commits).

    The row is held meanwhile and an address has one line a month, so whoever comes second, or anew after being killed,
    finds it done.
    """
    row = db.session.scalars(
        select(ReportSchedule).where(ReportSchedule.id == schedule_id).with_for_update()
    ).one_or_none()
    month = months_before(today().replace(day=1), 1)
    if row is None or not row.is_active or row.day > today().day:
        db.session.rollback()
        return
    report, _ = services.ask(row.region_code, month, asked_by="Jadwal")
    lines = [
        {
            "id": uuid7(), "schedule_id": row.id, "month": month, "recipient": address, "report_id": report.id,
            "state": "waiting", "attempts": 0, "created_at": now(),
        }
        for address in row.recipients
        if row.last_month is None or row.last_month < month
    ]  # fmt: skip
    if lines:
        db.session.execute(insert(ReportDelivery).values(lines).on_conflict_do_nothing())
        row.last_month = month
        if report.state == "ready":
            services.hand_out(report.id)
    db.session.commit()


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
