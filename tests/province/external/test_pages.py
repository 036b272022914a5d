"""The pages: declaring, keys, the log, the guide; and where a region ends."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.external.jobs import SWEEP
from app.province.external.models import ExternalDelivery, ExternalKey
from app.province.external.schemas import EXAMPLE
from app.province.external.services import keys
from app.province.services import StateRefused, provision_region, provision_village
from tenants.jobs import run_job
from tenants.models import TenantRow, now
from tenants.scope import Tenant, platform_scope
from tests.province.external.conftest import REGENCY, Outsider, key_on
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]


def page_of(one: Any) -> str:
    """The address of a village's page."""
    return f"/sistem-lain/desa/{one.id}"


def actions(app: SigerFlask, village_id: uuid.UUID) -> list[str]:
    """What the log says of a village, oldest first."""
    with app.app_context(), platform_scope():
        entries = select(PlatformAuditEntry.action).where(PlatformAuditEntry.tenant_id == village_id)
        return list(db.session.scalars(entries.order_by(PlatformAuditEntry.id)))


def test_from_finding_a_village_to_its_first_delivery(
    app: SigerFlask, officer: Officer, untouched: Callable[[], TenantRow]
) -> None:
    row, desk = untouched(), officer("regency_admin", REGENCY)
    found = desk.get(f"/sistem-lain/catat?q={row.code}").text
    assert page_of(row) in found
    assert desk.submit(f"{page_of(row)}/kunci", {"days": "90"}, form=page_of(row)).status_code == 422
    answer = desk.submit(f"{page_of(row)}/sistem", {"software": " SID  Berdaya "}, form=page_of(row))
    assert answer.status_code == 303
    assert row.name in desk.get("/sistem-lain").text
    assert "Belum pernah mengirim" in desk.get(f"/sistem-lain?q={row.code}").text
    made = desk.submit(f"{page_of(row)}/kunci", {"days": "90"}, form=page_of(row))
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    key = key_on(made.text)
    assert key not in desk.get(page_of(row)).text
    assert key[:9] in desk.get(page_of(row)).text
    sender = Outsider(app, row.id, row.code, row.name, key)
    delivered = sender.push({"code": "pop.total", "value": 1234}, {"code": "nothing", "value": 1})
    assert delivered.status_code == 200
    page = desk.get(page_of(row)).text
    assert "1.234" in page
    assert "SID Berdaya" in page
    line = desk.get(f"/sistem-lain?q={row.code}").text
    assert "Segar" in line
    log = desk.get("/sistem-lain/kiriman").text
    assert f"/sistem-lain/kiriman/{delivered.json['delivery']}" in log
    shown = desk.get(f"/sistem-lain/kiriman/{delivered.json['delivery']}").text
    assert "Kode indikator ini tidak dikenal." in shown
    assert set(actions(app, row.id)) == {"external.declared", "external.key_made", "figures.viewed"}
    with app.app_context(), platform_scope():
        kept = db.session.scalars(select(ExternalKey).where(ExternalKey.tenant_id == row.id)).one()
        assert key.encode() not in kept.digest
        assert len(kept.digest) == 32
        assert 89 <= (kept.expires_at - now()).days <= 90


def test_three_keys_at_most_and_one_that_is_revoked_works_no_more(
    app: SigerFlask, officer: Officer, outsider: Outsider
) -> None:
    desk = officer("province_admin", "18")
    for status in (200, 200, 422):
        made = desk.submit(f"{page_of(outsider)}/kunci", {"days": "365"}, form=page_of(outsider))
        assert made.status_code == status
    assert "Paling banyak 3 kunci" in made.text
    assert desk.submit(f"{page_of(outsider)}/kunci", {"days": "7"}, form=page_of(outsider)).status_code == 422
    with app.app_context(), platform_scope():
        first = db.session.scalars(
            select(ExternalKey.id).where(ExternalKey.shown == outsider.key[: keys.SHOWN])
        ).one()
    path = f"{page_of(outsider)}/kunci/{first}/cabut"
    assert outsider.push({"code": "pop.total", "value": 1}).status_code == 200
    assert desk.submit(path, form=page_of(outsider)).status_code == 303
    assert outsider.push({"code": "pop.total", "value": 2}).status_code == 401
    assert (
        desk.submit(f"{page_of(outsider)}/kunci", {"days": "365"}, form=page_of(outsider)).status_code == 200
    )
    stranger = f"{page_of(outsider)}/kunci/{uuid.uuid4()}/cabut"
    assert desk.submit(stranger, form=page_of(outsider)).status_code == 404
    assert actions(app, outsider.id).count("external.key_revoked") == 1


