"""Making reports and sending them, outside of requests."""

from __future__ import annotations

import uuid

from app.province.reports import delivering, schedules, services
from tenants import jobs, schedule


@jobs.job(services.MAKE, queue="default", timeout=300, place="platform")
def make(region_code: str, report_id: str, run_id: str) -> None:
    """Make one report. `region_code` says for whom the run is listed."""
    services.write(uuid.UUID(report_id), run_id)


@jobs.job("reports.run_schedules", place="platform")
def run_schedules() -> None:
    """Ask for what is due today, or was on a day that was missed."""
    schedules.ask_for_due()


@jobs.job(schedules.RUN_ONE, place="platform")
def run_schedule(schedule_id: str) -> None:
    """Have last month's report of one schedule made and sent."""
    schedules.run_schedule(uuid.UUID(schedule_id))


@jobs.job(services.DELIVER, queue="default", timeout=90, place="platform")
def deliver(delivery_id: str) -> None:
    """Send one report to one address."""
    delivering.deliver(uuid.UUID(delivery_id))


schedule.every("20 0 * * *", "reports.run_schedules")
