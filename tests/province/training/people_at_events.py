"""What tests of invitations, participants and tasks share: inviting, registering through pages, reading rows."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.core.notifications.models import Notification
from app.core.regions.models import Region
from app.core.ui.formats import ZONE
from app.extensions import db
from app.province.training.events.models import TrainingEvent
from app.province.training.participants.inviting import new_invitation
from app.province.training.participants.models import (
    TrainingInvitation,
    TrainingParticipant,
    TrainingPerson,
    TrainingTask,
)
from tenants.models import now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.training import an_event
from tests.support.visitors import Visitor

NIK = "1806204107850001"


def today() -> dt.date:
    """The present day in the province's time."""
    return now().astimezone(ZONE).date()


def invited(app: SigerFlask, event_id: uuid.UUID, *villages: Tenant) -> None:
    """Let villages hold an invitation, without anybody having been told."""
    with app.app_context(), platform_scope():
        event = db.session.get_one(TrainingEvent, event_id)
        for village in villages:
            db.session.add(TrainingInvitation(**new_invitation(event, village.id, "Panitia", "005/12")))
        db.session.commit()


def invitation(app: SigerFlask, event_id: uuid.UUID, village: Tenant) -> TrainingInvitation | None:
    """What is kept of a village's invitation."""
    with app.app_context(), platform_scope():
        row = db.session.get(TrainingInvitation, (event_id, village.id))
        if row is not None:
            db.session.expunge(row)
        return row


def register(clerk: Visitor, event_id: uuid.UUID, name: str, sex: str = "female", **values: Any) -> Any:
    """Send the form for citizens of an event's page."""
    page = f"/pelatihan/{event_id}"
    return clerk.submit(f"{page}/warga", {"name": name, "sex": sex, **values}, form=page)


def seats(app: SigerFlask, event_id: uuid.UUID) -> dict[str, TrainingParticipant]:
    """The seats of an event by the name of who holds (or held) them."""
    with app.app_context(), platform_scope():
        query = (
            select(TrainingPerson.name, TrainingParticipant)
            .join(TrainingParticipant, TrainingParticipant.person_id == TrainingPerson.id)
            .where(TrainingParticipant.event_id == event_id)
        )
        rows = dict(db.session.execute(query).all())
        db.session.expunge_all()
        return rows


def states(app: SigerFlask, event_id: uuid.UUID) -> dict[str, str]:
    """Name → state of the seat."""
    return {name: seat.seat for name, seat in seats(app, event_id).items()}


def told(app: SigerFlask, village: Tenant, event: str) -> int:
    """How many messages of a kind a village's staff got inside the application."""
    with app.app_context(), tenant_scope(village):
        query = select(Notification.id).where(Notification.event == event, Notification.channel == "in_app")
        return len(db.session.scalars(query).all())


def tasks_of(app: SigerFlask, village: Tenant) -> list[TrainingTask]:
    """A village's tasks."""
    with app.app_context(), platform_scope():
        rows = list(db.session.scalars(select(TrainingTask).where(TrainingTask.tenant_id == village.id)))
        db.session.expunge_all()
        return rows


def event_for(app: SigerFlask, *villages: Tenant, **values: Any) -> uuid.UUID:
    """An event of the province in three days to which villages are invited."""
    key = an_event(app, "18", days_from_now=3, **values)
    invited(app, key, *villages)
    return key


def other_district(app: SigerFlask, village: Tenant) -> str:
    """A kecamatan of another kabupaten."""
    with app.app_context(), platform_scope():
        query = select(Region.code).where(Region.level == 3, ~Region.code.startswith(village.regency_code))
        code = db.session.scalar(query.order_by(Region.code).limit(1))
        assert code is not None
        return code
