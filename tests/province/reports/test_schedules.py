"""Reports by mail: due once a month and address, whoever runs twice, dies or fails; only to whom the schedule names."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.core.mail import Letter, RecordingMailer
from app.extensions import db
from app.province.reports import delivering, schedules
from app.province.reports.models import Report, ReportDelivery, ReportSchedule
from tenants.jobs import run_job
from tenants.scope import platform_scope
from tests.support.figures import add_up, month, tell
from tests.support.visitors import Visitor
from tests.support.work import settle

Officer = Callable[..., Visitor]
REGENCY, VILLAGE = "18.12", "18.12.01.2003"


class FailingMailer(RecordingMailer):
    """Refuses everything."""

    def send(self, letter: Letter) -> None:
        """Refuse."""
        raise ConnectionRefusedError("nobody listens")


class ReportsMailer(RecordingMailer):
    """Keeps reports alone: what other tests left to be told goes out in the same run."""

    def send(self, letter: Letter) -> None:
        """Keep a report."""
        if letter.subject.startswith("Laporan "):
            super().send(letter)


@pytest.fixture(scope="module", autouse=True)
def _figures(app: SigerFlask) -> None:
    tell(app, VILLAGE, {"adoption.live": 1, "letters.issued": 7}, ago=1)
    add_up(app, [1])


@pytest.fixture
def mails(app: SigerFlask) -> Iterator[RecordingMailer]:
    """The letters that go out."""
    before = app.extensions.get("mailer")
    office = app.extensions["mailer"] = ReportsMailer()
    yield office
    app.extensions["mailer"] = before


@pytest.fixture
def manager(app: SigerFlask, officer: Officer) -> Iterator[Visitor]:
    """Who manages the reports of a kabupaten; its schedules are gone afterwards."""
    yield officer("regency_admin", REGENCY)
    with app.app_context(), platform_scope():
        db.session.execute(update(ReportSchedule).values(is_active=False))
        db.session.commit()


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let it be a day of this month."""

    def be(number: int) -> None:
        monkeypatch.setattr(schedules, "today", lambda: month().replace(day=number))

    be(3)
    return be


def added(manager: Visitor, recipients: str, number: int = 5) -> uuid.UUID:
    """Add a schedule by its form."""
    form = "/laporan/jadwal/baru"
    data = {"wilayah": REGENCY, "day": str(number), "recipients": recipients, "is_active": "1"}
    answer = manager.submit(form, data, form=form)
    assert answer.status_code == 303, answer.text
    return uuid.UUID(answer.headers["Location"].rpartition("/")[2])


def clock(app: SigerFlask) -> None:
    """The daily job, and all that follows from it."""
    with app.app_context():
        run_job("reports.run_schedules", None, {})
    settle(app)


def lines(app: SigerFlask, schedule_id: uuid.UUID) -> list[ReportDelivery]:
    """What became of a schedule's letters."""
    with app.app_context(), platform_scope():
        query = select(ReportDelivery).where(ReportDelivery.schedule_id == schedule_id)
        found = list(db.session.scalars(query.order_by(ReportDelivery.recipient)))
        db.session.expunge_all()
        return found


def test_last_months_report_goes_out_once_whatever_the_clock_does(
    app: SigerFlask, manager: Visitor, mails: RecordingMailer, day: Callable[[int], None]
) -> None:
    settle(app)
    schedule_id = added(manager, "camat@contoh.test\nBUPATI@contoh.test, bupati@contoh.test")
    clock(app)
    assert mails.letters == [], "its day has not come"
    day(9)
    clock(app)
    assert sorted(letter.to for letter in mails.letters) == ["bupati@contoh.test", "camat@contoh.test"], (
        "caught up"
    )
    clock(app)
    with app.app_context():
        run_job(schedules.RUN_ONE, None, {"schedule_id": str(schedule_id)})
        for one in lines(app, schedule_id):
            run_job("reports.deliver", None, {"delivery_id": str(one.id)})
    with app.app_context(), platform_scope():
        forgotten = update(ReportSchedule).where(ReportSchedule.id == schedule_id)
        db.session.execute(forgotten.values(last_month=None))
        db.session.commit()
    with app.app_context():
        run_job(schedules.RUN_ONE, None, {"schedule_id": str(schedule_id)})
    settle(app)
    assert len(mails.letters) == 2, "an address has one line a month"
    letter = mails.letters[0]
    assert [one.media_type.partition("/")[0] for one in letter.attachments] == ["application"] * 2
    assert letter.attachments[0].data[:4] == b"%PDF"
    assert f"{month(1):%Y-%m}" in letter.attachments[0].file_name
    assert manager.email in letter.text, "whom to ask"  # type: ignore[attr-defined]
    assert f"/laporan/jadwal/{schedule_id}" in letter.text
    page = manager.get(f"/laporan/jadwal/{schedule_id}").text
    assert page.count("Terkirim") == 2
    with app.app_context(), platform_scope():
        sent = select(func.count()).where(
            PlatformAuditEntry.action == "report.sent", PlatformAuditEntry.summary == "camat@contoh.test"
        )
        assert db.session.scalar(sent) == 1


