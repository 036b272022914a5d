"""A village is made whole or not at all; twice at once makes it once; killed in the middle leaves nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from app.core.hosting import SigerFlask
from app.core.village.seed import seed_village
from app.extensions import db
from tenants.bootstrap import libpq_url
from tenants.doctor import examine
from tenants.errors import ProvisioningFailed, UnknownTenant
from tenants.migrations import replay, revisions
from tenants.provisioning import make_spares, provision, provision_many
from tenants.scope import Tenant, tenant_scope
from tests.support.catalogue import describe
from tests.support.servers import DatabaseUrls
from tests.support.visitors import Visitor

TABLE_BUDGET = 10 + 9 + 14
"""What the foundation, the population register, and letters with self-service may use; 70 when it is complete."""


@pytest.fixture
def owner(urls: DatabaseUrls) -> Iterator[psycopg.Connection]:
    with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as conn:
        yield conn


@pytest.fixture
def prefix(app: SigerFlask) -> str:
    return str(app.config["SETTINGS"].tenant_role_prefix)


@pytest.fixture
def listed(owner: psycopg.Connection, _codes: Iterator[str]) -> Callable[[], tuple[uuid.UUID, str]]:
    """A listed village that has no schema yet: its id and code."""

    def take() -> tuple[uuid.UUID, str]:
        code = next(_codes)
        row = owner.execute("SELECT id FROM platform.tenant WHERE code = %s", (code,)).fetchone()
        assert row is not None
        return row[0], code

    return take


def _traces(owner: psycopg.Connection, code: str, prefix: str) -> list[object]:
    digits = code.replace(".", "")
    return [
        owner.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (f"v_{digits}",)).fetchone(),
        owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (f"{prefix}{digits}",)).fetchone(),
        owner.execute(
            "SELECT 1 FROM platform.tenant_schema WHERE schema_name = %s", (f"v_{digits}",)
        ).fetchone(),
        owner.execute(
            "SELECT 1 FROM platform.tenant WHERE code = %s AND schema_name IS NOT NULL", (code,)
        ).fetchone(),
    ]


def test_a_new_village_stays_within_its_budget_of_tables(owner: psycopg.Connection, village: Tenant) -> None:
    row = owner.execute("SELECT count(*) FROM pg_tables WHERE schemaname = %s", (village.schema,)).fetchone()
    assert row is not None
    assert 5 <= row[0] <= TABLE_BUDGET


def test_the_baseline_equals_all_migrations(owner: psycopg.Connection, village: Tenant, prefix: str) -> None:
    role = f"{prefix}replayed"
    owner.execute("DROP SCHEMA IF EXISTS replayed CASCADE")
    if not owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
        owner.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    owner.execute("CREATE SCHEMA replayed")
    with owner.transaction():
        replay(owner, "replayed", role, revisions(), 2000)
    assert describe(owner, "replayed", role) == describe(owner, village.schema, village.role)
    owner.execute("DROP SCHEMA replayed CASCADE")


def test_two_provisions_of_one_village_at_once_make_it_once(
    urls: DatabaseUrls, listed: Callable[[], tuple[uuid.UUID, str]], owner: psycopg.Connection, prefix: str
) -> None:
    tenant_id, code = listed()

    def make(_: int) -> bool:
        with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as conn:
            return provision(conn, tenant_id, role_prefix=prefix, seed=seed_village)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, range(4)))
    assert sorted(made) == [False, False, False, True]
    assert all(_traces(owner, code, prefix))


def test_a_failing_seed_leaves_nothing(
    owner: psycopg.Connection, listed: Callable[[], tuple[uuid.UUID, str]], prefix: str
) -> None:
    tenant_id, code = listed()

    def broken(conn: psycopg.Connection, row: dict[str, object]) -> None:
        conn.execute("INSERT INTO no_such_table VALUES (1)")

    with pytest.raises(ProvisioningFailed, match="no_such_table"):
        provision(owner, tenant_id, role_prefix=prefix, seed=broken)
    assert not any(_traces(owner, code, prefix))


def test_an_unknown_village_is_refused(owner: psycopg.Connection, prefix: str) -> None:
    with pytest.raises(UnknownTenant):
        provision(owner, uuid.uuid4(), role_prefix=prefix)


KILLED = """
import sys, time, uuid, psycopg
import app.models
from tenants.provisioning import provision
url, tenant_id, prefix = sys.argv[1:]
def wait(conn, row):
    conn.execute("SELECT 1 FROM village_profile").fetchall()
    print("inside", flush=True)
    time.sleep(60)
with psycopg.connect(url, autocommit=True) as conn:
    provision(conn, uuid.UUID(tenant_id), role_prefix=prefix, seed=wait)
