"""Making the schemas of all villages, killed at half and taken up again; one more village from a warm spare."""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from app.core.village.seed import seed_village
from tenants.provisioning import BulkReport, make_spares, provision_many, settle_catalogues
from tenants.registry import hosts_changed
from tests.bench import load
from tests.bench.house import BASE_HOST, House, Web, python
from tests.bench.report import ROOT, Report

WORKERS = 2
KEPT_BACK = 5
PATIENCE_SECONDS = 900


def all_villages(house: House, report: Report) -> None:
    """All villages but five: ≤ 0.2 s median each, ≤ 7 minutes in all with two workers, flat, resumable."""
    house.list_villages()
    ids = house.waiting_ids()[:-KEPT_BACK]
    if house.villages():
        raise RuntimeError("this data folder holds villages already; provisioning needs an empty one")
    started = time.monotonic()
    seconds = _killed_at_half(house, ids)
    until_kill = time.monotonic() - started
    half_made = _half_made(house)
    report.say(f"killed (SIGKILL) after {until_kill:.1f} s with {len(seconds)} villages done, started again")
    started = time.monotonic()
    timer = Timer()
    outcome = provision_many(
        house.urls.owner_url, ids, workers=WORKERS, seed=seed_village, progress=timer.note
    )
    resumed = time.monotonic() - started
    started = time.monotonic()
    settle_catalogues(house.urls.owner_url)
    settled = time.monotonic() - started
    done = len(house.villages())
    # Villages that were passed over take no time; the others are those of the second half.
    seconds += timer.seconds[-(done - len(seconds)) :]
    first, last = statistics.median(seconds[:100]), statistics.median(seconds[-100:])
    name = "provisioning"
    report.add(
        name, "median of a village", statistics.median(seconds), "s", at_most=0.2, note="two at a time"
    )
    total = until_kill + resumed + settled
    report.add(
        name, f"all {done}, in all", total, "s", at_most=420, note=f"of it {settled:.1f} s VACUUM, CHECKPOINT"
    )
    report.add(
        name, "last 100 / first 100", last / first, "times", at_most=1.5, note=f"{last:.3f} s / {first:.3f} s"
    )
    report.add(
        name,
        "half-made after SIGKILL",
        half_made,
        "",
        at_most=0,
        note="schemas, roles or rows without each other",
    )
    report.add(name, "failed or missing at the end", len(outcome.failed) + len(ids) - done, "", at_most=0)
    report.add(name, "database afterwards", _database_bytes(house) / 2**20, "MiB")


def one_more(house: House, report: Report) -> None:
    """One more village from a warm spare: ≤ 0.5 s from the officer's click to the village's first page."""
    waiting = house.waiting_ids()[-KEPT_BACK:] or _emptied(house)
    with house.owner() as conn, house.web() as web, house.process("worker"), house.process("scheduler"):
        make_spares(conn, len(waiting))
        cookie = house.sign_in_officer()
        _wait_for_background(house)
        clicks = [_click(house, conn, web, cookie, village) for village in waiting]
    note = f"slowest of {len(clicks)} {max(clicks):.3f} s; through web, outbox, scheduler, queue and worker"
    report.add("spare", "click to first page", statistics.median(clicks), "s", at_most=0.5, note=note)


def _click(
    house: House, conn: psycopg.Connection, web: Web, cookie: dict[str, str], village: uuid.UUID
) -> float:
    """Seconds from sending the form that asks for a village until its front page is there."""
    row = conn.execute("SELECT slug FROM platform.tenant WHERE id = %s", (village,)).fetchone()
    assert row is not None
    host, path = f"{row[0]}.{BASE_HOST}", f"/desa/{village}/siapkan"
    if load.get(web.port, host, "/").status != 404:
        raise RuntimeError(f"{host} answers before it was made")
    form = load.get(web.port, BASE_HOST, path, {**cookie, "Accept-Encoding": "identity"})
    token = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', form.body)
    if token is None:
        raise RuntimeError(f"{path} answered {form.status}, without a form")
    both = {"Cookie": f"{cookie['Cookie']}; {form.headers['set-cookie'].partition(';')[0]}"}
    headers = {**both, "Referer": f"https://{BASE_HOST}{path}"}
    started = time.monotonic()
    answer = load.post(web.port, BASE_HOST, path, {"csrf_token": token[1].decode()}, headers)
    if answer.status != 303:
        raise RuntimeError(f"the form was answered with {answer.status}")
    while time.monotonic() - started < PATIENCE_SECONDS:
        if load.get(web.port, host, "/").status == 200:
            return time.monotonic() - started
        time.sleep(0.01)
    raise RuntimeError("the village never came")


