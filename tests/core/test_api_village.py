"""A village's API: the public reads it, staff change it with a token, and nobody overwrites anybody."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.hosting import SigerFlask
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.people import make_account
from tests.support.programs import Program
from tests.support.visitors import Visitor


def program_of(app: SigerFlask, village: Tenant, role: str = "secretary", *scopes: str) -> Program:
    account = make_account(app, role=role, tenant=village)
    with app.app_context():
        with platform_scope():
            actor = build_actor(account.id, village.id)
            assert actor is not None
        with tenant_scope(village):
            token = make_token(actor, name="uji", scopes=scopes or actor.permissions, days=30)
    return Program(app, f"{village.slug}.localhost", token.text)


@pytest.fixture
def program(app: SigerFlask, village: Tenant) -> Program:
    return program_of(app, village)


def test_everybody_reads_what_the_village_says_of_itself(
    visit: Callable[[str], Visitor], village: Tenant
) -> None:
    found = visit(f"{village.slug}.localhost").get("/api/v1/village")
    assert found.status_code == 200
    assert found.json is not None
    assert (found.json["code"], found.json["term"]) == (village.code, village.term)
    assert found.headers["ETag"] == '"1"'


def test_only_what_is_sent_is_changed(program: Program) -> None:
    program.send("PATCH", "/api/v1/village", {"motto": "Bersatu", "phone": "0812 0000 1234"})
    changed = program.send("PATCH", "/api/v1/village", {"address": "Jalan Raya 1", "location": "-5.4, 104.7"})
    assert changed.status_code == 200
    assert changed.json["motto"] == "Bersatu"
    assert changed.json["address"] == "Jalan Raya 1"
    assert changed.json["location"] == "-5.4, 104.7"
    assert program.get("/api/v1/village").json == changed.json


def test_who_saw_an_older_version_is_refused(program: Program) -> None:
    first = program.get("/api/v1/village").headers["ETag"]
    assert (
        program.send("PATCH", "/api/v1/village", {"motto": "A"}, headers={"If-Match": first}).status_code
        == 200
    )
    late = program.send("PATCH", "/api/v1/village", {"motto": "B"}, headers={"If-Match": first})
    assert late.status_code == 412
    assert late.content_type == "application/problem+json"
    assert program.get("/api/v1/village").json["motto"] == "A"


def test_wrong_values_are_told_by_field(program: Program) -> None:
    answer = program.send("PATCH", "/api/v1/village", {"postal_code": "12", "motto": 7, "colour": "red"})
    assert answer.status_code == 422
    assert set(answer.json["errors"]["json"]) == {"postal_code", "motto", "colour"}
    assert all(isinstance(text, str) for texts in answer.json["errors"]["json"].values() for text in texts)


def test_body_that_is_no_json_is_a_problem(program: Program) -> None:
    answer = program.send("PATCH", "/api/v1/village", headers={"Content-Type": "application/json"}, data=b"{")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


def test_official_is_added_changed_and_removed(program: Program) -> None:
    added = program.send("POST", "/api/v1/officials", {"name": "Siti Aminah", "position": "head"})
    assert added.status_code == 201
    path = f"/api/v1/officials/{added.json['id']}"
    assert added.json["title"]
    assert program.get(path).json == added.json
    changed = program.send(
        "PATCH", path, {"period_from": "2024-01-01"}, headers={"If-Match": added.headers["ETag"]}
    )
    assert changed.json == {**added.json, "period_from": "2024-01-01", "row_version": 2}
    stale = program.send("PATCH", path, {"name": "Budi"}, headers={"If-Match": added.headers["ETag"]})
    assert stale.status_code == 412
    second = program.send("POST", "/api/v1/officials", {"name": "Budi Santoso", "position": "head"})
    assert second.status_code == 422
    assert "position" in second.json["errors"]["json"]
    assert program.send("DELETE", path).status_code == 204
    assert program.get(path).status_code == 404
    assert program.send("DELETE", path).status_code == 404
    assert program.get("/api/v1/officials").json == []


def test_sub_areas_lie_in_one_another(program: Program) -> None:
    dusun = program.send(
        "POST", "/api/v1/sub-areas", {"kind": "sub_area", "name": "Dusun I", "head_name": "Karta"}
    )
    assert dusun.status_code == 201
    assert dusun.json["head_name"] == "Karta"
    inside = program.send(
        "POST", "/api/v1/sub-areas", {"kind": "rt", "name": "3", "parent_id": dusun.json["id"]}
    )
    assert inside.json["name"] == "003"
    renamed = program.send("PATCH", f"/api/v1/sub-areas/{inside.json['id']}", {"head_name": "Wati"})
    assert renamed.json == {**inside.json, "head_name": "Wati", "row_version": 2}
    nowhere = program.send(
        "POST", "/api/v1/sub-areas", {"kind": "rt", "name": "4", "parent_id": str(uuid4())}
    )
    assert nowhere.status_code == 422
    full = program.send("DELETE", f"/api/v1/sub-areas/{dusun.json['id']}")
    assert full.status_code == 422
    assert program.send("DELETE", f"/api/v1/sub-areas/{inside.json['id']}").status_code == 204
    assert program.send("DELETE", f"/api/v1/sub-areas/{dusun.json['id']}").status_code == 204


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("village.view", "GET", "/api/v1/officials", 200),
        ("village.view", "GET", "/api/v1/audit", 403),
        ("village.view", "POST", "/api/v1/officials", 403),
        ("officials.manage", "POST", "/api/v1/officials", 422),
        ("officials.manage", "GET", "/api/v1/sub-areas", 403),
        ("audit.view", "GET", "/api/v1/audit", 200),
    ],
)
def test_scope_bounds_what_a_token_may_do(
    app: SigerFlask, village: Tenant, scope: str, method: str, path: str, status: int
) -> None:
    body = {} if method == "POST" else None
    assert program_of(app, village, "secretary", scope).send(method, path, body).status_code == status


def test_token_of_one_village_is_nobody_in_another(
    app: SigerFlask, program: Program, make_village: Callable[[], Tenant]
) -> None:
    other = make_village()
    assert program.get("/api/v1/officials").status_code == 200
    assert program.get("/api/v1/officials", host=f"{other.slug}.localhost").status_code == 401
    assert program.get("/api/v1/villages", host="localhost").status_code == 401


def test_cookie_of_a_person_is_no_token(app: SigerFlask, village: Tenant) -> None:
    from tests.support.people import staff_member

    assert staff_member(app, village).get("/api/v1/officials").status_code == 401


def test_change_through_the_api_stands_in_the_log_with_the_name(program: Program) -> None:
    program.send("PATCH", "/api/v1/village", {"motto": "Bersatu"})
    entry = program.get("/api/v1/audit?action=village.identity_changed").json["items"][0]
    assert entry["details"]["after"] == {"motto": "Bersatu"}
    assert entry["actor_name"].startswith("Orang ")
    assert entry["address"]


def test_log_is_read_page_by_page(program: Program) -> None:
    for number in range(5):
        program.send("PATCH", "/api/v1/village", {"motto": f"Semboyan {number}"})
    seen: list[str] = []
    path: str | None = "/api/v1/audit?limit=2"
    while path:
        answer = program.get(path)
        seen += [item["id"] for item in answer.json["items"]]
        link = answer.headers.get("Link", "")
        path = link[1 : link.index(">")] if link else None
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) >= 5
