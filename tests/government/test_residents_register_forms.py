"""Entering and correcting residents through the pages: sentences, masks, forms that are sent twice."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.audit.models import TenantAuditEntry
from app.extensions import db
from app.government.residents.models import Household, LifeEvent, Resident
from app.government.residents.register.schemas import HouseholdSchema, ResidentSchema
from tenants.scope import Tenant, tenant_scope
from tests.support.people import Person
from tests.support.residents import a_clerk, a_family, a_household, a_nik, a_resident

Staff = Callable[..., Person]
BUDI = {"name": "BUDI SANTOSO", "sex": "1", "birth_date": "1980-01-02"}
ADD = "/penduduk/tambah"


def _id_of(answer: Any) -> uuid.UUID:
    return uuid.UUID(answer.location.rsplit("/", 1)[1])


def _row(app: Flask, village: Tenant, resident_id: uuid.UUID) -> Resident:
    with app.app_context(), tenant_scope(village):
        found = db.session.get(Resident, resident_id)
        assert found is not None
        return found


def _filled(page: str, **changes: str) -> dict[str, str]:
    """The fields of the page's long form as a browser would send them."""
    form = page[page.rindex("<form", 0, page.index('name="name"')) :]
    values = dict(
        re.findall(r'<input (?!class="(?:checkbox|radio))[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
    )
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r' name="([^"]+)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag:
            values[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        values[name] = chosen[1] if chosen else ""
    return {**values, **changes}


def test_a_resident_is_entered_and_counted(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village, role="operator")
    household = a_household(app, village, address="Jalan Kopi 3")
    page = clerk.get(f"{ADD}?keluarga={household}")
    assert "Jalan Kopi 3" in page.text
    nik = a_nik(dt.date(1980, 1, 2))
    answer = clerk.post(
        ADD, _filled(page.text, **BUDI, nik=nik, relation="1", occupation="9", phone="0812 3456 7890")
    )
    assert answer.status_code == 303
    assert answer.location.endswith(f"/keluarga/{household}")
    with app.app_context(), tenant_scope(village):
        found = db.session.scalars(select(Resident)).one()
        assert (found.name, found.occupation, found.household_order, found.relation) == (
            "BUDI SANTOSO",
            9,
            0,
            1,
        )
        assert found.registered_address == "Jalan Kopi 3"
        assert found.nik_state == 2
        home = db.session.get(Household, household)
        assert home is not None
        assert home.head_id == found.id
        event = db.session.scalars(select(LifeEvent).where(LifeEvent.resident_id == found.id)).one()
        assert (event.kind, event.to_cell) == ("opening", 0)
        said = db.session.scalars(
            select(TenantAuditEntry).where(TenantAuditEntry.action == "resident.added")
        ).one()
        assert nik not in str(said.details) + said.summary


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "Wajib diisi."),
        ({"sex": ""}, "Wajib diisi."),
        ({"birth_date": "2999-01-01"}, "Tanggal ini terlalu jauh"),
        ({"birth_date": "2190-01-01"}, "Tanggal lahir ini belum tiba"),
        ({"nik": "180620"}, "NIK harus 16 angka; yang ini 6 angka."),
        ({"nik": "1806200201800000"}, "tidak boleh 0000"),
        ({"religion": "77"}, "“77” tidak ada dalam daftar Agama"),
        ({"occupation": "900"}, "“900” tidak ada dalam daftar Pekerjaan"),
        ({"email": "budi"}, "Alamat surel ini tidak lengkap"),
        ({"phone": "12"}, "Nomor ini tidak lengkap"),
        ({"latitude": "104.7"}, "Lintang ini di luar Indonesia"),
        ({"married_on": "1979-01-01"}, "lebih awal daripada tanggal lahir"),
        ({"happened_on": "2190-01-01"}, "Tanggal ini belum tiba"),
        ({"happened_on": "1979-01-01"}, "lebih awal daripada tanggal lahirnya"),
        ({"sub_area_id": str(uuid.uuid4())}, "Wilayah ini sudah tidak ada"),
        ({"sub_area_id": "dusun"}, "Pilih salah satu dari daftar"),
    ],
)
def test_each_bad_input_has_its_own_sentence_and_what_was_typed_stays(
    app: Flask, village: Tenant, staff: Staff, changes: dict[str, str], sentence: str
) -> None:
    clerk = staff(village, role="operator")
    answer = clerk.submit(ADD, {**BUDI, "birth_place": "Liwa Lama", **changes})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Liwa Lama" in answer.text
    with app.app_context(), tenant_scope(village):
        assert not db.session.scalar(select(func.count()).select_from(Resident))


