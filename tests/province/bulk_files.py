"""Workbooks of villages, and what tests ask of a bulk run."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.onboarding.bulk.models import BulkRow, BulkRun
from tenants.models import TenantRow
from tenants.scope import platform_scope
from tests.support.work import settle
from tests.support.workbooks import xlsx

HEADER = (
    "Kode", "Nama", "Kecamatan", "Kabupaten/kota", "Alamat situs", "Nama kontak", "Jabatan", "Surel", "Telepon",
)  # fmt: skip


def listed(app: SigerFlask, codes: Iterator[str], count: int = 1) -> list[TenantRow]:
    """Villages that nobody has prepared yet."""
    wanted = [next(codes) for _ in range(count)]
    with app.app_context(), platform_scope():
        found = {
            row.code: row for row in db.session.scalars(select(TenantRow).where(TenantRow.code.in_(wanted)))
        }
        db.session.expunge_all()
    return [found[code] for code in wanted]


def line(row: TenantRow, **changes: Any) -> list[Any]:
    """A row of the workbook as an office fills it in."""
    values = {
        "code": row.code, "name": row.name, "district": row.district_name, "regency": row.regency_name, "slug": "",
        "contact": "Siti Aminah", "title": "Sekretaris Desa", "email": f"kontak{uuid.uuid4().hex[:10]}@contoh.test",
        "phone": "", **changes,
    }  # fmt: skip
    return list(values.values())


def workbook(*rows: Sequence[Any], header: Sequence[str] = HEADER) -> bytes:
    """A workbook with these rows."""
    return xlsx(("Desa", [header, *rows]))


def send(app: SigerFlask, office: Any, data: bytes, name: str = "desa.xlsx") -> str:
    """Send a workbook through the page and let its dry run be done; return its page's path."""
    answer = office.submit("/pendaftaran/massal", {"file": (io.BytesIO(data), name)})
    assert answer.status_code == 303, answer.text
    settle(app)
    return str(answer.headers["Location"])


def start(office: Any, path: str) -> Any:
    """Press the button of the dry run's page."""
    page = office.get(path).text
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    return office.submit(f"{path}/siapkan", {"digest": found[1] if found else ""}, form=path)


def kept(app: SigerFlask, path: str) -> tuple[BulkRun, list[BulkRow]]:
    """A workbook and its rows as they stand."""
    key = uuid.UUID(path.rsplit("/", 1)[-1])
    with app.app_context(), platform_scope():
        run = db.session.get_one(BulkRun, key)
        rows = list(db.session.scalars(select(BulkRow).where(BulkRow.run_id == key).order_by(BulkRow.number)))
        db.session.expunge_all()
    return run, rows


def village_of(app: SigerFlask, row: TenantRow) -> TenantRow:
    """A village as it stands in the registry now."""
    with app.app_context(), platform_scope():
        found = db.session.get_one(TenantRow, row.id)
        db.session.expunge_all()
    return found
