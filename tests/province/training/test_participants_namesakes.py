"""Two people of one name: from one village, without a NIK, each has a seat; and one person never has two."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from tenants.scope import Tenant, platform_scope
from tests.province.training.people_at_events import event_for, register


def a_name() -> str:
    """A name that nobody else in the tests bears."""
    return f"Suparman {uuid.uuid4().hex[:6]}"


def a_nik() -> str:
    """A NIK that nobody else in the tests holds."""
    return f"18{uuid.uuid4().int % 10**14:014d}"


def persons(app: SigerFlask, event_id: uuid.UUID) -> list[tuple[TrainingPerson, str]]:
    """Who is on an event's list and with which seat, in the order in which they were registered."""
    with app.app_context(), platform_scope():
        query = (
            select(TrainingPerson, TrainingParticipant.seat)
            .join(TrainingParticipant, TrainingParticipant.person_id == TrainingPerson.id)
            .where(TrainingParticipant.event_id == event_id)
            .order_by(TrainingParticipant.id)
        )
        rows = [(row[0], row[1]) for row in db.session.execute(query)]
        db.session.expunge_all()
        return rows


def test_two_people_of_one_name_from_one_village_each_have_a_seat(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    clerk, name = staff(village), a_name()
    first, second = event_for(app, village), event_for(app, village)
    assert register(clerk, first, name, "male").status_code == 303
    asked = register(clerk, first, name, "male")
    assert asked.status_code == 422
    assert "sudah terdaftar untuk kegiatan ini" in asked.text
    assert 'name="is_other"' in asked.text
    assert register(clerk, first, name, "male", is_other="1").status_code == 303
    known = [person.id for person, _seat in persons(app, first)]
    assert len(set(known)) == 2
    # At the next event both are known again: nobody is written down a third time.
    assert register(clerk, second, name, "male").status_code == 303
    assert register(clerk, second, name, "male", is_other="1").status_code == 303
    assert [person.id for person, _seat in persons(app, second)] == known


def test_a_namesake_s_nik_is_not_given_to_the_first(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    clerk, name, nik = staff(village), a_name(), a_nik()
    key = event_for(app, village)
    register(clerk, key, name, "male")
    assert register(clerk, key, name, "male", nik=nik).status_code == 422
    assert register(clerk, key, name, "male", nik=nik, is_other="1").status_code == 303
    (first, _), (other, _) = persons(app, key)
    assert (first.nik_index, other.nik_end) == (None, nik[-4:])


def test_saying_that_it_is_somebody_else_does_not_seat_one_person_twice(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    clerk, name, nik = staff(village), a_name(), a_nik()
    key = event_for(app, village)
    register(clerk, key, name, "male", nik=nik, birth_date="1980-01-02")
    for known in ({"nik": nik}, {"birth_date": "1980-01-02"}):
        answer = register(clerk, key, name, "male", is_other="1", **known)
        assert answer.status_code == 422
        assert 'name="is_other"' not in answer.text
    assert len(persons(app, key)) == 1


def test_somebody_is_replaced_by_a_namesake(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    clerk, name = staff(village), a_name()
    key = event_for(app, village)
    register(clerk, key, name, "male")
    with app.app_context(), platform_scope():
        query = select(TrainingParticipant.id).where(TrainingParticipant.event_id == key)
        seat_id = db.session.scalars(query).one()
    path = f"/pelatihan/{key}/peserta/{seat_id}/ganti"
    asked = clerk.submit(path, {"name": name, "sex": "male"})
    assert asked.status_code == 422
    assert 'name="is_other"' in asked.text
    assert clerk.submit(path, {"name": name, "sex": "male", "is_other": "1"}).status_code == 303
    assert [seat for _person, seat in persons(app, key)] == ["replaced", "registered"]
