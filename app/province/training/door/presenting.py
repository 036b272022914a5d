"""What a phone at the door is told, as JSON: moments are milliseconds since 1970, as its own clock counts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.province.training.door import queries
from app.province.training.door.marks import moment_of
from app.province.training.door.queries import Door
from app.province.training.door.services import Answer
from tenants.models import now

OVERLAP = dt.timedelta(seconds=20)
"""A row is noted a moment before others see it; looking back a little further misses none."""


def milliseconds(moment: dt.datetime) -> int:
    """A moment as a browser counts it."""
    return round(moment.timestamp() * 1000)


def list_for_phone(door: Door) -> dict[str, Any]:
    """Everybody whom the door may meet. Of a QR code's token the phone gets a digest, so it can't make the code."""
    since, people = now() - OVERLAP, queries.people_of(door)
    villages = {
        str(one.tenant_id): f"{one.village}, {one.district}" for one in people if one.tenant_id is not None
    }
    return {
        "now": milliseconds(now()),
        "since": milliseconds(since),
        "session": str(door.session.id),
        "title": door.session.title,
        "event": door.event.title,
        "starts": milliseconds(door.session.starts_at),
        "ends": milliseconds(door.session.ends_at),
        "people": [
            [
                str(one.id), one.number, one.name, one.position, str(one.tenant_id or ""), one.seat, one.digest,
                milliseconds(one.at) if one.at is not None else 0,
            ]
            for one in people
        ],
        "villages": villages,
        "places": [[str(ident), label] for ident, label in queries.villages_within(door.event.region_code)],
    }  # fmt: skip


def sync_answer(door: Door, answers: list[Answer], since: object) -> dict[str, Any]:
    """What became of a phone's marks, and who was noted since it last asked (`since`: what it was told then)."""
    asked_at = now()
    changed = queries.noted_since(door.session.id, moment_of(since))
    return {
        "now": milliseconds(asked_at),
        "since": milliseconds(asked_at - OVERLAP),
        "answers": [
            {
                "key": one.key, "outcome": one.outcome, "sentence": one.sentence, "name": one.name,
                "participant": str(one.participant_id or ""), "at": milliseconds(one.at) if one.at is not None else 0,
            }
            for one in answers
        ],
        "present": [[str(row[0]), milliseconds(row[1])] for row in changed],
        "count": queries.present_count(door.session.id),
    }  # fmt: skip
