"""The audit log: what is written, in which transaction, and that nobody can take it back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from app.core.audit import changes, record
from app.core.audit.models import PlatformAuditEntry, TenantAuditEntry
from app.core.audit.recording import HIDDEN, presentable
from app.core.hosting import SigerFlask
from app.extensions import db
from tenants.errors import NoTenantScope
from tenants.models import OutboxEntry
from tenants.scope import Tenant, platform_scope, tenant_scope


def waiting(kind: str, tenant_id: uuid.UUID | None) -> int:
    with platform_scope():
        query = select(OutboxEntry.id).where(OutboxEntry.kind == kind, OutboxEntry.tenant_id == tenant_id)
        return len(db.session.scalars(query).all())


def test_entry_stands_only_if_its_transaction_is_committed(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        with tenant_scope(village):
            record("village.changed", summary="dropped")
            db.session.rollback()
            record("village.changed", object_type="village", object_id=village.id, summary="kept")
            db.session.commit()
        with tenant_scope(village):
            entries = db.session.scalars(select(TenantAuditEntry)).all()
    assert [(e.summary, e.actor_id, e.object_id) for e in entries] == [("kept", None, str(village.id))]


def test_many_entries_of_one_transaction_send_one_message_of_each_kind(
    app: SigerFlask, village: Tenant
) -> None:
    with app.app_context():
        with tenant_scope(village):
            for number in range(5):
                record("official.changed", object_id=number)
            db.session.commit()
            record("official.changed", object_id=6)
            db.session.commit()
        assert waiting("dirty", village.id) == 2
        assert waiting("audit", village.id) == 2


def test_message_of_a_rolled_back_savepoint_is_sent_again(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        with tenant_scope(village):
            nested = db.session.begin_nested()
            record("official.changed", object_id=1)
            nested.rollback()
            record("official.changed", object_id=2)
            db.session.commit()
        assert waiting("audit", village.id) == 1


def test_platform_entry_names_the_village_it_is_about(app: SigerFlask, village: Tenant) -> None:
    with app.app_context(), platform_scope():
        record("tenant.suspended", object_type="tenant", object_id=village.id, tenant_id=village.id)
        db.session.commit()
        query = select(PlatformAuditEntry).where(PlatformAuditEntry.tenant_id == village.id)
        assert db.session.scalars(query).one().action == "tenant.suspended"


def test_nothing_is_recorded_outside_of_a_scope(app: SigerFlask) -> None:
    with app.app_context(), pytest.raises(NoTenantScope):
        record("village.changed")


@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
def test_the_database_refuses_to_change_what_was_written(
    app: SigerFlask, village: Tenant, table: str, statement: str
) -> None:
    column, value = ("summary", "'x'") if table == "audit_entry" else ("digest", "'x'")
    with app.app_context():
        with tenant_scope(village), pytest.raises(ProgrammingError, match="permission denied"):
            db.session.execute(text(statement.format(table, column, value)))
        with platform_scope(), pytest.raises(ProgrammingError, match="permission denied"):
            db.session.execute(text(statement.format(f"platform.{table}", column, value)))
        with tenant_scope(village), pytest.raises(ProgrammingError, match="permission denied"):
            db.session.execute(text(f"SELECT * FROM platform.{table}"))


def test_details_hold_no_secret_and_no_novel() -> None:
    kept = presentable(
        {
            "password": "rahasia",
            "nested": {"totp_secret": b"x", "api_token": "siger_abc", "name": "Budi"},
            "long": "a" * 9000,
            "nul": "a\x00b",
            "day": dt.date(2026, 11, 22),
            "codes": {"b", "a"},
            "list": list(range(1000)),
            "nan": float("nan"),
        }
    )
    assert kept["password"] == HIDDEN
    assert kept["nested"] == {"totp_secret": HIDDEN, "api_token": HIDDEN, "name": "Budi"}
    assert len(kept["long"]) == 2000
    assert kept["nul"] == "ab"
    assert kept["day"] == "2026-11-22"
    assert kept["codes"] == ["a", "b"]
    assert len(kept["list"]) == 100
    assert kept["nan"] == "nan"


def test_changes_names_what_differs_alone() -> None:
    assert changes({"name": "A", "phone": ""}, {"name": "B", "phone": "", "title": "Lurah"}) == {
        "before": {"name": "A", "title": None},
        "after": {"name": "B", "title": "Lurah"},
    }


def test_entries_remember_who_and_from_where(app: SigerFlask, make_village: Callable[[], Tenant]) -> None:
    village = make_village()
    with (
        app.test_request_context(
            "/", base_url=f"http://{village.slug}.localhost", environ_base={"REMOTE_ADDR": "10.1.2.3"}
        ),
        tenant_scope(village),
    ):
        record("village.changed")
        db.session.commit()
        assert db.session.scalars(select(TenantAuditEntry.address)).one() == "10.1.2.3"
