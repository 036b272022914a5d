"""An import in a process of its own, timed: python -m tests.bench.importing CODE FILE; its last line is JSON.

What web and worker do, one after the other: the upload is kept, read, checked and applied by the jobs themselves.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from app import create_app
from app.core.accounts.models import Account
from app.extensions import db
from app.government.residents.imports import services
from app.government.residents.imports.columns import TARGETS
from app.government.residents.models import ImportRun
from app.government.residents.synthetic import generate
from app.settings import Settings
from tenants.jobs import run_job
from tenants.models import OutboxEntry
from tenants.registry import find_tenant
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.bench.towns import DAY
from tests.support.workbooks import xlsx

ROWS = 10_000


def main(code: str, file: Path) -> None:
    """Import a workbook into an empty village and say how long each part took."""
    app = create_app(Settings())
    with app.app_context():
        tenant = find_tenant(code)
        with platform_scope():
            account = Account(email=f"{uuid.uuid4().hex}@bench.example", name="Siti Rohmah")
            db.session.add(account)
            db.session.commit()
            asker = services.Asker(account.id, account.name, may_health=True)
        apart(lambda: _start(tenant, file, asker))
        read = work(tenant)
        apart(lambda: _choose(tenant, asker))
        check = work(tenant)
        apart(lambda: _apply(tenant, asker))
        apply = work(tenant)
        with tenant_scope(tenant):
            run = _run()
            if run.state != "applied":
                raise SystemExit(f"the import ended as {run.state}: {run.error}")
            counts = dict(run.counts)
    told = {
        "rows": counts.get("rows", 0),
        "new": counts.get("new", 0),
        "megabytes": file.stat().st_size / 1e6,
        "read": read.seconds,
        "check": check.seconds,
        "apply": apply.seconds,
        "cpu": check.cpu + apply.cpu,
        "own_mb": max(check.megabytes, apply.megabytes),
        "child_mb": read.megabytes,
    }
    print(json.dumps(told))


def _run() -> ImportRun:
    return db.session.scalars(select(ImportRun).order_by(ImportRun.created_at.desc()).limit(1)).one()


def _start(tenant: Tenant, file: Path, asker: services.Asker) -> None:
    with tenant_scope(tenant):
        services.start_import(file.read_bytes(), file.name, asker)


def _choose(tenant: Tenant, asker: services.Asker) -> None:
    with tenant_scope(tenant):
        run = _run()
        chosen = {number: name for number, name in run.mapping["columns"].items() if name}
        services.choose_columns(run.id, chosen, asker)


def _apply(tenant: Tenant, asker: services.Asker) -> None:
    with tenant_scope(tenant):
        run = _run()
        services.apply_import(
            run.id, happened_on=None, make_areas=True, note="contoh", expected=run.row_version, asker=asker
        )


@dataclass(frozen=True, slots=True)
class Work:
    """What a piece of work took: seconds by the clock, seconds of CPU, the largest memory of its process in MB."""

    seconds: float
    cpu: float
    megabytes: float


def work(tenant: Tenant) -> Work:
    """Do what was asked for in the background as the worker does it: in a process that is forked for it."""
    with platform_scope():
        mine = (OutboxEntry.kind == "job") & (OutboxEntry.tenant_id == tenant.id)
        query = select(OutboxEntry).where(mine).order_by(OutboxEntry.id)
        waiting = [row.payload for row in db.session.scalars(query)]
        db.session.execute(delete(OutboxEntry).where(mine))
        db.session.commit()

    def run() -> None:
        for payload in waiting:
            run_job(payload["name"], str(tenant.id), payload["arguments"])

    return apart(run)


def apart(function: Callable[[], None]) -> Work:
    """Call a function in a forked process. This one opens no object storage, whose threads a fork would lose."""
    db.engine.dispose()
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        try:
            function()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit("the work in the background failed")
    return Work(time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)


def workbook(code: str) -> bytes:
    """A workbook in the exchange format with `ROWS` people in it, as villages have them."""
    columns = [target for target in TARGETS if target.kind == "resident" or target.name == "kk"]
    rows: list[list[Any]] = [[target.heading for target in columns] + ["dusun", "rw", "rt"]]
    for number, home in enumerate(generate(code, ROWS, 18, (), DAY)):
        where = [f"Dusun {number % 4 + 1}", "", f"{number % 12 + 1:03}"]
        for person in home["members"]:
            known = {**person, "kk": home["kk"], "pregnant": {True: 1, False: 0}.get(person.get("pregnant"))}  # type: ignore[arg-type]
            rows.append([known.get(target.field) for target in columns] + where)
    return xlsx(("Data Penduduk", rows))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
