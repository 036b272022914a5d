"""What villages do after an event: giving, doing, dropping, reminding; and who sees it.

Functions run inside a platform scope; deeds commit. A task that was given to many villages is one batch: a row each.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from app.core import audit
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.province.regions import within
from app.province.training.door.models import TrainingAttendance
from app.province.training.events.models import TrainingEvent
from app.province.training.events.services import locked_event
from app.province.training.participants import rules, telling
from app.province.training.participants.models import TrainingInvitation, TrainingParticipant, TrainingTask
from app.province.training.participants.rules import Refused
from app.province.training.participants.waiting import forget_waiting
from tenants.ids import uuid7
from tenants.models import TenantRow, now

WHOM = ("came", "registered", "invited")
"""The villages of which somebody came, of which somebody holds a seat, all that were invited."""
VIEWS = ("open", "late", "done", "dropped")
LONGEST_WHAT = 160
LONGEST_DETAILS = 2000
LONGEST_NOTE = 1000
PAGE = 50
SOON_DAYS = 3
AGAIN_DAYS = 7
Task = TrainingTask


@dataclass(frozen=True, slots=True)
class Batch:
    """One task as it was given, with how far its villages are."""

    id: uuid.UUID
    what: str
    details: str
    due_on: dt.date
    given_by: str
    given_at: dt.datetime
    total: int
    done: int
    late: int
    dropped: int

    @property
    def open(self) -> int:
        """Villages that still have to do it."""
        return self.total - self.done - self.dropped


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A village's task, with the event that it came from (None for an event that is gone)."""

    task: TrainingTask
    village: TenantRow
    event: TrainingEvent | None

    @property
    def is_late(self) -> bool:
        """Whether its day has passed and it is not done."""
        return self.task.state == "open" and self.task.due_on < rules.today()


def give(
    event_id: uuid.UUID, *, what: str, details: str, due_on: dt.date | None, whom: str, office: str, by: str
) -> tuple[uuid.UUID, int]:
    """Give a task to villages of an event; they are told. Returns the batch and how many villages it went to.

    Args:
        due_on: the last day for it.
        whom: one of WHOM.
        office: the region of the account that acts; the event is its own or of an office below.
        by: who gives it, by name.
    Raises:
        Missing; Invalid with the field that is wrong; Refused where there is no such village, and for drafts and
        events that were called off.
    """
    what, details = " ".join(what.replace("\x00", "").split()), details.replace("\x00", "").strip()
    if not 5 <= len(what) <= LONGEST_WHAT:
        raise Invalid("what", _("Tulis tugasnya, 5 sampai %(most)s huruf.", most=LONGEST_WHAT))
    if len(details) > LONGEST_DETAILS:
        raise Invalid("details", _("Paling banyak %(most)s huruf.", most=LONGEST_DETAILS))
    if due_on is None:
        raise Invalid("due_on", _("Tulis batas harinya."))
    if due_on < rules.today():
        raise Invalid("due_on", _("Tanggal ini sudah lewat."))
    if whom not in WHOM:
        raise Invalid("whom", _("Pilih salah satu dari daftar."))
    event = locked_event(event_id, office)
    if event.state not in ("open", "done"):
        raise Refused(_("Tugas diberikan untuk kegiatan yang dibuka atau sudah selesai."))
    ids = list(db.session.scalars(_villages(event_id, whom)))
    if not ids:
        db.session.rollback()
        raise Refused(_("Belum ada desa yang cocok dengan pilihan ini, jadi tugasnya tidak diberikan."))
    batch_id = uuid7()
    db.session.add_all(
        Task(
            event_id=event.id,
            tenant_id=one,
            batch_id=batch_id,
            what=what,
            details=details,
            due_on=due_on,
            given_by=by,
        )
        for one in ids
    )
    telling.tell_task(_("Tugas: %(what)s", what=what), event.region_code, batch_id, ids)
    audit.record(
        "training_task.given",
        object_type="training_event",
        object_id=event.id,
        summary=what,
        details={"region": event.region_code, "villages": len(ids), "due_on": due_on},
    )
    db.session.commit()
    forget_waiting(ids)
    return batch_id, len(ids)


def finish(task_id: uuid.UUID, tenant_id: uuid.UUID, *, note: str, by: str) -> TrainingTask:
    """A village did its task. Doing it twice keeps the first. Raises Missing; Refused when it was dropped; Invalid."""
    note = note.replace("\x00", "").strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid("note", _("Paling banyak %(most)s huruf.", most=LONGEST_NOTE))
    row = _locked(task_id, Task.tenant_id == tenant_id)
    if row.state == "dropped":
        raise Refused(_("Tugas ini sudah ditiadakan oleh penyelenggara."))
    if row.state == "open":
        row.state, row.done_at, row.done_by, row.done_note = "done", now(), by, note
        row.row_version += 1
        _note("training_task.done", row, {"reason": note})
        db.session.commit()
        forget_waiting([tenant_id])
    return row


def reopen(task_id: uuid.UUID, event_id: uuid.UUID, *, office: str, seen: int | None = None) -> None:
    """Ask for a task once more (it was not done as meant, or dropped by mistake). Raises Missing, ChangedMeanwhile."""
    _set_state(task_id, event_id, office, "open", seen)


