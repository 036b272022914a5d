"""Reading copies of one village (inside a platform scope)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.extensions import db
from app.province.copies.models import HAND, VillageCopy, VillageHealth
from app.province.copies.restoring import comparison_of
from app.province.copies.services import OURS
from app.province.copies.words import table_name
from tenants.models import PlatformJobRun, SideSchema, TenantRow

PAGE = 30


@dataclass(frozen=True, slots=True)
class CopiesPage:
    """A village's copies: those of one page, how many there are, the comparison and the newest piece of work."""

    row: TenantRow
    copies: list[VillageCopy]
    total: int
    comparison: SideSchema | None
    compared: VillageCopy | None
    """The copy that the comparison was made from."""
    run: PlatformJobRun | None

    @property
    def busy(self) -> bool:
        """Whether a piece of work is asked for or under way."""
        return self.run is not None and self.run.state in ("queued", "running")


def copies_page(row: TenantRow, number: int = 1) -> CopiesPage:
    """One page of a village's copies, newest first (five selects)."""
    mine = VillageCopy.tenant_id == row.id
    total = db.session.scalar(select(func.count()).select_from(VillageCopy).where(mine)) or 0
    query = select(VillageCopy).where(mine).order_by(VillageCopy.taken_at.desc(), VillageCopy.id.desc())
    copies = list(db.session.scalars(query.limit(PAGE).offset((number - 1) * PAGE)))
    side = comparison_of(row.id)
    compared = None
    if side is not None and side.copy_id is not None:
        compared = next((one for one in copies if one.id == side.copy_id), None)
        compared = compared or db.session.get(VillageCopy, side.copy_id)
    return CopiesPage(row, copies, total, side, compared, newest_run(row.id))


def by_hand(tenant_id: uuid.UUID, copy_id: uuid.UUID) -> VillageCopy | None:
    """A copy of this village that somebody made by hand; None for any other."""
    copy = db.session.get(VillageCopy, copy_id)
    return copy if copy is not None and copy.tenant_id == tenant_id and copy.kind == HAND else None


def newest_run(tenant_id: uuid.UUID) -> PlatformJobRun | None:
    """The newest piece of work on a village's copies."""
    query = select(PlatformJobRun).where(
        PlatformJobRun.name.in_(OURS), PlatformJobRun.arguments["village_id"].astext == str(tenant_id)
    )
    return db.session.scalars(query.order_by(PlatformJobRun.created_at.desc()).limit(1)).one_or_none()


def last_copied_at(tenant_id: uuid.UUID) -> dt.datetime | None:
    """When a village's newest whole copy was taken (one select)."""
    return db.session.scalar(select(VillageHealth.last_copy_at).where(VillageHealth.tenant_id == tenant_id))


def differences(side: SideSchema) -> list[dict[str, Any]]:
    """How each table of a comparison differs from the village as it was when the comparison was made; those that differ
    first."""
    lines = [
        {
            **one,
            "label": table_name(one["table"]),
            "same": not (one["only_now"] or one["only_then"] or one["changed"]),
        }
        for one in side.findings.get("differences", [])
    ]
    return sorted(lines, key=lambda one: (one["same"], one["label"]))
