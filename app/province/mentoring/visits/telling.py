"""Telling a village of its visits: one that is planned, one that waits to be signed, a PIN that locked itself.

Messages stand in the village's own schema, so a job that enters it writes them; asking for it is a line of the deed.
"""

from __future__ import annotations

import uuid

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.notifications import declare_event, notify
from app.core.notifications.events import Channel
from app.core.notifications.models import Notification
from app.core.ui.formats import date
from app.extensions import db
from app.province.mentoring.visits.models import MentoringVisit
from tenants import jobs
from tenants.models import TenantRow, TenantState
from tenants.scope import current_tenant, platform_scope

JOB = "mentoring_visits.tell"
SUBJECT = "mentoring_visit"
_NAMES = {"pendamping": "nama pendamping", "tanggal": "tanggal kunjungan"}
_READS = {
    "planned": "village.view",
    "held": "mentoring.pin",
    "pin_locked": "mentoring.pin",
    "cancelled": "village.view",
}
_LINKS = {"pin_locked": "/pendampingan/pin"}
_STATES = {"planned": "planned", "held": "held", "cancelled": "cancelled"}
"""What is told only while the visit still stands so."""


def declare_events() -> None:
    """Declare what staff are told (at start)."""
    both: tuple[Channel, ...] = ("in_app", "email")
    declare_event(
        "mentoring_visits.planned", _l("Rencana kunjungan pendamping"), "Pendamping berkunjung {tanggal}",
        "{pendamping} merencanakan kunjungan ke {desa} pada {tanggal}.", both, "staff", _NAMES,
    )  # fmt: skip
    declare_event(
        "mentoring_visits.cancelled", _l("Kunjungan pendamping batal"), "Kunjungan {tanggal} batal",
        "{pendamping} membatalkan kunjungan ke {desa} pada {tanggal}. Alasannya ada di halaman kunjungan.", both,
        "staff", _NAMES,
    )  # fmt: skip
    declare_event(
        "mentoring_visits.held", _l("Kunjungan pendamping menunggu tanda tangan"),
        "Kunjungan {tanggal} menunggu tanda tangan",
        "{pendamping} mencatat kunjungan ke {desa} pada {tanggal}. Periksa catatannya, lalu tanda tangani.", both,
        "staff", _NAMES,
    )  # fmt: skip
    declare_event(
        "mentoring_visits.pin_locked", _l("PIN kunjungan terkunci"), "PIN kunjungan terkunci",
        "PIN kunjungan {desa} salah diketik lima kali di ponsel {pendamping}, jadi terkunci sehari. Bila bukan orang "
        "desa yang mengetiknya, tetapkan PIN baru.", both, "staff", _NAMES,
    )  # fmt: skip


def tell(what: str, tenant_id: uuid.UUID, visit_id: uuid.UUID) -> None:
    """Ask in the open transaction of the platform that a village is told; nobody is told where nobody works yet.

    Args:
        what: `planned`, `held`, `cancelled` or `pin_locked`.
        tenant_id: the village.
        visit_id: the visit that it is about.
    """
    row = db.session.get(TenantRow, tenant_id)
    if row is None or row.schema_name is None or row.state in (TenantState.SUSPENDED, TenantState.ARCHIVED):
        return
    jobs.enqueue(JOB, tenant_id=tenant_id, visit_id=str(visit_id), what=what)


@jobs.job(JOB, timeout=120)
def tell_village(visit_id: str, what: str) -> None:
    """Write the messages for the present village's staff, once for each visit and word of it."""
    key, event = uuid.UUID(visit_id), f"mentoring_visits.{what}"
    query = select(MentoringVisit).where(
        MentoringVisit.id == key, MentoringVisit.tenant_id == current_tenant().id
    )
    with platform_scope():
        visit = db.session.scalars(query).one_or_none()
        if visit is not None:
            db.session.expunge(visit)
    if visit is None or visit.state != _STATES.get(what, visit.state):
        return
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{event}:{key}"))))
    told = select(Notification.id).where(Notification.event == event, Notification.subject_id == key)
    if what == "pin_locked" or db.session.scalar(told.limit(1)) is None:
        notify(
            event,
            permission=_READS[what],
            values={"pendamping": visit.mentor_name, "tanggal": date(visit.visited_on)},
            subject_kind=SUBJECT,
            subject_id=key,
            link=_LINKS.get(what, f"/pendampingan/kunjungan/{key}"),
        )
    db.session.commit()
