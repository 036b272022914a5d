"""Photos of visits: what the camera noted is told and never believed, and nothing of it is in what is kept."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from app.core.files.services import object_path
from app.core.files.storage import get_object
from app.core.hosting import SigerFlask
from app.province.mentoring.visits.exif import NOTHING, photo_says
from app.province.mentoring.visits.places import kilometres_between
from tenants.scope import Tenant, platform_scope
from tests.province.mentoring.visiting import (
    JSON,
    POINT,
    a_mentor,
    kept,
    notes_of,
    photo,
    place_village,
    recorded,
    send,
    stands,
    today,
    typed,
)
from tests.support.images import SVG, bomb, picture

JAKARTA = (-6.1754, 106.8272)
NOON = dt.time(12, 30, 5)


@pytest.fixture
def phone(app: SigerFlask, officer: Callable[..., Any], village: Tenant) -> Any:
    """The phone of the mentor of a village whose point is known."""
    place_village(app, village)
    return a_mentor(app, officer, village)


def test_a_photo_with_a_false_place_is_shown_with_its_distance_and_not_trusted(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any]
) -> None:
    here = dt.datetime.combine(today(), NOON)
    elsewhere = dt.datetime.fromisoformat("2024-10-12T09:14:00")
    key = recorded(phone, village, photos=[photo(POINT, here), photo(JAKARTA, elsewhere, edge=300)])
    near, far = stands(app, key).photos
    assert near["kilometres"] == 0.0
    expected = kilometres_between(JAKARTA, POINT)
    assert far["kilometres"] == pytest.approx(expected, abs=0.2)
    assert 230 < expected < 260
    page = phone.get(f"/kunjungan/{key}").text
    assert page.count("Menurut foto:") == 2
    assert page.count("Tidak sesuai dengan tempat atau tanggal kunjungan.") == 1
    assert "12 Oktober 2024 09.14 WIB" in page
    assert "km dari titik desa" in page
    assert "tidak dijadikan bukti" in page
    assert stands(app, key).state == "held", "what a photo says decides nothing"
    assert "Menurut foto:" in staff(village).get(f"/pendampingan/kunjungan/{key}").text


def test_what_is_kept_and_shown_holds_nothing_of_the_camera(
    app: SigerFlask, phone: Any, village: Tenant, staff: Callable[..., Any]
) -> None:
    sent = photo(JAKARTA, dt.datetime.combine(today(), NOON))
    assert b"Kamera Rahasia" in sent
    key = recorded(phone, village, photos=[sent])
    file_id = stands(app, key).photos[0]["file_id"]
    with app.app_context(), platform_scope():
        stored = get_object(object_path(uuid.UUID(str(file_id))))
    shown = phone.get(f"/kunjungan/{key}/foto/{file_id}")
    theirs = staff(village).get(f"/pendampingan/kunjungan/{key}/foto/{file_id}")
    assert shown.data == stored == theirs.data
    assert b"Kamera" not in stored
    assert b"Exif" not in stored
    with Image.open(io.BytesIO(stored)) as opened:
        assert not opened.getexif()
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert "sandbox" in shown.headers["Content-Security-Policy"]


def test_notes_that_the_phone_cut_out_go_with_the_smaller_photo(
    app: SigerFlask, phone: Any, village: Tenant
) -> None:
    taken = dt.datetime.combine(today(), NOON)
    original, key = photo(POINT, taken), uuid.uuid4()
    answer = send(
        phone, typed(village, key), photos=[picture("JPEG"), picture("JPEG", size=(200, 200))],
        notes=[notes_of(original), b""], headers=JSON,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    first, second = stands(app, key).photos
    assert first["kilometres"] == 0.0
    assert str(first["taken_at"]).startswith(f"{taken:%Y-%m-%dT%H:%M:%S}")
    assert second["latitude"] is None
    assert "tidak menyebut tempat" in phone.get(f"/kunjungan/{key}").text


def test_a_photo_of_another_visit_or_village_is_unknown(
    app: SigerFlask, phone: Any, village: Tenant, make_village: Callable[[], Tenant], officer: Callable[..., Any],
    staff: Callable[..., Any],
) -> None:  # fmt: skip
    other = make_village()
    key, mine = recorded(phone, village, photos=[photo()]), recorded(phone, village)
    file_id = stands(app, key).photos[0]["file_id"]
    assert phone.get(f"/kunjungan/{mine}/foto/{file_id}").status_code == 404
    assert phone.get(f"/kunjungan/{key}/foto/{uuid.uuid4()}").status_code == 404
    assert a_mentor(app, officer, other).get(f"/kunjungan/{key}/foto/{file_id}").status_code == 404
    assert staff(other).get(f"/pendampingan/kunjungan/{key}/foto/{file_id}").status_code == 404
    assert staff(other).get(f"/berkas/{file_id}").status_code == 404
    assert officer("regency_analyst", village.regency_code).get(f"/berkas/{file_id}").status_code == 404


def test_photos_are_taken_off_and_added_up_to_four(app: SigerFlask, phone: Any, village: Tenant) -> None:
    key = recorded(phone, village, photos=[photo(edge=100), photo(edge=110), photo(edge=120)])
    first = stands(app, key).photos[0]["file_id"]
    extra = [photo(edge=130), photo(edge=140)]
    too_many = send(phone, typed(village, key, done="Menambah dua foto lagi."), photos=extra)
    assert too_many.status_code == 422
    assert "Paling banyak 4 foto" in too_many.text
    done = send(phone, typed(village, key, done="Menambah dua foto lagi.", remove=first), photos=extra)
    assert done.status_code == 303
    assert len(stands(app, key).photos) == 4
    assert phone.get(f"/kunjungan/{key}/foto/{first}").status_code == 404


@pytest.mark.parametrize("data", [SVG, bomb(), b"bukan gambar", photo()[:300], b""])
def test_what_is_no_photo_is_refused_with_a_sentence(
    app: SigerFlask, phone: Any, village: Tenant, data: bytes
) -> None:
    key = uuid.uuid4()
    answer = send(phone, typed(village, key), photos=[data], headers=JSON)
    assert answer.status_code == 422
    assert "foto.jpg" in answer.json["errors"]["photos"][0]
    assert kept(app, key) is None


def test_a_body_that_is_too_large_gets_a_sentence(phone: Any, village: Tenant) -> None:
    huge = b"x" * (36 * 1024 * 1024)
    page = send(phone, typed(village, uuid.uuid4()), photos=[huge])
    assert page.status_code == 413
    assert "Foto terlalu besar" in page.text
    assert "errors" in send(phone, typed(village, uuid.uuid4()), photos=[huge], headers=JSON).json


def test_a_village_without_a_point_has_no_distance(
    app: SigerFlask, officer: Callable[..., Any], make_village: Callable[[], Tenant]
) -> None:
    village = make_village()
    phone = a_mentor(app, officer, village)
    key = recorded(phone, village, photos=[photo(JAKARTA)], location="-5.4382, 104.7215", accuracy="20")
    row = stands(app, key)
    if row.kilometres is None:
        assert "jarak ke titik desa tidak diketahui" in phone.get(f"/kunjungan/{key}").text
    assert row.accuracy == 20


def test_the_phones_own_place_is_told_with_its_distance(app: SigerFlask, phone: Any, village: Tenant) -> None:
    key = recorded(phone, village, location="-5.4472, 104.7215", accuracy="12")
    row = stands(app, key)
    assert row.kilometres == pytest.approx(1.0, abs=0.1)
    page = phone.get(f"/kunjungan/{key}").text
    assert "Menurut ponsel" in page
    assert "1 km dari titik desa" in page
    far = recorded(phone, village, location="-6.1754, 106.8272")
    assert 'class="visit-odd"' in phone.get(f"/kunjungan/{far}").text


# --- what notes say, by the reader alone -----------------------------------------------------------------------------


def test_notes_are_read_in_both_orders_and_with_a_zone() -> None:
    image = Image.new("RGB", (8, 8))
    for endian in ("<", ">"):
        exif = Image.Exif()
        exif.endian = endian
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2], gps[3], gps[4] = "S", (5.0, 26.0, 17.52), "E", (104.0, 43.0, 17.4)
        more = exif.get_ifd(0x8769)
        more[0x9003], more[0x9011] = "2026:11:20 09:14:00", "+09:00"
        packed = io.BytesIO()
        image.save(packed, "JPEG", exif=exif)
        says = photo_says(packed.getvalue())
        assert says.point == pytest.approx(POINT, abs=1e-5)
        assert says.taken_at is not None
        assert says.taken_at.isoformat() == "2026-11-20T09:14:00+09:00"


def test_broken_notes_say_nothing_and_break_nothing() -> None:
    whole = notes_of(photo(JAKARTA, dt.datetime.fromisoformat("2026-01-02T03:04:05")))
    assert photo_says(whole).point is not None
    for length in range(len(whole)):
        photo_says(whole[:length])
    for place in range(6, len(whole)):
        for value in (0x00, 0xFF, 0x7F):
            photo_says(whole[:place] + bytes([value]) + whole[place + 1 :])
    assert photo_says(b"") == photo_says(b"\xff\xd8\xff\xe1\xff\xff") == photo_says(picture()) == NOTHING
    assert photo_says(b"\xff\xd8" + b"\xff\xe1\x00\x00" * 50) == NOTHING


def test_null_island_is_no_place() -> None:
    assert photo_says(photo((0.0, 0.0))).point is None


@pytest.mark.parametrize("said", ["0001:01:01 00:00:00", "9999:12:31 23:59:59", "0000:00:00 00:00:00"])
def test_a_camera_without_a_clock_leaves_the_page_and_the_place_whole(
    app: SigerFlask, phone: Any, village: Tenant, said: str
) -> None:
    taken = photo(POINT, dt.datetime.combine(today(), NOON))
    wrong = taken.replace(f"{today():%Y:%m:%d} 12:30:05".encode(), said.encode())
    assert wrong != taken
    key = recorded(phone, village, photos=[wrong])
    page = phone.get(f"/kunjungan/{key}")
    assert page.status_code == 200
    assert "tidak menyebut waktu · 0 km dari titik desa" in page.text
    assert phone.get("/kunjungan/daftar").status_code == 200
