"""What the audit log says of a visit, whoever does something to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core import audit
from app.core.ui.formats import date
from app.extensions import db
from app.province.mentoring.visits.models import MentoringVisit
from tenants.models import TenantRow


def note(action: str, visit: MentoringVisit, details: Mapping[str, Any] | None = None) -> None:
    """Record a deed on a visit, in the open transaction."""
    village = db.session.get_one(TenantRow, visit.tenant_id)
    audit.record(
        action,
        object_type="mentoring_visit",
        object_id=visit.id,
        summary=f"{village.term} {village.name}, {date(visit.visited_on)}",
        details={"region": village.code, "photos": len(visit.photos), **(details or {})},
        tenant_id=village.id,
    )
