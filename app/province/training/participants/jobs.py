"""Telling a village's staff what happened to an event, once each however often a job runs; reminding them of tasks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update

from app.core.notifications import declare_event, notify
from app.core.notifications.models import Notification
from app.core.ui.formats import ZONE, date
from app.extensions import db
from app.province.regions import frame_name
from app.province.training.events.models import TrainingEvent, TrainingVenue
from app.province.training.events.words import days
from app.province.training.participants import rules, tasks, telling
from app.province.training.participants.models import (
    TrainingInvitation,
    TrainingParticipant,
    TrainingPerson,
    TrainingTask,
)
from app.province.training.participants.waiting import forget_waiting
from tenants import jobs, schedule
from tenants.models import now
from tenants.scope import current_tenant, platform_scope

INVITED = "training.invited"
MOVED = "training.moved"
CANCELLED = "training.cancelled"
SEATED = "training.seated"
WAITING = "training.waiting_again"
TASK = "training.task_given"
REMINDED = "training.task_reminded"
MOST_NAMES = 5
PERMISSION = "training.register"
_EVENT = {
    "judul": "nama kegiatan",
    "hari": "hari kegiatan",
    "tempat": "tempat kegiatan",
    "pengirim": "penyelenggara",
}
_SEATS = {"judul": "nama kegiatan", "nama": "nama peserta"}
_TASKS = {"tugas": "tugasnya", "batas": "batas harinya"}

Invitation = TrainingInvitation


def declare_events() -> None:
    """Declare what staff are told (at start)."""
    told = (
        (INVITED, _l("Undangan pelatihan"), "Undangan: {judul}",
         "{pengirim} mengundang {desa}: {judul}, {hari}, {tempat}. Buka untuk mendaftarkan peserta.", _EVENT),
        (MOVED, _l("Jadwal pelatihan berubah"), "Jadwal berubah: {judul}",
         "{judul} sekarang {hari}, {tempat}. Beri tahu peserta dari {desa}.", _EVENT),
        (CANCELLED, _l("Pelatihan dibatalkan"), "Dibatalkan: {judul}",
         "{pengirim} membatalkan {judul} ({hari}): {alasan}. Beri tahu peserta dari {desa}.",
         {**_EVENT, "alasan": "alasannya"}),
        (SEATED, _l("Peserta mendapat tempat"), "Mendapat tempat: {judul}",
         "Dari daftar tunggu, yang sekarang mendapat tempat: {nama}.", _SEATS),
        (WAITING, _l("Peserta pindah ke daftar tunggu"), "Pindah ke daftar tunggu: {judul}",
         "Kuota dikurangi penyelenggara. Yang sekarang menunggu: {nama}.", _SEATS),
        (TASK, _l("Tugas sesudah pelatihan"), "Tugas: {tugas}",
         "Untuk {desa}, paling lambat {batas}: {tugas}.", _TASKS),
        (REMINDED, _l("Tugas pelatihan menunggu"), "Belum selesai: {tugas}",
         "{desa} belum menandai selesai: {tugas} (batas {batas}).", _TASKS),
    )  # fmt: skip
    for code, label, title, text, names in told:
        declare_event(code, label, title, text, ("in_app", "email"), "staff", names)


@jobs.job(telling.INVITED, queue="bulk", timeout=120)
def tell_invited(event_id: str, region_code: str) -> None:
    """Tell the staff of the present village of its invitation, and note that. `region_code` is for the run's list."""
    key = uuid.UUID(event_id)
    found = _event(key, "open")
    if found is None:
        return
    values, version, _told = found
    _tell(INVITED, key, key, values)
    _note_told(key, version)


@jobs.job(telling.MOVED, queue="bulk", timeout=120)
def tell_moved(event_id: str, region_code: str) -> None:
    """Tell the staff of the present village of an event's new time or place, unless they know the newest one."""
    key = uuid.UUID(event_id)
    found = _event(key, "open")
    if found is None:
        return
    values, version, told = found
    if told >= version:
        return
    # Where the invitation itself is still on its way, it says the new day.
    if told or not _tell(INVITED, key, key, values):
        _tell(MOVED, key, uuid.uuid5(key, f"moved:{version}"), values)
    _note_told(key, version)


@jobs.job(telling.CANCELLED, queue="bulk", timeout=120)
def tell_cancelled(event_id: str, region_code: str) -> None:
    """Tell the staff of the present village that an event is off."""
    key = uuid.UUID(event_id)
    found = _event(key, "cancelled")
    if found is not None:
        _tell(CANCELLED, key, uuid.uuid5(key, "cancelled"), found[0])
    forget_waiting([current_tenant().id])


@jobs.job(telling.SEATS, timeout=120)
def tell_seats(participant_ids: list[str], seat: str, telling_id: str) -> None:
    """Tell the staff of the present village who got a seat, or waits again; who has moved on since is left out."""
    query = (
        select(TrainingPerson.name, TrainingEvent.id, TrainingEvent.title)
        .join(TrainingParticipant, TrainingParticipant.person_id == TrainingPerson.id)
        .join(TrainingEvent, TrainingEvent.id == TrainingParticipant.event_id)
        .where(
            TrainingParticipant.id.in_([uuid.UUID(one) for one in participant_ids]),
            TrainingParticipant.tenant_id == current_tenant().id,
            TrainingParticipant.seat == seat,
        )
        .order_by(TrainingPerson.name)
    )
    with platform_scope():
        rows = db.session.execute(query).all()
    if not rows:
        return
    names = [name for name, _key, _title in rows]
    shown = ", ".join(names[:MOST_NAMES]) + (
        f" (+{len(names) - MOST_NAMES})" if len(names) > MOST_NAMES else ""
    )
    values = {"judul": rows[0][2], "nama": shown}
    _tell(SEATED if seat == "registered" else WAITING, rows[0][1], uuid.UUID(telling_id), values)


