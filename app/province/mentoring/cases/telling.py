"""Telling both sides of a case: the village's staff inside the application and by mail, the programme by mail.

Asked for in the transaction of the deed, done by jobs. A letter holds who wrote about which case and the way there,
never what was written.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update

from app.core.accounts.models import Account
from app.core.links import province_url
from app.core.mail import Letter, send_later, writes_letter
from app.core.notifications import declare_event, notify
from app.core.notifications.models import Notification
from app.core.notifications.people import staff
from app.extensions import db
from app.province.mentoring.cases.mentors import mentor_of
from app.province.mentoring.cases.models import MentoringCase, MentoringEntry
from app.province.mentoring.cases.people import Helper
from tenants import jobs
from tenants.ids import uuid7
from tenants.models import SERVED_STATES, TenantRow
from tenants.scope import current_tenant, platform_scope

ANSWERED = "mentoring.answered"
MENTOR = "mentoring.mentor"
NOBODY = "mentoring.no_mentor"
OPENED = "mentoring.opened"
MOVED = "mentoring.moved"
TELL = "mentoring.tell_village"
TELL_MENTOR = "mentoring.tell_mentor"
LETTER = "mentoring.entry"
SUBJECT = "mentoring_case"
WHOEVER = "training.register"
"""Where nobody of the village wrote in the case yet, those who hold this are told."""
_NAMES = {
    "judul": "judul kasus",
    "nomor": "nomor kasus",
    "penulis": "siapa yang menulis",
    "kabar": "apa yang terjadi",
}

_NEWS = {
    "solved": "dinyatakan selesai; mohon dipastikan",
    "closed": "ditutup",
    "escalated": "dinaikkan ke kantor di atasnya",
    "handed_over": "dipegang oleh orang lain",
    "assigned": "dipegang oleh orang lain",
    "state": "menunggu jawaban desa",
    "reopened": "dibuka lagi",
}
"""What happened, as a village is told; notifications are Indonesian whatever the one who acts reads in."""


def declare_events() -> None:
    """Declare what a village's staff are told (at start)."""
    declare_event(
        ANSWERED, _l("Jawaban pendamping"), "Jawaban pendamping: {judul}",
        "{penulis} menulis tentang kasus nomor {nomor}. Buka untuk membaca dan menjawabnya.",
        ("in_app", "email"), "staff", _NAMES,
    )  # fmt: skip
    declare_event(
        OPENED, _l("Kasus pendampingan baru"), "Pendampingan: {judul}",
        "Program Smart Village membuka kasus nomor {nomor} untuk {desa}. Buka untuk membaca dan menjawabnya.",
        ("in_app", "email"), "staff", _NAMES,
    )  # fmt: skip
    declare_event(
        MOVED, _l("Perkembangan kasus pendampingan"), "Kasus nomor {nomor} {kabar}", "{judul}",
        ("in_app", "email"), "staff", _NAMES,
    )  # fmt: skip
    declare_event(
        MENTOR, _l("Pendamping desa yang baru"), "Pendamping {desa}: {pendamping}",
        "{pendamping} kini mendampingi {desa}. Hubungi lewat {hubungi}, atau tekan Minta bantuan di halaman mana pun.",
        ("in_app", "email"), "staff",
        {"pendamping": "nama pendamping", "hubungi": "telepon atau surel pendamping"},
    )  # fmt: skip
    declare_event(
        NOBODY, _l("Desa tanpa pendamping"), "{desa} sementara tanpa pendamping",
        "Tugas pendamping {desa} berakhir. Minta bantuan tetap dapat ditekan di halaman mana pun; petugas kecamatan, "
        "atau kantor di atasnya, yang menjawab.", ("in_app", "email"), "staff",
    )  # fmt: skip


def tell_of_mentor(village: TenantRow) -> None:
    """Ask in the open transaction for telling a village who stands by it from now on, or that nobody does."""
    if village.schema_name is not None and village.state in SERVED_STATES:
        jobs.enqueue(TELL_MENTOR, tenant_id=village.id, occasion=str(uuid7()))


def tell_village(event: str, entry: MentoringEntry, village: TenantRow) -> None:
    """Ask in the open transaction for telling a village of a line of its case; one without staff here is not told."""
    if village.schema_name is not None and village.state in SERVED_STATES:
        jobs.enqueue(TELL, tenant_id=village.id, event=event, entry_id=str(entry.id))


def tell_programme(entry: MentoringEntry, helpers: Iterable[Helper]) -> None:
    """Ask in the open transaction for a letter to each of these people about a line; who wrote it gets none."""
    for helper in helpers:
        if helper.account_id != entry.author_id:
            send_later(LETTER, entry.id, occasion=helper.account_id)


