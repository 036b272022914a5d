"""What the API says when something is wrong: one shape, in the language of the program's reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.accounts.api_tokens import make_token, revoke_token
from app.core.accounts.loading import build_actor
from app.core.actors import Actor
from app.core.hosting import SigerFlask
from app.core.village import queries
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.people import make_account
from tests.support.programs import Program
from tests.support.visitors import Visitor

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9,id;q=0.5"}


@pytest.fixture
def owner(app: SigerFlask, village: Tenant) -> Actor:
    account = make_account(app, role="secretary", tenant=village)
    with app.app_context(), platform_scope():
        actor = build_actor(account.id, village.id)
    assert actor is not None
    return actor


@pytest.fixture
def program(app: SigerFlask, village: Tenant, owner: Actor) -> Program:
    with app.app_context(), tenant_scope(village):
        token = make_token(owner, name="uji", scopes=owner.permissions, days=30)
    return Program(app, f"{village.slug}.localhost", token.text)


def wrong_of(answer: Any) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = answer.json["errors"]
    assert all(
        isinstance(text, str) for place in found.values() for texts in place.values() for text in texts
    )
    assert all(isinstance(texts, list) for place in found.values() for texts in place.values())
    return found


def test_fields_are_lists_of_sentences_in_the_readers_language(program: Program) -> None:
    body = {"colour": "red", "location": "nowhere", "motto": 7}
    answer = program.send("PATCH", "/api/v1/village", body)
    assert answer.status_code == 422
    assert answer.json["detail"] == "Ada isian yang tidak dapat diterima."
    assert wrong_of(answer)["json"]["colour"] == ["Isian ini tidak dikenal."]
    assert wrong_of(answer)["json"]["location"] == [
        "Tulis dua angka dipisah koma, misalnya -5.4382, 104.7215."
    ]
    english = program.send("PATCH", "/api/v1/village", body, headers=ENGLISH)
    assert english.json["detail"] == "Something that was sent cannot be taken."
    assert wrong_of(english)["json"]["colour"] == ["This field is not known."]
    assert "Accept-Language" in english.headers["Vary"]


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [([1], 422, {"_schema": ["Isi kiriman seharusnya objek JSON."]}), (b"{", 400, None)],
)
def test_a_body_that_is_no_object_is_told_so(
    program: Program, body: Any, status: int, place: dict[str, list[str]] | None
) -> None:
    options = (
        {"data": body, "content_type": "application/json"} if isinstance(body, bytes) else {"json": body}
    )
    answer = program.send("PATCH", "/api/v1/village", **options)
    assert answer.status_code == status
    assert wrong_of(answer)["json"] == place or wrong_of(answer)["json"] == {
        "_schema": ["Isi kiriman bukan JSON yang sah."]
    }


def test_limits_of_a_list_are_said_in_words(program: Program) -> None:
    answer = program.get("/api/v1/audit?limit=1000")
    assert wrong_of(answer)["query"]["limit"] == ["Seharusnya dari 1 sampai 200."]


def test_a_name_that_is_taken_is_told_under_name(program: Program) -> None:
    body = {"kind": "sub_area", "name": "Pekon Lama"}
    assert program.send("POST", "/api/v1/sub-areas", body).status_code == 201
    answer = program.send("POST", "/api/v1/sub-areas", body)
    assert answer.status_code == 422
    assert list(wrong_of(answer)["json"]) == ["name"]


def test_a_form_is_no_json(program: Program) -> None:
    answer = program.send("POST", "/api/v1/sub-areas", data={"kind": "sub_area", "name": "Pekon Lama"})
    assert answer.status_code == 415
    assert answer.json["detail"] == "Kirim isinya sebagai application/json."


def test_a_token_that_is_nobodys_is_refused_on_public_resources_too(
    app: SigerFlask, village: Tenant, owner: Actor, program: Program, visit: Callable[[str], Visitor]
) -> None:
    public = "/api/v1/village"
    assert visit(f"{village.slug}.localhost").get(public).status_code == 200
    assert program.get(public).status_code == 200
    junk = Program(app, program.host, "siger_junk").get(public)
    assert junk.status_code == 401
    assert junk.headers["WWW-Authenticate"] == "Bearer"
    assert junk.json["detail"].startswith("Kirim token API")
    with app.app_context(), tenant_scope(village):
        token = make_token(owner, name="lama", scopes=owner.permissions, days=30)
        assert revoke_token(owner, token.id)
    assert Program(app, program.host, token.text).get(public).status_code == 401


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/nothing"), ("PUT", "/api/v1/village")])
def test_no_sentence_of_a_library_is_shown(program: Program, method: str, path: str) -> None:
    answer = program.send(method, path)
    assert "URL" not in answer.json["detail"]
    assert "method is not allowed" not in answer.json["detail"]
    assert answer.json["detail"]


def test_an_outage_has_a_sentence(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise PoolTimeout

    monkeypatch.setattr(queries, "profile", gone)
    answer = program.get("/api/v1/village")
    assert answer.status_code == 503
    assert answer.json["detail"] == "Layanan sedang tidak tersedia. Coba lagi beberapa menit lagi."