def test_a_letter_that_fails_says_why_and_is_sent_by_a_later_try(
    app: SigerFlask, manager: Visitor, mails: RecordingMailer, day: Callable[[int], None]
) -> None:
    schedule_id = added(manager, "kadis@contoh.test")
    day(5)
    settle(app)
    mails.letters.clear()
    app.extensions["mailer"] = FailingMailer()
    with app.app_context():
        run_job(schedules.RUN_ONE, None, {"schedule_id": str(schedule_id)})
        (line,) = lines(app, schedule_id)
        if line.state == "waiting":
            with platform_scope():
                report = db.session.get_one(Report, line.report_id)
                given = {"region_code": REGENCY, "report_id": str(report.id), "run_id": str(report.run_id)}
            run_job("reports.make", None, given)
        with pytest.raises(ConnectionRefusedError):
            run_job("reports.deliver", None, {"delivery_id": str(line.id)})
    (line,) = lines(app, schedule_id)
    assert (line.state, line.attempts) == ("failed", 1)
    page = f"/laporan/jadwal/{schedule_id}"
    assert "Server surel tidak menerima surat ini" in manager.get(page).text
    assert "1 gagal" in manager.get("/laporan/jadwal").text
    app.extensions["mailer"] = mails
    assert "dikirim ulang" in manager.submit(f"{page}/kirim-ulang", form=page, follow_redirects=True).text
    settle(app)
    assert [letter.to for letter in mails.letters] == ["kadis@contoh.test"]


