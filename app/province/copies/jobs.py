"""The work on copies outside of requests: by hand, every night, and the check that a copy can be put back."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Sequence

import psycopg
import structlog
from flask_babel import gettext as _
from sqlalchemy import func, select, update

from app.core import audit
from app.core.files.storage import StorageAway
from app.extensions import db
from app.province.copies import restoring, retention, storing, telling
from app.province.copies.errors import CopyRefused
from app.province.copies.models import HAND, NIGHTLY, READY, VillageCopy
from app.province.copies.owner import owner, shared_owner
from app.province.copies.restoring import AFTER_SWAP, comparison_of
from app.province.copies.services import DISCARD, RESTORE, SWAP, TAKE
from app.province.copies.taking import take_copy
from app.province.services import full_name
from tenants import fan_out, jobs, registry, schedule
from tenants.beside import REPLACED, drop_beside, overdue
from tenants.models import PlatformJobRun, SideSchema, TenantRow, now
from tenants.scope import platform_scope

log = structlog.get_logger(__name__)

NIGHT, COPY_OF_NIGHT, CHECK, SWEEP = "copies.nightly", "copies.of_night", "copies.check", "copies.sweep"
ONCE_WITHIN = dt.timedelta(hours=12)
SLICE = 40
REST, LONGEST_REST = 0.4, 0.25
"""After each village the night's work rests for this share of the time it took (seconds at most): villages that people
work in go first."""


@jobs.job(TAKE, queue="high", timeout=900, place="platform")
def take(village_id: str, region_code: str, run_id: str, note: str = "", by: str = "") -> object:
    """Copy one village for somebody who watches."""

    def deed() -> None:
        def step(done: int, total: int) -> None:
            if done % 5 == 0 or done == total:
                jobs.report_progress(run_id, done, total)

        take_copy(uuid.UUID(village_id), kind=HAND, note=note, made_by=by, step=step)

    return _watched(run_id, deed)


@jobs.job(RESTORE, queue="high", timeout=1800, place="platform")
def restore(village_id: str, region_code: str, run_id: str, copy_id: str, by: str = "") -> object:
    """Put a copy beside its village; one that stands there already was put there by a run that died afterwards."""
    tenant_id, key = uuid.UUID(village_id), uuid.UUID(copy_id)

    def deed() -> None:
        there = comparison_of(tenant_id)
        db.session.rollback()
        if there is None or there.copy_id != key:
            restoring.restore_beside(tenant_id, key, made_by=by)

    return _watched(run_id, deed)


@jobs.job(SWAP, queue="high", timeout=1800, place="platform")
def swap(
    village_id: str, region_code: str, run_id: str, schema: str, reason: str, by: str = "", by_id: str = ""
) -> object:
    """Put a comparison into its village's place; a run that died after the commit has nothing left to do."""
    tenant_id = uuid.UUID(village_id)

    def deed() -> None:
        if not _was_swapped(tenant_id, run_id):
            restoring.swap_in(
                tenant_id, schema, reason=reason, made_by=by, made_by_id=uuid.UUID(by_id) if by_id else None
            )

    return _watched(run_id, deed)


def _was_swapped(tenant_id: uuid.UUID, run_id: str) -> bool:
    asked_at = (
        select(PlatformJobRun.created_at).where(PlatformJobRun.id == uuid.UUID(run_id)).scalar_subquery()
    )
    query = select(SideSchema.schema_name).where(
        SideSchema.tenant_id == tenant_id, SideSchema.kind == REPLACED, SideSchema.made_at > asked_at
    )
    found = db.session.scalar(query.limit(1))
    db.session.rollback()
    return found is not None


@jobs.job(DISCARD, queue="high", timeout=300, place="platform")
def discard(village_id: str, region_code: str, run_id: str, schema: str) -> object:
    """Drop a comparison."""

    def deed() -> None:
        with owner() as conn:
            drop_beside(conn, schema)

    return _watched(run_id, deed)


def _watched(run_id: str, deed: Callable[[], None]) -> object:
    """Do it; what was refused is over at once, with its sentence, since trying again would not help."""
    db.session.rollback()
    try:
        deed()
    except CopyRefused as refusal:
        db.session.rollback()
        note = update(PlatformJobRun).where(PlatformJobRun.id == uuid.UUID(run_id))
        db.session.execute(note.values(state="failed", error=str(refusal)[:1000], finished_at=now()))
        db.session.commit()
        return "continues"
    return None


@jobs.job(AFTER_SWAP, queue="high", timeout=120, place="platform")
def after_swap(
    village_id: str, copy_id: str, schema: str, reason: str, by: str = "", by_id: str = ""
) -> None:
    """Write into the log that a village was set back, and have its people told; once, however often it runs."""
    tenant_id = uuid.UUID(village_id)
    row = registry.tenant_row(tenant_id)
    copy = db.session.get(VillageCopy, uuid.UUID(copy_id)) if copy_id != "None" else None
    if not telling.was_noted(schema):
        taken_at = copy.taken_at.isoformat() if copy else ""
        with telling.as_person(by, by_id):
            audit.record(
                telling.SWAPPED,
                object_type="schema",
                object_id=schema,
                summary=full_name(row),
                details={"taken_at": taken_at, "reason": reason},
                tenant_id=tenant_id,
            )
        jobs.enqueue(telling.TELL, tenant_id=tenant_id, schema=schema, taken_at=taken_at, reason=reason)
    db.session.commit()
    registry.hosts_changed()


