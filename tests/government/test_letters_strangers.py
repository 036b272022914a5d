"""Somebody who is not of the village: which letters are made for them, and that no resident is typed in as one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.core.permissions import role as role_of
from app.core.village.errors import Invalid
from app.extensions import db
from app.government.letters.desk import services
from app.government.letters.models import Letter
from app.government.letters.types.shipped import shipped_kinds
from app.government.residents import codes
from tenants.scope import Tenant, tenant_scope
from tests.support import letters, residents
from tests.support.events import told
from tests.support.people import Person

Staff = Callable[..., Person]
CERTIFIES = ("benar penduduk", "data kependudukan", "data yang ada pada kami", "bertempat tinggal")
LOST: dict[str, Any] = {"barang": "Dompet", "tempat_hilang": "Pasar", "tanggal_hilang": "2026-11-20"}
FORM = "/surat/baru?luar=1&jenis=kehilangan"


def _count(app: Flask, village: Tenant) -> int:
    with app.app_context(), tenant_scope(village):
        return int(db.session.scalar(db.select(db.func.count()).select_from(Letter)) or 0)


def test_what_certifies_residence_is_for_residents() -> None:
    open_to_all = [kind for kind in shipped_kinds().values() if kind.for_strangers]
    assert {"kehilangan", "izin_keramaian", "domisili_usaha"} <= {kind.code for kind in open_to_all}
    for kind in open_to_all:
        assert not any(words in kind.body for words in CERTIFIES), kind.code


def test_only_fitting_letters_are_offered_to_a_stranger(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    page = clerk.get("/surat/baru?luar=1").text
    assert "jenis=kehilangan" in page
    for code in (
        "sktm",
        "domisili",
        "biodata_penduduk",
        "belum_menikah",
        "keterangan_usaha",
        "pengantar_ktp",
    ):
        assert f'jenis={code}"' not in page, code
    assert "luar=1" in clerk.get("/surat/baru?jenis=kehilangan").text
    assert "luar=1" not in clerk.get("/surat/baru?jenis=sktm").text
    answer = clerk.get("/surat/baru?luar=1&jenis=sktm")
    assert answer.status_code == 303
    assert "tidak dapat dibuat untuk orang dari luar desa" in told(clerk.get(answer.location))


def test_a_letter_for_residents_is_refused_to_a_stranger(app: Flask, village: Tenant, staff: Staff) -> None:
    path = "/surat/baru?luar=1&jenis=sktm"
    answer = staff(village).submit(
        path,
        {"kunci": str(uuid.uuid4()), "pemohon.name": "BUDI", "keperluan": "Beasiswa"},
        form="/surat/baru",
    )
    assert answer.status_code == 422
    assert "tidak dapat dibuat untuk orang dari luar desa" in told(answer)
    with letters.working(app, village), pytest.raises(Invalid, match="orang dari luar desa"):
        services.ask("domisili", applicant={"name": "BUDI"}, values={"sejak": "2019"}, origin="api")
    assert _count(app, village) == 0


@pytest.mark.parametrize("role", ["secretary", "operator"])
def test_a_residents_nik_is_not_typed_in_as_a_strangers(
    app: Flask, village: Tenant, staff: Staff, role: str
) -> None:
    nik = residents.a_nik()
    resident = residents.a_resident(app, village, nik=nik, name="SITI AMINAH")
    clerk = staff(village, role=role)
    sent = {"kunci": str(uuid.uuid4()), "pemohon.name": "BUDI", "pemohon.nik": nik, "langsung": "1", **LOST}
    answer = clerk.submit(FORM, sent, form=FORM)
    assert answer.status_code == 422
    page = told(answer)
    assert "pakai data penduduk" in page
    link = f"penduduk={resident}" in answer.text
    sees = "residents.view_identity" in role_of(role).permissions
    assert ("SITI AMINAH" in page, link) == (sees, sees)
    assert _count(app, village) == 0
    sent["pemohon.nik"] = residents.a_nik()
    assert clerk.submit(FORM, sent, form=FORM).status_code == 303


def test_who_moved_away_may_come_back_as_a_stranger(app: Flask, village: Tenant, staff: Staff) -> None:
    nik = residents.a_nik()
    residents.a_resident(app, village, nik=nik, vital_status=codes.MOVED)
    sent = {"kunci": str(uuid.uuid4()), "pemohon.name": "BUDI", "pemohon.nik": nik, **LOST}
    assert staff(village).submit(FORM, sent, form=FORM).status_code == 303


def test_everything_that_is_missing_is_named_at_once(app: Flask, village: Tenant, staff: Staff) -> None:
    answer = staff(village).submit(FORM, {"kunci": str(uuid.uuid4())}, form=FORM)
    assert answer.status_code == 422
    summary = told(answer).partition("Ada yang perlu diperbaiki")[2][:600]
    for label in ("Pemohon, Nama", "Barang atau surat yang hilang", "Hilang di", "Tanggal hilang"):
        assert f"{label}: Wajib diisi." in summary, label


def test_a_tables_cell_is_named_with_its_row(app: Flask, village: Tenant, staff: Staff) -> None:
    path = "/surat/baru?jenis=surat_tugas"
    sent = {"kunci": str(uuid.uuid4()), "petugas.0.nama": "Sari", "petugas.0.jabatan": "", "tugas": "Rapat"}
    answer = staff(village).submit(path, sent, form=path)
    assert answer.status_code == 422
    assert "Yang ditugaskan, baris 1, Jabatan: Wajib diisi." in told(answer)


def test_whoever_comes_second_with_the_same_form_gets_the_letter_that_was_issued(
    app: Flask, village: Tenant, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = services.issue

    def issued_meanwhile(letter_id: uuid.UUID, **how: Any) -> Letter:
        issue(letter_id, **how)
        return issue(letter_id, **how)

    monkeypatch.setattr(services, "issue", issued_meanwhile)
    clerk, path = staff(village), f"/surat/baru?penduduk={residents.a_resident(app, village)}&jenis=sktm"
    sent = {"kunci": str(uuid.uuid4()), "keperluan": "Beasiswa", "langsung": "1"}
    answer = clerk.submit(path, sent, form=path)
    assert answer.status_code == 303, told(answer)
    letter = letters.letter_of(app, village, uuid.UUID(answer.location.rsplit("/", 1)[1]))
    assert (letter.state, letter.sequence) == ("issued", 1)


def test_the_same_form_with_another_text_drops_nothing(app: Flask, village: Tenant, staff: Staff) -> None:
    clerk, path = staff(village), f"/surat/baru?penduduk={residents.a_resident(app, village)}&jenis=sktm"
    sent = {"kunci": str(uuid.uuid4()), "keperluan": "Beasiswa"}
    first = clerk.submit(path, sent, form=path)
    assert first.status_code == 303
    assert clerk.submit(path, sent, form=path).location == first.location
    answer = clerk.submit(path, {**sent, "keperluan": "Berobat"}, form=path)
    assert answer.status_code == 409
    assert "belum tersimpan" in told(answer)
    assert "Berobat" in answer.text
    assert first.location in answer.text
    assert f'value="{sent["kunci"]}"' not in answer.text
    assert _count(app, village) == 1
