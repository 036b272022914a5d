"""Making certificates outside of requests."""

from __future__ import annotations

import uuid
from typing import Any

from app.province.training.learning import making
from app.province.training.learning.certificates import MAKE
from tenants import jobs


@jobs.job(MAKE, queue="bulk", timeout=1800, place="platform")
def make(region_code: str, event_id: str, run_id: str) -> dict[str, Any]:
    """Make the certificates of an event that are numbered. `region_code` says for whom the run is listed."""
    return making.make_all(uuid.UUID(event_id), run_id)