# -- every night ---------------------------------------------------------------------------------------------------


@jobs.job(NIGHT, queue="bulk", timeout=600, place="platform")
def nightly() -> None:
    """Ask for a copy of every village that has a schema; once a night, however often it is asked for."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(NIGHT))))
    recent = select(PlatformJobRun.id).where(
        PlatformJobRun.name == COPY_OF_NIGHT, PlatformJobRun.created_at > now() - ONCE_WITHIN
    )
    if db.session.scalar(recent.limit(1)) is None:
        start_night(provisioned())
    db.session.commit()


def provisioned() -> list[uuid.UUID]:
    """Every village that has a schema, suspended and archived ones too, in the order of their codes."""
    query = select(TenantRow.id).where(TenantRow.schema_name.is_not(None)).order_by(TenantRow.code)
    return list(db.session.scalars(query))


def start_night(tenant_ids: Sequence[uuid.UUID]) -> PlatformJobRun:
    """Ask for a copy of each of these villages, in slices that two workers share. The caller commits."""
    return fan_out.fan_out(COPY_OF_NIGHT, str(_("Salinan malam semua desa")), tenant_ids, chunk=SLICE)


@jobs.job(COPY_OF_NIGHT, queue="bulk", timeout=1800, place="platform")
@fan_out.for_platform
@fan_out.around(shared_owner)
def copy_of_night(tenant_id: str) -> None:
    """Copy one village, then rest a little."""
    began = time.monotonic()
    take_copy(uuid.UUID(tenant_id), kind=NIGHTLY)
    time.sleep(min(LONGEST_REST, REST * (time.monotonic() - began)))


@jobs.job(CHECK, queue="bulk", timeout=1800, place="platform")
def check() -> None:
    """Put the newest copy of a village that chance picks into a scratch schema, and compare rows and digests.

    Villages whose copy failed this night are tried once more before.
    """
    _try_again()
    chosen = pick()
    if chosen is None:
        return
    copy_id, tenant_id = chosen
    check_one(copy_id, tenant_id)


def _try_again() -> None:
    query = (
        select(PlatformJobRun.id)
        .where(PlatformJobRun.name == COPY_OF_NIGHT, PlatformJobRun.state == "failed")
        .where(PlatformJobRun.created_at > now() - ONCE_WITHIN, PlatformJobRun.attempts < 2)
    )
    for run_id in db.session.scalars(query).all():
        fan_out.retry_failed(run_id)
    db.session.commit()


def pick() -> tuple[uuid.UUID, uuid.UUID] | None:
    """The newest copy of a village that chance picks: its id and the village's (inside a platform scope)."""
    some = (
        select(VillageCopy.tenant_id)
        .join(TenantRow, TenantRow.id == VillageCopy.tenant_id)
        .where(VillageCopy.state == READY, TenantRow.schema_name.is_not(None))
        .distinct()
        .subquery()
    )
    tenant_id = db.session.scalar(select(some.c.tenant_id).order_by(func.random()).limit(1))
    newest = select(VillageCopy.id).where(VillageCopy.tenant_id == tenant_id, VillageCopy.state == READY)
    copy_id = db.session.scalar(newest.order_by(VillageCopy.taken_at.desc()).limit(1))
    db.session.rollback()
    return (copy_id, tenant_id) if copy_id is not None and tenant_id is not None else None


def check_one(copy_id: uuid.UUID, tenant_id: uuid.UUID) -> str:
    """Check one copy, note what came of it, write to the province's admins when it failed; return what is wrong."""
    wrong = restoring.check_copy(tenant_id, copy_id)
    db.session.execute(
        update(VillageCopy).where(VillageCopy.id == copy_id).values(verified_at=now(), verify_result=wrong)
    )
    if wrong:
        log.error("copy_check_failed", copy=str(copy_id), village=str(tenant_id), reason=wrong)
        telling.alarm(copy_id)
    db.session.commit()
    return wrong


@jobs.job(SWEEP, queue="bulk", timeout=3600, place="platform")
def sweep() -> None:
    """Remove copies and schemas beside villages whose time is over, and what died processes left in the storage."""
    retention.sweep()
    with owner() as conn:
        for schema in overdue(conn):
            try:
                drop_beside(conn, schema)
            except psycopg.Error as error:
                log.warning("side_schema_left", schema=schema, error=str(error).splitlines()[0])
    try:
        storing.forget_strays()
    except StorageAway as away:
        log.warning("strays_left", error=str(away))


def keeps_objects(tenant_id: uuid.UUID) -> bool:
    """Whether a schema beside a village may name objects that its own rows do not name any more."""
    with platform_scope():
        query = select(SideSchema.schema_name).where(
            SideSchema.tenant_id == tenant_id, SideSchema.kind == REPLACED
        )
        return db.session.scalar(query.limit(1)) is not None


schedule.every("10 17 * * *", NIGHT)
schedule.every("0 20 * * *", CHECK)
schedule.every("30 20 * * *", SWEEP)