"""


def _wait_until_alone(owner: psycopg.Connection, seconds: float = 10) -> None:
    """Until the server noticed that the client is gone, and ended what it did for it."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
    )
    until = time.monotonic() + seconds
    while (row := owner.execute(others).fetchone()) and row[0]:
        assert time.monotonic() < until, "the transaction of a client that was killed is still open"
        time.sleep(0.02)


def test_killed_in_the_middle_nothing_half_made_stays(
    urls: DatabaseUrls, owner: psycopg.Connection, listed: Callable[[], tuple[uuid.UUID, str]], prefix: str
) -> None:
    tenant_id, code = listed()
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, libpq_url(urls.owner_url), str(tenant_id), prefix],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "inside"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    _wait_until_alone(owner)
    assert not any(_traces(owner, code, prefix))
    assert provision(owner, tenant_id, role_prefix=prefix, seed=seed_village) is True
    assert all(_traces(owner, code, prefix))


def test_a_bulk_that_was_stopped_goes_on_with_the_rest(
    urls: DatabaseUrls, listed: Callable[[], tuple[uuid.UUID, str]], owner: psycopg.Connection, prefix: str
) -> None:
    villages = [listed() for _ in range(6)]
    ids = [v[0] for v in villages]
    first = provision_many(urls.owner_url, ids[:3], workers=2, role_prefix=prefix, seed=seed_village)
    again = provision_many(
        urls.owner_url, [*ids, uuid.uuid4()], workers=2, role_prefix=prefix, seed=seed_village
    )
    assert len(first.done) == 3
    assert len(again.done) == 6
    assert len(again.failed) == 1
    assert all(all(_traces(owner, code, prefix)) for _, code in villages)


def test_a_spare_becomes_the_next_village_and_serves_at_once(
    owner: psycopg.Connection,
    listed: Callable[[], tuple[uuid.UUID, str]],
    prefix: str,
    visit: Callable[[str], Visitor],
) -> None:
    make_spares(owner, 2)
    before = owner.execute("SELECT count(*) FROM platform.tenant_schema WHERE tenant_id IS NULL").fetchone()
    tenant_id, code = listed()
    provision(owner, tenant_id, role_prefix=prefix, seed=seed_village)
    after = owner.execute("SELECT count(*) FROM platform.tenant_schema WHERE tenant_id IS NULL").fetchone()
    assert before is not None
    assert after is not None
    assert after[0] == before[0] - 1
    row = owner.execute("SELECT slug, name FROM platform.tenant WHERE code = %s", (code,)).fetchone()
    assert row is not None
    from tenants.registry import hosts_changed

    hosts_changed()
    page = visit(f"{row[0]}.localhost").get("/")
    assert page.status_code == 200
    assert row[1] in page.text


def test_the_doctor_names_what_drifted(
    urls: DatabaseUrls, owner: psycopg.Connection, make_village: Callable[[], Tenant]
) -> None:
    broken = make_village()
    owner.execute("CREATE SCHEMA v_99")
    owner.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(broken.schema, "ix_audit_entry_at")))
    owner.execute(
        "INSERT INTO platform.tenant_schema (schema_name, revision, status) VALUES ('spare_0', '0000_old', 'ready')"
    )
    try:
        found = {(f.kind, f.subject) for f in examine(urls.owner_url)}
        assert ("schema without a row", "v_99") in found
        assert ("row without a schema", "spare_0") in found
        assert ("revision behind", "spare_0") in found
        assert ("missing index", f"{broken.schema}.ix_audit_entry_at") in found
    finally:
        owner.execute("DROP SCHEMA v_99")
        owner.execute("DELETE FROM platform.tenant_schema WHERE schema_name = 'spare_0'")
        owner.execute(
            sql.SQL("CREATE INDEX ix_audit_entry_at ON {} (at)").format(
                sql.Identifier(broken.schema, "audit_entry")
            )
        )
    assert not [
        f for f in examine(urls.owner_url) if broken.schema in f.subject or f.subject in ("v_99", "spare_0")
    ]


def test_the_doctor_names_a_backend_above_its_memory(
    urls: DatabaseUrls, app: SigerFlask, village: Tenant
) -> None:
    with app.app_context(), tenant_scope(village):
        pid = db.session.scalar(text("SELECT pg_backend_pid()"))
        found = [f for f in examine(urls.owner_url, backend_limit_mb=0) if f.subject == str(pid)]
        assert [f.kind for f in found] == ["backend above its memory"]
        assert not [f for f in examine(urls.owner_url) if f.kind == "backend above its memory"]
