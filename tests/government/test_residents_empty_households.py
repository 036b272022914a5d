"""A household counts from its first member on: until then it stands apart, and can simply be taken away."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.government.residents import ledger
from app.government.residents.checking import differences
from app.government.residents.models import Household, LifeEvent
from app.government.residents.writing import today
from tenants.scope import Tenant, tenant_scope
from tests.support.events import check_books, household, recorded, submit
from tests.support.imports import FAMILY, HEADER, carry_out
from tests.support.residents import a_household, a_kk, a_nik, a_resident
from tests.support.work import settle
from tests.support.workbooks import xlsx

Staff = Callable[..., Any]
LONG_AGO = dt.date(2020, 1, 1)


def counted(app: Flask, village: Tenant) -> int:
    """How many households the ledger counts, after its books were checked."""
    with app.app_context(), tenant_scope(village):
        check_books(dt.date(2019, 12, 1))
        assert list(differences()) == []
        return ledger.households(ledger.totals())


def deed_of(app: Flask, village: Tenant, resident: uuid.UUID) -> uuid.UUID:
    """The first deed about a resident."""
    with app.app_context(), tenant_scope(village):
        query = select(LifeEvent.deed_id).where(LifeEvent.resident_id == resident).order_by(LifeEvent.id)
        return db.session.scalars(query).first()


def test_a_household_counts_from_its_first_member(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk, kk = staff(village, role="operator"), a_kk()
    sent = {"kk": kk, "address": "Jalan Salah", "happened_on": today().isoformat()}
    assert clerk.submit("/keluarga/tambah", sent).status_code == 303
    with app.app_context(), tenant_scope(village):
        home = db.session.scalars(select(Household.id)).one()
    assert household(app, village, home).state == "empty"
    assert counted(app, village) == 0
    assert "Jalan Salah" not in clerk.get("/keluarga").text
    listed = clerk.get("/keluarga?state=empty").text
    assert "Jalan Salah" in listed
    assert "Belum ada anggota" in listed
    assert clerk.get("/penduduk/statistik").status_code == 200
    again = clerk.submit("/keluarga/tambah", sent)
    assert again.status_code == 422, "its card number is taken"
    page = clerk.get(f"/keluarga/{home}").text
    assert "belum ada anggota" in page
    assert "Hapus keluarga kosong" in page
    assert "dissolve" not in page

    born = dt.date(1980, 1, 2)
    member = {
        "name": "SITI", "sex": "2", "birth_date": born.isoformat(), "nik": a_nik(born, 2), "relation": "1",
        "household_id": str(home), "happened_on": today().isoformat(),
    }  # fmt: skip
    assert clerk.submit("/penduduk/tambah", member).status_code == 303
    assert household(app, village, home).state == "active"
    assert counted(app, village) == 1
    assert clerk.submit(f"/keluarga/{home}/hapus", form=f"/keluarga/{home}/anggota").status_code == 303
    assert household(app, village, home).state == "active", "nobody deletes a household that people live in"


def test_an_empty_household_is_simply_taken_away(app: Flask, village: Tenant, staff: Staff) -> None:
    kk = a_kk()
    home = a_household(app, village, kk=kk, address="Jalan Salah")
    assert (
        staff(village, role="sub_area_head").submit(f"/keluarga/{home}/hapus", form="/akun").status_code
        == 403
    )
    clerk = staff(village, role="operator")
    assert clerk.submit(f"/keluarga/{home}/hapus", form=f"/keluarga/{home}").status_code == 303
    assert "Keluarga kosong sudah dihapus." in clerk.get("/keluarga").text
    assert household(app, village, home).state == "invalid"
    assert counted(app, village) == 0
    again = clerk.submit("/keluarga/tambah", {"kk": kk, "happened_on": today().isoformat()})
    assert again.status_code == 303, "its card number is free again"
    assert clerk.submit(f"/keluarga/{uuid.uuid4()}/hapus", form="/keluarga").status_code == 404


def test_undoing_the_first_entry_makes_it_empty_again(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village, role="secretary")
    home = a_household(app, village, happened_on=LONG_AGO)
    head = a_resident(app, village, household_id=home, relation=1, happened_on=LONG_AGO)
    assert counted(app, village) == 1
    assert clerk.submit(f"/penduduk/peristiwa/{deed_of(app, village, head)}/batal").status_code == 303
    assert household(app, village, home).state == "empty"
    assert counted(app, village) == 0
    assert household(app, village, home).head_id is None


def test_others_who_live_there_keep_it(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village, role="secretary")
    home = a_household(app, village, happened_on=LONG_AGO)
    first = a_resident(app, village, household_id=home, relation=9, happened_on=LONG_AGO)
    second = a_resident(app, village, household_id=home, relation=1, happened_on=LONG_AGO)
    for person, state, homes in ((first, "active", 1), (second, "empty", 0)):
        answer = clerk.submit(f"/penduduk/peristiwa/{deed_of(app, village, person)}/batal")
        assert household(app, village, home).state == state, answer.text
        assert counted(app, village) == homes


def test_somebody_known_is_put_in_and_that_is_undone(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk, home = staff(village, role="secretary"), a_household(app, village)
    person = a_resident(app, village)
    sent = {"relation": "1", "accept": "1", "accept_note": "diperiksa"}
    assert (
        clerk.submit(
            f"/keluarga/{home}/anggota/{person}/masukkan", sent, form=f"/keluarga/{home}/anggota"
        ).status_code
        == 303
    )
    assert household(app, village, home).state == "active"
    assert counted(app, village) == 1
    with app.app_context(), tenant_scope(village):
        deed = db.session.scalars(select(LifeEvent.deed_id).order_by(LifeEvent.id.desc())).first()
    assert clerk.submit(f"/penduduk/peristiwa/{deed}/batal").status_code == 303
    assert household(app, village, home).state == "empty"
    assert counted(app, village) == 0


def test_an_event_fills_it_too(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk, kk = staff(village, role="secretary"), a_kk()
    home = a_household(app, village, kk=kk)
    stranger = a_resident(app, village, happened_on=LONG_AGO)
    said = {f"relation_{stranger}": "1"}
    recorded(
        submit(
            clerk,
            "merge",
            person=stranger,
            members=stranger,
            target=kk,
            target_id=home,
            confirmed=home,
            **said,
        )
    )
    found = household(app, village, home)
    assert found.state == "active"
    assert found.head_id == stranger
    assert counted(app, village) == 1


def test_an_import_fills_it_and_its_undoing_empties_it(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village, role="secretary")
    home = a_household(app, village, kk="1806200101150001")
    url = carry_out(app, clerk, xlsx(("Data", [HEADER, *FAMILY])))
    found = household(app, village, home)
    assert (found.state, counted(app, village)) == ("active", 1)
    assert found.head_id is not None
    clerk.submit(f"{url}/batalkan")
    settle(app)
    assert household(app, village, home).state == "empty"
    assert counted(app, village) == 0