def _wait_for_background(house: House) -> None:
    """Wait until scheduler and worker have delivered and run what waits."""
    house.application  # noqa: B018 - tells the cache where Redis is
    from rq import Worker

    from tenants.cache import cache
    from tenants.schedule import HEARTBEAT_KEY

    until = time.monotonic() + 60
    while time.monotonic() < until:
        if cache.client.get(HEARTBEAT_KEY) and Worker.count(connection=cache.client):
            time.sleep(3)
            return
        time.sleep(0.2)
    raise RuntimeError(
        "worker and scheduler did not start; their logs are in the data folder (choose one with --data)"
    )


class Timer:
    """Seconds per village, seen from the threads that make them."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.last: dict[int, float] = {}
        self.seconds: list[float] = []

    def note(self, outcome: BulkReport) -> None:
        """Called after each village by the thread that made it."""
        thread, moment = threading.get_ident(), time.monotonic()
        self.seconds.append(moment - self.last.get(thread, self.started))
        self.last[thread] = moment


def _killed_at_half(house: House, ids: Sequence[uuid.UUID]) -> list[float]:
    """Provision in a process of its own, kill it when half is done, and return the seconds of each village."""
    notes = house.folder / "provisioned.txt"
    notes.unlink(missing_ok=True)
    order = house.folder / "provision.json"
    order.write_text(json.dumps([str(i) for i in ids]))
    child = subprocess.Popen(
        python("-m", "tests.bench.provisioning", str(order), str(notes)),
        cwd=ROOT,
        env={**os.environ, **house.environment()},
    )
    until = time.monotonic() + PATIENCE_SECONDS
    while child.poll() is None and _lines(notes) < len(ids) // 2:
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    return [float(line) for line in notes.read_text().splitlines() if line.endswith("0")]


def _lines(path: Path) -> int:
    try:
        return path.read_bytes().count(b"\n")
    except OSError:
        return 0


def _half_made(house: House) -> int:
    """Schemas without a row, rows without a schema, villages without a role: after a kill there must be none."""
    with house.owner() as conn:
        _wait_for_orphans(conn)
        row = conn.execute(
            "SELECT (SELECT count(*) FROM pg_namespace n WHERE nspname LIKE 'v\\_%' AND NOT EXISTS "
            "(SELECT 1 FROM platform.tenant_schema s WHERE s.schema_name = n.nspname)) + "
            "(SELECT count(*) FROM platform.tenant_schema s WHERE NOT EXISTS "
            "(SELECT 1 FROM pg_namespace n WHERE n.nspname = s.schema_name)) + "
            "(SELECT count(*) FROM platform.tenant t WHERE t.role_name IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM pg_roles r WHERE r.rolname = t.role_name))"
        ).fetchone()
    assert row is not None
    return int(row[0])


def _wait_for_orphans(conn: psycopg.Connection) -> None:
    """Give PostgreSQL a moment to notice that the killed process is gone and to roll its transactions back."""
    for _ in range(100):
        row = conn.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'siger_owner' AND pid <> pg_backend_pid()"
        ).fetchone()
        if row is not None and row[0] == 0:
            return
        time.sleep(0.1)


def _database_bytes(house: House) -> int:
    with house.owner() as conn:
        row = conn.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])


def _emptied(house: House) -> list[uuid.UUID]:
    """Take the last villages' schemas away again, so that there are some to provision."""
    last = [village.id for village in house.villages()[-KEPT_BACK:]]
    with house.owner() as conn:
        for tenant_id in last:
            row = conn.execute(
                "SELECT schema_name FROM platform.tenant WHERE id = %s", (tenant_id,)
            ).fetchone()
            assert row is not None
            with conn.transaction():
                conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(row[0])))
                conn.execute("DELETE FROM platform.tenant_schema WHERE tenant_id = %s", (tenant_id,))
                conn.execute(
                    "UPDATE platform.tenant SET schema_name = NULL, role_name = NULL, state = 'listed' WHERE id = %s",
                    (tenant_id,),
                )
    house.application  # noqa: B018 - tells the cache where Redis is
    hosts_changed()
    return last


def _child(order: str, notes: str) -> None:
    """The process that is killed at half: provisions and writes the seconds of each village as it goes."""
    import app.models  # noqa: F401 - the baseline is rendered from all models

    ids = [uuid.UUID(text) for text in json.loads(Path(order).read_text())]
    timer = Timer()
    with open(notes, "a", buffering=1) as file:

        def note(outcome: BulkReport) -> None:
            timer.note(outcome)
            file.write(f"{timer.seconds[-1]:.6f}0\n")

        provision_many(
            os.environ["OWNER_DATABASE_URL"], ids, workers=WORKERS, seed=seed_village, progress=note
        )


if __name__ == "__main__":
    _child(sys.argv[1], sys.argv[2])
