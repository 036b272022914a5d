"""A village's own letter types: copied, written, checked, activated, switched; through the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.audit.models import TenantAuditEntry
from app.extensions import db
from app.government.letters.models import LetterType
from app.government.letters.types import LetterKind, letter_type, letter_types
from app.government.letters.types.shipped import shipped_kinds
from tenants.scope import Tenant, tenant_scope
from tests.support.visitors import CSRF, Visitor

PNG = b"\x89PNG"
FORM: dict[str, Any] = {
    "title": "Surat Keterangan Karang Taruna",
    "classification": "470",
    "group": "desa",
    "about": "living",
    "signer": "head",
    "layout": "letter",
    "online": "1",
    "body": "{{nama}} adalah anggota sejak {{sejak}}.\n",
    "field.0.label": "Sejak",
    "field.0.kind": "date",
    "field.0.required": "1",
    "requirement.0.label": "Fotokopi KTP",
    "requirement.0.needed": "1",
}


def _send(browser: Visitor, code: str, do: str = "save", path: str = "ubah", **changed: Any) -> Any:
    """Send the editor's form, as it stands on its page but for what is changed."""
    page = browser.get(f"/surat/jenis/{code}/ubah").text
    version = re.search(r'name="row_version" value="(\d+)"', page)
    token = CSRF.search(page)
    assert version
    assert token
    data = {"csrf_token": token[1], "row_version": version[1], "do": do, **FORM, **changed}
    return browser.post(f"/surat/jenis/{code}/{path}", data)


def _own(browser: Visitor, title: str = "Surat Keterangan Karang Taruna") -> str:
    answer = browser.submit("/surat/jenis/baru", {"title": title})
    assert answer.status_code == 303
    return str(answer.location.split("/")[-2])


def _kind(app: Flask, village: Tenant, code: str) -> LetterKind:
    with app.test_request_context(), tenant_scope(village):
        return letter_type(code, active=False)


def test_the_list_shows_every_letter_and_finds(
    village: Tenant, staff: Callable[..., Any], count_queries: Any
) -> None:
    browser = staff(village, role="secretary")
    browser.get("/surat/jenis")
    with count_queries(at_most=4):
        page = browser.get("/surat/jenis")
    assert page.status_code == 200
    assert all(f"/surat/jenis/{code}" in page.text for code in shipped_kinds())
    found = browser.get("/surat/jenis?q=ahli+waris").text
    assert "/surat/jenis/ahli_waris" in found
    assert "/surat/jenis/domisili" not in found


def test_a_type_of_the_village_s_own(app: Flask, village: Tenant, staff: Callable[..., Any]) -> None:
    browser = staff(village, role="secretary")
    code = _own(browser)
    assert code == "surat_keterangan_karang_taruna"
    with app.test_request_context(), tenant_scope(village):
        assert code not in [kind.code for kind in letter_types(active=False) if kind.is_active]
    assert _send(browser, code).status_code == 303
    assert not _kind(app, village, code).is_active
    answer = _send(browser, code, "activate")
    assert answer.status_code == 303
    kind = _kind(app, village, code)
    assert kind.is_active
    assert kind.version == "desa-1"
    assert [field.name for field in kind.fields] == ["sejak"]
    assert [one.key for one in kind.requirements] == ["fotokopi_ktp"]
    assert kind.online
    assert browser.get(f"/surat/jenis/{code}/contoh.png").data.startswith(PNG)
    _send(browser, code, "activate", body="{{nama}} sejak {{sejak}}")
    assert _kind(app, village, code).version == "desa-2"


def test_a_shipped_letter_stays_in_use_until_its_copy_is_activated(
    app: Flask, village: Tenant, staff: Callable[..., Any]
) -> None:
    browser = staff(village, role="secretary")
    assert browser.post("/surat/jenis/domisili/ubah-bawaan").status_code == 400
    assert (
        browser.submit("/surat/jenis/domisili/ubah-bawaan", form="/surat/jenis/domisili").status_code == 303
    )
    assert _send(browser, "domisili", body="{{nama}} tinggal di sini sejak {{sejak}}.").status_code == 303
    assert _kind(app, village, "domisili").version == shipped_kinds()["domisili"].version
    assert (
        _send(browser, "domisili", "activate", body="{{nama}} tinggal di sini sejak {{sejak}}.").status_code
        == 303
    )
    changed = _kind(app, village, "domisili")
    assert changed.is_own
    assert changed.body == "{{nama}} tinggal di sini sejak {{sejak}}."
    answer = browser.submit(
        "/surat/jenis/domisili/kembalikan", _version(browser, "domisili"), form="/surat/jenis/domisili"
    )
    assert answer.status_code == 303
    assert not _kind(app, village, "domisili").is_own


