"""When somebody came, by a phone whose clock may be wrong; and codes that live half a minute."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from app.core.hosting import SigerFlask
from app.core.village.errors import Invalid
from app.province.training.door import codes
from app.province.training.door.clocks import when_came
from app.province.training.door.marks import moment_of
from app.province.training.door.numbers import numbers_in

STARTS = dt.datetime(2026, 11, 22, 1, 0, tzinfo=dt.UTC)
ENDS = STARTS + dt.timedelta(hours=3)
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.mark.parametrize("off", [dt.timedelta(0), 3 * HOUR, -9 * HOUR, dt.timedelta(days=-20000)])
def test_a_wrong_clock_is_put_right_by_what_it_shows_when_it_sends(
    app: SigerFlask, off: dt.timedelta
) -> None:
    came, heard = STARTS + 5 * MINUTE, STARTS + 40 * MINUTE
    with app.test_request_context():
        at, note = when_came(came + off, heard + off, heard, STARTS, ENDS)
    assert at == came
    assert bool(note) == bool(off)
    assert ("Jam ponsel meleset" in note) == bool(off)


def test_a_clock_that_was_set_in_between_is_not_believed(app: SigerFlask) -> None:
    heard = STARTS + 2 * HOUR
    with app.test_request_context():
        at, note = when_came(moment_of(5000), heard, heard, STARTS, ENDS)
        later, said = when_came(heard + 5 * HOUR, heard, heard, STARTS, ENDS)
    assert (at, later) == (STARTS, STARTS)
    assert "diubah" in note
    assert "diubah" in said


def test_nobody_came_in_the_future_and_odd_hours_are_said(app: SigerFlask) -> None:
    heard = STARTS + HOUR
    with app.test_request_context():
        at, note = when_came(heard + MINUTE, heard, heard, STARTS, ENDS)
        evening, said = when_came(ENDS + 5 * HOUR, ENDS + 6 * HOUR, ENDS + 6 * HOUR, STARTS, ENDS)
    assert (at, note) == (heard, "")
    assert evening == ENDS + 5 * HOUR
    assert said == "Di luar jam sesi."


@pytest.mark.parametrize("sent", [None, "x", True, float("nan"), -5, 10**30, float("inf")])
def test_what_no_clock_shows_is_taken_all_the_same(sent: object) -> None:
    assert 1970 <= moment_of(sent).year <= 2100


def test_a_code_is_good_for_its_session_and_half_a_minute(app: SigerFlask) -> None:
    session, other = uuid.uuid4(), uuid.uuid4()
    with app.app_context():
        code = codes.door_code(session, STARTS)
        for given in (code.text, code.digits, f"{code.digits[:3]} {code.digits[3:]}"):
            assert codes.fits(session, given, STARTS)
            assert codes.fits(session, given, STARTS + dt.timedelta(seconds=59))
            assert not codes.fits(session, given, STARTS + dt.timedelta(seconds=60))
            assert not codes.fits(session, given, STARTS - dt.timedelta(seconds=1))
            assert not codes.fits(other, given, STARTS)
        assert not codes.fits(session, "", STARTS)
        assert not codes.fits(session, "é" * 20, STARTS)
        assert codes.door_code(session, STARTS + dt.timedelta(seconds=30)).text != code.text


def test_a_ticket_is_good_for_one_person_one_session_and_two_minutes(app: SigerFlask) -> None:
    session, person = uuid.uuid4(), uuid.uuid4()
    with app.app_context():
        ticket = codes.ticket(session, person, STARTS)
        assert codes.ticket_fits(ticket, session, person, STARTS + dt.timedelta(seconds=120))
        assert not codes.ticket_fits(ticket, session, person, STARTS + dt.timedelta(seconds=121))
        assert not codes.ticket_fits(ticket, session, uuid.uuid4(), STARTS)
        assert not codes.ticket_fits(ticket, uuid.uuid4(), person, STARTS)
        assert not codes.ticket_fits("", session, person, STARTS)
        assert not codes.ticket_fits("\udcff", session, person, STARTS)


def test_numbers_of_a_sheet_are_read_as_people_type_them(app: SigerFlask) -> None:
    known = {1, 2, 3, 5, 8}
    with app.test_request_context():
        assert numbers_in("", known) == set()
        assert numbers_in("1 - 5, 8", known) == {1, 2, 3, 5, 8}
        assert numbers_in("2;3\n8", known) == {2, 3, 8}
        for wrong in ("9", "1-9", "8-1", "a", "1-2-3", "99999999"):
            with pytest.raises(Invalid):
                numbers_in(wrong, known)
