"""One letter for many residents: once each, numbered without a gap, however often the worker dies."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Callable

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from app.core.hosting import SigerFlask
from app.extensions import db
from app.government.letters.desk import batch
from app.government.letters.models import Letter
from app.government.residents.models import Resident
from tenants.bootstrap import DatabaseUrls
from tenants.jobs import run_job
from tenants.scope import Tenant, tenant_scope
from tests.support import letters, residents
from tests.support.people import Person
from tests.support.servers import worker_number
from tests.support.work import settle

FIELDS = {"keperluan": "bantuan pangan"}


def _people(app: SigerFlask, village: Tenant, count: int) -> list[uuid.UUID]:
    return [residents.a_resident(app, village, name=f"WARGA {number:03}") for number in range(count)]


def _start(app: SigerFlask, village: Tenant, people: list[uuid.UUID]) -> tuple[uuid.UUID, uuid.UUID]:
    key = uuid.uuid4()
    with letters.working(app, village):
        return batch.start_batch("sktm", people, FIELDS, key), key


def _rows(app: SigerFlask, village: Tenant) -> list[Letter]:
    with app.app_context(), tenant_scope(village):
        rows = list(db.session.scalars(db.select(Letter).order_by(Letter.sequence)))
        db.session.expunge_all()
        return rows


def test_step_by_step_through_the_pages(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    clerk, people = staff(village), _people(app, village, 5)
    wrong = clerk.submit("/surat/massal/pilih", {"jenis": ""}, form="/surat/massal")
    assert wrong.status_code == 422
    chosen = clerk.submit("/surat/massal/pilih", {"jenis": "sktm", "sex": "1"}, form="/surat/massal")
    assert chosen.status_code == 200
    assert all(str(one) in chosen.text for one in people)
    key = re.search(r'name="kunci" value="([^"]+)"', chosen.text)
    assert key is not None
    sent = {"jenis": "sktm", "kunci": key[1], "penduduk": [str(one) for one in people[:4]]}
    empty = clerk.submit("/surat/massal", sent, form="/surat/massal")
    assert empty.status_code == 422
    assert "Wajib diisi" in empty.text
    done = [clerk.submit("/surat/massal", {**sent, **FIELDS}, form="/surat/massal") for _time in range(3)]
    assert {one.status_code for one in done} == {303}
    assert len({one.location for one in done}) == 1
    settle(app)
    page = clerk.get(done[0].location)
    assert [letter.sequence for letter in _rows(app, village)] == [1, 2, 3, 4]
    assert "WARGA 000" in page.text
    assert "WARGA 004" not in page.text
    archive = zipfile.ZipFile(io.BytesIO(clerk.get(f"{done[0].location}/berkas?bentuk=zip").data))
    assert len(archive.namelist()) == 4
    assert all(archive.read(n)[:5] == b"%PDF-" for n in archive.namelist())
    whole = PdfFileReader(io.BytesIO(clerk.get(f"{done[0].location}/berkas").data))
    assert int(whole.root["/Pages"]["/Count"]) == 4


def test_a_list_of_niks_chooses_and_names_what_is_wrong(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    clerk, nik = staff(village), residents.a_nik()
    resident = residents.a_resident(app, village, nik=nik, birth_date=None)
    sent = {"jenis": "sktm", "niks": f"{nik}\n{residents.a_nik()}\n"}
    found = clerk.submit("/surat/massal/pilih", sent, form="/surat/massal")
    assert found.status_code == 200
    assert str(resident) in found.text
    assert "1 NIK tidak ditemukan" in found.text
    wrong = clerk.submit(
        "/surat/massal/pilih", {"jenis": "sktm", "niks": f"{nik}\n123"}, form="/surat/massal"
    )
    assert wrong.status_code == 422
    assert "Baris ke-2" in wrong.text


def test_the_data_of_each_is_in_each_letter_and_no_address_or_job_holds_it(
    app: SigerFlask, village: Tenant
) -> None:
    people = _people(app, village, 3)
    run_id, _key = _start(app, village, people)
    with app.app_context(), tenant_scope(village):
        from tenants.models import TenantJobRun

        run = db.session.get(TenantJobRun, run_id)
        assert run is not None
        assert "bantuan" not in str(run.arguments)
    settle(app)
    for letter in _rows(app, village):
        box = letters.opened(app, village, letter.id)
        assert box["person"]["name"] == letter.holder_name
        assert box["words"]["keperluan"] == "bantuan pangan"
        assert letter.batch_id == run_id
        assert letter.origin == "batch"


def test_who_died_meanwhile_gets_none_and_stops_nobody(app: SigerFlask, village: Tenant) -> None:
    people = _people(app, village, 3)
    run_id, _key = _start(app, village, people)
    with app.app_context(), tenant_scope(village):
        db.session.execute(db.update(Resident).where(Resident.id == people[1]).values(vital_status=2))
        db.session.commit()
    settle(app)
    with app.app_context(), tenant_scope(village):
        found = batch.batch_view(run_id)
        assert found.counts == {"issued": 2, "rejected": 1}
        assert found.run.result == {"issued": 2, "failed": 1}
    states = {letter.holder_name: (letter.state, letter.sequence) for letter in _rows(app, village)}
    assert states == {"WARGA 000": ("issued", 1), "WARGA 001": ("rejected", None), "WARGA 002": ("issued", 2)}


def test_a_worker_that_is_killed_leaves_no_gap_and_the_next_one_goes_on(
    app: SigerFlask, village: Tenant, urls: DatabaseUrls
) -> None:
    run_id, key = _start(app, village, _people(app, village, 8))
    settings = app.config["SETTINGS"]
    known = [urls.owner_url, urls.app_url, str(worker_number()), settings.tenant_role_prefix]
    told = [str(settings.siger_data), str(village.id), str(run_id), str(key)]
    program = [sys.executable, "-m", "tests.support.killed_batch", *known, *told]
    died = subprocess.run(
        program, capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ)
    )
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
    assert "stored" in died.stdout, died.stderr[-2000:]
    assert [letter.sequence for letter in _rows(app, village) if letter.sequence] == [1, 2, 3]
    for _time in range(2):
        with app.app_context():
            run_job(batch.JOB, str(village.id), {"run_id": str(run_id), "key": str(key), "account_id": ""})
    rows = _rows(app, village)
    assert [letter.sequence for letter in rows] == list(range(1, 9))
    assert len({letter.resident_id for letter in rows}) == 8


def test_strangers_and_too_many_are_refused(
    app: SigerFlask, village: Tenant, make_village: Callable[[], Tenant], staff: Callable[..., Person]
) -> None:
    elsewhere = make_village()
    stranger = residents.a_resident(app, elsewhere)
    clerk = staff(village)
    sent = {"jenis": "sktm", "kunci": str(uuid.uuid4()), "penduduk": [str(stranger)], **FIELDS}
    assert clerk.submit("/surat/massal", sent, form="/surat/massal").status_code == 422
    run_id, _key = _start(app, elsewhere, [stranger])
    for path in ("", "/berkas"):
        assert clerk.get(f"/surat/massal/{run_id}{path}").status_code == 404
    assert clerk.submit(f"/surat/massal/{run_id}/lanjut", form="/surat/massal").status_code == 404
    viewer = staff(village, role="section_staff")
    assert viewer.get("/surat/massal").status_code == 403
    assert viewer.submit("/surat/massal", sent, form="/surat").status_code == 403


@pytest.mark.parametrize("count", [0, batch.MOST + 1])
def test_nobody_and_more_than_a_batch_holds(app: SigerFlask, village: Tenant, count: int) -> None:
    from app.core.village.errors import Invalid

    with letters.working(app, village), pytest.raises(Invalid):
        batch.start_batch("sktm", [uuid.uuid4() for _one in range(count)], FIELDS, uuid.uuid4())
