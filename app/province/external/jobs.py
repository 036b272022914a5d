"""Every night: files that nobody applied and deliveries of long ago are forgotten."""

from __future__ import annotations

from app.province.external.services.files import sweep_plans
from app.province.external.services.keeping import forget_old_deliveries
from tenants import jobs, schedule
from tenants.models import now

SWEEP = "external.sweep"


@jobs.job(SWEEP, queue="bulk", place="platform")
def sweep() -> None:
    """Forget what is kept no longer."""
    sweep_plans(now())
    forget_old_deliveries(now())


schedule.every("25 18 * * *", SWEEP)
