"""Two villages never see each other's rows: on one connection, through errors, rollbacks, jobs and threads."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from app import create_app
from app.core.hosting import SigerFlask
from app.core.security import session_cookie_name
from app.core.village.models import Official
from app.extensions import db
from tenants.database import retired_connections
from tenants.errors import NoTenantScope
from tenants.jobs import job, run_job
from tenants.models import OutboxEntry
from tenants.scope import Tenant, current_tenant, platform_scope, tenant_scope
from tests.support import people, pgbouncer, servers
from tests.support.visitors import Visitor

# Threads wait for their turn at it as long as a busy machine makes them wait.
ONE_CONNECTION = {
    "default_pool_size": 1,
    "reserve_pool_size": 0,
    "query_wait_timeout": 30,
    "server_lifetime": 600,
}
STEPS = (
    "write",
    "read",
    "fail",
    "rollback",
    "job",
    "thread",
    "other",
    "platform",
    "public",
    "staff",
    "stranger",
)
REQUESTS = STEPS[-3:]
MARK = re.compile(r"uji-[a-z0-9-]+-\d+\.")


@pytest.fixture(scope="module", params=["direct", "pgbouncer"])
def narrow(request: pytest.FixtureRequest, urls: servers.DatabaseUrls) -> Iterator[SigerFlask]:
    """An application whose villages all share one server connection: its own, or PgBouncer's."""
    number = servers.worker_number()
    with ExitStack() as stack:
        # Pages are drawn each time: rows are written here without the services that would outdate kept ones.
        changes: dict[str, object] = {"db_pool_size": 1, "page_cache": False}
        if request.param == "pgbouncer":
            url = stack.enter_context(pgbouncer.in_front_of(urls, **ONE_CONNECTION))
            changes |= {"database_url": url, "db_pool_size": 4}
        app = create_app(servers.settings_for(urls, number, f"w{number}_", **changes))
        if request.param == "direct":
            with app.app_context():
                db.engine.pool._max_overflow = 0  # type: ignore[attr-defined]
        yield app
        with app.app_context():
            db.engine.dispose()


def _names() -> set[str]:
    return set(db.session.scalars(select(Official.name)))


@job("tests.write_official")
def _write_official(name: str) -> None:
    db.session.add(Official(name=name, title="Staf"))
    db.session.commit()


def _play(
    app: SigerFlask, tenant: Tenant, other: Tenant, step: str, mark: str, seen: dict[Any, set[str]]
) -> None:
    if step in REQUESTS:
        _ask_the_web(app, tenant, other, step, seen)
        return
    with app.app_context(), tenant_scope(tenant):
        if step == "write":
            db.session.add(Official(name=mark, title="Staf"))
            db.session.commit()
            seen[tenant.id].add(mark)
        elif step == "fail":
            db.session.add(Official(name=mark, title="Staf", position="nonsense"))
            with pytest.raises(IntegrityError):
                db.session.commit()
            db.session.rollback()
        elif step == "rollback":
            db.session.add(Official(name=mark, title="Staf"))
            db.session.flush()
            db.session.rollback()
        elif step == "job":
            db.session.rollback()
            run_job("tests.write_official", str(tenant.id), {"name": mark})
            seen[tenant.id].add(mark)
        elif step == "thread":
            db.session.rollback()
            _in_a_thread(app)
        elif step == "other":
            with pytest.raises(DBAPIError) as refused:
                db.session.execute(text(f'SELECT name FROM "{other.schema}".official'))
            assert refused.value.orig is not None
            assert refused.value.orig.sqlstate == "42501"  # type: ignore[attr-defined]
            db.session.rollback()
        elif step == "platform":
            db.session.rollback()
            with platform_scope():
                db.session.execute(text("SELECT count(*) FROM platform.account"))
        assert _names() == seen[tenant.id]


