"""How each village fares: its last copy, what it holds, its revision, what failed and what waits (inside a platform
scope)."""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, case, func, or_, select

from app.extensions import db
from app.province.copies.models import VillageCopy, VillageHealth
from app.province.regions import Territory, within
from tenants.migrations import head_revision
from tenants.models import JobItem, OutboxEntry, PlatformJobRun, TenantRow, TenantSchema, now

PAGE = 50
COPY_OVERDUE = dt.timedelta(hours=36)
ERRORS_WITHIN = dt.timedelta(days=7)
MANY_WAIT = 50
NIGHT_RUN = "copies.of_night"


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One village. `reasons` says why it needs a look; empty when all is well."""

    id: uuid.UUID
    code: str
    name: str
    place: str
    last_copy_at: dt.datetime | None
    storage: int | None
    revision: str
    behind: bool
    errors: int
    waiting: int
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class HealthPage:
    """One page of villages, with the sums of the region."""

    lines: list[HealthLine]
    total: int
    villages: int
    troubled: int
    storage: int
    oldest_copy_at: dt.datetime | None
    check: VillageCopy | None
    """The last copy that was put back to be checked."""
    night: PlatformJobRun | None
    """The last night's work."""
    free_share: float | None
    """How much of the storage's disk is free; None where it is no disk of this machine."""


def _waiting() -> Any:
    return (
        select(
            OutboxEntry.tenant_id,
            func.count().label("waiting"),
            func.count().filter(OutboxEntry.error.is_not(None)).label("stuck"),
        )
        .where(OutboxEntry.tenant_id.is_not(None))
        .group_by(OutboxEntry.tenant_id)
        .subquery("waiting")
    )


def _failed() -> Any:
    return (
        select(JobItem.tenant_id, func.count().label("failed"))
        .where(JobItem.state == "failed", JobItem.finished_at > now() - ERRORS_WITHIN)
        .group_by(JobItem.tenant_id)
        .subquery("failed")
    )


def health(
    here: Territory, *, troubled_only: bool = False, search: str = "", number: int = 1, limit: int = PAGE
) -> HealthPage:
    """One page of the villages of a region that have a schema; those that need a look come first (four selects)."""
    waits, failed = _waiting(), _failed()
    stuck = func.coalesce(waits.c.stuck, 0)
    errors = func.coalesce(VillageHealth.failed_jobs, 0) + func.coalesce(failed.c.failed, 0) + stuck
    waiting = func.coalesce(waits.c.waiting, 0)
    storage = func.coalesce(VillageHealth.files_bytes + VillageHealth.tables_bytes, 0)
    troubled = _troubled(errors, waiting)
    base = (
        select(TenantRow)
        .join(TenantSchema, TenantSchema.tenant_id == TenantRow.id)
        .outerjoin(VillageHealth, VillageHealth.tenant_id == TenantRow.id)
        .outerjoin(waits, waits.c.tenant_id == TenantRow.id)
        .outerjoin(failed, failed.c.tenant_id == TenantRow.id)
        .where(within(here.code))
    )
    villages, ill, held, oldest = db.session.execute(
        base.with_only_columns(
            func.count(),
            func.count().filter(troubled),
            func.coalesce(func.sum(storage), 0),
            func.min(VillageHealth.last_copy_at),
        )
    ).one()
    query = base.with_only_columns(
        TenantRow, TenantSchema.revision, TenantSchema.status, VillageHealth, errors, waiting,
        func.count().over(),
    )  # fmt: skip
    if troubled_only:
        query = query.where(troubled)
    if search:
        query = query.where(or_(TenantRow.name.icontains(search, autoescape=True), TenantRow.code == search))
    query = (
        query.order_by(case((troubled, 0), else_=1), TenantRow.code).limit(limit).offset((number - 1) * limit)
    )
    rows = db.session.execute(query).all()
    return HealthPage(
        [_line(*row[:6]) for row in rows],
        rows[0][6] if rows else 0,
        villages,
        ill,
        int(held),
        oldest,
        last_check(),
        last_night(),
        free_share(),
    )


def _troubled(errors: ColumnElement[int], waiting: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that a village needs a look."""
    late = or_(VillageHealth.last_copy_at.is_(None), VillageHealth.last_copy_at < now() - COPY_OVERDUE)
    # A village that was made since last night has no copy yet, and needs none.
    fresh = TenantRow.provisioned_at > now() - COPY_OVERDUE
    return or_(
        and_(late, fresh.is_not(True)),
        func.coalesce(VillageHealth.last_error, "") != "",
        TenantSchema.revision != head_revision(),
        TenantSchema.status != "ready",
        errors > 0,
        waiting > MANY_WAIT,
    )


def _line(
    row: TenantRow, revision: str, status: str, seen: VillageHealth | None, errors: int, waiting: int
) -> HealthLine:
    last = seen.last_copy_at if seen else None
    fresh = row.provisioned_at is not None and row.provisioned_at > now() - COPY_OVERDUE
    behind = revision != head_revision()
    reasons: list[str] = []
    if (last is None or last < now() - COPY_OVERDUE) and not fresh:
        reasons.append(_("Salinan terlambat") if last else _("Belum ada salinan"))
    if seen is not None and seen.last_error:
        reasons.append(_("Salinan gagal"))
    if status != "ready":
        reasons.append(_("Pembaruan skema gagal"))
    elif behind:
        reasons.append(_("Revisi tertinggal"))
    if errors:
        reasons.append(_("Galat 7 hari terakhir"))
    if waiting > MANY_WAIT:
        reasons.append(_("Antrean panjang"))
    held = seen.files_bytes + seen.tables_bytes if seen else None
    place = f"{row.district_name}, {row.regency_name}"
    return HealthLine(
        row.id, row.code, f"{row.term} {row.name}", place, last, held, revision, behind, errors, waiting,
        [str(reason) for reason in reasons],
    )  # fmt: skip


def last_check() -> VillageCopy | None:
    """The copy that was checked last, of whichever village."""
    query = select(VillageCopy).where(VillageCopy.verified_at.is_not(None))
    return db.session.scalars(query.order_by(VillageCopy.verified_at.desc()).limit(1)).one_or_none()


def last_night() -> PlatformJobRun | None:
    """The last night's copies."""
    query = select(PlatformJobRun).where(PlatformJobRun.name == NIGHT_RUN)
    return db.session.scalars(query.order_by(PlatformJobRun.created_at.desc()).limit(1)).one_or_none()


def free_share() -> float | None:
    """How much of the disk that holds the object storage is free (0 to 1); None where it is a bucket elsewhere."""
    parts = urlsplit(current_app.config["STORAGE_URL"])
    if parts.scheme != "file":
        return None
    folder = Path(unquote(parts.path))
    try:
        found = shutil.disk_usage(folder if folder.is_dir() else folder.parent)
    except OSError:
        return None
    return found.free / found.total if found.total else None
