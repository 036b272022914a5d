"""What the screens of life events tell: forms that were used already, whose event it was, whom a family joins."""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from app.extensions import db
from app.government.residents.models import Resident
from app.government.residents.writing import today
from tenants.scope import Tenant, tenant_scope
from tests.core.test_api_village import program_of
from tests.support.events import by_name, form_path, recorded, resident, submit, told
from tests.support.residents import a_family, a_household, a_nik, a_resident

LAST_YEAR = dt.date(2025, 1, 15)
FORM_ID = re.compile(r'name="deed_id" value="([0-9a-f-]{36})"')
Family = tuple[uuid.UUID, list[uuid.UUID]]


@pytest.fixture
def clerk(village: Tenant, staff: Callable[..., Any]) -> Any:
    """The village's secretary, signed in."""
    return staff(village)


@pytest.fixture
def family(app: Flask, village: Tenant) -> Family:
    """Husband, wife and child, here since last year."""
    return a_family(app, village, happened_on=LAST_YEAR)


def _count(app: Flask, village: Tenant) -> int:
    with app.app_context(), tenant_scope(village):
        return db.session.scalar(select(func.count()).select_from(Resident)) or 0


def _rows(page: Any) -> list[str]:
    """The lines of a list, as text."""
    body = page.text.split("<tbody>")[1].split("</tbody>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in body.split("</tr>") if row.strip()]


# -- a form that was used already -----------------------------------------------------------------------------------


def test_a_second_twin_after_going_back_is_not_lost(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    _home, (_father, mother, _child) = family
    used = uuid.uuid4()
    values = {"sex": 1, "father_name": "X", "note": "benar"}
    assert recorded(submit(clerk, "birth", person=mother, name="KEMBAR SATU", deed_id=used, **values)) == used
    before = _count(app, village)
    page = submit(clerk, "birth", person=mother, name="KEMBAR DUA", deed_id=used, **values)
    assert page.status_code == 422
    assert "Formulir ini sudah dipakai untuk KEMBAR SATU (lahir" in told(page)
    assert 'value="KEMBAR DUA"' in page.text
    assert _count(app, village) == before
    fresh = FORM_ID.search(page.text)
    assert fresh is not None
    assert fresh[1] != str(used)
    again = submit(clerk, "birth", person=mother, name="KEMBAR DUA", deed_id=fresh[1], **values)
    assert recorded(again) == uuid.UUID(fresh[1])
    assert by_name(app, village, "KEMBAR DUA").mother_name == by_name(app, village, "KEMBAR SATU").mother_name
    assert recorded(submit(clerk, "birth", person=mother, name="KEMBAR SATU", deed_id=used, **values)) == used
    assert _count(app, village) == before + 1


def test_another_persons_death_is_not_taken_for_the_first_one(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    _home, (_father, mother, child) = family
    used = uuid.uuid4()
    recorded(submit(clerk, "death", person=child, deed_id=used))
    page = submit(clerk, "death", person=mother, deed_id=used)
    assert page.status_code == 422
    assert f"sudah dipakai untuk {resident(app, village, child).name} (meninggal" in told(page)
    assert resident(app, village, mother).vital_status == 1
    other = submit(clerk, "change_residence", person=mother, members=mother, residence_status=3, deed_id=used)
    assert "Formulir ini sudah dipakai" in told(other)
    assert recorded(submit(clerk, "death", person=child, deed_id=used)) == used


def test_a_program_that_reuses_its_key_is_told(app: Any, village: Tenant, family: Family) -> None:
    _home, (_father, mother, _child) = family
    program = program_of(app, village)
    once = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"mother_id": str(mother), "name": "SATU", "sex": 1, "happened_on": "2025-03-05"}
    first = program.send("POST", "/api/v1/life-events/births", body, headers=once)
    assert first.status_code == 201, first.json
    assert (
        program.send("POST", "/api/v1/life-events/births", body, headers=once).json["id"] == first.json["id"]
    )
    other = program.send("POST", "/api/v1/life-events/births", {**body, "name": "DUA"}, headers=once)
    assert other.status_code == 422
    assert "sudah dipakai untuk SATU" in str(other.json)


# -- whose event it was -----------------------------------------------------------------------------------------------


def test_a_heads_death_is_a_death_of_the_head_alone(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    _home, (father, mother, _child) = family
    head, widow = (resident(app, village, person).name for person in (father, mother))
    deed = recorded(submit(clerk, "death", person=father, new_head_id=mother))
    [row] = _rows(clerk.get("/penduduk/peristiwa"))
    assert row.startswith(f"{head} Meninggal")
    assert widow not in row
    page = told(clerk.get(f"/penduduk/peristiwa/{deed}"))
    assert f"{head} meninggal pada" in page
    assert f"{head} dan {widow}" not in page
    assert f"Ganti kepala keluarga: {widow}" in page


def test_the_main_event_is_named_whatever_line_stands_first(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    _home, (father, mother, _child) = family
    deed = recorded(submit(clerk, "death", person=father, new_head_id=mother))
    with app.app_context(), tenant_scope(village):
        # As in a register whose lines were loaded in another order: the new head's line before the death's.
        line = (
            "UPDATE life_event SET id = :to, box = NULL"
            " WHERE deed_id = :deed AND kind = :kind AND resident_id = :who"
        )
        for number, kind, who in ((1, "change_head", mother), (9, "death", father)):
            values = {"to": uuid.UUID(int=1 << 120 | number), "deed": deed, "kind": kind, "who": who}
            db.session.execute(db.text(line), values)
        db.session.commit()
    head = resident(app, village, father).name
    assert _rows(clerk.get("/penduduk/peristiwa"))[0].startswith(f"{head} Meninggal")
    assert f"{head} meninggal pada" in told(clerk.get(f"/penduduk/peristiwa/{deed}"))


def test_a_new_head_is_named_alone(app: Flask, village: Tenant, clerk: Any, family: Family) -> None:
    home, (father, mother, _child) = family
    old, new = (resident(app, village, person).name for person in (father, mother))
    deed = recorded(submit(clerk, "change_head", household=home, head_id=mother))
    assert _rows(clerk.get("/penduduk/peristiwa"))[0].startswith(f"{new} Ganti kepala keluarga")
    page = told(clerk.get(f"/penduduk/peristiwa/{deed}"))
    assert f"{new} menjadi kepala keluarga pada" in page
    assert f"Perbaikan data: {old}" in page


def test_the_list_says_when_it_happened_and_when_it_was_recorded(clerk: Any, family: Family) -> None:
    _home, (_father, _mother, child) = family
    recorded(submit(clerk, "death", person=child, happened_on=dt.date(2025, 3, 4)))
    page = clerk.get("/penduduk/peristiwa")
    assert 'data-label="Terjadi"><span>4 Maret 2025<' in page.text
    recorded_on = page.text.split('data-label="Dicatat"')[1].split("</td>")[0]
    assert str(today().year) in recorded_on
    assert "Yang terakhir dicatat di atas" in page.text


# -- joining another family -------------------------------------------------------------------------------------------


def test_a_family_joins_another_after_seeing_it_and_saying_what_each_is_there(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    home, (father, _mother, child) = family
    head = resident(app, village, father)
    other = a_household(app, village, happened_on=LAST_YEAR)
    common = {"household_id": other, "happened_on": LAST_YEAR}
    son = a_resident(app, village, **common, name="ANAK", relation=1, father_name=head.name)
    wife = a_resident(app, village, **common, name="MANTU", relation=3, sex=2)
    sent: dict[str, Any] = {"household": other, "members": [son, wife], "target": head.name}
    asked = submit(clerk, "merge", **sent)
    assert asked.status_code == 200
    shown = told(asked)
    assert "Keluarga tujuan" in shown
    assert "Jalan Damar" in shown
    assert f"{resident(app, village, child).name} (Anak" in shown
    assert "keluarga lama berakhir" in shown
    chosen = asked.text.split(f'name="relation_{son}"')[1].split("</select>")[0]
    assert '<option value="4" selected>' in chosen
    assert resident(app, village, son).household_id == other
    sent |= {"target_id": home, "confirmed": home}
    refused = submit(clerk, "merge", **sent, **{f"relation_{son}": 4, f"relation_{wife}": ""})
    assert refused.status_code == 422
    assert "MANTU: Pilih hubungannya dengan kepala keluarga tujuan" in told(refused)
    recorded(submit(clerk, "merge", **sent, **{f"relation_{son}": 4, f"relation_{wife}": 5}))
    assert (resident(app, village, son).relation, resident(app, village, wife).relation) == (4, 5)
    assert resident(app, village, wife).household_id == home


def test_another_target_can_be_chosen_without_typing_all_again(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    home, (_father, mother, _child) = family
    other = a_household(app, village, happened_on=LAST_YEAR)
    alone = a_resident(app, village, household_id=other, relation=1, happened_on=LAST_YEAR)
    page = submit(
        clerk, "merge", person=alone, members=alone, target="x", target_id=home, confirmed=home, retarget=1,
        happened_on=dt.date(2026, 2, 3),
    )  # fmt: skip
    assert page.status_code == 200
    assert 'name="confirmed"' not in page.text
    assert 'value="2026-02-03"' in page.text
    assert resident(app, village, alone).household_id == other
    assert resident(app, village, mother).household_id == home


# -- people who come, and cards ---------------------------------------------------------------------------------------


def test_the_book_of_temporary_residents_says_where_from_and_why(clerk: Any) -> None:
    came = {
        "name": "SUTARMAN",
        "sex": 1,
        "relation": 1,
        "birth_date": dt.date(1990, 3, 4),
        "marital_status": 1,
    }
    deed = recorded(
        submit(clerk, "move_in", residence_status=3, origin="Way Kanan", purpose="Menggarap kebun", **came)
    )
    assert "Maksud kedatangan Menggarap kebun" in told(clerk.get(f"/penduduk/peristiwa/{deed}"))
    [row] = _rows(clerk.get(f"/penduduk/buku/sementara?bulan={today().month}&tahun={today().year}"))
    assert "Way Kanan Menggarap kebun" in row


def test_newborns_and_newcomers_stand_on_the_card_where_they_belong(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    home, (_father, mother, child) = family
    a_resident(
        app, village, name="NENEK", household_id=home, relation=7, sex=2, birth_date=dt.date(1955, 1, 1),
        happened_on=LAST_YEAR,
    )  # fmt: skip
    recorded(submit(clerk, "birth", person=mother, name="BAYI", sex=1, father_name="X", note="benar"))
    recorded(
        submit(
            clerk, "move_in", household=home, residence_status=1, name="SULUNG", sex=1, relation=4,
            birth_date=dt.date(2010, 1, 1), nik=a_nik(dt.date(2010, 1, 1)),
        )
    )  # fmt: skip
    page = told(clerk.get(f"/keluarga/{home}"))
    names = ["SULUNG", resident(app, village, child).name, "BAYI", "NENEK"]
    places = [page.index(name) for name in names]
    assert places == sorted(places), page


def test_people_who_come_together_stand_by_relation_and_age(app: Flask, village: Tenant, clerk: Any) -> None:
    people = {
        "name": "ADIK", "sex": 1, "relation": 4, "birth_date": dt.date(2015, 3, 4),
        "name_2": "KAKAK", "sex_2": 1, "relation_2": 4, "birth_date_2": dt.date(2012, 1, 1),
        "name_3": "KEPALA", "sex_3": 1, "relation_3": 1, "birth_date_3": dt.date(1980, 1, 1),
    }  # fmt: skip
    recorded(submit(clerk, "move_in", residence_status=1, note="benar", **people))
    orders = [by_name(app, village, name).household_order for name in ("KEPALA", "KAKAK", "ADIK")]
    assert orders == [1, 2, 3]


@pytest.mark.parametrize(
    ("born", "is_offered"), [(12, False), (14, False), (16, True), (40, True), (60, False)]
)
def test_a_birth_is_offered_to_women_of_that_age(
    app: Flask, village: Tenant, clerk: Any, born: int, is_offered: bool
) -> None:
    home = a_household(app, village)
    year = dt.date(today().year - born, 1, 1)
    person = a_resident(app, village, household_id=home, relation=1, sex=2, birth_date=year)
    page = clerk.get(f"/penduduk/{person}").text
    assert (f"jenis=birth&amp;penduduk={person}" in page) is is_offered
    assert clerk.get(form_path("birth", person)).status_code == 200


# -- the monthly report -----------------------------------------------------------------------------------------------


def test_a_month_before_the_first_one_has_no_report(clerk: Any, family: Family) -> None:
    page = clerk.get("/penduduk/laporan/1900/1")
    assert page.status_code == 404
    assert "Catatan penduduk di sini mulai Januari 2025" in told(page)
    assert ".xlsx" not in page.text
    assert clerk.get("/penduduk/laporan/1900/1.xlsx").status_code == 404
    assert clerk.get("/penduduk/laporan/1900/1.pdf").status_code == 404
    assert clerk.get("/penduduk/laporan/2025/1").status_code == 200


def test_a_month_that_can_not_be_closed_is_refused_before_asking(clerk: Any, family: Family) -> None:
    here = f"/penduduk/laporan/{today():%Y}/{today().month}"
    answer = clerk.get(f"{here}/tutup")
    assert answer.status_code == 303
    assert "belum berakhir, jadi belum dapat ditutup" in told(clerk.get(answer.headers["Location"]))
    clerk.submit("/penduduk/laporan/2025/2/tutup", {})
    closed = clerk.get("/penduduk/laporan/2025/1/tutup")
    assert closed.status_code == 303
    assert "Bulan Januari 2025 sudah ditutup" in told(clerk.get(closed.headers["Location"]))


def test_tables_without_households_have_no_rows_of_households(
    app: Flask, village: Tenant, clerk: Any, family: Family
) -> None:
    home, (_father, _mother, child) = family
    recorded(submit(clerk, "split", household=home, members=[child], head_id=child, note="benar"))
    page = clerk.get(f"/penduduk/laporan/{today():%Y}/{today().month}").text
    assert page.count("Keluarga terbentuk") == 1


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_books_sheet_has_a_name_that_is_not_cut(clerk: Any, family: Family) -> None:
    form = "/penduduk/buku/rekapitulasi"
    asked = {"bulan": str(today().month), "tahun": str(today().year), "bentuk": "xlsx", "alasan": "Arsip"}
    file = clerk.submit(f"{form}/berkas", asked, form=form)
    assert CalamineWorkbook.from_filelike(io.BytesIO(file.data)).sheet_names == ["Rekapitulasi"]


def test_a_csv_file_names_its_charset_once(clerk: Any, family: Family) -> None:
    with clerk.submit("/penduduk/ekspor", {"shape": "csv", "reason": "Arsip"}) as file:
        assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
