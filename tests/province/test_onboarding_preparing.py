"""Preparing villages from their card or by region, beside the applications that they have sent in themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.onboarding.applications.links import own_url, seal_address
from app.province.onboarding.applications.models import Application
from tenants.models import JobItem, PlatformJobRun, TenantRow
from tenants.scope import Tenant, platform_scope
from tests.support.people import deliver_letters, make_account
from tests.support.pipeline import application_of, make_application, village_row
from tests.support.visitors import Visitor
from tests.support.work import settle

Officer = Callable[..., Visitor]


@pytest.fixture
def code(_codes: Iterator[str]) -> str:
    """The code of a village that nobody has used yet."""
    return next(_codes)


@pytest.mark.parametrize("state", ["submitted", "returned"])
def test_a_village_that_has_applied_is_not_prepared_from_its_card(
    app: SigerFlask, code: str, officer: Officer, state: str
) -> None:
    key = make_application(app, code, state)
    card = f"/desa/{village_row(app, code).id}"
    office = officer("regency_admin", code[:5])
    for answer in (office.get(f"{card}/siapkan"), office.submit(f"{card}/siapkan", form=card)):
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith(f"/pendaftaran/{key}")
    assert (
        "sudah mendaftar sendiri, jadi tidak disiapkan lewat jalan lain"
        in office.get(f"/pendaftaran/{key}").text
    )
    settle(app)
    assert village_row(app, code).schema_name is None
    assert application_of(app, key).state == state


def test_preparing_a_region_leaves_out_villages_that_have_applied(app: SigerFlask, officer: Officer) -> None:
    settle(app)
    with app.app_context(), platform_scope():
        query = (
            select(TenantRow.district_code)
            .where(TenantRow.regency_code == "18.04")
            .group_by(TenantRow.district_code)
            .having(func.count().between(5, 10), func.count(TenantRow.schema_name) == 0)
            .order_by(TenantRow.district_code.desc())
        )
        district = db.session.scalars(query).first()
        codes = list(db.session.scalars(select(TenantRow.code).where(TenantRow.district_code == district)))
    make_application(app, codes[0])
    row, rest = village_row(app, codes[0]), len(codes) - 1
    office = officer("regency_admin", "18.04")
    page = office.get(f"/penyiapan?wilayah={district}").text
    assert "sudah mendaftar sendiri" in page
    assert f"Siapkan semua {rest}" in page
    form = f"/penyiapan/konfirmasi?wilayah={district}"
    asked = office.get(form).text
    assert "1 desa sudah mendaftar sendiri dan dilewati" in asked
    assert f"Siapkan {rest} desa dan kelurahan" in asked
    answer = office.submit("/penyiapan/konfirmasi", {"wilayah": district or ""}, form=form)
    run_id = answer.headers["Location"].rsplit("/", 1)[-1]
    with app.app_context(), platform_scope():
        ids = set(db.session.scalars(select(JobItem.tenant_id).where(JobItem.job_id == run_id)))
        assert db.session.get_one(PlatformJobRun, run_id).total == len(ids) == rest
    assert row.id not in ids
    settle(app)
    assert village_row(app, codes[0]).schema_name is None
    assert "1 desa yang tersisa sudah mendaftar sendiri" in office.get(form, follow_redirects=True).text


def test_refusing_an_application_of_a_prepared_village_promises_no_second_one(
    app: SigerFlask, village: Tenant, officer: Officer, province: Visitor
) -> None:
    key = make_application(app, village.code)
    office = officer("province_admin", "18")
    page = office.get(f"/pendaftaran/{key}").text
    assert "Desa ini sudah disiapkan lewat jalan lain." in page
    assert "desanya tidak dapat didaftarkan lagi" in page
    office.submit(
        f"/pendaftaran/{key}/tolak",
        {"row_version": "1", "comment": "Bukan perangkat."},
        form=f"/pendaftaran/{key}",
    )
    done = application_of(app, key)
    assert done.state == "rejected"
    (letter,) = [one for one in deliver_letters(app) if one.to == done.email]
    assert "Desa dapat didaftarkan lagi" not in letter.text
    assert "Situs desa ini sudah disiapkan" in letter.text
    with app.app_context(), platform_scope():
        own = own_url(seal_address(db.session.get_one(Application, key)))
        db.session.commit()
    shown = province.get("/" + own.split("/", 3)[3]).text
    assert "Situs desa ini sudah disiapkan" in shown
    assert "Desa dapat didaftarkan lagi" not in shown


def test_who_looks_for_a_prepared_village_of_nobody_is_told_whom_to_ask(
    app: SigerFlask, village: Tenant, province: Visitor
) -> None:
    page = province.get(f"/daftar/desa?q={village.code}").text
    assert "belum ada perangkat desanya yang diundang" in page
    assert "menerima undangan lewat surel" not in page
    make_account(app, tenant=village, role="secretary")
    page = province.get(f"/daftar/desa?q={village.code}").text
    assert "belum ada perangkat desanya" not in page
    assert "menerima undangan lewat surel" in page
