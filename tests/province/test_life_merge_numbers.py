"""A village joins another and numbers stand in both: nobody is lost, nothing is forgotten, a clerk finds them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.residents import codes
from app.government.residents.models import Household, LifeEvent, Resident
from app.government.residents.writing import today
from tenants.scope import Tenant, tenant_scope
from tests.province.test_life_merge import joined_again, planned, run
from tests.support.life import counted, flows, moved_to, neighbours, settled, the_deed, told
from tests.support.residents import a_clerk, a_family, a_household, a_kk, a_nik, a_resident
from tests.support.visitors import Visitor

BORN = dt.date(1979, 3, 4)
CLERK = ("village.view", "residents.view", "residents.edit", "residents.view_identity")


@pytest.fixture
def admin(officer: Callable[..., Visitor]) -> Visitor:
    """A province admin, signed in."""
    return officer("province_admin", "18")


def family_of(
    app: SigerFlask, village: Tenant, head: str, nik: str, **more: Any
) -> tuple[uuid.UUID, uuid.UUID]:
    """A household of this head with a wife and a child: its id and the head's."""
    home = a_household(app, village, **more)
    common = {"household_id": home, "marital_status": 2}
    lead = a_resident(app, village, name=head, nik=nik, birth_date=BORN, relation=1, **common)
    a_resident(
        app, village, name=f"ISTRI {head}", sex=2, birth_date=dt.date(1981, 1, 2), relation=3, **common
    )
    child = {**common, "marital_status": 1}
    a_resident(app, village, name=f"ANAK {head}", birth_date=dt.date(2010, 1, 2), relation=4, **child)
    return home, lead


def known(app: SigerFlask, village: Tenant, name: str) -> Any:
    """A living resident by name: row and NIK."""
    with app.app_context(), tenant_scope(village):
        row = db.session.scalars(
            select(Resident).where(Resident.name == name, Resident.vital_status == codes.ALIVE)
        ).one()
        return row, open_vault().open_json(row.box, f"resident:{row.id}").get("nik", "")


def test_one_nik_of_two_different_people_loses_nobody(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant]
) -> None:
    target, source = neighbours(make_village, 2)
    nik = a_nik(BORN)
    family_of(app, target, "SUTRISNO", nik)
    home, head = family_of(app, source, "BAMBANG HERMANTO", nik)
    clerk = a_clerk(app, target, *CLERK)
    page = planned(app, admin, target, source.code)
    shown = admin.get(page).text
    assert "1 NIK tercatat untuk dua orang yang berbeda" in shown
    assert "accept_duplicates" not in shown, "nobody of them is a double"
    assert "SUTRISNO" not in shown
    assert "BAMBANG" not in shown
    assert run(app, admin, page, source.name) == 303
    assert counted(app, target) == (6, 2)
    assert told(app, target) == []
    assert told(app, source) == []
    month = today().replace(day=1)
    assert flows(app, target, month)["moved_in"] == 3
    assert flows(app, source, month)["moved_out"] == -3
    result = the_deed(app, target).result
    assert (result["duplicates"], result["numbers_taken"], result["people"]) == (0, 1, 3)
    assert known(app, target, "SUTRISNO")[1] == nik
    came, number = known(app, target, "BAMBANG HERMANTO")
    assert (came.id, came.relation, number, came.nik_state) == (head, 1, "", 0)
    with app.app_context(), tenant_scope(target):
        assert db.session.get_one(Household, home).head_id == head
    listed = clerk.get("/penduduk?withheld=1").text
    assert "BAMBANG HERMANTO" in listed
    assert "SUTRISNO" not in listed
    own = clerk.get(f"/penduduk/{head}").text
    assert "SUTRISNO" in own, "who bears the number here"
    assert f"{nik[:4]}••••••••{nik[-4:]}" in own
    assert nik not in own
    reason = {"reason": "other", "reason_text": "Memeriksa NIK ganda"}
    clerk.submit(f"/penduduk/{head}/nomor", reason, form=f"/penduduk/{head}")
    assert nik in clerk.get(f"/penduduk/{head}").text, "the number is not lost"


def test_the_number_can_be_given_back_once_it_is_free(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant]
) -> None:
    target, source = neighbours(make_village, 2)
    nik = a_nik(BORN)
    wrong = a_resident(app, target, name="SALAH NOMOR", nik=nik, birth_date=BORN)
    came = a_resident(app, source, name="PEMILIK NOMOR", nik=nik, birth_date=BORN)
    page = planned(app, admin, target, source.code)
    assert run(app, admin, page, source.name) == 303
    from app.government.residents.events.services.undoing import undo_deed
    from app.government.residents.register import services

    with app.app_context(), tenant_scope(target):
        services.change_resident(wrong, {"nik": ""}, expected=1)
        line = db.session.scalars(
            select(LifeEvent).where(LifeEvent.resident_id == came, LifeEvent.kind == "correction")
        ).one()
        undo_deed(line.deed_id)
    assert known(app, target, "PEMILIK NOMOR")[1] == nik
    assert told(app, target) == []
    clerk = a_clerk(app, target, *CLERK)
    assert "PEMILIK NOMOR" not in clerk.get("/penduduk?withheld=1").text


