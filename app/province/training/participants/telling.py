"""Asking for villages to be told: of an invitation, a move, a call-off, seats that changed, tasks.

Everything here writes messages into the open transaction of the platform; jobs (see `jobs`) tell the staff of each
village afterwards. Villages that nobody uses yet are not among them: the organiser sees whom to call.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.actors import current_actor
from app.extensions import db
from app.province.announcements.audience import can_read
from app.province.training.events.models import TrainingEvent
from app.province.training.participants.models import TrainingInvitation, TrainingParticipant
from tenants import fan_out, jobs
from tenants.ids import uuid7
from tenants.models import TenantRow

INVITED = "training.tell_invited"
MOVED = "training.tell_moved"
CANCELLED = "training.tell_cancelled"
SEATS = "training.tell_seats"
TASK = "training.tell_task"
REMIND = "training.tell_reminder"
CHUNK = 100


def tell_moved(event: TrainingEvent) -> None:
    """Tell every village that was invited that an event is at another time or place. In the open transaction."""
    _to_all(MOVED, _("Perubahan jadwal: %(title)s", title=event.title), event, invited_ids(event.id))


def tell_cancelled(event: TrainingEvent) -> None:
    """Tell every village that was invited that an event is off. In the open transaction."""
    _to_all(CANCELLED, _("Dibatalkan: %(title)s", title=event.title), event, invited_ids(event.id))


def tell_invited(event: TrainingEvent, tenant_ids: Sequence[uuid.UUID]) -> None:
    """Tell villages that they are invited. In the open transaction."""
    _to_all(INVITED, _("Undangan: %(title)s", title=event.title), event, readable(tenant_ids))


def tell_task(label: str, region_code: str, batch_id: uuid.UUID, tenant_ids: Sequence[uuid.UUID]) -> None:
    """Tell villages that they were given a task. In the open transaction."""
    actor = current_actor()
    fan_out.fan_out(
        TASK,
        label,
        readable(tenant_ids),
        asked_by=actor.name if actor else None,
        chunk=CHUNK,
        batch_id=str(batch_id),
        region_code=region_code,
    )


def tell_seats(seats: Sequence[TrainingParticipant], seat: str) -> None:
    """Tell villages that people of theirs got a seat (`registered`) or wait again (`waiting`).

    In the open transaction; one message a village.
    """
    by_village: dict[uuid.UUID, list[str]] = {}
    for one in seats:
        if one.tenant_id is not None:
            by_village.setdefault(one.tenant_id, []).append(str(one.id))
    for tenant_id in readable(list(by_village)):
        jobs.enqueue(
            SEATS,
            tenant_id=tenant_id,
            participant_ids=by_village[tenant_id],
            seat=seat,
            telling_id=str(uuid7()),
        )


def invited_ids(event_id: uuid.UUID) -> list[uuid.UUID]:
    """The villages that were invited and have staff who can read, by id: one select."""
    query = (
        select(TrainingInvitation.tenant_id)
        .join(TenantRow, TenantRow.id == TrainingInvitation.tenant_id)
        .where(TrainingInvitation.event_id == event_id, can_read())
        .order_by(TrainingInvitation.tenant_id)
    )
    return list(db.session.scalars(query))


def readable(tenant_ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Those of the villages that have staff who can read: one select."""
    if not tenant_ids:
        return []
    query = select(TenantRow.id).where(TenantRow.id.in_(tenant_ids), can_read()).order_by(TenantRow.id)
    return list(db.session.scalars(query))


def _to_all(job: str, label: str, event: TrainingEvent, ids: Sequence[uuid.UUID]) -> None:
    if not ids:
        return
    actor = current_actor()
    fan_out.fan_out(
        job,
        label,
        ids,
        asked_by=actor.name if actor else None,
        chunk=CHUNK,
        event_id=str(event.id),
        region_code=event.region_code,
    )
