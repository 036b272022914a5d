"""Seats that kabupaten and kecamatan hold: kept for them, swapped, never below those who hold one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.events.models import TrainingEvent, TrainingQuota
from tenants.scope import Tenant, platform_scope
from tests.province.training.people_at_events import event_for, other_district, register, states
from tests.support.training import participants_of
from tests.support.work import settle


def test_quotas_keep_seats_for_their_regions(
    app: SigerFlask,
    village: Tenant,
    staff: Callable[..., Any],
    officer: Callable[..., Any],
) -> None:
    key = event_for(app, village, capacity=2)
    other = other_district(app, village)
    office = officer()
    page = f"/pelatihan/{key}/kuota"
    assert office.submit(page, {"region": other, "seats": "2"}).status_code == 303
    register(staff(village), key, "Ani Satu")
    assert states(app, key) == {"Ani Satu": "waiting"}
    swapped = office.submit(
        f"{page}/tukar", {"giver": other, "taker": village.district_code, "seats": "1"}, form=page
    )
    assert swapped.status_code == 303
    assert states(app, key) == {"Ani Satu": "registered"}
    too_many = office.submit(page, {"region": other, "seats": "5"})
    assert too_many.status_code == 422
    assert _quotas(app, key) == {other: 1, village.district_code: 1}


def test_a_quota_below_the_registered_is_refused_with_the_number_or_lets_them_wait(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any]
) -> None:
    key = event_for(app, village)
    participants_of(app, key, village.code, 3)
    office = officer()
    page = f"/pelatihan/{key}/kuota"
    answer = office.submit(page, {"region": village.district_code, "seats": "1"})
    assert answer.status_code == 422
    assert "3 orang" in answer.text
    assert _quotas(app, key) == {}
    assert list(states(app, key).values()) == ["registered"] * 3
    agreed = {"region": village.district_code, "seats": "1", "to_waiting": "1"}
    assert office.submit(page, agreed).status_code == 303
    assert sorted(states(app, key).values()) == ["registered", "waiting", "waiting"]
    settle(app)
    assert _quotas(app, key) == {village.district_code: 1}


def test_seats_that_are_taken_are_not_swapped_away(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any]
) -> None:
    key = event_for(app, village)
    participants_of(app, key, village.code, 2)
    other = other_district(app, village)
    office = officer()
    page = f"/pelatihan/{key}/kuota"
    office.submit(page, {"region": village.district_code, "seats": "3"})
    answer = office.submit(
        f"{page}/tukar", {"giver": village.district_code, "taker": other, "seats": "2"}, form=page
    )
    assert answer.status_code == 422
    assert "hanya dapat melepas 1 tempat" in answer.text
    assert _quotas(app, key) == {village.district_code: 3}


def test_more_seats_move_the_waiting_list_up(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    from app.province.training.events.services import seats_changed

    key = event_for(app, village, capacity=0)
    register(staff(village), key, "Ani Satu")
    assert states(app, key) == {"Ani Satu": "waiting"}
    with app.app_context(), platform_scope():
        event = db.session.get_one(TrainingEvent, key, with_for_update=True)
        event.capacity = 5
        seats_changed(event)
        db.session.commit()
    assert states(app, key) == {"Ani Satu": "registered"}


def _quotas(app: SigerFlask, key: uuid.UUID) -> dict[str, int]:
    with app.app_context(), platform_scope():
        query = select(TrainingQuota.region_code, TrainingQuota.seats).where(TrainingQuota.event_id == key)
        return dict(db.session.execute(query).all())
