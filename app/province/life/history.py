"""What happened to a village besides the deeds of `deeds`: closed and opened again, other names and addresses."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import desc, select

from app.core.audit.models import PlatformAuditEntry
from app.core.ui.formats import moment
from app.extensions import db
from app.province.life.models import VillageDeed
from tenants.models import TenantRow

SHOWN = 50
LABELS: dict[str, object] = {
    "village.provisioned": _l("Disiapkan"),
    "village.suspended": _l("Ditangguhkan"),
    "village.resumed": _l("Dipulihkan"),
    "village.archived": _l("Diarsipkan"),
    "village.reopened": _l("Diaktifkan kembali"),
    "village.renamed": _l("Nama, kode, atau wilayah diubah"),
    "village.address_changed": _l("Alamat web diubah"),
    "village.set_back": _l("Dikembalikan ke salinan"),
}
"""The entries of the audit log that tell of a village's life, as its page names them."""

TOLD = ("term", "name", "code", "district", "regency", "slug", "host")
"""Which parts of a change are told, in this order."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: what, when, by whom, why, and what it was before and after (empty: nothing to tell)."""

    label: object
    at: dt.datetime
    by: str
    reason: str
    before: str
    after: str
    note: str = ""
    """What else is to be said, such as which copy it was."""


def others(tenant_id: uuid.UUID, found: Iterable[VillageDeed]) -> dict[uuid.UUID, TenantRow]:
    """The other village of each of a village's splits and merges, by the deed's id; one select."""
    whose = {
        deed.id: deed.other_tenant_id if deed.tenant_id == tenant_id else deed.tenant_id for deed in found
    }
    rows = {
        row.id: row
        for row in db.session.scalars(
            select(TenantRow).where(TenantRow.id.in_([*filter(None, whose.values())]))
        )
    }
    return {deed_id: rows[key] for deed_id, key in whose.items() if key in rows}


def happenings(tenant_id: uuid.UUID) -> list[Happening]:
    """What happened to a village, newest first; at most fifty (inside a platform scope; one select)."""
    query = (
        select(PlatformAuditEntry)
        .where(PlatformAuditEntry.tenant_id == tenant_id, PlatformAuditEntry.action.in_(LABELS))
        .order_by(desc(PlatformAuditEntry.at), desc(PlatformAuditEntry.id))
        .limit(SHOWN)
    )
    return [_happening(entry) for entry in db.session.scalars(query)]


def _happening(entry: PlatformAuditEntry) -> Happening:
    before, after = (entry.details.get(side) or {} for side in ("before", "after"))
    return Happening(
        LABELS[entry.action],
        entry.at,
        entry.actor_name,
        str(entry.details.get("reason") or ""),
        _told(before),
        _told(after),
        _copy(entry.details.get("taken_at")) if entry.action == "village.set_back" else "",
    )


def _copy(taken_at: str | None) -> str:
    if not taken_at:
        return str(_("ke keadaan sebelum pemulihan terakhir"))
    return str(_("ke salinan %(moment)s", moment=moment(dt.datetime.fromisoformat(taken_at))))


def _told(side: dict[str, Any]) -> str:
    name = " ".join(str(side[key]) for key in ("term", "name") if side.get(key))
    rest = [str(side[key]) for key in TOLD[2:] if side.get(key)]
    return ", ".join([*([name] if name else []), *rest])