def test_a_second_head_is_refused_and_named(app: Flask, village: Tenant, staff: Staff) -> None:
    household, people = a_family(app, village)
    clerk = staff(village, role="operator")
    answer = clerk.submit(ADD, {**BUDI, "household_id": str(household), "relation": "1"})
    assert answer.status_code == 422
    assert "sudah mempunyai kepala keluarga" in answer.text
    assert f"/penduduk/{people[0]}" in answer.text


def test_a_nik_of_a_living_resident_leads_to_them_and_is_free_again_after_death(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    nik = a_nik(dt.date(1980, 1, 2))
    holder = a_resident(app, village, nik=nik, name="PEMILIK", birth_date=dt.date(1980, 1, 2))
    clerk = staff(village, role="operator")
    answer = clerk.submit(ADD, {**BUDI, "nik": nik})
    assert answer.status_code == 422
    assert "NIK ini sudah dipakai PEMILIK" in answer.text
    assert f"/penduduk/{holder}" in answer.text
    with app.app_context(), tenant_scope(village):
        from app.government.residents.writing import Writing, today

        writing = Writing(today())
        found = db.session.get(Resident, holder)
        assert found is not None
        writing.change_resident("death", found, {"vital_status": 2, "vital_on": today()})
        writing.finish()
    assert clerk.submit(ADD, {**BUDI, "nik": nik}).status_code == 303


def test_a_warning_is_accepted_with_a_note_and_only_then(app: Flask, village: Tenant, staff: Staff) -> None:
    first = a_resident(app, village, name="BUDI SANTOSO", birth_date=dt.date(1980, 1, 2))
    clerk = staff(village, role="operator")
    page = clerk.submit(ADD, BUDI)
    assert page.status_code == 422
    assert "Saya sudah memeriksa" in page.text
    assert f"/penduduk/{first}" in page.text
    codes = re.search(r'name="accept_codes" value="([^"]+)"', page.text)
    assert codes is not None
    assert codes[1] == "possible_duplicate"
    ticked = {**BUDI, "accept": "1", "accept_codes": codes[1]}
    without_note = clerk.submit(ADD, {**ticked, "accept_note": " "})
    assert without_note.status_code == 422
    assert "Tulis mengapa data ini tetap disimpan." in without_note.text
    other = clerk.submit(ADD, {**ticked, "accept_codes": "implausible_age", "accept_note": "kembar"})
    assert other.status_code == 422
    note = "kembar, lihat 1806200201800007"
    saved = clerk.submit(ADD, {**ticked, "accept_note": note})
    assert saved.status_code == 303
    with app.app_context(), tenant_scope(village):
        event = db.session.scalars(select(LifeEvent).where(LifeEvent.resident_id == _id_of(saved))).one()
        assert event.details == {"accepted": ["possible_duplicate"], "note": "kembar, lihat 1806••••••••0007"}


def test_an_error_can_not_be_accepted(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village, role="operator")
    accepted = {"accept": "1", "accept_codes": "birth_in_future", "accept_note": "sungguh"}
    assert clerk.submit(ADD, {**BUDI, "birth_date": "2190-01-01", **accepted}).status_code == 422


def test_a_form_that_is_sent_twice_enters_one(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village, role="operator")
    form = _filled(clerk.get(ADD).text, **BUDI)
    first, second = clerk.post(ADD, form), clerk.post(ADD, form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    third = clerk.post(ADD, {**form, "name": "ANAK KEDUA"})
    assert third.status_code == 303
    assert third.location != first.location
    card = _filled_household(clerk)
    assert {clerk.post("/keluarga/tambah", card).location for _time in range(2)} == {
        f"/penduduk/tambah?keluarga={card['id']}"
    }
    with app.app_context(), tenant_scope(village):
        assert db.session.scalar(select(func.count()).select_from(Resident)) == 2
        assert db.session.scalar(select(func.count()).select_from(Household)) == 1


def _filled_household(clerk: Person) -> dict[str, str]:
    page = clerk.get("/keluarga/tambah").text
    return {name: re.search(f'name="{name}" value="([^"]+)"', page)[1] for name in ("csrf_token", "id")}  # type: ignore[index]


def test_next_to_the_household_the_rest_is_proposed(app: Flask, village: Tenant, staff: Staff) -> None:
    household, people = a_family(app, village, address="Jalan Lada 7")
    clerk = staff(village, role="operator")
    page = clerk.get(f"{ADD}?keluarga={household}&hubungan=4")
    form = _filled(page.text)
    assert form["registered_address"] == "Jalan Lada 7"
    assert form["relation"] == "4"
    assert form["father_name"] == _row(app, village, people[0]).name
    assert form["mother_name"] == _row(app, village, people[1]).name
    again = clerk.post(ADD, {**form, **BUDI, "birth_date": "2015-05-05", "then": "another"})
    assert again.location == f"{ADD}?keluarga={household}"


def test_what_may_be_the_same_person_is_said_while_typing(app: Flask, village: Tenant, staff: Staff) -> None:
    nik = a_nik(dt.date(1980, 1, 2))
    known = a_resident(app, village, nik=nik, name="Budi Santoso", birth_date=dt.date(1980, 1, 2))
    clerk = staff(village, role="operator")
    asked = "/penduduk/duplikat"
    same = clerk.submit(asked, {"name": "budi santoso", "birth_date": "1980-01-02"}, form=ADD)
    assert same.status_code == 200
    assert f"/penduduk/{known}" in same.text
    assert "sudah dipakai" in clerk.submit(asked, {"nik": nik}, form=ADD).text
    assert not clerk.submit(asked, {"name": "BUDI", "birth_date": "1980-01-02"}, form=ADD).text.strip()
    assert not clerk.submit(asked, {"nik": nik, "id": str(known)}, form=ADD).text.strip()
    assert clerk.get(f"{asked}?nik={nik}").status_code == 405


def test_the_household_is_found_by_name_and_by_number_without_standing_in_an_address(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    household, people = a_family(app, village, kk="1806200203157777")
    clerk = staff(village, role="operator")
    name = _row(app, village, people[2]).name
    for text in (name.lower(), "1806 2002 0315 7777"):
        found = clerk.submit("/penduduk/tambah/keluarga", {"cari": text}, form=ADD)
        assert f"{ADD}?keluarga={household}" in found.text
        assert "1806••••••••7777" in found.text
    for text in ("%%", "x", "1806200203157778", "tidak ada"):
        assert str(household) not in clerk.submit("/penduduk/tambah/keluarga", {"cari": text}, form=ADD).text


def test_corrections_keep_what_the_form_does_not_show(app: Flask, village: Tenant, staff: Staff) -> None:
    nik = a_nik(dt.date(1980, 1, 2))
    person = a_resident(
        app,
        village,
        nik=nik,
        name="BUDI",
        birth_date=dt.date(1980, 1, 2),
        disability=1,
        phone="0812-1111-2222",
    )
    clerk = staff(village, role="operator")
    page = clerk.get(f"/penduduk/{person}/ubah")
    assert nik not in page.text
    assert 'name="phone"' not in page.text
    page = clerk.post(
        f"/penduduk/{person}/ubah/nomor", _filled(page.text, religion="1", number_reason="check")
    )
    assert nik in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "Disabilitas" not in page.text
    form = _filled(page.text, name="BUDI SANTOSO")
    assert form["religion"] == "1"
    wrong = clerk.post(f"/penduduk/{person}/ubah", {**form, "nik": "1806"})
    assert wrong.status_code == 422
    assert nik not in wrong.text
    answer = clerk.post(f"/penduduk/{person}/ubah", form)
    assert answer.status_code == 303
    with app.app_context(), tenant_scope(village):
        found = db.session.get(Resident, person)
        assert found is not None
        assert (found.name, found.religion, found.disability, found.row_version) == ("BUDI SANTOSO", 1, 1, 2)
        entry = db.session.scalars(
            select(TenantAuditEntry).where(TenantAuditEntry.action == "resident.changed")
        ).one()
        assert set(entry.details["fields"]) == {"name", "religion"}
        seen = select(TenantAuditEntry).where(TenantAuditEntry.action == "resident.identity_viewed")
        assert db.session.scalars(seen).one().details["reason"] == "Mencocokkan dengan KTP atau KK"
    page = clerk.get(f"/penduduk/{person}/ubah")
    assert clerk.post(f"/penduduk/{person}/ubah", _filled(page.text)).status_code == 303
    assert _row(app, village, person).row_version == 2


def test_who_may_not_see_numbers_or_health_gets_neither_field_nor_value(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    nik = a_nik(dt.date(1980, 1, 2))
    values = {
        "nik": nik,
        "birth_date": dt.date(1980, 1, 2),
        "phone": "0812-3333-4444",
        "illness": 4,
        "pregnant": True,
    }
    person = a_resident(app, village, **values, name="BUDI")
    household = a_household(app, village, kk="1806200203158888")
    clerk = a_clerk(app, village, "residents.view", "residents.edit")
    pages = [
        clerk.get(path).text
        for path in (f"/penduduk/{person}/ubah", f"/keluarga/{household}/ubah", ADD, "/keluarga/tambah")
    ]
    for page in pages:
        for secret in (
            nik,
            "3333",
            "8888",
            'name="nik"',
            'name="kk"',
            'name="phone"',
            'name="illness"',
            "Kanker",
        ):
            assert secret not in page
    form = _filled(pages[0], nik=a_nik(), phone="0812-9999-9999", illness="1", name="BUDI S", pregnant="0")
    assert clerk.post(f"/penduduk/{person}/ubah", form).status_code == 303
    with app.app_context(), tenant_scope(village):
        from app.core.privacy.vault import open_vault

        found = db.session.get(Resident, person)
        assert found is not None
        assert (found.name, found.illness, found.pregnant) == ("BUDI S", 4, True)
        sealed = open_vault().open_json(found.box, f"resident:{found.id}")
        assert (sealed["nik"], sealed["phone"]) == (nik, "0812-3333-4444")
    assert not clerk.submit("/penduduk/duplikat", {"nik": nik}, form=ADD).text.strip()
    assert clerk.submit(f"/penduduk/{person}/ubah/nomor", form=f"/penduduk/{person}/ubah").status_code == 403
    secretary = staff(village, role="secretary")
    full = secretary.submit(f"/penduduk/{person}/ubah/nomor", form=f"/penduduk/{person}/ubah").text
    assert nik in full
    assert 'name="illness"' in full


def test_who_may_not_edit_gets_no_form_and_another_village_s_people_are_not_there(
    app: Flask, village: Tenant, make_village: Callable[[], Tenant], staff: Staff
) -> None:
    household, people = a_family(app, village)
    paths = (f"/penduduk/{people[0]}/ubah", f"/keluarga/{household}/ubah", f"/keluarga/{household}/anggota")
    reader, stranger = staff(village, role="treasurer"), staff(make_village(), role="secretary")
    for path in (*paths, ADD, "/keluarga/tambah"):
        assert reader.get(path).status_code == 403
    for path in paths:
        assert stranger.get(path).status_code == 404
    assert stranger.get(f"{ADD}?keluarga={household}").status_code == 404
    for path in paths[:2]:
        assert stranger.submit(path, {**BUDI, "row_version": "1"}, form=ADD).status_code == 404
    answer = stranger.submit(ADD, {**BUDI, "household_id": str(household)})
    assert answer.status_code == 404


def test_forms_ask_a_bounded_number_of_queries(
    app: Flask, village: Tenant, staff: Staff, count_queries: Callable[..., AbstractContextManager[list[str]]]
) -> None:
    household, people = a_family(app, village)
    clerk = staff(village, role="secretary")
    clerk.get(ADD)
    with count_queries(at_most=7):
        clerk.get(f"{ADD}?keluarga={household}")
    with count_queries(at_most=10):
        page = clerk.get(f"/penduduk/{people[0]}/ubah")
    form = _filled(page.text, name="NAMA BARU")
    with count_queries(at_most=17):
        assert clerk.post(f"/penduduk/{people[0]}/ubah", form).status_code == 303
    blank = _filled(
        clerk.get(f"{ADD}?keluarga={household}&hubungan=4").text, **{**BUDI, "birth_date": "2016-01-01"}
    )
    with count_queries(at_most=17):
        assert clerk.post(ADD, blank).status_code == 303


def test_every_field_of_the_register_stands_on_a_form(village: Tenant, staff: Staff) -> None:
    page = staff(village, role="secretary").get(ADD).text
    named = set(re.findall(r' name="([a-z_]+)"', page))
    assert set(ResidentSchema().fields) - named == {"vital_status", "vital_on"}
    card = staff(village, role="secretary").get("/keluarga/tambah").text
    assert set(HouseholdSchema().fields) <= set(re.findall(r' name="([a-z_]+)"', card))
