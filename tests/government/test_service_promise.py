"""Working days: the government's calendar, the village's own days, its hours; and how fast it really was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from app.core.hosting import SigerFlask
from app.core.ui.formats import ZONE
from app.extensions import db
from app.government.service.promise import WorkCalendar, calendar_of, due_at, is_overdue, knows_year
from tenants.ids import uuid7
from tenants.scope import Tenant, tenant_scope
from tests.support.people import Person
from tests.support.visitors import Visitor

SETTINGS = "/pengaturan/janji-layanan"


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("submitted", "days", "due"),
    [
        ("2026-11-23T09:00", 1, "2026-11-24T15:30"),
        ("2026-11-27T16:45", 1, "2026-11-30T15:30"),
        ("2026-11-28T10:00", 1, "2026-11-30T15:30"),
        ("2026-12-23T10:00", 1, "2026-12-28T15:30"),
        ("2026-11-23T09:00", 0, "2026-11-23T15:30"),
        ("2026-11-23T19:00", 0, "2026-11-24T15:30"),
        ("2026-11-23T09:00", 5, "2026-11-30T15:30"),
    ],
)
def test_a_promise_ends_with_the_office_hours_of_a_working_day(submitted: str, days: int, due: str) -> None:
    assert WorkCalendar().due_at(at(submitted), days) == at(due)


def test_christmas_and_the_leave_before_it_are_no_working_days() -> None:
    calendar = WorkCalendar()
    assert not calendar.is_working_day(dt.date(2026, 12, 24))
    assert not calendar.is_working_day(dt.date(2026, 12, 25))
    assert calendar.is_working_day(dt.date(2026, 12, 23))


def test_collective_leave_is_called_so_and_no_name_stands_twice(app: SigerFlask) -> None:
    with app.test_request_context():
        names = [name for _day, name in WorkCalendar().free_days(dt.date(2026, 12, 1), 31)]
    assert names == ["Cuti bersama Kelahiran Yesus Kristus", "Kelahiran Yesus Kristus"]


def test_the_village_closes_and_opens_its_own_days() -> None:
    calendar = calendar_of(
        {}, {"closed_days": [["2026-11-24", "Bersih desa"]], "opened_days": [["2026-11-28", "Layanan Sabtu"]]}
    )
    assert calendar.due_at(at("2026-11-23T09:00"), 1) == at("2026-11-25T15:30")
    assert calendar.is_working_day(dt.date(2026, 11, 28))
    assert calendar.due_at(at("2026-11-27T09:00"), 1) == at("2026-11-28T15:30")


def test_the_days_and_hours_of_the_week_are_those_of_the_office() -> None:
    calendar = calendar_of({"mon": ["08:00", "12:00"], "sat": ["09:00", "11:00"]}, None)
    assert calendar.due_at(at("2026-11-23T09:00"), 1) == at("2026-11-28T11:00")
    assert calendar.hours_between(at("2026-11-23T10:00"), at("2026-11-28T10:00")) == pytest.approx(3.0)


def test_time_is_counted_only_while_the_office_works() -> None:
    calendar = WorkCalendar()
    assert calendar.hours_between(at("2026-11-20T15:00"), at("2026-11-23T09:00")) == pytest.approx(1.5)
    assert calendar.hours_between(at("2026-11-20T11:00"), at("2026-11-20T14:00")) == pytest.approx(2.0)
    assert calendar.hours_between(at("2026-11-22T09:00"), at("2026-11-22T15:00")) == 0
    assert calendar.hours_between(at("2026-11-23T15:00"), at("2026-11-23T09:00")) == 0


def test_in_a_year_without_a_calendar_weekends_alone_are_free() -> None:
    calendar = WorkCalendar()
    assert not knows_year(2031)
    assert calendar.is_working_day(dt.date(2031, 8, 18))
    assert not calendar.is_working_day(dt.date(2031, 8, 17))


def test_a_promise_is_broken_when_its_moment_has_passed() -> None:
    due = at("2026-11-24T15:30")
    assert is_overdue(due, moment=at("2026-11-24T15:31"))
    assert not is_overdue(due, at("2026-11-24T15:00"), moment=at("2026-12-01T09:00"))
    assert is_overdue(due, at("2026-11-25T09:00"))
    assert not is_overdue(None)


def test_staff_choose_days_and_the_next_promise_keeps_to_them(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    answer = person.submit(
        SETTINGS,
        {
            "complaint_days": "3",
            "closed_0": "2026-11-24",
            "closed_note_0": "Bersih desa",
            "opened_0": "2026-11-29",
            "opened_note_0": "Layanan Minggu",
        },
    )
    assert answer.status_code == 303
    page = person.get(SETTINGS).text
    assert page.count('name="closed_note_') == page.count('name="opened_note_') == 1 + 3
    assert "Bersih desa" in page
    assert 'value="2026-11-29"' in page
    with app.app_context(), tenant_scope(village):
        assert due_at(at("2026-11-23T09:00"), 1).date() == dt.date(2026, 11, 25)
        assert due_at(at("2026-11-27T09:00"), 1).date() == dt.date(2026, 11, 29)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"closed_0": "2026-11-24"}, "Tulis keterangannya."),
        (
            {
                "closed_0": "2026-11-24", "closed_note_0": "a", "opened_0": "2026-11-24", "opened_note_0": "b",
            },
            "Tanggal ini tertulis dua kali.",
        ),
        ({"closed_0": "besok", "closed_note_0": "a"}, "Tanggal ini tidak ada."),
        ({"complaint_days": "0"}, "Tulis 1 sampai 60 hari kerja."),
    ],
)  # fmt: skip
def test_what_is_wrong_comes_back_with_a_sentence(
    village: Tenant, staff: Callable[..., Person], typed: dict[str, str], sentence: str
) -> None:
    answer = staff(village).submit(SETTINGS, {"complaint_days": "5", **typed})
    assert answer.status_code == 422
    assert sentence in answer.text


def test_only_who_may_settle_letters_settles_the_promise(
    village: Tenant, staff: Callable[..., Person]
) -> None:
    clerk = staff(village, role="operator")
    assert clerk.get(SETTINGS).status_code == 403
    assert clerk.submit(SETTINGS, {"complaint_days": "5"}, form="/pemberitahuan/pilihan").status_code == 403


def test_everybody_reads_what_the_village_gives_and_promises(
    village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    page = visit(f"{village.slug}.localhost").get("/layanan-desa")
    assert page.status_code == 200
    assert "SKTM" in page.text or "tidak mampu" in page.text.lower()
    assert "1 hari kerja" in page.text
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "public, no-cache"
    english = visit(f"{village.slug}.localhost").get("/layanan-desa?bahasa=en")
    assert english.headers["Content-Language"] == "en"
    assert 'href="/layanan-desa"' in visit(f"{village.slug}.localhost").get("/").text


def test_measured_times_are_told_from_five_letters_on(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    from app.core.public_pages import forget_pages
    from app.government.letters.models import Letter

    def issue(count: int) -> str:
        with app.app_context(), tenant_scope(village):
            issued = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
            for _number in range(count):
                db.session.add(
                    Letter(
                        id=uuid7(),
                        type_code="sktm",
                        title="Keterangan tidak mampu",
                        state="issued",
                        submitted_at=issued - dt.timedelta(days=7),
                        issued_at=issued,
                        due_at=issued - dt.timedelta(days=1),
                    )
                )
            db.session.commit()
            forget_pages(village.id)
        return visit(f"{village.slug}.localhost").get("/layanan-desa").text

    assert "Lama sebenarnya" not in issue(4)
    told = issue(1)
    assert "Lama sebenarnya" in told
    assert "dari 5 surat" in told
    assert "0%" in told


def test_the_page_asks_little(
    village: Tenant, visit: Callable[[str], Visitor], count_queries: Callable[..., object]
) -> None:
    with count_queries(at_most=8):  # type: ignore[attr-defined]
        assert visit(f"{village.slug}.localhost").get("/layanan-desa").status_code == 200
