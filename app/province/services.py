"""What the province does with villages: provision them, suspend them, resume them.

Every function runs inside a platform scope and commits. Who acts is taken from the context for the audit log; whether
they may, and whether the village lies in their region, was decided before.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, and_, exists, func, select

from app.core import audit
from app.core.indicators import jobs as figure_jobs
from app.extensions import db
from app.province.forms import read_reason
from app.province.onboarding.applications.models import OPEN_STATES, Application
from app.province.regions import within
from tenants import fan_out, jobs, outbox, registry
from tenants.errors import UnknownTenant
from tenants.models import SERVED_STATES, PlatformJobRun, TenantRow, TenantState

REFRESH_WAITS = ("queued", "running")
on_state_change: list[Callable[[TenantRow, str, str | None], None]] = []
"""Told in the open transaction of a village that is suspended or resumed, of its state before and of the reason."""
PROVISION_ONE = "province.provision_one"
PROVISION_MANY = "province.provision"


class StateRefused(Exception):
    """The village's state does not allow what was asked; the message is a sentence for the person who asked."""


class ApplicationPending(StateRefused):
    """The village has an application that is not over; it is decided on instead."""

    def __init__(self, sentence: str, application_id: uuid.UUID) -> None:
        super().__init__(sentence)
        self.application_id = application_id


def suspend_village(tenant_id: uuid.UUID, *, reason: str) -> None:
    """Take a village off its address until it is resumed; its data stays as it is.

    The reason stands on the page that takes the place of its site. Raises UnknownTenant, and StateRefused when the
    village is not in service.
    """
    reason, problems = read_reason({"reason": reason})
    if problems:
        raise StateRefused(problems["reason"][0])
    row = _locked(tenant_id)
    refuse_unless_served(row)
    _change(row, TenantState.SUSPENDED, "village.suspended", reason)


def refuse_unless_served(row: TenantRow) -> None:
    """Raise StateRefused, with the sentence why, for a village that can't be suspended."""
    if row.state == TenantState.SUSPENDED:
        raise StateRefused(_("%(village)s sudah ditangguhkan.", village=full_name(row)))
    if row.state not in SERVED_STATES:
        raise StateRefused(
            _("%(village)s belum disiapkan, jadi tidak ada yang ditangguhkan.", village=full_name(row))
        )


def resume_village(tenant_id: uuid.UUID) -> None:
    """Put a suspended village back into the state that it had. Raises UnknownTenant, StateRefused."""
    row = _locked(tenant_id)
    if row.state != TenantState.SUSPENDED:
        raise StateRefused(_("%(village)s tidak sedang ditangguhkan.", village=full_name(row)))
    _change(row, TenantState(row.state_before or TenantState.PROVISIONED), "village.resumed", None)


def _change(row: TenantRow, state: TenantState, action: str, reason: str | None) -> None:
    before = row.state
    registry.change_state(row, state, reason)
    details = {"before": {"state": before}, "after": {"state": state.value}}
    audit.record(
        action,
        object_type="village",
        object_id=row.id,
        summary=full_name(row),
        details=details | ({"reason": reason} if reason else {}),
        tenant_id=row.id,
    )
    outbox.post("dirty", {}, tenant_id=row.id)
    for tell in on_state_change:
        tell(row, before, reason)
    db.session.commit()
    registry.hosts_changed()


def refresh_figures(*, asked_by: str | None = None) -> PlatformJobRun:
    """Ask for the figures of all villages now and return the run to watch; the one that runs already, if one does."""
    running = select(PlatformJobRun).where(
        PlatformJobRun.name == figure_jobs.REFRESH, PlatformJobRun.state.in_(REFRESH_WAITS)
    )
    run = db.session.scalars(running.order_by(PlatformJobRun.created_at.desc()).limit(1)).one_or_none()
    if run is None:
        run = figure_jobs.ask_for_all(asked_by)
        details = {"villages": run.total}
        audit.record("figures.refresh_requested", object_type="job", object_id=run.id, details=details)
        db.session.commit()
    return run


def provision_village(tenant_id: uuid.UUID, *, asked_by: str | None = None) -> PlatformJobRun:
    """Ask for one village's schema and return the run to watch; a worker takes it up within milliseconds.

    Raises UnknownTenant, and StateRefused when the village has its schema already, runs other software, or has applied
    by itself (ApplicationPending).
    """
    row = _locked(tenant_id)
    _refuse_unless_preparable(row)
    run = jobs.start_run(
        PROVISION_ONE,
        full_name(row),
        total=1,
        asked_by=asked_by,
        village_id=str(row.id),
        region_code=row.code,
    )
    assert isinstance(run, PlatformJobRun)
    audit.record(
        "village.provision_requested",
        object_type="village",
        object_id=row.id,
        summary=full_name(row),
        tenant_id=row.id,
    )
    db.session.commit()
    outbox.deliver_now(run.id)
    return run


