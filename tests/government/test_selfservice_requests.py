"""Asking for a letter from a phone: drafts, photos, sending once, following it, fetching it, and nobody else's."""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import func, select, update
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app.core.casework.models import CaseFile
from app.core.hosting import SigerFlask
from app.extensions import db
from app.government.letters.desk import services as desk
from app.government.letters.models import Letter
from app.government.residents import codes
from app.government.residents.models import Resident
from app.government.selfservice.requests.drafts import forget_old_drafts
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.support import residents
from tests.support.images import picture
from tests.support.letters import letter_of, opened, working
from tests.support.selfservice import Phone, a_phone
from tests.support.visitors import CSRF, Visitor

KIND = "sktm"
KEY = re.compile(r'name="kunci" value="([0-9a-f-]{36})"')
FIELDS = {"keperluan": "Beasiswa anak"}


@pytest.fixture
def phone(app: SigerFlask, village: Tenant) -> Phone:
    """A head of a household with spouse and child, signed in."""
    _household, people = residents.a_family(app, village)
    signed_in = a_phone(app, village, people[0])
    signed_in.family = people  # type: ignore[attr-defined]
    return signed_in


def form_of(phone: Phone, code: str = KIND) -> dict[str, Any]:
    """What the empty form sends when it is filled in well."""
    page = phone.get(f"/layanan/surat/baru/{code}")
    assert page.status_code == 200, page.text
    found = KEY.search(page.text)
    assert found is not None
    fields = {**FIELDS, "kunci": found[1], "untuk": str(phone.resident_id), "lanjut": "periksa"}
    for name in re.findall(r'name="(berkas\.[\w-]+)"', page.text):
        fields[name] = (io.BytesIO(picture()), "foto.jpg")
    return fields


