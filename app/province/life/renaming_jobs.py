"""A village is told that it has another name, code or place: in its log, and to those who look after its settings."""

from __future__ import annotations

import uuid

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import audit
from app.core.audit.models import TenantAuditEntry
from app.core.notifications import declare_event, notify
from app.core.public_pages import pages_changed
from app.extensions import db
from app.province.life.renaming import TELL
from app.province.life.renaming_models import VillagePast
from tenants import jobs
from tenants.scope import current_tenant, platform_scope

EVENT = "village.renamed"
PERMISSION = "village.settings"

declare_event(
    EVENT,
    _l("Nama, kode, atau wilayah desa berubah"),
    "{sekarang}: nama, kode, atau wilayah berubah",
    "Sejak {sejak}, menurut {dasar}: {dahulu} menjadi {sekarang}. Alamat web, akun, dan data tetap. Surat yang sudah "
    "terbit tidak berubah; surat baru memakai nama dan kode baru. Periksa kop surat.",
    ("in_app", "email"),
    "staff",
    {
        "sekarang": "nama, kode, dan wilayah sekarang",
        "dahulu": "nama, kode, dan wilayah sebelumnya",
        "sejak": "hari berlakunya",
        "dasar": "peraturannya",
    },
)


@jobs.job(TELL, queue="default", timeout=120)
def tell_renamed(past_id: str) -> None:
    """Tell the present village of a change, once: a second run finds it in the village's log."""
    tenant, key = current_tenant(), uuid.UUID(past_id)
    with platform_scope():
        past = db.session.get(VillagePast, key)
        if past is None or past.tenant_id != tenant.id:
            return
        before = _said(past.term, past.name, past.code, past.district_name, past.regency_name)
        values = {"dahulu": before, "sejak": f"{past.used_until:%d-%m-%Y}", "dasar": past.regulation}
        details = {"reason": past.reason, "regulation": past.regulation, "before": before}
    query = select(TenantAuditEntry.id).where(
        TenantAuditEntry.action == EVENT, TenantAuditEntry.object_id == past_id
    )
    if db.session.scalar(query.limit(1)) is not None:
        return
    district, regency = tenant.region_path
    values["sekarang"] = _said(tenant.term, tenant.name, tenant.code, district, regency)
    audit.record(EVENT, object_type="village", object_id=past_id, summary=tenant.full_name, details=details)
    notify(
        EVENT,
        permission=PERMISSION,
        values=values,
        subject_kind="village",
        subject_id=key,
        link="/pengaturan/identitas",
    )
    pages_changed()
    db.session.commit()


def _said(term: str, name: str, code: str, district: str, regency: str) -> str:
    return f"{term} {name} ({code}), Kecamatan {district}, {regency}"
