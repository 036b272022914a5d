"""Making archives and letting them expire, outside of requests."""

from __future__ import annotations

import uuid

from flask import current_app

from app.province.archives import services
from app.settings import Settings
from tenants import jobs, schedule
from tenants.errors import ProvisioningFailed


@jobs.job(
    services.MAKE, queue="bulk", retries=1, timeout=int(services.LONGEST.total_seconds()), place="platform"
)
def make(archive_id: str, run_id: str, village_id: str, region_code: str) -> dict[str, int] | None:
    """Make one archive. `village_id` and `region_code` say for whom the run is listed.

    Tried once more only to learn what became of it: the passphrase is taken once.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.owner_database_url:
        raise ProvisioningFailed("OWNER_DATABASE_URL is not set: this worker can't read a whole village")

    def progress(done: int, total: int) -> None:
        jobs.report_progress(run_id, done, total)

    return services.make(uuid.UUID(archive_id), settings.owner_database_url, progress)


@jobs.job(services.EXPIRE, queue="default", place="platform")
def expire() -> dict[str, int]:
    """Remove what is over."""
    return services.expire()


schedule.every("40 18 * * *", services.EXPIRE)
