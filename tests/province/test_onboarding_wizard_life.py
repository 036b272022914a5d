"""After an application was sent: asked back, taken back, decided, left lying; what the applicant sees and is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.onboarding.applications import events, holding, jobs, services, telling
from app.province.onboarding.applications.models import Application, ApprovalRule
from tenants.models import PlatformFile, TenantRow, now
from tenants.scope import platform_scope
from tests.support.applying import Applicant, application_at, listed, notes_of
from tests.support.people import deliver_letters, link_in, make_account
from tests.support.visitors import Visitor


@pytest.fixture
def applicant(
    app: SigerFlask, visit: Callable[[str], Visitor], _codes: Iterator[str], unique: Callable[[], int]
) -> Applicant:
    """Somebody whose village is listed and free."""
    return Applicant(visit("localhost"), listed(app, next(_codes)), f"pendaftar-c{unique()}@desa.test")


@pytest.fixture
def sent(applicant: Applicant) -> Applicant:
    """Somebody whose application the office has."""
    applicant.fill().send()
    applicant.confirm()
    applicant.letters()
    return applicant


def moved(app: SigerFlask, applicant: Applicant, state: str, **columns: Any) -> None:
    """Let the office decide, as its screens do it."""
    with application_at(app, applicant.home) as application:
        for name, value in columns.items():
            setattr(application, name, value)
        events.move(application, state, "Petugas Uji", columns.get("comment", ""))
        if state == "rejected":
            holding.release(application)
        if state in ("returned", "approved", "rejected"):
            telling.told(application, state)  # type: ignore[arg-type]
        db.session.commit()


def village_state(app: SigerFlask, applicant: Applicant) -> str:
    """Where the village stands in the registry."""
    with app.app_context(), platform_scope():
        return str(db.session.scalar(select(TenantRow.state).where(TenantRow.id == applicant.village.id)))


def left_lying(app: SigerFlask, applicant: Applicant, days: int, **columns: Any) -> None:
    """Let some days pass since an application was touched."""
    with application_at(app, applicant.home) as application:
        application.updated_at = now() - dt.timedelta(days=days)
        application.state_since = application.updated_at
        for name, value in columns.items():
            setattr(application, name, value)
        db.session.commit()


def tidy(app: SigerFlask) -> None:
    """The night's job."""
    with app.app_context(), platform_scope():
        jobs.tidy_applications()


def test_what_was_asked_back_is_corrected_and_sent_again_without_another_confirmation(
    app: SigerFlask, sent: Applicant
) -> None:
    moved(app, sent, "returned", comment="Surat tugas belum ditandatangani.")
    letter = sent.letters()[0]
    assert "Perlu dilengkapi" in letter.subject
    assert "belum ditandatangani" in letter.text
    assert link_in(letter) == sent.home
    page = sent.browser.get(sent.home).text
    assert "Surat tugas belum ditandatangani." in page
    assert "Petugas Uji" not in page, "the officer is not named"
    for step in ("pemohon", "identitas", "alamat", "periksa"):
        assert sent.browser.get(f"{sent.home}/{step}").text.count("Surat tugas belum ditandatangani.") == 1
    assert sent.introduce(ringkasan="1", name="Siti Rahma Wati").location.endswith("/periksa")
    sent.send()
    with application_at(app, sent.home) as application:
        assert (application.state, application.applicant_name) == ("submitted", "Siti Rahma Wati")
    assert village_state(app, sent) == "applied"


def test_another_e_mail_address_of_one_that_was_asked_back_is_confirmed_while_the_village_stays_held(
    app: SigerFlask, sent: Applicant
) -> None:
    moved(app, sent, "returned", comment="Surelnya keliru.")
    deliver_letters(app)
    sent.email = f"benar-{sent.email}"
    sent.introduce(letter=None)
    sent.send()
    with application_at(app, sent.home) as application:
        assert application.state == "returned"
    assert "Periksa surel Anda" in sent.browser.get(sent.home).text
    rival = Applicant(sent.browser, sent.village, "lain@desa.test")
    answer = sent.browser.submit("/daftar/mulai", {"village": str(sent.village.id)}, form="/daftar/lanjut")
    assert answer.location.startswith("/daftar/desa"), rival
    sent.confirm()
    with application_at(app, sent.home) as application:
        assert application.state == "submitted"


def test_one_that_is_with_the_office_can_not_be_changed(app: SigerFlask, sent: Applicant) -> None:
    for page in ("desa", "pemohon", "identitas", "alamat", "periksa"):
        answer = sent.browser.get(f"{sent.home}/{page}")
        assert answer.status_code == 303
        assert answer.location == sent.home
    form = f"{sent.home}/tarik"
    answer = sent.browser.submit(f"{sent.home}/identitas", {"term": "Lain"}, form=form)
    assert answer.location == sent.home
    with application_at(app, sent.home) as application:
        assert application.answers["identity"]["words"]["term"] != "Lain"


def test_taking_an_application_back_frees_the_village(app: SigerFlask, sent: Applicant) -> None:
    sent.browser.submit(f"{sent.home}/tarik")
    assert "Ditarik" in sent.browser.get(sent.home).text
    assert village_state(app, sent) == "listed"
    assert "ditarik" in sent.letters()[0].subject
    again = Applicant(sent.browser, sent.village, sent.email)
    assert again.begin().status_code == 303
    assert again.home
    assert sent.browser.get(f"{sent.home}/tarik").location == sent.home