def _ask_the_web(
    app: SigerFlask, tenant: Tenant, other: Tenant, step: str, seen: dict[Any, set[str]]
) -> None:
    """Look at pages that show officials: all of this village's, none of the other's, to a stranger none at all."""
    host = f"{tenant.slug}.localhost"
    if step == "public":
        page, shown = Visitor(app, host).get("/"), seen[tenant.id]
    elif step == "staff":
        page, shown = _clerk(app, tenant).get("/pengaturan/perangkat"), seen[tenant.id]
    else:
        clerk = _clerk(app, other)
        (cookie,) = [c for c in clerk.client._cookies.values() if c.key == session_cookie_name(False)]
        stranger = Visitor(app, host)
        stranger.client.set_cookie(cookie.key, cookie.value, domain=host)
        page, shown = stranger.get("/pengaturan/perangkat"), set()
    assert page.status_code == (303 if step == "stranger" else 200)
    assert set(MARK.findall(page.text)) == shown


def _clerk(app: SigerFlask, tenant: Tenant) -> people.Person:
    """Somebody of this village, signed in once for each application."""
    key = (app, tenant.id)
    if key not in _clerks:
        _clerks[key] = people.staff_member(app, tenant)
    return _clerks[key]


_clerks: dict[tuple[SigerFlask, Any], people.Person] = {}


def _in_a_thread(app: SigerFlask) -> None:
    problems: list[BaseException] = []

    def run() -> None:
        try:
            with app.app_context():
                _names()
        except NoTenantScope:
            return
        except BaseException as error:
            problems.append(error)
        problems.append(AssertionError("a thread without a scope reached a village's table"))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert not problems, problems


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(STEPS)), min_size=2, max_size=12))
def test_two_villages_alternating_on_one_connection_never_see_each_other(
    narrow: SigerFlask, make_village: Callable[[], Tenant], steps: list[tuple[bool, str]]
) -> None:
    pair = _pair(make_village)
    seen: dict[Any, set[str]] = {t.id: set() for t in pair}
    with narrow.app_context():
        for tenant in pair:
            with tenant_scope(tenant):
                db.session.execute(text("DELETE FROM official"))
                db.session.commit()
    for number, (first, step) in enumerate(steps):
        mine, other = pair if first else pair[::-1]
        _play(narrow, mine, other, step, f"uji-{mine.slug}-{number}.", seen)


_pairs: list[tuple[Tenant, Tenant]] = []


def _pair(make_village: Callable[[], Tenant]) -> tuple[Tenant, Tenant]:
    if not _pairs:
        _pairs.append((make_village(), make_village()))
    return _pairs[0]


def test_threads_of_two_villages_at_once_keep_apart(
    narrow: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    pair = (make_village(), make_village())

    def work(tenant: Tenant) -> set[str]:
        for number in range(15):
            with narrow.app_context(), tenant_scope(tenant):
                db.session.add(Official(name=f"{tenant.slug} {number}", title="Staf"))
                db.session.commit()
                assert {n.rpartition(" ")[0] for n in _names()} == {tenant.slug}
        with narrow.app_context(), tenant_scope(tenant):
            return _names()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, [pair[0], pair[1], pair[0], pair[1]]))
    assert {len(r) for r in results} <= {15, 30}
    assert not results[0] & results[1]


def test_no_scope_is_an_error_before_any_sql(app: SigerFlask, count_queries: Callable[..., Any]) -> None:
    with app.app_context(), count_queries(at_most=0), pytest.raises(NoTenantScope):
        db.session.scalars(select(Official)).all()
    with pytest.raises(NoTenantScope):
        current_tenant()


def test_a_session_does_not_outlive_its_scope(narrow: SigerFlask, village: Tenant) -> None:
    with narrow.app_context():
        with tenant_scope(village):
            session = db.session()
            session.scalars(select(Official)).all()
        with platform_scope(), pytest.raises(NoTenantScope):
            session.scalars(select(Official)).all()
        # The escaped session holds the pool's only connection until it is collected; nobody waits for that here.
        session.close()


def test_a_raw_connection_sees_no_village_table(narrow: SigerFlask, village: Tenant) -> None:
    with narrow.app_context(), db.engine.connect() as connection:
        with pytest.raises(ProgrammingError):
            connection.execute(text("SELECT * FROM official"))
        connection.rollback()
        with pytest.raises(ProgrammingError) as refused:
            connection.execute(text(f'SELECT * FROM "{village.schema}".official'))
        assert "permission denied" in str(refused.value)


