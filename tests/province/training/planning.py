"""Events planned through the pages, as an organiser does, and what is kept of them."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

from sqlalchemy import select

from app.core.audit.models import PlatformAuditEntry
from app.core.ui.formats import ZONE
from app.extensions import db
from app.province.training.events.models import TrainingEvent, TrainingSession, TrainingSpeaker, TrainingVenue
from tenants.models import now
from tenants.scope import platform_scope
from tests.support.visitors import Visitor

VERSION = re.compile(r'name="row_version" value="(\d+)"')
HTML = "<b>Aula</b> <script>alert(1)</script>"


def date_in(days: int) -> dt.date:
    """The day in the village's zone that lies so far ahead when it is asked: a run of the tests may pass midnight."""
    return now().astimezone(ZONE).date() + dt.timedelta(days=days)


def day(ahead: int) -> str:
    """A day that lies so far ahead, as forms send it."""
    return date_in(ahead).isoformat()


def a_venue(app: Any, name: str = "Balai", region: str = "18.06", **values: Any) -> uuid.UUID:
    """A place."""
    with app.app_context(), platform_scope():
        row = TrainingVenue(name=f"{name} {uuid.uuid4().hex[:6]}", region_code=region, **values)
        db.session.add(row)
        db.session.commit()
        return row.id


def a_speaker(app: Any, name: str = "Ir. Sulastri", region: str = "18", **values: Any) -> uuid.UUID:
    """Somebody who speaks."""
    with app.app_context(), platform_scope():
        row = TrainingSpeaker(name=name, region_code=region, topics=[], **values)
        db.session.add(row)
        db.session.commit()
        return row.id


def drafted(organiser: Visitor, **values: Any) -> uuid.UUID:
    """A draft, written through the form."""
    said = {"kind": "bimtek", "title": "Bimtek Smart Village", "starts_on": day(10), "ends_on": day(11)}
    answer = organiser.submit("/pelatihan/baru", {**said, **values})
    assert answer.status_code == 303, answer.text
    return uuid.UUID(answer.headers["Location"].rsplit("/", 1)[1])


def add_session(organiser: Visitor, event_id: uuid.UUID, **values: Any) -> Any:
    """A session through its form; the answer."""
    said = {
        "title": "Surat dari rumah",
        "pillar": "government",
        "day": day(10),
        "starts": "08:00",
        "ends": "10:00",
    }
    return organiser.submit(f"/pelatihan/{event_id}/sesi/baru", {**said, **values})


def opened(organiser: Visitor, **values: Any) -> uuid.UUID:
    """An event with a session, open for registration."""
    sessions = values.pop("session", {})
    values.setdefault("venue_id", str(a_venue(organiser.app)))
    key = drafted(organiser, **values)
    assert add_session(organiser, key, **sessions).status_code == 303
    page = f"/pelatihan/{key}"
    assert organiser.submit(f"{page}/buka", form=page).status_code == 303
    assert kept(organiser.app, key).state == "open"
    return key


def changed(organiser: Visitor, key: uuid.UUID, **values: Any) -> Any:
    """Send the event's form with other values; the answer."""
    page = f"/pelatihan/{key}/ubah"
    row = kept(organiser.app, key)
    found = VERSION.search(organiser.get(page).text)
    names = ("kind", "title", "description", "venue_id", "capacity", "per_village", "budget", "opened_by")
    said: dict[str, Any] = {name: getattr(row, name) or "" for name in names}
    said |= {"starts_on": row.starts_on.isoformat(), "ends_on": row.ends_on.isoformat()}
    said["row_version"] = found.group(1) if found else "0"
    return organiser.submit(page, {**said, **values})


def kept(app: Any, key: uuid.UUID) -> TrainingEvent:
    """The row of an event."""
    with app.app_context(), platform_scope():
        row = db.session.get(TrainingEvent, key)
        assert row is not None
        db.session.expunge(row)
        return row


def sessions_of(app: Any, key: uuid.UUID) -> list[TrainingSession]:
    """The rows of an event's sessions by their hours."""
    with app.app_context(), platform_scope():
        query = select(TrainingSession).where(TrainingSession.event_id == key)
        rows = list(db.session.scalars(query.order_by(TrainingSession.starts_at)))
        for row in rows:
            db.session.expunge(row)
        return rows


def noted(app: Any, action: str, object_id: object) -> int:
    """How often the audit log holds a deed on something."""
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry.id).where(
            PlatformAuditEntry.action == action, PlatformAuditEntry.object_id == str(object_id)
        )
        return len(list(db.session.scalars(query)))
