"""PostgreSQL gone, Redis gone: a page at once that says so, and no restart needed afterwards."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest

from app import create_app
from app.core.embedded import EmbeddedServers, default_data_dir
from app.core.embedded.system import free_port
from app.core.hosting import SigerFlask
from app.core.village.seed import seed_village
from app.extensions import cache, db
from tenants import outbox
from tenants.bootstrap import libpq_url, migrate_platform, prepare_database
from tenants.provisioning import provision
from tenants.registry import find_tenant, hosts_changed
from tenants.scope import Tenant
from tests.support import people, pgbouncer
from tests.support.servers import DatabaseUrls, settings_for
from tests.support.visitors import Visitor


@pytest.fixture(scope="module")
def own_house() -> Iterator[tuple[SigerFlask, EmbeddedServers]]:
    """An application with servers of its own, which the tests may stop."""
    with tempfile.TemporaryDirectory(prefix="fault-", dir=default_data_dir().parent) as folder:
        Path(folder).chmod(0o755)
        with EmbeddedServers(Path(folder) / "data", fast=True) as running:
            urls = prepare_database(running.admin_url)
            migrate_platform(urls.owner_url)
            app = create_app(settings_for(urls, 0, "f_", redis_url=running.redis_url))
            with app.app_context():
                from app.core.regions.services import load_regions
                from tenants.scope import platform_scope

                with platform_scope():
                    load_regions("18")
            yield app, running
            with app.app_context():
                db.engine.dispose()


@pytest.fixture(autouse=True)
def _cache_of_this_house(own_house: tuple[SigerFlask, EmbeddedServers], app: SigerFlask) -> Iterator[None]:
    cache.configure(own_house[0].config["REDIS_URL"])
    yield
    cache.configure(app.config["REDIS_URL"])


def _timed(visitor: Visitor, path: str) -> tuple[int, float]:
    start = time.monotonic()
    status = visitor.get(path).status_code
    return status, time.monotonic() - start


def _wait_until_back(app: SigerFlask, seconds: float = 3) -> None:
    """The village is not there, which only PostgreSQL can say; PgBouncer tries again once a second."""
    until = time.monotonic() + seconds
    while (status := Visitor(app, "gisting-atas.localhost").get("/").status_code) == 503:
        assert time.monotonic() < until, "PostgreSQL is back, the pages are not"
        time.sleep(0.1)
    assert status == 404


@pytest.fixture(params=["direct", pytest.param("pgbouncer", marks=pytest.mark.pgbouncer)])
def reached(
    request: pytest.FixtureRequest, own_house: tuple[SigerFlask, EmbeddedServers]
) -> Iterator[SigerFlask]:
    """The application of that house, straight at PostgreSQL or through PgBouncer as deployed."""
    app, running = own_house
    if request.param == "direct":
        yield app
        return
    settings = app.config["SETTINGS"]
    urls = DatabaseUrls(owner_url=settings.owner_database_url, app_url=settings.database_url)
    with pgbouncer.in_front_of(urls) as url:
        behind = create_app(settings_for(urls, 0, "f_", redis_url=running.redis_url, database_url=url))
        yield behind
        with behind.app_context():
            db.engine.dispose()


def test_postgres_gone_is_a_page_at_once_and_heals_by_itself(
    reached: SigerFlask, own_house: tuple[SigerFlask, EmbeddedServers]
) -> None:
    app, running = reached, own_house[1]
    visitor = Visitor(app, "localhost")
    assert visitor.get("/masuk").status_code == 200
    running.postgres.stop()
    try:
        started = time.monotonic()
        page = Visitor(app, "gisting-atas.localhost").get("/")
        assert page.status_code == 503
        assert page.headers["Retry-After"]
        signing_in = visitor.submit("/masuk", {"email": "siapa@contoh.test", "password": "rahasia"})
        assert signing_in.status_code == 503
        assert time.monotonic() - started <= 2
        api = visitor.get("/api/v1/regions", headers={"Authorization": "Bearer siger_" + "x" * 43})
        assert (api.status_code, api.content_type) == (503, "application/problem+json")
    finally:
        running.postgres.start()
    _wait_until_back(app)
    assert visitor.get("/masuk").status_code == 200


@pytest.fixture(scope="module")
def village(own_house: tuple[SigerFlask, EmbeddedServers]) -> Tenant:
    """A village of that house."""
    app, _ = own_house
    settings = app.config["SETTINGS"]
    with psycopg.connect(libpq_url(settings.owner_database_url), autocommit=True) as conn:
        row = conn.execute("SELECT id, code FROM platform.tenant WHERE kind = 'desa' LIMIT 1").fetchone()
        assert row is not None
        provision(conn, row[0], role_prefix=settings.tenant_role_prefix, seed=seed_village)
    with app.app_context():
        hosts_changed()
        return find_tenant(row[1])


@contextmanager
def _stopped(running: EmbeddedServers) -> Iterator[None]:
    """Valkey ended, and starts again without its memory."""
    running.valkey.stop()
    try:
        yield
    finally:
        running.valkey.start()


@contextmanager
def _cut_off(running: EmbeddedServers) -> Iterator[None]:
    """Valkey can't be reached, and remembers everything when it can be again."""
    cache.configure(f"redis://127.0.0.1:{free_port()}/0")
    try:
        yield
    finally:
        cache.configure(running.redis_url)


@pytest.mark.parametrize("gone", [_stopped, _cut_off])
def test_redis_gone_pages_serve_and_forms_are_saved(
    own_house: tuple[SigerFlask, EmbeddedServers],
    village: Tenant,
    gone: Callable[[EmbeddedServers], AbstractContextManager[None]],
) -> None:
    app, running = own_house
    motto = f"Tetap jalan {gone.__name__}"
    reader = Visitor(app, f"{village.slug}.localhost")
    secretary = people.staff_member(app, village)
    for _ in range(2):
        assert motto not in reader.get("/").text
    with gone(running):
        status, seconds = _timed(Visitor(app, "localhost"), "/masuk")
        assert (status, seconds < 2) == (200, True)
        path = "/pengaturan/identitas"
        stamp = re.search(r'name="stamp" value="([0-9a-f]+)"', secretary.get(path).text)
        assert stamp
        started = time.monotonic()
        saved = secretary.submit(path, {"stamp": stamp[1], "motto": motto, "address": "Jalan Raya 1"})
        assert (saved.status_code, time.monotonic() - started < 2) == (303, True)
        assert motto in secretary.get(path).text
        assert motto in reader.get("/").text
    # As the scheduler does within half a second: pages that were kept before are told that they are out of date.
    with app.app_context():
        cache.configure(running.redis_url)
        while outbox.deliver():
            pass
    assert motto in reader.get("/").text
    assert motto in Visitor(app, reader.host).get("/").text
