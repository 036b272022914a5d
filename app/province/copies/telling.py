"""Telling people what became of copies: a village's staff that it was set back, the province that a check failed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core import audit
from app.core.accounts.models import Account, Membership
from app.core.actors import Actor, acting_as
from app.core.audit.models import PlatformAuditEntry
from app.core.links import province_url
from app.core.mail import Letter, send_later, writes_letter
from app.core.notifications import declare_event, notify
from app.core.notifications.models import Notification
from app.core.ui.formats import moment
from app.extensions import db
from app.province.copies.models import VillageCopy
from tenants import jobs
from tenants.models import TenantRow

SWAPPED = "village.set_back"
TELL = "copies.tell"
RESTORED = "copies.restored"
ALARM = "copies.check_failed"


def declare_events() -> None:
    """Declare what a village's staff are told (at start)."""
    declare_event(
        RESTORED, _l("Desa dikembalikan ke salinan"), "{desa} dikembalikan ke keadaan {waktu}",
        "Provinsi mengembalikan data {desa} ke salinan {waktu}. Alasan: {alasan}. Yang dicatat sesudahnya tidak tampak "
        "lagi, tetapi disimpan 30 hari; hubungi provinsi bila ada yang perlu diambil kembali.",
        ("in_app", "email"), "staff",
        {"waktu": "saat salinan diambil", "alasan": "alasan pemulihan"},
    )  # fmt: skip


@contextmanager
def as_person(name: str, account_id: str) -> Iterator[None]:
    """Let the one who asked be the one who acts, as far as the log names them; nobody when no one is named."""
    if not account_id:
        yield
        return
    with acting_as(Actor(uuid.UUID(account_id), name, "")):
        yield


def was_noted(schema: str) -> bool:
    """Whether the log has an entry that this comparison took its village's place."""
    query = select(PlatformAuditEntry.id).where(
        PlatformAuditEntry.action == SWAPPED, PlatformAuditEntry.object_id == schema
    )
    return db.session.scalar(query.limit(1)) is not None


@jobs.job(TELL, queue="default", timeout=120)
def tell(schema: str, taken_at: str, reason: str) -> None:
    """Tell the present village's staff that it was set back, and note it in the village's own log; once."""
    key = uuid.uuid5(uuid.NAMESPACE_OID, schema)
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{TELL}:{key}"))))
    told = select(Notification.id).where(Notification.event == RESTORED, Notification.subject_id == key)
    if db.session.scalar(told.limit(1)) is None:
        audit.record(SWAPPED, object_type="copy", details={"taken_at": taken_at, "reason": reason})
        notify(
            RESTORED,
            permission="village.settings",
            values={"waktu": _spoken(taken_at), "alasan": reason},
            subject_kind="copy",
            subject_id=key,
        )
    db.session.commit()


def _spoken(taken_at: str) -> str:
    return moment(dt.datetime.fromisoformat(taken_at)) if taken_at else "sebelumnya"


def alarm(copy_id: uuid.UUID) -> None:
    """Ask in the open transaction for a letter to each of the province's admins about a check that failed."""
    query = (
        select(Account.id)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.role == "province_admin", Account.is_active)
        .distinct()
    )
    for account_id in db.session.scalars(query).all():
        send_later(ALARM, copy_id, occasion=account_id)


@writes_letter(ALARM)
def letter_of_alarm(copy_id: uuid.UUID, _place: uuid.UUID | None, occasion: str) -> Letter | None:
    """That a copy could not be put back; None where it is gone or turned out to be whole."""
    query = select(VillageCopy, TenantRow).join(TenantRow, TenantRow.id == VillageCopy.tenant_id)
    row = db.session.execute(query.where(VillageCopy.id == copy_id)).one_or_none()
    account = db.session.get(Account, uuid.UUID(occasion))
    if row is None or account is None or not account.is_active or not row[0].verify_result:
        return None
    copy, village = row
    name = f"{village.term} {village.name}"
    text = (
        f"Yth. {account.name},\n\nUji pemulihan malam ini gagal: salinan {name} dari {moment(copy.taken_at)}.\n\n"
        f"{copy.verify_result}\n\nData desa tidak tersentuh. Ambil salinan baru dan periksa penyimpanan:\n"
        f"{province_url('copies.village_copies', village_id=village.id)}\n"
    )
    return Letter(account.email, f"Uji pemulihan salinan gagal: {name}", text, f"copy-{copy_id}-{occasion}")
