"""Migrating all villages: canary first, each whole or not at all, goes on where it stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
import uuid
from collections.abc import Callable

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import create_engine

from tenants import migrations
from tenants.bootstrap import libpq_url
from tenants.database import PlatformModel
from tenants.migrations import Revision, migrate_all
from tenants.provisioning import make_spares
from tenants.scope import Tenant
from tests.support.servers import DatabaseUrls, make_database

NEXT = Revision(
    id="9999_next",
    down=None,
    statements=(
        "ALTER TABLE official ADD COLUMN nickname text",
        "CREATE INDEX ix_official_nickname ON official (nickname)",
    ),
)


@pytest.fixture
def own_database(urls: DatabaseUrls) -> DatabaseUrls:
    """A database of this test alone, since migrating touches every schema."""
    name = f"siger_mig_{uuid.uuid4().hex[:8]}"
    return make_database(name)


@pytest.fixture
def schemas(own_database: DatabaseUrls) -> list[str]:
    """Twelve schemas at the head."""
    with psycopg.connect(libpq_url(own_database.owner_url), autocommit=True) as conn:
        make_spares(conn, 12)
        return [r[0] for r in conn.execute("SELECT schema_name FROM platform.tenant_schema ORDER BY 1")]


@pytest.fixture
def with_next(monkeypatch: pytest.MonkeyPatch) -> Revision:
    """A history with one revision more."""
    history = (*migrations.revisions(), NEXT)
    monkeypatch.setattr(migrations, "revisions", lambda: history)
    monkeypatch.setattr(migrations, "head_revision", lambda: NEXT.id)
    return NEXT


def _migrated(urls: DatabaseUrls) -> set[str]:
    query = (
        "SELECT n.nspname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'official' AND a.attname = 'nickname'"
    )
    with psycopg.connect(libpq_url(urls.owner_url)) as conn:
        return {r[0] for r in conn.execute(query)}


def _recorded(urls: DatabaseUrls) -> set[str]:
    with psycopg.connect(libpq_url(urls.owner_url)) as conn:
        rows = conn.execute("SELECT schema_name FROM platform.tenant_schema WHERE revision = %s", (NEXT.id,))
        return {r[0] for r in rows}


def test_nothing_to_do_is_found_by_one_query(own_database: DatabaseUrls, schemas: list[str]) -> None:
    report = migrate_all(own_database.owner_url)
    assert (report.total, report.done, report.failed) == (0, [], {})


def test_every_schema_gets_the_revision_and_its_row(
    own_database: DatabaseUrls, schemas: list[str], with_next: Revision
) -> None:
    steps: list[int] = []
    report = migrate_all(own_database.owner_url, progress=lambda r: steps.append(len(r.done)))
    assert sorted(report.done) == schemas
    assert steps[0] == 1, "the canary goes alone"
    assert len(steps) == 12
    assert _migrated(own_database) == _recorded(own_database) == set(schemas)


def test_a_failing_canary_stops_the_run(
    own_database: DatabaseUrls, schemas: list[str], with_next: Revision
) -> None:
    with psycopg.connect(libpq_url(own_database.owner_url), autocommit=True) as conn:
        conn.execute(
            sql.SQL("ALTER TABLE {} ADD COLUMN nickname text").format(sql.Identifier(schemas[0], "official"))
        )
    report = migrate_all(own_database.owner_url)
    assert list(report.failed) == [schemas[0]]
    assert report.done == []
    assert _recorded(own_database) == set()


def test_one_villages_failure_is_its_own_and_is_taken_up_again(
    own_database: DatabaseUrls, schemas: list[str], with_next: Revision
) -> None:
    bad = schemas[5]
    with psycopg.connect(libpq_url(own_database.owner_url), autocommit=True) as conn:
        table = sql.Identifier(bad, "official")
        conn.execute(sql.SQL("ALTER TABLE {} ADD COLUMN nickname text").format(table))
        report = migrate_all(own_database.owner_url)
        assert list(report.failed) == [bad]
        assert len(report.done) == 11
        row = conn.execute(
            "SELECT status, error FROM platform.tenant_schema WHERE schema_name = %s", (bad,)
        ).fetchone()
        assert row is not None
        assert row[0] == "failed"
        assert "already exists" in row[1]
        conn.execute(sql.SQL("ALTER TABLE {} DROP COLUMN nickname").format(table))
    again = migrate_all(own_database.owner_url)
    assert again.done == [bad]
    assert _recorded(own_database) == set(schemas)


def test_a_locked_village_is_not_waited_for(
    own_database: DatabaseUrls, schemas: list[str], with_next: Revision
) -> None:
    busy = schemas[7]
    with psycopg.connect(libpq_url(own_database.owner_url)) as conn:
        conn.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.Identifier(busy, "official")))
        report = migrate_all(own_database.owner_url, lock_timeout_ms=100)
        assert list(report.failed) == [busy]
        assert "lock timeout" in report.failed[busy]
    assert migrate_all(own_database.owner_url).done == [busy]


KILLED = """
import sys, time
import app.models
from tenants import migrations
from tests.tenants.test_migrations import NEXT
history = (*migrations.revisions(), NEXT)
migrations.revisions = lambda: history
migrations.head_revision = lambda: NEXT.id
def slow(report):
    print(len(report.done), flush=True)
    time.sleep(0.05)
migrations.migrate_all(sys.argv[1], progress=slow)
"""


def test_killed_in_the_middle_then_resumed(
    own_database: DatabaseUrls, schemas: list[str], with_next: Revision
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, own_database.owner_url], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    while int(child.stdout.readline()) < 4:
        pass
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    half = _recorded(own_database)
    assert half == _migrated(own_database)
    assert 0 < len(half) < 12
    report = migrate_all(own_database.owner_url)
    assert set(report.done) == set(schemas) - half
    assert _migrated(own_database) == _recorded(own_database) == set(schemas)


def test_a_revision_from_the_future_is_named(
    own_database: DatabaseUrls, schemas: list[str], with_next: Revision, make_village: Callable[[], Tenant]
) -> None:
    with psycopg.connect(libpq_url(own_database.owner_url), autocommit=True) as conn:
        conn.execute(
            "UPDATE platform.tenant_schema SET revision = '0042' WHERE schema_name = %s", (schemas[0],)
        )
    report = migrate_all(own_database.owner_url)
    assert "newer version" in report.failed[schemas[0]]


def test_the_platforms_history_makes_what_its_models_say(urls: DatabaseUrls) -> None:
    def ours(name: str | None, kind: str, parents: object) -> bool:
        return name == "platform" if kind == "schema" else name != "alembic_version"

    engine = create_engine(urls.owner_url)
    with engine.connect() as connection:
        options = {"include_schemas": True, "include_name": ours, "version_table_schema": "platform"}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, PlatformModel.metadata) == []
    engine.dispose()
