"""Migrating all villages, beside the same statements sent by psycopg with nothing around them."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tenants import bootstrap, migrations
from tenants.bootstrap import libpq_url
from tests.bench.house import House
from tests.bench.report import Report

WORKERS = 2
ROUNDS = 3
CHANGE = (
    "ALTER TABLE official ADD COLUMN bench_note text",
    "CREATE INDEX ix_official_bench_note ON official (bench_note)",
)
UNDO = ("ALTER TABLE official DROP COLUMN bench_note",)
REVISION = '''"""One column and one index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "bench_note"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("official", sa.Column("bench_note", sa.Text(), nullable=True))
    op.create_index("ix_official_bench_note", "official", ["bench_note"])
'''


def all_villages(house: House, report: Report) -> None:
    """Nothing to do: ≤ 0.3 s. One column and one index: ≤ 8 s and ≤ 3 times the raw DDL sent by psycopg."""
    villages = house.ensure_villages()
    url = house.urls.owner_url
    idle: list[float] = []
    for _ in range(5):
        started = time.monotonic()
        outcome = migrations.migrate_all(url, workers=WORKERS)
        idle.append(time.monotonic() - started)
        if outcome.total:
            raise RuntimeError("villages were behind before the benchmark began")
    report.add("migrating", "nothing to do", statistics.median(idle), "s", at_most=0.3, note="median of 5")
    ours, raw = measured_rounds(house)
    if not ours:
        raise RuntimeError("no round was measured")
    engine, baseline = statistics.median(ours), statistics.median(raw)
    name = f"column and index, {len(villages)}"
    note = f"median of {ROUNDS}, {engine / len(villages) * 1000:.2f} ms a village"
    report.add("migrating", name, engine, "s", at_most=8, note=note)
    report.add(
        "migrating", "the same as raw DDL", baseline, "s", note=f"psycopg, {WORKERS} connections, pipeline"
    )
    report.add("migrating", "engine / raw DDL", engine / baseline, "times", at_most=3)


def measured_rounds(house: House) -> tuple[list[float], list[float]]:
    """Seconds of the engine's migration and of the raw statements, in turns; all schemas are as before afterwards."""
    ours: list[float] = []
    raw: list[float] = []
    schemas = _schemas(house)
    for _ in range(ROUNDS):
        raw.append(_replay(house, schemas, CHANGE))
        _replay(house, schemas, UNDO)
        with scratch_revision() as head:
            started = time.monotonic()
            outcome = migrations.migrate_all(house.urls.owner_url, workers=WORKERS)
            ours.append(time.monotonic() - started)
            with house.owner() as conn:
                _replay(house, schemas, UNDO)
                conn.execute("UPDATE platform.tenant_schema SET revision = %s", (head,))
        if outcome.failed or len(outcome.done) != len(schemas):
            raise RuntimeError(f"{len(outcome.failed)} villages failed, {len(outcome.done)} done")
    return ours, raw


@contextmanager
def scratch_revision() -> Iterator[str]:
    """A newest revision that exists for the length of the block only; yields the one before it."""
    before = migrations.head_revision()
    real = bootstrap.MIGRATIONS
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "migrations"
        shutil.copytree(real, copy)
        (copy / "tenant" / "versions" / "bench_note.py").write_text(REVISION.format(head=before))
        bootstrap.MIGRATIONS = copy
        _forget()
        try:
            yield before
        finally:
            bootstrap.MIGRATIONS = real
            _forget()


def _forget() -> None:
    for kept in (migrations._script, migrations.head_revision, migrations.revisions):
        kept.cache_clear()


def _schemas(house: House) -> list[str]:
    with house.owner() as conn:
        query = "SELECT schema_name FROM platform.tenant_schema ORDER BY schema_name"
        return [row[0] for row in conn.execute(query)]


def _replay(house: House, schemas: Sequence[str], statements: Sequence[str]) -> float:
    """The statements in each schema, a transaction for each, on two connections; returns the seconds it took."""
    queue, lock = iter(schemas), threading.Lock()
    url = libpq_url(house.urls.owner_url)

    def work() -> None:
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as conn:
            while True:
                with lock:
                    schema = next(queue, None)
                if schema is None:
                    return
                with conn.transaction(), conn.pipeline():
                    conn.execute("SET LOCAL synchronous_commit = off")
                    conn.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
                    for statement in statements:
                        conn.execute(statement)  # type: ignore[call-overload]

    started = time.monotonic()
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        for future in [pool.submit(work) for _ in range(WORKERS)]:
            future.result()
    return time.monotonic() - started
