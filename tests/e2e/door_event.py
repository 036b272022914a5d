"""An event of today for the browser tests of the door, written straight into the house's tables."""

from __future__ import annotations

from typing import Any

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from tenants.scope import platform_scope
from tests.support.training import a_session, an_event, participants_of

NAMES = ("Komang Ayu", "Suparman", "<b>Wayan</b> Sudarta", "Rohmah", "Slamet Widodo")


def make(app: SigerFlask, village: str) -> dict[str, Any]:
    """An event of the village's kabupaten with a session that began an hour ago and five people of the village.

    Returns `event`, `session`, and `people`: (id, name, token) in the order of NAMES; the last one waits for a seat.
    """
    event_id = an_event(app, village[:5], title="Bimtek di balai")
    session_id = a_session(app, event_id, hours=8)
    ids = participants_of(app, event_id, village, len(NAMES))
    people = []
    with app.app_context(), platform_scope():
        for participant_id, name in zip(ids, NAMES, strict=True):
            seat = db.session.get_one(TrainingParticipant, participant_id)
            person = db.session.get_one(TrainingPerson, seat.person_id)
            person.name, person.search_name = name, name.lower()
            people.append((str(participant_id), name, seat.token))
        seat.seat = "waiting"
        db.session.commit()
    return {"event": str(event_id), "session": str(session_id), "people": people}
