"""The register for programs: residents are listed, found, entered and corrected, and what is personal stays masked."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import pytest

from app.core.hosting import SigerFlask
from tenants.scope import Tenant
from tests.core.test_api_village import program_of
from tests.support.programs import Program
from tests.support.residents import a_family, a_household, a_kk, a_nik, a_resident

REASON = {"X-Reason": "mencocokkan dengan KTP"}


@pytest.fixture
def program(app: SigerFlask, village: Tenant) -> Program:
    return program_of(app, village)


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json
    return [item["name"] for item in answer.json["items"]]


def everything(program: Program, path: str) -> list[dict[str, Any]]:
    """All rows of a list, page after page."""
    found: list[dict[str, Any]] = []
    following: str | None = path
    while following:
        answer = program.get(following)
        assert answer.status_code == 200, answer.json
        found += answer.json["items"]
        link = answer.headers.get("Link", "")
        following = link[1 : link.index(">")] if link else None
    return found


def entries(program: Program, action: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program.get(f"/api/v1/audit?action={action}").json["items"]
    return found


@pytest.mark.parametrize("sort", ["name", "-name", "age", "birth_date", "-area", "household", "-updated_at"])
def test_pages_hold_everybody_once_in_every_order(
    app: SigerFlask, village: Tenant, program: Program, sort: str
) -> None:
    a_family(app, village)
    a_resident(app, village)
    whole = everything(program, f"/api/v1/residents?sort={sort}")
    pieces = everything(program, f"/api/v1/residents?sort={sort}&limit=1")
    assert [row["id"] for row in pieces] == [row["id"] for row in whole]
    assert len({row["id"] for row in whole}) == 4


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=sar", {"SARI"}),
        ("q=wati%20sit", {"SITI WATI"}),
        ("sex=1", {"BUDI"}),
        ("age_from=18", {"BUDI", "SITI WATI"}),
        ("age_to=17", {"SARI"}),
        ("religion=2", {"BUDI"}),
        ("religion=0", {"SARI"}),
        ("occupation=9&sex=1", {"BUDI"}),
        ("without_nik=true", {"SARI"}),
        ("incomplete=true", {"BUDI", "SITI WATI", "SARI"}),
        ("disability=2", {"SITI WATI"}),
        ("vital_status=former", set()),
        ("vital_status=2", set()),
        ("residence_status=3", {"SARI"}),
    ],
)
def test_every_filter_of_the_page_is_one_of_the_api(
    app: SigerFlask, village: Tenant, program: Program, query: str, expected: set[str]
) -> None:
    a_resident(app, village, name="BUDI", religion=2, occupation=9, birth_date=dt.date(1980, 1, 2))
    a_resident(
        app, village, name="SITI WATI", sex=2, religion=1, disability=2, birth_date=dt.date(1990, 1, 2)
    )
    a_resident(app, village, name="SARI", sex=2, nik="", residence_status=3, birth_date=dt.date(2020, 3, 4))
    assert set(names(program.get(f"/api/v1/residents?{query}"))) == expected


@pytest.mark.parametrize("query", ["", "sex=2", "q=tidak", "vital_status=all&age_to=30"])
def test_totals_equal_the_list(app: SigerFlask, village: Tenant, program: Program, query: str) -> None:
    a_family(app, village)
    a_resident(app, village)
    rows = everything(program, f"/api/v1/residents?{query}&limit=1" if query else "/api/v1/residents?limit=1")
    found = program.get(f"/api/v1/residents/totals?{query}").json
    assert found == {
        "all": len(rows),
        "men": sum(row["sex"] == 1 for row in rows),
        "women": sum(row["sex"] == 2 for row in rows),
        "households": len({row["household_id"] for row in rows} - {None}),
    }


def test_area_filter_reaches_what_lies_below(app: SigerFlask, village: Tenant, program: Program) -> None:
    dusun = program.send("POST", "/api/v1/sub-areas", {"kind": "sub_area", "name": "Dusun I"}).json["id"]
    inside = program.send("POST", "/api/v1/sub-areas", {"kind": "rt", "name": "1", "parent_id": dusun}).json
    a_resident(app, village, name="DI RT", sub_area_id=inside["id"])
    a_resident(app, village, name="DI LUAR")
    assert names(program.get(f"/api/v1/residents?sub_area_id={dusun}")) == ["DI RT"]
    assert names(program.get(f"/api/v1/residents?sub_area_id={uuid4()}")) == []


def test_number_is_searched_by_the_body_and_refused_in_an_address(
    app: SigerFlask, village: Tenant, program: Program
) -> None:
    nik, kk = a_nik(), a_kk()
    home = a_household(app, village, kk=kk)
    a_resident(
        app, village, name="DICARI", nik=nik, household_id=home, relation=1, birth_date=dt.date(1980, 5, 17)
    )
    a_resident(app, village)
    assert names(program.send("POST", "/api/v1/residents/search", {"number": nik})) == ["DICARI"]
    assert names(program.send("POST", "/api/v1/residents/search", {"number": kk})) == ["DICARI"]
    assert names(program.send("POST", "/api/v1/residents/search", {"number": "1" * 16})) == []
    refused = program.get(f"/api/v1/residents?q={nik}")
    assert refused.status_code == 422
    assert "POST" in refused.json["errors"]["query"]["q"][0]
    short = program.send("POST", "/api/v1/residents/search", {"number": nik[:15]})
    assert short.status_code == 422


def test_lists_and_pages_are_masked_until_a_reason_is_told(
    app: SigerFlask, village: Tenant, program: Program
) -> None:
    nik = a_nik()
    person = a_resident(
        app,
        village,
        nik=nik,
        birth_date=dt.date(1980, 5, 17),
        phone="0812-1111-2222",
        email="warga@contoh.test",
    )
    row = program.get("/api/v1/residents").json["items"][0]
    assert row["is_masked"] is True
    assert row["nik"] == f"{nik[:4]}{'•' * 8}{nik[-4:]}"
    path = f"/api/v1/residents/{person}"
    assert program.get(path).json == row
    for text in (nik, "1111", "warga@"):
        assert text not in program.get(path).text
    assert entries(program, "resident.identity_viewed") == []
    told = program.get(path, headers=REASON)
    assert (told.json["nik"], told.json["phone"], told.json["email"]) == (
        nik,
        "0812-1111-2222",
        "warga@contoh.test",
    )
    assert told.headers["Cache-Control"] == "no-store"
    assert program.get(f"{path}?reason=surat%20keterangan").json["nik"] == nik
    noted = entries(program, "resident.identity_viewed")
    assert [entry["details"]["reason"] for entry in noted] == ["surat keterangan", "mencocokkan dengan KTP"]
    assert nik not in json.dumps(noted)
    assert program.get(path).json["is_masked"] is True


def test_reason_must_say_something(app: SigerFlask, village: Tenant, program: Program) -> None:
    person = a_resident(app, village)
    refused = program.get(f"/api/v1/residents/{person}?reason=x")
    assert refused.status_code == 422
    assert entries(program, "resident.identity_viewed") == []


def test_numbers_stay_masked_without_the_permission(app: SigerFlask, village: Tenant) -> None:
    person = a_resident(app, village)
    reader = program_of(app, village, "secretary", "residents.view")
    assert reader.get(f"/api/v1/residents/{person}").json["is_masked"] is True
    assert reader.get(f"/api/v1/residents/{person}", headers=REASON).status_code == 403


def test_health_is_absent_without_its_permission(app: SigerFlask, village: Tenant, program: Program) -> None:
    person = a_resident(app, village, disability=2, illness=10, pregnant=False, contraception=100)
    reader = program_of(
        app, village, "secretary", "residents.view", "residents.edit", "residents.view_identity"
    )
    health = {"disability", "illness", "contraception", "pregnant"}
    path = f"/api/v1/residents/{person}"
    assert health <= set(program.get(path).json)
    assert not health & set(reader.get(path).json)
    assert not health & set(reader.get("/api/v1/residents").json["items"][0])
    assert reader.get("/api/v1/residents?disability=2").status_code == 403
    assert reader.send("PATCH", path, {"illness": 1}).status_code == 403
    assert program.get(path).json["illness"] == 10


def test_resident_is_entered_once_however_often_it_is_sent(program: Program) -> None:
    body = {
        "name": "SITI AMINAH",
        "sex": 2,
        "birth_date": "1990-02-03",
        "religion": 1,
        "happened_on": "2025-01-01",
    }
    once = {"Idempotency-Key": str(uuid4())}
    first = program.send("POST", "/api/v1/residents", body, headers=once)
    assert first.status_code == 201, first.json
    assert first.headers["ETag"] == '"1"'
    again = program.send("POST", "/api/v1/residents", body, headers=once)
    assert (again.status_code, again.json["id"]) == (201, first.json["id"])
    assert names(program.get("/api/v1/residents")) == ["SITI AMINAH"]
    assert [e["object_id"] for e in entries(program, "resident.added")] == [first.json["id"]]


def test_warning_is_accepted_with_a_note_and_an_error_never(
    app: SigerFlask, village: Tenant, program: Program
) -> None:
    nik = a_nik()
    a_resident(app, village, name="KEMBAR", nik=nik, birth_date=dt.date(1980, 5, 17))
    body: dict[str, Any] = {"name": "KEMBAR", "sex": 1, "birth_date": "1980-05-17"}
    warned = program.send("POST", "/api/v1/residents", body)
    assert warned.status_code == 422
    assert [f["level"] for f in warned.json["findings"]] == ["warning"]
    code = warned.json["findings"][0]["code"]
    other = program.send(
        "POST", "/api/v1/residents", {**body, "accepted_note": "beda orang", "accepted": ["lain"]}
    )
    assert other.status_code == 422
    accepted = {"accepted_note": "orang lain yang senama", "accepted": [code]}
    assert program.send("POST", "/api/v1/residents", {**body, **accepted}).status_code == 201
    taken = program.send("POST", "/api/v1/residents", {**body, "nik": nik, "accepted_note": "tetap saja"})
    assert taken.status_code == 422
    assert "error" in [f["level"] for f in taken.json["findings"]]
    assert "nik" in taken.json["errors"]["json"]
    assert nik not in taken.text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"birth_date": "2199-01-01"}, "birth_date"),
        ({"nik": "123456789012345"}, "nik"),
        ({"nik": "1.23E+15"}, "nik"),
        ({"religion": 77}, "religion"),
        ({"birth_date": "31-02-2020"}, "birth_date"),
        ({"name": ""}, "name"),
        ({"email": "bukan alamat"}, "email"),
        ({"latitude": 80}, "latitude"),
        ({"colour": "red"}, "colour"),
        ({"sub_area_id": str(uuid4())}, "sub_area_id"),
        ({"household_id": str(uuid4())}, "household_id"),
    ],
)
def test_wrong_values_are_told_by_field(program: Program, wrong: dict[str, Any], field: str) -> None:
    body = {"name": "WARGA", "sex": 1, "birth_date": "1990-02-03", **wrong}
    answer = program.send("POST", "/api/v1/residents", body)
    assert answer.status_code == 422, answer.json
    assert field in answer.json["errors"]["json"]
    assert all(isinstance(text, str) for text in answer.json["errors"]["json"][field])


def test_only_what_is_sent_is_corrected_and_nobody_overwrites_anybody(
    app: SigerFlask, village: Tenant, program: Program
) -> None:
    person = a_resident(app, village, religion=1, phone="0812-1111-2222")
    path = f"/api/v1/residents/{person}"
    seen = program.get(path).headers["ETag"]
    changed = program.send("PATCH", path, {"occupation": 9}, headers={"If-Match": seen})
    assert changed.status_code == 200
    assert (changed.json["occupation"], changed.json["religion"]) == (9, 1)
    assert program.get(path, headers=REASON).json["phone"] == "0812-1111-2222"
    late = program.send("PATCH", path, {"occupation": 10}, headers={"If-Match": seen})
    assert late.status_code == 412
    assert late.headers["ETag"] == changed.headers["ETag"]
    assert late.json["present"] == changed.json
    assert "1111" not in late.text
    assert program.get(path).json["occupation"] == 9


def test_vital_status_changes_by_events_alone(app: SigerFlask, village: Tenant, program: Program) -> None:
    person = a_resident(app, village)
    answer = program.send("PATCH", f"/api/v1/residents/{person}", {"vital_status": 2})
    assert answer.status_code == 422
    assert "vital_status" in answer.json["errors"]["json"]


def test_sealed_fields_are_written_by_those_alone_who_may_see_them(app: SigerFlask, village: Tenant) -> None:
    person = a_resident(app, village)
    writer = program_of(app, village, "secretary", "residents.view", "residents.edit")
    path = f"/api/v1/residents/{person}"
    assert writer.send("PATCH", path, {"phone": "0812-9999-0000"}).status_code == 403
    assert writer.send("PATCH", path, {"occupation": 9}).status_code == 200
    assert writer.send("POST", "/api/v1/households", {"kk": a_kk()}).status_code == 403


def test_clerk_without_health_enters_and_records(app: SigerFlask, village: Tenant) -> None:
    clerk = program_of(
        app,
        village,
        "operator",
        "residents.view",
        "residents.edit",
        "residents.view_identity",
        "residents.events",
    )
    body = {"name": "WARGA BARU", "sex": 1, "birth_date": "1990-02-03", "nik": a_nik(dt.date(1990, 2, 3))}
    assert clerk.send("POST", "/api/v1/residents", body).status_code == 201
    assert clerk.send("POST", "/api/v1/residents", {**body, "name": "LAIN", "illness": 1}).status_code == 403
    assert clerk.send("POST", "/api/v1/households", {"kk": a_kk()}).status_code == 201
    came = {
        "happened_on": "2025-03-05",
        "household": {"kk": a_kk()},
        "people": [{"name": "X", "sex": 1, "relation": 1}],
    }
    answer = clerk.send("POST", "/api/v1/life-events/arrivals", came)
    assert answer.status_code == 201, answer.json


def test_ids_of_another_village_are_nowhere(
    app: SigerFlask, make_village: Callable[[], Tenant], program: Program
) -> None:
    other = make_village()
    household, people = a_family(app, other)
    for path in (f"/api/v1/residents/{people[0]}", f"/api/v1/households/{household}"):
        assert program.get(path).status_code == 404
        assert program.get(path, headers=REASON).status_code == 404
        assert program.send("PATCH", path, {}).status_code == 404
    assert names(program.get("/api/v1/residents")) == []


def test_cursor_of_another_order_is_not_found(app: SigerFlask, village: Tenant, program: Program) -> None:
    for _number in range(3):
        a_resident(app, village)
    after = program.get("/api/v1/residents?limit=1").json["next"]
    assert program.get(f"/api/v1/residents?limit=1&after={after}").status_code == 200
    assert program.get(f"/api/v1/residents?limit=1&sort=-name&after={after}").status_code == 404
    assert program.get("/api/v1/residents?after=abc").status_code == 404


@pytest.mark.parametrize("path", ["residents?limit=200&sort=area", "households?limit=200&sort=area"])
def test_long_lists_need_as_many_queries_as_short_ones(
    app: SigerFlask,
    village: Tenant,
    program: Program,
    count_queries: Callable[..., AbstractContextManager[list[str]]],
    path: str,
) -> None:
    for _number in range(4):
        a_family(app, village)
    assert program.get(f"/api/v1/{path}").status_code == 200
    with count_queries(at_most=11):
        assert len(program.get(f"/api/v1/{path}").json["items"]) >= 4


def test_lists_of_codes_are_in_the_readers_language(program: Program) -> None:
    found = program.get("/api/v1/codes").json
    assert {"code": 9, "word": "Petani/pekebun"} in found["occupation"]
    assert set(found) >= {"religion", "disability", "vital_status"}


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("residents.view", "GET", "/api/v1/residents", 200),
        ("residents.view", "POST", "/api/v1/residents", 403),
        ("residents.view", "POST", "/api/v1/residents/search", 200),
        ("residents.view", "GET", "/api/v1/households", 200),
        ("residents.view", "POST", "/api/v1/households", 403),
        ("residents.edit", "POST", "/api/v1/residents", 422),
        ("residents.edit", "GET", "/api/v1/residents", 403),
        ("village.view", "GET", "/api/v1/residents", 403),
        ("village.view", "GET", "/api/v1/codes", 403),
    ],
)
def test_scope_bounds_what_a_token_may_do(
    app: SigerFlask, village: Tenant, scope: str, method: str, path: str, status: int
) -> None:
    body: dict[str, Any] | None = {} if method == "POST" else None
    assert program_of(app, village, "secretary", scope).send(method, path, body).status_code == status
