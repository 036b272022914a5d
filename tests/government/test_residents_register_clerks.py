"""Several people at work at once: both versions shown, no NIK and no head twice, and the ledger always agrees."""

from __future__ import annotations

import datetime as dt
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.core.audit.models import TenantAuditEntry
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents.models import Household, LifeEvent, Resident
from app.government.residents.register import services
from app.government.residents.register.errors import Refused
from app.government.residents.register.rules import Finding
from app.government.residents.register.services import checking
from app.government.residents.writing import Writing, today
from tenants.scope import Tenant, tenant_scope
from tests.core.test_api_village import program_of
from tests.support.people import Person
from tests.support.residents import ACCEPTED, a_clerk, a_family, a_household, a_kk, a_nik, a_resident

Staff = Callable[..., Person]


def _hidden(page: str) -> dict[str, str]:
    found = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, value = re.search(r' name="([^"]+)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag and ('type="radio"' not in tag or " checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def _form(clerk: Person, path: str) -> dict[str, str]:
    page = clerk.get(path).text
    return _hidden(page[page.index('name="row_version"') - 200 :]) | {
        "csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page)[1]  # type: ignore[index]
    }


def _stored(app: Flask, village: Tenant, model: Any, row_id: uuid.UUID) -> Any:
    with app.app_context(), tenant_scope(village):
        return db.session.get(model, row_id)


def test_the_second_clerk_sees_both_versions_and_chooses_field_by_field(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    person = a_resident(app, village, name="BUDI", birth_place="Liwa", ethnic_group="Lampung", education=3)
    first, second = staff(village, role="operator"), staff(village, role="operator")
    path = f"/penduduk/{person}/ubah"
    one, other = _form(first, path), _form(second, path)
    assert (
        first.post(path, {**one, "birth_place": "Krui", "ethnic_group": "Jawa", "education": "5"}).status_code
        == 303
    )
    page = second.post(path, {**other, "birth_place": "Kotabumi", "name": "BUDI SANTOSO"})
    assert page.status_code == 409
    for word in ("Krui", "Kotabumi", "Jawa", "SLTA", "Tamat SD", "BUDI SANTOSO"):
        assert word in page.text
    again = _hidden(page.text[page.text.index('name="row_version"') - 200 :])
    assert again["pick-birth_place"] == "mine"
    assert again["pick-name"] == "mine"
    assert again["pick-ethnic_group"] == "theirs"
    assert again["pick-education"] == "theirs"
    assert second.post(path, {**again, "csrf_token": other["csrf_token"]}).status_code == 303
    stored = _stored(app, village, Resident, person)
    assert (stored.name, stored.birth_place, stored.ethnic_group, stored.education) == (
        "BUDI SANTOSO", "Kotabumi", "Jawa", 5,
    )  # fmt: skip


def test_a_third_version_is_shown_again_and_nothing_is_written_meanwhile(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    person = a_resident(app, village, name="BUDI")
    clerk = staff(village, role="operator")
    path = f"/penduduk/{person}/ubah"
    old = _form(clerk, path)
    assert clerk.post(path, {**_form(clerk, path), "birth_place": "Krui"}).status_code == 303
    page = clerk.post(path, {**old, "birth_place": "Liwa"})
    assert clerk.post(path, {**_form(clerk, path), "birth_place": "Menggala"}).status_code == 303
    again = {**_hidden(page.text), "csrf_token": old["csrf_token"]}
    assert clerk.post(path, again).status_code == 409
    assert _stored(app, village, Resident, person).birth_place == "Menggala"


def test_both_versions_hold_no_number_for_those_who_may_not_see_it(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    nik, other_nik = a_nik(), a_nik()
    person = a_resident(app, village, nik=nik, name="BUDI", birth_date=None, illness=4)
    narrow = a_clerk(app, village, "residents.view", "residents.edit")
    full = staff(village, role="secretary")
    path = f"/penduduk/{person}/ubah"
    old = _form(narrow, path)
    assert (
        full.post(path, {**_form(full, path), "nik": other_nik, "illness": "5", "name": "B"}).status_code
        == 303
    )
    page = narrow.post(path, {**old, "name": "BUDI S", "nik": "1"})
    assert page.status_code == 409
    for secret in (nik, other_nik, "Kanker", "Stroke"):
        assert secret not in page.text


def test_two_clerks_at_once_never_enter_one_nik_twice(app: Flask, village: Tenant, staff: Staff) -> None:
    nik = a_nik(dt.date(1980, 1, 2))
    form = {"name": "BUDI", "sex": "1", "birth_date": "1980-01-02", "nik": nik}
    answers = _at_once(
        [
            (clerk, "/penduduk/tambah", {**form, "name": f"BUDI {number}", "csrf_token": _token(clerk)})
            for number, clerk in enumerate(staff(village, role="operator") for _clerk in range(3))
        ]
    )
    assert sorted(status for status, _text in answers) == [303, 422, 422]
    assert all("NIK ini" in text for status, text in answers if status == 422)
    with app.app_context(), tenant_scope(village):
        assert db.session.scalar(select(func.count()).select_from(Resident)) == 1


def test_two_clerks_at_once_never_enter_two_heads(app: Flask, village: Tenant, staff: Staff) -> None:
    household = a_household(app, village)
    form = {"sex": "1", "birth_date": "1980-01-02", "household_id": str(household), "relation": "1"}
    answers = _at_once(
        [
            (clerk, "/penduduk/tambah", {**form, "name": f"BUDI {number}", "csrf_token": _token(clerk)})
            for number, clerk in enumerate(staff(village, role="operator") for _clerk in range(3))
        ]
    )
    assert sorted(status for status, _text in answers) == [303, 422, 422]
    assert all("kepala keluarga" in text for status, text in answers if status == 422)


def test_a_number_that_is_being_written_by_somebody_else_is_refused_with_the_same_sentence(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    a_resident(app, village, name="YANG PERTAMA")
    nik, kk = a_nik(dt.date(1980, 1, 2)), a_kk()
    clerk = staff(village, role="operator")
    token = _token(clerk)
    person = {"name": "BUDI", "sex": "1", "birth_date": "1980-01-02", "nik": nik, "csrf_token": token}
    answers: dict[str, Any] = {}

    def send(path: str, form: dict[str, str]) -> None:
        answers[path] = clerk.post(path, form)

    for path, form in (("/penduduk/tambah", person), ("/keluarga/tambah", {"kk": kk, "csrf_token": token})):
        waiting = threading.Thread(target=send, args=(path, form))
        with app.app_context(), tenant_scope(village):
            writing = Writing(today())
            if path == "/penduduk/tambah":
                writing.add_resident("opening", {"name": "PENDAHULU", "sex": 1, "nik": nik})
            else:
                writing.add_household("household_opening", {"kk": kk})
            waiting.start()
            waiting.join(1.5)
            assert waiting.is_alive(), "the second clerk waits for the first"
            writing.finish()
        waiting.join(30)
        assert answers[path].status_code == 422
    assert "NIK ini sudah dipakai PENDAHULU" in answers["/penduduk/tambah"].text
    assert "Nomor KK ini sudah dipakai" in answers["/keluarga/tambah"].text


def _token(clerk: Person) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', clerk.get("/penduduk/tambah").text)
    assert found
    return found[1]


def _at_once(sent: list[tuple[Person, str, dict[str, str]]]) -> list[tuple[int, str]]:
    gate, answers = threading.Barrier(len(sent)), []

    def send(clerk: Person, path: str, form: dict[str, str]) -> None:
        gate.wait()
        answer = clerk.post(path, form)
        answers.append((answer.status_code, answer.text))

    threads = [threading.Thread(target=send, args=one) for one in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_a_household_gives_its_address_to_its_members_when_asked(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    area, new_area = _areas(app, village)
    household, people = a_family(app, village, sub_area_id=area)
    clerk = staff(village, role="operator")
    path = f"/keluarga/{household}/ubah"
    sent = {**_form(clerk, path), "address": "Jalan Baru", "sub_area_id": str(new_area)}
    assert clerk.post(path, sent).status_code == 303
    assert {_stored(app, village, Resident, p).sub_area_id for p in people} == {area}
    assert clerk.post(path, {**_form(clerk, path), "pass_on": "1"}).status_code == 303
    stored = [_stored(app, village, Resident, person) for person in people]
    assert {(p.sub_area_id, p.registered_address) for p in stored} == {(new_area, "Jalan Baru")}
    with app.app_context(), tenant_scope(village):
        moved = select(func.count()).where(LifeEvent.to_area_id == new_area, LifeEvent.to_cell < 8)
        assert db.session.scalar(moved) == 3


def test_the_second_clerk_of_a_household_sees_both_versions(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    household = a_household(app, village, address="Jalan Satu")
    clerk = staff(village, role="operator")
    path = f"/keluarga/{household}/ubah"
    old = _form(clerk, path)
    assert clerk.post(path, {**old, "address": "Jalan Dua"}).status_code == 303
    page = clerk.post(path, {**old, "welfare_decile": "3"})
    assert page.status_code == 409
    again = _hidden(page.text[page.text.index('name="row_version"') - 200 :])
    assert again["pick-address"] == "theirs"
    assert clerk.post(path, {**again, "csrf_token": old["csrf_token"]}).status_code == 303
    stored = _stored(app, village, Household, household)
    assert (stored.address, stored.welfare_decile) == ("Jalan Dua", 3)


def test_a_card_number_of_another_household_is_refused_and_leads_there(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    kk = a_kk()
    holder, _people = a_family(app, village, kk=kk)
    clerk = staff(village, role="operator")
    answer = clerk.submit("/keluarga/tambah", {"kk": kk})
    assert answer.status_code == 422
    assert "sudah dipakai keluarga WARGA" in answer.text
    assert f"/keluarga/{holder}" in answer.text
    assert "15 angka" in clerk.submit("/keluarga/tambah", {"kk": kk[:15]}).text


def test_members_join_and_leave_but_stand_in_one_household_only(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    household, people = a_family(app, village)
    other = a_household(app, village)
    loose = a_resident(app, village, name="PAK LEPAS", birth_date=dt.date(1970, 1, 1))
    clerk = staff(village, role="operator")
    members = f"/keluarga/{household}/anggota"
    found = clerk.submit(f"{members}/cari", {"cari": "lepas"}, form=members)
    assert f"{members}/{loose}/masukkan" in found.text
    put = f"{members}/{loose}/masukkan"
    assert "Pilih hubungannya" in clerk.submit(put, {"relation": ""}, form=members).text
    head = clerk.submit(put, {"relation": "1"}, form=members)
    assert head.status_code == 422
    assert "sudah mempunyai kepala keluarga" in head.text
    assert clerk.submit(put, {"relation": "9"}, form=members).status_code == 303
    listed = clerk.get(members).text
    places = [listed.index(f"{members}/{person}/keluarkan") for person in (*people, loose)]
    assert places == sorted(places)
    elsewhere = f"/keluarga/{other}/anggota/{loose}/masukkan"
    refused = clerk.submit(elsewhere, {"relation": "1"}, form=members)
    assert refused.status_code == 422
    assert "hanya boleh menjadi anggota satu keluarga" in refused.text
    out = f"{members}/{people[1]}/keluarkan"
    assert "tetap terdaftar" in clerk.get(out).text
    assert clerk.submit(out).status_code == 303
    assert _stored(app, village, Resident, people[1]).household_id is None
    assert clerk.submit(out, form=members).status_code == 404


def test_no_household_is_left_without_its_head_or_without_members(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    household, (head, wife, child) = a_family(app, village)
    clerk = staff(village, role="operator")
    program = program_of(app, village)
    members = f"/keluarga/{household}/anggota"
    refused = clerk.submit(f"{members}/{head}/keluarkan")
    assert refused.status_code == 422
    assert "tidak dapat dikeluarkan</h1>" in refused.text
    assert "Catat dahulu kepala keluarga yang baru" in refused.text
    api = f"/api/v1/households/{household}/members"
    assert program.send("DELETE", f"{api}/{head}").json["findings"][0]["code"] == "head_needed"
    loose = program.send("PATCH", f"/api/v1/residents/{head}", {"household_id": None, "relation": None})
    assert loose.json["findings"][0]["code"] == "head_needed"
    for other in (wife, child):
        assert clerk.submit(f"{members}/{other}/keluarkan").status_code == 303
    last = clerk.submit(f"{members}/{head}/keluarkan")
    assert last.status_code == 422
    assert "Bubarkan keluarganya atau gabungkan" in last.text
    assert program.send("DELETE", f"{api}/{head}").json["findings"][0]["code"] == "last_member"
    stands = _stored(app, village, Household, household)
    assert (stands.state, stands.head_id) == ("active", head)


def test_what_is_unusual_is_not_accepted_for_the_clerk_who_takes_somebody_out(
    app: Flask, village: Tenant, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    household, (_head, _wife, child) = a_family(app, village)
    odd = Finding("warning", "relation", "odd", "Ini tidak lazim.")
    monkeypatch.setattr(checking, "findings", lambda values, known: [] if values["household_id"] else [odd])
    clerk = staff(village, role="operator")
    out = f"/keluarga/{household}/anggota/{child}/keluarkan"
    asked = clerk.submit(out)
    assert asked.status_code == 422
    assert "Ini tidak lazim." in asked.text
    assert _stored(app, village, Resident, child).household_id == household
    accepted = {"accept": "1", "accept_codes": "odd", "accept_note": "salah catat"}
    assert clerk.submit(out, accepted).status_code == 303
    assert _stored(app, village, Resident, child).household_id is None


def test_nobody_joins_a_household_that_is_no_more(app: Flask, village: Tenant) -> None:
    household, loose = a_household(app, village), a_resident(app, village)
    with app.app_context(), tenant_scope(village):
        writing = Writing(today())
        found = db.session.get(Household, household)
        assert found is not None
        writing.change_household("dissolve", found, {"state": "dissolved"})
        writing.finish()
        for deed in (
            lambda: services.add_resident(
                {"name": "ANI", "sex": 2, "household_id": household, "relation": 1}
            ),
            lambda: services.change_resident(loose, {"household_id": household, "relation": 1}),
            lambda: services.put_member(household, loose, 1),
        ):
            with pytest.raises(Refused, match="sudah tidak aktif"):
                deed()


def test_an_area_where_somebody_lives_is_not_removed(app: Flask, village: Tenant, staff: Staff) -> None:
    area, empty = _areas(app, village)
    home = a_household(app, village, sub_area_id=area)
    boss = staff(village, role="secretary")
    for sentence in ("masih dipakai: ada penduduk atau keluarga", "tercatat di riwayat dan laporan penduduk"):
        answer = boss.submit(f"/pengaturan/wilayah/{area}/hapus")
        assert answer.status_code in (303, 422)
        page = boss.get(answer.location) if answer.status_code == 303 else answer
        assert sentence in page.text
        a_resident(app, village, household_id=home, relation=9)
    assert _stored(app, village, SubArea, area) is not None
    assert boss.submit(f"/pengaturan/wilayah/{empty}/hapus").status_code == 303
    assert _stored(app, village, SubArea, empty) is None


def _areas(app: Flask, village: Tenant) -> tuple[uuid.UUID, uuid.UUID]:
    with app.app_context(), tenant_scope(village):
        rows = [SubArea(kind="sub_area", name=f"Dusun {name}", sort_order=n) for n, name in enumerate("XY")]
        db.session.add_all(rows)
        db.session.commit()
        return rows[0].id, rows[1].id


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "sex": st.sampled_from((1, 2)),
        "nationality": st.sampled_from((1, 2, 3)),
        "residence_status": st.sampled_from((1, 2, 3)),
        "area": st.sampled_from((None, 0, 1)),
        "home": st.sampled_from((None, 0, 1)),
        "relation": st.sampled_from((1, 4, 9)),
        "name": st.sampled_from(("ANI", "BUDI")),
    },
)
DEEDS = st.lists(st.tuples(st.integers(-1, 5), CHANGES), min_size=1, max_size=8)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_whatever_is_entered_and_corrected_the_ledger_counts_the_living(
    app: Flask, village: Tenant, deeds: list[tuple[int, dict[str, Any]]]
) -> None:
    with app.app_context(), tenant_scope(village):
        homes = [services.add_household({"address": "Jalan"}).id for _home in range(2)]
        areas = _areas_once()
        people: list[uuid.UUID] = []
        for number, changes in deeds:
            values = {name: value for name, value in changes.items() if name not in ("area", "home")}
            if "area" in changes:
                values["sub_area_id"] = None if changes["area"] is None else areas[changes["area"]]
            if "home" in changes:
                values["household_id"] = None if changes["home"] is None else homes[changes["home"]]
            try:
                if number < 0 or not people:
                    people.append(
                        services.add_resident({"name": "ANI", "sex": 1, **values}, acceptance=ACCEPTED).id
                    )
                else:
                    services.change_resident(people[number % len(people)], values, acceptance=ACCEPTED)
            except Refused:
                continue
        living = select(Resident.sub_area_id, func.count()).where(Resident.vital_status == 1)
        rows = db.session.execute(living.group_by(Resident.sub_area_id))
        counted = {row[0]: row[1] for row in rows}
        assert _ledger() == counted
        heads = select(func.count()).where(Resident.relation == 1, Resident.household_id.is_not(None))
        most = db.session.execute(heads.group_by(Resident.household_id)).scalars().all()
        assert not most or max(most) == 1
        for home in homes:
            found = select(Resident.id).where(Resident.household_id == home, Resident.relation == 1)
            household = db.session.get(Household, home)
            assert household is not None
            assert household.head_id == db.session.scalar(found)


def _areas_once() -> list[uuid.UUID]:
    found = list(
        db.session.scalars(select(SubArea.id).where(SubArea.name.in_(("U", "V"))).order_by(SubArea.name))
    )
    if not found:
        db.session.add_all([SubArea(kind="sub_area", name=name) for name in "UV"])
        db.session.commit()
        return _areas_once()
    return found


def _ledger() -> dict[uuid.UUID | None, int]:
    sums: dict[uuid.UUID | None, int] = {}
    for event in db.session.scalars(select(LifeEvent).where(LifeEvent.undone_at.is_(None))):
        if event.to_cell is not None and event.to_cell < 8:
            sums[event.to_area_id] = sums.get(event.to_area_id, 0) + 1
        if event.from_cell is not None and event.from_cell < 8:
            sums[event.from_area_id] = sums.get(event.from_area_id, 0) - 1
    return {area: count for area, count in sums.items() if count}


def test_the_number_of_a_family_card_is_opened_for_a_reason(app: Flask, village: Tenant, staff: Any) -> None:
    number = a_kk()
    household = a_household(app, village, kk=number)
    clerk = staff(village)
    path = f"/keluarga/{household}/ubah"
    assert number not in clerk.get(path).text
    opened = clerk.submit(
        f"{path}/nomor", {"row_version": "1", "number_reason": "check", "address": "Jalan Baru 4"}, form=path
    )
    assert number in opened.text
    assert "Jalan Baru 4" in opened.text
    assert opened.headers["Cache-Control"] == "no-store"
    assert f'action="{path}"' in opened.text
    with app.app_context(), tenant_scope(village):
        entry = db.session.scalars(
            select(TenantAuditEntry)
            .where(TenantAuditEntry.object_id == str(household), TenantAuditEntry.action.like("%viewed"))
        ).one()  # fmt: skip
        assert entry.details
    person = a_resident(app, village)
    path = f"/penduduk/{person}/ubah"
    page = clerk.submit(f"{path}/nomor", {"row_version": "1", "number_reason": "check"}, form=path).text
    assert f'action="{path}"' in page, (
        "saving goes to the form's own address, not to where numbers are opened"
    )
    other = a_clerk(app, village, "village.view", "residents.view", "residents.edit")
    path = f"/keluarga/{household}/ubah"
    refused = other.submit(f"{path}/nomor", {"number_reason": "check"}, form=path)
    assert refused.status_code == 403
