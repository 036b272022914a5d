"""Importing residents through the pages: a file becomes a preview, that the register, and all of it goes back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.audit.models import TenantAuditEntry
from app.core.files.storage import get_object, list_objects
from app.core.privacy.vault import open_vault
from app.core.spreadsheets import read_table
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents import ledger
from app.government.residents.models import Household, ImportRun, LifeEvent, Resident
from tenants.jobs import run_job
from tenants.keys import tenant_path
from tenants.models import OutboxEntry, TenantJobRun
from tenants.scope import Tenant, tenant_scope
from tests.support import imports as importing
from tests.support.imports import FAMILY, HEADER, apply, carry_out, row, send, tab
from tests.support.residents import a_nik, a_resident
from tests.support.uploads import send_form
from tests.support.work import settle
from tests.support.workbooks import xlsx

Staff = Callable[..., Any]


def people(app: Flask, village: Tenant) -> dict[str, Resident]:
    with app.app_context(), tenant_scope(village):
        return {person.name: person for person in db.session.scalars(select(Resident))}


def ledger_lines(app: Flask, village: Tenant) -> list[LifeEvent]:
    with app.app_context(), tenant_scope(village):
        return list(db.session.scalars(select(LifeEvent).order_by(LifeEvent.id)))


def test_a_family_becomes_residents_a_household_areas_and_lines_of_the_ledger(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    url = carry_out(app, staff(village), xlsx(("Data", [HEADER, *FAMILY])), happened_on="2026-01-01")
    found = people(app, village)
    assert set(found) == {"BUDI SANTOSO", "SITI AMINAH", "ANI LESTARI"}
    with app.app_context(), tenant_scope(village):
        household = db.session.scalars(select(Household)).one()
        vault = open_vault()
        assert vault.open_json(household.box, f"household:{household.id}") == {"kk": "1806200101150001"}
        assert household.head_id == found["BUDI SANTOSO"].id
        assert [found[name].household_order for name in ("BUDI SANTOSO", "SITI AMINAH", "ANI LESTARI")] == [
            1,
            2,
            3,
        ]
        areas = {area.kind: area for area in db.session.scalars(select(SubArea))}
        assert found["ANI LESTARI"].sub_area_id == areas["rt"].id
        assert (areas["sub_area"].name, areas["rw"].name, areas["rt"].name) == ("Suka Maju", "001", "002")
        report = ledger.report(dt.date(2026, 1, 1))
        assert ledger.people(report.end) == ledger.people(report.flows["opening"]) == 3
        assert ledger.households(report.end) == 1
    kinds = sorted(line.kind for line in ledger_lines(app, village))
    assert kinds == ["household_opening", "opening", "opening", "opening"]
    assert {line.happened_on for line in ledger_lines(app, village)} == {dt.date(2026, 1, 1)}
    assert "3 penduduk dimasukkan" in staff(village).get(url).text


def test_codes_words_and_short_forms_mean_the_same(app: Flask, village: Tenant, staff: Staff) -> None:
    header = [
        "NAMA LENGKAP",
        "NIK",
        "NO KK",
        "JENIS KELAMIN",
        "TGL LAHIR",
        "AGAMA",
        "STATUS KAWIN",
        "SHDK",
        "PENDIDIKAN",
    ]
    kk = "1806200101150002"
    rows = [
        ["A SATU", a_nik(dt.date(1980, 5, 17)), kk, "L", "17-05-1980", "ISLAM", "K", "KEPALA KELUARGA", 5],
        ["B DUA", a_nik(dt.date(1981, 5, 17), 2), kk, "PR", "17/05/1981", 1, "2", "ISTRI", "SLTA"],
        ["C TIGA", a_nik(dt.date(2010, 5, 17)), kk, 1, dt.date(2010, 5, 17), "-", "BK", 4, "Belum tamat SD"],
        ["D EMPAT", "0", kk, "LK", 40315, "", "Belum kawin", "anak", ""],
    ]  # fmt: skip
    carry_out(app, staff(village), xlsx(("Data", [["DATA PENDUDUK"], [], header, *rows])))
    found = people(app, village)
    assert [found[name].birth_date for name in ("A SATU", "B DUA", "C TIGA", "D EMPAT")] == [
        dt.date(1980, 5, 17), dt.date(1981, 5, 17), dt.date(2010, 5, 17), dt.date(2010, 5, 17)]  # fmt: skip
    assert [found[n].marital_status for n in ("A SATU", "B DUA", "C TIGA", "D EMPAT")] == [2, 2, 1, 1]
    assert (found["A SATU"].religion, found["B DUA"].religion, found["C TIGA"].religion) == (1, 1, None)
    assert (found["A SATU"].education, found["B DUA"].education, found["D EMPAT"].education) == (5, 5, None)
    assert (found["D EMPAT"].nik_state, found["A SATU"].nik_state) == (0, 2)


def test_the_same_file_again_changes_nothing_and_a_changed_cell_changes_one_field(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    carry_out(app, clerk, xlsx(("Data", [HEADER, *FAMILY])))
    url = send(app, clerk, xlsx(("Data", [HEADER, *FAMILY])))
    page = clerk.get(url).text
    assert "Tidak ada yang perlu diterapkan" in page
    again = [list(cells) for cells in FAMILY]
    again[1][HEADER.index("pekerjaan_id")] = 88
    url = carry_out(app, clerk, xlsx(("Data", [HEADER, *again])))
    assert "Pekerjaan" in tab(clerk, url, "changed")
    found = people(app, village)
    assert found["SITI AMINAH"].occupation == 88
    assert found["SITI AMINAH"].row_version == 2
    assert [person.row_version for name, person in found.items() if name != "SITI AMINAH"] == [1, 1]
    assert [line.kind for line in ledger_lines(app, village)][-1] == "correction"


def test_an_empty_cell_does_not_wipe_out_what_is_known(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    carry_out(app, clerk, xlsx(("Data", [HEADER, *FAMILY])))
    again = [list(cells) for cells in FAMILY]
    again[0][HEADER.index("nama_ibu")] = "-"
    again[0][HEADER.index("agama_id")] = None
    again[0][HEADER.index("pekerjaan_id")] = 5
    carry_out(app, clerk, xlsx(("Data", [HEADER, *again])))
    budi = people(app, village)["BUDI SANTOSO"]
    assert (budi.mother_name, budi.religion, budi.occupation) == ("RATNA", 1, 5)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"nik": "1.80620E+15"}, "lembar kerja membulatkannya"),
        ({"nik": 1806201705800010}, "lembar kerja membulatkannya"),
        ({"nik": "18062017058000"}, "harus 16 angka; yang ini 14 angka"),
        ({"no_kk": "180620010115000"}, "harus 16 angka; yang ini 15 angka"),
        ({"nik": "9906201705800001"}, "bukan kode provinsi"),
        ({"tanggallahir": "2090-01-01"}, "belum tiba"),
        ({"tanggallahir": "31-02-1990"}, "Tanggal ini tidak ada"),
        ({"agama_id": 12}, "tidak ada dalam daftar"),
        ({"agama_id": "Pastafari"}, "tidak ada dalam daftar"),
        ({"sex": None}, "Wajib diisi"),
        ({"nama": None}, "Wajib diisi"),
        ({"rt": "dua"}, "nomornya saja"),
        ({"kk_level": 1}, "sudah mempunyai kepala keluarga"),
        ({"status_dasar": 2, "tanggallahir": "2090-01-01"}, "belum tiba"),
    ],
)
def test_each_mistake_has_its_own_sentence_and_takes_its_row_alone(
    app: Flask, village: Tenant, staff: Staff, change: dict[str, Any], sentence: str
) -> None:
    clerk = staff(village)
    wrong = row(FAMILY[2], **change)
    url = send(app, clerk, xlsx(("Data", [HEADER, *FAMILY[:2], wrong])))
    assert sentence in tab(clerk, url, "rejected")
    apply(app, clerk, url)
    assert set(people(app, village)) == {"BUDI SANTOSO", "SITI AMINAH"}


def test_one_person_in_two_households_and_one_person_twice_are_told_with_the_other_row(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    elsewhere = row(FAMILY[2], no_kk="1806200101150009")
    url = send(app, clerk, xlsx(("Data", [HEADER, *FAMILY, elsewhere])))
    page = tab(clerk, url, "rejected")
    assert "NIK ini juga ada di baris 5 dengan nomor KK lain" in page
    assert "NIK ini juga ada di baris 4 dengan nomor KK lain" in page
    url = send(app, clerk, xlsx(("Data", [HEADER, *FAMILY, FAMILY[2]])))
    assert "NIK ini sudah ada di baris 4" in tab(clerk, url, "rejected")


def test_a_child_older_than_its_mother_is_refused(app: Flask, village: Tenant, staff: Staff) -> None:
    child = row(FAMILY[2], tanggallahir="1960-03-02", nik=None)
    url = send(app, staff(village), xlsx(("Data", [HEADER, *FAMILY[:2], child])))
    assert "tidak mungkin lebih tua daripada" in tab(staff(village), url, "rejected")


def test_who_died_or_moved_comes_back_by_an_event_never_by_an_old_file(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    carry_out(app, clerk, xlsx(("Data", [HEADER, *FAMILY])))
    dead = row(FAMILY[2], status_dasar=2)
    url = send(app, clerk, xlsx(("Data", [HEADER, *FAMILY[:2], dead])))
    assert "Catat sebagai peristiwa" in tab(clerk, url, "rejected")


def test_warnings_are_taken_with_a_note_alone(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    odd = row(FAMILY[1], tanggallahir="1984-02-09")
    url = send(app, clerk, xlsx(("Data", [HEADER, FAMILY[0], odd, FAMILY[2]])))
    assert "Tanggal lahir di dalam NIK tidak sama" in clerk.get(f"{url}?peringatan=1&lihat=new").text
    answer = clerk.submit(f"{url}/terapkan", importing.applying(clerk, url, note=""), form=url)
    assert answer.status_code == 422
    assert "Tulis catatan" in answer.text
    apply(app, clerk, url, note="sesuai akta")
    line = next(line for line in ledger_lines(app, village) if line.details)
    assert line.details == {"accepted": ["nik_other_birth_date"], "note": "sesuai akta"}


def test_the_whole_import_goes_back_and_leaves_no_trace_of_its_people(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    before = a_resident(app, village, name="BUDI S", occupation=9, nik=FAMILY[0][HEADER.index("nik")],
                        birth_date=dt.date(1980, 5, 17))  # fmt: skip
    url = carry_out(app, clerk, xlsx(("Data", [HEADER, *FAMILY])))
    changed = people(app, village)["BUDI SANTOSO"]
    assert changed.id == before
    clerk.submit(f"{url}/batalkan", form=f"{url}/batalkan")
    settle(app)
    assert "sudah dibatalkan" in clerk.get(url).text
    left = people(app, village)
    assert set(left) == {"BUDI S"}
    assert (left["BUDI S"].occupation, left["BUDI S"].household_id) == (9, None)
    with app.app_context(), tenant_scope(village):
        assert db.session.scalars(select(Household)).all() == []
        counting = [line for line in db.session.scalars(select(LifeEvent)) if line.undone_at is None]
        assert [line.kind for line in counting] == ["opening"]


def test_an_import_is_not_taken_back_over_somebody_s_later_work(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    url = carry_out(app, clerk, xlsx(("Data", [HEADER, *FAMILY])))
    with app.app_context(), tenant_scope(village):
        from app.government.residents.writing import Writing, today

        writing = Writing(today())
        ani = db.session.scalars(select(Resident).where(Resident.name == "ANI LESTARI")).one()
        writing.change_resident("correction", ani, {"occupation": 4})
        writing.finish()
    clerk.submit(f"{url}/batalkan", form=f"{url}/batalkan")
    settle(app)
    page = clerk.get(url).text
    assert "sudah berubah sesudahnya" in page
    assert "ANI LESTARI" in page
    assert len(people(app, village)) == 3


def test_who_was_changed_after_the_preview_is_left_alone_and_named(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    carry_out(app, clerk, xlsx(("Data", [HEADER, *FAMILY])))
    again = [row(cells, pekerjaan_id=88) for cells in FAMILY]
    url = send(app, clerk, xlsx(("Data", [HEADER, *again])))
    with app.app_context(), tenant_scope(village):
        from app.government.residents.writing import Writing, today

        writing = Writing(today())
        ani = db.session.scalars(select(Resident).where(Resident.name == "ANI LESTARI")).one()
        writing.change_resident("correction", ani, {"occupation": 4})
        writing.finish()
    apply(app, clerk, url)
    found = people(app, village)
    assert (found["ANI LESTARI"].occupation, found["BUDI SANTOSO"].occupation) == (4, 88)
    assert "diubah orang lain sesudah pratinjau" in clerk.get(url).text


def test_who_was_entered_after_the_preview_is_not_entered_twice(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    url = send(app, clerk, xlsx(("Data", [HEADER, *FAMILY])))
    a_resident(
        app,
        village,
        name="ANI LESTARI",
        nik=FAMILY[2][HEADER.index("nik")],
        birth_date=dt.date(2012, 8, 30),
        sex=2,
    )
    apply(app, clerk, url)
    with app.app_context(), tenant_scope(village):
        names = list(db.session.scalars(select(Resident.name).order_by(Resident.name)))
    assert names == ["ANI LESTARI", "BUDI SANTOSO", "SITI AMINAH"]
    assert "dipakai orang lain" in clerk.get(url).text


def test_a_job_that_comes_twice_enters_nobody_twice(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    url = carry_out(app, clerk, xlsx(("Data", [HEADER, *FAMILY])))
    with app.app_context(), tenant_scope(village):
        run = db.session.scalars(
            select(TenantJobRun).where(TenantJobRun.name == "residents.import_apply")
        ).one()
        arguments = {**run.arguments, "run_id": str(run.id)}
        run.state = "queued"
        db.session.commit()
    with app.app_context():
        run_job("residents.import_apply", str(village.id), arguments)
    assert len(people(app, village)) == 3
    assert "3 penduduk dimasukkan" in clerk.get(url).text


def test_an_import_that_dies_in_the_middle_leaves_nothing(
    app: Flask, village: Tenant, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.government.residents.imports import applying

    clerk = staff(village)
    url = send(app, clerk, xlsx(("Data", [HEADER, *FAMILY])))
    whole = applying.rows.copy_in

    def dies(model: type[Any], columns: Any, rows: Any) -> int:
        if model is LifeEvent:
            raise RuntimeError("the cable was pulled")
        return whole(model, columns, rows)

    monkeypatch.setattr(applying.rows, "copy_in", dies)
    apply(app, clerk, url)
    with app.app_context(), tenant_scope(village):
        assert db.session.scalars(select(Resident)).all() == []
        assert db.session.scalars(select(Household)).all() == []
        assert db.session.scalars(select(SubArea)).all() == []
    monkeypatch.undo()
    assert "dicoba lagi dengan sendirinya" in clerk.get(url).text
    with app.app_context():
        with tenant_scope(village):
            run = db.session.scalars(select(TenantJobRun).where(TenantJobRun.state == "queued")).one()
        run_job(run.name, str(village.id), {**run.arguments, "run_id": str(run.id)}, str(run.id))
    assert len(people(app, village)) == 3


def test_the_village_s_choice_of_columns_is_remembered(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    header = ["nama", "nik", "sex", "Kolom Aneh"]
    rows = [["SITI", a_nik(dt.date(1980, 5, 17), 2), 2, "GISTING"]]
    url = importing.upload(app, clerk, xlsx(("Data", [header, *rows])))
    assert importing.chosen(clerk, url)["column-3"] == ""
    importing.choose(app, clerk, url, {"column-3": "birth_place"})
    again = importing.upload(
        app, clerk, xlsx(("Data", [[*header[3:], *header[:3]], ["METRO", *rows[0][:3]]]))
    )
    assert importing.chosen(clerk, again)["column-0"] == "birth_place"
    assert "pilihan terakhir" in clerk.get(again).text


def test_two_columns_for_one_field_or_none_for_the_name_are_asked_again(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    url = importing.upload(app, clerk, xlsx(("Data", [["nama", "sex", "x"], ["SITI", 2, "a"]])))
    answer = clerk.submit(
        f"{url}/kolom", {"column-0": "name", "column-1": "sex", "column-2": "name"}, form=url
    )
    assert (answer.status_code, "dipilih untuk dua kolom" in answer.text) == (422, True)
    answer = clerk.submit(f"{url}/kolom", {"column-1": "sex"}, form=url)
    assert (answer.status_code, "belum dipilih" in answer.text) == (422, True)


def test_rejected_rows_come_back_as_a_workbook_that_can_be_corrected_and_sent_again(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    wrong = row(FAMILY[2], agama_id=12, nama="=ANI")
    url = send(app, clerk, xlsx(("Data", [HEADER, *FAMILY[:2], wrong])))
    apply(app, clerk, url)
    answer = clerk.get(f"{url}/ditolak.xlsx", buffered=True)
    with app.test_request_context("/", base_url="http://localhost"):
        table = read_table(answer.data, "ditolak.xlsx")
    assert table.header == ["Alasan penolakan", "Baris semula", *HEADER]
    assert "tidak ada dalam daftar" in table.rows[0][1][0]
    corrected = list(table.rows[0][1])
    assert corrected[2 + HEADER.index("nama")] == "'=ANI"
    corrected[2 + HEADER.index("agama_id")] = "1"
    carry_out(app, clerk, xlsx(("Data", [table.header, corrected])))
    assert "=ANI" in people(app, village)


def test_numbers_are_masked_on_every_page_and_sealed_in_the_store(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    data = ";".join(HEADER) + "\n" + "\n".join(";".join(str(c or "") for c in cells) for cells in FAMILY)
    url = importing.upload(app, clerk, data.encode(), "warga.csv")
    pages = clerk.get(url).text
    importing.choose(app, clerk, url)
    pages += clerk.get(url).text + tab(clerk, url, "same")
    numbers = {str(cells[HEADER.index(name)]) for cells in FAMILY for name in ("nik", "no_kk")}
    assert not [number for number in numbers if number in pages]
    with app.app_context(), tenant_scope(village):
        stored = b"".join(get_object(path) for path in list_objects(tenant_path("sealed", "imports")))
        rows = str([vars(run) for run in db.session.scalars(select(ImportRun))])
        rows += str([entry.details for entry in db.session.scalars(select(TenantAuditEntry))])
        rows += str([run.arguments for run in db.session.scalars(select(TenantJobRun))])
    assert stored
    assert not [number for number in numbers if number.encode() in stored or number in rows]


def test_an_import_given_up_deletes_what_it_kept(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    url = send(app, clerk, xlsx(("Data", [HEADER, *FAMILY])))
    clerk.submit(f"{url}/tinggalkan", form=url)
    with app.app_context(), tenant_scope(village):
        assert list_objects(tenant_path("sealed", "imports")) == []
    assert "ditinggalkan" in clerk.get(url).text


def test_what_an_import_kept_is_gone_after_a_month(app: Flask, village: Tenant, staff: Staff) -> None:
    from app.government.residents.imports.services import forget_old_imports

    url = carry_out(app, staff(village), xlsx(("Data", [HEADER, *FAMILY])))
    with app.app_context(), tenant_scope(village):
        run = db.session.scalars(select(ImportRun)).one()
        run.created_at -= dt.timedelta(days=31)
        db.session.commit()
        assert forget_old_imports() == 1
        assert list_objects(tenant_path("sealed", "imports")) == []
    assert "lalu dihapus" in staff(village).get(url).text


def test_who_may_not_import_or_not_see_numbers_gets_no_page(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    for role in ("section_staff", "village_head", "treasurer"):
        assert staff(village, role=role).get("/penduduk/impor").status_code == 403
    assert staff(village, role="operator").get("/penduduk/impor").status_code == 200
    url = send(app, staff(village), xlsx(("Data", [HEADER, *FAMILY])))
    assert staff(village, role="section_staff").get(url).status_code == 403


def test_health_columns_are_taken_from_those_alone_who_may_see_them(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    header, first = [*HEADER, "cacat_id"], [*FAMILY[0], 2]
    operator = staff(village, role="operator")
    url = importing.upload(app, operator, xlsx(("Data", [header, first])))
    assert "tidak boleh melihat data kesehatan" in operator.get(url).text
    carry_out(app, operator, xlsx(("Data", [header, first])))
    assert people(app, village)["BUDI SANTOSO"].disability is None
    carry_out(app, staff(village), xlsx(("Data", [header, first])))
    assert people(app, village)["BUDI SANTOSO"].disability == 2


def test_another_village_s_import_is_unknown_here(app: Flask, make_village: Any, staff: Staff) -> None:
    here, there = make_village(), make_village()
    url = send(app, staff(there), xlsx(("Data", [HEADER, *FAMILY])))
    assert staff(here).get(url).status_code == 404
    assert staff(here).get(f"{url}/ditolak.xlsx").status_code == 404


def test_the_empty_workbook_lists_all_columns(app: Flask, village: Tenant, staff: Staff) -> None:
    answer = staff(village).get("/penduduk/impor/contoh", buffered=True)
    with (
        app.test_request_context("/", base_url="http://localhost"),
        pytest.raises(ValueError, match="satu baris pun"),
    ):
        read_table(answer.data, "contoh.xlsx", known={"nik", "nama", "no kk", "sex"})


def test_nothing_is_left_in_the_outbox_that_bears_a_number(app: Flask, village: Tenant, staff: Staff) -> None:
    from tenants.scope import platform_scope

    def messages() -> dict[Any, Any]:
        with app.app_context(), platform_scope():
            return {
                entry.id: (entry.kind, entry.payload) for entry in db.session.scalars(select(OutboxEntry))
            }

    clerk, left = staff(village), messages()
    url = send_form(
        clerk, "/penduduk/impor", {"file": (xlsx(("Data", [HEADER, *FAMILY])), "penduduk.xlsx")}
    ).location
    read = {key: message for key, message in messages().items() if key not in left}
    settle(app)
    clerk.submit(f"{url}/kolom", importing.chosen(clerk, url), form=url)
    checked = {key: message for key, message in messages().items() if key not in left}
    settle(app)
    clerk.submit(f"{url}/terapkan", importing.applying(clerk, url), form=url)
    applied = {key: message for key, message in messages().items() if key not in left}
    for some in (read, checked, applied):
        assert some
        assert not re.search(r"[0-9]{16}", str(some))