def _refuse_unless_preparable(row: TenantRow) -> None:
    """Raise StateRefused, with the sentence why, for a village that can't be prepared from its card."""
    if row.schema_name is not None:
        raise StateRefused(_("%(village)s sudah disiapkan.", village=full_name(row)))
    if row.software is not None:
        raise StateRefused(
            _(
                "%(village)s memakai sistem lain (%(software)s). Akhiri catatan itu dahulu.",
                village=full_name(row),
                software=row.software,
            )
        )
    refuse_applied(row)


def refuse_applied(row: TenantRow) -> None:
    """Raise ApplicationPending for a village whose application is not over (one select)."""
    pending = Application.tenant_id == row.id, Application.state.in_(OPEN_STATES)
    application_id = db.session.scalar(select(Application.id).where(*pending))
    if application_id is not None:
        raise ApplicationPending(
            _(
                "%(village)s sudah mendaftar sendiri, jadi tidak disiapkan lewat jalan lain. Putuskan pendaftarannya: "
                "begitu disetujui, desa disiapkan dan pendaftarnya diundang.",
                village=full_name(row),
            ),
            application_id,
        )


def without_schema() -> ColumnElement[bool]:
    """The condition that a village could have a schema and has none: no other software, and not closed for good."""
    return and_(
        TenantRow.schema_name.is_(None), TenantRow.software.is_(None), TenantRow.state != TenantState.ARCHIVED
    )


def applying() -> ColumnElement[bool]:
    """The condition that a village has an application that is not over; it is prepared when that is approved."""
    return exists().where(Application.tenant_id == TenantRow.id, Application.state.in_(OPEN_STATES))


def unprepared() -> ColumnElement[bool]:
    """The condition that a village waits for its schema and for no decision on an application."""
    return and_(without_schema(), ~applying())


def provision_region(region_code: str, *, label: str, asked_by: str | None = None) -> PlatformJobRun:
    """Ask for the schemas of all villages of a region (`18`, `18.06`, `18.06.20`) that have none yet.

    Villages that run other software are left out, archived ones, whose data was deleted, and those that have applied.

    `label` names the region on screens. Raises StateRefused when there is nothing to do or the same is under way.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(PROVISION_MANY))))
    query = select(TenantRow.id).where(within(region_code), unprepared())
    ids = list(db.session.scalars(query.order_by(TenantRow.code)))
    if not ids:
        left = select(func.count()).where(within(region_code), without_schema())
        raise StateRefused(nothing_to_prepare(label, db.session.scalar(left) or 0))
    if _under_way(region_code):
        raise StateRefused(_("Penyiapan %(region)s sedang berjalan.", region=label))
    run = fan_out.fan_out(PROVISION_MANY, label, ids, asked_by=asked_by, region_code=region_code)
    audit.record(
        "region.provision_requested",
        object_type="region",
        object_id=region_code,
        summary=label,
        details={"villages": len(ids)},
    )
    db.session.commit()
    return run


def nothing_to_prepare(label: str, applied: int) -> str:
    """Why a region has nothing to prepare: all is done, or what is left (`applied`) has applied by itself."""
    if applied:
        return str(
            ngettext(
                "Tidak ada yang disiapkan di %(region)s: %(num)s desa yang tersisa sudah mendaftar sendiri. Putuskan "
                "pendaftarannya.",
                "Tidak ada yang disiapkan di %(region)s: %(num)s desa yang tersisa sudah mendaftar sendiri. Putuskan "
                "pendaftarannya.",
                applied,
                region=label,
            )
        )
    return str(_("Semua desa dan kelurahan di %(region)s sudah disiapkan.", region=label))


def retry_run(run: PlatformJobRun) -> int:
    """Ask again for what failed in a run and return how many pieces that is (0: nothing had failed)."""
    count = fan_out.retry_run(run)
    if count:
        audit.record(
            "job.retried", object_type="job", object_id=run.id, summary=run.label, details={"count": count}
        )
        db.session.commit()
    return count


def full_name(row: TenantRow) -> str:
    """The name with the village's own word before it: "Pekon Gisting Atas"."""
    return f"{row.term} {row.name}"


def _locked(tenant_id: uuid.UUID) -> TenantRow:
    query = select(TenantRow).where(TenantRow.id == tenant_id).with_for_update()
    row = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UnknownTenant(str(tenant_id))
    return row


def _under_way(region_code: str) -> bool:
    query = select(PlatformJobRun.id).where(
        PlatformJobRun.name == PROVISION_MANY,
        PlatformJobRun.state.in_(["queued", "running"]),
        PlatformJobRun.arguments["region_code"].astext == region_code,
    )
    return db.session.scalar(query.limit(1)) is not None
