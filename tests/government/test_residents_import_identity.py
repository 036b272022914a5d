"""What a first user of the import stumbled over: somebody else's NIK, families without a head, names of areas."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.spreadsheets import read_table
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents.imports.identity import names_differ
from app.government.residents.models import Household, LifeEvent, Resident
from tenants.scope import Tenant, tenant_scope
from tests.support.imports import FAMILY, HEADER, apply, applying, carry_out, row, send, tab
from tests.support.residents import a_nik
from tests.support.uploads import send_form
from tests.support.work import settle
from tests.support.workbooks import xlsx

Staff = Callable[..., Any]
OTHER = "1806200101150009"


def people(app: Flask, village: Tenant) -> dict[str, Resident]:
    with app.app_context(), tenant_scope(village):
        return {person.name: person for person in db.session.scalars(select(Resident))}


def table(*rows: list[Any]) -> bytes:
    return xlsx(("Data", [HEADER, *rows]))


@pytest.fixture
def clerk(app: Flask, village: Tenant, staff: Staff) -> Any:
    """Somebody who imports into a village where the family lives."""
    someone = staff(village)
    carry_out(app, someone, table(*FAMILY))
    return someone


def accept(app: Flask, clerk: Any, url: str, shown: list[int], **more: Any) -> Any:
    version = applying(clerk, url)["row_version"]
    answer = clerk.submit(
        f"{url}/orang-sama", {"row_version": version, "shown": shown, **more}, form=f"{url}?lihat=doubt"
    )
    settle(app)
    return answer


def test_another_person_under_a_known_nik_is_refused(app: Flask, village: Tenant, clerk: Any) -> None:
    stranger = row(FAMILY[1], nama="HENDRIK WIJAYA", tanggallahir="1971-11-03")
    url = send(app, clerk, table(FAMILY[0], stranger, FAMILY[2]))
    page = tab(clerk, url, "rejected")
    assert "NIK ini milik SITI AMINAH yang lahir" in page
    assert "periksa NIK atau namanya" in page
    assert "Tidak ada yang perlu diterapkan" in page
    assert set(people(app, village)) == {"BUDI SANTOSO", "SITI AMINAH", "ANI LESTARI"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"nama": "HENDRIK WIJAYA"}, "NIK ini milik SITI AMINAH"),
        ({"tanggallahir": "1971-11-03"}, "tanggal lahirnya"),
        ({"sex": 1, "kk_level": 9}, "jenis kelaminnya perempuan"),
    ],
)
def test_what_may_be_somebody_else_stays_out_until_its_own_row_is_ticked(
    app: Flask, village: Tenant, clerk: Any, change: dict[str, Any], sentence: str
) -> None:
    odd = row(FAMILY[1], pekerjaan_id=88, **change)
    also = row(FAMILY[2], pekerjaan_id=1, nama="ROBERT SIHOMBING")
    url = send(app, clerk, table(FAMILY[0], odd, also))
    page = tab(clerk, url, "doubt")
    assert sentence in page
    assert "Perlu dicentang" in page
    apply(app, clerk, url, note="semua benar")
    assert people(app, village)["SITI AMINAH"].occupation == 2
    accept(app, clerk, url, [3, 4], same=[3])
    assert "checked" in tab(clerk, url, "doubt")
    apply(app, clerk, url, note="sesuai akta")
    found = {person.nik_index: person for person in people(app, village).values()}
    changed = next(person for person in found.values() if person.occupation == 88)
    assert changed.row_version == 2
    assert "ANI LESTARI" in people(app, village)
    with app.app_context(), tenant_scope(village):
        line = db.session.scalars(select(LifeEvent).where(LifeEvent.resident_id == changed.id)
                                  .order_by(LifeEvent.id.desc())).first()  # fmt: skip
        assert line is not None
        assert any(code.startswith("other_") for code in line.details["accepted"])


def test_a_page_of_doubtful_rows_is_accepted_at_once_by_whoever_looked_at_it(
    app: Flask, village: Tenant, clerk: Any
) -> None:
    first, second = row(FAMILY[1], nama="HENDRIKA"), row(FAMILY[2], nama="ROBERTA")
    url = send(app, clerk, table(FAMILY[0], first, second))
    accept(app, clerk, url, [3, 4], all="1")
    apply(app, clerk, url)
    assert set(people(app, village)) == {"BUDI SANTOSO", "HENDRIKA", "ROBERTA"}


def test_a_tick_that_comes_after_another_check_counts_for_nothing(app: Flask, clerk: Any) -> None:
    url = send(app, clerk, table(FAMILY[0], row(FAMILY[1], nama="HENDRIKA"), FAMILY[2]))
    answer = clerk.submit(
        f"{url}/orang-sama", {"row_version": "1", "shown": [3], "same": [3]}, form=f"{url}?lihat=doubt"
    )
    assert answer.status_code == 303
    assert "baru saja diperiksa ulang" in clerk.get(url).text
    assert "Tidak ada yang perlu diterapkan" in clerk.get(url).text


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("MUHAMMAD RIZKI", "Muh. Rizky", False),
        ("H. ABDUL RAHMAN, S.Pd.", "ABD RAHMAN", False),
        ("SOEKARNO", "SUKARNO", False),
        ("NURHAYATI", "NUR HAYATI", False),
        ("SITI AMINAH", "ST. AMINAH", False),
        ("BUDI SANTOSO", "BUDI SANTOSA", False),
        ("ANI LESTARI", "ANI L", False),
        ("ANI", "BUDI", True),
        ("SITI AMINAH", "SITI MAIMUNAH", True),
        ("AHMAD YANI", "AHMAD SUBARJO", True),
        ("BUDI SANTOSO", "HENDRIK WIJAYA", True),
    ],
)
def test_names_are_compared_as_people_write_them(one: str, other: str, differ: bool) -> None:
    assert names_differ(one, other) is differ
    assert names_differ(other, one) is differ


@pytest.mark.parametrize(
    ("wrong", "sentence", "held"),
    [
        ({"nik": "180620170580001"}, "harus 16 angka", 2),
        ({"kk_level": "Kepala"}, "tidak ada dalam daftar", 2),
        ({"tanggallahir": "2090-01-01"}, "sudah mempunyai kepala keluarga", 0),
    ],
)
def test_a_new_family_whose_head_is_refused_stays_out_as_a_whole(
    app: Flask, village: Tenant, staff: Staff, wrong: dict[str, Any], sentence: str, held: int
) -> None:
    someone = staff(village)
    head = row(FAMILY[0], **wrong)
    second = row(FAMILY[1], **({} if wrong.get("kk_level") else {"kk_level": 1}))
    url = send(app, someone, table(head, second, FAMILY[2]))
    page = tab(someone, url, "rejected")
    assert page.count("Baris kepala keluarga ditolak (baris 2)") == held
    assert sentence in page
    apply(app, someone, url)
    assert people(app, village) == {}
    with app.app_context(), tenant_scope(village):
        assert db.session.scalars(select(Household)).all() == []


def test_a_family_that_the_register_knows_goes_on_without_its_head_s_row(
    app: Flask, village: Tenant, clerk: Any
) -> None:
    head, child = row(FAMILY[0], tanggallahir="2090-01-01"), row(FAMILY[2], pekerjaan_id=1)
    carry_out(app, clerk, table(head, FAMILY[1], child))
    assert people(app, village)["ANI LESTARI"].occupation == 1


def test_areas_are_made_without_asking_in_a_village_that_has_none_yet_alone(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    def ticked(page: str) -> bool:
        return (
            "checked"
            in re.findall(r'<input[^>]*name="make_areas"[^>]*>|<input[^>]*make_areas[^>]*>', page)[0]
        )

    someone = staff(village)
    url = send(app, someone, table(*FAMILY))
    assert ticked(someone.get(url).text)
    apply(app, someone, url)
    stranger = row(FAMILY[0], nama="TONO", no_kk=OTHER, nik=a_nik(dt.date(1980, 5, 17), 1), dusun="Sukamaju")
    url = send(app, someone, table(stranger))
    page = someone.get(url).text
    assert not ticked(page)
    assert "mirip Suka Maju yang sudah ada" in page
    apply(app, someone, url, make_areas="")
    with app.app_context(), tenant_scope(village):
        assert [a.name for a in db.session.scalars(select(SubArea).where(SubArea.kind == "sub_area"))] == [
            "Suka Maju"
        ]


def test_families_without_any_number_come_back_as_they_went(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    someone = staff(village)
    header = [*HEADER, "kelompok_keluarga", "status_penduduk"]

    def newcomer(name: str, born: Any, key: str, relation: int, **more: Any) -> list[Any]:
        return [
            *row(FAMILY[0], nama=name, nik=None, no_kk=None, tanggallahir=born, kk_level=relation, **more),
            key,
            3,
        ]

    rows = [
        newcomer("YUSUF", "1990-01-02", "A", 1), newcomer("RINA", "1991-01-02", "A", 3, sex=2),
        newcomer("YUSUF", "1990-01-02", "B", 1), newcomer("DEWI", "1992-03-04", "B", 3, sex=2),
        newcomer("BAYI", None, "B", 4), newcomer("YUSUF", "1990-01-02", "C", 1),
        newcomer("TAMU", "1985-05-05", "", 11), newcomer("TAMU", "1985-05-05", "", 11, alamat="JALAN LAIN 9"),
    ]  # fmt: skip
    carry_out(app, someone, xlsx(("Data", [header, *rows])))
    with app.app_context(), tenant_scope(village):
        assert len(db.session.scalars(select(Household)).all()) == 3
        before = sorted((str(p.id), p.row_version) for p in db.session.scalars(select(Resident)))
    assert len(before) == 8
    for data in (
        xlsx(("Data", [header, *rows])),
        xlsx(("Data", [header, *reversed(rows)])),
        exported(someone),
    ):
        url = send(app, someone, data)
        page = someone.get(url).text
        assert "Tidak ada yang perlu diterapkan" in page, re.findall(r"<dd>(.*?)</dd>", page)
        assert re.search(r"<dd>8</dd>|>8<", page)
        assert "ditolak-" not in page


def exported(clerk: Any) -> bytes:
    answer = clerk.submit(
        "/penduduk/ekspor", {"shape": "exchange", "reason": "menguji", "vital_status": "all"}, buffered=True
    )
    assert answer.status_code == 200, answer.text[:500]
    return bytes(answer.data)


def test_a_newcomer_who_gets_a_nik_stays_the_same_person(app: Flask, village: Tenant, staff: Staff) -> None:
    someone = staff(village)
    guest = row(FAMILY[0], nama="TAMU", nik=None, no_kk=None, kk_level=11)
    carry_out(app, someone, table(guest))
    carry_out(app, someone, table(row(guest, nik=FAMILY[0][HEADER.index("nik")])))
    assert [(p.name, p.row_version, p.nik_state) for p in people(app, village).values()] == [("TAMU", 2, 2)]


def test_moves_are_told_by_the_heads_names_and_warned_of(app: Flask, village: Tenant, clerk: Any) -> None:
    tono = row(FAMILY[0], nama="TONO", no_kk=OTHER, nik=a_nik(dt.date(1980, 5, 17), 1))
    carry_out(app, clerk, table(tono))
    moved = row(FAMILY[2], no_kk=OTHER, kk_level=9)
    url = send(app, clerk, table(moved))
    page = tab(clerk, url, "changed")
    assert "Keluarga BUDI SANTOSO → Keluarga TONO" in page
    assert "Pindah keluarga lewat impor" in page
    url = send(app, clerk, table(row(FAMILY[2], rt="005")))
    page = tab(clerk, url, "changed")
    assert "Pindah wilayah lewat impor" in page
    assert "RT 005" in page
    answer = clerk.submit(f"{url}/terapkan", applying(clerk, url, note=""), form=url)
    assert answer.status_code == 422
    apply(app, clerk, url, note="benar")
    with app.app_context(), tenant_scope(village):
        ani = db.session.scalars(select(Resident.id).where(Resident.name == "ANI LESTARI")).one()
        kinds = db.session.scalars(
            select(LifeEvent.kind).where(LifeEvent.resident_id == ani).order_by(LifeEvent.id)
        )
        assert list(kinds)[-1] == "correction"


def test_a_file_of_another_name_and_text_that_is_called_a_workbook_are_told_so(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    someone = staff(village)
    answer = send_form(someone, "/penduduk/impor", {"file": (b"nama,sex\nBUDI,1\n", "DATA.txt")})
    assert answer.status_code == 422
    assert "harus berakhiran .xlsx" in answer.text
    answer = send_form(someone, "/penduduk/impor", {"file": (b"Yth. Bapak Camat\n", "penduduk.xlsx")})
    settle(app)
    assert "isinya bukan lembar kerja" in someone.get(answer.headers["Location"]).text


def test_unknown_values_are_empty_in_the_workbook_of_rejected_rows(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    someone = staff(village)
    url = send(app, someone, table(row(FAMILY[0], nik="123", nama_ayah="-", alamat=" - ")))
    answer = someone.get(f"{url}/ditolak.xlsx", buffered=True)
    with app.test_request_context("/", base_url="http://localhost"):
        sent = read_table(answer.data, "ditolak.xlsx", known=HEADER)
    cells = dict(zip(sent.header, sent.rows[0][1], strict=False))
    assert (cells["nama_ayah"], cells["alamat"], cells["nik"]) == (None, None, "123")
