"""What else happens while a letter is on its way: deaths, drafts on phones, people who press at the same moment."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.signing import RecordingBsre, SigningAway
from app.core.signing import runs as signing_runs
from app.core.signing.models import SigningRun
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.government.letters.desk import batch, services
from app.government.letters.markup import MarkupWrong
from app.government.letters.signing import jobs as tidying
from app.government.letters.signing import services as signing
from app.government.letters.types import letter_type, sample_values
from app.government.residents import codes
from app.government.residents.models import Resident
from app.government.residents.writing import today
from app.government.selfservice.accounts.sessions import ResidentActor
from app.government.selfservice.kiosk import asking
from app.government.selfservice.kiosk.devices import Kiosk
from app.government.selfservice.requests import services as requests
from tenants.jobs import run_job
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.core.test_api_village import program_of
from tests.support import letters, residents
from tests.support.people import Person
from tests.support.selfservice import a_phone, an_account
from tests.support.signing import PASSPHRASE, bsre_key, demo_key

Staff = Callable[..., Person]
SPOKEN = "durian-runtuh-di-senja-7741"


@pytest.fixture
def twin(app: Flask) -> Iterator[RecordingBsre]:
    """The service of this process, which records."""
    service = RecordingBsre(passphrase=SPOKEN)
    app.extensions["bsre"] = service
    yield service
    app.extensions.pop("bsre")


def _dies(app: Flask, village: Tenant, resident_id: uuid.UUID) -> None:
    with letters.working(app, village):
        gone = update(Resident).where(Resident.id == resident_id)
        db.session.execute(gone.values(vital_status=codes.DEAD, vital_on=today()))
        db.session.commit()


def _numbered(app: Flask, village: Tenant, twin: RecordingBsre) -> tuple[uuid.UUID, uuid.UUID]:
    """A letter that the service numbered and did not sign, and whom it is about."""
    resident = residents.a_resident(app, village, name="SITI AMINAH")
    letter_id = letters.a_letter(app, village, state="verified", resident_id=resident)
    key = bsre_key(app, village)
    twin.problem = SigningAway
    with letters.working(app, village):
        run = signing.sign_letters([letter_id], key, SPOKEN).id
    with app.app_context():
        run_job(signing.JOB, str(village.id), {"signing_run": str(run), "is_late": False})
    twin.problem = None
    assert letters.letter_of(app, village, letter_id).number
    return letter_id, resident


def test_who_died_gets_no_letter_though_it_has_its_number(
    app: Flask, village: Tenant, twin: RecordingBsre
) -> None:
    letter_id, resident = _numbered(app, village, twin)
    before = letters.opened(app, village, letter_id)["person"]
    _dies(app, village, resident)
    key = demo_key(app, village)
    with letters.working(app, village):
        run = signing.sign_letters([letter_id], key, PASSPHRASE)
        assert run.results[str(letter_id)] == {"result": "waits", "why": "died"}
        with pytest.raises(Invalid, match="sudah meninggal"):
            services.issue(letter_id, signing="wet")
    row = letters.letter_of(app, village, letter_id)
    assert (row.state, row.sha256) == ("verified", None)
    assert letters.opened(app, village, letter_id)["person"] == before


def test_what_has_its_number_keeps_what_it_says(app: Flask, village: Tenant, twin: RecordingBsre) -> None:
    letter_id, resident = _numbered(app, village, twin)
    with letters.working(app, village):
        db.session.execute(update(Resident).where(Resident.id == resident).values(name="SITI LAIN"))
        db.session.commit()
        services.issue(letter_id, signing="wet")
    assert letters.opened(app, village, letter_id)["person"]["name"] == "SITI AMINAH"


def test_a_draft_on_a_phone_is_no_letter_for_staff(app: Flask, village: Tenant, staff: Staff) -> None:
    resident = residents.a_resident(app, village, name="SITI KONSEP")
    phone = a_phone(app, village, resident)
    for origin in ("online", "kiosk"):
        draft = letters.a_letter(
            app, village, state="draft", resident_id=resident, account_id=phone.account_id, origin=origin
        )
        clerk = staff(village, role="secretary")
        assert clerk.get(f"/surat/{draft}").status_code == 404
        for deed in ("terbit", "batal", "tolak", "teruskan", "verifikasi", "serah"):
            answer = clerk.submit(f"/surat/{draft}/{deed}", {"reason": "Tidak jadi"}, form="/surat/baru")
            assert answer.status_code == 404, deed
        with letters.working(app, village):
            for do in (
                lambda draft=draft: services.issue(draft),
                lambda draft=draft: services.hand_on(draft),
                lambda draft=draft: services.cancel(draft, "Tidak jadi"),
                lambda draft=draft: services.submit_draft(draft),
                lambda draft=draft: services.change(draft, None, {}),
                lambda draft=draft: services.submit_draft(draft, by_kind="program"),
            ):
                with pytest.raises(Missing):
                    do()
                db.session.rollback()
        head = staff(village, role="village_head")
        back = head.submit(f"/surat/{draft}/kembalikan", {"reason": "Tidak jadi"}, form="/surat/tanda-tangan")
        assert back.status_code == 404
        assert letters.letter_of(app, village, draft).state == "draft"


def test_programs_see_no_draft_of_a_phone(app: Flask, village: Tenant) -> None:
    resident = residents.a_resident(app, village, name="SITI KONSEP")
    phone = a_phone(app, village, resident)
    draft = letters.a_letter(
        app, village, state="draft", resident_id=resident, account_id=phone.account_id, origin="online"
    )
    program = program_of(app, village)
    assert "SITI KONSEP" not in program.get("/api/v1/letters").text
    assert "SITI KONSEP" not in program.get("/api/v1/letters?state=draft").text
    assert program.get(f"/api/v1/letters/{draft}").status_code == 404
    assert program.get(f"/api/v1/letters/{draft}/steps").status_code == 404
    for deed in ("submit", "issue"):
        sent = program.send("POST", f"/api/v1/letters/{draft}/{deed}", None, headers={"If-Match": '"1"'})
        assert sent.status_code == 404, deed
    assert letters.letter_of(app, village, draft).state == "draft"


def test_taking_back_while_a_clerk_checks_is_told(
    app: Flask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident = residents.a_resident(app, village)
    phone = a_phone(app, village, resident)
    letter_id = letters.a_letter(
        app, village, resident_id=resident, account_id=phone.account_id, origin="online"
    )
    real = requests.cancel

    def raced(*args: Any, **more: Any) -> Any:
        def other() -> None:
            with letters.working(app, village):
                services.verify(letter_id, signing="local")

        with ThreadPoolExecutor(1) as pool:
            pool.submit(other).result(30)
        return real(*args, **more)

    monkeypatch.setattr(requests, "cancel", raced)
    page = f"/layanan/surat/{letter_id}/batal"
    answer = phone.submit(page, {}, form=page)
    assert answer.status_code == 303
    assert "baru saja diubah" in phone.get(answer.headers["Location"]).text
    assert letters.letter_of(app, village, letter_id).state == "verified"


def _unreadable(*_args: Any, **_more: Any) -> Any:
    raise MarkupWrong(1, 1, "Isi rusak")


def test_a_type_that_can_not_be_read_stops_its_own_letters_only(
    app: Flask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [residents.a_resident(app, village) for _one in range(3)]
    with letters.working(app, village):
        run = batch.start_batch("sktm", people, sample_values(letter_type("sktm")), uuid.uuid4())
    real, turn = batch.make_ready, iter((False, True, False))
    monkeypatch.setattr(
        batch, "make_ready", lambda *args, **more: _unreadable() if next(turn) else real(*args, **more)
    )
    arguments = {"run_id": str(run), "key": "x", "account_id": str(letters.CLERK.account_id)}
    with app.app_context():
        run_job(batch.JOB, str(village.id), arguments)
    with app.app_context(), tenant_scope(village):
        view = batch.batch_view(run)
        assert dict(view.counts) == {"issued": 2, "rejected": 1}
        assert "tidak dapat dibaca" in next(row.reason for row in view.rows if row.state == "rejected")


def test_the_kiosk_queues_what_can_not_be_set(
    app: Flask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident = residents.a_resident(app, village)
    account = an_account(app, village, resident)
    kiosk = Kiosk(uuid.uuid4(), "Lobi", True, frozenset({"sktm"}))
    person = ResidentActor(account, resident, "X", account, kiosk.id)
    monkeypatch.setattr(asking, "issue", _unreadable)
    with letters.working(app, village):
        values = sample_values(letter_type("sktm"))
        found = asking.ask_on_kiosk(kiosk, person, "sktm", values, uuid.uuid4())
    row = letters.letter_of(app, village, found)
    assert (row.state, row.details["queue"]) == ("submitted", 1)


def _waiting_run(app: Flask, village: Tenant) -> tuple[uuid.UUID, uuid.UUID]:
    letter_id = letters.a_letter(app, village, state="verified")
    key = bsre_key(app, village)
    with letters.working(app, village):
        run = signing.sign_letters([letter_id], key, SPOKEN).id
        late = now() - signing_runs.KEPT_FOR
        db.session.execute(update(SigningRun).where(SigningRun.id == run).values(expires_at=late))
        db.session.commit()
    return run, letter_id


def _runs(app: Flask, village: Tenant) -> list[SigningRun]:
    with app.app_context(), tenant_scope(village):
        found = list(db.session.scalars(select(SigningRun)))
        db.session.expunge_all()
        return found


def test_a_passphrase_that_no_worker_took_is_emptied_by_night(
    app: Flask, village: Tenant, twin: RecordingBsre
) -> None:
    _run, letter_id = _waiting_run(app, village)
    with app.app_context():
        run_job(tidying.TIDY, str(village.id), {})
    (left,) = _runs(app, village)
    assert (left.box, left.state, left.error) == (None, "expired", "too_late")
    assert letters.letter_of(app, village, letter_id).state == "verified"


def test_a_passphrase_that_no_worker_took_is_emptied_when_the_head_looks(
    app: Flask, village: Tenant, staff: Staff, twin: RecordingBsre
) -> None:
    _run, letter_id = _waiting_run(app, village)
    assert staff(village, role="village_head").get("/surat/tanda-tangan").status_code == 200
    (left,) = _runs(app, village)
    assert left.box is None
    assert letters.letter_of(app, village, letter_id).state == "verified"


def test_runs_are_forgotten_after_thirty_days(app: Flask, village: Tenant) -> None:
    key = demo_key(app, village)
    ids = []
    with letters.working(app, village):
        for age in (31, 29):
            letter_id = letters.a_letter(app, village, state="verified")
            run = signing.sign_letters([letter_id], key, PASSPHRASE).id
            moment = now() - dt.timedelta(days=age)
            db.session.execute(update(SigningRun).where(SigningRun.id == run).values(created_at=moment))
            db.session.commit()
            ids.append(run)
    with app.app_context():
        run_job(tidying.TIDY, str(village.id), {})
    assert [run.id for run in _runs(app, village)] == ids[1:]
