"""Attendance through the API: another system's scanners note people, and who came is read page by page."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import update

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.events.models import TrainingEvent
from app.province.training.participants.models import TrainingParticipant
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.support.people import make_account
from tests.support.programs import Program
from tests.support.training import a_session, an_event, participants_of

Programs = Callable[..., Program]


@pytest.fixture
def program(app: SigerFlask) -> Programs:
    """`program(region)`: a program of a kabupaten's office."""

    def make(region: str, *scopes: str) -> Program:
        account = make_account(app, role="regency_admin", region=region, totp_confirmed_at=now())
        with app.app_context(), platform_scope():
            actor = build_actor(account.id, None)
            assert actor is not None
            token = make_token(
                actor, name="uji", scopes=scopes or ("training.view", "training.door"), days=30
            )
        return Program(app, "localhost", token.text)

    return make


def token_of(app: SigerFlask, participant_id: uuid.UUID) -> str:
    with app.app_context(), platform_scope():
        return db.session.get_one(TrainingParticipant, participant_id).token


def test_scanners_note_people_once_and_the_list_says_who_came(
    app: SigerFlask, program: Programs, village: Tenant
) -> None:
    event_id = an_event(app, village.regency_code)
    session_id = a_session(app, event_id)
    one, other = participants_of(app, event_id, village.code, 2)
    office, off = program(village.regency_code), dt.timedelta(hours=5)
    arrival = {
        "key": str(uuid.uuid4()),
        "token": token_of(app, one),
        "at": (now() + off - dt.timedelta(minutes=10)).isoformat(),
    }
    strange = {**arrival, "key": str(uuid.uuid4()), "token": "A" * 22}
    path = f"/api/v1/training/sessions/{session_id}/arrivals"
    for outcome in ("noted", "already"):
        answer = office.send(
            "POST", path, {"sent_at": (now() + off).isoformat(), "arrivals": [arrival, strange]}
        )
        assert answer.status_code == 200, answer.json
        assert [one["outcome"] for one in answer.json["answers"]] == [outcome, "unknown"]
    listed = f"/api/v1/training/events/{event_id}/sessions/{session_id}/attendance"
    first = office.get(f"{listed}?limit=1").json
    second = office.get(f"{listed}?limit=1&after={first['next']}").json
    rows = {row["participant_id"]: row for row in (*first["items"], *second["items"])}
    assert (set(rows), second["next"]) == ({str(one), str(other)}, None)
    assert rows[str(other)]["came_at"] is None
    came = dt.datetime.fromisoformat(rows[str(one)]["came_at"])
    assert abs(now() - dt.timedelta(minutes=10) - came) < dt.timedelta(seconds=30)
    assert "meleset 5 jam" in rows[str(one)]["note"]
    present = office.get(f"{listed}?state=present").json["items"]
    assert [row["participant_id"] for row in present] == [str(one)]


def test_other_offices_and_events_that_were_called_off_are_refused(
    app: SigerFlask, program: Programs, village: Tenant
) -> None:
    event_id = an_event(app, village.regency_code)
    session_id = a_session(app, event_id)
    (who,) = participants_of(app, event_id, village.code)
    arrival = {"key": str(uuid.uuid4()), "token": token_of(app, who), "at": now().isoformat()}
    body = {"sent_at": now().isoformat(), "arrivals": [arrival]}
    path = f"/api/v1/training/sessions/{session_id}/arrivals"
    foreign = "18.72" if village.regency_code != "18.72" else "18.71"
    assert program(foreign).send("POST", path, body).status_code == 404
    assert program(village.regency_code, "training.view").send("POST", path, body).status_code == 403
    with app.app_context(), platform_scope():
        db.session.execute(
            update(TrainingEvent).where(TrainingEvent.id == event_id).values(state="cancelled")
        )
        db.session.commit()
    refused = program(village.regency_code).send("POST", path, body)
    assert refused.status_code == 409
    assert refused.content_type == "application/problem+json"
    assert "dibatalkan" in refused.json["detail"]