@jobs.job(TELL_MENTOR, queue="default", timeout=120)
def tell_mentor(occasion: str) -> None:
    """Tell the present village's staff who its mentor is and how to reach them; once, however often the job runs."""
    key, found = uuid.UUID(occasion), mentor_of(current_tenant().id)
    if found is None:
        _tell_once(NOBODY, key, [], {}, "mentor", "/pendampingan")
        return
    values: dict[str, object] = {"pendamping": found.name, "hubungi": found.phone or found.email}
    _tell_once(MENTOR, key, [], values, "mentor", "/pendampingan")


@jobs.job(TELL, queue="default", timeout=120)
def tell(event: str, entry_id: str) -> None:
    """Tell the present village's staff of a line of a case; once, however often the job runs."""
    key, tenant_id = uuid.UUID(entry_id), current_tenant().id
    query = (
        select(MentoringEntry, MentoringCase)
        .join(MentoringCase, MentoringCase.id == MentoringEntry.case_id)
        .where(MentoringEntry.id == key, MentoringCase.tenant_id == tenant_id)
    )
    with platform_scope():
        row = db.session.execute(query).one_or_none()
        if row is None:
            return
        entry, case = row
        authors = select(MentoringEntry.author_id).where(
            MentoringEntry.case_id == case.id, MentoringEntry.side == "village"
        )
        values: dict[str, object] = {
            "judul": case.subject, "nomor": case.number, "penulis": entry.author_name or "Program Smart Village",
            "kabar": _NEWS.get(entry.kind, "berubah"),
        }  # fmt: skip
        case_id, wrote = case.id, {one for one in db.session.scalars(authors) if one is not None}
    _tell_once(event, key, wrote, values, SUBJECT, f"/pendampingan/{case_id}")


def _tell_once(
    event: str, key: uuid.UUID, wanted: Iterable[uuid.UUID], values: dict[str, object], kind: str, link: str
) -> None:
    """Tell these people, or whoever sees to it in the village where none of them works there any more. Commits."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{TELL}:{key}"))))
    told = select(Notification.id).where(Notification.event == event, Notification.subject_id == key)
    if db.session.scalar(told.limit(1)) is None:
        there = set(staff(wanted))
        notify(
            event,
            recipient_ids=there,
            permission="" if there else WHOEVER,
            values=values,
            subject_kind=kind,
            subject_id=key,
            link=link,
        )
    db.session.commit()


@writes_letter(LETTER)
def letter_about(entry_id: uuid.UUID, _place: uuid.UUID | None, occasion: str) -> Letter | None:
    """The letter to one of the programme about a line of a case; None once it was sent, or where it is gone."""
    account_id = uuid.UUID(occasion)
    query = (
        select(MentoringEntry, MentoringCase, TenantRow, Account)
        .join(MentoringCase, MentoringCase.id == MentoringEntry.case_id)
        .join(TenantRow, TenantRow.id == MentoringCase.tenant_id)
        .join(Account, Account.id == account_id)
        .where(MentoringEntry.id == entry_id, Account.is_active)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    entry, case, village, account = row
    told = entry.details.get("told")
    if isinstance(told, list) and str(account_id) in told:
        return None
    place = f"{village.term} {village.name}, Kecamatan {village.district_name}"
    why = "karena belum tertangani" if entry.side == "rule" else f"oleh {entry.author_name}"
    what = {
        "opened": f"{place} meminta bantuan.",
        "message": f"{entry.author_name} dari {place} menulis pesan.",
        "escalated": f"Kasus dari {place} dinaikkan {why}.",
        "handed_over": f"Kasus dari {place} diserahterimakan.",
        "assigned": f"Kasus dari {place} diserahkan.",
    }.get(entry.kind, f"Ada perkembangan pada kasus dari {place}.")
    text = (
        f"Yth. {account.name},\n\n{what}\nKasus nomor {case.number}: {case.subject}\n\n"
        f"Buka di Siger (perlu masuk):\n{province_url('mentoring.show', case_id=case.id)}\n"
    )
    subject = " ".join(f"Kasus {case.number}, {village.term} {village.name}: {case.subject}".split())[:150]
    return Letter(
        account.email,
        subject,
        text,
        f"mentoring-{entry_id}-{account_id}",
        partial(_sent, entry_id, account_id),
    )


def _sent(entry_id: uuid.UUID, account_id: uuid.UUID) -> None:
    """Note that a letter went out, so that a second run of its job sends none."""
    told = func.coalesce(MentoringEntry.details["told"], func.jsonb_build_array())
    more = told.op("||")(func.jsonb_build_array(str(account_id)))
    details = MentoringEntry.details.op("||")(func.jsonb_build_object("told", more))
    db.session.execute(update(MentoringEntry).where(MentoringEntry.id == entry_id).values(details=details))
    db.session.commit()
