"""The API of the help centre on both kinds of host."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.hosting import SigerFlask
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.support.people import make_account
from tests.support.programs import Program

NEW = {
    "audience": "village", "category": "surat", "title": "Lewat program", "summary": "Ditulis program.",
    "body": "1. Tekan **Simpan**.", "pages": ["letters.index"],
}  # fmt: skip


@pytest.fixture
def program(app: SigerFlask) -> Callable[..., Program]:
    """`program(tenant)` of a village, `program(None, "guides.write")` of the province."""

    def make(tenant: Tenant | None, scope: str = "overview.view") -> Program:
        place: dict[str, Any] = {"tenant": tenant} if tenant else {"region": "18"}
        role = "secretary" if tenant else "province_admin"
        account = make_account(app, role=role, totp_confirmed_at=now(), **place)
        with app.app_context(), platform_scope():
            actor = build_actor(account.id, tenant.id if tenant else None)
            assert actor is not None
            scopes = ("village.view",) if tenant else (scope,)
            token = make_token(actor, name="uji", scopes=scopes, days=30)
        return Program(app, f"{tenant.slug}.localhost" if tenant else "localhost", token.text)

    return make


def test_a_village_reads_and_says_what_it_thinks(program: Callable[..., Program], village: Tenant) -> None:
    clerk = program(village)
    first = clerk.get("/api/v1/guides?limit=5").json
    assert len(first["items"]) == 5
    second = clerk.get(f"/api/v1/guides?limit=100&after={first['next']}").json
    slugs = [one["slug"] for one in first["items"] + second["items"]]
    assert slugs == sorted(set(slugs))
    assert "membuat-surat" in slugs
    assert "membaca-kesiapan" not in slugs
    found = clerk.get("/api/v1/guides?page=imports.index").json["items"]
    assert [one["slug"] for one in found] == ["mengimpor-penduduk"]
    assert clerk.get("/api/v1/guides?search=kios").json["items"]
    one = clerk.get("/api/v1/guides/membuat-surat").json
    assert "**Buat surat**" in one["body"]
    assert clerk.get("/api/v1/guides/membaca-kesiapan").status_code == 404
    path = "/api/v1/guides/membuat-surat/opinions"
    assert clerk.send("POST", path, {"useful": False, "words": "Kurang gambar"}).status_code == 204
    assert clerk.send("POST", path, {"words": "tanpa jawaban"}).status_code == 422


def test_the_province_writes_publishes_and_changes(program: Callable[..., Program], village: Tenant) -> None:
    writer, clerk = program(None, "guides.write"), program(village)
    made = writer.send("POST", "/api/v1/guides", NEW)
    assert made.status_code == 201
    assert made.json["state"] == "draft"
    path = f"/api/v1/guides/{made.json['id']}"
    slug = made.json["slug"]
    assert clerk.get(f"/api/v1/guides/{slug}").status_code == 404
    assert writer.send("POST", f"{path}/state", {"state": "published"}).json["state"] == "published"
    assert clerk.get(f"/api/v1/guides/{slug}").status_code == 200
    stale = writer.send("PUT", path, {**NEW, "title": "Judul lain"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    changed = writer.send("PUT", path, {**NEW, "title": "Judul lain"}, headers={"If-Match": '"2"'})
    assert changed.json["title"] == "Judul lain"
    assert changed.headers["ETag"] == '"3"'
    assert writer.send("POST", "/api/v1/guides", {**NEW, "pages": ["tidak.ada"]}).status_code == 422
    assert writer.send("PUT", f"/api/v1/guides/{uuid.uuid4()}", NEW).status_code == 404


def test_a_token_for_reading_writes_nothing(program: Callable[..., Program]) -> None:
    reader = program(None)
    assert reader.get("/api/v1/guides").status_code == 200
    assert reader.send("POST", "/api/v1/guides", NEW).status_code == 403