def _version(browser: Visitor, code: str) -> dict[str, str]:
    found = re.search(r'name="row_version" value="(\d+)"', browser.get(f"/surat/jenis/{code}").text)
    assert found
    return {"row_version": found[1]}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"body": "satu\n{{namaa}}"}, "Baris 2, huruf ke-1"),
        ({"body": "{% jika nama %}\nbuka"}, "Baris 1, huruf ke-1"),
        ({"body": "tebal **tidak ditutup"}, "Baris 1, huruf ke-7"),
        ({"body": ""}, "Isi surat masih kosong"),
        ({"title": ""}, "Judul surat wajib diisi"),
        ({"classification": ""}, "Kode klasifikasi wajib diisi"),
        ({"field.0.label": ""}, "belum diberi nama"),
        ({"field.0.name": "nama"}, "sudah dipakai"),
        ({"field.0.name": "Dua Kata"}, "tidak dapat dipakai"),
        ({"field.0.kind": "choice"}, "paling sedikit satu pilihan"),
        ({"field.0.kind": "table"}, "paling sedikit satu kolom"),
        ({"field.0.kind": "apa"}, "Pilih jenis isian"),
        ({"signer": "raja"}, "Pilih salah satu"),
    ],
)
def test_a_broken_type_is_refused_with_its_reason(
    app: Flask, village: Tenant, staff: Callable[..., Any], changed: dict[str, str], sentence: str
) -> None:
    browser = staff(village, role="secretary")
    code = _own(browser)
    answer = _send(browser, code, "activate", **changed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not _kind(app, village, code).is_active
    assert _send(browser, code, "save", **changed).status_code == 303, "a draft may be unfinished"
    assert _kind(app, village, "domisili").is_active


def test_lists_of_the_editor_work_without_a_script(village: Tenant, staff: Callable[..., Any]) -> None:
    browser = staff(village, role="secretary")
    code = _own(browser)
    two = {"field.1.label": "Jabatan", "field.1.kind": "line"}
    page = _send(browser, code, "up.fields.1", **two).text
    assert page.index('value="Jabatan"') < page.index('value="Sejak"')
    assert 'value="Sejak"' not in _send(browser, code, "remove.fields.0", **two).text
    assert 'name="field.1.label"' in _send(browser, code, "add.fields").text
    assert 'name="requirement.1.label"' in _send(browser, code, "add.requirements").text
    for odd in ("up.fields.99", "remove.fields.x", "add.title", "bukan apa-apa"):
        assert _send(browser, code, odd).status_code == 200


def test_the_preview_is_a_picture_or_says_what_is_wrong(village: Tenant, staff: Callable[..., Any]) -> None:
    browser = staff(village, role="secretary")
    code = _own(browser)
    shown = _send(browser, code, path="pratinjau")
    assert shown.mimetype == "image/png"
    assert shown.data.startswith(PNG)
    assert shown.headers["Cache-Control"] == "no-store"
    assert _send(browser, code, path="pratinjau", body="**buka").status_code == 422
    token = CSRF.search(browser.get(f"/surat/jenis/{code}/ubah").text)
    assert token
    piece = browser.post(
        f"/surat/jenis/{code}/pratinjau",
        {**FORM, "csrf_token": token[1], "body": "**buka"},
        headers={"HX-Request": "true"},
    )
    assert piece.status_code == 200
    assert "Baris 1" in piece.text
    assert "<html" not in piece.text
    unknown = {**FORM, "csrf_token": token[1], "body": "satu\n{{namaa}}"}
    piece = browser.post(f"/surat/jenis/{code}/pratinjau", unknown, headers={"HX-Request": "true"})
    assert "Baris 2" in piece.text
    assert "data:image/png" in piece.text


@pytest.mark.parametrize("code", ['#read("/etc/passwd")', "\\", "$", "]", "#panic()", "<b>tebal</b>"])
def test_a_body_is_never_source(village: Tenant, staff: Callable[..., Any], code: str) -> None:
    browser = staff(village, role="secretary")
    own = _own(browser)
    assert (
        _send(browser, own, "activate", body=f"{{{{nama}}}} sejak {{{{sejak}}}} {code} x").status_code == 303
    )
    assert browser.get(f"/surat/jenis/{own}/contoh.png").data.startswith(PNG)


def test_who_saves_second_is_told(app: Flask, village: Tenant, staff: Callable[..., Any]) -> None:
    browser = staff(village, role="secretary")
    code = _own(browser)
    late = _send(browser, code, row_version="0", title="Judul kedua")
    assert late.status_code == 409
    assert 'value="Judul kedua"' in late.text
    assert _send(browser, code, "activate", row_version="x").status_code == 409
    with app.test_request_context(), tenant_scope(village):
        assert db.session.scalar(select(LetterType.title)) == "Surat Keterangan Karang Taruna"


def test_switches(app: Flask, village: Tenant, staff: Callable[..., Any]) -> None:
    browser = staff(village, role="secretary")
    page = "/surat/jenis/sporadik"
    for name, on in (("active", "0"), ("online", "1"), ("frequent", "1")):
        assert browser.submit(f"{page}/saklar", {"name": name, "on": on}, form=page).status_code == 303
    kind = _kind(app, village, "sporadik")
    assert (kind.is_active, kind.online, kind.frequent, kind.is_own) == (False, True, True, False)
    assert browser.submit(f"{page}/saklar", {"name": "code", "on": "1"}, form=page).status_code == 404
    assert browser.submit("/surat/jenis/tidak_ada/saklar", {"name": "active"}, form=page).status_code == 404


def test_a_newer_shipped_version_is_marked(app: Flask, village: Tenant, staff: Callable[..., Any]) -> None:
    browser = staff(village, role="secretary")
    browser.submit("/surat/jenis/domisili/ubah-bawaan", form="/surat/jenis/domisili")
    _send(browser, "domisili", "activate", body="{{nama}} di sini sejak {{sejak}}.")
    with app.test_request_context(), tenant_scope(village):
        row = db.session.scalar(select(LetterType).where(LetterType.code == "domisili"))
        assert row is not None
        row.base_version = 0
        db.session.commit()
    assert "bawaan sudah diperbarui" in browser.get("/surat/jenis").text
    page = browser.get("/surat/jenis/domisili").text
    assert "Beda dengan versi bawaan" in page
    assert "berdomisili" in page


def test_a_broken_row_is_shown_and_can_be_mended(
    app: Flask, village: Tenant, staff: Callable[..., Any]
) -> None:
    browser = staff(village, role="secretary")
    with app.test_request_context(), tenant_scope(village):
        live = {"title": "Rusak", "classification": "470"}
        row = LetterType(
            code="rusak", title="Rusak", definition={"live": live}, body="{% jika", state="active"
        )
        db.session.add(row)
        db.session.commit()
    assert "rusak, tidak dapat dipakai" in browser.get("/surat/jenis").text
    assert browser.get("/surat/jenis/rusak").status_code == 200
    assert browser.get("/surat/jenis/rusak/ubah").status_code == 200
    assert _send(browser, "rusak", "activate").status_code == 303
    assert _kind(app, village, "rusak").is_active


def test_a_draft_is_thrown_away_and_an_unused_type_removed(
    app: Flask, village: Tenant, staff: Callable[..., Any]
) -> None:
    browser = staff(village, role="secretary")
    code = _own(browser)
    page = f"/surat/jenis/{code}"
    assert browser.submit(f"{page}/buang", _version(browser, code), form=page).location.endswith(
        "/surat/jenis"
    )
    assert browser.get(page).status_code == 404
    other = _own(browser)
    _send(browser, other, "activate")
    assert browser.submit(f"{page}/hapus", _version(browser, other), form=page).status_code == 303
    assert browser.get(page).status_code == 404


def test_a_copy_becomes_a_type_of_its_own(app: Flask, village: Tenant, staff: Callable[..., Any]) -> None:
    browser = staff(village, role="secretary")
    answer = browser.submit("/surat/jenis/sktm/salin", {"title": "SKTM Berobat"}, form="/surat/jenis/sktm")
    assert answer.location.endswith("/surat/jenis/sktm_berobat/ubah")
    assert (
        browser.submit("/surat/jenis/sktm/salin", {"title": " "}, form="/surat/jenis/sktm").status_code == 422
    )
    assert not _kind(app, village, "sktm").is_own


def test_only_who_may_changes_types(
    village: Tenant, make_village: Callable[[], Any], staff: Callable[..., Any]
) -> None:
    clerk = staff(village, role="operator")
    code = _own(staff(village, role="secretary"))
    for path in ("/surat/jenis", "/surat/jenis/domisili", f"/surat/jenis/{code}/ubah", "/surat/jenis/baru"):
        assert clerk.get(path).status_code == 403
    token = CSRF.search(clerk.get("/").text) or CSRF.search(clerk.get("/beranda").text)
    sent = {"csrf_token": token[1] if token else ""}
    for path in ("ubah", "saklar", "salin", "ubah-bawaan", "buang", "kembalikan", "hapus", "pratinjau"):
        assert clerk.post(f"/surat/jenis/{code}/{path}", sent).status_code in (400, 403)
    stranger = staff(make_village(), role="secretary")
    assert stranger.get(f"/surat/jenis/{code}").status_code == 404
    own = "/surat/jenis/domisili"
    for path in ("ubah", "saklar", "buang", "hapus", "pratinjau"):
        sent = {"name": "active", "on": "0", "row_version": "1", **FORM}
        assert stranger.submit(f"/surat/jenis/{code}/{path}", sent, form=own).status_code == 404


def test_what_was_done_stands_in_the_audit_log(
    app: Flask, village: Tenant, staff: Callable[..., Any]
) -> None:
    browser = staff(village, role="secretary")
    _send(browser, _own(browser), "activate")
    with app.test_request_context(), tenant_scope(village):
        actions = set(db.session.scalars(select(TenantAuditEntry.action)))
    assert {"letter_type.added", "letter_type.activated"} <= actions


@pytest.mark.parametrize("code", ["surat umum", "abc", "474..2", "474/2"])
def test_the_classification_is_a_code_as_the_import_takes_it(village: Tenant, staff: Any, code: str) -> None:
    clerk = staff(village)
    own = _own(clerk)
    answer = _send(clerk, own, "activate", classification=code)
    assert answer.status_code == 422
    assert "Kode klasifikasi terdiri dari angka atau huruf" in answer.text
    assert _send(clerk, own, "activate", classification="474.2").status_code == 303


@pytest.mark.parametrize("days", ["0", "3651", "tiga", "1,5", "-2", "99999999999999"])
def test_validity_is_whole_days_or_empty(village: Tenant, staff: Any, days: str) -> None:
    clerk = staff(village)
    own = _own(clerk)
    answer = _send(clerk, own, "activate", validity_days=days)
    assert answer.status_code == 422
    assert "Tulis bilangan bulat dari 1 sampai 3650 hari" in answer.text
    assert f'value="{days[:12]}"' in answer.text
    assert _send(clerk, own, "activate", validity_days="").status_code == 303


def test_codes_are_offered_and_strangers_are_a_choice(app: Flask, village: Tenant, staff: Any) -> None:
    clerk = staff(village)
    own = _own(clerk)
    page = clerk.get(f"/surat/jenis/{own}/ubah").text
    assert 'list="daftar-klasifikasi"' in page
    assert '<option value="474.2">' in page
    assert _send(clerk, own, "activate", validity_days="3650").status_code == 303
    assert (_kind(app, village, own).for_strangers, _kind(app, village, own).validity_days) == (False, 3650)
    clerk.submit(f"/surat/jenis/{own}/ubah-bawaan", {})
    assert _send(clerk, own, "activate", for_strangers="1").status_code == 303
    assert _kind(app, village, own).for_strangers
