"""The monthly report and closing months: what counts where, and that nothing changes once a month is closed."""

from __future__ import annotations

import datetime as dt
import io
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from app.core.audit.models import TenantAuditEntry
from app.extensions import db
from app.government.residents import ledger
from app.government.residents.models import PopulationMonth
from app.government.residents.writing import today
from tenants.scope import Tenant, tenant_scope
from tests.support.events import check_books, recorded, submit, told
from tests.support.residents import a_family

LAST_YEAR = dt.date(2025, 1, 15)
Family = tuple[uuid.UUID, list[uuid.UUID]]


@pytest.fixture
def clerk(village: Tenant, staff: Callable[..., Any]) -> Any:
    """The village's secretary, signed in."""
    return staff(village)


@pytest.fixture
def family(app: Flask, village: Tenant) -> Family:
    """Husband, wife and child, here since last year."""
    return a_family(app, village, happened_on=LAST_YEAR)


def _last_month() -> dt.date:
    return (today().replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def _path(month: dt.date, end: str = "") -> str:
    return f"/penduduk/laporan/{month.year}/{month.month}{end}"


def test_an_event_counts_in_the_month_it_happened_in(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    _home, (_father, mother, _child) = family
    recorded(
        submit(clerk, "birth", person=mother, name="BAYI", sex=2, happened_on=_last_month(), father_name="X")
    )
    with app.app_context(), tenant_scope(village):
        last, present = ledger.report(_last_month()), ledger.report(today())
    assert ledger.women(last.flows["births"]) == 1
    assert "births" not in present.flows
    assert ledger.people(present.start) == ledger.people(present.end) == 4
    shown = told(clerk.get(_path(_last_month())))
    assert "BAYI" in shown


def test_permanent_residents_and_newcomers_stand_apart(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    _home, (_father, mother, child) = family
    recorded(submit(clerk, "change_residence", person=mother, members=[mother, child], residence_status=3))
    with app.app_context(), tenant_scope(village):
        end = ledger.report(today()).end
        status = ledger.report(today()).flows["status"]
    assert ledger.people(end, ledger.PERMANENT_CELLS) == 1
    assert ledger.people(end, ledger.NEWCOMER_CELLS) == 2
    assert ledger.people(status) == 0
    assert ledger.people(status, ledger.NEWCOMER_CELLS) == 2


def test_a_closed_month_stays_as_it_stood(app: Flask, village: Tenant, clerk: Any, family: Family) -> None:
    _home, (_father, _mother, child) = family
    assert clerk.submit(_path(_last_month(), "/tutup"), {}).status_code == 303
    page = clerk.get(_path(_last_month()))
    assert "ditutup oleh" in told(page)
    late = recorded(submit(clerk, "death", person=child, happened_on=_last_month()))
    assert clerk.get(_path(_last_month())).text.split("<table")[1] == page.text.split("<table")[1]
    shown = told(clerk.get(_path(today())))
    assert "Terlambat dilaporkan" in shown
    assert str(late) in clerk.get(_path(today())).text
    with app.app_context(), tenant_scope(village):
        kept = ledger.report(_last_month())
        assert kept.as_json() == ledger.flows(_last_month()).as_json()
        assert ledger.report(today()).start == kept.end
        check_books(dt.date(2024, 12, 1))


def test_all_months_up_to_it_are_closed_with_their_reports(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    clerk.submit(_path(_last_month(), "/tutup"), {})
    with app.app_context(), tenant_scope(village):
        rows = db.session.scalars(select(PopulationMonth).order_by(PopulationMonth.month)).all()
        assert rows[0].month == dt.date(2025, 1, 1)
        assert rows[-1].month == _last_month()
        for row in rows:
            assert row.figures == ledger.flows(row.month).as_json()
        entry = db.session.scalars(
            select(TenantAuditEntry).where(TenantAuditEntry.action == "population_month.closed")
        ).one()
        assert entry.details["months"] == len(rows)


def test_the_present_month_and_a_closed_one_are_not_closed(clerk: Any, family: Family) -> None:
    form = _path(_last_month(), "/tutup")
    answer = clerk.submit(_path(today(), "/tutup"), {}, form=form)
    assert "belum berakhir" in told(clerk.get(answer.headers["Location"]))
    clerk.submit(form, {})
    answer = clerk.submit(form, {}, form=_path(_last_month()))
    assert "sudah ditutup" in told(clerk.get(answer.headers["Location"]))
    future = today().replace(day=28) + dt.timedelta(days=10)
    assert clerk.get(_path(future)).status_code == 404


def test_only_the_last_closed_month_is_opened_again_and_with_a_reason(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    clerk.submit(_path(_last_month(), "/tutup"), {})
    earlier = (_last_month() - dt.timedelta(days=1)).replace(day=1)
    answer = clerk.submit(_path(earlier, "/buka"), {"reason": "salah"})
    assert "Hanya bulan terakhir" in told(clerk.get(answer.headers["Location"]))
    assert clerk.submit(_path(_last_month(), "/buka"), {"reason": " "}).status_code == 422
    assert clerk.submit(_path(_last_month(), "/buka"), {"reason": "Laporan belum lengkap"}).status_code == 303
    with app.app_context(), tenant_scope(village):
        assert db.session.scalar(select(func.max(PopulationMonth.month))) == earlier
        action = TenantAuditEntry.action == "population_month.reopened"
        assert db.session.scalars(select(TenantAuditEntry).where(action)).one().details["reason"] == (
            "Laporan belum lengkap"
        )


def test_the_workbook_and_the_document_show_the_same_figures(clerk: Any, family: Family) -> None:
    with clerk.get(_path(today(), ".xlsx")) as answer:
        data = answer.data
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    rows = {(row[0], row[1]): tuple(row) for row in sheet if row[1]}
    assert rows["Semua penduduk", "Akhir bulan"][2:] == (2, 1, 0, 0, 2, 1, 3, 1)
    assert rows["Penduduk tetap", "Akhir bulan"][2:9] == (2, 1, 0, 0, 2, 1, 3)
    pdf = clerk.get(_path(today(), ".pdf"))
    assert pdf.status_code == 200
    assert pdf.data.startswith(b"%PDF")


def test_an_empty_village_has_a_report_and_an_empty_list(clerk: Any) -> None:
    assert clerk.get("/penduduk/laporan").status_code == 302
    assert clerk.get(_path(today())).status_code == 200
    assert "Belum ada peristiwa" in told(clerk.get("/penduduk/peristiwa"))


def test_two_clerks_record_one_death_and_the_second_is_told(
    app: Flask, village: Tenant, staff: Callable[..., Any], family: Family
) -> None:
    _home, (_father, mother, _child) = family
    clerks = [staff(village), staff(village)]
    answers: list[Any] = [None, None]

    def record(number: int) -> None:
        answers[number] = submit(clerks[number], "death", person=mother)

    threads = [threading.Thread(target=record, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    second = next(answer for answer in answers if answer.status_code == 422)
    assert "sudah tercatat meninggal" in told(second)


def test_no_line_slips_into_a_month_while_it_is_closed(app: Flask, village: Tenant, family: Family) -> None:
    from app.government.residents.events.deeds import Occasion
    from app.government.residents.events.services import close_month, register_death
    from app.government.residents.writing import Writing

    _home, (_father, _mother, child) = family
    held, closed = threading.Event(), threading.Event()

    def close() -> None:
        held.wait(5)
        with app.app_context(), tenant_scope(village):
            close_month(_last_month())
            closed.set()

    closer = threading.Thread(target=close)
    closer.start()
    with app.app_context(), tenant_scope(village):
        Writing(_last_month())
        held.set()
        assert not closed.wait(0.5), "the month was closed under a writer"
        db.session.rollback()
        assert closed.wait(5)
        register_death(child, occasion=Occasion(_last_month()))
    closer.join()
    with app.app_context(), tenant_scope(village):
        assert ledger.report(_last_month()).as_json() == ledger.flows(_last_month()).as_json()
        check_books(dt.date(2024, 12, 1))
