"""The API of both sides: inviting, registering, quotas, tasks, as programs ask for them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.hosting import SigerFlask
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.province.training.people_at_events import seats, today
from tests.support.people import make_account
from tests.support.programs import Program
from tests.support.training import an_event, participants_of

ROOT = "/api/v1/training"


@pytest.fixture
def program(app: SigerFlask) -> Callable[..., Program]:
    """`program(tenant)` of a village, `program(None, role, region)` of an office."""

    def make(tenant: Tenant | None, role: str = "secretary", region: str = "18") -> Program:
        village = ("village.view", "training.register")
        scopes = village if tenant else ("training.view", "training.manage")
        place: dict[str, Any] = {"tenant": tenant} if tenant else {"region": region}
        account = make_account(app, role=role, totp_confirmed_at=now(), **place)
        with app.app_context(), platform_scope():
            actor = build_actor(account.id, tenant.id if tenant else None)
            assert actor is not None
            token = make_token(actor, name="uji", scopes=scopes, days=30)
        return Program(app, f"{tenant.slug}.localhost" if tenant else "localhost", token.text)

    return make


def test_from_the_invitation_to_the_task(
    app: SigerFlask, village: Tenant, program: Callable[..., Program]
) -> None:
    key = an_event(app, "18", days_from_now=4, capacity=1)
    office, clerk = program(None, "province_admin"), program(village)
    event = f"{ROOT}/events/{key}"
    audience = {"scope": "villages", "villages": [str(village.id)]}
    made = office.send("POST", f"{event}/invitations", {"audience": audience, "letter_number": "12/2026"})
    assert made.json == {"invited": 1, "told": 1}
    assert office.send("POST", f"{event}/invitations", {"audience": audience}).status_code == 409
    (line,) = office.get(f"{event}/invitations").json["items"]
    assert (line["village_code"], line["answer"]) == (village.code, "none")
    assert str(key) in {one["event_id"] for one in clerk.get(f"{ROOT}/invitations").json}
    own = f"{ROOT}/invitations/{key}/participants"
    people = clerk.send("POST", own, {"name": "Ani Satu", "sex": "female", "nik": "1806204107850011"})
    assert people.status_code == 201, people.json
    assert [one["seat"] for one in people.json] == ["registered"]
    assert "nik" not in people.json[0]
    again = clerk.send("POST", own, {"name": "Ani Satu", "sex": "female"})
    assert again.status_code == 409
    assert clerk.send("POST", own, {"name": "Beni", "sex": "male", "nik": "12"}).status_code == 422
    clerk.send("POST", own, {"name": "Beni Dua", "sex": "male"})
    found = office.get(f"{event}/participants?seat=waiting").json["items"]
    assert [one["name"] for one in found] == ["Beni Dua"]
    first = str(seats(app, key)["Ani Satu"].id)
    changed = clerk.send("POST", f"{own}/{first}/substitute", {"name": "Citra Tiga", "sex": "female"})
    assert {one["name"]: one["seat"] for one in changed.json} == {
        "Ani Satu": "replaced", "Beni Dua": "waiting", "Citra Tiga": "registered",
    }  # fmt: skip
    third = str(seats(app, key)["Citra Tiga"].id)
    left = clerk.send("POST", f"{own}/{third}/cancel", {"reason": "Sakit"})
    assert {one["name"]: one["seat"] for one in left.json}["Beni Dua"] == "registered"
    day = (today() + dt.timedelta(days=9)).isoformat()
    given = office.send("POST", f"{event}/tasks", {"what": "Isi data", "due_on": day, "whom": "registered"})
    assert given.json["villages"] == 1
    (task,) = clerk.get(f"{ROOT}/tasks").json
    assert task["due_on"] == day
    done = clerk.send("POST", f"{ROOT}/tasks/{task['id']}/done", {"note": "Sudah"})
    assert [one["state"] for one in done.json] == ["done"]
    assert office.get(f"{event}/tasks?state=done").json["items"][0]["done_note"] == "Sudah"
    opened = office.send("POST", f"{event}/tasks/{task['id']}/reopen")
    assert opened.json["state"] == "open"


def test_quotas_as_programs_set_them(
    app: SigerFlask, village: Tenant, program: Callable[..., Program]
) -> None:
    key = an_event(app, "18", days_from_now=4)
    participants_of(app, key, village.code, 2)
    office = program(None, "province_admin")
    path = f"{ROOT}/events/{key}/quotas"
    refused = office.send("PUT", path, {"region_code": village.district_code, "seats": 1})
    assert refused.status_code == 409
    assert "2 orang" in refused.json["detail"]
    lines = office.send("PUT", path, {"region_code": village.district_code, "seats": 4}).json
    assert [(one["region_code"], one["seats"], one["taken"]) for one in lines if one["seats"]] == [
        (village.district_code, 4, 2)
    ]
    other = "18.01.04" if village.district_code != "18.01.04" else "18.02.01"
    swap = {"giver": village.district_code, "taker": other, "seats": 3}
    assert office.send("POST", f"{ROOT}/events/{key}/quota-swaps", swap).status_code == 409
    assert office.send("PUT", path, {"region_code": "99.99", "seats": 1}).status_code == 422


def test_another_regions_event_is_not_there(
    app: SigerFlask, village: Tenant, program: Callable[..., Program]
) -> None:
    other = "18.71" if village.regency_code != "18.71" else "18.01"
    key = an_event(app, other, days_from_now=4)
    office = program(None, "regency_admin", village.regency_code)
    for path in ("invitations", "participants", "quotas", "tasks"):
        assert office.get(f"{ROOT}/events/{key}/{path}").status_code == 404
    assert program(village).get(f"{ROOT}/invitations/{uuid.uuid4()}/participants").status_code == 404
