"""The dated steps of an application: what was saved, what state it came into, what was told, what somebody noted."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Literal

from sqlalchemy import select

from app.extensions import db
from app.province.onboarding.applications.models import Application, ApplicationEvent
from tenants.ids import uuid7
from tenants.models import now

Kind = Literal["step", "state", "mail", "note"]
MOST_NOTE = 2000


def note(
    application: Application, kind: Kind, key: str = "", by: str = "", note: str = ""
) -> ApplicationEvent:
    """Add one dated step to an application in the open transaction.

    Args:
        application: a row that is in the session.
        kind: `step`, `state`, `mail` or `note`.
        key: the wizard's step, the new state, or what was told.
        by: the name of who did it; empty for the applicant and for the system.
        note: a comment, at most 2,000 characters are kept.
    Returns:
        The event, with its id.
    """
    event = ApplicationEvent(
        id=uuid7(), application_id=application.id, at=now(), kind=kind, key=key, by=by, note=note[:MOST_NOTE]
    )
    db.session.add(event)
    return event


def move(application: Application, state: str, by: str = "", comment: str = "") -> None:
    """Bring an application into a state in the open transaction, with its dated step. No step for the same state."""
    moment = now()
    if application.state != state:
        application.state, application.state_since = state, moment
        note(application, "state", state, by, comment)
    touch(application, moment)


def touch(application: Application, moment: dt.datetime | None = None) -> None:
    """Say that an application was worked on."""
    application.updated_at = moment or now()
    application.row_version += 1


def history(application_id: uuid.UUID) -> list[ApplicationEvent]:
    """All steps of an application, the oldest first: one select."""
    query = select(ApplicationEvent).where(ApplicationEvent.application_id == application_id)
    return list(db.session.scalars(query.order_by(ApplicationEvent.at, ApplicationEvent.id)))
