"""What residents stumble over on an ordinary day: asking again, asking twice, fetching ink, slips and half photos."""

from __future__ import annotations

import io
import re
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.core.notifications.models import Notification
from app.extensions import db
from app.government.letters.desk import services as desk
from app.government.selfservice.accounts import staffing
from app.government.selfservice.requests.drafts import HEIC
from tenants.scope import Tenant, tenant_scope
from tests.government.test_selfservice_requests import a_draft, a_sent_request, form_of, send_form
from tests.support import residents
from tests.support.images import picture
from tests.support.letters import letter_of, working
from tests.support.selfservice import PIN, Phone, a_phone, account_row, numbers_of
from tests.support.visitors import Visitor

AGAIN = "Anda sudah minta surat ini hari ini"


@pytest.fixture
def phone(app: SigerFlask, village: Tenant) -> Phone:
    """The wife of a household, signed in: the card names her husband first."""
    _household, people = residents.a_family(app, village)
    return a_phone(app, village, people[1])


def events(app: SigerFlask, village: Tenant) -> list[str]:
    with app.app_context(), tenant_scope(village):
        query = select(Notification.event).where(Notification.audience == "resident")
        return list(db.session.scalars(query.order_by(Notification.id)))


def test_asking_for_a_correction_begins_with_oneself(phone: Phone) -> None:
    page = phone.get("/layanan/data/perbaikan").text
    chosen = re.findall(r'<input[^>]*name="about"[^>]*>', page)
    mine = [one for one in chosen if str(phone.resident_id) in one]
    assert len(mine) == 1
    assert "checked" in mine[0] or 'type="hidden"' in mine[0]


def test_asking_again_brings_the_photos_along(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    letter_id = a_sent_request(phone)
    with working(app, village):
        desk.reject(letter_id, "Foto terbalik")
    sent = [
        phone.submit(f"/layanan/surat/{letter_id}/lagi", form=f"/layanan/surat/{letter_id}") for _time in "ab"
    ]
    assert sent[0].location == sent[1].location
    again = uuid.UUID(sent[0].location.split("/")[-1])
    old, new = (re.findall(r"/foto/([0-9a-f-]{36})", phone.get(path).text) for path in (
        f"/layanan/surat/{letter_id}", f"/layanan/surat/{again}/periksa",
    ))  # fmt: skip
    assert len(new) == len(old) >= 1
    assert not set(old) & set(new)
    for file_id in new:
        answer = phone.get(f"/layanan/surat/{again}/foto/{file_id}")
        assert answer.data[:3] == b"\xff\xd8\xff"
    answer = phone.submit(f"/layanan/surat/{again}/kirim", form=f"/layanan/surat/{again}/periksa")
    assert answer.status_code == 303
    assert letter_of(app, village, again).state == "submitted"


def test_the_same_letter_twice_a_day_is_pointed_out_not_refused(phone: Phone) -> None:
    assert AGAIN not in phone.get("/layanan/surat/baru/sktm").text
    letter_id = a_sent_request(phone)
    page = phone.get("/layanan/surat/baru/sktm").text
    assert AGAIN in page
    assert f"/layanan/surat/{letter_id}" in page
    assert AGAIN not in phone.get("/layanan/surat/baru/pengantar_skck").text
    assert a_draft(phone) != letter_id


def test_a_letter_in_ink_is_fetched_at_the_hall_and_nobody_says_otherwise(
    app: SigerFlask, village: Tenant, phone: Phone
) -> None:
    letter_id = a_sent_request(phone)
    page = phone.get(f"/layanan/surat/{letter_id}").text
    assert "surat bertanda tangan tinta diambil di balai" in page
    assert "tidak perlu datang" not in page
    with working(app, village):
        desk.verify(letter_id)
        desk.issue(letter_id)
    page = phone.get(f"/layanan/surat/{letter_id}").text
    assert "siap ditandatangani dan diambil di balai" in page
    assert "sudah ditandatangani" not in page
    assert "letter.ready" in events(app, village)
    assert "letter.issued" not in events(app, village)
    notices = phone.get("/layanan/pemberitahuan").text
    assert "siap diambil di balai" in notices
    assert "Unduh" not in notices


def test_who_takes_back_a_request_is_not_told_of_it(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    letter_id = a_sent_request(phone)
    phone.submit(f"/layanan/surat/{letter_id}/batal", form=f"/layanan/surat/{letter_id}/batal")
    assert letter_of(app, village, letter_id).state == "cancelled"
    assert events(app, village) == []


def save(phone: Phone, **changed: Any) -> Any:
    return send_form(phone, {**form_of(phone), "lanjut": "simpan", **changed})


def test_saving_for_later_complains_only_of_what_can_not_be_kept(phone: Phone) -> None:
    data = form_of(phone)
    photo = next(name for name in data if name.startswith("berkas."))
    others = {name: "" for name in data if name.startswith("berkas.") and name != photo}
    answer = save(phone, **{**others, photo: (io.BytesIO(b"GIF89a" + b"0" * 99), "foto.gif")})
    assert answer.status_code == 422
    assert "Hanya PDF, JPG, atau PNG" in answer.text
    assert "Foto ini masih kurang" not in answer.text
    assert save(phone, **others, **{photo: (io.BytesIO(picture()), "foto.jpg")}).location == "/layanan/surat"


@pytest.mark.parametrize("brand", HEIC)
def test_a_photo_of_an_iphone_is_told_how_to_become_one_that_is_read(phone: Phone, brand: bytes) -> None:
    photo = next(name for name in form_of(phone) if name.startswith("berkas."))
    answer = save(phone, **{photo: (io.BytesIO(b"\0\0\0\x18ftyp" + brand + b"\0" * 200), "IMG_1.HEIC")})
    assert answer.status_code == 422
    assert "Paling Kompatibel" in answer.text


def test_what_is_too_long_is_said_when_a_draft_is_saved(phone: Phone) -> None:
    answer = save(phone, keperluan="a" * 5000)
    assert answer.status_code == 422
    assert "paling banyak" in answer.text
    assert save(phone, keperluan="").location == "/layanan/surat"


def test_a_new_account_has_signed_in_once(app: SigerFlask, village: Tenant) -> None:
    _home, people = residents.a_family(app, village)
    with working(app, village):
        code, _ends = staffing.give_code(people[0])
    numbers = numbers_of(app, village, people[0])
    answer = Visitor(app, f"{village.slug}.localhost").submit(
        "/layanan/aktivasi", {**numbers, "code": code, "pin": PIN, "pin_again": PIN}
    )
    assert answer.status_code == 303
    assert account_row(app, village, people[0]).last_sign_in_at is not None
