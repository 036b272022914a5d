"""Checking in oneself: a code that was photographed is worth nothing elsewhere, later, or to somebody else."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.door import codes
from app.province.training.door.models import TrainingAttendance
from app.province.training.events.models import TrainingEvent
from app.province.training.participants.models import TrainingParticipant
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.support.people import Person
from tests.support.training import a_session, an_event, participants_of
from tests.support.visitors import CSRF, Visitor

Visit = Callable[[str], Visitor]


@pytest.fixture
def event_id(app: SigerFlask, village: Tenant) -> uuid.UUID:
    """An open event of the village's kabupaten."""
    return an_event(app, village.regency_code)


@pytest.fixture
def session_id(app: SigerFlask, event_id: uuid.UUID) -> uuid.UUID:
    """Its session, which began an hour ago."""
    return a_session(app, event_id)


def token_of(app: SigerFlask, participant_id: uuid.UUID) -> str:
    with app.app_context(), platform_scope():
        return db.session.get_one(TrainingParticipant, participant_id).token


def code_of(app: SigerFlask, session_id: uuid.UUID, seconds_ago: int = 0) -> codes.DoorCode:
    with app.app_context():
        return codes.door_code(session_id, now() - dt.timedelta(seconds=seconds_ago))


def sources(app: SigerFlask, session_id: uuid.UUID) -> dict[uuid.UUID, str]:
    with app.app_context(), platform_scope():
        query = select(TrainingAttendance).where(TrainingAttendance.session_id == session_id)
        return {row.participant_id: row.source for row in db.session.scalars(query)}


@pytest.fixture
def own(app: SigerFlask, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID, visit: Visit) -> Any:
    """Somebody's phone on which they have opened their own page."""
    (who,) = participants_of(app, event_id, village.code)
    phone = visit("localhost")
    phone.who, phone.token = who, token_of(app, who)  # type: ignore[attr-defined]
    page = phone.get(f"/ikut/{phone.token}")  # type: ignore[attr-defined]
    assert page.status_code == 200
    assert "Hadir sendiri" in page.text
    return phone


def open_code(phone: Visitor, session_id: uuid.UUID, code: codes.DoorCode) -> Any:
    return phone.get(f"/hadir/diri/{session_id}?k={code.text}")


def test_the_code_at_the_door_opens_a_page_that_knows_who_holds_the_phone(
    app: SigerFlask, own: Any, session_id: uuid.UUID
) -> None:
    page = open_code(own, session_id, code_of(app, session_id))
    assert page.status_code == 200
    assert "Saya hadir" in page.text
    assert sources(app, session_id) == {}
    fields = dict(re.findall(r'name="(csrf_token|tiket|peserta)" value="([^"]+)"', page.text))
    done = own.post(f"/hadir/diri/{session_id}", fields)
    assert "Tercatat hadir" in done.text
    assert sources(app, session_id) == {own.who: "self"}
    again = own.post(f"/hadir/diri/{session_id}", fields)
    assert "sudah tercatat hadir" in again.text
    assert len(sources(app, session_id)) == 1


def test_six_digits_do_on_one_s_own_page(app: SigerFlask, own: Any, session_id: uuid.UUID) -> None:
    digits = code_of(app, session_id).digits
    page = own.get(f"/ikut/{own.token}")
    token = CSRF.search(page.text)
    assert token is not None
    sent = {"csrf_token": token[1], "peserta": own.token, "kode": f"{digits[:3]} {digits[3:]}"}
    assert own.post(f"/hadir/diri/{session_id}", sent).status_code == 200
    assert sources(app, session_id) == {own.who: "self"}


def test_a_photograph_is_worth_nothing_later_or_at_another_session(
    app: SigerFlask, own: Any, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    other = a_session(app, event_id)
    for session, code in (
        (session_id, code_of(app, session_id, 61)),
        (session_id, code_of(app, other)),
        (other, code_of(app, session_id)),
    ):
        page = open_code(own, session, code)
        assert page.status_code == 409
        assert "tidak berlaku lagi" in page.text
        sent = {"peserta": own.token, "kode": code.digits}
        answer = own.submit(f"/hadir/diri/{session}", sent, form=f"/ikut/{own.token}")
        assert answer.status_code == 409
    assert sources(app, session_id) == {}
    assert sources(app, other) == {}


def test_a_ticket_helps_nobody_else(
    app: SigerFlask, own: Any, village: Tenant, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    page = open_code(own, session_id, code_of(app, session_id))
    ticket = re.search(r'name="tiket" value="([^"]+)"', page.text)
    assert ticket is not None
    (friend,) = participants_of(app, event_id, village.code)
    sent = {"peserta": token_of(app, friend), "tiket": ticket[1]}
    assert own.submit(f"/hadir/diri/{session_id}", sent, form=f"/ikut/{own.token}").status_code == 409
    assert sources(app, session_id) == {}


def test_a_phone_that_is_nobody_s_is_told_what_to_do(
    app: SigerFlask, visit: Visit, session_id: uuid.UUID
) -> None:
    page = open_code(visit("localhost"), session_id, code_of(app, session_id))
    assert page.status_code == 403
    assert "Buka dahulu halaman peserta" in page.text


def test_only_near_the_session_s_hours(
    app: SigerFlask, own: Any, event_id: uuid.UUID, session_id: uuid.UUID
) -> None:
    early, late = a_session(app, event_id, starts_in_hours=2), a_session(app, event_id, starts_in_hours=-9)
    assert "belum mulai" in open_code(own, early, code_of(app, early)).text
    assert "sudah selesai" in open_code(own, late, code_of(app, late)).text
    with app.app_context(), platform_scope():
        db.session.execute(
            update(TrainingEvent).where(TrainingEvent.id == event_id).values(state="cancelled")
        )
        db.session.commit()
    assert open_code(own, session_id, code_of(app, session_id)).status_code == 409


def test_a_participant_of_another_event_is_not_noted(
    app: SigerFlask, own: Any, village: Tenant, session_id: uuid.UUID
) -> None:
    (stranger,) = participants_of(app, an_event(app, village.regency_code), village.code)
    sent = {"peserta": token_of(app, stranger), "kode": code_of(app, session_id).digits}
    assert own.submit(f"/hadir/diri/{session_id}", sent, form=f"/ikut/{own.token}").status_code == 403
    assert sources(app, session_id) == {}


def test_the_screen_shows_the_code_of_now(
    app: SigerFlask, officer: Callable[..., Person], village: Tenant, session_id: uuid.UUID
) -> None:
    guard = officer("regency_admin", village.regency_code)
    before = code_of(app, session_id)
    page, after = guard.get(f"/hadir/{session_id}/layar").text, code_of(app, session_id)
    shown = {f"{code.digits[:3]} {code.digits[3:]}" for code in (before, after)}
    assert any(digits in page for digits in shown)
    assert "data:image/svg" in guard.get(f"/hadir/{session_id}/kode").text
