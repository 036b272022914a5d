"""Writing articles: who may, drafts, preview, pictures, versions, two people at once."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.knowledge.models import GuideArticle, GuidePicture
from tenants.scope import Tenant, platform_scope
from tests.support.images import picture
from tests.support.people import Person
from tests.support.visitors import Visitor

FORM = {
    "audience": "village", "category": "surat", "title": "Membuat surat tugas", "summary": "Untuk perjalanan dinas.",
    "body": "1. Tekan **Buat surat**.", "pages": "/surat/baru\nletters.index", "position": "5",
}  # fmt: skip


def row_of(app: SigerFlask, slug: str) -> GuideArticle:
    """An article by its slug."""
    with app.app_context(), platform_scope():
        return db.session.scalars(select(GuideArticle).where(GuideArticle.slug == slug)).one()


def written(app: SigerFlask, writer: Person, **changes: str) -> uuid.UUID:
    """A draft that was written through the form."""
    answer = writer.submit("/panduan/kelola/baru", {**FORM, **changes})
    assert answer.status_code == 303, answer.text
    return uuid.UUID(answer.location.rsplit("/", 1)[-1])


@pytest.mark.parametrize("role", ["province_analyst", "regency_admin", "district_officer", "mentor"])
def test_only_who_may_write_reaches_the_editor(officer: Callable[..., Person], role: str) -> None:
    reader = officer(role=role, region="18.06.20" if role in ("district_officer", "mentor") else "18.06")
    assert reader.get("/panduan").status_code == 200
    assert "Kelola panduan" not in reader.get("/panduan").text
    for path in ("/panduan/kelola", "/panduan/kelola/baru", f"/panduan/kelola/{uuid.uuid4()}"):
        assert reader.get(path).status_code == 403


def test_a_draft_is_seen_by_nobody_until_it_is_published(
    app: SigerFlask, village: Tenant, officer: Callable[..., Person], staff: Callable[..., Person]
) -> None:
    writer, clerk = officer(), staff(village)
    article_id = written(app, writer)
    assert clerk.get("/panduan/membuat-surat-tugas").status_code == 404
    page = f"/panduan/kelola/{article_id}"
    assert "/surat/baru" in writer.get(page).text
    writer.submit(f"{page}/terbitkan", {"row_version": "1"}, form=page)
    assert clerk.get("/panduan/membuat-surat-tugas").status_code == 200
    assert clerk.get("/panduan/halaman?dari=letters_new.new").status_code == 200
    writer.submit(f"{page}/tarik", {"row_version": "2"}, form=page)
    assert clerk.get("/panduan/membuat-surat-tugas").status_code == 404
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry.action).where(PlatformAuditEntry.object_id == str(article_id))
        assert set(db.session.scalars(query)) == {"guide.written", "guide.published", "guide.withdrawn"}


def test_looking_first_saves_nothing_and_shows_the_text(
    app: SigerFlask, officer: Callable[..., Person]
) -> None:
    writer = officer()
    with app.app_context(), platform_scope():
        before = db.session.scalar(select(func.count()).select_from(GuideArticle))
    answer = writer.submit(
        "/panduan/kelola/baru", {**FORM, "do": "look", "body": "Tekan **Simpan** <i>x</i>."}
    )
    assert answer.status_code == 200
    assert "<b>Simpan</b> &lt;i&gt;x&lt;/i&gt;" in answer.text
    assert 'value="Membuat surat tugas"' in answer.text
    with app.app_context(), platform_scope():
        assert db.session.scalar(select(func.count()).select_from(GuideArticle)) == before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Wajib diisi"),
        ({"title": "x" * 121}, "Terlalu panjang"),
        ({"body": ""}, "Wajib diisi"),
        ({"audience": "semua"}, "Pilih salah satu"),
        ({"pages": "/tidak/ada"}, "Tidak ada halaman di alamat ini"),
        ({"pages": "tidak.ada"}, "Tidak ada halaman di alamat ini"),
        ({"position": "0"}, "angka 1 sampai 999"),
        ({"position": "satu"}, "angka 1 sampai 999"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    officer: Callable[..., Person], changes: dict[str, str], sentence: str
) -> None:
    answer = officer().submit("/panduan/kelola/baru", {**FORM, **changes})
    assert answer.status_code == 422
    assert sentence in answer.text
    if "summary" not in changes:
        assert "Untuk perjalanan dinas." in answer.text


def test_two_articles_of_one_title_have_addresses_of_their_own(
    app: SigerFlask, officer: Callable[..., Person]
) -> None:
    writer = officer()
    written(app, writer, title="Panduan yang sama")
    written(app, writer, title="Panduan yang sama")
    written(app, writer, title="Warga")
    assert row_of(app, "panduan-yang-sama-2")
    assert row_of(app, "warga-2")


def test_changing_a_shipped_article_makes_it_own_and_the_way_back_is_offered(
    app: SigerFlask, officer: Callable[..., Person]
) -> None:
    writer, row = officer(), row_of(app, "membuat-surat")
    page = f"/panduan/kelola/{row.id}"
    assert "teks bawaan" in writer.get(page).text
    typed = {
        "audience": row.audience, "category": row.category, "title": "Surat di loket kami", "summary": row.summary,
        "body": row.body, "pages": "\n".join(row.pages), "position": str(row.position),
        "row_version": str(row.row_version),
    }  # fmt: skip
    assert writer.submit(f"{page}/ubah", typed).status_code == 303
    own = row_of(app, "membuat-surat")
    assert own.shipped_digest is None
    assert own.based_on == row.shipped_digest
    shown = writer.get(page).text
    assert "Beda dengan teks bawaan" in shown
    assert "Surat di loket kami" in shown
    late = writer.submit(f"{page}/ubah", {**typed, "title": "Terlambat menyimpan"})
    assert late.status_code == 409
    assert "menyimpan lebih dulu" in late.text
    assert "Terlambat menyimpan" in late.text
    writer.submit(f"{page}/teks-bawaan", {"row_version": str(own.row_version)}, form=page)
    assert row_of(app, "membuat-surat").title == row.title


def test_a_picture_is_written_anew_and_shown_to_who_reads_the_article(
    app: SigerFlask, village: Tenant, officer: Callable[..., Person], staff: Callable[..., Person],
    visit: Callable[[str], Visitor],
) -> None:  # fmt: skip
    writer = officer()
    article_id = written(app, writer)
    page = f"/panduan/kelola/{article_id}"
    answer = _upload(writer, page, picture("PNG"), "Tombol <b>simpan</b>")
    assert answer.status_code == 303
    with app.app_context(), platform_scope():
        file_id = db.session.scalars(
            select(GuidePicture.file_id).where(GuidePicture.article_id == article_id)
        ).one()
    path = f"/panduan/gambar/{file_id}"
    clerk, stranger = staff(village), visit(f"{village.slug}.localhost")
    assert writer.get(path).content_type == "image/webp"
    assert clerk.get(path).status_code == 404
    writer.submit(f"{page}/terbitkan", {"row_version": "1"}, form=page)
    assert clerk.get(path).status_code == 200
    assert "/masuk" in stranger.get(path).location
    assert "Tombol &lt;b&gt;" in writer.get(page).text
    writer.submit(f"{page}/gambar/{file_id}/hapus", {}, form=page)
    assert clerk.get(path).status_code == 404


@pytest.mark.parametrize(("data", "description"), [(b"bukan gambar", "x"), (b"", "x"), (b"png", "")])
def test_what_is_no_picture_is_refused_with_a_sentence(
    app: SigerFlask, officer: Callable[..., Person], data: bytes, description: str
) -> None:
    writer = officer()
    page = f"/panduan/kelola/{written(app, writer)}"
    answer = _upload(writer, page, picture("PNG") if data == b"png" else data, description)
    assert answer.status_code == 422
    assert "field-error" in answer.text


def test_a_draft_is_deleted_and_what_was_published_is_not(
    app: SigerFlask, officer: Callable[..., Person]
) -> None:
    writer = officer()
    page = f"/panduan/kelola/{written(app, writer)}"
    assert "Hapus draf" in writer.get(f"{page}/hapus").text
    assert writer.submit(f"{page}/hapus", {}).location.endswith("/panduan/kelola")
    assert writer.get(page).status_code == 404
    shipped = f"/panduan/kelola/{row_of(app, 'membuat-surat').id}"
    writer.submit(f"{shipped}/hapus", {})
    assert writer.get(shipped).status_code == 200


def test_the_list_is_narrowed(officer: Callable[..., Person]) -> None:
    writer = officer()
    page = writer.get("/panduan/kelola?untuk=province&keadaan=published").text
    assert "Membaca indeks kesiapan" in page
    assert "Membuat surat untuk warga di loket" not in page
    assert "Tidak ada yang cocok" in writer.get("/panduan/kelola?q=zzzz").text


def _upload(writer: Person, page: str, data: bytes, description: str) -> Any:
    """Send the form of a picture, which stands on the article's page."""
    found = writer.get(page).text.split('name="csrf_token" value="')[1].split('"')[0]
    values = {"csrf_token": found, "picture": (io.BytesIO(data), "gambar.png"), "description": description}
    return writer.client.post(f"{page}/gambar", base_url=f"http://{writer.host}", data=values)