def test_ending_revokes_the_keys_and_leaves_the_figures(
    app: SigerFlask, officer: Officer, outsider: Outsider
) -> None:
    desk = officer("province_admin", "18")
    outsider.push({"code": "pop.total", "value": 8})
    assert "dicabut" in desk.get(f"{page_of(outsider)}/akhiri").text
    assert desk.submit(f"{page_of(outsider)}/akhiri").status_code == 303
    answer = outsider.push({"code": "pop.total", "value": 9})
    assert answer.status_code == 401
    assert "dicabut" in answer.json["detail"]
    assert outsider.stored()["pop.total"].value == 8
    with app.app_context(), platform_scope():
        row = db.session.get(TenantRow, outsider.id)
        assert row is not None
        assert row.software is None
    assert "external.ended" in actions(app, outsider.id)
    assert desk.submit(f"{page_of(outsider)}/akhiri", form=page_of(outsider)).status_code == 303


def test_a_village_runs_one_system_or_the_other(
    app: SigerFlask, officer: Officer, village: Tenant, outsider: Outsider
) -> None:
    desk = officer("province_admin", "18")
    page = desk.get(page_of(village)).text
    assert "sudah disiapkan di Siger" in page
    assert "Nama sistem" not in page
    refused = desk.submit(f"{page_of(village)}/sistem", {"software": "OpenSID"}, form=page_of(outsider))
    assert refused.status_code == 422
    with app.app_context(), platform_scope():
        with pytest.raises(StateRefused, match="OpenSID"):
            provision_village(outsider.id)
        db.session.rollback()
        outsiders = select(TenantRow.id).where(
            TenantRow.district_code == outsider.code[:8], TenantRow.software.is_(None)
        )
        free = len(list(db.session.scalars(outsiders)))
        run = provision_region(outsider.code[:8], label="uji")
        assert run.total == free


@pytest.mark.parametrize("software", ["", "x", "y" * 61])
def test_a_system_needs_a_name(officer: Officer, untouched: Callable[[], TenantRow], software: str) -> None:
    row, desk = untouched(), officer("province_admin", "18")
    answer = desk.submit(f"{page_of(row)}/sistem", {"software": software}, form=page_of(row))
    assert answer.status_code == 422


def test_another_regions_village_is_not_found_and_that_is_noted(
    app: SigerFlask, officer: Officer, outsider: Outsider
) -> None:
    neighbour = officer("regency_admin", "18.06")
    sent = outsider.push({"code": "pop.total", "value": 1}).json["delivery"]
    assert neighbour.get(page_of(outsider)).status_code == 404
    assert neighbour.get(f"/sistem-lain/kiriman/{sent}").status_code == 404
    assert neighbour.get(f"/sistem-lain/unggah/contoh?desa={outsider.id}").status_code == 404
    for path in ("sistem", "kunci", "akhiri"):
        assert neighbour.submit(f"{page_of(outsider)}/{path}", form="/sistem-lain/unggah").status_code == 404
    assert outsider.name not in neighbour.get(f"/sistem-lain?q={outsider.code}").text
    assert outsider.name not in neighbour.get("/sistem-lain/kiriman").text
    assert page_of(outsider) not in neighbour.get(f"/sistem-lain/catat?q={outsider.code}").text
    with app.app_context(), platform_scope():
        noted = select(PlatformAuditEntry).where(
            PlatformAuditEntry.action == "region.refused", PlatformAuditEntry.object_id == outsider.code
        )
        assert len(db.session.scalars(noted).all()) >= 1


@pytest.mark.parametrize("role", ["province_analyst", "regency_analyst", "district_officer", "mentor"])
def test_whoever_only_reads_manages_nothing_but_reads_the_guide(officer: Officer, role: str) -> None:
    region = {"province_analyst": "18", "regency_analyst": REGENCY}.get(role, f"{REGENCY}.01")
    reader = officer(role, region)
    for path in ("/sistem-lain", "/sistem-lain/kiriman", "/sistem-lain/unggah", "/sistem-lain/unggah/contoh"):
        assert reader.get(path).status_code == 403
    assert reader.get("/sistem-lain/panduan").status_code == 200


