"""PostgreSQL killed (SIGKILL) while villages are written to: how long until it, and the web, answer again."""

from __future__ import annotations

import threading
import time

import psycopg
from psycopg import sql

from tenants.bootstrap import libpq_url
from tests.bench import load
from tests.bench.house import House
from tests.bench.report import Report

WRITE_SECONDS = 8.0
PATIENCE_SECONDS = 120.0


def after_kill(house: House, report: Report) -> None:
    """The server killed (SIGKILL) with 2,651 villages while they are written to: back within 30 s."""
    villages = house.ensure_villages()
    with house.owner() as conn:
        schemas = [
            row[0] for row in conn.execute("SELECT schema_name FROM platform.tenant_schema ORDER BY 1")
        ]
        conn.execute("CHECKPOINT")
    with house.web(PAGE_CACHE="false") as web:
        _must_answer(web.port, villages[0].host)
        written = _write_until_killed(house, schemas)
        started = time.monotonic()
        house.servers.postgres.start()
        with psycopg.connect(libpq_url(house.urls.app_url), prepare_threshold=None) as conn:
            conn.execute("SELECT 1")
        back = time.monotonic() - started
        page = None
        while time.monotonic() - started < PATIENCE_SECONDS:
            if load.get(web.port, villages[0].host, "/").status == 200:
                page = time.monotonic() - started
                break
            time.sleep(0.05)
        _must_answer(web.port, villages[-1].host)
    note = f"killed amid {written} committed writes in {WRITE_SECONDS:.0f} s, no checkpoint since"
    report.add("recovery", f"a query answers, {len(villages)} villages", back, "s", at_most=30, note=note)
    if page is None:
        raise RuntimeError(f"no page within {PATIENCE_SECONDS:.0f} s")
    report.add("recovery", "a page answers, web not restarted", page, "s", at_most=30)


def _write_until_killed(house: House, schemas: list[str]) -> int:
    """Update every village in turn; end the server as a power cut would while that goes on. Returns commits."""
    commits = 0

    def write() -> None:
        nonlocal commits
        try:
            with psycopg.connect(
                libpq_url(house.urls.owner_url), autocommit=True, prepare_threshold=None
            ) as conn:
                while True:
                    for schema in schemas:
                        table = sql.Identifier(schema, "official")
                        conn.execute(sql.SQL("UPDATE {} SET sort_order = sort_order + 1").format(table))
                        commits += 1
        except psycopg.Error:
            return

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(WRITE_SECONDS)
    house.servers.postgres.kill()
    writer.join()
    return commits


def _must_answer(port: int, host: str) -> None:
    answer = load.get(port, host, "/")
    if answer.status != 200:
        raise RuntimeError(f"{host} answered {answer.status}")
