"""What Prometheus is told of copies: how old they are, how many villages lack one, and what the last check found."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, or_, select

from app.core.metrics import declare_figures
from app.extensions import db
from app.province.copies.health import COPY_OVERDUE, last_check
from app.province.copies.models import VillageHealth
from tenants.models import TenantRow, now


def of_copies() -> Iterator[Metric]:
    """Yield the figures, asked at the moment of the scrape (two selects)."""
    due = TenantRow.schema_name.is_not(None) & (TenantRow.provisioned_at < now() - COPY_OVERDUE)
    late = or_(VillageHealth.last_copy_at.is_(None), VillageHealth.last_copy_at < now() - COPY_OVERDUE)
    overdue, oldest = db.session.execute(
        select(func.count().filter(late), func.min(VillageHealth.last_copy_at))
        .select_from(TenantRow)
        .outerjoin(VillageHealth, VillageHealth.tenant_id == TenantRow.id)
        .where(due)
    ).one()
    yield GaugeMetricFamily(
        "siger_villages_without_copy", "Villages whose last copy is older than 36 hours, or missing", overdue
    )
    age = (now() - oldest).total_seconds() if oldest else 0.0
    yield GaugeMetricFamily("siger_copy_oldest_seconds", "Age of the village copy that is oldest", age)
    check = last_check()
    if check is not None and check.verified_at is not None:
        yield GaugeMetricFamily(
            "siger_copy_check_ok",
            "1 when the last copy that was put back agreed",
            0 if check.verify_result else 1,
        )
        since = (now() - check.verified_at).total_seconds()
        yield GaugeMetricFamily(
            "siger_copy_check_age_seconds", "Time since a copy was put back to be checked", since
        )


def declare() -> None:
    """Have them told (at start)."""
    declare_figures(of_copies)
