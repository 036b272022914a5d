"""Announcements written and sent through the province's pages, and what became of them."""

from __future__ import annotations

import re
import uuid
from typing import Any

from sqlalchemy import func, select

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.core.notifications.models import Notification
from app.extensions import db
from app.province.announcements.models import Announcement, AnnouncementRecipient
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.uploads import send_form
from tests.support.visitors import Visitor

VERSION = re.compile(r'name="row_version" value="(\d+)"')
PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\nxref\n0 1\ntrailer\n<< >>\nstartxref\n9\n%%EOF\n"
BODY = "Kepada Yth. perangkat desa,\n\n- Bawa berkas asli\n- Datang pukul 09.00\n\nLihat https://lampungprov.go.id."


def drafted(writer: Visitor, *villages: Tenant, **values: Any) -> uuid.UUID:
    """A draft for the villages (for the whole own region without any); files are given as (bytes, name)."""
    said: dict[str, Any] = {"title": "Undangan rapat koordinasi", "body": BODY, "scope": "all"}
    if villages:
        said |= {"scope": "villages", "village_text": "\n".join(village.code for village in villages)}
    answer = send_form(writer, "/pengumuman/baru", {**said, **values})
    assert answer.status_code == 303, answer.text
    return uuid.UUID(answer.headers["Location"].rsplit("/", 1)[1])


def sent(writer: Visitor, *villages: Tenant, **values: Any) -> uuid.UUID:
    """An announcement that was sent to the villages."""
    key = drafted(writer, *villages, **values)
    answer = send(writer, key)
    assert answer.status_code == 303
    assert kept(writer.app, key).state == "sent"
    return key


def send(writer: Visitor, key: uuid.UUID) -> Any:
    """Press the button on the page of a draft."""
    page = f"/pengumuman/{key}"
    found = VERSION.search(writer.get(page).text)
    version = found.group(1) if found else "0"
    return writer.submit(f"{page}/kirim", {"row_version": version}, form=page)


def kept(app: Any, key: uuid.UUID) -> Announcement:
    """The row of an announcement."""
    with app.app_context(), platform_scope():
        row = db.session.get(Announcement, key)
        assert row is not None
        db.session.expunge(row)
        return row


def recipient(app: SigerFlask, key: uuid.UUID, village: Tenant) -> AnnouncementRecipient | None:
    """What is kept of a village that received it."""
    with app.app_context(), platform_scope():
        row = db.session.get(AnnouncementRecipient, (key, village.id))
        if row is not None:
            db.session.expunge(row)
        return row


def recipients(app: SigerFlask, key: uuid.UUID) -> int:
    """How many villages received it."""
    with app.app_context(), platform_scope():
        query = select(func.count()).where(AnnouncementRecipient.announcement_id == key)
        return db.session.scalar(query) or 0


def told(app: SigerFlask, village: Tenant, key: uuid.UUID, event: str = "announcements.received") -> int:
    """How many messages inside the application a village's staff got about it."""
    with app.app_context(), tenant_scope(village):
        query = select(func.count()).where(
            Notification.subject_id == key, Notification.event == event, Notification.channel == "in_app"
        )
        return db.session.scalar(query) or 0


def noted(app: SigerFlask, action: str, object_id: object) -> list[PlatformAuditEntry]:
    """Entries of the platform's audit log about an object."""
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry).where(
            PlatformAuditEntry.action == action, PlatformAuditEntry.object_id == str(object_id)
        )
        rows = list(db.session.scalars(query))
        db.session.expunge_all()
        return rows
