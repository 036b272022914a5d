"""PostgreSQL gone, Redis gone: a page at once that says so, and no restart needed afterwards."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import create_app
from app.core.embedded import EmbeddedServers, default_data_dir
from app.core.hosting import SigerFlask
from app.extensions import cache, db
from tenants.bootstrap import migrate_platform, prepare_database
from tests.support import pgbouncer
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


def test_redis_gone_pages_still_serve(own_house: tuple[SigerFlask, EmbeddedServers]) -> None:
    app, running = own_house
    running.valkey.stop()
    try:
        status, seconds = _timed(Visitor(app, "localhost"), "/masuk")
        assert (status, seconds < 2) == (200, True)
    finally:
        running.valkey.start()
