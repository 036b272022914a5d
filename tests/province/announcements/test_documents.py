"""Documents that offices share: their villages find them, a new version replaces the file, fetching is counted."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import update

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.announcements.models import DocumentOpening, SharedDocument
from tenants.models import PlatformFile
from tenants.scope import Tenant, platform_scope
from tests.province.announcements.writing import PDF, VERSION, kept, noted, sent
from tests.support.uploads import send_form
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]
NEW = PDF.replace(b"1 0 obj", b"2 0 obj")


@pytest.fixture
def writer(officer: Officer) -> Visitor:
    """Somebody of the province's office."""
    return officer("province_admin", "18")


def shared(writer: Visitor, title: str, **values: Any) -> uuid.UUID:
    """A document that was shared through the form."""
    said = {
        "title": title,
        "category": "guide",
        "description": "Untuk operator",
        "file": (PDF, "panduan.pdf"),
    }
    answer = send_form(writer, "/dokumen/baru", {**said, **values})
    assert answer.status_code == 303, answer.text
    return uuid.UUID(answer.headers["Location"].rsplit("/", 1)[1])


def opening(app: SigerFlask, key: uuid.UUID, village: Tenant) -> DocumentOpening | None:
    """That a village fetched a document."""
    with app.app_context(), platform_scope():
        row = db.session.get(DocumentOpening, (key, village.id))
        if row is not None:
            db.session.expunge(row)
        return row


def test_villages_find_what_the_regions_above_them_share_and_nothing_else(
    officer: Officer, writer: Visitor, village: Tenant, staff: Callable[..., Any]
) -> None:
    regency, district = (
        officer("regency_admin", village.regency_code),
        officer("district_officer", village.district_code),
    )
    keys = [
        shared(writer, "Panduan dari provinsi", category="regulation"),
        shared(regency, "Panduan dari kabupaten"),
        shared(district, "Panduan dari kecamatan"),
    ]
    stranger = shared(officer("regency_admin", "18.06"), "Panduan kabupaten lain")
    reader = staff(village)
    page = reader.get("/kabar/dokumen").text
    for title in ("provinsi", "kabupaten", "kecamatan"):
        assert f"Panduan dari {title}" in page
    assert "Panduan kabupaten lain" not in page
    for key in keys:
        assert reader.get(f"/kabar/dokumen/{key}").data == PDF
    assert reader.get(f"/kabar/dokumen/{stranger}").status_code == 404
    found = reader.get("/kabar/dokumen?jenis=regulation").text
    assert "Panduan dari provinsi" in found
    assert "Panduan dari kabupaten" not in found
    assert "Panduan dari kecamatan" in reader.get("/kabar/dokumen?q=KECAMATAN").text
    assert "Tidak ada yang cocok" in reader.get("/kabar/dokumen?q=tidakada").text


def test_fetching_is_counted_for_the_village_and_a_new_version_replaces_the_file(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Callable[..., Any]
) -> None:
    key = shared(writer, "Panduan yang berganti")
    reader = staff(village)
    for _time in range(2):
        assert reader.get(f"/kabar/dokumen/{key}").data == PDF
    writer.get(f"/dokumen/{key}/unduh")
    row = opening(app, key, village)
    assert row is not None
    assert (row.times, row.last_version) == (2, 1)
    with app.app_context(), platform_scope():
        document = db.session.get(SharedDocument, key)
        assert document is not None
        old = document.file_id
    path = f"/dokumen/{key}/ubah"
    version = VERSION.search(writer.get(path).text)
    assert version is not None
    said = {"title": "Panduan yang berganti", "category": "form", "row_version": version.group(1)}
    assert send_form(writer, path, {**said, "file": (NEW, "baru.pdf")}).status_code == 303
    late = send_form(writer, path, {**said, "title": "Kalah cepat"})
    assert late.status_code == 409
    assert "lebih dulu" in late.text
    assert "Versi baru" in reader.get("/kabar/dokumen").text
    assert reader.get(f"/kabar/dokumen/{key}").data == NEW
    row = opening(app, key, village)
    assert row is not None
    assert (row.times, row.last_version) == (3, 2)
    with app.app_context(), platform_scope():
        assert db.session.get(PlatformFile, old) is None
    page = writer.get(f"/dokumen/{key}?wilayah={village.regency_code}").text
    assert "versi 2" in page
    assert "Menurut kecamatan" in page
    assert len(noted(app, "shared_document.replaced", key)) == 1


