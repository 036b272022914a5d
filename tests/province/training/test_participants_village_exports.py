"""A village takes its own lists of training out: invitations, people, tasks; nobody else's, and it is noted."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.core.audit.models import TenantAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.participants.models import TrainingTask
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.province.training.people_at_events import event_for, register, seats, today

FORMULA = "=HYPERLINK(1)"


def sheet(answer: Any) -> list[list[Any]]:
    """The rows of a workbook's first sheet."""
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    found: list[list[Any]] = (
        CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    )
    return found


def test_a_village_takes_its_invitations_people_and_tasks_out(
    app: SigerFlask, village: Tenant, make_village: Callable[[], Tenant], staff: Callable[..., Any]
) -> None:
    neighbour = make_village()
    clerk = staff(village)
    key = event_for(app, village, neighbour, title=FORMULA)
    other = event_for(app, neighbour, title="Hanya tetangga")
    register(clerk, key, "Siti Aminah", phone="081200001111")
    register(staff(neighbour), key, "Orang Tetangga")
    with app.app_context(), platform_scope():
        task = TrainingTask(
            event_id=key, tenant_id=village.id, batch_id=uuid.uuid4(), what="Unggah data penduduk", given_by="Panitia",
            due_on=today() + dt.timedelta(days=9),
        )  # fmt: skip
        db.session.add(task)
        db.session.commit()
    assert "/pelatihan/unduh" in clerk.get("/pelatihan").text
    invitations = str(sheet(clerk.get("/pelatihan/unduh", buffered=True)))
    assert f"'{FORMULA}" in invitations
    assert "Hanya tetangga" not in invitations
    assert f"/pelatihan/{key}/peserta/unduh" in clerk.get(f"/pelatihan/{key}").text
    people = str(sheet(clerk.get(f"/pelatihan/{key}/peserta/unduh", buffered=True)))
    assert "Siti Aminah" in people
    assert f"/ikut/{seats(app, key)['Siti Aminah'].token}" in people
    assert "Orang Tetangga" not in people
    assert clerk.get(f"/pelatihan/{other}/peserta/unduh").status_code == 404
    assert "/pelatihan/tugas/unduh" in clerk.get("/pelatihan/tugas").text
    assert "Unggah data penduduk" in str(sheet(clerk.get("/pelatihan/tugas/unduh", buffered=True)))
    done = sheet(clerk.get("/pelatihan/tugas/unduh?lihat=done", buffered=True))
    assert "Unggah data penduduk" not in str(done)
    with app.app_context(), tenant_scope(village):
        query = select(TenantAuditEntry.details).where(TenantAuditEntry.action == "training.exported")
        lists = {row["list"] for row in db.session.scalars(query)}
    assert lists == {"invitations", "participants", "tasks"}


def test_who_may_only_read_does_not_take_people_out(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any]
) -> None:
    key = event_for(app, village)
    register(staff(village), key, "Siti Aminah")
    cadre = staff(village, "cadre")
    assert "peserta/unduh" not in cadre.get(f"/pelatihan/{key}").text
    assert cadre.get(f"/pelatihan/{key}/peserta/unduh").status_code == 403
