"""What the demo's registers hold besides people: written by the services, once, and only where staff is at work."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.accounts.models import Membership
from app.core.audit.models import TenantAuditEntry
from app.core.files.pdf_check import check_pdf
from app.core.hosting import SigerFlask
from app.core.privacy.vault import open_vault
from app.core.village.models import SubArea
from app.demo.pictures import portrait, scan
from app.demo.register_life import KEPT_YEARS, seed_register_life
from app.demo.residents import settle_village
from app.extensions import db
from app.government.residents.checking import differences
from app.government.residents.imports.storing import get_part
from app.government.residents.models import DataRequest, ImportRun, Resident, ResidentDocument
from app.government.residents.rights.queries import find_request, request_page
from app.government.residents.rights.retention import retention
from tenants.models import TenantJobRun, TenantRow, now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.people import make_account
from tests.support.work import settle


@pytest.fixture
def keeper(app: SigerFlask, village: Tenant) -> str:
    """Somebody who keeps the register of a village in which 200 people live, and did something yesterday."""
    made = make_account(app, tenant=village, role="secretary")
    with app.app_context(), tenant_scope(village):
        db.session.add(SubArea(kind="sub_area", name="Dusun 1"))
        db.session.commit()
        assert settle_village(200) is not None
    return str(made.name)


def _worked(app: SigerFlask, village: Tenant, *, days_ago: int) -> None:
    with app.app_context():
        with platform_scope():
            who = db.session.scalar(select(Membership.account_id).where(Membership.tenant_id == village.id))
        with tenant_scope(village):
            at = now() - dt.timedelta(days=days_ago)
            db.session.add(
                TenantAuditEntry(at=at, actor_id=who, actor_name="x", action="sub_area.changed", details={})
            )
            db.session.commit()


def _fill(app: SigerFlask, village: Tenant, *, rich: bool) -> int:
    with app.app_context():
        with platform_scope():
            rows = [db.session.get_one(TenantRow, village.id)]
            db.session.expunge_all()
        return seed_register_life(rows, richest=[village.code] if rich else [])


def _count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_register_is_filled_once_and_stays_sound(app: SigerFlask, village: Tenant, keeper: str) -> None:
    _worked(app, village, days_ago=1)
    assert _fill(app, village, rich=True) == 1
    with app.app_context(), tenant_scope(village):
        waiting, closed = request_page("open"), request_page("closed")
        assert [(line.kind, line.is_late) for line in waiting.lines] == [
            ("access", False),
            ("correction", False),
        ]
        assert waiting.lines[0].due_at - now() < dt.timedelta(hours=26)
        assert {line.received_by for line in (*waiting.lines, *closed.lines)} == {keeper}
        assert len(closed.lines) == 2
        assert all(
            line.answered_at and line.created_at < line.answered_at < line.due_at for line in closed.lines
        )
        found = find_request(closed.lines[0].id)
        assert found is not None
        assert found.said["answer"]
        kinds = set(db.session.scalars(select(ResidentDocument.media_type)))
        assert kinds == {"image/jpeg", "application/pdf"}
        assert _count(ResidentDocument) > 12
        portraits = select(func.count()).where(Resident.photo_document_id.is_not(None))
        assert db.session.scalar(portraits) == 6
        assert retention().years == KEPT_YEARS
        assert retention().affected[KEPT_YEARS] == 0
        applied, ready = db.session.scalars(select(ImportRun).order_by(ImportRun.created_at))
        assert (applied.state, applied.counts["rejected"], applied.counts["conflicts"]) == ("applied", 0, 0)
        assert applied.counts["applied_new"] >= 5
        assert applied.counts["applied_changed"] >= 5
        assert (ready.state, ready.counts["rows"], ready.counts["rejected"]) == ("ready", 25, 6)
        assert ready.counts["warned"] == 1
        reasons = {str(line) for line in get_part(ready.id, "rejected", open_vault())}
        assert len(reasons) == 6
        assert list(differences(sealed=True)) == []
        before = [
            _count(model) for model in (DataRequest, ResidentDocument, ImportRun, TenantJobRun, Resident)
        ]
    assert _fill(app, village, rich=True) == 0, "who starts a second time finds it there"
    settle(app)
    with app.app_context(), tenant_scope(village):
        models = (DataRequest, ResidentDocument, ImportRun, TenantJobRun, Resident)
        assert [_count(model) for model in models] == before, "the queue's copies of the jobs find them done"
        assert set(db.session.scalars(select(TenantJobRun.state))) == {"done"}


def test_other_villages_show_a_little_of_it(app: SigerFlask, village: Tenant, keeper: str) -> None:
    _worked(app, village, days_ago=1)
    assert _fill(app, village, rich=False) == 1
    with app.app_context(), tenant_scope(village):
        assert (_count(DataRequest), _count(ImportRun)) == (2, 0)
        assert 2 <= _count(ResidentDocument) <= 3
        assert retention().years == 0


def test_a_village_that_fell_silent_stays_silent(app: SigerFlask, village: Tenant, keeper: str) -> None:
    _worked(app, village, days_ago=30)
    assert _fill(app, village, rich=True) == 0
    with app.app_context(), tenant_scope(village):
        assert (_count(DataRequest), _count(ResidentDocument), _count(ImportRun)) == (0, 0, 0)


def test_pictures_are_the_same_each_time_and_differ_from_each_other(app: SigerFlask) -> None:
    drawn = portrait.__wrapped__
    assert drawn(1, woman=True, child=False) == portrait(1, woman=True, child=False)
    faces = {portrait(n, woman=n % 2 == 0, child=n == 3, scarf=n == 2) for n in range(6)}
    assert len(faces) == 6
    with app.test_request_context():
        check_pdf(scan("IJAZAH", 1, as_pdf=True))
    assert scan("IJAZAH", 1, as_pdf=False)[:2] == b"\xff\xd8"
