"""The bulk route: the dry run of a workbook with every village of the province, then a hundred of them prepared."""

from __future__ import annotations

import time
import uuid

from sqlalchemy import delete, select

from app.core.accounts.loading import build_actor
from app.core.accounts.models import Account, Membership
from app.core.actors import Actor
from app.extensions import db
from app.province.onboarding.bulk import services
from app.province.onboarding.bulk.columns import FIELDS
from app.province.onboarding.bulk.executing import prepare
from app.province.onboarding.bulk.models import BulkRow, BulkRun
from tenants.jobs import run_job
from tenants.models import OutboxEntry, TenantRow, now
from tenants.scope import platform_scope
from tests.bench.house import House
from tests.bench.report import Report
from tests.support.workbooks import xlsx

DRY_RUN_SECONDS = 5
PREPARED = 100


def bulk(house: House, report: Report) -> None:
    """A workbook of all villages: dry run ≤ 5 s, from the file to the last row; then 100 villages are prepared."""
    house.list_villages()
    with house.application.app_context(), platform_scope():
        by = _officer()
        rows = db.session.scalars(select(TenantRow).order_by(TenantRow.code)).all()
        data = _workbook(list(rows))
        started = time.monotonic()
        bulk_id = services.send(data, "desa.xlsx", by=by)
        run = db.session.get_one(BulkRun, bulk_id)
        arguments = {"bulk_id": str(bulk_id), "region_code": "18", "run_id": str(run.check_id)}
    with house.application.app_context():
        run_job(services.CHECK, None, arguments)
        seconds = time.monotonic() - started
        with platform_scope():
            counts = dict(db.session.get_one(BulkRun, bulk_id).counts)
        report.add(
            "bulk", f"dry run of {counts['rows']:,} rows", seconds, "s", at_most=DRY_RUN_SECONDS,
            note=f"kept, read by a child, checked, written; {counts['error']} rejected",
        )  # fmt: skip
        _prepare(report, bulk_id)


def _prepare(report: Report, bulk_id: uuid.UUID) -> None:
    with platform_scope():
        digest = db.session.get_one(BulkRun, bulk_id).digest.hex()
        services.start(bulk_id, digest, by=_officer())
        able = select(BulkRow.tenant_id).where(BulkRow.run_id == bulk_id, BulkRow.outcome == "waiting")
        ids = [one for one in db.session.scalars(able.order_by(BulkRow.number).limit(PREPARED)) if one]
        db.session.execute(delete(OutboxEntry))
        db.session.commit()
        started = time.monotonic()
        for tenant_id in ids:
            prepare(bulk_id, tenant_id, office="18", decides_for="18")
        seconds = time.monotonic() - started
        done = select(BulkRow.number).where(BulkRow.run_id == bulk_id, BulkRow.outcome == "done")
        made = len(db.session.scalars(done).all())
    if made != len(ids):
        raise RuntimeError(f"{made} of {len(ids)} villages were prepared")
    if made:
        report.add(
            "bulk", "villages prepared", made / seconds, "a second",
            note=f"{made} by one worker: application, schema, address, first account",
        )  # fmt: skip


def _workbook(rows: list[TenantRow]) -> bytes:
    header = [str(label) for label, _width in FIELDS.values()]
    lines = [
        [
            row.code, row.name, row.district_name, row.regency_name, row.slug, f"Kontak {row.name}",
            "Sekretaris", f"{row.slug}@bench.example", "0812-0000-1234",
        ]
        for row in rows
    ]  # fmt: skip
    return xlsx(("Desa", [header, *lines]))


def _officer() -> Actor:
    account = Account(email=f"{uuid.uuid4().hex}@bench.example", name="Ratna Dewi", totp_confirmed_at=now())
    db.session.add(account)
    db.session.flush()
    db.session.add(Membership(account_id=account.id, role="province_admin", region_code="18"))
    db.session.commit()
    actor = build_actor(account.id, None)
    if actor is None:
        raise RuntimeError("the officer has no role")
    return actor
