"""What offices decide on applications: who may, what happens to the village, and two at once."""

from __future__ import annotations

import datetime as dt
import html
import re
import threading
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import psycopg
import pytest
from flask_babel import force_locale, gettext
from sqlalchemy import select, update

from app.core.accounts.models import Account, Membership
from app.core.actors import Actor
from app.core.hosting import SigerFlask
from app.core.mail import RecordingMailer
from app.extensions import db
from app.province.onboarding.applications.models import Application, ApplicationEvent
from app.province.onboarding.board import deciding
from app.province.onboarding.board import jobs as board_jobs
from app.province.onboarding.board.deciding import AlreadyDecided, NotDecided
from app.province.onboarding.board.words import step_word
from app.province.onboarding.welcome import welcome
from tenants.bootstrap import libpq_url
from tenants.errors import ProvisioningFailed
from tenants.models import Domain, PlatformJobRun, TenantRow, now
from tenants.provisioning import make_spares
from tenants.scope import Tenant, platform_scope
from tests.support.people import deliver_letters, link_in, make_account
from tests.support.pipeline import application_of, make_application, set_level, village_row
from tests.support.servers import DatabaseUrls
from tests.support.visitors import Visitor
from tests.support.work import settle

Officer = Callable[..., Visitor]


@pytest.fixture
def code(_codes: Iterator[str]) -> str:
    """The code of a village that nobody has used yet."""
    return next(_codes)


def path(application_id: UUID, deed: str = "") -> str:
    """The address of an application's page, or of a deed there."""
    return f"/pendaftaran/{application_id}" + (f"/{deed}" if deed else "")


def actor(app: SigerFlask, region: str, role: str = "regency_admin") -> Actor:
    """An officer as services know one."""
    from app.core.accounts.loading import build_actor

    account = make_account(app, role=role, region=region, totp_confirmed_at=now())
    with app.app_context(), platform_scope():
        found = build_actor(account.id, None)
    assert found is not None
    return found


def test_an_approved_village_answers_on_the_address_that_it_chose(
    app: SigerFlask,
    urls: DatabaseUrls,
    code: str,
    officer: Officer,
    visit: Callable[[str], Visitor],
) -> None:
    row = village_row(app, code)
    slug = f"pilihan-{code.replace('.', '')}"
    application_id = make_application(app, code, slug=slug)
    with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as conn:
        make_spares(conn, 1)
    office = officer("regency_admin", row.regency_code)
    answer = office.submit(path(application_id, "setujui"), {"row_version": "1"}, form=path(application_id))
    assert answer.status_code == 303
    assert application_of(app, application_id).state == "approved"
    assert village_row(app, code).state == "approved"
    settle(app)
    done = application_of(app, application_id)
    assert (done.state, done.decided_by) == ("provisioned", office.name)  # type: ignore[attr-defined]
    present = village_row(app, code)
    assert (present.state, present.slug, present.term, present.words["head"]) == (
        "provisioned", slug, "Pekon", "Peratin",
    )  # fmt: skip
    assert visit(f"{slug}.localhost").get("/").status_code == 200
    assert visit(f"{row.slug}.localhost").get("/").status_code == 404
    with app.app_context(), platform_scope():
        assert db.session.get(Domain, row.slug) is None


def test_who_applied_is_invited_to_manage_accounts_and_comes_to_setting_up(
    app: SigerFlask, code: str, visit: Callable[[str], Visitor]
) -> None:
    application_id = make_application(app, code)
    row, one = village_row(app, code), application_of(app, application_id)
    with app.app_context(), platform_scope():
        deciding.approve(application_id, by=actor(app, row.regency_code))
    settle(app)
    with app.app_context(), platform_scope():
        member = db.session.scalars(select(Membership).where(Membership.tenant_id == row.id)).one()
        assert (member.role, member.title, member.invited_name) == (
            "secretary",
            "Juru Tulis",
            one.applicant_name,
        )
    with app.app_context():
        assert not welcome(
            row.id, name=one.applicant_name, email=one.email, phone=one.phone, title="Juru Tulis", by="Dinas"
        )