@jobs.job(telling.TASK, queue="bulk", timeout=120)
def tell_task(batch_id: str, region_code: str) -> None:
    """Tell the staff of the present village of a task that they were given."""
    mine = TrainingTask.tenant_id == current_tenant().id
    query = select(TrainingTask.what, TrainingTask.due_on, TrainingTask.event_id).where(
        TrainingTask.batch_id == uuid.UUID(batch_id), mine, TrainingTask.state == "open"
    )
    with platform_scope():
        row = db.session.execute(query).first()
    if row is not None:
        _tell(TASK, None, uuid.UUID(batch_id), _task_values(row.what, row.due_on))


@jobs.job(telling.REMIND, queue="bulk", timeout=120)
def tell_reminder(task_id: str, since: str) -> None:
    """Remind the staff of the present village of a task, unless it was done meanwhile or they were reminded since."""
    key, asked = uuid.UUID(task_id), dt.datetime.fromisoformat(since)
    mine = (
        TrainingTask.id == key,
        TrainingTask.tenant_id == current_tenant().id,
        TrainingTask.state == "open",
    )
    with platform_scope():
        row = db.session.execute(
            select(TrainingTask.what, TrainingTask.due_on, TrainingTask.reminded_at).where(*mine)
        ).first()
    if row is None or (row.reminded_at is not None and row.reminded_at >= asked):
        return
    day = asked.astimezone(ZONE).date()
    _tell(REMINDED, None, uuid.uuid5(key, day.isoformat()), _task_values(row.what, row.due_on))
    with platform_scope():
        db.session.execute(update(TrainingTask).where(*mine).values(reminded_at=now()))
        db.session.commit()


@jobs.job("training.remind_tasks", queue="bulk", place="platform")
def remind_tasks() -> None:
    """Ask for the reminders of today: a job each, for villages whose staff can read."""
    due = tasks.to_remind(rules.today())
    able = set(telling.readable({tenant_id for tenant_id, _task in due}))
    since = now().isoformat()
    for tenant_id, task_id in due:
        if tenant_id in able:
            jobs.enqueue(telling.REMIND, tenant_id=tenant_id, task_id=str(task_id), since=since)
    db.session.commit()


schedule.every("30 0 * * *", "training.remind_tasks")


def _event(key: uuid.UUID, state: str) -> tuple[dict[str, str], int, int] | None:
    """What is said of an event that the present village is invited to, its schedule's number, and the one told."""
    query = (
        select(TrainingEvent, TrainingVenue.name, Invitation.told_version)
        .join(Invitation, Invitation.event_id == TrainingEvent.id)
        .outerjoin(TrainingVenue, TrainingVenue.id == TrainingEvent.venue_id)
        .where(
            TrainingEvent.id == key, TrainingEvent.state == state, Invitation.tenant_id == current_tenant().id
        )
    )
    with platform_scope(), force_locale("id"):
        row = db.session.execute(query).one_or_none()
        if row is None:
            return None
        event, venue, told = row
        values = {
            "judul": event.title,
            "hari": days(event.starts_on, event.ends_on),
            "tempat": venue or "tempat menyusul",
            "pengirim": frame_name(event.region_code),
            "alasan": (event.reason or "").rstrip("."),
        }
        return values, event.schedule_version, told


def _task_values(what: str, due_on: dt.date) -> dict[str, str]:
    with force_locale("id"):
        return {"tugas": what, "batas": date(due_on)}


def _tell(code: str, event_id: uuid.UUID | None, subject_id: uuid.UUID, values: Mapping[str, object]) -> bool:
    """Write the messages in one transaction of the village; two runs at once wait. False: told before."""
    tenant_id = current_tenant().id
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{code}:{subject_id}:{tenant_id}"))))
    told = select(Notification.id).where(Notification.event == code, Notification.subject_id == subject_id)
    is_news = db.session.scalar(told.limit(1)) is None
    if is_news:
        notify(
            code,
            permission=PERMISSION,
            values=values,
            subject_kind="training",
            subject_id=subject_id,
            link=f"/pelatihan/{event_id}" if event_id else "/pelatihan/tugas",
        )
    db.session.commit()
    return is_news


def _note_told(key: uuid.UUID, version: int) -> None:
    tenant_id = current_tenant().id
    values = {
        "told_version": func.greatest(Invitation.told_version, version),
        "delivered_at": func.coalesce(Invitation.delivered_at, now()),
    }
    with platform_scope():
        db.session.execute(
            update(Invitation)
            .where(Invitation.event_id == key, Invitation.tenant_id == tenant_id)
            .values(**values)
        )
        db.session.commit()
    forget_waiting([tenant_id])
