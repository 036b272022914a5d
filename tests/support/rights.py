"""Requests about one's own data, and a woman about whom much is known."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select

from app.core.audit.models import TenantAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from tenants.scope import Tenant, tenant_scope
from tests.support.residents import a_resident

ASKED = {
    "kind": "access",
    "capacity": "self",
    "asked_by": "SITI AMINAH",
    "contact": "0812-3456-7890",
    "text": "Salinan semua data saya",
}
NIK = "1806204107900011"


def a_known_woman(app: SigerFlask, village: Tenant) -> uuid.UUID:
    """A woman of the register with numbers, an address to write to, and health data; her id."""
    return a_resident(
        app, village, name="SITI AMINAH", sex=2, birth_date=dt.date(1990, 7, 1), nik=NIK, religion=1,
        phone="0812-9999-8888", email="siti@contoh.test", disability=2, illness=12,
    )  # fmt: skip


def asked(browser: Any, resident_id: uuid.UUID, **values: str) -> str:
    """Write a request down; returns its page's path."""
    answer = browser.submit(f"/penduduk/permintaan/penduduk/{resident_id}", {**ASKED, **values})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def entries(app: SigerFlask, village: Tenant, action: str) -> list[TenantAuditEntry]:
    """What the village's audit log says about an action."""
    with app.app_context(), tenant_scope(village):
        return list(db.session.scalars(select(TenantAuditEntry).where(TenantAuditEntry.action == action)))
