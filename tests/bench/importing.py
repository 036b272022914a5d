"""An import in a process of its own, timed: python -m tests.bench.importing CODE FILE; its last line is JSON.

What web and worker do, one after the other: the upload is kept, read, checked and applied by the jobs themselves.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import uuid
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
    data = file.read_bytes()
    app = create_app(Settings())
    with app.app_context():
        tenant = find_tenant(code)
        with platform_scope():
            account = Account(email=f"{uuid.uuid4().hex}@bench.example", name="Siti Rohmah")
            db.session.add(account)
            db.session.commit()
            asker = services.Asker(account.id, account.name, may_health=True)
        with tenant_scope(tenant):
            started = services.start_import(data, "penduduk.xlsx", asker)
        read = work(tenant)
        with tenant_scope(tenant):
            run = db.session.get_one(ImportRun, started)
            chosen = {number: name for number, name in run.mapping["columns"].items() if name}
            services.choose_columns(started, chosen, asker)
        begun = time.process_time()
        check = work(tenant)
        with tenant_scope(tenant):
            run = db.session.get_one(ImportRun, started)
            counts, version = dict(run.counts), run.row_version
            services.apply_import(
                started, happened_on=None, make_areas=True, note="contoh", expected=version, asker=asker
            )
        apply = work(tenant)
        with tenant_scope(tenant):
            run = db.session.get_one(ImportRun, started)
            if run.state != "applied":
                raise SystemExit(f"the import ended as {run.state}: {run.error}")
    told = {
        "rows": counts.get("rows", 0),
        "new": counts.get("new", 0),
        "megabytes": len(data) / 1e6,
        "read": read,
        "check": check,
        "apply": apply,
        "cpu": time.process_time() - begun,
        "own_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "child_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000,
    }
    print(json.dumps(told))


def work(tenant: Tenant) -> float:
    """Do what was asked for in the background, as the worker would; return the seconds."""
    with platform_scope():
        mine = (OutboxEntry.kind == "job") & (OutboxEntry.tenant_id == tenant.id)
        waiting = [
            row.payload
            for row in db.session.scalars(select(OutboxEntry).where(mine).order_by(OutboxEntry.id))
        ]
        db.session.execute(delete(OutboxEntry).where(mine))
        db.session.commit()
    started = time.perf_counter()
    for payload in waiting:
        run_job(payload["name"], str(tenant.id), payload["arguments"])
    return time.perf_counter() - started


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
