"""Fixtures of all tests: a house that really runs on PostgreSQL and Valkey, and throwaway villages."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

import psycopg
import pytest

from app import create_app
from app.core.hosting import SigerFlask
from tests.support import people, servers
from tests.support.places import throwaway_codes
from tests.support.queries import count_queries as counting
from tests.support.visitors import Visitor

_servers: servers.Servers | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, in the process that steers the run."""
    global _servers
    is_worker = hasattr(config, "workerinput")
    if not is_worker and not config.option.collectonly and servers.ADMIN not in os.environ:
        _servers = servers.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started, and leave nothing behind."""
    servers.remove_own_folder()
    if _servers is not None:
        servers.stop(_servers)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Parallel runs keep the browser tests together."""
    from tests.support.scheduling import HouseholdScheduling

    return HouseholdScheduling(config, log)


@pytest.fixture(scope="session")
def urls() -> servers.DatabaseUrls:
    """This process's own database."""
    return servers.make_database(f"siger_w{servers.worker_number()}")


@pytest.fixture(autouse=True)
def _limits_count_only_where_a_test_says_so() -> None:
    """The limiter is one for all applications of a process: none that another test switched on counts here."""
    from app.extensions import limiter

    limiter.enabled = False


@pytest.fixture(scope="session")
def app(urls: servers.DatabaseUrls) -> Iterator[SigerFlask]:
    """The application on this process's database."""
    number = servers.worker_number()
    application = create_app(servers.settings_for(urls, number, f"w{number}_"))
    yield application
    from app.extensions import db

    with application.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def _codes(urls: servers.DatabaseUrls) -> Iterator[str]:
    """Codes of villages that no test has used yet, in this process."""
    return throwaway_codes(urls.owner_url)


@pytest.fixture
def make_village(app: SigerFlask, urls: servers.DatabaseUrls, _codes: Iterator[str]) -> Callable[[], object]:
    """Makes throwaway villages: provisioned for real, never cleaned up (the whole database is thrown away)."""
    from app.core.village.seed import seed_village
    from tenants.bootstrap import libpq_url
    from tenants.provisioning import provision
    from tenants.registry import find_tenant

    def make() -> object:
        code = next(_codes)
        with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as conn:
            row = conn.execute("SELECT id FROM platform.tenant WHERE code = %s", (code,)).fetchone()
            assert row is not None
            prefix = app.config["SETTINGS"].tenant_role_prefix
            provision(conn, row[0], role_prefix=prefix, seed=seed_village)
        with app.app_context():
            return find_tenant(code)

    return make


@pytest.fixture
def village(make_village: Callable[[], object]) -> object:
    """One throwaway village."""
    return make_village()


@pytest.fixture
def open_village(app: SigerFlask, village: object) -> object:
    """The throwaway village after it went live: its services answer residents."""
    from tests.support.villages import opened

    return opened(app, village)  # type: ignore[arg-type]


@pytest.fixture
def visit(app: SigerFlask) -> Callable[[str], Visitor]:
    """A fresh browser at a host: `visit("localhost")`, `visit(f"{village.slug}.localhost")`."""
    return partial(Visitor, app)


@pytest.fixture
def province(visit: Callable[[str], Visitor]) -> Visitor:
    """A fresh browser at the province's host, not signed in."""
    return visit("localhost")


@pytest.fixture
def staff(app: SigerFlask) -> Callable[..., people.Person]:
    """`staff(village, role="secretary")`: somebody who works there, signed in on the village's host."""
    return partial(people.staff_member, app)


@pytest.fixture
def officer(app: SigerFlask) -> Callable[..., people.Person]:
    """`officer(role="province_admin", region="18")`: signed in on the province's host."""
    return partial(people.officer_of, app)


@pytest.fixture
def count_queries(app: SigerFlask) -> Callable[..., AbstractContextManager[list[str]]]:
    """`with count_queries(at_most=8): …`"""
    from app.extensions import db

    with app.app_context():
        engine = db.engine
    return partial(counting, engine)


@pytest.fixture(scope="session")
def unique() -> Callable[[], int]:
    """A number that no other call got, in this process."""
    return partial(next, itertools.count(1))
