"""The sessions of an event: their hours, topics, rooms and speakers. Every function commits.

What a change does to the hours that people were told (see `deeds.schedule_of`) counts as a move of the event.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select

from app.core.ui.formats import ZONE, number
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.province.training.events import queries, words
from app.province.training.events.deeds import attended, refuse_unless_alive, schedule_of
from app.province.training.events.models import (
    TrainingEvent,
    TrainingSession,
    TrainingSessionSpeaker,
    TrainingSpeaker,
)
from app.province.training.events.services import Refused, locked_event, moved, note
from tenants.ids import uuid7


def add_session(event_id: uuid.UUID, values: Mapping[str, Any], *, office: str) -> TrainingSession:
    """Add a session to a draft or open event.

    Args:
        values: as `schemas.SessionForm` loads them: `title`, `pillar`, `day`, `starts`, `ends` (in the province's
            time), `room`, `speakers` (ids).
    Raises Missing; Invalid; Refused when the event is over.
    """
    event = locked_event(event_id, office)
    row = TrainingSession(id=uuid7(), event_id=event.id)
    _write(event, row, values, office, "training.session_added")
    return row


def change_session(
    event_id: uuid.UUID, session_id: uuid.UUID, values: Mapping[str, Any], *, office: str
) -> TrainingSession:
    """Change a session. Raises as `add_session`."""
    event = locked_event(event_id, office)
    row = _session(event, session_id)
    _write(event, row, values, office, "training.session_changed")
    return row


def delete_session(event_id: uuid.UUID, session_id: uuid.UUID, *, office: str) -> None:
    """Take a session away. Raises Missing; Refused when people attended it or the event is over, and for the last
    session of an open event."""
    event = locked_event(event_id, office)
    row = _session(event, session_id)
    try:
        refuse_unless_alive(event)
        if came := attended([row.id]):
            raise Refused(
                _("%(count)s orang tercatat hadir di sesi ini, jadi tidak dihapus.", count=number(came))
            )
        others = select(TrainingSession.id).where(
            TrainingSession.event_id == event.id, TrainingSession.id != row.id
        )
        if event.state == "open" and db.session.scalar(others.limit(1)) is None:
            raise Refused(_("Kegiatan yang dibuka perlu paling sedikit satu sesi."))
    except Refused:
        db.session.rollback()
        raise
    before, title = schedule_of(event), row.title
    db.session.execute(delete(TrainingSession).where(TrainingSession.id == row.id))
    db.session.expunge(row)
    if schedule_of(event) != before:
        moved(event)
    note("training.session_deleted", event, {"session": title})
    db.session.commit()


def span(values: Mapping[str, Any]) -> tuple[dt.datetime, dt.datetime]:
    """A session's beginning and end out of its day and hours in the province's time. Raises Invalid."""
    start = dt.datetime.combine(values["day"], values["starts"], ZONE)
    end = dt.datetime.combine(values["day"], values["ends"], ZONE)
    if end <= start:
        raise Invalid("ends", _("Jam selesai harus sesudah jam mulai."))
    return start, end


def _write(
    event: TrainingEvent, row: TrainingSession, values: Mapping[str, Any], office: str, action: str
) -> None:
    try:
        refuse_unless_alive(event)
        start, end = span(values)
        if not event.starts_on <= values["day"] <= event.ends_on:
            raise Invalid(
                "day",
                _(
                    "Di luar hari kegiatan (%(days)s). Ubah dulu hari kegiatannya.",
                    days=words.days(event.starts_on, event.ends_on),
                ),
            )
        wanted = list(dict.fromkeys(values.get("speakers") or ()))
        speakers = _speakers(row, wanted, office)
    except (Invalid, Refused):
        db.session.rollback()
        raise
    before = schedule_of(event)
    row.title, row.pillar, row.room = values["title"], values["pillar"], values.get("room") or ""
    row.starts_at, row.ends_at = start, end
    db.session.add(row)
    db.session.flush()
    link = TrainingSessionSpeaker
    db.session.execute(delete(link).where(link.session_id == row.id))
    db.session.add_all(link(session_id=row.id, speaker_id=one.id) for one in speakers)
    db.session.flush()
    if schedule_of(event) != before:
        moved(event)
    note(action, event, {"session": row.title, "speakers": [one.name for one in speakers]})
    db.session.commit()


def _speakers(row: TrainingSession, wanted: list[uuid.UUID], office: str) -> list[TrainingSpeaker]:
    """The chosen speakers: those that the office knows, and those that speak in the session already."""
    if not wanted:
        return []
    link = TrainingSessionSpeaker
    present = select(link.speaker_id).where(link.session_id == row.id)
    query = select(TrainingSpeaker).where(
        TrainingSpeaker.id.in_(wanted),
        or_(queries.around(TrainingSpeaker.region_code, office), TrainingSpeaker.id.in_(present)),
    )
    found = list(db.session.scalars(query))
    if len(found) != len(wanted):
        raise Invalid("speakers", _("Seorang narasumber tidak ada lagi. Pilih dari daftar."))
    return found


def _session(event: TrainingEvent, session_id: uuid.UUID) -> TrainingSession:
    query = select(TrainingSession).where(
        TrainingSession.id == session_id, TrainingSession.event_id == event.id
    )
    row = db.session.scalars(query).one_or_none()
    if row is None:
        db.session.rollback()
        raise Missing("session")
    return row