PRIVATE = (
    "account",
    "membership",
    "sign_in_session",
    "single_use_token",
    "api_token",
    "audit_entry",
    "indicator_value",
)


@pytest.mark.parametrize("table", PRIVATE)
def test_a_village_cannot_read_the_platforms_private_tables(
    narrow: SigerFlask, village: Tenant, table: str
) -> None:
    with narrow.app_context(), tenant_scope(village), pytest.raises(ProgrammingError) as refused:
        db.session.execute(text(f"SELECT * FROM platform.{table}"))
    assert "permission denied" in str(refused.value)


def test_a_village_reads_only_names_of_roles_in_the_registry(narrow: SigerFlask, village: Tenant) -> None:
    with narrow.app_context(), tenant_scope(village):
        db.session.execute(text("SELECT id, role_name FROM platform.tenant"))
        db.session.rollback()
        with pytest.raises(ProgrammingError):
            db.session.execute(text("SELECT state_reason FROM platform.tenant"))


def test_a_village_cannot_speak_for_another_in_the_outbox(
    narrow: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    mine, other = make_village(), make_village()
    forged = text("INSERT INTO platform.outbox (id, tenant_id, kind, payload, attempts, created_at, available_at) "
                  "VALUES (gen_random_uuid(), :tenant, 'dirty', '{}', 0, now(), now())")  # fmt: skip
    with narrow.app_context(), tenant_scope(mine):
        db.session.execute(forged, {"tenant": mine.id})
        db.session.rollback()
        with pytest.raises(DBAPIError) as refused:
            db.session.execute(forged, {"tenant": other.id})
        assert "row-level security" in str(refused.value)
        db.session.rollback()
        with pytest.raises(DBAPIError):
            db.session.execute(select(OutboxEntry.id))


def test_the_audit_log_can_only_grow(narrow: SigerFlask, village: Tenant) -> None:
    for table in ("audit_entry", "audit_seal"):
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with narrow.app_context(), tenant_scope(village), pytest.raises(ProgrammingError):
                db.session.execute(text(statement))
            with narrow.app_context(), platform_scope(), pytest.raises(ProgrammingError):
                db.session.execute(text(statement.replace(table, f"platform.{table}")))
        with narrow.app_context(), tenant_scope(village), pytest.raises(ProgrammingError):
            db.session.execute(
                text(f"UPDATE {table} SET {'summary = 1' if table == 'audit_entry' else 'seq = 1'}")
            )


def test_jobs_run_inside_their_village(narrow: SigerFlask, make_village: Callable[[], Tenant]) -> None:
    mine, other = make_village(), make_village()
    with narrow.app_context():
        run_job("tests.write_official", str(mine.id), {"name": "Dari pekerjaan"})
        with tenant_scope(mine):
            assert _names() == {"Dari pekerjaan"}
        with tenant_scope(other):
            assert _names() == set()


def test_names_from_outside_never_become_identifiers(village: Tenant) -> None:
    for hostile in (
        'v_1"; DROP SCHEMA platform; --',
        "public; SET ROLE siger_owner",
        "V_1",
        "v-1",
        "",
        "v_" + "1" * 70,
    ):
        forged = dataclasses.replace(village, schema=hostile)
        with pytest.raises(ValueError, match="not a permitted"), tenant_scope(forged):
            pass


def test_a_connection_is_retired_after_its_share_of_villages(
    urls: servers.DatabaseUrls, make_village: Callable[[], Tenant]
) -> None:
    villages = [make_village() for _ in range(5)]
    number = servers.worker_number()
    app = create_app(
        servers.settings_for(urls, number, f"w{number}_", db_pool_size=1, connection_tenant_limit=2)
    )
    before = retired_connections()
    backends = []
    with app.app_context():
        for village in [*villages, villages[-1]]:
            with tenant_scope(village):
                backends.append(db.session.scalar(text("SELECT pg_backend_pid()")))
        db.engine.dispose()
    assert backends[0] == backends[1] != backends[2] == backends[3] != backends[4] == backends[5]
    assert retired_connections() - before == 2
