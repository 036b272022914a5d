"""Life events for programs: every kind is recorded once, read line by line, and taken back by who may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.hosting import SigerFlask
from app.government.residents.writing import today
from tenants.scope import Tenant
from tests.core.test_api_village import program_of
from tests.support.programs import Program
from tests.support.residents import a_family, a_household, a_nik, a_resident

START = dt.date(2025, 1, 10)


@dataclass(frozen=True)
class Village:
    """A village with one family and the ids of its people."""

    program: Program
    household: UUID
    head: UUID
    wife: UUID
    child: UUID

    def record(self, path: str, values: dict[str, Any], **options: Any) -> Any:
        body = {"happened_on": "2025-03-05", **values}
        return self.program.send("POST", f"/api/v1/life-events/{path}", body, **options)

    def recorded(self, path: str, values: dict[str, Any]) -> dict[str, Any]:
        answer = self.record(path, values)
        assert answer.status_code == 201, answer.json
        found: dict[str, Any] = answer.json
        return found

    def resident(self, resident_id: object) -> dict[str, Any]:
        found: dict[str, Any] = self.program.get(f"/api/v1/residents/{resident_id}").json
        return found


@pytest.fixture
def here(app: SigerFlask, village: Tenant) -> Village:
    household, (head, wife, child) = a_family(app, village, happened_on=START)
    return Village(program_of(app, village), household, head, wife, child)


def test_newborn_joins_the_mothers_household(here: Village) -> None:
    deed = here.recorded("births", {"mother_id": str(here.wife), "name": "BAYU", "sex": 1, "site": 2})
    assert deed["kind"] == "birth"
    [line] = [line for line in deed["lines"] if line["kind"] == "birth"]
    assert (line["month"], line["resident_name"], line["from_cell"], line["to_cell"]) == (
        "2025-03",
        "BAYU",
        None,
        0,
    )
    child = here.resident(line["resident_id"])
    assert (child["household_id"], child["relation"], child["birth_date"]) == (
        str(here.household),
        4,
        "2025-03-05",
    )
    assert here.program.get(f"/api/v1/life-events/deeds/{deed['id']}").json == deed


def test_deaths_cause_stays_sealed_and_the_head_is_followed(here: Village) -> None:
    refused = here.record("deaths", {"resident_id": str(here.head)})
    assert refused.status_code == 422
    assert "new_head_id" in refused.json["errors"]["json"]
    deed = here.recorded("deaths", {"resident_id": str(here.head), "new_head_id": str(here.wife), "cause": 5})
    assert all("cause" not in line["details"] for line in deed["lines"])
    assert here.resident(here.head)["vital_status"] == 2
    assert here.resident(here.wife)["relation"] == 1
    assert here.resident(here.wife)["marital_status"] == 4
    again = here.record("deaths", {"resident_id": str(here.head), "happened_on": "2025-03-06"})
    assert again.status_code == 422
    assert "meninggal" in again.json["errors"]["json"]["happened_on"][0]


def test_family_comes_goes_and_returns(here: Village) -> None:
    people = [
        {
            "name": "KARTO",
            "sex": 1,
            "relation": 1,
            "birth_date": "1985-01-02",
            "nik": a_nik(dt.date(1985, 1, 2)),
        },
        {"name": "TUTI", "sex": 2, "relation": 3, "birth_date": "1988-01-02"},
    ]
    came = here.recorded(
        "arrivals", {"people": people, "household": {"address": "Jalan Lada"}, "origin": "Metro"}
    )
    ids = [line["resident_id"] for line in came["lines"] if line["kind"] == "move_in"]
    assert len(ids) == 2
    home = here.resident(ids[0])["household_id"]
    left = here.recorded("departures", {"resident_ids": ids, "target": 3, "happened_on": "2025-04-01"})
    assert left["kind"] == "move_out"
    assert here.program.get(f"/api/v1/households/{home}").json["state"] == "left"
    here.recorded("returns", {"resident_ids": ids, "happened_on": "2025-05-01"})
    assert here.program.get(f"/api/v1/households/{home}").json["state"] == "active"
    assert here.resident(ids[1])["vital_status"] == 1


def test_missing_and_left_are_away(here: Village) -> None:
    here.recorded("missing", {"resident_ids": [str(here.child)], "remark": "hilang di laut"})
    here.recorded("left", {"resident_ids": [str(here.wife)]})
    assert [here.resident(who)["vital_status"] for who in (here.child, here.wife)] == [4, 6]


def test_moves_and_statuses(here: Village) -> None:
    area = here.program.send("POST", "/api/v1/sub-areas", {"kind": "sub_area", "name": "Dusun II"}).json["id"]
    everybody = [str(here.head), str(here.wife), str(here.child)]
    here.recorded("area-moves", {"resident_ids": everybody, "sub_area_id": area})
    here.recorded("residence-changes", {"resident_ids": [str(here.child)], "residence_status": 2})
    here.recorded("nationality-changes", {"resident_id": str(here.child), "nationality": 2})
    child = here.resident(here.child)
    assert (child["sub_area_id"], child["residence_status"], child["nationality"]) == (area, 2, 2)
    assert here.program.get(f"/api/v1/households/{here.household}").json["sub_area_id"] == area


def test_families_split_merge_change_heads_and_dissolve(
    app: SigerFlask, village: Tenant, here: Village
) -> None:
    grown = a_resident(
        app,
        village,
        household_id=here.household,
        relation=4,
        birth_date=dt.date(2000, 1, 1),
        happened_on=START,
    )
    split = here.recorded("splits", {"resident_ids": [str(grown)], "address": "Jalan Baru"})
    home = here.resident(grown)["household_id"]
    assert home != str(here.household)
    assert split["kind"] == "split"
    relations = [{"resident_id": str(grown), "relation": 4}]
    here.recorded(
        "merges", {"resident_ids": [str(grown)], "target_id": str(here.household), "relations": relations}
    )
    assert here.resident(grown)["relation"] == 4
    here.recorded("head-changes", {"household_id": str(here.household), "head_id": str(here.wife)})
    assert here.resident(here.head)["relation"] == 2
    here.recorded("dissolutions", {"household_id": str(here.household), "reason": "bercerai"})
    assert here.resident(here.wife)["household_id"] is None
    assert here.program.get(f"/api/v1/households/{here.household}").json["state"] == "dissolved"


def test_what_is_sent_twice_is_recorded_once(here: Village) -> None:
    once = {"Idempotency-Key": str(uuid4())}
    body = {"mother_id": str(here.wife), "name": "BAYU", "sex": 1}
    first = here.record("births", body, headers=once)
    again = here.record("births", body, headers=once)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert first.json["id"] == once["Idempotency-Key"]


@pytest.mark.parametrize(
    ("path", "values", "field"),
    [
        ("births", {"name": "X"}, "mother_id"),
        ("births", {"mother_id": "{wife}", "name": "", "sex": 1}, "name"),
        ("births", {"mother_id": "{head}", "name": "X", "sex": 1}, "mother_id"),
        ("births", {"mother_id": "{wife}", "name": "X", "sex": 3}, "sex"),
        (
            "births",
            {"mother_id": "{wife}", "name": "X", "sex": 1, "happened_on": "2099-01-01"},
            "happened_on",
        ),
        ("deaths", {"resident_id": "{child}", "happened_on": "2001-01-01"}, "happened_on"),
        ("deaths", {"resident_id": "{child}", "reported_on": "2025-01-01"}, "reported_on"),
        ("deaths", {"resident_id": "{child}", "cause": 99}, "cause"),
        ("departures", {"resident_ids": [], "target": 1}, "resident_ids"),
        ("departures", {"resident_ids": ["{child}"]}, "target"),
        ("area-moves", {"resident_ids": ["{child}"], "sub_area_id": str(uuid4())}, "sub_area_id"),
        ("arrivals", {"people": [{"name": "X", "sex": 1, "nik": "1.23E+15"}]}, "people"),
        ("splits", {"resident_ids": ["{child}"], "kk": "12345"}, "kk"),
        ("deaths", {"resident_id": "{child}", "happened_on": "besok"}, "happened_on"),
    ],
)
def test_wrong_events_are_told_by_field(here: Village, path: str, values: dict[str, Any], field: str) -> None:
    ids = {"{head}": str(here.head), "{wife}": str(here.wife), "{child}": str(here.child)}

    def filled(value: Any) -> Any:
        return [filled(one) for one in value] if isinstance(value, list) else ids.get(str(value), value)

    answer = here.record(path, {name: filled(value) for name, value in values.items()})
    assert answer.status_code == 422, answer.json
    assert field in answer.json["errors"]["json"]


def test_deed_is_taken_back_whole_by_who_may(app: SigerFlask, village: Tenant, here: Village) -> None:
    deed = here.recorded("deaths", {"resident_id": str(here.child)})
    path = f"/api/v1/life-events/deeds/{deed['id']}/undo"
    clerk = program_of(app, village, "secretary", "residents.view", "residents.events")
    assert clerk.send("POST", path).status_code == 403
    undone = here.program.send("POST", path)
    assert (undone.status_code, undone.json["is_undone"]) == (200, True)
    assert here.resident(here.child)["vital_status"] == 1
    twice = here.program.send("POST", path)
    assert twice.status_code == 422
    assert "sudah dibatalkan" in twice.json["findings"][0]["sentence"]


def test_lines_are_read_by_month_kind_and_person(here: Village) -> None:
    here.recorded("missing", {"resident_ids": [str(here.child)]})
    lines = "/api/v1/life-events"
    assert {row["kind"] for row in here.program.get(f"{lines}?month=2025-03").json["items"]} == {"missing"}
    assert {row["kind"] for row in here.program.get(f"{lines}?resident_id={here.child}").json["items"]} == {
        "missing",
        "opening",
    }
    assert len(here.program.get(f"{lines}?kind=opening").json["items"]) == 3
    assert len(here.program.get(f"{lines}?kind=opening&limit=2").json["items"]) == 2
    assert here.program.get(f"{lines}?month=2025-13").status_code == 422
    assert here.program.get(f"{lines}?kind=nonsense").status_code == 422
    assert here.program.get(f"{lines}?resident_id={uuid4()}").json["items"] == []


def test_long_lists_of_lines_need_few_queries(
    app: SigerFlask,
    village: Tenant,
    here: Village,
    count_queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    for _number in range(5):
        a_household(app, village)
    here.program.get("/api/v1/life-events")
    with count_queries(at_most=8):
        assert len(here.program.get("/api/v1/life-events?limit=200").json["items"]) > 8


def test_people_of_another_village_have_no_events_here(
    app: SigerFlask, make_village: Callable[[], Tenant], here: Village
) -> None:
    household, people = a_family(app, make_village())
    assert here.record("deaths", {"resident_id": str(people[0])}).status_code == 404
    assert here.record("dissolutions", {"household_id": str(household)}).status_code == 404
    assert here.program.get(f"/api/v1/life-events/deeds/{uuid4()}").status_code == 404
    assert here.program.send("POST", f"/api/v1/life-events/deeds/{uuid4()}/undo").status_code == 404


@pytest.mark.parametrize(
    ("scope", "status"), [("residents.events", 422), ("residents.view", 403), ("residents.edit", 403)]
)
def test_scope_bounds_who_records(app: SigerFlask, village: Tenant, scope: str, status: int) -> None:
    program = program_of(app, village, "secretary", scope)
    for path in (
        "births",
        "deaths",
        "arrivals",
        "departures",
        "splits",
        "merges",
        "returns",
        "left",
        "missing",
    ):
        assert program.send("POST", f"/api/v1/life-events/{path}", {}).status_code == status


def test_what_was_accepted_about_health_is_for_those_who_may_see_health(
    app: SigerFlask, village: Tenant
) -> None:
    program = program_of(app, village)
    values = {"name": "BUDI", "sex": 1, "birth_date": "1990-02-03", "pregnant": True}
    note = {"accepted_note": "sudah diperiksa"}
    added = program.send("POST", "/api/v1/residents", {**values, **note})
    assert added.status_code == 201, added.json
    household, _people = a_family(app, village)
    arrival = {**values, "name": "BADU", "relation": 9}
    body = {"happened_on": f"{today()}", "people": [arrival], "household_id": str(household), **note}
    assert program.send("POST", "/api/v1/life-events/arrivals", body).status_code == 201
    reader = program_of(app, village, "secretary", "residents.view")
    for person in program.get("/api/v1/residents?q=B").json["items"]:
        path = f"/api/v1/life-events?resident_id={person['id']}"
        seen, hidden = (who.get(path).json["items"][0] for who in (program, reader))
        assert "health_unlikely" in seen["details"]["accepted"]
        assert "health_unlikely" not in str(hidden)
        deed = f"/api/v1/life-events/deeds/{seen['deed_id']}"
        assert "health_unlikely" in str(program.get(deed).json)
        assert "health_unlikely" not in str(reader.get(deed).json)
    assert "health_unlikely" not in str(program.get("/api/v1/audit").json)