def test_a_worker_killed_before_it_wrote_anything_down_leaves_it_to_the_next(
    app: SigerFlask,
    manager: Visitor,
    mails: RecordingMailer,
    day: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Killed(BaseException):
        """As a signal would end it."""

    schedule_id = added(manager, "sekda@contoh.test")
    day(6)

    def die(*given: object) -> None:
        raise Killed

    with app.app_context():
        with monkeypatch.context() as patch:
            patch.setattr(schedules.services, "hand_out", die)
            patch.setattr(schedules.db.session, "commit", die)
            with pytest.raises(Killed):
                run_job(schedules.RUN_ONE, None, {"schedule_id": str(schedule_id)})
        assert lines(app, schedule_id) == []
    clock(app)
    assert [letter.to for letter in mails.letters] == ["sekda@contoh.test"]


def test_an_address_that_was_taken_out_gets_nothing_and_large_files_are_linked(
    app: SigerFlask,
    manager: Visitor,
    mails: RecordingMailer,
    day: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schedule_id = added(manager, "satu@contoh.test dua@contoh.test")
    day(5)
    with app.app_context():
        run_job(schedules.RUN_ONE, None, {"schedule_id": str(schedule_id)})
    page = f"/laporan/jadwal/{schedule_id}"
    version = 2
    data = {"day": "5", "recipients": "satu@contoh.test", "is_active": "1", "row_version": str(version)}
    assert manager.submit(page, data).status_code == 303
    assert manager.submit(page, data).status_code == 409, "an old form"
    monkeypatch.setattr(delivering, "MOST_ATTACHED", 10)
    settle(app)
    assert [letter.to for letter in mails.letters] == ["satu@contoh.test"]
    assert mails.letters[0].attachments == ()
    assert "perlu masuk" in mails.letters[0].text
    assert [one.state for one in lines(app, schedule_id)] == ["cancelled", "sent"]


def test_a_schedule_that_begins_late_or_is_off_sends_nothing_this_month(
    app: SigerFlask, manager: Visitor, mails: RecordingMailer, day: Callable[[int], None]
) -> None:
    day(20)
    schedule_id = added(manager, "telat@contoh.test")
    clock(app)
    assert lines(app, schedule_id) == []
    page = f"/laporan/jadwal/{schedule_id}"
    manager.submit(page, {"day": "28", "recipients": "telat@contoh.test", "row_version": "1"})
    day(28)
    clock(app)
    assert lines(app, schedule_id) == []
    assert "Dihentikan" in manager.get("/laporan/jadwal").text


@pytest.mark.parametrize(
    ("recipients", "said"),
    [
        ("", "Wajib diisi."),
        ("bukan surel", "bukan alamat surel"),
        ("a@b", "bukan alamat surel"),
        ("a@contoh.test\nBcc: b@contoh.test", "bukan alamat surel"),
        (" ".join(f"n{n}@contoh.test" for n in range(21)), "Paling banyak 20 alamat."),
    ],
)
def test_addresses_are_checked(manager: Visitor, recipients: str, said: str) -> None:
    form = "/laporan/jadwal/baru"
    answer = manager.submit(
        form, {"wilayah": REGENCY, "day": "5", "recipients": recipients, "is_active": "1"}
    )
    assert answer.status_code == 422
    assert said in answer.text


@pytest.mark.parametrize("number", ["0", "29", "x", "-1", "", "5.5", "٣"])
def test_days_are_those_that_every_month_has(manager: Visitor, number: str) -> None:
    data = {"wilayah": REGENCY, "day": number, "recipients": "a@contoh.test"}
    assert manager.submit("/laporan/jadwal/baru", data).status_code == 422


def test_schedules_of_other_regions_are_not_found(
    app: SigerFlask, officer: Officer, manager: Visitor, day: Callable[[int], None]
) -> None:
    schedule_id = added(manager, "a@contoh.test")
    stranger = officer("regency_admin", "18.06")
    assert stranger.get(f"/laporan/jadwal/{schedule_id}").status_code == 404
    assert str(schedule_id) not in stranger.get("/laporan/jadwal").text
    data = {"wilayah": REGENCY, "day": "5", "recipients": "a@contoh.test"}
    assert stranger.submit("/laporan/jadwal/baru", data).status_code == 404
    assert officer("district_officer", f"{REGENCY}.01").get("/laporan/jadwal").status_code == 403


def test_the_day_is_the_calendars_of_lampung(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "now", lambda: dt.datetime(2026, 10, 31, 17, 30, tzinfo=dt.UTC))
    assert schedules.today() == dt.date(2026, 11, 1)


def test_reports_that_were_missed_over_months_ends_are_caught_up_of_two_months_once(
    app: SigerFlask,
    manager: Visitor,
    mails: RecordingMailer,
    day: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settle(app)
    schedule_id = added(manager, "sekda@contoh.test", 20)
    monkeypatch.setattr(schedules, "today", lambda: month(-1).replace(day=3))
    clock(app)
    assert [f"{month(1):%Y-%m}" in one.attachments[0].file_name for one in mails.letters] == [True], (
        "this month's was due on the 20th, when nothing ran"
    )
    clock(app)
    assert len(mails.letters) == 1, "next month's day has not come"
    monkeypatch.setattr(schedules, "today", lambda: month(-5).replace(day=3))
    clock(app)
    clock(app)
    late = [one.month for one in lines(app, schedule_id)]
    assert sorted(late) == [month(1), month(-2), month(-3)], "of a long time, the last two"
    assert len(mails.letters) == 3


def test_a_report_that_gets_ready_while_its_letters_are_noted_is_sent(
    app: SigerFlask,
    manager: Visitor,
    mails: RecordingMailer,
    day: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tell(app, VILLAGE, {"letters.issued": 8}, ago=1)
    add_up(app, [1])
    schedule_id = added(manager, "asisten@contoh.test")
    day(5)
    with app.app_context(), platform_scope():
        report, is_new = schedules.services.ask(REGENCY, month(1), asked_by="Uji")
        assert is_new
        given = {"region_code": REGENCY, "report_id": str(report.id), "run_id": str(report.run_id)}
        db.session.commit()
    really_ask = schedules.services.ask

    def elsewhere() -> None:
        with app.app_context():
            run_job("reports.make", None, given)

    def ask(*args: Any, **named: Any) -> tuple[Report, bool]:
        found = really_ask(*args, **named)
        worker = threading.Thread(target=elsewhere)
        worker.start()
        worker.join()
        return found

    with app.app_context(), monkeypatch.context() as patch:
        patch.setattr(schedules.services, "ask", ask)
        run_job(schedules.RUN_ONE, None, {"schedule_id": str(schedule_id)})
    settle(app)
    clock(app)
    assert [letter.to for letter in mails.letters] == ["asisten@contoh.test"]
