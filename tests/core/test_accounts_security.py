"""Headers, form tokens, request numbers, and pages that caches may keep."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, render_template_string

from app import create_app
from app.core.security import SessionTouched, csp_nonce, mark_cacheable, session_cookie_name
from app.extensions import cache
from tenants.scope import Tenant
from tests.support import servers
from tests.support.people import PASSWORD, Person, make_account
from tests.support.visitors import Visitor


@pytest.mark.parametrize("path", ["/masuk", "/akun", "/not-there", "/api/v1/not-there"])
def test_every_answer_carries_its_headers(path: str, village: Tenant, staff: Callable[..., Person]) -> None:
    answer = staff(village).get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.headers["X-Request-Id"]) == 32
    assert "Strict-Transport-Security" not in answer.headers


def test_a_page_that_asked_for_a_nonce_allows_it_once(app: Flask) -> None:
    with app.test_request_context("/masuk", base_url="http://localhost"):
        nonce = csp_nonce()
        assert render_template_string("{{ csp_nonce() }}") == nonce
        response = app.make_response("x")
        for function in app.after_request_funcs[None]:
            response = function(response)
        assert f"script-src 'self' 'nonce-{nonce}'" in response.headers["Content-Security-Policy"]
    with app.test_request_context("/masuk", base_url="http://localhost"):
        assert csp_nonce() != nonce


def test_a_cacheable_page_has_no_nonce_and_touches_no_session(app: Flask) -> None:
    with app.test_request_context("/", base_url="http://localhost") as context:
        mark_cacheable()
        with pytest.raises(SessionTouched):
            csp_nonce()
        response = app.make_response("x")
        app.session_interface.save_session(app, context._session, response)  # type: ignore[attr-defined]
        assert "Set-Cookie" not in response.headers
        assert "Vary" not in response.headers
        _read = context.session.get("anything")
        with pytest.raises(SessionTouched):
            app.session_interface.save_session(app, context.session, response)


def test_a_villages_front_page_sets_no_cookie_also_for_staff(
    village: Tenant, staff: Callable[..., Person]
) -> None:
    answer = staff(village).get("/")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_behind_tls_cookies_are_host_bound_and_browsers_remember_it(
    app: Flask, urls: servers.DatabaseUrls, village: Tenant
) -> None:
    number = servers.worker_number()
    secure = create_app(servers.settings_for(urls, number, f"w{number}_", public_scheme="https"))
    try:
        account = make_account(secure, tenant=village, role="operator")
        host = f"{village.slug}.localhost"
        browser = Visitor(secure, host)
        base = f"https://{host}"
        page = browser.client.get("/masuk", base_url=base)
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        answer = browser.client.post(
            "/masuk",
            base_url=base,
            headers={"Referer": f"{base}/masuk"},
            data={"csrf_token": token, "email": account.email, "password": PASSWORD},
        )
        assert answer.status_code == 303
        cookie = next(c for c in answer.headers.getlist("Set-Cookie") if session_cookie_name(True) in c)
        assert cookie.startswith("__Host-siger_session=")
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    finally:
        cache.configure(app.config["REDIS_URL"])


def test_a_request_number_is_ours_unless_a_trusted_proxy_gave_it(
    village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    answer = visit(f"{village.slug}.localhost").get("/masuk", headers={"X-Request-Id": "forged-number-1"})
    assert answer.headers["X-Request-Id"] != "forged-number-1"


def test_an_error_page_shows_the_requests_number(village: Tenant, visit: Callable[[str], Visitor]) -> None:
    answer = visit(f"{village.slug}.localhost").get("/not-there")
    assert answer.headers["X-Request-Id"] in answer.text


def test_each_language_is_a_click_away_and_stays(village: Tenant, staff: Callable[..., Person]) -> None:
    person = staff(village)
    assert '<html lang="id"' in person.get("/akun").text
    assert person.submit("/preferences", {"locale": "en", "next": "/akun"}, form="/akun").location == "/akun"
    assert '<html lang="en"' in person.get("/akun").text
