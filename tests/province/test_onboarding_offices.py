"""Which office decides, who sets that, and how offices are named and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from app.core.hosting import SigerFlask
from app.core.mail import RecordingMailer
from app.extensions import db
from app.province.onboarding.applications.links import own_url, seal_address
from app.province.onboarding.applications.models import Application, ApprovalRule
from tenants.scope import Tenant, platform_scope
from tests.support.people import deliver_letters, make_account
from tests.support.pipeline import application_of, make_application, set_level, village_row
from tests.support.visitors import Visitor
from tests.support.work import settle

Officer = Callable[..., Visitor]


@pytest.fixture
def code(_codes: Iterator[str]) -> str:
    """The code of a village that nobody has used yet."""
    return next(_codes)


def own_path(app: SigerFlask, application_id: UUID) -> str:
    """The path of the applicant's own page."""
    with app.app_context(), platform_scope():
        own = own_url(seal_address(db.session.get_one(Application, application_id)))
        db.session.commit()
    return "/" + own.split("/", 3)[3]


def level_at(app: SigerFlask, regency_code: str) -> int:
    """The level that is set for a kabupaten."""
    with app.app_context(), platform_scope():
        return db.session.get_one(ApprovalRule, regency_code).level


def test_what_the_province_keeps_for_itself_no_kabupaten_takes_back(
    app: SigerFlask, code: str, officer: Officer
) -> None:
    regency = code[:5]
    set_level(app, regency, 1)
    try:
        office = officer("regency_admin", regency)
        page = office.get("/pendaftaran/aturan").text
        assert "diatur oleh provinsi" in page
        assert "<option" not in page.partition("<tbody>")[2].partition("</tbody>")[0]
        answer = office.submit("/pendaftaran/aturan", {"region": regency, "level": "2"}, form="/pendaftaran")
        assert answer.status_code == 403
        assert "hanya diatur oleh provinsi" in answer.text
        assert level_at(app, regency) == 1
        above = officer("province_admin", "18")
        above.submit("/pendaftaran/aturan", {"region": regency, "level": "2"})
        assert level_at(app, regency) == 2
        page = office.get("/pendaftaran/aturan").text
        assert "Provinsi saja" not in page.partition("<tbody>")[2].partition("</tbody>")[0]
        assert office.submit("/pendaftaran/aturan", {"region": regency, "level": "1"}).status_code == 403
        assert office.submit("/pendaftaran/aturan", {"region": regency, "level": "3"}).status_code == 303
        assert level_at(app, regency) == 3
    finally:
        set_level(app, regency, 2)


@pytest.mark.parametrize(
    ("role", "length", "named"),
    [("province_admin", 2, "Dinas PMD Provinsi Lampung"), ("regency_admin", 5, "Dinas PMD Kab")],
)
def test_who_decided_is_named_and_not_who_might_have(
    app: SigerFlask, code: str, officer: Officer, province: Visitor, role: str, length: int, named: str
) -> None:
    make_account(app, role="regency_admin", region=code[:5])
    office = officer(role, code[:length])
    regency = f"Dinas PMD {village_row(app, code).regency_name}"
    named = regency if length == 5 else named
    key = make_application(app, code)
    page = f"/pendaftaran/{key}"
    office.submit(f"{page}/kembalikan", {"row_version": "1", "comment": "Kurang tanda tangan."}, form=page)
    own = own_path(app, key)
    shown = province.get(own).text
    assert f"Dari {named}" in shown
    office.submit(f"{page}/tolak", {"row_version": "2", "comment": "Bukan perangkat."}, form=page)
    mine = application_of(app, key)
    assert mine.state == "rejected"
    texts = [one.text for one in deliver_letters(app) if one.to == mine.email]
    assert f"{named} tidak menyetujui" in texts[-1]
    assert f"Hubungi {named}" in province.get(own).text
    if length == 2:
        assert all(regency not in text for text in texts)
        assert "Kantor yang memutuskan" in office.get(page).text


def test_the_letter_of_approval_names_the_office_that_decided(
    app: SigerFlask, code: str, officer: Officer
) -> None:
    make_account(app, role="regency_admin", region=code[:5])
    key = make_application(app, code)
    page = f"/pendaftaran/{key}"
    officer("province_admin", "18").submit(f"{page}/setujui", {"row_version": "1"}, form=page)
    mine = application_of(app, key)
    texts = [one.text for one in deliver_letters(app) if one.to == mine.email]
    assert any("disetujui oleh Dinas PMD Provinsi Lampung" in text for text in texts)


def test_the_invitation_names_the_office_that_nobody_has_to_know_the_officer_of(
    app: SigerFlask, code: str, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_application(app, code)
    page, office = f"/pendaftaran/{key}", officer("regency_admin", code[:5])
    office.submit(f"{page}/setujui", {"row_version": "1"}, form=page)
    letters = RecordingMailer()
    monkeypatch.setitem(app.extensions, "mailer", letters)
    settle(app)
    mine = application_of(app, key)
    letter = next(one for one in letters.letters if one.to == mine.email and "/undangan?t=" in one.text)
    named = f"Dinas PMD {village_row(app, code).regency_name}"
    assert f"{office.name} dari {named} mengundang Anda" in letter.text  # type: ignore[attr-defined]
    assert f"Tanyakan kepada {named}" in letter.text
    assert "tidak mengenal pengundangnya" not in letter.text


def test_an_invitation_from_the_villages_card_names_the_office_too(
    app: SigerFlask, village: Tenant, officer: Officer, unique: Callable[[], int]
) -> None:
    email = f"undangan{unique()}@contoh.test"
    card, office = f"/desa/{village.id}", officer("province_admin", "18")
    typed = {"name": "Ibu Siti", "email": email, "role": "secretary", "title": "Juru Tulis"}
    assert office.submit(f"{card}/undang", typed, form=f"{card}/undang").status_code == 303
    (letter,) = [one for one in deliver_letters(app) if one.to == email]
    assert "dari Dinas PMD Provinsi Lampung mengundang Anda" in letter.text
