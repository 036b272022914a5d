"""Fewer seats than people who hold one: refused with the number, or the last ones wait again, and their villages are
told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.core.hosting import SigerFlask
from tenants.scope import Tenant
from tests.province.training.people_at_events import invited, register, seats, states, told
from tests.province.training.planning import changed, kept, opened
from tests.support.training import a_session, an_event, attend, participants_of
from tests.support.visitors import Visitor
from tests.support.work import settle


@pytest.fixture
def organiser(officer: Callable[..., Any]) -> Visitor:
    """Somebody who holds events for the province."""
    visitor: Visitor = officer()
    return visitor


def test_seats_below_the_registered_are_refused_until_the_last_ones_may_wait(
    app: SigerFlask, village: Tenant, organiser: Visitor, staff: Callable[..., Any]
) -> None:
    key = opened(organiser, capacity="5")
    invited(app, key, village)
    clerk = staff(village)
    for name in ("Ani Satu", "Beni Dua", "Citra Tiga"):
        assert register(clerk, key, name).status_code == 303
    refused = changed(organiser, key, capacity="2")
    assert refused.status_code == 422
    assert "Sudah 3 orang terdaftar" in refused.text
    assert 'name="to_waiting"' in refused.text
    assert kept(app, key).capacity == 5
    assert set(states(app, key).values()) == {"registered"}
    assert changed(organiser, key, capacity="2", to_waiting="1").status_code == 303
    assert states(app, key) == {"Ani Satu": "registered", "Beni Dua": "registered", "Citra Tiga": "waiting"}
    settle(app)
    assert told(app, village, "training.waiting_again") == 1
    assert changed(organiser, key, capacity="3").status_code == 303
    assert states(app, key)["Citra Tiga"] == "registered"


def test_who_came_already_keeps_the_seat(app: SigerFlask, village: Tenant, organiser: Visitor) -> None:
    key = an_event(app, "18", capacity=3)
    session_id = a_session(app, key)
    people = participants_of(app, key, village.code, 3)
    attend(app, session_id, people[1:])
    assert changed(organiser, key, capacity="1", to_waiting="1").status_code == 303
    kept_seats = {row.id: row.seat for row in seats(app, key).values()}
    assert kept_seats == {people[0]: "waiting", people[1]: "registered", people[2]: "registered"}
