"""Signing in: the same refusal whatever is wrong, cookies of one host, limits that never open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from app.core.accounts import passwords
from app.core.audit.models import PlatformAuditEntry
from app.core.security import local_path
from app.extensions import cache, db, limiter
from tenants.scope import Tenant, platform_scope
from tests.support import servers
from tests.support.people import PASSWORD, Person, make_account, signed_in
from tests.support.visitors import Visitor

WRONG = "Surel atau kata sandi salah"


def _host(village: Tenant) -> str:
    return f"{village.slug}.localhost"


def test_staff_sign_in_and_come_to_where_they_wanted(
    app: Flask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    account = make_account(app, tenant=village, role="secretary")
    browser = visit(_host(village))
    asked = browser.get("/akun/perangkat?x=1")
    assert asked.status_code == 303
    page = browser.get(asked.location)
    assert 'value="/akun/perangkat?x=1"' in page.text
    answer = browser.submit(
        "/masuk", {"email": account.email.upper(), "password": PASSWORD, "next": "/akun/perangkat?x=1"}
    )
    assert answer.status_code == 303
    assert answer.location == "/akun/perangkat?x=1"
    assert "Perangkat ini" in browser.get("/akun/perangkat").text
    assert browser.get("/masuk").status_code == 303


def test_the_cookie_is_of_one_host_and_unreadable_for_scripts(
    app: Flask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    account = make_account(app, tenant=village, role="operator")
    answer = visit(_host(village)).submit("/masuk", {"email": account.email, "password": PASSWORD})
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("siger_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_a_cookie_replayed_on_another_villages_host_is_nobody(
    app: Flask, make_village: Callable[[], Tenant], visit: Callable[[str], Visitor]
) -> None:
    home, other = make_village(), make_village()
    account = make_account(app, tenant=home, role="secretary")
    person = signed_in(app, account, home)
    token = person.client.get_cookie("siger_session", domain=_host(home)).value
    make_account(app, tenant=other, role="secretary")
    for host in (_host(other), "localhost"):
        thief = visit(host)
        thief.client.set_cookie("siger_session", token, domain=host)
        assert thief.get("/akun").status_code == 303
    assert person.get("/akun").status_code == 200


@pytest.mark.parametrize("wrong", ["password", "unknown", "elsewhere", "closed", "invited"])
def test_everything_wrong_is_refused_with_the_same_sentence(
    wrong: str, app: Flask, make_village: Callable[[], Tenant], visit: Callable[[str], Visitor]
) -> None:
    village = make_village()
    columns: dict[str, Any] = {"closed": {"is_active": False}, "invited": {"password_hash": None}}.get(
        wrong, {}
    )
    place = make_village() if wrong == "elsewhere" else village
    account = make_account(app, tenant=place, role="operator", **columns)
    email = "tidak.ada@contoh.test" if wrong == "unknown" else account.email
    browser = visit(_host(village))
    password = "salah sekali kata sandinya" if wrong == "password" else PASSWORD
    answer = browser.submit("/masuk", {"email": email, "password": password})
    assert answer.status_code == 422
    assert WRONG in answer.text
    assert f'value="{email}"' in answer.text
    assert password not in answer.text
    assert "siger_session" not in str(answer.headers.getlist("Set-Cookie"))


def test_an_unknown_address_costs_as_much_as_a_wrong_password(
    app: Flask, village: Tenant, visit: Callable[[str], Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    real = passwords._hasher.verify

    class Counting:
        def verify(self, password_hash: str, password: str) -> bool:
            checked.append(password_hash)
            return real(password_hash, password)

    make_account(app, tenant=village, role="operator")
    passwords.verify_password(None, "warm")
    monkeypatch.setattr(passwords, "_hasher", Counting())
    visit(_host(village)).submit("/masuk", {"email": "tidak.ada@contoh.test", "password": "apa saja boleh"})
    assert len(checked) == 1
    assert checked[0].startswith("$argon2id$v=19$m=32768,t=3,p=1$")


def test_empty_fields_get_their_own_sentences(village: Tenant, visit: Callable[[str], Visitor]) -> None:
    answer = visit(_host(village)).submit("/masuk", {"email": "", "password": ""})
    assert answer.status_code == 422
    assert "Wajib diisi." in answer.text
    assert "Tulis kata sandi Anda." in answer.text


def test_without_the_forms_token_nothing_happens(
    app: Flask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    account = make_account(app, tenant=village, role="operator")
    answer = visit(_host(village)).post("/masuk", {"email": account.email, "password": PASSWORD})
    assert answer.status_code == 400
    assert "siger_session" not in str(answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    "path",
    [
        "//evil.test",
        "https://evil.test",
        "/\\evil.test",
        "evil",
        "/a\nb",
        "javascript:alert(1)",
        "/ok\\x",
        "",
        "/\t/evil.test",
    ],
)
def test_only_paths_of_this_host_are_gone_on_to(path: str) -> None:
    assert local_path(path) is None


def test_success_and_failure_are_in_the_audit_log(
    app: Flask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    account = make_account(app, tenant=village, role="operator")
    browser = visit(_host(village))
    browser.submit("/masuk", {"email": account.email, "password": "bukan kata sandinya"})
    browser.submit("/masuk", {"email": account.email, "password": PASSWORD})
    with app.app_context(), platform_scope():
        lines = db.session.execute(
            select(
                PlatformAuditEntry.action,
                PlatformAuditEntry.tenant_id,
                PlatformAuditEntry.actor_id,
                PlatformAuditEntry.address,
            )
            .where(PlatformAuditEntry.object_id == str(account.id))
            .order_by(PlatformAuditEntry.id)
        ).all()
    assert [tuple(line) for line in lines] == [
        ("session.refused", village.id, None, "127.0.0.1"),
        ("session.opened", village.id, account.id, "127.0.0.1"),
    ]


def test_signing_out_ends_the_session_for_good(
    app: Flask, village: Tenant, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    token = person.client.get_cookie("siger_session", domain=_host(village)).value
    assert person.submit("/keluar", form="/akun").status_code == 303
    person.client.set_cookie("siger_session", token, domain=_host(village))
    assert person.get("/akun").status_code == 303


def test_a_signed_in_page_asks_the_platform_nothing(
    village: Tenant, staff: Callable[..., Person], count_queries: Callable[..., Any]
) -> None:
    person = staff(village)
    person.get("/akun/keamanan")
    with count_queries(at_most=4) as seen:
        assert person.get("/akun/keamanan").status_code == 200
    assert not [sql for sql in seen if "platform." in sql]


def _tries_until_stopped(app: Flask, host: str, email: str) -> int:
    browser = Visitor(app, host)
    for number in range(1, 30):
        status = browser.submit("/masuk", {"email": email, "password": "salah sekali"}).status_code
        if status == 429:
            return number
    return 0


def test_tries_are_limited_by_address_and_account(limited: Flask, village: Tenant) -> None:
    account = make_account(limited, tenant=village, role="operator")
    assert _tries_until_stopped(limited, _host(village), account.email) == 11
    answer = Visitor(limited, _host(village)).submit("/masuk", {"email": account.email, "password": PASSWORD})
    assert answer.status_code == 429
    assert "Retry-After" in answer.headers
    assert "Terlalu banyak percobaan" in answer.text


def test_with_redis_away_signing_in_works_and_is_still_limited(
    urls: servers.DatabaseUrls, app: Flask, village: Tenant
) -> None:
    number = servers.worker_number()
    settings = servers.settings_for(
        urls, number, f"w{number}_", rate_limits=True, redis_url="redis://127.0.0.1:1/0"
    )
    alone = create_app(settings)
    try:
        good, bad = (make_account(alone, tenant=village, role="operator") for _ in range(2))
        browser = Visitor(alone, _host(village))
        assert browser.submit("/masuk", {"email": good.email, "password": PASSWORD}).status_code == 303
        assert browser.get("/akun").status_code == 200
        assert browser.submit("/keluar", form="/akun").status_code == 303
        assert browser.get("/akun").status_code == 303
        assert _tries_until_stopped(alone, _host(village), bad.email) == 11
    finally:
        limiter.enabled = False
        limiter._storage_dead = False
        cache.configure(app.config["REDIS_URL"])
        with alone.app_context():
            db.engine.dispose()
