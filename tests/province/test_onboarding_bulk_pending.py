"""A workbook with villages that have applied by themselves: the rules of the decision's page hold there too."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.core.accounts.models import Account, Membership
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.onboarding.applications.models import BlockedApplicant
from tenants.models import TenantRow
from tenants.scope import platform_scope
from tests.province.bulk_files import kept, line, listed, send, start, village_of, workbook
from tests.support.pipeline import application_of, make_application, set_level
from tests.support.work import settle


@pytest.fixture
def row(app: SigerFlask, _codes: Iterator[str]) -> TenantRow:
    """A village that nobody has prepared yet."""
    return listed(app, _codes)[0]


def refused(app: SigerFlask, office: Any, row: TenantRow, code: str, said: str, email: str = "") -> str:
    """Send a row for a village, and see that the dry run refuses it with its sentence; nothing can be started."""
    changes = {"email": email} if email else {}
    path = send(app, office, workbook(line(row, **changes)))
    found = [one for _column, one, _named in kept(app, path)[1][0].findings]
    assert found[0] == code
    page = office.get(path).text
    assert said in page
    assert "Siapkan 1 desa" not in page
    start(office, path)
    settle(app)
    assert village_of(app, row).schema_name is None
    return path


def members_of(app: SigerFlask, row: TenantRow) -> list[str]:
    """The addresses of who works in a village."""
    with app.app_context(), platform_scope():
        query = select(Account.email).join(Membership, Membership.account_id == Account.id)
        return list(db.session.scalars(query.where(Membership.tenant_id == row.id)))


def test_what_the_province_alone_decides_no_kabupaten_approves_by_workbook(
    app: SigerFlask, row: TenantRow, officer: Callable[..., Any]
) -> None:
    set_level(app, row.regency_code, 1)
    try:
        key = make_application(app, row.code)
        email = application_of(app, key).email
        office = officer("regency_admin", row.regency_code)
        refused(app, office, row, "not_yours", "diputuskan oleh Dinas PMD Provinsi", email)
        assert application_of(app, key).state == "submitted"
        above = officer("province_admin", "18")
        assert "Siapkan 1 desa" in above.get(send(app, above, workbook(line(row, email=email)))).text
    finally:
        set_level(app, row.regency_code, 2)


def test_a_blocked_applicant_is_not_invited_by_workbook(
    app: SigerFlask, row: TenantRow, officer: Callable[..., Any]
) -> None:
    key = make_application(app, row.code)
    email = application_of(app, key).email
    with app.app_context(), platform_scope():
        db.session.add(
            BlockedApplicant(kind="email", value=email, reason="Mengaku perangkat", blocked_by="PMD")
        )
        db.session.commit()
    refused(app, officer(), row, "applicant_blocked", "diblokir: Mengaku perangkat")
    assert application_of(app, key).state == "submitted"
    assert members_of(app, row) == []


def test_what_was_given_back_waits_for_its_correction(
    app: SigerFlask, row: TenantRow, officer: Callable[..., Any]
) -> None:
    key = make_application(app, row.code, "returned")
    email = application_of(app, key).email
    refused(app, officer(), row, "given_back", "dikembalikan untuk diperbaiki", email)
    assert application_of(app, key).state == "returned"


def test_another_contact_than_the_applicant_has_the_application_decided_first(
    app: SigerFlask, row: TenantRow, officer: Callable[..., Any]
) -> None:
    key = make_application(app, row.code, applicant_name="Wayan Sukarta")
    refused(app, officer(), row, "other_contact", "Yang mendaftar Wayan Sukarta, bukan kontak di baris ini")
    assert application_of(app, key).state == "submitted"
    assert members_of(app, row) == []


def test_the_applicant_as_contact_has_the_application_approved_as_the_dry_run_said(
    app: SigerFlask, row: TenantRow, officer: Callable[..., Any]
) -> None:
    wished = f"pilihan-{uuid.uuid4().hex[:8]}"
    key = make_application(app, row.code, applicant_name="Wayan Sukarta", slug=wished)
    email = application_of(app, key).email
    office = officer()
    path = send(app, office, workbook(line(row, email=email.upper(), slug=row.slug)))
    page = office.get(path).text
    assert "Pendaftaran itulah yang disetujui" in page
    assert "yang diundang masuk adalah pendaftarnya: Wayan Sukarta" in page
    start(office, path)
    settle(app)
    assert kept(app, path)[1][0].outcome == "done"
    found = application_of(app, key)
    assert (found.state, found.decided_by) == ("provisioned", office.name)
    assert village_of(app, row).slug == wished
    assert members_of(app, row) == [email]


@pytest.mark.parametrize("same", [True, False])
def test_who_applied_after_the_dry_run_is_not_approved_unseen(
    app: SigerFlask, row: TenantRow, officer: Callable[..., Any], same: bool
) -> None:
    office = officer()
    email = f"sama{uuid.uuid4().hex[:8]}@contoh.test"
    path = send(app, office, workbook(line(row, email=email)))
    key = make_application(app, row.code, **({"email": email} if same else {}))
    start(office, path)
    settle(app)
    kept_row = kept(app, path)[1][0]
    assert kept_row.outcome == "failed"
    assert "Putuskan pendaftarannya dulu" in kept_row.note
    assert application_of(app, key).state == "submitted"


def test_rules_that_changed_after_the_dry_run_hold(
    app: SigerFlask, row: TenantRow, officer: Callable[..., Any]
) -> None:
    key = make_application(app, row.code)
    office = officer("regency_admin", row.regency_code)
    path = send(app, office, workbook(line(row, email=application_of(app, key).email)))
    assert "Siapkan 1 desa" in office.get(path).text
    set_level(app, row.regency_code, 1)
    try:
        start(office, path)
        settle(app)
    finally:
        set_level(app, row.regency_code, 2)
    assert kept(app, path)[1][0].outcome == "failed"
    assert application_of(app, key).state == "submitted"
