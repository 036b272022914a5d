"""The API of events: what programs of an office write and read, within its region."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.hosting import SigerFlask
from tenants.models import now
from tenants.scope import platform_scope
from tests.province.training.planning import a_venue, day, noted
from tests.support.people import make_account
from tests.support.programs import Program
from tests.support.training import an_event, participants_of

ROOT = "/api/v1/training/events"


@pytest.fixture
def program(app: SigerFlask) -> Callable[..., Program]:
    """`program(role, region)` of an office."""

    def make(role: str = "regency_admin", region: str = "18.06") -> Program:
        account = make_account(app, role=role, region=region, totp_confirmed_at=now())
        with app.app_context(), platform_scope():
            actor = build_actor(account.id, None)
            assert actor is not None
            scopes = [code for code in ("training.view", "training.manage") if actor.may(code)]
            token = make_token(actor, name="uji", scopes=scopes, days=30)
        return Program(app, "localhost", token.text)

    return make


def body(**more: Any) -> dict[str, Any]:
    """An event as a program writes it."""
    return {"kind": "bimtek", "title": "Lewat program", "starts_on": day(10), "ends_on": day(11), **more}


def meeting(**more: Any) -> dict[str, Any]:
    """A session on an event's first day as a program writes it."""
    said = {"title": "Surat", "pillar": "government", "day": day(10), "starts": "08:00", "ends": "10:00"}
    return {**said, **more}


def test_an_event_from_draft_to_called_off(app: SigerFlask, program: Callable[..., Program]) -> None:
    office = program()
    venue = office.send(
        "POST", "/api/v1/training/venues",
        {"name": "Aula", "region_code": "18.06.20", "latitude": -5.4, "longitude": 104.7},
    ).json  # fmt: skip
    speaker = office.send(
        "POST", "/api/v1/training/speakers", {"name": "Ir. Sulastri", "topics": ["Surat"]}
    ).json
    programme = office.send("POST", "/api/v1/training/programmes", {"title": "Smart 2026", "year": 2026}).json
    made = office.send("POST", ROOT, body(venue_id=venue["id"], programme_id=programme["id"], capacity=60))
    assert made.status_code == 201, made.json
    key = made.json["id"]
    assert office.send("POST", f"{ROOT}/{key}/open").status_code == 409
    session = office.send("POST", f"{ROOT}/{key}/sessions", meeting(speakers=[speaker["id"]]))
    assert session.status_code == 201, session.json
    assert session.json["starts_at"].endswith("08:00:00+07:00") or "T01:00:00" in session.json["starts_at"]
    assert session.json["speakers"] == [{"id": speaker["id"], "name": "Ir. Sulastri"}]
    assert office.send("POST", f"{ROOT}/{key}/open").json["state"] == "open"
    whole = office.get(f"{ROOT}/{key}")
    assert whole.json["sessions"][0]["id"] == session.json["id"]
    assert whole.json["clashes"] == []
    version = whole.headers["ETag"]
    moved = office.send(
        "PUT", f"{ROOT}/{key}", body(venue_id=venue["id"], starts_on=day(20), ends_on=day(21)),
        headers={"If-Match": version},
    )  # fmt: skip
    assert moved.json["schedule_version"] == whole.json["schedule_version"] + 1
    late = office.send("PUT", f"{ROOT}/{key}", body(), headers={"If-Match": version})
    assert late.status_code == 412
    change = meeting(day=day(20), ends="11:00")
    path = f"{ROOT}/{key}/sessions/{session.json['id']}"
    assert office.send("PUT", path, change).status_code == 200
    assert office.send("DELETE", path).status_code == 409
    assert office.send("DELETE", f"{ROOT}/{key}").status_code == 409
    assert (
        office.send("POST", f"{ROOT}/{key}/cancel", {"reason": "Tidak ada dana"}).json["state"] == "cancelled"
    )
    assert office.send("DELETE", f"/api/v1/training/venues/{venue['id']}").status_code == 409


def test_what_is_wrong_is_said_by_field(app: SigerFlask, program: Callable[..., Program]) -> None:
    office = program()
    wrong = office.send("POST", ROOT, body(ends_on=day(3)))
    assert wrong.status_code == 422
    assert "ends_on" in wrong.json["errors"]["json"]
    assert office.send("POST", ROOT, body(capacity=0)).status_code == 422
    assert office.send("POST", ROOT, body(organiser="18.08")).status_code == 422
    assert office.send("POST", ROOT, body(seats=3)).status_code == 422
    half = {"name": "Aula", "region_code": "18.06.20", "latitude": -5.4}
    assert office.send("POST", "/api/v1/training/venues", half).status_code == 422
    key = an_event(app, capacity=9)
    participants_of(app, key, "18.06.20.2006", 3)
    few = office.send("PUT", f"{ROOT}/{key}", body(capacity=2, starts_on=day(0), ends_on=day(0)))
    assert few.status_code == 422
    assert "3 orang" in str(few.json)


def test_each_office_reads_and_changes_its_own(app: SigerFlask, program: Callable[..., Program]) -> None:
    mark = uuid.uuid4().hex[:8]
    foreign = an_event(app, "18.08", title=f"Asing {mark}")
    own = an_event(app, "18.06", title=f"Sendiri {mark}")
    office, below = program(), program("district_officer", "18.06.20")
    listed = office.get(f"{ROOT}?search={mark}").json["items"]
    assert [item["id"] for item in listed] == [str(own)]
    before = noted(app, "region.refused", "18.08")
    assert office.get(f"{ROOT}/{foreign}").status_code == 404
    assert noted(app, "region.refused", "18.08") == before + 1
    assert office.get(f"{ROOT}?region=18.08").status_code == 404
    assert below.get(f"{ROOT}/{own}").status_code == 200
    assert below.send("PUT", f"{ROOT}/{own}", body()).status_code == 404
    assert below.send("POST", f"{ROOT}/{own}/cancel", {"reason": "Tidak jadi"}).status_code == 404
    analyst = program("regency_analyst", "18.06")
    assert analyst.get(ROOT).status_code == 200
    assert analyst.send("POST", ROOT, body()).status_code == 403


def test_lists_go_on_behind_their_last_row(app: SigerFlask, program: Callable[..., Program]) -> None:
    mark = uuid.uuid4().hex[:8]
    keys = {str(an_event(app, "18.06", title=f"Urut {mark}", days_from_now=n)) for n in range(5)}
    office = program()
    seen: list[str] = []
    after = ""
    while True:
        page = office.get(f"{ROOT}?view=coming&search={mark}&limit=2{after}").json
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == 5
    assert set(seen) == keys


def test_costs_are_kept(app: SigerFlask, program: Callable[..., Program]) -> None:
    key = an_event(app, "18.06", budget=100, venue_id=a_venue(app))
    office = program()
    cost = {"category": "meals", "description": "Konsumsi", "amount": 70}
    made = office.send("POST", f"{ROOT}/{key}/costs", cost)
    assert made.status_code == 201
    path = f"{ROOT}/{key}/costs/{made.json['id']}"
    assert office.send("PUT", path, {**cost, "spent_on": day(0)}).json["spent_on"] == day(0)
    assert office.get(f"{ROOT}/{key}").json["spent"] == 70
    assert office.send("PUT", path, {**cost, "spent_on": day(4)}).status_code == 422
    assert office.send("DELETE", path).status_code == 204
    assert office.get(f"{ROOT}/{key}/costs").json == []
