"""Events of training and who takes part in them, written straight into the tables."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid

from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.core.ui.formats import ZONE
from app.extensions import db
from app.province.training.door.models import TrainingAttendance
from app.province.training.events.models import TrainingEvent, TrainingSession, TrainingVenue
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from tenants.models import TenantRow, now
from tenants.scope import platform_scope


def an_event(
    app: SigerFlask, region: str = "18.06", *, days_from_now: int = 0, **values: object
) -> uuid.UUID:
    """An open event of an office on one day, at a place of its own; without sessions."""
    day = (now().astimezone(ZONE) + dt.timedelta(days=days_from_now)).date()
    with app.app_context(), platform_scope():
        venue = TrainingVenue(region_code=region, name=f"Balai {secrets.token_hex(3)}")
        db.session.add(venue)
        db.session.flush()
        given = {
            "region_code": region, "kind": "bimtek", "title": "Bimtek Smart Village", "venue_id": venue.id,
            "starts_on": day, "ends_on": day, "state": "open", "created_by": "Uji",
        }  # fmt: skip
        row = TrainingEvent(**(given | values))
        db.session.add(row)
        db.session.commit()
        return row.id


def a_session(
    app: SigerFlask, event_id: uuid.UUID, *, starts_in_hours: float | None = None, hours: float = 3
) -> uuid.UUID:
    """A session of an event, which began an hour ago unless said otherwise, and in any case today."""
    if starts_in_hours is None:
        midnight = now().astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        start = max(now() - dt.timedelta(hours=1), midnight)
    else:
        start = now() + dt.timedelta(hours=starts_in_hours)
    with app.app_context(), platform_scope():
        row = TrainingSession(
            event_id=event_id, title="Pelayanan surat", pillar="government", starts_at=start,
            ends_at=start + dt.timedelta(hours=hours),
        )  # fmt: skip
        db.session.add(row)
        db.session.commit()
        return row.id


def participants_of(
    app: SigerFlask,
    event_id: uuid.UUID,
    village: str,
    number: int = 1,
    *,
    sex: str = "female",
    seat: str = "registered",
) -> list[uuid.UUID]:
    """So many people of a village (by its Kemendagri code) with a seat at an event."""
    with app.app_context(), platform_scope():
        tenant = db.session.scalars(select(TenantRow).where(TenantRow.code == village)).one()
        made = []
        for _number in range(number):
            name = f"Peserta {secrets.token_hex(4)}"
            person = TrainingPerson(name=name, search_name=name.lower(), sex=sex)
            db.session.add(person)
            db.session.flush()
            row = TrainingParticipant(
                event_id=event_id, person_id=person.id, tenant_id=tenant.id, district_code=village[:8],
                regency_code=village[:5], position="Kaur umum", is_official=True, seat=seat,
                token=secrets.token_urlsafe(16), registered_by="Uji", seated_at=now() if seat == "registered" else None,
            )  # fmt: skip
            db.session.add(row)
            db.session.flush()
            made.append(row.id)
        db.session.commit()
        return made


def attend(app: SigerFlask, session_id: uuid.UUID, participants: list[uuid.UUID]) -> None:
    """Note that people came to a session."""
    with app.app_context(), platform_scope():
        db.session.add_all(
            TrainingAttendance(
                session_id=session_id, participant_id=one, at=now(), source="scan", noted_by="Uji"
            )
            for one in participants
        )
        db.session.commit()