def test_the_invitation_leads_on_to_setting_up(
    app: SigerFlask,
    make_village: Callable[[], Tenant],
    visit: Callable[[str], Visitor],
    unique: Callable[[], int],
) -> None:
    village = make_village()
    email = f"pertama{unique()}@contoh.test"
    with app.app_context():
        assert welcome(village.id, name="Ibu Pertama", email=email, phone="", title="Kaur", by="Dinas PMD")
    letters = [letter for letter in deliver_letters(app) if letter.to == email]
    assert len(letters) == 1
    assert "Dinas PMD mengundang Anda" in letters[0].text
    browser = visit(f"{village.slug}.localhost")
    link = link_in(letters[0])
    token = link.partition("t=")[2]
    answer = browser.submit(
        "/undangan",
        {
            "t": token,
            "name": "Ibu Pertama",
            "password": "kopi-robusta-pahit-92",
            "repeat": "kopi-robusta-pahit-92",
        },
        form=link,
    )
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"].endswith("/persiapan")


def test_an_english_applicant_is_asked_back_and_invited_in_english(
    app: SigerFlask,
    code: str,
    officer: Officer,
    visit: Callable[[str], Visitor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    application_id = make_application(app, code, locale="en")
    row, one = village_row(app, code), application_of(app, application_id)
    office = officer("regency_admin", code[:5])
    asked = {"row_version": "1", "comment": "Unsigned.", "steps": ["applicant", "address"]}
    office.submit(path(application_id, "kembalikan"), asked, form=path(application_id))
    with app.app_context(), force_locale("en"):
        names = f"{step_word('applicant')}, {step_word('address')}"
        expected = gettext("Yang perlu diperbaiki: %(steps)s.", steps=names)
    assert application_of(app, application_id).comment == f"Unsigned.\n\n{expected}"
    with app.app_context(), platform_scope():
        db.session.execute(
            update(Application).where(Application.id == application_id).values(state="submitted")
        )
        db.session.commit()
        deciding.approve(application_id, by=actor(app, row.regency_code))
    office_of_letters = RecordingMailer()
    monkeypatch.setitem(app.extensions, "mailer", office_of_letters)
    settle(app)
    mine = [letter for letter in office_of_letters.letters if letter.to == one.email]
    invitation = next(letter for letter in mine if "/undangan?t=" in letter.text)
    assert f"Hello {one.applicant_name}" in invitation.text
    browser = visit(f"{one.slug}.localhost")
    link = link_in(invitation)
    page = browser.get(link)
    assert '<html lang="en"' in page.text
    way = re.search(r'<form method="post" action="([^"]+)"', page.text)
    assert way is not None
    typed = {"t": parse_qs(urlsplit(link).query)["t"][0], "name": "Ann", "password": "short"}
    refused = browser.submit(html.unescape(way[1]), typed, form=link)
    assert refused.status_code == 422
    assert '<html lang="en"' in refused.text
    with app.app_context(), platform_scope():
        account = db.session.scalars(select(Account).where(Account.email == one.email)).one()
        assert account.locale == "en"


def test_whoever_has_an_account_keeps_its_language(
    app: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    known = make_account(app, tenant=make_village(), role="secretary")
    village = make_village()
    with app.app_context():
        assert welcome(
            village.id, name="Ibu", email=known.email, phone="", title="Kaur", by="Dinas", locale="en"
        )
    letter = next(letter for letter in deliver_letters(app) if letter.to == known.email)
    assert "Dinas menambahkan Anda" in letter.text
    with app.app_context(), platform_scope():
        assert db.session.get_one(Account, known.id).locale == "id"


def test_asking_back_tells_the_applicant_what_and_where(app: SigerFlask, code: str, officer: Officer) -> None:
    application_id = make_application(app, code)
    office = officer("regency_admin", code[:5])
    missing = office.submit(
        path(application_id, "kembalikan"), {"row_version": "1"}, form=path(application_id)
    )
    assert missing.status_code == 422
    answer = office.submit(
        path(application_id, "kembalikan"),
        {"row_version": "1", "comment": "Surat tugas belum ditandatangani.", "steps": ["applicant"]},
        form=path(application_id),
    )
    assert answer.status_code == 303
    done = application_of(app, application_id)
    assert (done.state, done.step) == ("returned", "applicant")
    assert "Surat tugas belum ditandatangani." in done.comment
    assert "Siapa Anda" in done.comment
    letters = [letter for letter in deliver_letters(app) if letter.to == done.email]
    assert any("Surat tugas belum ditandatangani." in letter.text for letter in letters)
    assert village_row(app, code).state == "applied"


def test_a_rejected_village_may_be_applied_for_again(app: SigerFlask, code: str, officer: Officer) -> None:
    application_id = make_application(app, code)
    office = officer("province_admin", "18")
    answer = office.submit(
        path(application_id, "tolak"),
        {"row_version": "1", "comment": "Bukan perangkat desa ini."},
        form=path(application_id),
    )
    assert answer.status_code == 303
    assert application_of(app, application_id).state == "rejected"
    assert village_row(app, code).state == "listed"


@pytest.mark.parametrize(
    ("level", "role", "length", "allowed"),
    [
        (1, "province_admin", 2, True),
        (1, "regency_admin", 5, False),
        (2, "regency_admin", 5, True),
        (2, "district_officer", 8, False),
        (3, "district_officer", 8, True),
        (3, "regency_admin", 5, True),
        (3, "province_admin", 2, True),
    ],
)
def test_the_office_that_is_set_decides_and_those_above_it(
    app: SigerFlask,
    code: str,
    officer: Officer,
    level: int,
    role: str,
    length: int,
    allowed: bool,
) -> None:
    set_level(app, code[:5], level)
    try:
        application_id = make_application(app, code)
        office = officer(role, code[:length])
        page = office.get(path(application_id))
        assert page.status_code == 200
        assert ("Setujui" in page.text) is allowed
        answer = office.submit(
            path(application_id, "tolak"), {"row_version": "1", "comment": "Tidak lengkap."}, form="/akun"
        )
        assert answer.status_code == (303 if allowed else 403)
        assert application_of(app, application_id).state == ("rejected" if allowed else "submitted")
        if not allowed:
            assert "diputuskan oleh" in answer.text
    finally:
        set_level(app, code[:5], 2)


def test_of_two_officers_at_once_one_decides_and_the_other_is_told_by_whom(
    app: SigerFlask, code: str
) -> None:
    application_id = make_application(app, code)
    officers = [actor(app, code[:5]), actor(app, "18", "province_admin")]
    start, refused, done = threading.Barrier(2), list[str](), list[str]()

    def decide(by: Actor) -> None:
        with app.app_context(), platform_scope():
            start.wait()
            try:
                deciding.approve(application_id, by=by, seen=1)
                done.append(by.name)
            except AlreadyDecided as late:
                refused.append(str(late))

    threads = [threading.Thread(target=decide, args=(by,)) for by in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert refused == [f"Pendaftaran ini sudah diputuskan oleh {done[0]}: Disetujui, disiapkan."]
    with app.app_context(), platform_scope():
        told = select(ApplicationEvent).where(
            ApplicationEvent.application_id == application_id, ApplicationEvent.key == "approved"
        )
        assert len([event for event in db.session.scalars(told) if event.kind == "state"]) == 1


def test_what_changed_since_it_was_read_is_not_decided(app: SigerFlask, code: str, officer: Officer) -> None:
    application_id = make_application(app, code)
    with app.app_context(), platform_scope():
        db.session.execute(update(Application).where(Application.id == application_id).values(row_version=5))
        db.session.commit()
    answer = officer("province_admin", "18").submit(
        path(application_id, "setujui"), {"row_version": "1"}, form=path(application_id)
    )
    assert answer.status_code == 409
    assert "baru saja berubah" in answer.text
    assert application_of(app, application_id).state == "submitted"


def test_an_address_that_was_taken_meanwhile_is_not_given_twice(
    app: SigerFlask, code: str, village: Tenant
) -> None:
    application_id = make_application(app, code, slug=village.slug)
    with app.app_context(), platform_scope(), pytest.raises(NotDecided, match="sudah dipakai desa lain"):
        deciding.approve(application_id, by=actor(app, code[:5]))
    assert application_of(app, application_id).state == "submitted"
    assert village_row(app, code).state == "applied"


def test_a_village_with_other_software_is_not_prepared(app: SigerFlask, code: str) -> None:
    application_id = make_application(app, code)
    bear = update(TenantRow).where(TenantRow.code == code)
    with app.app_context(), platform_scope():
        db.session.execute(bear.values(software="OpenSID"))
        db.session.commit()
    with app.app_context(), platform_scope(), pytest.raises(NotDecided, match="OpenSID"):
        deciding.approve(application_id, by=actor(app, code[:5]))
    with app.app_context(), platform_scope():
        db.session.execute(bear.values(software=None))
        db.session.commit()


def test_another_region_finds_nothing(app: SigerFlask, code: str, officer: Officer) -> None:
    elsewhere = "18.06" if code[:5] != "18.06" else "18.01"
    application_id = make_application(app, code)
    office = officer("regency_admin", elsewhere)
    assert office.get(path(application_id)).status_code == 404
    for deed in ("setujui", "tolak", "kembalikan", "ulangi"):
        assert (
            office.submit(path(application_id, deed), {"comment": "Tidak."}, form="/akun").status_code == 404
        )
    assert application_of(app, application_id).state == "submitted"
    assert officer("mentor", code[:8]).get(path(application_id)).status_code == 403


def test_a_preparation_that_failed_is_shown_and_done_once_more(
    app: SigerFlask, code: str, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    application_id = make_application(app, code)
    by = actor(app, code[:5])

    def full(tenant_id: UUID) -> None:
        raise ProvisioningFailed("could not extend file: no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(board_jobs, "make_schema", full)
        broken.setattr("tenants.jobs.RETRY_PAUSES", (0, 0, 0))
        with app.app_context(), platform_scope():
            run_id = deciding.approve(application_id, by=by).id
        settle(app)
        with app.app_context(), platform_scope():
            db.session.execute(
                update(PlatformJobRun).where(PlatformJobRun.id == run_id).values(state="failed")
            )
            db.session.commit()
    office = officer("regency_admin", code[:5])
    page = office.get(path(application_id))
    assert "no space left on device" in page.text
    assert "Coba lagi" in page.text
    assert "Penyiapan gagal" in office.get(f"/pendaftaran?q={code}").text
    answer = office.submit(path(application_id, "ulangi"), {}, form=path(application_id))
    assert answer.status_code == 303
    settle(app)
    assert application_of(app, application_id).state == "provisioned"
    assert office.submit(path(application_id, "ulangi"), {}, form="/akun").status_code == 303
    assert "tidak gagal" in office.get(path(application_id)).text


def test_an_approved_application_whose_preparation_nobody_asked_for_can_be_prepared(
    app: SigerFlask, code: str, officer: Officer
) -> None:
    application_id = make_application(app, code, "approved")
    office = officer("regency_admin", code[:5])
    page = office.get(path(application_id)).text
    assert "belum mulai disiapkan" in page
    assert "hx-get" not in page.partition('id="penyiapan"')[2].partition("</div>")[0]
    assert path(application_id, "ulangi") in page
    office.submit(path(application_id, "ulangi"), {}, form=path(application_id))
    settle(app)
    assert application_of(app, application_id).state == "provisioned"


def test_a_job_that_was_killed_between_its_parts_goes_on(
    app: SigerFlask, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    application_id = make_application(app, code)
    with app.app_context(), platform_scope():
        run = deciding.approve(application_id, by=actor(app, code[:5]))
        arguments = {**run.arguments, "run_id": str(run.id)}

    class Killed(BaseException):
        pass

    def kill(*_args: object, **_named: object) -> None:
        raise Killed

    for part in ("welcome", "deciding.finish"):
        owner, _dot, name = part.rpartition(".")
        with monkeypatch.context() as broken, app.app_context(), platform_scope():
            broken.setattr(deciding if owner else board_jobs, name, kill)
            with pytest.raises(Killed):
                board_jobs.provision_approved(**arguments)
        assert application_of(app, application_id).state == "approved"
    for _ in range(2):
        with app.app_context(), platform_scope():
            board_jobs.provision_approved(**arguments)
    assert application_of(app, application_id).state == "provisioned"
    row = village_row(app, code)
    with app.app_context(), platform_scope():
        members = db.session.scalars(select(Membership).where(Membership.tenant_id == row.id)).all()
        assert len(members) == 1


def test_a_village_that_is_set_up_makes_its_application_live(app: SigerFlask, code: str) -> None:
    application_id = make_application(app, code, "provisioned", provisioned_at=now() - dt.timedelta(days=2))
    row = village_row(app, code)
    for expected in (True, False):
        with app.app_context(), platform_scope():
            assert deciding.went_live(row.id) is expected
            db.session.commit()
    done = application_of(app, application_id)
    assert (done.state, done.live_at is not None) == ("live", True)