def test_a_rejected_one_says_why_and_the_village_is_free_again(app: SigerFlask, sent: Applicant) -> None:
    moved(app, sent, "rejected", comment="Bukan perangkat desa ini.")
    page = sent.browser.get(sent.home).text
    assert "Tidak disetujui" in page
    assert "Bukan perangkat desa ini." in page
    assert "Bukan perangkat desa ini." in sent.letters()[0].text
    assert village_state(app, sent) == "listed"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("approved", "sedang disiapkan"),
        ("provisioned", "Buka undangan di surel Anda"),
        ("live", "sudah terbuka untuk warga"),
        ("expired", "Tidak disentuh selama 30 hari"),
    ],
)
def test_each_state_has_a_page_that_says_what_to_do(
    app: SigerFlask, sent: Applicant, state: str, said: str
) -> None:
    moved(app, sent, state)
    page = sent.browser.get(sent.home).text
    assert said in page
    if state in ("provisioned", "live"):
        assert f"{sent.village.slug}.localhost" in page


@pytest.mark.parametrize("what", ["approved", "live", "rejected", "outrun", "submitted", "expired"])
def test_every_letter_is_written_once_and_leads_to_the_applicants_own_page(
    app: SigerFlask, sent: Applicant, what: telling.What
) -> None:
    with application_at(app, sent.home) as application:
        application.state = "provisioned" if what == "live" else what
        telling.told(application, what)
        db.session.commit()
    letter = sent.letters()[0]
    assert sent.village.name in f"{letter.subject} {letter.text}"
    assert "%(" not in letter.text
    assert letter.sent is not None
    assert ("mail", what) in notes_of(app, sent.home)
    if what not in ("live", "expired"):
        assert sent.home in letter.text


def test_the_office_that_decides_is_the_one_that_is_set(app: SigerFlask, sent: Applicant) -> None:
    names = []
    code = sent.village.code
    for role, region in (
        ("province_admin", "18"),
        ("regency_admin", code[:5]),
        ("district_officer", code[:8]),
    ):
        make_account(app, role=role, region=region)
    for level in (1, 2, 3):
        with app.app_context(), platform_scope():
            db.session.merge(ApprovalRule(region_code=sent.village.regency_code, level=level))
            db.session.commit()
        names.append(sent.browser.get(sent.home).text)
    with app.app_context(), platform_scope():
        db.session.delete(db.session.get(ApprovalRule, sent.village.regency_code))
        db.session.commit()
    assert "Dinas PMD Provinsi Lampung" in names[0]
    assert f"Dinas PMD {sent.village.regency}" in names[1]
    assert f"kantor Kecamatan {sent.village.district}" in names[2]


def test_a_draft_that_nobody_touches_is_reminded_of_once_and_then_closed(
    app: SigerFlask, applicant: Applicant
) -> None:
    applicant.begin()
    applicant.introduce()
    deliver_letters(app)
    left_lying(app, applicant, 21)
    tidy(app)
    tidy(app)
    letters = applicant.letters()
    assert ["belum dikirim" in letter.subject for letter in letters] == [True]
    assert applicant.browser.get(f"{applicant.home}/pemohon").status_code == 200
    left_lying(app, applicant, 31)
    tidy(app)
    assert "Ditutup" in applicant.browser.get(applicant.home).text
    assert "ditutup" in applicant.letters()[0].subject
    assert [key for kind, key in notes_of(app, applicant.home) if kind == "state"] == ["draft", "expired"]


def test_what_was_asked_back_and_left_lying_gives_its_village_free(
    app: SigerFlask, sent: Applicant, visit: Callable[[str], Visitor]
) -> None:
    moved(app, sent, "returned", comment="Surat tugas belum ditandatangani.")
    sent.letters()
    left_lying(app, sent, 21)
    tidy(app)
    tidy(app)
    (reminder,) = sent.letters()
    assert "Perlu dilengkapi" in reminder.subject
    assert "belum ditandatangani" in reminder.text
    left_lying(app, sent, 31)
    tidy(app)
    assert "Ditutup" in sent.browser.get(sent.home).text
    assert "ditutup" in sent.letters()[0].subject
    assert village_state(app, sent) == "listed"
    other = Applicant(visit("localhost"), sent.village, f"lain-{sent.email}")
    other.fill().send()
    other.confirm()
    assert village_state(app, sent) == "applied"


def test_what_came_to_nothing_is_forgotten_after_half_a_year_and_the_rest_is_not(
    app: SigerFlask, sent: Applicant
) -> None:
    left_lying(app, sent, 400)
    tidy(app)
    with application_at(app, sent.home) as application:
        assert application.email == sent.email, "the office still has it"
        application_id, file_id = application.id, application.letter_file_id
    moved(app, sent, "rejected", comment="Lengkapi dahulu.")
    left_lying(app, sent, 181)
    tidy(app)
    assert sent.browser.get(sent.home).status_code == 404
    with app.app_context(), platform_scope():
        row = db.session.get(Application, application_id)
        assert row is not None
        assert (row.email, row.phone, row.applicant_name, row.answers, row.letter_file_id) == (
            "",
            "",
            "",
            {},
            None,
        )
        assert row.state == "rejected"
        assert db.session.get(PlatformFile, file_id) is None


def test_an_invited_village_begins_with_what_is_known(app: SigerFlask, applicant: Applicant) -> None:
    with app.app_context(), platform_scope():
        contact = {
            "name": "Hendra",
            "title": "Kepala Desa",
            "phone": "+6281270009999",
            "email": applicant.email,
        }
        _row, token = services.start(applicant.village.id, route="invitation", contact=contact)
    page = applicant.browser.get(f"/daftar/{token}/pemohon").text
    assert 'value="Hendra"' in page
    assert 'value="0812-7000-9999"' in page
    assert 'value="Kepala Desa"' in page