def test_the_same_person_is_known_by_name_and_birth_date_too(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant]
) -> None:
    target, source = neighbours(make_village, 2)
    same, other = a_nik(BORN), a_nik(BORN)
    a_resident(app, target, name="H. Siti Aminah, S.Pd", nik=same, sex=2, birth_date=None)
    a_resident(app, source, name="SITI  AMINAH", nik=same, sex=2, birth_date=BORN)
    a_resident(app, target, name="AGUS SALIM", nik=other, birth_date=BORN)
    a_resident(app, source, name="AGUS SALIM", nik=other, birth_date=dt.date(2001, 3, 4))
    page = planned(app, admin, target, source.code)
    shown = admin.get(page).text
    assert "1 orang sama di kedua desa" in shown
    assert "1 NIK tercatat untuk dua orang yang berbeda" in shown
    assert run(app, admin, page, source.name) == 422, "the box is about the real double"
    assert run(app, admin, page, source.name, accept_duplicates="1") == 303
    assert counted(app, target)[0] == 3
    assert told(app, target) == []
    result = the_deed(app, target).result
    assert (result["duplicates"], result["numbers_taken"]) == (1, 1)


def test_a_household_whose_head_is_known_there_gets_another_head(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant]
) -> None:
    target, source = neighbours(make_village, 2)
    nik = a_nik(BORN)
    a_resident(app, target, name="PAK HASAN", nik=nik, birth_date=BORN)
    home, _head = family_of(app, source, "PAK HASAN", nik)
    page = planned(app, admin, target, source.code)
    assert run(app, admin, page, source.name, accept_duplicates="1") == 303
    assert counted(app, target) == (3, 1)
    assert told(app, target) == []
    assert told(app, source) == []
    wife, _nik = known(app, target, "ISTRI PAK HASAN")
    assert wife.relation == 1
    with app.app_context(), tenant_scope(target):
        assert db.session.get_one(Household, home).head_id == wife.id
    assert the_deed(app, target).result["new_heads"] == 1
    clerk = a_clerk(app, target, *CLERK)
    assert "Ganti kepala keluarga" in clerk.get(f"/keluarga/{home}").text


def test_a_card_number_that_was_taken_out_stays_with_its_household(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant]
) -> None:
    target, source = neighbours(make_village, 2)
    kk = a_kk()
    there, _members = a_family(app, target, kk=kk)
    home, _head = family_of(app, source, "KELUARGA DATANG", a_nik(BORN), kk=kk)
    a_household(app, target, kk="")
    clerk = a_clerk(app, target, *CLERK)
    onlooker = a_clerk(app, target, "village.view", "residents.view")
    page = planned(app, admin, target, source.code)
    assert "1 nomor KK dipakai dua keluarga" in admin.get(page).text
    assert run(app, admin, page, source.name) == 303
    assert told(app, target) == []
    listed = clerk.get("/keluarga?withheld=1").text
    assert f"/keluarga/{home}" in listed
    assert f"/keluarga/{there}" not in listed
    own = clerk.get(f"/keluarga/{home}").text
    assert f"{kk[:4]}••••••••{kk[-4:]}" in own
    assert f"/keluarga/{there}" in own
    assert kk not in own
    form = clerk.submit(f"/keluarga/{home}/ubah/nomor", {"number_reason": ""}, form=f"/keluarga/{home}/ubah")
    assert kk in form.text, "who may change the number reads the one that it had"
    messages = clerk.get("/pemberitahuan").text
    assert "1 keluarga perlu diperiksa nomornya" in messages
    assert "KELUARGA DATANG" not in messages
    assert "orang perlu diperiksa" not in messages
    assert onlooker.get("/pemberitahuan").text.count("perlu diperiksa nomornya") == 0


def test_staff_are_told_how_many_people_need_a_check_and_led_to_them(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant]
) -> None:
    target, source = neighbours(make_village, 2)
    clerk = a_clerk(app, target, *CLERK)
    for place in (target, source):
        settled(app, place, "Dusun I", families=1)
    for n in range(2):
        nik = a_nik(BORN)
        a_resident(app, target, name=f"WARGA LAMA {'AB'[n]}", nik=nik, birth_date=BORN)
        a_resident(app, source, name=("RATNA DEWI", "PUTU GEDE")[n], nik=nik, birth_date=BORN, sex=2 - n)
    page = planned(app, admin, target, source.code)
    assert run(app, admin, page, source.name) == 303
    shown = clerk.get("/pemberitahuan").text
    assert "2 orang perlu diperiksa nomornya" in shown
    with app.app_context(), tenant_scope(target):
        from app.core.notifications.models import Notification

        row = db.session.scalars(
            select(Notification).where(Notification.event == "residents.numbers_withheld")
        ).first()
        key = row.id
        assert open_vault().open_json(row.box, f"notification:{key}")["link"] == "/penduduk?withheld=1"
    led = moved_to(clerk.submit(f"/pemberitahuan/{key}", {}, form="/pemberitahuan"))
    assert led == "/penduduk?withheld=1"


def test_a_number_that_nobody_decided_on_goes_along_to_the_next_village(
    app: SigerFlask, admin: Visitor, make_village: Callable[[], Tenant]
) -> None:
    target, source = neighbours(make_village, 2)
    nik, kk = a_nik(BORN), a_kk()
    family_of(app, target, "TUAN RUMAH", nik, kk=kk)
    family_of(app, source, "PENDATANG BARU", nik, kk=kk)
    page = planned(app, admin, target, source.code)
    assert run(app, admin, page, source.name) == 303
    joined_again(app, admin, source, target)
    assert counted(app, source) == (6, 2)
    assert told(app, source) == []
    assert told(app, target) == []
    clerk = a_clerk(app, source, *CLERK)
    assert "PENDATANG BARU" in clerk.get("/penduduk?withheld=1").text
    came, number = known(app, source, "PENDATANG BARU")
    assert number == ""
    assert f"{nik[:4]}••••••••{nik[-4:]}" in clerk.get(f"/penduduk/{came.id}").text
    assert "PENDATANG BARU" in clerk.get("/keluarga?withheld=1").text
