"""Offices are written to about applications; where nobody can decide, the office above stands in and is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.core.accounts.models import Account, Membership
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.onboarding.applications.models import Application
from tenants.jobs import run_job
from tenants.models import now
from tenants.scope import platform_scope
from tests.support.applying import Applicant, listed
from tests.support.people import deliver_letters, make_account
from tests.support.pipeline import application_of, make_application, set_level, village_row
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]


@pytest.fixture
def code(_codes: Iterator[str]) -> str:
    """The code of a village that nobody has used yet."""
    return next(_codes)


@pytest.fixture
def applicant(
    app: SigerFlask, visit: Callable[[str], Visitor], code: str, unique: Callable[[], int]
) -> Applicant:
    """Somebody whose village is listed and free."""
    return Applicant(visit("localhost"), listed(app, code), f"pemohon{unique()}@desa.test")


@pytest.fixture
def empty_office(app: SigerFlask, code: str) -> Iterator[None]:
    """Let nobody work at the kabupaten's office for a while, whoever other tests put there."""

    def switch(ids: list[UUID], is_active: bool) -> None:
        db.session.execute(update(Account).where(Account.id.in_(ids)).values(is_active=is_active))
        db.session.commit()

    with app.app_context(), platform_scope():
        query = select(Account.id).join(Membership, Membership.account_id == Account.id)
        ids = list(db.session.scalars(query.where(Membership.region_code == code[:5], Account.is_active)))
        switch(ids, False)
    yield
    with app.app_context(), platform_scope():
        switch(ids, True)


def test_the_office_that_decides_is_written_to_at_once_and_once(
    app: SigerFlask, applicant: Applicant, code: str
) -> None:
    mine = make_account(app, role="regency_admin", region=code[:5])
    reader = make_account(app, role="regency_analyst", region=code[:5])
    applicant.fill()
    applicant.send()
    assert applicant.confirm().status_code == 303
    letters = deliver_letters(app)
    (letter,) = [one for one in letters if one.to == mine.email]
    assert "menunggu keputusan" in letter.subject
    assert applicant.village.name in letter.text
    assert "/pendaftaran/" in letter.text
    assert all(one.to != reader.email for one in letters)
    assert all(one.to != mine.email for one in deliver_letters(app))


def test_where_the_kabupaten_has_nobody_the_province_decides_and_everybody_reads_so(
    app: SigerFlask, empty_office: None, applicant: Applicant, code: str, officer: Officer
) -> None:
    above = officer("province_admin", "18")
    page = above.get("/pendaftaran/aturan").text
    row = page.partition(f'value="{code[:5]}"')[2].partition("</tr>")[0]
    assert "Belum ada akun" in row
    assert "Dinas PMD Provinsi Lampung yang memutuskan" in row
    applicant.fill()
    applicant.send()
    applicant.confirm()
    letters = deliver_letters(app)
    assert any(one.to == above.email and "menunggu keputusan" in one.subject for one in letters)  # type: ignore[attr-defined]
    shown = applicant.browser.get(applicant.home).text
    assert "Dinas PMD Provinsi Lampung" in shown
    assert f"Dinas PMD {applicant.village.regency}" not in shown
    with app.app_context(), platform_scope():
        query = select(Application.id).where(Application.tenant_id == applicant.village.id)
        key = db.session.scalars(query).one()
    path = f"/pendaftaran/{key}"
    assert "Diputuskan oleh Dinas PMD Provinsi Lampung" in above.get(path).text
    assert above.submit(f"{path}/setujui", {"row_version": "99"}, form=path).status_code == 409
    version = str(application_of(app, key).row_version)
    assert above.submit(f"{path}/setujui", {"row_version": version}, form=path).status_code == 303
    officer("regency_admin", code[:5])
    page = above.get("/pendaftaran/aturan").text
    assert "Belum ada akun" not in page.partition(f'value="{code[:5]}"')[2].partition("</tr>")[0]


def test_kecamatan_without_officers_are_counted(app: SigerFlask, code: str, officer: Officer) -> None:
    office = officer("regency_admin", code[:5])
    officer("district_officer", code[:8])
    set_level(app, code[:5], 3)
    try:
        page = office.get("/pendaftaran/aturan").text
        assert "kecamatan belum punya petugas" in page
    finally:
        set_level(app, code[:5], 2)


def test_what_has_become_late_is_told_once_to_the_office_and_those_above(
    app: SigerFlask, code: str, officer: Officer
) -> None:
    mine = make_account(app, role="regency_admin", region=code[:5])
    above = make_account(app, role="province_admin", region="18", totp_confirmed_at=now())
    elsewhere = make_account(app, role="regency_admin", region="18.99")
    key = make_application(app, code, state_since=now() - dt.timedelta(days=30))
    with app.app_context():
        run_job("onboarding.tell_late", None, {})
    letters = deliver_letters(app)
    for told in (mine, above):
        (letter,) = [one for one in letters if one.to == told.email]
        assert "pendaftaran desa terlambat" in letter.subject
        assert "lihat=terlambat" in letter.text
    assert all(one.to != elsewhere.email for one in letters)
    with app.app_context():
        run_job("onboarding.tell_late", None, {})
    assert all(one.to != mine.email for one in deliver_letters(app))
    page = officer("regency_admin", code[:5]).get(f"/pendaftaran/{key}").text
    assert "Surel: kantor diingatkan, terlambat" in page
    assert village_row(app, code).state == "applied"
