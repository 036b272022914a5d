"""Telling a village's staff of an announcement: one message each, however often the job runs."""

from __future__ import annotations

import datetime as dt
import uuid

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update

from app.core.notifications import declare_event, notify
from app.core.notifications.models import Notification
from app.extensions import db
from app.province.announcements.models import Announcement, AnnouncementRecipient
from app.province.announcements.services import DELIVER, REMIND
from app.province.announcements.waiting import forget_waiting
from app.province.regions import frame_name
from tenants import jobs
from tenants.models import now
from tenants.scope import current_tenant, platform_scope

RECEIVED = "announcements.received"
REMINDED = "announcements.reminded"
SUBJECT = "announcement"
_NAMES = {"judul": "judul kabar", "pengirim": "wilayah yang mengirim"}

Recipient = AnnouncementRecipient


def declare_events() -> None:
    """Declare what staff are told (at start)."""
    declare_event(
        RECEIVED,
        _l("Kabar baru dari wilayah"),
        "Kabar baru: {judul}",
        "{pengirim} mengirim kabar kepada {desa}. Buka untuk membacanya.",
        ("in_app", "email"),
        "staff",
        _NAMES,
    )
    declare_event(
        REMINDED,
        _l("Kabar dari wilayah menunggu"),
        "Masih menunggu: {judul}",
        "Kabar dari {pengirim} belum selesai dibaca atau dikonfirmasi oleh {desa}.",
        ("in_app", "email"),
        "staff",
        _NAMES,
    )


@jobs.job(DELIVER, queue="bulk", timeout=120)
def deliver(announcement_id: str, region_code: str) -> None:
    """Tell the staff of the present village, then note that it was told.

    The messages stand in the village's own schema, so a run that died between both notes it the next time and tells
    nobody twice. `region_code` says for whom the run is listed.
    """
    key = uuid.UUID(announcement_id)
    found = _announcement(key)
    if found is None:
        return
    tenant_id = current_tenant().id
    _tell(RECEIVED, found, found.created_at)
    with platform_scope():
        db.session.execute(
            update(Recipient)
            .where(
                Recipient.announcement_id == key,
                Recipient.tenant_id == tenant_id,
                Recipient.delivered_at.is_(None),
            )
            .values(delivered_at=now())
        )
        db.session.commit()
    forget_waiting([tenant_id])


@jobs.job(REMIND, queue="bulk", timeout=120)
def remind(announcement_id: str, region_code: str, since: str) -> None:
    """Tell the staff of the present village once more, unless they read (and confirmed) it meanwhile.

    `since` is when the reminder was asked for: staff who were told after it are not told again by a second run.
    """
    found = _announcement(uuid.UUID(announcement_id), waiting=True)
    if found is not None:
        _tell(REMINDED, found, dt.datetime.fromisoformat(since))


def _announcement(key: uuid.UUID, *, waiting: bool = False) -> Announcement | None:
    """What the present village received, while it stands (and waits for the village)."""
    tenant_id = current_tenant().id
    query = (
        select(Announcement, Recipient)
        .join(Recipient, Recipient.announcement_id == Announcement.id)
        .where(Announcement.id == key, Announcement.state == "sent", Recipient.tenant_id == tenant_id)
    )
    with platform_scope():
        row = db.session.execute(query).one_or_none()
        if row is None:
            return None
        said, mine = row
        db.session.expunge(said)
    if (
        waiting
        and mine.first_read_at is not None
        and not (said.needs_confirmation and mine.confirmed_at is None)
    ):
        return None
    return said


def _tell(event: str, said: Announcement, since: dt.datetime) -> None:
    """Write the messages in one transaction of the village; two runs at once wait for each other."""
    db.session.execute(
        select(func.pg_advisory_xact_lock(func.hashtext(f"{event}:{said.id}:{current_tenant().id}")))
    )
    told = select(Notification.id).where(
        Notification.event == event, Notification.subject_id == said.id, Notification.created_at >= since
    )
    if db.session.scalar(told.limit(1)) is None:
        notify(
            event,
            permission="village.view",
            values={"judul": said.title, "pengirim": frame_name(said.region_code)},
            subject_kind=SUBJECT,
            subject_id=said.id,
            link=f"/kabar/{said.id}",
        )
    db.session.commit()