def send_form(
    phone: Visitor, data: dict[str, Any], path: str = f"/layanan/surat/baru/{KIND}", **headers: str
) -> Any:
    """Send a form with photos, with the token of a page unless `data` has one."""
    page = phone.get(f"/layanan/surat/baru/{KIND}").text
    token = CSRF.search(page)
    fields = {
        name: FileStorage(io.BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value
        for name, value in {"csrf_token": token[1] if token else "", **data}.items()
    }
    boundary, body = encode_multipart(fields)
    kind = f"multipart/form-data; boundary={boundary}"
    return phone.client.post(
        path, base_url=f"http://{phone.host}", data=body, content_type=kind, headers=headers
    )


def a_draft(phone: Phone, **changed: Any) -> uuid.UUID:
    """A draft that lacks nothing."""
    answer = send_form(phone, {**form_of(phone), **changed})
    assert answer.status_code == 303, answer.text
    return uuid.UUID(answer.location.split("/")[-2])


def a_sent_request(phone: Phone) -> uuid.UUID:
    """A request that was handed in."""
    letter_id = a_draft(phone)
    answer = phone.submit(f"/layanan/surat/{letter_id}/kirim", form=f"/layanan/surat/{letter_id}/periksa")
    assert answer.status_code == 303
    assert answer.location == f"/layanan/surat/{letter_id}"
    return letter_id


def count_letters(app: SigerFlask, village: Tenant) -> int:
    with app.app_context(), tenant_scope(village):
        return db.session.scalar(select(func.count()).select_from(Letter)) or 0


def test_who_is_not_signed_in_reads_what_one_can_do_and_is_led_to_sign_in(
    village: Tenant, visit: Callable[[str], Any]
) -> None:
    stranger = visit(f"{village.slug}.localhost")
    page = stranger.get("/layanan")
    assert page.status_code == 200
    assert "/layanan/masuk" in page.text
    assert "/layanan/aktivasi" in page.text
    assert stranger.get("/layanan/surat/baru").status_code == 303
    assert "/layanan" in stranger.get("/").text


def test_the_portal_greets_by_name_and_shows_what_waits(phone: Phone) -> None:
    a_sent_request(phone)
    page = phone.get("/layanan").text
    assert "Sedang diproses" in page
    assert "Menunggu diperiksa" in page
    assert "Siap paling lambat" in page


def test_a_letter_is_found_by_words(phone: Phone) -> None:
    assert KIND in phone.get("/layanan/surat/baru?cari=tidak+mampu").text
    nothing = phone.get("/layanan/surat/baru?cari=zzzz").text
    assert "Tidak ada surat yang cocok" in nothing


def test_a_request_goes_from_the_form_to_the_desk(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    letter_id = a_draft(phone)
    review = phone.get(f"/layanan/surat/{letter_id}/periksa")
    assert "Beasiswa anak" in review.text
    phone.submit(f"/layanan/surat/{letter_id}/kirim", form=f"/layanan/surat/{letter_id}/periksa")
    letter = letter_of(app, village, letter_id)
    assert (letter.state, letter.origin, letter.account_id) == ("submitted", "online", phone.account_id)
    assert opened(app, village, letter_id)["fields"]["keperluan"] == "Beasiswa anak"
    page = phone.get(f"/layanan/surat/{letter_id}").text
    assert "Permohonan dikirim" in page
    assert "Siap paling lambat" in page


def test_the_same_form_sent_five_times_is_one_letter(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    data = {**form_of(phone), "kirim": "1"}
    answers = {send_form(phone, data).location for _time in range(5)}
    assert len(answers) == 1
    assert count_letters(app, village) == 1
    with app.app_context(), tenant_scope(village):
        files = db.session.scalar(select(func.count()).select_from(CaseFile))
    assert files == len([name for name in data if name.startswith("berkas.")])


def test_handing_in_five_times_is_handing_in_once(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    letter_id = a_sent_request(phone)
    for _time in range(4):
        answer = phone.submit(f"/layanan/surat/{letter_id}/kirim", form="/layanan/surat/baru/" + KIND)
        assert answer.location == f"/layanan/surat/{letter_id}"
    assert phone.get(f"/layanan/surat/{letter_id}").text.count("Permohonan dikirim") == 1


def test_what_the_service_worker_sends_later_is_answered_in_json(
    app: SigerFlask, village: Tenant, phone: Phone
) -> None:
    told = phone.get("/layanan/tersimpan/kunci", headers={"Accept": "application/json"}).json
    assert told["account"] == str(phone.account_id)
    data = {**form_of(phone), "kirim": "1", "csrf_token": told["token"]}
    answer = send_form(phone, data, **{"X-Siger-Kept": "1"})
    assert answer.json["state"] == "sent"
    assert letter_of(app, village, uuid.UUID(answer.json["url"].split("/")[-1])).state == "submitted"


def test_without_a_session_the_service_worker_is_told_to_wait(
    village: Tenant, visit: Callable[[str], Any]
) -> None:
    stranger = visit(f"{village.slug}.localhost")
    assert stranger.get("/layanan/tersimpan/kunci", headers={"Accept": "application/json"}).status_code == 401


def test_a_photo_that_is_none_is_refused_and_what_was_typed_stays(
    app: SigerFlask, village: Tenant, phone: Phone
) -> None:
    data = form_of(phone)
    names = [name for name in data if name.startswith("berkas.")]
    data[names[0]] = (io.BytesIO(b"#read('/etc/passwd')" * 50), "ktp.jpg")
    answer = send_form(phone, data)
    assert answer.status_code == 422
    assert "Hanya PDF, JPG, atau PNG" in answer.text
    assert "Beasiswa anak" in answer.text
    with app.app_context(), tenant_scope(village):
        kept = set(db.session.scalars(select(CaseFile.kind)))
    assert {f"berkas.{kind}" for kind in kept} == set(names[1:])


def test_fifty_megabytes_are_refused_with_a_sentence_in_the_portal(phone: Phone) -> None:
    data = form_of(phone)
    name = next(name for name in data if name.startswith("berkas."))
    data[name] = (io.BytesIO(b"\xff\xd8\xff" + b"0" * 50_000_000), "besar.jpg")
    answer = send_form(phone, data)
    assert answer.status_code == 413
    assert "Foto terlalu besar" in answer.text
    assert "portal" in answer.text


def test_nine_megabytes_are_refused_beside_the_photo_seven_are_read(phone: Phone) -> None:
    data = form_of(phone)
    name = next(name for name in data if name.startswith("berkas."))
    data[name] = (io.BytesIO(b"\xff\xd8\xff" + b"0" * (9 * 1024 * 1024)), "besar.jpg")
    answer = send_form(phone, data)
    assert answer.status_code == 422
    assert "lebih besar dari 8 MB" in answer.text


def test_a_stranger_may_not_send_large_bodies(village: Tenant, visit: Callable[[str], Any]) -> None:
    stranger = visit(f"{village.slug}.localhost")
    body = {"csrf_token": "x", "berkas.ktp": (io.BytesIO(b"0" * 8_000_000), "x.jpg")}
    answer = send_form(stranger, body)
    assert answer.status_code == 413


def test_a_child_may_be_asked_for_another_household_never(
    app: SigerFlask, village: Tenant, phone: Phone
) -> None:
    child = phone.family[2]  # type: ignore[attr-defined]
    letter_id = a_draft(phone, untuk=str(child))
    assert letter_of(app, village, letter_id).resident_id == child
    _other, strangers = residents.a_family(app, village)
    before = count_letters(app, village)
    assert send_form(phone, {**form_of(phone), "untuk": str(strangers[0])}).status_code == 404
    path = f"/layanan/surat/{letter_id}/isi"
    assert send_form(phone, {**form_of(phone), "untuk": str(strangers[2])}, path).status_code == 404
    assert count_letters(app, village) == before
    assert letter_of(app, village, letter_id).resident_id == child


@pytest.mark.parametrize(
    ("path", "posts"),
    [
        ("", False), ("/isi", False), ("/periksa", False), ("/batal", False), ("/unduh", False), ("/isi", True),
        ("/kirim", True), ("/buang", True), ("/batal", True), ("/lagi", True), ("/nilai", True),
    ],
)  # fmt: skip
def test_another_account_finds_nothing(
    app: SigerFlask, village: Tenant, phone: Phone, path: str, posts: bool
) -> None:
    letter_id = a_draft(phone) if path in ("/isi", "/periksa", "/kirim", "/buang") else a_sent_request(phone)
    other = a_phone(app, village, residents.a_resident(app, village))
    address = f"/layanan/surat/{letter_id}{path}"
    if posts:
        answer = other.submit(address, {"rating": "5", **FIELDS}, form="/layanan/surat/baru/" + KIND)
    else:
        answer = other.get(address)
    assert answer.status_code == 404


def test_photos_of_another_account_are_not_shown(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    letter_id = a_draft(phone)
    with app.app_context(), tenant_scope(village):
        file_id = db.session.scalars(select(CaseFile.id).where(CaseFile.subject_id == letter_id)).first()
    assert phone.get(f"/layanan/surat/{letter_id}/foto/{file_id}").content_type == "image/jpeg"
    other = a_phone(app, village, residents.a_resident(app, village))
    assert other.get(f"/layanan/surat/{letter_id}/foto/{file_id}").status_code == 404
    own = a_draft(other)
    assert other.get(f"/layanan/surat/{own}/foto/{file_id}").status_code == 404
    gone = phone.submit(
        f"/layanan/surat/{letter_id}/foto/{file_id}/hapus", form=f"/layanan/surat/{letter_id}/isi"
    )
    assert gone.status_code == 303
    assert phone.get(f"/layanan/surat/{letter_id}/foto/{file_id}").status_code == 404


def test_another_accounts_form_key_is_refused(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    data = form_of(phone)
    send_form(phone, data)
    other = a_phone(app, village, residents.a_resident(app, village))
    answer = send_form(other, {**data, "untuk": str(other.resident_id)})
    assert answer.status_code == 404


def test_going_back_loses_nothing_and_a_draft_is_listed(phone: Phone) -> None:
    letter_id = a_draft(phone)
    assert "Beasiswa anak" in phone.get(f"/layanan/surat/{letter_id}/isi").text
    assert f"/layanan/surat/{letter_id}" in phone.get("/layanan/surat").text
    phone.submit(f"/layanan/surat/{letter_id}/buang", form=f"/layanan/surat/{letter_id}/isi")
    assert phone.get(f"/layanan/surat/{letter_id}").status_code == 404


def test_half_a_form_is_kept_and_says_what_is_missing(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    data = {name: value for name, value in form_of(phone).items() if not name.startswith("berkas.")}
    answer = send_form(phone, {**data, "keperluan": ""})
    assert answer.status_code == 422
    assert "Wajib diisi" in answer.text
    assert "Foto ini masih kurang" in answer.text
    saved = send_form(phone, {**form_of(phone), "keperluan": "", "lanjut": "simpan"})
    assert saved.location == "/layanan/surat"


def test_old_drafts_are_thrown_away_after_a_month(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    old, fresh = a_draft(phone), a_draft(phone)
    with app.app_context(), tenant_scope(village):
        moment = now() - dt.timedelta(days=31)
        db.session.execute(update(Letter).where(Letter.id == old).values(updated_at=moment))
        db.session.commit()
        assert forget_old_drafts() == 1
        left = set(db.session.scalars(select(Letter.id)))
        files = set(db.session.scalars(select(CaseFile.subject_id)))
    assert left == files == {fresh}


@pytest.mark.parametrize(
    "text",
    ["سند ملكية ‮abc", "🙂" * 60, '#read("/etc/passwd") \\ $ ] <script>alert(1)</script>', "A" * 200],
)
def test_odd_texts_are_kept_as_text(app: SigerFlask, village: Tenant, phone: Phone, text: str) -> None:
    letter_id = a_draft(phone, keperluan=text)
    page = phone.get(f"/layanan/surat/{letter_id}/periksa")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert text[:1] in page.text


def test_a_long_name_is_shown_whole(app: SigerFlask, village: Tenant) -> None:
    name = "Raden " * 30 + "X"
    phone = a_phone(app, village, residents.a_resident(app, village, name=name[:120].strip()))
    assert name[:100] in phone.get("/layanan").text.replace("RADEN", "Raden")


def test_a_request_is_taken_back_before_it_is_verified_not_after(
    app: SigerFlask, village: Tenant, phone: Phone
) -> None:
    first, second = a_sent_request(phone), a_sent_request(phone)
    phone.submit(f"/layanan/surat/{first}/batal")
    assert letter_of(app, village, first).state == "cancelled"
    with working(app, village):
        desk.verify(second)
    phone.submit(f"/layanan/surat/{second}/batal")
    assert letter_of(app, village, second).state == "verified"
    assert "sudah diperiksa petugas" in phone.get(f"/layanan/surat/{second}").text


def test_a_refused_request_says_why_and_is_asked_again_with_what_was_typed(
    app: SigerFlask, village: Tenant, phone: Phone
) -> None:
    letter_id = a_sent_request(phone)
    with working(app, village):
        desk.reject(letter_id, "Foto KTP tidak terbaca")
    assert "Foto KTP tidak terbaca" in phone.get(f"/layanan/surat/{letter_id}").text
    again = [
        phone.submit(f"/layanan/surat/{letter_id}/lagi", form=f"/layanan/surat/{letter_id}") for _n in "ab"
    ]
    assert again[0].location == again[1].location
    page = phone.get(again[0].location, follow_redirects=True)
    assert "Beasiswa anak" in page.text


def test_what_the_head_agreed_to_is_told_as_what_it_is(
    app: SigerFlask, village: Tenant, phone: Phone
) -> None:
    letter_id = a_sent_request(phone)
    with working(app, village):
        desk.verify(letter_id, signing="local")
        desk.approve(letter_id)
    page = phone.get(f"/layanan/surat/{letter_id}").text
    assert "Kepala sudah menyetujui" in page
    assert "ditandatangani secara elektronik" not in page
    for path in (f"/layanan/surat/{letter_id}", "/layanan/surat"):
        text = phone.get(path).text
        assert "Disetujui kepala" in text
        assert "Sedang ditandatangani" not in text


def test_a_letter_in_ink_is_fetched_at_the_hall(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    letter_id = a_sent_request(phone)
    with working(app, village):
        desk.issue(letter_id, signing="wet")
    page = phone.get(f"/layanan/surat/{letter_id}").text
    assert "diambil di balai" in page
    assert phone.get(f"/layanan/surat/{letter_id}/unduh").status_code == 404


def test_the_signed_file_is_downloaded_by_its_owner(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    letter_id = a_sent_request(phone)
    with working(app, village):
        desk.issue(letter_id, signing="wet")
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(Letter).where(Letter.id == letter_id).values(signing="local"))
        db.session.commit()
    page = phone.get(f"/layanan/surat/{letter_id}").text
    assert "Unduh surat" in page
    answer = phone.get(f"/layanan/surat/{letter_id}/unduh")
    assert answer.data.startswith(b"%PDF-")
    assert "no-store" in answer.headers["Cache-Control"]
    letter = letter_of(app, village, letter_id)
    assert letter.state == "collected"
    assert "Surat diunduh" in phone.get(f"/layanan/surat/{letter_id}").text


def test_the_service_is_rated_once_and_may_be_changed_for_a_week(
    app: SigerFlask, village: Tenant, phone: Phone
) -> None:
    letter_id = a_sent_request(phone)
    path = f"/layanan/surat/{letter_id}"
    phone.submit(f"{path}/nilai", {"rating": "4"}, form="/layanan/surat/baru/" + KIND)
    assert letter_of(app, village, letter_id).rating is None
    with working(app, village):
        desk.issue(letter_id, signing="wet")
    for wrong in ("0", "6", "lima", ""):
        phone.submit(f"{path}/nilai", {"rating": wrong}, form=path)
    assert letter_of(app, village, letter_id).rating is None
    phone.submit(f"{path}/nilai", {"rating": "4", "comment": "NIK 1806201705800001 cepat"}, form=path)
    phone.submit(f"{path}/nilai", {"rating": "5", "comment": "Cepat sekali"}, form=path)
    assert letter_of(app, village, letter_id).rating == 5
    assert opened(app, village, letter_id)["rating_comment"] == "Cepat sekali"
    with app.app_context(), tenant_scope(village):
        letter = db.session.get_one(Letter, letter_id)
        past = now() - dt.timedelta(days=8)
        letter.details = {**letter.details, "rated_at": past.isoformat()}
        db.session.commit()
    phone.submit(f"{path}/nilai", {"rating": "1"}, form=path)
    assert letter_of(app, village, letter_id).rating == 5


def test_the_list_of_requests_costs_few_queries(
    phone: Phone, count_queries: Callable[..., AbstractContextManager[list[str]]]
) -> None:
    for _request in range(4):
        a_draft(phone)
    with count_queries(at_most=4):
        assert phone.get("/layanan/surat").status_code == 200
    with count_queries(at_most=4):
        assert phone.get("/layanan").status_code == 200


def test_the_desk_sees_no_draft_of_a_phone(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Callable[..., Any]
) -> None:
    draft, sent = a_draft(phone), a_sent_request(phone)
    clerk = staff(village, role="secretary")
    assert clerk.get(f"/surat/{draft}").status_code == 404
    assert str(draft) not in clerk.get("/surat?lihat=konsep").text
    page = clerk.get(f"/surat/{sent}")
    assert page.status_code == 200
    with app.app_context(), tenant_scope(village):
        files = db.session.scalars(select(CaseFile.id).where(CaseFile.subject_id == sent)).all()
    assert files
    assert all(str(file_id) in page.text for file_id in files)


def test_rows_of_a_table_are_kept_and_more_can_be_added(phone: Phone) -> None:
    data = {
        **form_of(phone, "pindah"),
        "alamat_tujuan": "Jalan Kopi 1",
        "pengikut.0.nama": "Budi",
        "pengikut.0.hubungan": "Anak",
        "lanjut": "baris.pengikut",
    }
    answer = send_form(phone, data, "/layanan/surat/baru/pindah")
    assert answer.status_code == 303
    page = phone.get(answer.location.partition("#")[0]).text
    assert 'value="Budi"' in page
    assert 'name="pengikut.3.nama"' in page
    letter_id = answer.location.split("/")[-2]
    refused = send_form(phone, {**data, "lanjut": "periksa"}, f"/layanan/surat/{letter_id}/isi")
    assert refused.status_code == 422
    assert 'value="Budi"' in refused.text
    assert "Wajib diisi" in refused.text


def test_a_person_is_taken_from_the_own_family_only(app: SigerFlask, village: Tenant, phone: Phone) -> None:
    wife = phone.family[1]  # type: ignore[attr-defined]
    common = {**form_of(phone, "wali_nikah"), "hubungan": "ayah kandung", "pasangan": "Budi"}
    answer = send_form(phone, {**common, "wali.id": str(wife)}, "/layanan/surat/baru/wali_nikah")
    assert answer.status_code == 303, answer.text
    stranger = residents.a_resident(app, village, name="ORANG LAIN SEKALI")
    key = str(uuid.uuid4())
    refused = send_form(
        phone, {**common, "kunci": key, "wali.id": str(stranger)}, "/layanan/surat/baru/wali_nikah"
    )
    assert refused.status_code == 422
    assert "ORANG LAIN SEKALI" not in refused.text
    with app.app_context(), tenant_scope(village):
        kept = db.session.scalars(select(Letter.id).where(Letter.idempotency_key == uuid.UUID(key))).one()
    assert str(stranger) not in str(opened(app, village, kept))


def test_whoever_died_yesterday_gets_no_letter_about_the_living(
    app: SigerFlask, village: Tenant, phone: Phone
) -> None:
    letter_id = a_draft(phone, untuk=str(phone.family[2]))  # type: ignore[attr-defined]
    with app.app_context(), tenant_scope(village):
        child = phone.family[2]  # type: ignore[attr-defined]
        db.session.execute(update(Resident).where(Resident.id == child).values(vital_status=codes.DEAD))
        db.session.commit()
    answer = phone.submit(f"/layanan/surat/{letter_id}/kirim", form="/layanan/surat/baru/" + KIND)
    assert answer.status_code == 422
    assert letter_of(app, village, letter_id).state == "draft"
