"""What happened to a village besides the deeds of `deeds`: closed and opened again, other names and addresses."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import desc, select

from app.core.audit.models import PlatformAuditEntry
from app.extensions import db

SHOWN = 50
LABELS: dict[str, object] = {
    "village.provisioned": _l("Disiapkan"),
    "village.suspended": _l("Ditangguhkan"),
    "village.resumed": _l("Dipulihkan"),
    "village.archived": _l("Diarsipkan"),
    "village.reopened": _l("Diaktifkan kembali"),
    "village.renamed": _l("Nama, kode, atau wilayah diubah"),
    "village.address_changed": _l("Alamat web diubah"),
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
    )


def _told(side: dict[str, Any]) -> str:
    name = " ".join(str(side[key]) for key in ("term", "name") if side.get(key))
    rest = [str(side[key]) for key in TOLD[2:] if side.get(key)]
    return ", ".join([*([name] if name else []), *rest])
