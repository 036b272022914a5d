"""Taking events back: whole deeds, only the newest, in open and in closed months."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.government.residents.models import LifeEvent
from app.government.residents.writing import today
from tenants.scope import Tenant, tenant_scope
from tests.support.events import by_name, check_books, household, recorded, resident, submit, told
from tests.support.residents import a_family, a_resident

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


@pytest.fixture(autouse=True)
def _books_agree(app: Flask, village: Tenant) -> Any:
    yield
    with app.app_context(), tenant_scope(village):
        check_books(dt.date(2024, 12, 1))
        db.session.rollback()


def _undo(clerk: Any, deed: uuid.UUID) -> Any:
    """Confirm the undoing of a deed and return the page that follows."""
    page = f"/penduduk/peristiwa/{deed}/batal"
    assert clerk.get(page).status_code == 200
    answer = clerk.submit(page, {})
    assert answer.status_code == 303
    return clerk.get(answer.headers["Location"])


def _last_month() -> dt.date:
    return (today().replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def _close(clerk: Any, month: dt.date) -> None:
    page = f"/penduduk/laporan/{month.year}/{month.month}/tutup"
    assert clerk.submit(page, {}).status_code == 303


def _lines(app: Flask, village: Tenant, deed: uuid.UUID) -> list[LifeEvent]:
    with app.app_context(), tenant_scope(village):
        return list(db.session.scalars(select(LifeEvent).where(LifeEvent.deed_id == deed)))


def test_the_whole_deed_is_taken_back_at_once(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    home, (father, mother, _child) = family
    deed = recorded(submit(clerk, "death", person=father, new_head_id=mother))
    page = _undo(clerk, deed)
    assert "dibatalkan dan tidak dihitung lagi" in told(page)
    alive, wife = resident(app, village, father), resident(app, village, mother)
    assert (alive.vital_status, alive.vital_on, alive.relation) == (1, None, 1)
    assert (wife.relation, wife.marital_status) == (3, 2)
    assert household(app, village, home).head_id == father
    assert "<s>" in clerk.get("/penduduk/peristiwa").text
    assert all(line.undone_at for line in _lines(app, village, deed))


def test_what_was_undone_can_not_be_undone_again(clerk: Any, family: Family) -> None:
    _home, (_father, mother, _child) = family
    deed = recorded(submit(clerk, "death", person=mother))
    _undo(clerk, deed)
    assert "sudah dibatalkan" in told(_undo(clerk, deed))


def test_something_newer_is_named_and_stands_in_the_way(clerk: Any, family: Family) -> None:
    _home, (_father, mother, _child) = family
    first = recorded(submit(clerk, "change_residence", person=mother, members=mother, residence_status=3))
    second = recorded(submit(clerk, "death", person=mother))
    page = told(_undo(clerk, first))
    assert "Tidak dapat dibatalkan" in page
    assert "meninggal" in page
    _undo(clerk, second)
    assert "dibatalkan dan tidak dihitung lagi" in told(_undo(clerk, first))


def test_a_newborn_that_was_undone_is_no_longer_valid(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    _home, (_father, mother, _child) = family
    deed = recorded(submit(clerk, "birth", person=mother, name="SALAH CATAT", sex=1, father_name="X"))
    _undo(clerk, deed)
    assert by_name(app, village, "SALAH CATAT").vital_status == 9


def test_a_family_that_came_is_undone_with_its_household(app: Flask, village: Tenant, clerk: Any) -> None:
    deed = recorded(
        submit(
            clerk,
            "move_in",
            residence_status=1,
            name="SUTARMAN",
            sex=1,
            relation=1,
            birth_date=dt.date(1980, 1, 1),
        )
    )
    home = by_name(app, village, "SUTARMAN").household_id
    assert home is not None
    _undo(clerk, deed)
    assert household(app, village, home).state == "invalid"
    assert by_name(app, village, "SUTARMAN").vital_status == 9


def test_a_household_with_newer_members_is_not_taken_away(app: Flask, village: Tenant, clerk: Any) -> None:
    deed = recorded(
        submit(
            clerk,
            "move_in",
            residence_status=1,
            name="SUTARMAN",
            sex=1,
            relation=1,
            birth_date=dt.date(1980, 1, 1),
        )
    )
    home = by_name(app, village, "SUTARMAN").household_id
    a_resident(app, village, household_id=home, relation=9)
    page = told(_undo(clerk, deed))
    assert "anggota keluarga yang tidak aktif" in page
    assert by_name(app, village, "SUTARMAN").vital_status == 1


def test_in_a_closed_month_a_reversal_counts_in_the_first_open_one(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    home, (father, mother, _child) = family
    happened = _last_month().replace(day=12)
    deed = recorded(submit(clerk, "death", person=father, new_head_id=mother, happened_on=happened))
    _close(clerk, _last_month())
    report = f"/penduduk/laporan/{_last_month().year}/{_last_month().month}"
    before = clerk.get(report).text.split("<table")[1]
    page = told(_undo(clerk, deed))
    assert "Bulannya sudah ditutup" in page
    assert clerk.get(report).text.split("<table")[1] == before
    assert resident(app, village, father).vital_status == 1
    assert household(app, village, home).head_id == father
    assert all(line.undone_at is None for line in _lines(app, village, deed))
    with app.app_context(), tenant_scope(village):
        answers = db.session.scalars(select(LifeEvent).where(LifeEvent.kind == "reversal")).all()
    counting = [line for line in answers if line.to_cell is not None]
    assert [line.resident_id for line in counting] == [father]
    assert counting[0].is_late
    assert counting[0].month == today().replace(day=1)
    assert "Pembatalan" in told(clerk.get(f"/penduduk/laporan/{today().year}/{today().month}"))
    assert "sudah dibatalkan" in told(_undo(clerk, deed))
    reversal = next(iter(answers)).deed_id
    assert "Pembatalan tidak dapat dibatalkan" in told(_undo(clerk, reversal))


def test_a_correction_meanwhile_is_kept_when_it_touched_other_fields(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    from app.government.residents.writing import Writing

    _home, (_father, mother, _child) = family
    deed = recorded(submit(clerk, "death", person=mother))
    with app.app_context(), tenant_scope(village):
        from app.government.residents.models import Resident

        writing = Writing(today())
        writing.change_resident(
            "correction", db.session.get_one(Resident, mother), {"ethnic_group": "Lampung"}
        )
        writing.finish()
    _undo(clerk, deed)
    assert resident(app, village, mother).ethnic_group == "Lampung"
    assert resident(app, village, mother).vital_status == 1


def test_a_corrected_sex_stands_in_the_way_of_undoing_what_counted(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    from app.government.residents.models import Resident
    from app.government.residents.writing import Writing

    _home, (_father, _mother, child) = family
    deed = recorded(submit(clerk, "death", person=child))
    with app.app_context(), tenant_scope(village):
        writing = Writing(today())
        writing.change_resident("correction", db.session.get_one(Resident, child), {"sex": 2})
        writing.finish()
    assert "perbaikan data" in told(_undo(clerk, deed))


def test_a_nik_that_is_in_use_again_stands_in_the_way(app: Flask, village: Tenant, clerk: Any) -> None:
    from tests.support.residents import a_nik

    nik = a_nik()
    first = a_resident(app, village, nik=nik, birth_date=dt.date(1980, 5, 17), happened_on=LAST_YEAR)
    deed = recorded(submit(clerk, "move_out", person=first, members=first, target=1))
    a_resident(app, village, nik=nik, birth_date=dt.date(1980, 5, 17))
    assert "NIK" in told(_undo(clerk, deed))
    assert resident(app, village, first).vital_status == 3
