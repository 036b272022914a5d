"""Hosts: who is served, and who is told that nothing is here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from werkzeug.test import create_environ, run_wsgi_app

from app.core.hosting import SigerFlask
from app.extensions import cache, db
from tenants import hosts, outbox
from tenants.hosts import HostRouter, normalise_host
from tenants.models import TenantState
from tenants.registry import change_state, hosts_changed, tenant_row
from tenants.scope import Tenant, platform_scope
from tests.support.visitors import Visitor

HOSTILE = [
    "{slug}.localhost.evil.test",
    "evil.{slug}.localhost",
    "localhost.evil.test",
    "{slug}",
    "{slug}.localhost:80:80",
    "{slug}.localhost\\@evil.test",
    "[::1]",
    "..localhost",
    "-{slug}.localhost",
    "{slug}_x.localhost",
    "ğisting-atas.localhost",
    "xn--gisting-atas-x.localhost",
    "a" * 300 + ".localhost",
    "' OR 1=1 --.localhost",
    "%00.localhost",
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_hostile_hosts_lead_nowhere(pattern: str, village: Tenant, app: SigerFlask) -> None:
    environ = create_environ("/", "http://localhost")
    environ["HTTP_HOST"] = pattern.format(slug=village.slug)
    body, status, _ = run_wsgi_app(app, environ, buffered=True)
    assert status.startswith("404")
    assert village.name not in b"".join(body).decode()


@pytest.mark.parametrize(
    "form", ["{}.localhost", "{}.LOCALHOST", "{}.localhost:8000", "{}.localhost.", "{}.localhost.:443"]
)
def test_every_spelling_of_a_host_leads_to_its_village(
    form: str, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    response = visit("localhost").client.get("/", headers={"Host": form.format(village.slug.upper())})
    assert response.status_code == 200
    assert village.name in response.text


def test_a_village_whose_address_changed_is_found_by_all_workers_at_once(
    app: SigerFlask, village: Tenant
) -> None:
    first, second = HostRouter("localhost"), HostRouter("localhost")
    host = f"{village.slug}.localhost"
    with app.app_context():
        assert first.resolve(host).tenant == second.resolve(host).tenant == village
        with platform_scope():
            change_state(tenant_row(village.id), TenantState.SUSPENDED, "uji")
            db.session.commit()
        assert first.resolve(host).kind == "village", "nobody was told yet"
        hosts_changed()
        assert [first.resolve(host).kind, second.resolve(host).kind] == ["suspended", "suspended"]


def test_without_redis_hosts_are_still_found_and_soon_forgotten(
    app: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = HostRouter("localhost")
    host = f"{village.slug}.localhost"
    cache.configure("redis://127.0.0.1:1/0")
    try:
        with app.app_context():
            assert router.resolve(host).tenant == village
            with platform_scope():
                change_state(tenant_row(village.id), TenantState.SUSPENDED, "uji")
                db.session.commit()
            monkeypatch.setattr(hosts, "MEMORY_SECONDS_WITHOUT_REDIS", 0.0)
            assert router.resolve(host).kind == "suspended"
    finally:
        cache.configure(app.config["REDIS_URL"])


def test_a_suspension_while_redis_is_away_is_seen_when_it_is_back(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    host = f"{village.slug}.localhost"
    assert visit(host).get("/").status_code == 200
    cache.configure("redis://127.0.0.1:1/0")
    try:
        with app.app_context():
            with platform_scope():
                change_state(tenant_row(village.id), TenantState.SUSPENDED, "uji")
                db.session.commit()
            hosts_changed()
            outbox.deliver()
    finally:
        cache.configure(app.config["REDIS_URL"])
    with app.app_context():
        with platform_scope():
            db.session.execute(text("UPDATE platform.outbox SET available_at = now() WHERE kind = 'hosts'"))
            db.session.commit()
        outbox.deliver()
    assert visit(host).get("/").status_code == 503


def test_what_another_release_left_in_redis_is_passed_over(app: SigerFlask, village: Tenant) -> None:
    host = f"{village.slug}.localhost"
    with app.app_context():
        HostRouter("localhost").resolve(host)
        for key in cache.client.scan_iter(f"*:{village.slug}"):
            cache.client.set(key, '{"kind": "village", "tenant": {"id": "1", "moons": 2}}')
        assert HostRouter("localhost").resolve(host).tenant == village


def test_slashes_lead_to_no_other_host(village: Tenant, visit: Callable[[str], Visitor]) -> None:
    answer = visit(f"{village.slug}.localhost").get("/pengaturan//akun")
    assert answer.status_code == 404
    assert "Location" not in answer.headers


def test_a_flood_of_unknown_hosts_does_not_fill_the_memory(app: SigerFlask) -> None:
    router = HostRouter("localhost")
    with app.app_context():
        for number in range(hosts.MEMORY_ENTRIES + 10):
            router._memory[f"x{number}"] = (b"0", 0.0, hosts.UNKNOWN)
        router.resolve("nobody-lives-here.localhost")
    assert len(router._memory) == 1


def test_a_suspended_village_says_so(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    with app.app_context():
        with platform_scope():
            change_state(tenant_row(village.id), TenantState.SUSPENDED, "uji")
            db.session.commit()
        hosts_changed()
    page = visit(f"{village.slug}.localhost").get("/")
    assert page.status_code == 503
    assert village.name in page.text
    api = visit(f"{village.slug}.localhost").get("/api/v1/village")
    assert (api.status_code, api.content_type) == (503, "application/problem+json")


def test_normalised_hosts_hold_nothing_but_labels() -> None:
    assert normalise_host("Gisting-Atas.LOCALHOST.:8000") == "gisting-atas.localhost"
    assert normalise_host("") is None
    assert normalise_host("a..b") is None