def test_the_guide_names_every_code_with_an_example(officer: Officer) -> None:
    page = officer("province_admin", "18").get("/sistem-lain/panduan").text
    for code in ("pop.total", "letters.median_hours", "service.satisfaction", "adoption.staff_active_7d"):
        assert f'id="{code}"' in page
    assert 'id="adoption.live"' not in page
    assert 'id="readiness.index"' not in page
    assert "curl -X POST" in page
    assert "Idempotency-Key" in page


def test_the_examples_of_the_guide_are_taken(app: SigerFlask, outsider: Outsider) -> None:
    from app.province.external.judging import pushable
    from app.province.external.presenting import example_of

    with app.test_request_context():
        examples = [example_of(one) for one in pushable().values()]
    answer = outsider.push(*examples)
    assert answer.json["refused"] == []
    assert len(answer.json["accepted"]) == len(examples)
    answer = outsider.push(*EXAMPLE["values"], activity=EXAMPLE["activity"])
    assert [one for one in answer.json["refused"] if one["field"] != "activity.last_activity"] == []


def test_the_document_describes_the_push(officer: Officer) -> None:
    document = officer("province_admin", "18").get("/api/v1/openapi.json").json
    push = document["paths"]["/api/v1/external/values"]["post"]
    assert push["x-permission"] == "external.push"
    assert push["requestBody"]["content"]["application/json"]["example"]["village"] == "18.06.20.2001"
    assert {"200", "400", "401", "403", "409", "413", "415", "422", "429"} <= set(push["responses"])
    assert push["parameters"][0]["name"] == "Idempotency-Key"


def test_a_village_that_went_silent_is_stale(app: SigerFlask, officer: Officer, outsider: Outsider) -> None:
    outsider.push({"code": "pop.total", "value": 1})
    with app.app_context(), platform_scope():
        db.session.execute(
            update(ExternalDelivery)
            .where(ExternalDelivery.tenant_id == outsider.id)
            .values(received_at=now() - dt.timedelta(days=40))
        )
        db.session.commit()
    desk = officer("province_admin", "18")
    assert "Basi sejak" in desk.get(f"/sistem-lain?q={outsider.code}").text
    assert "basi sejak" in desk.get(page_of(outsider)).text


def test_old_deliveries_are_forgotten_at_night(app: SigerFlask, outsider: Outsider) -> None:
    for days, name in ((401, "lama-sekali"), (399, "masih-ada")):
        outsider.push({"code": "pop.total", "value": 1}, idempotency=name)
        with app.app_context(), platform_scope():
            db.session.execute(
                update(ExternalDelivery)
                .where(ExternalDelivery.idempotency_key == name)
                .values(received_at=now() - dt.timedelta(days=days))
            )
            db.session.commit()
    with app.app_context():
        run_job(SWEEP, None, {})
        with platform_scope():
            query = select(ExternalDelivery.idempotency_key).where(ExternalDelivery.tenant_id == outsider.id)
            assert list(db.session.scalars(query)) == ["masih-ada"]
    assert "pop.total" in outsider.stored()


def test_lists_ask_little_of_the_database(
    officer: Officer,
    make_outsider: Callable[[], Outsider],
    count_queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    desk = officer("province_admin", "18")
    outsiders = [make_outsider() for _ in range(4)]
    for one in outsiders:
        one.push({"code": "pop.total", "value": 1})
    for path in ("/sistem-lain", "/sistem-lain/kiriman", "/sistem-lain/catat?q=desa", page_of(outsiders[0])):
        desk.get(path)
        with count_queries(at_most=12 if "desa/" in path else 5):
            assert desk.get(path).status_code == 200


def test_pages_go_on_behind_the_last_line(
    officer: Officer, make_outsider: Callable[[], Outsider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.province.external.queries.PAGE", 2)
    desk = officer("regency_admin", REGENCY)
    made = [make_outsider() for _ in range(5)]
    for one in made:
        one.push({"code": "pop.total", "value": 1})
    seen: list[str] = []
    path: str | None = "/sistem-lain"
    while path:
        page = desk.get(path).text
        seen += re.findall(r'<th scope="row"><a href="/sistem-lain/desa/([0-9a-f-]+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen))
    assert {str(one.id) for one in made} <= set(seen)
    sent: list[str] = []
    path = "/sistem-lain/kiriman"
    while path and len(sent) < 6:
        page = desk.get(path).text
        sent += re.findall(r'<th scope="row"><a href="/sistem-lain/kiriman/([0-9a-f-]+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1] if following else None
    assert len(sent) == len(set(sent)) == 6
    assert desk.get("/sistem-lain/kiriman?sebelum=nonsense").status_code == 200