def test_what_is_withdrawn_is_gone_for_villages_until_it_comes_back(
    writer: Visitor, village: Tenant, staff: Callable[..., Any]
) -> None:
    key = shared(writer, "Aturan lama sekali")
    reader = staff(village)
    path = f"/dokumen/{key}"
    assert writer.submit(f"{path}/tarik").status_code == 303
    assert "Aturan lama sekali" not in reader.get("/kabar/dokumen").text
    assert reader.get(f"/kabar/dokumen/{key}").status_code == 404
    assert "Aturan lama sekali" not in writer.get("/dokumen").text
    assert "Aturan lama sekali" in writer.get("/dokumen?lihat=ditarik").text
    assert writer.submit(f"{path}/bagikan-lagi", form=path).status_code == 303
    assert "Aturan lama sekali" in reader.get("/kabar/dokumen").text


def test_offices_see_those_above_and_below_and_change_their_own_alone(
    officer: Officer, writer: Visitor
) -> None:
    regency, other = officer("regency_admin", "18.06"), officer("regency_admin", "18.01")
    above, own = shared(writer, "Milik provinsi saja"), shared(regency, "Milik Tanggamus saja")
    assert "Milik provinsi saja" in regency.get("/dokumen").text
    assert "Milik Tanggamus saja" in writer.get("/dokumen").text
    assert "Milik Tanggamus saja" not in other.get("/dokumen").text
    assert other.get(f"/dokumen/{own}").status_code == 404
    assert other.get(f"/dokumen/{own}/unduh").status_code == 404
    assert regency.get(f"/dokumen/{above}").status_code == 200
    for path in ("ubah", "tarik"):
        assert regency.get(f"/dokumen/{above}/{path}").status_code == 404
        assert writer.get(f"/dokumen/{own}/{path}").status_code == 404
    assert regency.get(f"/dokumen/{above}?wilayah=18.01").status_code == 404


def test_a_document_without_its_file_or_with_a_bad_one_is_refused(writer: Visitor) -> None:
    said = {"title": "Panduan lengkap", "category": "guide"}
    assert "Pilih berkasnya" in writer.submit("/dokumen/baru", said).text
    bad = send_form(writer, "/dokumen/baru", {**said, "file": (b"#!/bin/sh", "panduan.pdf")})
    assert bad.status_code == 422
    assert "panduan.pdf" in bad.text
    assert (
        send_form(writer, "/dokumen/baru", {**said, "category": "x", "file": (PDF, "a.pdf")}).status_code
        == 422
    )


def test_lists_of_documents_ask_little(
    writer: Visitor, village: Tenant, staff: Callable[..., Any], count_queries: Callable[..., Any]
) -> None:
    reader = staff(village)
    for number in range(6):
        shared(writer, f"Dokumen nomor {number}")
    reader.get("/kabar/dokumen")
    writer.get("/dokumen")
    with count_queries(at_most=6):
        assert "Dokumen nomor 5" in reader.get("/kabar/dokumen").text
    with count_queries(at_most=8):
        assert "Dokumen nomor 5" in writer.get("/dokumen").text


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Surat Edaran – 2026.pdf", "Surat Edaran  2026.pdf"),
        ("Café “rapat”.pdf", "Cafe rapat.pdf"),
        ("通知.pdf", "berkas.pdf"),
    ],
)
def test_a_file_of_any_name_is_fetched_under_its_name(
    writer: Visitor, village: Tenant, staff: Callable[..., Any], name: str, plain: str
) -> None:
    key = shared(writer, "Dokumen dengan nama apa pun", file=(PDF, name))
    sent_one = sent(writer, village, files=(PDF, name))
    (file_id,) = kept(writer.app, sent_one).files
    reader = staff(village)
    for answer in (
        reader.get(f"/kabar/dokumen/{key}"),
        writer.get(f"/dokumen/{key}/unduh"),
        reader.get(f"/kabar/{sent_one}/berkas/{file_id}"),
    ):
        assert answer.data == PDF
        header = answer.headers["Content-Disposition"]
        assert header.isascii(), "a server sends no other letters in a header"
        assert re.search(f'filename="?{re.escape(plain)}"?;', header)
        assert unquote(header.partition("filename*=UTF-8''")[2]) == name


def test_a_kind_of_document_that_is_not_known_any_more_keeps_the_pages_alive(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Callable[..., Any]
) -> None:
    key = shared(writer, "Dokumen dari jenis yang sudah dihapus")
    with app.app_context(), platform_scope():
        db.session.execute(update(SharedDocument).where(SharedDocument.id == key).values(category="paparan"))
        db.session.commit()
    for page in (writer.get("/dokumen"), writer.get(f"/dokumen/{key}"), staff(village).get("/kabar/dokumen")):
        assert page.status_code == 200
        assert "Lainnya" in page.text
