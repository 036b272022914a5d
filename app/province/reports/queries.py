"""Reading reports, schedules and deliveries of a region and of what lies below it. All inside a platform scope."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from app.core.accounts.places import spoken
from app.core.indicators.declarations import months_before, period_of
from app.core.indicators.models import IndicatorRollup
from app.core.regions.models import Region
from app.extensions import db
from app.province.programme import PROVINCE_CODE
from app.province.reports.models import Report, ReportDelivery, ReportSchedule
from tenants.models import PlatformJobRun, now

PAGE = 40
MONTHS_OFFERED = 24


@dataclass(frozen=True, slots=True)
class ShownReport:
    """A report with its region's name and the state that it is really in; `done` of `total` steps while it is made."""

    row: Report
    name: str
    state: str
    error: str | None = None
    done: int = 0
    total: int = 0


def _of_region(column: ColumnElement[str], code: str) -> ColumnElement[bool]:
    return or_(column == code, column.startswith(f"{code}.", autoescape=True))


def reports(
    region: str, month: dt.date | None = None, before: uuid.UUID | None = None, limit: int = PAGE
) -> list[ShownReport]:
    """Reports of a region and of what lies below, newest first (two selects).

    Args:
        region: code of the region.
        month: only of this month.
        before: only those asked for before this one.
        limit: how many at most.
    """
    query = select(Report).where(_of_region(Report.region_code, region))  # type: ignore[arg-type]
    if month is not None:
        query = query.where(Report.month == month)
    if before is not None:
        query = query.where(Report.id < before)
    return _shown(list(db.session.scalars(query.order_by(Report.id.desc()).limit(limit))))


def report(report_id: uuid.UUID) -> ShownReport | None:
    """One report, whosever it is."""
    found = db.session.get(Report, report_id)
    return _shown([found])[0] if found else None


def editions(row: Report) -> list[ShownReport]:
    """All editions of the same region and month, the newest first."""
    query = select(Report).where(Report.region_code == row.region_code, Report.month == row.month)
    return _shown(list(db.session.scalars(query.order_by(Report.edition.desc()))))


def newest_edition(region: str, month: dt.date) -> ShownReport | None:
    """The newest edition of a region's month."""
    query = select(Report).where(Report.region_code == region, Report.month == month)
    found = db.session.scalars(query.order_by(Report.edition.desc()).limit(1)).first()
    return _shown([found])[0] if found else None


def _shown(rows: Sequence[Report]) -> list[ShownReport]:
    """A report whose work was given up (its worker died each time) has failed, though nobody could write that down."""
    called = names({row.region_code for row in rows})
    making = [row.run_id for row in rows if row.state == "making" and row.run_id]
    runs = {}
    if making:
        query = select(PlatformJobRun).where(PlatformJobRun.id.in_(making))
        runs = {run.id: run for run in db.session.scalars(query)}
    shown = []
    for row in rows:
        run = runs.get(row.run_id) if row.run_id else None
        given_up = row.state == "making" and (run is None or run.state == "failed")
        shown.append(
            ShownReport(
                row,
                called.get(row.region_code, row.region_code),
                "failed" if given_up else row.state,
                row.error or (run.error if run and given_up else None),
                run.done if run else 0,
                run.total if run else 0,
            )
        )
    return shown


def names(codes: Iterable[str]) -> dict[str, str]:
    """What regions are called: "Kabupaten Tanggamus", "Kecamatan Gisting"."""
    query = select(Region.code, Region.name, Region.level).where(Region.code.in_(set(codes)))
    return {code: spoken(name, level) for code, name, level in db.session.execute(query)}


def months_offered() -> list[dt.date]:
    """Months that have figures, the newest first, at most two years of them."""
    this_month = period_of(now()).first
    query = select(IndicatorRollup.period).where(
        IndicatorRollup.region_code == PROVINCE_CODE, IndicatorRollup.period <= this_month
    )
    found = db.session.scalars(query.distinct().order_by(IndicatorRollup.period.desc()).limit(MONTHS_OFFERED))
    return list(found)


def usual_month() -> dt.date:
    """The month that reports are about: the last one that is over (by the calendar of Lampung)."""
    return months_before(period_of(now()).first, 1)


def schedules(region: str) -> list[ReportSchedule]:
    """Schedules of a region and of what lies below it, by region."""
    query = select(ReportSchedule).where(_of_region(ReportSchedule.region_code, region))  # type: ignore[arg-type]
    return list(db.session.scalars(query.order_by(ReportSchedule.region_code, ReportSchedule.made_at)))


def schedule(schedule_id: uuid.UUID) -> ReportSchedule | None:
    """One schedule, whosever it is."""
    return db.session.get(ReportSchedule, schedule_id)


def deliveries(schedule_ids: Sequence[uuid.UUID]) -> list[ReportDelivery]:
    """What was sent by schedules in their newest months, by address."""
    newest = (
        select(ReportDelivery.schedule_id, func.max(ReportDelivery.month).label("month"))
        .where(ReportDelivery.schedule_id.in_(schedule_ids))
        .group_by(ReportDelivery.schedule_id)
        .subquery()
    )
    query = select(ReportDelivery).join(
        newest,
        (ReportDelivery.schedule_id == newest.c.schedule_id) & (ReportDelivery.month == newest.c.month),
    )
    return list(db.session.scalars(query.order_by(ReportDelivery.recipient)))


def deliveries_of(report_id: uuid.UUID) -> list[ReportDelivery]:
    """To whom a report went or should go."""
    query = select(ReportDelivery).where(ReportDelivery.report_id == report_id)
    return list(db.session.scalars(query.order_by(ReportDelivery.recipient)))
