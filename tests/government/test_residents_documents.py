"""Documents and portraits: what is taken, what is refused with a sentence, what lies in storage, who may open them."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from app.core.files.storage import get_object, list_objects
from app.core.hosting import SigerFlask
from app.core.privacy.files import object_path
from app.extensions import db
from app.government.residents.models import Resident, ResidentDocument
from tenants.keys import tenant_path
from tenants.scope import Tenant, tenant_scope
from tests.government.test_residents_pages import audited
from tests.support.images import SVG, bomb, picture, picture_with_place
from tests.support.people import Person
from tests.support.residents import a_family, a_resident
from tests.support.uploads import send_form

Staff = Callable[..., Person]
MEGABYTE = 1024 * 1024


def pdf(body: bytes = b"", *, behind: bytes = b"") -> bytes:
    """A small PDF with whatever more stands in it."""
    head = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    )
    tail = b"xref\n0 1\n0000000000 65535 f \ntrailer<</Size 3/Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
    return head + body + tail + behind


def packed_objects(text: bytes, filters: bytes = b"/Filter/FlateDecode") -> bytes:
    """An object stream that holds `text`."""
    data = zlib.compress(text) if b"Flate" in filters else text
    return b"9 0 obj<</Type/ObjStm/N 1/First 4%b/Length %d>>stream\n%b\nendstream endobj\n" % (
        filters,
        len(data),
        data,
    )


def a_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x.txt", "x" * 5000)
    return packed.getvalue()


@pytest.fixture
def resident(app: SigerFlask, village: Tenant) -> uuid.UUID:
    """Somebody to keep documents of."""
    return a_resident(app, village, name="PEMILIK BERKAS")


def send(clerk: Person, resident_id: uuid.UUID, data: bytes, name: str = "pindaian.bin", **form: str) -> Any:
    """Send a document as the form does."""
    path = f"/penduduk/{resident_id}/dokumen/tambah"
    return send_form(clerk, path, {"kind": "identity_card", "title": "", **form, "file": (data, name)})


def kept(app: SigerFlask, village: Tenant) -> list[ResidentDocument]:
    """The documents of a village."""
    with app.app_context(), tenant_scope(village):
        return list(db.session.scalars(select(ResidentDocument).order_by(ResidentDocument.id)))


def test_an_image_is_written_anew_sealed_and_shown_to_few(
    app: SigerFlask, village: Tenant, staff: Staff, resident: uuid.UUID
) -> None:
    clerk = staff(village)
    original = picture_with_place()
    answer = send(clerk, resident, original, "KTP 1806200101800001.pdf", title="halaman depan")
    assert answer.headers["Location"] == f"/penduduk/{resident}#dokumen"
    (document,) = kept(app, village)
    assert (document.media_type, document.title) == ("image/jpeg", "halaman depan")
    page = clerk.get(f"/penduduk/{resident}").text
    assert "halaman depan" in page
    assert "1806200101800001" not in page

    shown = clerk.get(f"/penduduk/dokumen/{document.id}")
    image = Image.open(io.BytesIO(shown.data))
    assert (shown.content_type, image.format) == ("image/jpeg", "JPEG")
    assert image.size == (240, 300)
    assert b"Kamera Rahasia" not in shown.data
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    with app.app_context(), tenant_scope(village):
        lying = get_object(object_path(f"documents/{document.id}"))
        everything = [get_object(path) for path in list_objects(tenant_path("sealed"))]
    assert shown.data[20:200] not in b"".join(everything)
    assert b"JFIF" not in lying[:64]
    assert audited(app, village, "resident_document.added") == [
        ("PEMILIK BERKAS", {"document_kind": "identity_card"})
    ]
    assert audited(app, village, "resident_document.viewed") == [
        ("PEMILIK BERKAS", {"document_kind": "identity_card"})
    ]


def test_a_pdf_is_kept_as_it_is_and_only_downloaded(
    app: SigerFlask, village: Tenant, staff: Staff, resident: uuid.UUID
) -> None:
    clerk = staff(village)
    data = pdf(packed_objects(b"5 0 <</Type/Font/Name/JSomething>>"))
    assert send(clerk, resident, data, "akta.jpg").status_code == 303
    (document,) = kept(app, village)
    shown = clerk.get(f"/penduduk/dokumen/{document.id}")
    assert shown.data == data
    assert shown.content_type == "application/pdf"
    assert shown.headers["Content-Disposition"].startswith("attachment; filename=ktp-kia-")
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


HOSTILE = {
    "nothing": (b"", "kosong"),
    "no picture at all": (SVG, "Hanya PDF, JPG, atau PNG"),
    "a zip": (a_zip(), "Hanya PDF, JPG, atau PNG"),
    "a program called jpg": (b"MZ" + bytes(400), "Hanya PDF, JPG, atau PNG"),
    "webp": (picture("WEBP"), "Hanya PDF, JPG, atau PNG"),
    "six megabytes less a little": (pdf() + bytes(5 * MEGABYTE + 100), "lebih besar dari 5 MB"),
    "a cut picture": (picture("JPEG")[:-300], "rusak atau terpotong"),
    "a page called jpeg": (b"\xff\xd8\xff" + SVG, "rusak atau terpotong"),
    "a picture that unpacks to too much": (bomb(), "40 juta piksel"),
    "a cut pdf": (pdf()[:60], "terpotong atau rusak"),
    "only the head of a pdf": (b"%PDF-", "bukan PDF yang utuh"),
    "a page with a pdf in it": (SVG + pdf(), "Hanya PDF, JPG, atau PNG"),
    "a pdf with a zip behind": (pdf(behind=a_zip() + bytes(1024)), "menempel data lain"),
    "a script": (pdf(b"5 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj\n"), "skrip"),
    "a script with its name hidden": (pdf(b"5 0 obj<</S/J#61vaScript/J#53(x)>>endobj\n"), "skrip"),
    "a script in an object stream": (pdf(packed_objects(b"5 0 <</S/JavaScript/JS(x)>>")), "skrip"),
    "an object stream called otherwise": (
        pdf(packed_objects(b"5 0 <</S/JavaScript>>").replace(b"/ObjStm", b"/Obj#53tm")), "skrip",
    ),
    "a program that starts": (pdf(b"5 0 obj<</S/Launch/F(cmd.exe)>>endobj\n"), "skrip"),
    "a file inside": (pdf(b"5 0 obj<</Type/EmbeddedFile>>endobj\n"), "lampiran"),
    "a form of XFA": (pdf(b"5 0 obj<</XFA 6 0 R>>endobj\n"), "skrip"),
    "encrypted": (pdf(b"5 0 obj<</Encrypt 6 0 R>>endobj\n"), "terkunci"),
    "packed twice": (
        pdf(packed_objects(b"x", b"/Filter[/ASCIIHexDecode/LZWDecode]")), "tidak dapat diperiksa",
    ),
    "packed wrongly": (
        pdf(packed_objects(b"abc").replace(b"stream\nx", b"stream\n\0\0x")), "tidak dapat diperiksa",
    ),
    "an object stream that is a bomb": (pdf(packed_objects(bytes(40 * MEGABYTE))), "terlalu besar bila dibuka"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_taken_is_refused_with_a_sentence_and_nothing_is_kept(
    app: SigerFlask, village: Tenant, staff: Staff, resident: uuid.UUID, name: str
) -> None:
    data, sentence = HOSTILE[name]
    answer = send(staff(village), resident, data, "pindaian.pdf")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert kept(app, village) == []
    with app.app_context(), tenant_scope(village):
        assert list_objects(tenant_path("sealed")) == []


def test_six_megabytes_are_told_as_well(village: Tenant, staff: Staff, resident: uuid.UUID) -> None:
    answer = send(staff(village), resident, bytes(6 * MEGABYTE + 1))
    assert answer.status_code == 413
    assert "perkecil berkasnya" in answer.text


def test_kind_and_title_are_checked(
    app: SigerFlask, village: Tenant, staff: Staff, resident: uuid.UUID
) -> None:
    clerk = staff(village)
    assert "Pilih jenis dokumen" in send(clerk, resident, pdf(), kind="").text
    assert "Pilih jenis dokumen" in send(clerk, resident, pdf(), kind="photo").text
    assert "Jangan menulis NIK" in send(clerk, resident, pdf(), title="KTP 1806200101800001").text
    assert kept(app, village) == []


def test_a_document_is_removed_after_a_question_with_its_bytes(
    app: SigerFlask, village: Tenant, staff: Staff, resident: uuid.UUID
) -> None:
    clerk = staff(village)
    send(clerk, resident, pdf())
    (document,) = kept(app, village)
    path = f"/penduduk/dokumen/{document.id}/hapus"
    assert "PEMILIK BERKAS" in clerk.get(path).text
    assert clerk.submit(path).headers["Location"] == f"/penduduk/{resident}#dokumen"
    assert clerk.get(f"/penduduk/dokumen/{document.id}").status_code == 404
    assert clerk.get(path).status_code == 404
    with app.app_context(), tenant_scope(village):
        assert list_objects(tenant_path("sealed")) == []
    assert len(audited(app, village, "resident_document.removed")) == 1


def test_documents_are_for_those_who_may_see_numbers_in_their_village(
    app: SigerFlask, make_village: Callable[[], Tenant], staff: Staff
) -> None:
    one, other = make_village(), make_village()
    resident_id = a_resident(app, one)
    clerk = staff(one)
    send(clerk, resident_id, picture("PNG"))
    send_form(clerk, f"/penduduk/{resident_id}/foto/ubah", {"file": (picture("JPEG"), "x.jpg")})
    document = next(found for found in kept(app, one) if found.kind != "photo")
    paths = (f"/penduduk/dokumen/{document.id}", f"/penduduk/{resident_id}/foto")
    head, viewer, stranger = staff(one, role="village_head"), staff(one, role="section_staff"), staff(other)
    for path in paths:
        assert clerk.get(path).status_code == 200
        assert head.get(path).status_code == 200
        assert viewer.get(path).status_code == 403
        assert stranger.get(path).status_code == 404
    assert head.get(f"{paths[0]}/hapus").status_code == 403
    assert stranger.submit(f"{paths[0]}/hapus", form="/penduduk").status_code == 404
    page = viewer.get(f"/penduduk/{resident_id}").text
    assert "hanya terlihat bagi" in page
    assert str(document.id) not in page


def test_a_household_keeps_its_own_documents(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    household, _members = a_family(app, village)
    clerk = staff(village)
    form = {"kind": "family_card", "title": "KK lama", "file": (picture("PNG"), "kk.png")}
    answer = send_form(clerk, f"/keluarga/{household}/dokumen/tambah", form)
    assert answer.headers["Location"] == f"/keluarga/{household}#dokumen"
    assert "KK lama" in clerk.get(f"/keluarga/{household}").text


def test_a_portrait_replaces_the_one_before_and_can_be_removed(
    app: SigerFlask, village: Tenant, staff: Staff, resident: uuid.UUID
) -> None:
    clerk = staff(village)
    path = f"/penduduk/{resident}"
    assert clerk.get(f"{path}/foto").status_code == 404
    for size in ((900, 1200), (600, 500)):
        answer = send_form(clerk, f"{path}/foto/ubah", {"file": (picture("JPEG", size), "foto.jpg")})
        assert answer.status_code == 303
    shown = clerk.get(f"{path}/foto")
    assert Image.open(io.BytesIO(shown.data)).size == (480, 400)
    assert len(shown.data) <= 60_000
    assert len(kept(app, village)) == 1
    assert re.search(rf'src="{path}/foto\?v=', clerk.get(path).text)
    wrong = send_form(clerk, f"{path}/foto/ubah", {"file": (pdf(), "foto.jpg")})
    assert (wrong.status_code, "Hanya gambar PNG" in wrong.text) == (422, True)
    clerk.submit(f"{path}/foto/hapus", form=f"{path}/foto/ubah")
    assert clerk.get(f"{path}/foto").status_code == 404
    assert kept(app, village) == []
    with app.app_context(), tenant_scope(village):
        assert list_objects(tenant_path("sealed")) == []
        assert db.session.get_one(Resident, resident).photo_document_id is None
