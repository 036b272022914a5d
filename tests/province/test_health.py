"""How villages fare: on the page, in the API and for Prometheus; each officer sees the own region alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.copies.models import VillageHealth
from app.province.copies.words import size
from tenants import outbox
from tenants.models import OutboxEntry, TenantRow, TenantSchema, now
from tenants.scope import Tenant, platform_scope
from tests.support.copies import copy_now
from tests.support.people import Person, make_account
from tests.support.programs import Program

Officer = Callable[..., Person]


def _old(app: SigerFlask, village: Tenant) -> None:
    """Let the village be a month old: it should have a copy by now."""
    with app.app_context(), platform_scope():
        old = update(TenantRow).where(TenantRow.id == village.id)
        db.session.execute(old.values(provisioned_at=now() - timedelta(days=30)))
        db.session.commit()


def _line(officer: Person, village: Tenant, **query: str) -> str:
    page = officer.get("/kesehatan", query_string={"q": village.code, **query})
    assert page.status_code == 200
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    return body if village.name in body else ""


def test_a_village_needs_a_look_until_it_has_a_copy(
    app: SigerFlask, officer: Officer, make_village: Callable[[], Tenant]
) -> None:
    village, admin = make_village(), officer()
    assert "Baik" in _line(admin, village)
    _old(app, village)
    assert "Belum ada salinan" in _line(admin, village)
    assert _line(admin, village, perlu="1")
    copy_now(app, village)
    assert "Baik" in _line(admin, village)
    assert not _line(admin, village, perlu="1")
    with app.app_context(), platform_scope():
        seen = update(VillageHealth).where(VillageHealth.tenant_id == village.id)
        db.session.execute(seen.values(last_copy_at=now() - timedelta(days=3)))
        db.session.commit()
    late = _line(admin, village)
    assert "Salinan terlambat" in late
    assert "<span>3 hari</span>" in late


def test_what_failed_what_waits_and_a_revision_behind_are_reasons(
    app: SigerFlask, officer: Officer, make_village: Callable[[], Tenant]
) -> None:
    village, admin = make_village(), officer()
    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantSchema, village.schema)
        head, row.revision = row.revision, "0001_foundation"
        entry = outbox.post("nothing", {}, tenant_id=village.id, delay_seconds=3600)
        db.session.execute(update(OutboxEntry).where(OutboxEntry.id == entry).values(error="no such kind"))
        db.session.commit()
    line = _line(admin, village)
    assert "Revisi tertinggal" in line
    assert "Galat 7 hari terakhir" in line
    with app.app_context(), platform_scope():
        db.session.get_one(TenantSchema, village.schema).revision = head
        db.session.execute(OutboxEntry.__table__.delete().where(OutboxEntry.id == entry))
        db.session.commit()
    assert "Baik" in _line(admin, village)


def test_an_officer_sees_the_own_region_alone(
    app: SigerFlask, officer: Officer, staff: Officer, make_village: Callable[[], Tenant]
) -> None:
    village = make_village()
    assert _line(officer("district_officer", village.district_code), village)
    elsewhere = officer("regency_admin", "18.71" if village.regency_code != "18.71" else "18.72")
    assert not _line(elsewhere, village)
    assert elsewhere.get(f"/kesehatan?wilayah={village.regency_code}").status_code == 404
    assert officer().get("/kesehatan?wilayah=18.99").status_code == 404
    assert officer().get("/kesehatan?q=%00").status_code == 200
    assert staff(village).get("/kesehatan").status_code == 404


def test_the_page_asks_little(
    officer: Officer,
    make_village: Callable[[], Tenant],
    count_queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    make_village(), make_village()
    admin = officer()
    admin.get("/kesehatan")
    with count_queries(at_most=8):
        assert admin.get("/kesehatan").status_code == 200


def test_the_api_tells_the_same(app: SigerFlask, make_village: Callable[[], Tenant]) -> None:
    village = make_village()
    copy_now(app, village)
    account = make_account(app, role="province_analyst", region="18", totp_confirmed_at=now())
    with app.app_context(), platform_scope():
        actor = build_actor(account.id, None)
        assert actor is not None
        token = make_token(actor, name="uji", scopes=["health.view"], days=30)
    program = Program(app, "localhost", token.text)
    found: Any = program.get(
        "/api/v1/onboarding/health", query_string={"region": village.district_code, "limit": 100}
    )
    assert found.status_code == 200
    (line,) = [one for one in found.json["items"] if one["code"] == village.code]
    assert line["storage"] > 0
    assert line["reasons"] == []
    assert found.json["villages"] >= 1


def test_prometheus_learns_how_old_copies_are(
    app: SigerFlask, make_village: Callable[[], Tenant], visit: Callable[[str], Any]
) -> None:
    copy_now(app, make_village())
    told = visit("localhost").get("/metrics").text
    for name in ("siger_villages_without_copy", "siger_copy_oldest_seconds"):
        assert f"\n{name} " in told


def test_sizes_are_read_as_people_do() -> None:
    assert [size(count) for count in (None, 0, 1023, 1536, 5 * 1024**3)] == [
        "–",
        "0 B",
        "1.023 B",
        "1,5 KB",
        "5,0 GB",
    ]
