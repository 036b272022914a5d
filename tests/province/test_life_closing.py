"""A village is closed and opened again: its host says so, its letters still verify, its people are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from app.core.accounts.models import SignInSession
from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.core.mail import Letter, RecordingMailer
from app.extensions import db
from app.government.letters.verification.tokens import token_text
from tenants.models import TenantRow
from tenants.scope import Tenant, platform_scope
from tests.support.letters import an_issued_letter, letter_of
from tests.support.people import Person
from tests.support.residents import a_resident
from tests.support.selfservice import a_phone
from tests.support.visitors import Visitor
from tests.support.work import settle

REASON = "Kantor desa pindah ke sistem kabupaten tahun ini."
Staff = Callable[..., Person]


@pytest.fixture
def post(app: SigerFlask) -> Iterator[RecordingMailer]:
    """Letters that go out while jobs run."""
    office = app.extensions["mailer"] = RecordingMailer()
    yield office
    del app.extensions["mailer"]


@pytest.fixture
def admin(officer: Callable[..., Visitor]) -> Visitor:
    """A province admin, signed in."""
    return officer("province_admin", "18")


def a_token(app: SigerFlask, village: Tenant) -> str:
    """What the QR code of a letter that the village issued leads to."""
    letter = letter_of(app, village, an_issued_letter(app, village))
    assert letter.token is not None
    return token_text(letter.token)


def about(post: RecordingMailer, village: Tenant) -> list[Letter]:
    """The letters that speak of this village; a round of work delivers what other tests left waiting too."""
    return [letter for letter in post.letters if village.full_name in letter.subject]


def test_an_archived_village_says_so_and_its_letters_still_verify(
    app: SigerFlask, admin: Visitor, village: Tenant, staff: Staff, visit: Callable[[str], Visitor],
    post: RecordingMailer,
) -> None:  # fmt: skip
    clerk, head = staff(village), staff(village, "village_head")
    token = a_token(app, village)
    settle(app)
    anybody = visit(f"{village.slug}.localhost")
    assert anybody.get(f"/cek/{token}").status_code == 200
    assert clerk.get("/beranda").status_code in (200, 302, 303, 404)
    sent = admin.submit(f"/desa/{village.id}/arsipkan", {"reason": REASON})
    assert sent.status_code == 303
    settle(app)
    gone = anybody.get("/")
    assert gone.status_code == 410
    assert REASON in gone.text
    assert village.full_name in gone.text
    assert clerk.get("/").status_code == 410, "whoever was signed in finds it closed too"
    assert anybody.get("/api/v1/village").status_code == 410
    checked = anybody.get(f"/cek/{token}")
    assert checked.status_code == 200
    assert anybody.get("/cek").status_code == 200
    assert {letter.to for letter in about(post, village)} == {clerk.email, head.email}
    assert all("diarsipkan" in letter.subject for letter in about(post, village))
    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, village.id)
        assert (row.state, row.state_before) == ("archived", "provisioned")
        open_ones = select(SignInSession.id).where(
            SignInSession.tenant_id == village.id, SignInSession.ended_at.is_(None)
        )
        assert db.session.scalars(open_ones).all() == []
    page = admin.get(f"/desa/{village.id}/riwayat-hidup").text
    assert "Aktifkan kembali" in page
    assert REASON in page
    assert admin.submit(f"/desa/{village.id}/aktifkan", {}).status_code == 303
    settle(app)
    assert anybody.get("/").status_code == 200
    with app.app_context(), platform_scope():
        assert db.session.get_one(TenantRow, village.id).state == "provisioned"
        actions = select(PlatformAuditEntry.action).where(PlatformAuditEntry.tenant_id == village.id)
        assert {"village.archived", "village.reopened"} <= set(db.session.scalars(actions))
    assert "aktif kembali" in about(post, village)[-1].subject


def test_a_suspended_village_tells_its_head_why_and_verifies_letters_too(
    app: SigerFlask, admin: Visitor, village: Tenant, staff: Staff, visit: Callable[[str], Visitor],
    post: RecordingMailer,
) -> None:  # fmt: skip
    head = staff(village, "village_head")
    token = a_token(app, village)
    admin.submit(f"/desa/{village.id}/tangguhkan", {"reason": REASON})
    settle(app)
    anybody = visit(f"{village.slug}.localhost")
    closed = anybody.get("/")
    assert closed.status_code == 503
    assert REASON in closed.text
    assert anybody.get(f"/cek/{token}").status_code == 200
    assert anybody.get("/cekal").status_code == 503
    mine = [letter for letter in post.letters if letter.to == head.email]
    assert len(mine) == 1
    assert REASON in mine[0].text
    admin.submit(f"/desa/{village.id}/pulihkan", {})
    settle(app)
    assert "melayani lagi" in about(post, village)[-1].subject


def test_suspended_and_then_archived_it_comes_back_to_where_it_served(
    app: SigerFlask, admin: Visitor, village: Tenant
) -> None:
    admin.submit(f"/desa/{village.id}/tangguhkan", {"reason": REASON})
    admin.submit(f"/desa/{village.id}/arsipkan", {"reason": REASON})
    again = admin.get(f"/desa/{village.id}/arsipkan")
    assert again.status_code == 303
    assert "sudah diarsipkan" in admin.get(f"/desa/{village.id}/riwayat-hidup").text
    admin.submit(f"/desa/{village.id}/aktifkan", {})
    with app.app_context(), platform_scope():
        assert db.session.get_one(TenantRow, village.id).state == "provisioned"
    told = admin.get(f"/desa/{village.id}/riwayat-hidup").text
    assert (
        told.index("<b>Diaktifkan kembali</b>")
        < told.index("<b>Diarsipkan</b>")
        < told.index("<b>Ditangguhkan</b>")
    )
    assert REASON in told


def test_archiving_needs_a_reason_and_the_permission(
    admin: Visitor, village: Tenant, officer: Callable[..., Visitor]
) -> None:
    assert admin.submit(f"/desa/{village.id}/arsipkan", {"reason": "x"}).status_code == 422
    regency = officer("regency_admin", village.code[:5])
    assert regency.get(f"/desa/{village.id}/arsipkan").status_code == 403
    assert regency.get(f"/desa/{village.id}/hapus").status_code == 403
    assert regency.get("/penghapusan").status_code == 403
    assert "Arsipkan" not in regency.get(f"/desa/{village.id}/riwayat-hidup").text


def test_residents_are_signed_out_too_and_sign_in_again_once_it_is_open(
    app: SigerFlask, admin: Visitor, open_village: Tenant
) -> None:
    village = open_village
    phone = a_phone(app, village, a_resident(app, village, name="Maryati"))
    assert phone.get("/layanan/pemberitahuan").status_code == 200
    assert admin.submit(f"/desa/{village.id}/arsipkan", {"reason": REASON}).status_code == 303
    assert admin.submit(f"/desa/{village.id}/aktifkan", {}).status_code == 303
    since = a_phone(app, village, phone.resident_id, phone.account_id)
    settle(app)
    assert "/layanan/masuk" in phone.get("/layanan/pemberitahuan").headers.get("Location", "")
    assert since.get("/layanan/pemberitahuan").status_code == 200, "who came after it was open again stays"
