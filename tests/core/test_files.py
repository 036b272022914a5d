"""Files: what is taken, what is refused with a sentence, and who may fetch what."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable

import pytest
from PIL import Image

from app.core.files.images import ImageRefused, Size, render_image
from app.core.files.services import FileMissing, discard_file, file_path, open_file, store_bytes, store_image
from app.core.files.storage import StorageAway, open_storage
from app.core.hosting import SigerFlask
from app.extensions import db
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.images import SVG, bomb, picture, picture_with_place
from tests.support.visitors import Visitor


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_an_image_is_written_anew_within_its_edge(app: SigerFlask, kind: str) -> None:
    with app.test_request_context():
        (main, small) = render_image(picture(kind), [Size(200), Size(64, square=True, max_bytes=4000)])
    assert (main.width, main.height, main.media_type) == (200, 160, "image/webp")
    assert (small.width, small.height) == (64, 64)
    assert len(small.data) <= 4000


def test_a_printed_image_stays_png_and_see_through(app: SigerFlask) -> None:
    with app.test_request_context():
        (main,) = render_image(picture("PNG", alpha=True), [Size(640, format="PNG")])
    assert main.data.startswith(b"\x89PNG")
    assert Image.open(io.BytesIO(main.data)).mode == "RGBA"


def test_notes_of_the_camera_are_dropped_and_the_picture_stands_upright(app: SigerFlask) -> None:
    original = picture_with_place()
    assert b"Kamera Rahasia" in original
    with app.test_request_context():
        (main,) = render_image(original, [Size(600)])
    assert b"Kamera Rahasia" not in main.data
    assert (main.width, main.height) == (240, 300)
    assert not Image.open(io.BytesIO(main.data)).getexif()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "kosong"),
        (SVG, "Hanya gambar PNG"),
        (b"GIF89a" + bytes(200), "Hanya gambar PNG"),
        (b"%PDF-1.7" + bytes(200), "Hanya gambar PNG"),
        (picture("PNG")[:200], "rusak atau terpotong"),
        (picture("JPEG")[:-300], "rusak atau terpotong"),
        (b"\xff\xd8\xff" + SVG, "rusak atau terpotong"),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(50), "rusak atau terpotong"),
        (bomb(), "40 juta piksel"),
        (picture("PNG") + bytes(2 * 1024 * 1024), "lebih besar dari 2 MB"),
    ],
    ids=[
        "empty",
        "svg",
        "gif",
        "pdf",
        "cut-png",
        "cut-jpeg",
        "svg-as-jpeg",
        "webp-head",
        "bomb",
        "oversized",
    ],
)
def test_what_is_no_good_image_is_refused_with_a_sentence(
    app: SigerFlask, data: bytes, sentence: str
) -> None:
    with app.test_request_context(), pytest.raises(ImageRefused, match=sentence):
        render_image(data, [Size(300)])


def test_a_public_file_is_served_on_its_own_host_alone(
    app: SigerFlask, make_village: Callable[[], Tenant], visit: Callable[[str], Visitor]
) -> None:
    village, other = make_village(), make_village()
    with app.test_request_context(), tenant_scope(village):
        row = store_image(
            picture(), file_name="C:\\fakepath\\logo pekon.png", purpose="logo", max_px=200, small=Size(64)
        )
        db.session.commit()
        assert row.file_name == "logo pekon.png"
        path, small = file_path(row.id), file_path(row.id, small=True)
    answer = visit(f"{village.slug}.localhost").get(path)
    assert answer.status_code == 200
    assert answer.content_type == "image/webp"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    again = visit(f"{village.slug}.localhost").get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    thumb = visit(f"{village.slug}.localhost").get(small)
    assert Image.open(io.BytesIO(thumb.data)).width == 64
    assert visit(f"{other.slug}.localhost").get(path).status_code == 404
    assert visit("localhost").get(path).status_code == 404


def test_no_scope_opens_the_files_of_another(app: SigerFlask, make_village: Callable[[], Tenant]) -> None:
    village, other = make_village(), make_village()
    with app.app_context():
        with tenant_scope(village):
            row = store_bytes(b"isi", file_name="a.txt", media_type="text/plain", purpose="try")
            db.session.commit()
        with tenant_scope(other), pytest.raises(FileMissing):
            open_file(row.id)
        with platform_scope(), pytest.raises(FileMissing):
            open_file(row.id)
        with platform_scope():
            mine = store_bytes(b"ekspor", file_name="desa.xlsx", media_type="text/plain", purpose="export")
            db.session.commit()
            assert open_file(mine.id).data == b"ekspor"


def test_a_discarded_file_is_gone_only_once_that_is_committed(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        with tenant_scope(village):
            row = store_bytes(b"isi", file_name="a.txt", media_type="text/plain", purpose="try")
            db.session.commit()
        with tenant_scope(village):
            discard_file(row.id)
            db.session.flush()
        with tenant_scope(village):
            assert open_file(row.id).data == b"isi"
            discard_file(row.id)
            db.session.commit()
            with pytest.raises(FileMissing):
                open_file(row.id)


def test_an_unknown_file_is_a_page_that_says_so(village: Tenant, visit: Callable[[str], Visitor]) -> None:
    assert visit(f"{village.slug}.localhost").get(f"/berkas/{uuid.uuid4()}").status_code == 404


def test_a_storage_that_does_not_answer_is_told_apart_from_a_missing_file(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), tenant_scope(village):
        row = store_bytes(b"isi", file_name="a.txt", media_type="text/plain", purpose="try", is_public=True)
        db.session.commit()

    def away(path: str) -> bytes:
        raise StorageAway("connection refused")

    browser = visit(f"{village.slug}.localhost")
    answer = browser.get(file_path(row.id))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    monkeypatch.setattr("app.core.files.services.get_object", away)
    assert browser.get(file_path(row.id)).status_code == 503


@pytest.mark.parametrize("address", ["ftp://nowhere/x", "s3://", "file:///dev/null/x", "what"])
def test_an_address_that_is_no_storage_is_refused(address: str) -> None:
    with pytest.raises(StorageAway):
        open_storage(address)
