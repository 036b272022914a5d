"""How much memory PostgreSQL's backends hold of their own after requests over all villages."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.bench import load
from tests.bench.bouncer import pgbouncer
from tests.bench.house import House, children
from tests.bench.report import Report

REQUESTS = 20_000
LIMIT_MB = 300
EVERY_SECONDS = 0.25
APPLICATION = b"postgres: siger_app"
OWN = re.compile(r"^RssAnon:\s+(\d+) kB", re.MULTILINE)


def direct(house: House, report: Report) -> None:
    """20,000 requests over all villages, straight to PostgreSQL: no backend above 300 MB of its own."""
    _measure(house, report, "memory", {})


def behind_pgbouncer(house: House, report: Report) -> None:
    """The same behind PgBouncer in transaction mode, with the settings of deploy/pgbouncer: no backend above 300 MB."""
    house.ensure_villages()
    with pgbouncer(house) as url:
        _measure(house, report, "pgbouncer", {"DATABASE_URL": url})


class Watch:
    """Looks at the application's backends a few times a second, from outside: nothing is asked of PostgreSQL."""

    def __init__(self, postmaster: int) -> None:
        self.postmaster = postmaster
        self.largest: dict[int, int] = {}
        self.most_at_once = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self.look()

    def look(self) -> dict[int, int]:
        """Bytes that each of the application's backends holds of its own now, shared memory apart."""
        found = {}
        for pid in children(self.postmaster):
            try:
                if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(APPLICATION):
                    own = OWN.search(Path(f"/proc/{pid}/status").read_text())
                    found[pid] = int(own[1]) * 1024 if own else 0
            except OSError:
                continue
        for pid, size in found.items():
            self.largest[pid] = max(size, self.largest.get(pid, 0))
        self.most_at_once = max(self.most_at_once, sum(found.values()))
        return found


def _measure(house: House, report: Report, name: str, changes: dict[str, str]) -> None:
    hosts: Sequence[str] = [village.host for village in house.ensure_villages()]
    postmaster = house.servers.postgres.pid
    assert postmaster is not None
    requests = [load.request_bytes(host, "/") for host in load.everyone(hosts, REQUESTS)]
    with house.web(PAGE_CACHE="false", **changes) as web, Watch(postmaster) as watch:
        outcome = load.run(web.port, requests, 8)
        at_end = watch.look()
    if set(outcome.statuses) != {200}:
        raise RuntimeError(f"answers were not all 200: {dict(outcome.statuses)}")
    if not watch.largest:
        raise RuntimeError("no backend of the application was seen")
    largest = max(watch.largest.values()) / 1e6
    end = max(at_end.values(), default=0) / 1e6
    note = f"{len(watch.largest)} backends lived, {len(requests):,} requests over {len(hosts):,} villages"
    report.add(name, "largest backend ever", largest, "MB", at_most=LIMIT_MB, note=note)
    report.add(
        name, "largest backend at the end", end, "MB", at_most=LIMIT_MB, note=f"{len(at_end)} backends"
    )
    report.add(name, "all backends at once", watch.most_at_once / 1e6, "MB")
    report.add(name, "rate meanwhile", outcome.rate, "req/s")