def drop(task_id: uuid.UUID, event_id: uuid.UUID, *, office: str, seen: int | None = None) -> None:
    """A village need not do a task any more. Raises Missing, ChangedMeanwhile."""
    _set_state(task_id, event_id, office, "dropped", seen)


def batches(event_id: uuid.UUID, region_code: str) -> list[Batch]:
    """The tasks that came out of an event, as far as villages of a region have them; newest first: one select."""
    late = and_(Task.state == "open", Task.due_on < rules.today())
    query = (
        select(
            Task.batch_id, func.min(Task.what), func.min(Task.details), func.min(Task.due_on),
            func.min(Task.given_by), func.min(Task.given_at), func.count(),
            func.count(case((Task.state == "done", 1))), func.count(case((late, 1))),
            func.count(case((Task.state == "dropped", 1))),
        )
        .join(TenantRow, TenantRow.id == Task.tenant_id)
        .where(Task.event_id == event_id, within(region_code))
        .group_by(Task.batch_id)
        .order_by(func.min(Task.given_at).desc())
    )  # fmt: skip
    return [Batch(*tuple(row)) for row in db.session.execute(query)]


def condition(view: str) -> ColumnElement[bool]:
    """Tasks by how far they are; see VIEWS. Nothing means all."""
    if view == "late":
        return and_(Task.state == "open", Task.due_on < rules.today())
    return Task.state == view if view in ("open", "done", "dropped") else Task.id.is_not(None)


def lines(
    *narrowed: ColumnElement[bool], after: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[list[TaskLine], uuid.UUID | None]:
    """Tasks of villages, the first due first, and the cursor of the next page: one select.

    Args:
        narrowed: conditions over TrainingTask, TenantRow and TrainingEvent; the caller names the region or the
            villages of a mentor here.
    """
    query = all_lines(*narrowed)
    if after is not None:
        last = select(Task.due_on).where(Task.id == after).scalar_subquery()
        query = query.where(or_(Task.due_on > last, and_(Task.due_on == last, Task.id > after)))
    found = [TaskLine(*row) for row in db.session.execute(query.limit(limit + 1))]
    return found[:limit], found[limit - 1].task.id if len(found) > limit else None


def all_lines(*narrowed: ColumnElement[bool]) -> Any:
    """The select behind `lines`: task, village, event."""
    return (
        select(Task, TenantRow, TrainingEvent)
        .join(TenantRow, TenantRow.id == Task.tenant_id)
        .outerjoin(TrainingEvent, TrainingEvent.id == Task.event_id)
        .where(*narrowed)
        .order_by(Task.due_on, Task.id)
    )


def of_village(tenant_id: uuid.UUID, view: str = "") -> list[TaskLine]:
    """A village's tasks, for its own pages and for its mentor's, the first due first: one select, at most 200."""
    found, _after = lines(Task.tenant_id == tenant_id, condition(view), limit=200)
    return found


def to_remind(day: dt.date) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Open tasks (village and task) to remind of on a day: due within three days, or late; once a week at most."""
    again = now() - dt.timedelta(days=AGAIN_DAYS)
    query = (
        select(Task.tenant_id, Task.id)
        .where(
            Task.state == "open",
            Task.due_on <= day + dt.timedelta(days=SOON_DAYS),
            # Once before the day, once it has passed, and then every week.
            or_(
                Task.reminded_at.is_(None),
                Task.reminded_at < again,
                and_(
                    Task.due_on < day,
                    func.date(func.timezone("Asia/Jakarta", Task.reminded_at)) <= Task.due_on,
                ),
            ),
        )
        .order_by(Task.tenant_id, Task.due_on, Task.id)
    )
    return [(tenant_id, task_id) for tenant_id, task_id in db.session.execute(query)]


def _villages(event_id: uuid.UUID, whom: str) -> Any:
    if whom == "invited":
        return select(TrainingInvitation.tenant_id).where(TrainingInvitation.event_id == event_id)
    query = select(TrainingParticipant.tenant_id).where(
        TrainingParticipant.event_id == event_id,
        TrainingParticipant.seat == "registered",
        TrainingParticipant.tenant_id.is_not(None),
    )
    if whom == "came":
        query = query.where(exists().where(TrainingAttendance.participant_id == TrainingParticipant.id))
    return query.distinct()


def _set_state(task_id: uuid.UUID, event_id: uuid.UUID, office: str, state: str, seen: int | None) -> None:
    event = locked_event(event_id, office)
    row = _locked(task_id, Task.event_id == event.id)
    if seen is not None and seen != row.row_version:
        present = {"row_version": row.row_version, "state": row.state}
        db.session.rollback()
        raise ChangedMeanwhile(present)
    if row.state == state:
        db.session.rollback()
        return
    row.state = state
    row.row_version += 1
    if state == "open":
        row.done_at = row.done_by = row.reminded_at = None
    _note("training_task.reopened" if state == "open" else "training_task.dropped", row, {})
    db.session.commit()
    forget_waiting([row.tenant_id])


def _locked(task_id: uuid.UUID, *narrowed: ColumnElement[bool]) -> TrainingTask:
    query = select(Task).where(Task.id == task_id, *narrowed).with_for_update()
    row = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        db.session.rollback()
        raise Missing("training_task")
    return row


def _note(action: str, row: TrainingTask, details: dict[str, str]) -> None:
    audit.record(
        action,
        object_type="training_task",
        object_id=row.id,
        summary=row.what,
        details=details,
        tenant_id=row.tenant_id,
    )
