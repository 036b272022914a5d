"""The API of both sides: drafts, sending, receipts; a village's list, reading, confirming; documents."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.announcements.models import SharedDocument
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.province.announcements.test_documents import shared
from tests.province.announcements.writing import PDF, kept, noted, recipients, sent
from tests.support.people import make_account
from tests.support.programs import Program
from tests.support.uploads import send_form
from tests.support.visitors import Visitor
from tests.support.work import settle

ROOT = "/api/v1/announcements"


@pytest.fixture
def program(app: SigerFlask) -> Callable[..., Program]:
    """`program(tenant)` of a village, `program(None, role, region)` of an office."""

    def make(tenant: Tenant | None, role: str = "secretary", region: str = "18") -> Program:
        scope = "village.view" if tenant else "announcements.send"
        place: dict[str, Any] = {"tenant": tenant} if tenant else {"region": region}
        account = make_account(app, role=role, totp_confirmed_at=now(), **place)
        with app.app_context(), platform_scope():
            actor = build_actor(account.id, tenant.id if tenant else None)
            assert actor is not None
            token = make_token(actor, name="uji", scopes=(scope,), days=30)
        return Program(app, f"{tenant.slug}.localhost" if tenant else "localhost", token.text)

    return make


def body(*villages: Tenant, **more: Any) -> dict[str, Any]:
    """An announcement as a program writes it."""
    audience = {"scope": "villages", "villages": [str(village.id) for village in villages]}
    return {"title": "Lewat program", "body": "Isi", "audience": audience, **more}


def test_an_announcement_from_draft_to_confirmation(
    app: SigerFlask, program: Callable[..., Program], village: Tenant, staff: Callable[..., Any]
) -> None:
    office, reader = program(None, "province_admin"), program(village)
    made = office.send("POST", ROOT, body(village, needs_confirmation=True, shown_until="2099-12-31"))
    assert made.status_code == 201, made.json
    assert made.headers["ETag"] == '"1"'
    key, path = made.json["id"], f"{ROOT}/{made.json['id']}"
    assert reader.get(path).status_code == 404
    changed = office.send("PUT", path, body(village, title="Lewat program lagi", needs_confirmation=True),
                          headers={"If-Match": '"1"'})  # fmt: skip
    assert changed.status_code == 200
    stale = {"If-Match": '"1"'}
    assert office.send("PUT", path, body(village), headers=stale).status_code == 412
    assert office.send("POST", f"{path}/send", headers=stale).status_code == 412
    answer = office.send("POST", f"{path}/send", headers={"If-Match": '"2"'})
    assert answer.json["sent"] is True
    assert answer.json["tally"]["total"] == 1
    assert office.send("POST", f"{path}/send").json["sent"] is False
    assert office.send("DELETE", path).status_code == 409
    settle(app)
    listed = reader.get(f"{ROOT}?view=unread").json["items"]
    assert [(item["title"], item["is_read_by_me"]) for item in listed] == [("Lewat program lagi", False)]
    assert reader.get(path).json["readers"] == 0
    assert reader.send("POST", f"{path}/read").json["readers"] == 1
    assert reader.get(f"{ROOT}?view=unread").json["items"] == []
    (receipt,) = office.get(f"{path}/receipts").json["items"]
    assert (receipt["village_code"], receipt["state"]) == (village.code, "unconfirmed")
    first = reader.send("POST", f"{path}/confirm").json
    assert reader.send("POST", f"{path}/confirm").json["confirmed_at"] == first["confirmed_at"]
    (receipt,) = office.get(f"{path}/receipts?state=confirmed").json["items"]
    assert receipt["state"] == "confirmed"
    assert office.get(path).json["tally"] == {
        "total": 1,
        "readable": 1,
        "delivered": 1,
        "read": 1,
        "confirmed": 1,
    }
    assert office.send("POST", f"{path}/reminders").status_code == 409
    gone = office.send("POST", f"{path}/withdraw", {"reason": "Sudah tidak berlaku"})
    assert gone.json["state"] == "withdrawn"
    assert office.send("POST", f"{path}/withdraw", {"reason": "Sudah tidak berlaku"}).status_code == 409
    shown = reader.get(path).json
    assert (shown["is_withdrawn"], shown["body"], shown["attachments"]) == (True, "", [])
    assert reader.send("POST", f"{path}/confirm").status_code == 409
    assert kept(app, uuid.UUID(key)).state == "withdrawn"


def test_the_region_of_the_token_is_never_left(
    app: SigerFlask, program: Callable[..., Program], village: Tenant
) -> None:
    stranger = program(None, "district_officer", "18.06.20")
    refused = stranger.send("POST", ROOT, body(village))
    assert refused.status_code == 422
    assert "wilayah Anda" in str(refused.json)
    regions = {"scope": "regions", "regions": ["18.01"]}
    assert stranger.send("POST", ROOT, body(audience=regions)).status_code == 422
    office = program(None, "province_admin")
    key = office.send("POST", ROOT, body(village)).json["id"]
    office.send("POST", f"{ROOT}/{key}/send")
    for way, path in (("GET", ""), ("GET", "/receipts"), ("POST", "/send"), ("POST", "/reminders")):
        assert stranger.send(way, f"{ROOT}/{key}{path}").status_code == 404
    assert stranger.send("POST", f"{ROOT}/{key}/withdraw", {"reason": "bukan milik saya"}).status_code == 404
    assert key not in {item["id"] for item in stranger.get(ROOT).json["items"]}
    own = stranger.send("POST", ROOT, body(audience={"scope": "all"})).json["id"]
    stranger.send("POST", f"{ROOT}/{own}/send")
    assert stranger.get(f"{ROOT}/{own}/receipts?region=18.01").status_code == 404
    count = recipients(app, uuid.UUID(own))
    page = stranger.get(f"{ROOT}/{own}/receipts?limit=3").json
    assert len(page["items"]) == min(3, count)
    codes = [item["village_code"] for item in page["items"]]
    following = stranger.get(f"{ROOT}/{own}/receipts?limit=200&after={page['next']}").json["items"]
    assert len(codes) + len(following) == count
    assert all(item["village_code"] > codes[-1] for item in following)


def test_a_village_reads_its_own_alone(
    app: SigerFlask, program: Callable[..., Program], make_village: Callable[[], Tenant], officer: Any
) -> None:
    mine, theirs = make_village(), make_village()
    writer = officer()
    key = sent(writer, mine, files=(PDF, "undangan.pdf"))
    reader, stranger = program(mine), program(theirs)
    file = reader.get(f"{ROOT}/{key}").json["attachments"][0]
    assert file["name"] == "undangan.pdf"
    assert reader.get(f"{ROOT}/{key}/files/{file['id']}").data == PDF
    for way, path in (("GET", ""), ("POST", "/read"), ("POST", "/confirm"), ("GET", f"/files/{file['id']}")):
        assert stranger.send(way, f"{ROOT}/{key}{path}").status_code == 404
    assert stranger.get(ROOT).json["items"] == []


def test_documents_are_read_on_both_sides(
    program: Callable[..., Program], village: Tenant, officer: Any
) -> None:
    key = shared(officer(), "Panduan lewat program")
    reader, office = program(village), program(None, "province_admin")
    path = "/api/v1/shared-documents"
    (mine,) = reader.get(f"{path}?search=lewat%20program").json["items"]
    assert (mine["id"], mine["fetched_version"], mine["sender"]) == (str(key), None, "Provinsi Lampung")
    assert reader.get(f"{path}/{key}/file").data == PDF
    (mine,) = reader.get(f"{path}?search=lewat%20program").json["items"]
    assert mine["fetched_version"] == 1
    (theirs,) = office.get(f"{path}?search=lewat%20program&category=guide").json["items"]
    assert (theirs["opened"], theirs["region_code"]) == (1, "18")
    assert office.get(f"{path}/{key}/file").data == PDF
    assert reader.get(f"{path}/{uuid.uuid4()}/file").status_code == 404


def test_a_kind_of_document_that_is_not_known_any_more_is_among_the_others(
    app: SigerFlask, program: Callable[..., Program], village: Tenant, officer: Any
) -> None:
    key = shared(officer(), "Panduan dari jenis lama")
    with app.app_context(), platform_scope():
        db.session.execute(update(SharedDocument).where(SharedDocument.id == key).values(category="lama"))
        db.session.commit()
    for asking in (program(village), program(None, "province_admin")):
        (found,) = asking.get("/api/v1/shared-documents?search=jenis%20lama").json["items"]
        assert found["category"] == "other"


def test_both_sides_are_described(program: Callable[..., Program], village: Tenant) -> None:
    office, reader = program(None, "province_admin"), program(village)
    for one, expected in ((office, "/receipts"), (reader, "/confirm")):
        paths = one.get("/api/v1/openapi.json").json["paths"]
        assert any(path.endswith(expected) for path in paths if "announcements" in path)
        assert any("shared-documents" in path for path in paths)


def test_what_other_offices_wrote_is_not_found_and_noted_and_not_whom_else_they_wrote_to(
    app: SigerFlask,
    officer: Callable[..., Visitor],
    program: Callable[..., Program],
    make_village: Callable[..., Tenant],
) -> None:
    mine = make_village()
    province, regency = officer("province_admin", "18"), officer("regency_admin", mine.regency_code)
    stranger = officer("regency_admin", "18.06")
    key = sent(regency, mine)
    said = {"title": "Panduan", "category": "guide", "description": "", "file": (PDF, "a.pdf")}
    document = send_form(regency, "/dokumen/baru", said).headers["Location"]
    before = len(noted(app, "region.refused", mine.regency_code))
    for path in (f"/pengumuman/{key}", f"/pengumuman/{key}/penerima", document, f"{document}/unduh"):
        assert stranger.get(path).status_code == 404
    assert stranger.get(f"/pengumuman/{uuid.uuid4()}").status_code == 404
    assert len(noted(app, "region.refused", mine.regency_code)) == before + 4
    wide = sent(province, scope="regions", regions=mine.regency_code)
    reader = program(None, "regency_admin", mine.regency_code)
    found = reader.get(f"{ROOT}/{wide}").json
    assert (found["audience"]["scope"], found["audience"]["regions"]) == ("regions", [])
    assert program(None, "province_admin").get(f"{ROOT}/{wide}").json["audience"]["regions"]
