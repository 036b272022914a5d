"""The API of visits, on both hosts, and the few pages that a phone needs without a network."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.hosting import SigerFlask
from tenants.scope import Tenant, platform_scope
from tests.province.mentoring.visiting import POINT, a_mentor, photo, place_village, recorded, stands, today
from tests.support.people import Person
from tests.support.programs import Program

ROOT = "/api/v1/visits"


@pytest.fixture
def phone(app: SigerFlask, officer: Callable[..., Any], village: Tenant) -> Any:
    """The phone of the mentor of a village whose point is known."""
    place_village(app, village)
    return a_mentor(app, officer, village)


def program_of(app: SigerFlask, person: Person, tenant: Tenant | None, *scopes: str) -> Program:
    with app.app_context(), platform_scope():
        actor = build_actor(person.account_id, tenant.id if tenant else None)
        assert actor is not None
        token = make_token(actor, name="uji", scopes=scopes, days=30)
    return Program(app, f"{tenant.slug}.localhost" if tenant else "localhost", token.text)


def body(village: Tenant, **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()), "village_id": str(village.id), "visited_on": today().isoformat(),
        "place": "Balai pekon", "done": "Menerbitkan tiga surat.", "next_step": "Impor KK.", **more,
    }  # fmt: skip


def test_a_program_records_reads_changes_and_calls_off(app: SigerFlask, phone: Any, village: Tenant) -> None:
    program = program_of(app, phone, None, "mentoring.view", "mentoring.work")
    sent = body(village, latitude=POINT[0], longitude=POINT[1], accuracy=15)
    made = program.send("POST", ROOT, sent)
    assert made.status_code == 200, made.json
    assert made.json["kilometres"] == 0.0
    assert made.json["village_code"] == village.code
    again = program.send("POST", ROOT, sent)
    assert again.json == made.json
    path = f"{ROOT}/{sent['id']}"
    change = {name: value for name, value in sent.items() if name not in ("id", "village_id")}
    changed = program.send(
        "PUT", path, {**change, "done": "Diubah oleh program."}, headers={"If-Match": '"1"'}
    )
    assert changed.json["done"] == "Diubah oleh program."
    late = program.send("PUT", path, {**change, "done": "Terlambat diubah."}, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    assert (
        program.send("POST", f"{path}/cancel", {"reason": "Salah desa dipilih."}).json["state"] == "cancelled"
    )
    assert program.send("POST", ROOT, {**sent, "done": "Sekali lagi dikirim."}).status_code == 409
    plan = {"id": str(uuid.uuid4()), "village_id": str(village.id), "visited_on": today().isoformat(),
            "aim": "Menengok operator."}  # fmt: skip
    assert program.send("POST", f"{ROOT}/plans", plan).json["state"] == "planned"
    listed = program.get(f"{ROOT}?limit=1").json
    assert len(listed["items"]) == 1
    assert listed["next"]
    assert len(program.get(f"{ROOT}?after={listed['next']}").json["items"]) == 1
    assert program.get(f"{ROOT}?state=planned").json["items"][0]["id"] == plan["id"]
    assert program.send("POST", ROOT, {**body(village), "visited_on": "2999-01-01"}).status_code == 422


def test_other_mentors_programs_find_nothing(
    app: SigerFlask,
    phone: Any,
    village: Tenant,
    make_village: Callable[[], Tenant],
    officer: Callable[..., Any],
) -> None:
    stranger = a_mentor(app, officer, make_village())
    program = program_of(app, stranger, None, "mentoring.view", "mentoring.work")
    key = recorded(phone, village, photos=[photo()])
    file_id = stands(app, key).photos[0]["file_id"]
    assert program.get(f"{ROOT}/{key}").status_code == 404
    assert program.get(f"{ROOT}/{key}/photos/{file_id}").status_code == 404
    assert program.send("POST", f"{ROOT}/{key}/cancel", {"reason": "Bukan milik saya."}).status_code == 404
    assert program.send("POST", ROOT, body(village)).status_code == 404
    assert program.get(ROOT).json["items"] == []


def test_a_village_reads_and_signs_its_own(
    app: SigerFlask,
    phone: Any,
    village: Tenant,
    staff: Callable[..., Any],
    make_village: Callable[[], Tenant],
) -> None:
    key = recorded(phone, village, photos=[photo(POINT)])
    secretary, other = staff(village), make_village()
    program = program_of(app, secretary, village, "village.view", "mentoring.pin")
    strangers = program_of(app, staff(other), other, "village.view", "mentoring.pin")
    shown = program.get(f"{ROOT}/{key}").json
    assert shown["photos"][0]["kilometres"] == 0.0
    assert "sha256" not in shown["photos"][0]
    assert program.get(ROOT).json["items"][0]["id"] == str(key)
    assert strangers.get(f"{ROOT}/{key}").status_code == 404
    assert strangers.send("POST", f"{ROOT}/{key}/sign").status_code == 404
    assert program.get(f"{ROOT}/{key}/photos/{shown['photos'][0]['file_id']}").data[:2] == b"\xff\xd8"
    assert program.send("POST", f"{ROOT}/{key}/sign").json["signed_way"] == "account"
    assert program.send("POST", f"{ROOT}/{key}/sign").json["signed_by"] == secretary.name


def test_the_worker_and_its_page_name_nobody(province: Any, phone: Any, officer: Callable[..., Any]) -> None:
    worker = province.get("/kunjungan/sw.js")
    assert worker.status_code == 200
    assert worker.headers["Service-Worker-Allowed"] == "/kunjungan"
    assert "/kunjungan/tulis" in worker.text
    page = phone.get("/kunjungan/luring").text
    assert page.count("<h1") == 1
    assert phone.name not in page
    assert province.get("/kunjungan/kunci").status_code == 303
    assert phone.get("/kunjungan/kunci").json["account"] == str(phone.account_id)
    assert officer("province_analyst").get("/kunjungan/kunci").status_code == 403
