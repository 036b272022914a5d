"""Imports keep what must be kept: health from who may not see it, notes without numbers, no half deeds."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.audit.models import TenantAuditEntry
from app.core.files.storage import get_object, list_objects
from app.core.privacy.models import VillageState
from app.core.spreadsheets import read_table
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents.checking import differences
from app.government.residents.imports import jobs as import_jobs
from app.government.residents.imports import queries
from app.government.residents.models import Household, ImportRun, LifeEvent, Resident
from tenants import outbox
from tenants.jobs import run_job
from tenants.keys import tenant_path
from tenants.models import OutboxEntry, TenantJobRun
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.core.test_api_village import program_of
from tests.support import servers
from tests.support.imports import (
    FAMILY,
    HEADER,
    apply,
    applying,
    carry_out,
    choose,
    chosen,
    row,
    send,
    tab,
    upload,
)
from tests.support.residents import a_resident
from tests.support.work import settle, work_off
from tests.support.workbooks import xlsx

Staff = Callable[..., Any]
WITH_HEALTH = [*HEADER, "cacat_id"]


def book(*rows: Any, header: list[str] = HEADER) -> bytes:
    return xlsx(("Data", [header, *rows]))


def last_import(app: Flask, village: Tenant) -> ImportRun:
    with app.app_context(), tenant_scope(village):
        return db.session.scalars(select(ImportRun).order_by(ImportRun.created_at.desc()).limit(1)).one()


def names(app: Flask, village: Tenant, model: type[Any]) -> list[str]:
    with app.app_context(), tenant_scope(village):
        return sorted(db.session.scalars(select(model.name)))


def stays_whole(app: Flask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village):
        assert list(differences(sealed=True)) == []


def test_another_person_s_import_shows_no_health_and_is_not_applied_without_the_right_to_see_it(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    secretary, operator = staff(village), staff(village, role="operator")
    carry_out(app, secretary, book(*([*cells, 7] for cells in FAMILY), header=WITH_HEALTH))
    url = send(app, secretary, book(*([*cells, 4] for cells in FAMILY), header=WITH_HEALTH))
    import_id = url.rsplit("/", 1)[-1]
    lines = f"/api/v1/imports/{import_id}/lines?kind=changed"
    assert "Mental" in tab(secretary, url, "changed")
    assert "disability" in program_of(app, village).get(lines).text
    assert "Mental" not in tab(operator, url, "changed")
    program = program_of(app, village, "operator")
    assert "disability" not in program.get(lines).text
    assert program.get(lines).json["count"] == 3
    page = operator.get(url).text
    assert "akun Anda tidak boleh melihatnya" in page
    assert "/terapkan" not in page
    version = last_import(app, village).row_version
    values = {"row_version": version, "happened_on": "", "note": "x"}
    refused = operator.submit(f"{url}/terapkan", values, form="/penduduk/impor")
    assert refused.status_code == 422
    assert "akun Anda tidak boleh melihatnya" in refused.text
    assert last_import(app, village).state == "ready"
    apply(app, secretary, url)
    assert last_import(app, village).state == "applied"


def test_rejected_rows_and_samples_leave_health_out_for_who_may_not_see_it(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    secretary, operator = staff(village), staff(village, role="operator")
    header = [*HEADER, "cacat_id", "Penyakit"]
    rows = [[*row(FAMILY[0], tanggallahir="2099-01-01"), "XYZZY", "QUUX"], [*FAMILY[1], "PLUGH", "QUUX"]]
    url = upload(app, secretary, book(*rows, header=header))
    columns = f"/api/v1/imports/{url.rsplit('/', 1)[-1]}/columns"
    assert "XYZZY" in secretary.get(url).text
    above, below = program_of(app, village), program_of(app, village, "operator")
    assert "XYZZY" in above.get(columns).text
    for page in (operator.get(url).text, below.get(columns).text):
        assert "BUDI SANTOSO" in page
        assert "XYZZY" not in page
        assert "QUUX" not in page
    choose(app, secretary, url, {f"column-{len(HEADER)}": "disability", f"column-{len(HEADER) + 1}": ""})
    assert "Disabilitas" in tab(secretary, url, "rejected")
    refused = tab(operator, url, "rejected")
    assert "BUDI SANTOSO" in refused
    assert "Disabilitas" not in refused
    assert "XYZZY" not in refused
    for path in (f"{url}/ditolak.xlsx", f"/api/v1/imports/{url.rsplit('/', 1)[-1]}/rejected.xlsx"):
        readers = (above, below) if path.startswith("/api") else (secretary, operator)
        for reader, sees in zip(readers, (True, False), strict=True):
            answer = reader.get(path)
            with app.test_request_context("/", base_url="http://localhost"):
                table = read_table(io.BytesIO(answer.data).getvalue(), "ditolak.xlsx")
            answer.close()
            assert ("cacat_id" in table.header, "Penyakit" in table.header) == (sees, sees)
            assert ("XYZZY" in str(table.rows), "QUUX" in str(table.rows)) == (sees, sees)
            assert "BUDI SANTOSO" in str(table.rows)


def test_a_health_column_is_not_read_as_something_else_by_who_may_not_see_it(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    operator = staff(village, role="operator")
    header = [*WITH_HEALTH, "Jenis cacat"]
    url = upload(app, operator, book([*FAMILY[0], "XYZZY", "XYZZY"], header=header))
    choose(app, operator, url, {f"column-{len(HEADER) + 1}": "notes"})
    apply(app, operator, url)
    with app.app_context(), tenant_scope(village):
        assert db.session.scalars(select(Resident.notes)).all() == [""]


def test_a_number_in_the_note_is_kept_nowhere_in_clear(app: Flask, village: Tenant, staff: Staff) -> None:
    number = "1806201705800011"
    rows = [row(FAMILY[0], tanggallahir="1980-05-18"), *FAMILY[1:]]
    clerk = staff(village)
    url = send(app, clerk, book(*rows))
    clerk.submit(f"{url}/terapkan", applying(clerk, url, note=f"NIK {number} benar"), form=url)
    with app.app_context():
        with platform_scope():
            assert number not in str([entry.payload for entry in db.session.scalars(select(OutboxEntry))])
        settle(app)
        with tenant_scope(village):
            assert last_import(app, village).state == "applied"
            assert number not in str([job.arguments for job in db.session.scalars(select(TenantJobRun))])
            details = [event.details for event in db.session.scalars(select(LifeEvent))]
            assert any("note" in one for one in details)
            assert number not in str(details)
            assert number not in str(
                [entry.details for entry in db.session.scalars(select(TenantAuditEntry))]
            )


def test_an_import_is_not_taken_back_when_its_former_nik_belongs_to_somebody_else_now(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    carry_out(app, clerk, book(*FAMILY), happened_on="2026-01-01")
    url = carry_out(app, clerk, book(row(FAMILY[0], nik="1806201705800099"), *FAMILY[1:]))
    a_resident(app, village, name="TETANGGA", nik="1806201705800011")
    clerk.submit(f"{url}/batalkan")
    settle(app)
    page = clerk.get(url).text
    assert last_import(app, village).state == "applied"
    assert "NIK yang akan dikembalikan sudah dipakai orang lain." in page
    assert "BUDI SANTOSO (NIK-nya kini dipakai TETANGGA)" in page
    stays_whole(app, village)


def test_an_import_is_not_taken_back_into_an_area_that_was_deleted(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk, header = staff(village), ["nama", "nik", "sex", "tanggallahir", "dusun"]
    before = ["BUDI", "1806201705800011", 1, "1980-05-17", "Lama"]
    carry_out(app, clerk, book(before, header=header), happened_on="2026-01-01")
    url = carry_out(app, clerk, book([*before[:-1], "Baru"], header=header))
    with app.app_context(), tenant_scope(village):
        db.session.delete(db.session.scalars(select(SubArea).where(SubArea.name == "Lama")).one())
        db.session.commit()
    assert names(app, village, SubArea) == ["Baru"]
    clerk.submit(f"{url}/batalkan")
    settle(app)
    page = clerk.get(url).text
    assert last_import(app, village).state == "applied"
    assert "Wilayah tempat tinggal sebelumnya sudah dihapus." in page
    assert "<li>BUDI</li>" in page
    assert last_import(app, village).mapping["areas"]


def test_the_areas_that_an_import_made_go_with_it_unless_somebody_lives_there(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    url = carry_out(app, clerk, book(FAMILY[0], row(FAMILY[1], rt="009")), happened_on="2026-01-01")
    assert names(app, village, SubArea) == ["001", "002", "009", "Suka Maju"]
    with app.app_context(), tenant_scope(village):
        used = db.session.scalars(select(SubArea.id).where(SubArea.name == "009")).one()
    a_resident(app, village, name="PENDATANG", sub_area_id=used)
    clerk.submit(f"{url}/batalkan")
    settle(app)
    assert last_import(app, village).state == "undone"
    assert names(app, village, Resident) == ["PENDATANG"]
    assert names(app, village, SubArea) == ["001", "009", "Suka Maju"]
    stays_whole(app, village)


def test_an_import_is_taken_back_by_who_may_undo_alone(app: Flask, village: Tenant, staff: Staff) -> None:
    secretary, operator = staff(village), staff(village, role="operator")
    url = carry_out(app, operator, book(*FAMILY))
    assert "/batalkan" not in operator.get(url).text
    assert operator.get(f"{url}/batalkan").status_code == 403
    assert operator.submit(f"{url}/batalkan", {}, form="/penduduk/impor").status_code == 403
    assert "/batalkan" in secretary.get(url).text
    secretary.submit(f"{url}/batalkan")
    settle(app)
    assert last_import(app, village).state == "undone"


def test_a_page_of_the_preview_reads_one_small_object(
    app: Flask, village: Tenant, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = staff(village)
    rows = [[f"WARGA {number:04}", 1 + number % 2] for number in range(1, 1203)]
    url = send(app, clerk, book(*rows, header=["nama", "sex"]))
    read: list[str] = []

    def noted(path: str) -> bytes:
        read.append(path.rsplit("/", 1)[-1])
        return get_object(path)

    monkeypatch.setattr("app.core.privacy.files.get_object", noted)
    for page, part, first, last in (
        (1, "new.0", 1, 50), (10, "new.0", 451, 500), (11, "new.1", 501, 550), (25, "new.2", 1201, 1202),
    ):  # fmt: skip
        read.clear()
        shown = re.findall(r"WARGA (\d+)", clerk.get(f"{url}?lihat=new&hal={page}").text)
        assert (int(shown[0]), int(shown[-1]), len(set(shown))) == (first, last, last - first + 1)
        assert read == [part]
    read.clear()
    clerk.get(f"{url}/kolom")
    assert read == ["table"]
    with app.app_context(), tenant_scope(village):
        kept = list_objects(tenant_path("sealed", "imports"))
        assert max(len(get_object(path)) for path in kept if re.search(r"new\.\d$", path)) < 12_000
    clerk.submit(f"{url}/tinggalkan", {}, form=url)
    with app.app_context(), tenant_scope(village):
        assert list_objects(tenant_path("sealed", "imports")) == []


def test_a_second_check_leaves_no_lines_of_the_first(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    rows = [[f"WARGA {number:04}", 1, "31-31-1990" if number > 5 else ""] for number in range(1, 603)]
    url = send(app, clerk, book(*rows, header=["nama", "sex", "tanggal lahir"]))
    assert last_import(app, village).counts["rejected"] == 597
    clerk.submit(f"{url}/kolom", {"column-0": "name", "column-1": "sex", "column-2": ""}, form=f"{url}/kolom")
    settle(app)
    assert last_import(app, village).counts["rejected"] == 0
    assert clerk.get(f"{url}/ditolak.xlsx").status_code == 404
    with app.app_context(), tenant_scope(village):
        parts = {path.rsplit("/", 1)[-1] for path in list_objects(tenant_path("sealed", "imports"))}
    assert {part for part in parts if "." in part} == {"new.0", "new.1"}


def test_nobody_waits_for_a_check_and_what_was_given_up_meanwhile_stays_given_up(
    app: Flask, village: Tenant, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = staff(village)
    url = upload(app, clerk, book(*FAMILY))
    planning, go_on = threading.Event(), threading.Event()
    whole = import_jobs.plan_import

    def slowly(*args: Any, **options: Any) -> Any:
        planning.set()
        assert go_on.wait(20)
        return whole(*args, **options)

    monkeypatch.setattr(import_jobs, "plan_import", slowly)
    clerk.submit(f"{url}/kolom", chosen(clerk, url), form=url)
    with app.app_context(), tenant_scope(village):
        run = db.session.scalars(
            select(TenantJobRun).where(TenantJobRun.name == "residents.import_check")
        ).one()

    def check() -> None:
        with app.app_context():
            once_more(village, run)

    checking = threading.Thread(target=check)
    checking.start()
    try:
        assert planning.wait(20)
        with app.app_context(), tenant_scope(village):
            db.session.scalars(select(VillageState).with_for_update(nowait=True)).all()
            db.session.rollback()
        other = staff(village)
        assert other.submit(f"{url}/tinggalkan", {}, form="/penduduk/impor").status_code == 303
        assert last_import(app, village).state == "cancelled"
    finally:
        go_on.set()
        checking.join(30)
    assert last_import(app, village).state == "cancelled"
    with app.app_context(), tenant_scope(village):
        assert list_objects(tenant_path("sealed", "imports")) == []


def test_between_two_tries_the_page_says_that_it_is_tried_again(
    app: Flask, village: Tenant, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = staff(village)
    url = send(app, clerk, book(*FAMILY))

    def fails(*args: Any, **options: Any) -> Any:
        raise RuntimeError("the cable was pulled")

    with monkeypatch.context() as broken:
        broken.setattr(import_jobs, "apply_plan", fails)
        clerk.submit(f"{url}/terapkan", applying(clerk, url), form=url)
        with app.app_context():
            outbox.deliver()
            work_off()
        page = clerk.get(url).text
        assert "dicoba lagi dengan sendirinya" in page
        assert "Coba lagi" not in page
        assert 'hx-trigger="every 1s"' in page
        with app.app_context():
            with tenant_scope(village):
                run = db.session.scalars(select(TenantJobRun).where(TenantJobRun.state == "queued")).one()
            assert run.error == "the cable was pulled"
            with pytest.raises(RuntimeError):
                once_more(village, run)
        page = clerk.get(url).text
        assert "dicoba lagi dengan sendirinya" not in page
        assert "Data penduduk tidak berubah" in page
        assert "Coba lagi" in page
    clerk.submit(f"{url}/ulangi", {}, form=url)
    settle(app)
    assert last_import(app, village).state == "applied"


def once_more(village: Tenant, run: TenantJobRun) -> None:
    run_job(run.name, str(village.id), {**run.arguments, "run_id": str(run.id)}, str(run.id))


def test_a_worker_that_is_killed_between_writing_and_commit_leaves_nothing_and_the_next_finishes(
    app: Flask, village: Tenant, staff: Staff, urls: Any
) -> None:
    clerk = staff(village)
    url = send(app, clerk, book(*FAMILY))
    with app.app_context():
        clerk.submit(f"{url}/terapkan", applying(clerk, url), form=url)
        with tenant_scope(village):
            run = db.session.scalars(
                select(TenantJobRun).where(TenantJobRun.name == "residents.import_apply")
            ).one()
    settings = app.config["SETTINGS"]
    known = [
        urls.owner_url,
        urls.app_url,
        str(servers.worker_number()),
        settings.tenant_role_prefix,
        str(settings.siger_data),
    ]
    told = [run.name, str(village.id), run.arguments["import_id"], run.arguments["account_id"], str(run.id)]
    died = subprocess.run(
        [sys.executable, "-m", "tests.support.killing", *known, *told],
        stdout=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    assert died.returncode == -signal.SIGKILL
    assert died.stdout == b"written\n"
    with app.app_context(), tenant_scope(village):
        for model in (Resident, Household, LifeEvent, SubArea):
            assert db.session.scalars(select(model.id)).all() == []
        assert db.session.get_one(TenantJobRun, run.id).state == "running"
    assert last_import(app, village).state == "applying"
    settle(app)
    assert last_import(app, village).state == "applied"
    assert names(app, village, Resident) == ["ANI LESTARI", "BUDI SANTOSO", "SITI AMINAH"]
    with app.app_context(), tenant_scope(village):
        assert len(set(db.session.scalars(select(LifeEvent.resident_id)))) == 4
        assert db.session.get_one(TenantJobRun, run.id).attempts == 2
    stays_whole(app, village)


def test_the_lines_of_a_page_divide_the_lines_of_an_object() -> None:
    from app.government.residents.imports.storing import GROUP

    assert GROUP % queries.LINES == 0
