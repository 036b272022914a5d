"""Life events through their forms: what is recorded, and what each wrong one is told."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.extensions import db
from app.government.residents.writing import today
from tenants.scope import Tenant, tenant_scope
from tests.support.events import (
    by_name,
    check_books,
    form_path,
    household,
    recorded,
    resident,
    submit,
    told,
)
from tests.support.residents import a_family, a_household, a_kk, a_nik, a_resident

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


def _heads(app: Flask, village: Tenant, home: uuid.UUID) -> uuid.UUID | None:
    return household(app, village, home).head_id


def test_a_newborn_joins_the_mothers_household_without_a_nik(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    home, (father, mother, _child) = family
    page = clerk.get(form_path("birth", mother))
    assert f'value="{father}" selected' in page.text
    deed = recorded(
        submit(
            clerk,
            "birth",
            person=mother,
            name="MELATI PUTRI",
            sex=2,
            father_id=father,
            birth_place="Kota Agung",
        )
    )
    baby = by_name(app, village, "MELATI PUTRI")
    assert (baby.household_id, baby.relation, baby.birth_date, baby.nik_state) == (home, 4, today(), 0)
    assert baby.mother_name == resident(app, village, mother).name
    assert baby.father_name == resident(app, village, father).name
    shown = told(clerk.get(f"/penduduk/peristiwa/{deed}?baru=1"))
    assert "MELATI PUTRI lahir pada" in shown


def test_the_heads_death_asks_for_the_new_head_and_widows_the_wife(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    home, (father, mother, _child) = family
    refused = submit(clerk, "death", person=father, place="Rumah", cause=1)
    assert refused.status_code == 422
    assert "Pilih kepala keluarga yang baru" in told(refused)
    assert resident(app, village, father).vital_status == 1
    recorded(
        submit(clerk, "death", person=father, place="Rumah", cause=1, determined_by=1, new_head_id=mother)
    )
    assert resident(app, village, father).vital_status == 2
    widow = resident(app, village, mother)
    assert (widow.relation, widow.marital_status) == (1, 4)
    assert _heads(app, village, home) == mother


def test_a_child_as_new_head_is_a_warning_that_a_note_accepts(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    home, (father, _mother, child) = family
    asked = submit(clerk, "death", person=father, new_head_id=child)
    assert asked.status_code == 422
    assert "Kepala keluarga biasanya sudah berumur 17 tahun" in told(asked)
    recorded(submit(clerk, "death", person=father, new_head_id=child, note="Ibunya bekerja di luar negeri"))
    assert _heads(app, village, home) == child


def test_the_last_members_death_ends_the_household(app: Flask, village: Tenant, clerk: Any) -> None:
    home = a_household(app, village, happened_on=LAST_YEAR)
    alone = a_resident(app, village, household_id=home, relation=1, happened_on=LAST_YEAR)
    recorded(submit(clerk, "death", person=alone))
    assert household(app, village, home).state == "dissolved"


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (dt.date(2100, 1, 1), "Tanggal peristiwa ini belum tiba"),
        (dt.date(1950, 1, 1), "Tanggal meninggal lebih awal daripada tanggal lahir"),
        ("", "Wajib diisi"),
        ("31-02-2026", "Tanggal ini tidak ada"),
    ],
)
def test_a_death_on_an_impossible_day_is_told_why(
    clerk: Any, family: Family, day: object, sentence: str
) -> None:
    _home, (_father, mother, _child) = family
    answer = submit(clerk, "death", person=mother, happened_on=day)
    assert answer.status_code == 422
    assert sentence in told(answer)


def test_an_event_before_the_last_one_is_told_which(clerk: Any, family: Family) -> None:
    _home, (_father, mother, _child) = family
    recorded(submit(clerk, "change_residence", person=mother, members=mother, residence_status=3))
    answer = submit(clerk, "death", person=mother, happened_on=today() - dt.timedelta(days=3))
    assert answer.status_code == 422
    assert "lebih awal daripada peristiwa terakhir" in told(answer)
    assert "ubah status tinggal" in told(answer)


def test_the_dead_are_told_to_be_dead(clerk: Any, family: Family) -> None:
    _home, (_father, mother, _child) = family
    recorded(submit(clerk, "death", person=mother))
    for kind in ("death", "missing"):
        answer = submit(clerk, kind, person=mother)
        assert answer.status_code == 422
        assert "sudah tercatat meninggal pada" in told(answer)
    answer = submit(clerk, "return", person=mother, members=mother, place="old")
    assert "batalkan peristiwa kematiannya" in told(answer)


def test_a_family_moves_away_and_returns_to_its_household(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    home, people = family
    before = today() - dt.timedelta(days=40)
    recorded(
        submit(
            clerk,
            "move_out",
            household=home,
            members=people,
            target=3,
            destination="Metro",
            happened_on=before,
        )
    )
    assert household(app, village, home).state == "left"
    assert {resident(app, village, person).vital_status for person in people} == {3}
    deed = recorded(submit(clerk, "return", person=people[0], members=people, place="old"))
    assert household(app, village, home).state == "active"
    assert [resident(app, village, person).relation for person in people] == [1, 3, 4]
    assert "dan" in told(clerk.get(f"/penduduk/peristiwa/{deed}"))


def test_somebody_returns_to_a_household_with_another_head(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    home, (father, mother, _child) = family
    recorded(submit(clerk, "left", person=father, members=father, new_head_id=mother))
    recorded(submit(clerk, "return", person=father, members=father, place="old"))
    assert resident(app, village, father).relation == 9
    assert _heads(app, village, home) == mother


def test_people_who_come_make_a_household_or_join_one(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    home, _people = family
    born = dt.date(1990, 3, 4)
    kk = a_kk()
    two = {
        "name": "SUTARMAN", "sex": 1, "relation": 1, "nik": a_nik(born), "birth_date": born, "marital_status": 2,
        "name_2": "WAGINEM", "sex_2": 2, "relation_2": 3, "birth_date_2": dt.date(1992, 1, 1), "marital_status_2": 2,
    }  # fmt: skip
    deed = recorded(submit(clerk, "move_in", kk=kk, residence_status=3, origin="Way Kanan", **two))
    came = by_name(app, village, "SUTARMAN")
    assert came.residence_status == 3
    assert came.household_id
    assert household(app, village, came.household_id).head_id == came.id
    assert by_name(app, village, "WAGINEM").household_id == came.household_id
    assert f"keluarga={came.household_id}" in clerk.get(f"/penduduk/peristiwa/{deed}").text
    taken = submit(clerk, "move_in", kk=kk, residence_status=1, **{**two, "nik": ""})
    assert "Nomor KK ini sudah dipakai keluarga lain" in told(taken)
    second = submit(clerk, "move_in", household=home, residence_status=1, name="PAIJO", sex=1, relation=1)
    assert "sudah mempunyai kepala keluarga" in told(second)
    recorded(
        submit(
            clerk, "move_in", household=home, residence_status=1, name="PAIJO", sex=1, relation=9,
            birth_date=dt.date(1970, 1, 1),
        )
    )  # fmt: skip
    assert by_name(app, village, "PAIJO").household_id == home


def test_people_who_come_without_script_get_another_block(clerk: Any) -> None:
    page = submit(clerk, "move_in", name="SUTARMAN", sex=1, more=1)
    assert page.status_code == 200
    assert "Orang ke-2" in told(page)
    assert 'value="SUTARMAN"' in page.text


def test_wrong_arrivals_are_told_each_at_its_field(clerk: Any) -> None:
    answer = submit(
        clerk,
        "move_in",
        residence_status=1,
        name="A",
        sex=1,
        relation=1,
        nik="123",
        name_2="B",
        sex_2="",
        relation_2=3,
    )
    assert answer.status_code == 422
    assert "NIK harus 16 angka; yang ini 3 angka" in told(answer)
    assert "f-sex_2" in answer.text


def test_a_household_splits_merges_and_dissolves(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    home, (father, mother, child) = family
    son = a_resident(
        app, village, household_id=home, relation=4, birth_date=dt.date(2000, 1, 1), happened_on=LAST_YEAR
    )
    wife = a_resident(
        app,
        village,
        household_id=home,
        relation=5,
        sex=2,
        birth_date=dt.date(2001, 1, 1),
        happened_on=LAST_YEAR,
    )
    everybody = [father, mother, child, son, wife]
    refused = submit(clerk, "split", household=home, members=everybody, head_id=son)
    assert "tidak ada keluarga yang pecah" in told(refused)
    kk = a_kk()
    recorded(submit(clerk, "split", household=home, members=[son, wife], head_id=son, kk=kk))
    new = resident(app, village, son).household_id
    assert new
    assert new != home
    assert (resident(app, village, son).relation, resident(app, village, wife).relation) == (1, 3)
    there = {"target_id": home, "confirmed": home, f"relation_{son}": 4, f"relation_{wife}": 5}
    recorded(submit(clerk, "merge", household=new, members=[son, wife], **there))
    assert resident(app, village, son).household_id == home
    assert household(app, village, new).state == "dissolved"
    recorded(submit(clerk, "dissolve", household=home, reason="Cerai"))
    assert household(app, village, home).state == "dissolved"
    assert resident(app, village, mother).household_id is None
    recorded(submit(clerk, "split", person=mother, members=mother, head_id=mother))
    assert resident(app, village, mother).relation == 1


def _kk_of(app: Flask, village: Tenant, home: uuid.UUID) -> str:
    from app.core.privacy.vault import open_vault

    with app.app_context(), tenant_scope(village):
        return str(open_vault().open_json(household(app, village, home).box, f"household:{home}")["kk"])


def test_another_head_keeps_one_head(app: Flask, village: Tenant, clerk: Any, family: Family) -> None:
    home, (father, mother, _child) = family
    again = submit(clerk, "change_head", household=home, head_id=father)
    assert "sudah menjadi kepala keluarga ini" in told(again)
    recorded(submit(clerk, "change_head", household=home, head_id=mother))
    assert (resident(app, village, mother).relation, resident(app, village, father).relation) == (1, 2)
    assert _heads(app, village, home) == mother


def test_a_family_moves_within_the_village(app: Flask, village: Tenant, clerk: Any, family: Family) -> None:
    home, people = family
    clerk.submit("/pengaturan/wilayah/tambah", {"kind": "sub_area", "names": "Dusun Baru"})
    page = clerk.get(form_path("move_area", household=home)).text
    area = page.split("Dusun Baru</option>")[0].rsplit('value="', 1)[1].split('"')[0]
    recorded(
        submit(clerk, "move_area", household=home, members=people, sub_area_id=area, address="Jalan Baru 1")
    )
    assert str(household(app, village, home).sub_area_id) == area
    assert {str(resident(app, village, person).sub_area_id) for person in people} == {area}
    again = submit(clerk, "move_area", household=home, members=people, sub_area_id=area)
    assert "sama dengan wilayah sekarang" in told(again)


def test_status_and_nationality_change_the_cell(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    _home, (father, mother, _child) = family
    recorded(submit(clerk, "change_nationality", person=mother, nationality=2, decree="AHU-1"))
    assert resident(app, village, mother).nationality == 2
    same = submit(clerk, "change_residence", person=father, members=father, residence_status=1)
    assert "Statusnya sudah seperti ini" in told(same)


def test_a_form_sent_twice_is_recorded_once(app: Flask, village: Tenant, clerk: Any, family: Family) -> None:
    _home, (_father, mother, _child) = family
    deed = uuid.uuid4()
    values = {"name": "KEMBAR", "sex": 1, "deed_id": deed, "father_id": "", "father_name": "X"}
    assert recorded(submit(clerk, "birth", person=mother, **values)) == deed
    assert recorded(submit(clerk, "birth", person=mother, **values)) == deed
    assert by_name(app, village, "KEMBAR").name == "KEMBAR"


def test_a_person_is_found_by_name_and_by_nik_but_no_nik_stands_in_an_address(
    app: Flask, village: Tenant, clerk: Any
) -> None:
    nik = a_nik()
    person = a_resident(app, village, name="RADEN INTAN", nik=nik, birth_date=dt.date(1980, 5, 17))
    page = clerk.get("/penduduk/peristiwa/catat?jenis=death&cari=intan")
    assert "RADEN INTAN" in page.text
    assert nik not in page.text
    answer = clerk.submit(
        "/penduduk/peristiwa/cari",
        {"jenis": "death", "nik": nik},
        form="/penduduk/peristiwa/catat?jenis=death",
    )
    assert answer.status_code == 303
    assert str(person) in answer.headers["Location"]
    assert nik not in answer.headers["Location"]
    wrong = clerk.submit(
        "/penduduk/peristiwa/cari",
        {"jenis": "death", "nik": "12"},
        form="/penduduk/peristiwa/catat?jenis=death",
    )
    assert wrong.status_code == 422
    assert "NIK harus 16 angka" in told(wrong)


def test_every_kinds_form_opens(clerk: Any, family: Family) -> None:
    from app.government.residents.events.kinds import RECORDED

    home, (_father, mother, _child) = family
    assert clerk.get("/penduduk/peristiwa/catat").status_code == 200
    for kind in RECORDED:
        for path in (form_path(kind), form_path(kind, mother), form_path(kind, household=home)):
            page = clerk.get(path)
            assert page.status_code == 200, (kind, path)


def test_who_may_not_record_is_refused(village: Tenant, staff: Callable[..., Any], family: Family) -> None:
    _home, (_father, mother, _child) = family
    reader = staff(village, role="section_staff")
    assert reader.get("/penduduk/peristiwa").status_code == 200
    assert reader.get("/penduduk/laporan/2026/1").status_code == 200
    assert reader.get(form_path("death", mother)).status_code == 403
    operator = staff(village, role="operator")
    deed = recorded(submit(operator, "death", person=mother))
    assert operator.get(f"/penduduk/peristiwa/{deed}/batal").status_code == 403
    assert operator.get("/penduduk/laporan/2026/1/tutup").status_code == 403


def test_ids_of_another_village_are_not_there(
    app: Flask, make_village: Callable[[], Any], staff: Callable[..., Any], village: Tenant, family: Family
) -> None:
    other = make_village()
    stranger = staff(other)
    home, (_father, mother, _child) = family
    assert stranger.get(form_path("death", mother)).status_code == 404
    assert stranger.get(form_path("move_out", household=home)).status_code == 404
    deed = recorded(submit(staff(village), "death", person=mother))
    assert stranger.get(f"/penduduk/peristiwa/{deed}").status_code == 404
    page = stranger.get("/penduduk/peristiwa/catat?jenis=move_in")
    assert page.status_code == 200
    own, _people = a_family(app, other)
    mine = a_resident(app, other, household_id=own, relation=9)
    answer = submit(stranger, "merge", person=mine, members=mine, target="x", target_id=home)
    assert answer.status_code == 404


def test_the_list_has_a_fixed_number_of_queries(
    app: Flask, village: Tenant, clerk: Any, family: Family, count_queries: Callable[..., Any]
) -> None:
    _home, (father, mother, child) = family
    for person in (child, mother, father):
        recorded(submit(clerk, "change_residence", person=person, members=person, residence_status=3))
    clerk.get("/penduduk/peristiwa")
    with count_queries(at_most=9):
        page = clerk.get("/penduduk/peristiwa")
    assert page.text.count("Ubah status tinggal") >= 3
    with count_queries(at_most=14):
        assert clerk.get(f"/penduduk/laporan/{today().year}/{today().month}").status_code == 200


def test_the_list_is_paged_by_key(app: Flask, village: Tenant, clerk: Any) -> None:
    from app.government.residents.events import queries
    from app.government.residents.events.deeds import Occasion
    from app.government.residents.events.services import change_residence

    person = a_resident(app, village, happened_on=LAST_YEAR)
    with app.app_context(), tenant_scope(village):
        for number in range(queries.PAGE + 3):
            change_residence([person], 3 if number % 2 == 0 else 1, occasion=Occasion(today()))
    first = clerk.get("/penduduk/peristiwa")
    older = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = clerk.get(older)
    assert second.text.count("data-label=") < first.text.count("data-label=")
    assert 'rel="next"' not in second.text
