"""What officers do with copies. Each deed asks for a job, writes the audit log and commits; a worker does the work.

Every function runs inside a platform scope. Whether somebody may, and whether the village lies in their region, was
decided before.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import audit
from app.extensions import db
from app.province.copies.errors import CopyRefused
from app.province.copies.models import HAND, VillageCopy
from app.province.copies.restoring import comparison_of, find_copy, refuse_if_people_moved
from app.province.copies.retention import forget_copies
from app.province.services import full_name
from tenants import jobs, outbox
from tenants.errors import UnknownTenant
from tenants.models import PlatformJobRun, SideSchema, TenantRow, now

TAKE, RESTORE, SWAP, DISCARD = "copies.take", "copies.restore", "copies.swap", "copies.discard"
OURS = (TAKE, RESTORE, SWAP, DISCARD)
FORGOTTEN_AFTER = dt.timedelta(hours=1)
"""A piece of work that was asked for longer ago than this holds up no other."""
LONGEST_NOTE, LONGEST_REASON = 200, 500


def ask_copy(tenant_id: uuid.UUID, *, note: str = "", by: str = "") -> PlatformJobRun:
    """Ask for a copy of one village now and return the run to watch. Raises UnknownTenant, CopyRefused."""
    row = _free_village(tenant_id)
    label = _("Salinan %(village)s", village=full_name(row))
    run = _start(TAKE, label, row, by, note=note.strip()[:LONGEST_NOTE], by=by)
    _record("copy.asked", row, {"note": note.strip()[:LONGEST_NOTE]})
    return _committed(run)


def ask_comparison(tenant_id: uuid.UUID, copy_id: uuid.UUID, *, by: str = "") -> PlatformJobRun:
    """Ask for a copy to be put beside the village, to be compared. Raises UnknownTenant, CopyRefused."""
    row = _free_village(tenant_id)
    copy = find_copy(copy_id, tenant_id)
    if comparison_of(tenant_id) is not None:
        raise CopyRefused(
            _("Desa ini sudah mempunyai pembanding. Buang yang itu dahulu, lalu pulihkan salinan ini.")
        )
    label = _("Pembanding %(village)s", village=full_name(row))
    run = _start(RESTORE, label, row, by, copy_id=str(copy_id), by=by)
    _record("copy.restored_beside", row, {"taken_at": copy.taken_at.isoformat()})
    return _committed(run)


def ask_swap(
    tenant_id: uuid.UUID, *, seen: str, typed: str, reason: str, by: str = "", by_id: uuid.UUID | None = None
) -> PlatformJobRun:
    """Ask for the comparison to take the place of what the village works with.

    `seen` is the schema of the comparison that was shown, `typed` the village's name as the page asks for it.
    Raises UnknownTenant, CopyRefused.
    """
    before = comparison_of(tenant_id)
    if before is not None:
        refuse_if_people_moved(tenant_id, before.copy_id)
    row = _free_village(tenant_id)
    side = comparison_of(tenant_id)
    if side is None:
        raise CopyRefused(_("Belum ada pembanding. Pulihkan sebuah salinan untuk dibandingkan dahulu."))
    _refuse_other(side, seen)
    if not is_confirmed(row, typed):
        raise CopyRefused(
            _("Ketik nama desa persis “%(name)s” untuk memastikan. Tidak ada yang berubah.", name=row.name)
        )
    reason = reason.strip()[:LONGEST_REASON]
    if len(reason) < 5:
        raise CopyRefused(_("Tulis alasannya, sekurang-kurangnya lima huruf. Tidak ada yang berubah."))
    label = _("Pemulihan %(village)s", village=full_name(row))
    run = _start(
        SWAP, label, row, by, schema=side.schema_name, reason=reason, by=by, by_id=str(by_id) if by_id else ""
    )
    _record("copy.swap_asked", row, {"reason": reason})
    return _committed(run)


def is_confirmed(row: TenantRow, typed: str) -> bool:
    """Whether somebody typed what confirms a restore onto a live village: its name or its code."""
    said = " ".join(typed.split()).casefold()
    return said in (row.name.casefold(), row.code.casefold())


def discard_comparison(tenant_id: uuid.UUID, *, seen: str, by: str = "") -> None:
    """Ask for the comparison that was shown, by its schema, to be dropped. Raises UnknownTenant, CopyRefused."""
    row = _free_village(tenant_id)
    side = comparison_of(tenant_id)
    if side is None:
        raise CopyRefused(_("Tidak ada pembanding yang perlu dibuang."))
    _refuse_other(side, seen)
    run = _start(
        DISCARD,
        _("Membuang pembanding %(village)s", village=full_name(row)),
        row,
        by,
        schema=side.schema_name,
    )
    _record("copy.discarded", row, {})
    _committed(run)


def remove_copy(tenant_id: uuid.UUID, copy_id: uuid.UUID) -> None:
    """Remove a copy that somebody made by hand. Raises CopyRefused for any other. Commits."""
    copy = db.session.get(VillageCopy, copy_id)
    if copy is None or copy.tenant_id != tenant_id or copy.kind != HAND:
        raise CopyRefused(
            _("Hanya salinan yang diambil sendiri yang dapat dihapus; lainnya terhapus pada waktunya.")
        )
    row = db.session.get_one(TenantRow, tenant_id)
    _record("copy.removed", row, {"taken_at": copy.taken_at.isoformat()})
    forget_copies([copy_id])


def under_way(tenant_id: uuid.UUID) -> PlatformJobRun | None:
    """The piece of work on this village's copies that is asked for or under way, if there is one."""
    query = select(PlatformJobRun).where(
        PlatformJobRun.name.in_(OURS),
        PlatformJobRun.state.in_(("queued", "running")),
        PlatformJobRun.arguments["village_id"].astext == str(tenant_id),
        PlatformJobRun.created_at > now() - FORGOTTEN_AFTER,
    )
    return db.session.scalars(query.order_by(PlatformJobRun.created_at.desc()).limit(1)).one_or_none()


def _free_village(tenant_id: uuid.UUID) -> TenantRow:
    row = db.session.scalars(
        select(TenantRow).where(TenantRow.id == tenant_id).with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise UnknownTenant(str(tenant_id))
    if row.schema_name is None:
        raise CopyRefused(
            _("%(village)s belum disiapkan, jadi belum ada yang disalin.", village=full_name(row))
        )
    if under_way(tenant_id) is not None:
        raise CopyRefused(
            _("Masih ada pekerjaan salinan untuk desa ini. Tunggu sampai selesai, lalu coba lagi.")
        )
    return row


def _refuse_other(side: SideSchema, seen: str) -> None:
    """Raise CopyRefused when another comparison stands there than the one that was shown."""
    if side.schema_name != seen:
        raise CopyRefused(
            _(
                "Pembanding berganti sejak halaman dibuka: petugas lain memulihkan salinan lain. Tidak ada yang "
                "berubah; lihat perbedaannya lagi."
            )
        )


def _start(name: str, label: str, row: TenantRow, asked_by: str, **arguments: Any) -> PlatformJobRun:
    run = jobs.start_run(
        name, label, asked_by=asked_by or None, village_id=str(row.id), region_code=row.code, **arguments
    )
    assert isinstance(run, PlatformJobRun)
    return run


def _record(action: str, row: TenantRow, details: dict[str, object]) -> None:
    audit.record(
        action,
        object_type="village",
        object_id=row.id,
        summary=full_name(row),
        details=details,
        tenant_id=row.id,
    )


def _committed(run: PlatformJobRun) -> PlatformJobRun:
    db.session.commit()
    outbox.deliver_now(run.id)
    return run
