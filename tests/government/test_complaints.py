"""Complaints: sent with a name or without any trace of one, answered in time, published without whom they are from."""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select, text, update
from werkzeug.test import TestResponse

from app.core.hosting import SigerFlask
from app.core.notifications.models import Notification
from app.extensions import TenantModel, db
from app.government.complaints.handling import fit_for_everybody
from app.government.complaints.models import Complaint
from tenants.models import now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.images import picture_with_place
from tests.support.people import Person
from tests.support.residents import a_resident
from tests.support.selfservice import Phone, a_phone
from tests.support.visitors import Visitor
from tests.support.work import settle

NEW = "/layanan/pengaduan/baru"
OPEN = "/pengaduan/kirim"
LIST = "/pengaduan-warga"
SAID = {
    "category": "light",
    "title": "Lampu jalan mati",
    "text": "Lampu di depan masjid mati sejak seminggu. Hubungi saya di 0812-3456-7890.",
    "place": "Depan masjid Al Huda",
}
CODE = re.compile(r"<code>([A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4})</code>")


@contextmanager
def inside(app: SigerFlask, village: Tenant) -> Iterator[None]:
    with app.app_context(), tenant_scope(village):
        yield


@pytest.fixture
def phone(app: SigerFlask, village: Tenant) -> Phone:
    return a_phone(app, village, a_resident(app, village, name="Maryati Kusumawardani"))


@pytest.fixture
def stranger(village: Tenant, visit: Callable[[str], Visitor]) -> Visitor:
    return visit(f"{village.slug}.localhost")


def send(visitor: Visitor, path: str = NEW, **more: object) -> TestResponse:
    return visitor.submit(path, {**SAID, "kunci": str(uuid.uuid4()), **more})


def complaints(app: SigerFlask, village: Tenant) -> list[Complaint]:
    with inside(app, village):
        return list(db.session.scalars(select(Complaint).order_by(Complaint.id)))


def deed(person: Person, row: Complaint, path: str, **data: object) -> TestResponse:
    return person.submit(f"{LIST}/{row.id}/{path}", data, form="/pemberitahuan/pilihan")


def everything(app: SigerFlask, village: Tenant) -> dict[str, list[str]]:
    """Every row of every table of the village, and of the platform's log and messages, as text."""
    with app.app_context(), platform_scope():
        above = {
            f"platform.{name}": [
                str(tuple(row)) for row in db.session.execute(text(f"SELECT * FROM platform.{name}"))
            ]
            for name in ("audit_entry", "outbox")
        }
    with inside(app, village):
        return above | {
            table.name: [str(tuple(row)) for row in db.session.execute(text(f'SELECT * FROM "{table.name}"'))]
            for table in TenantModel.metadata.sorted_tables
        }


def test_a_resident_sends_one_and_the_office_is_told(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    answer = send(phone, point="-5.379, 104.723")
    assert answer.status_code == 303, answer.text
    page = phone.get(answer.headers["Location"])
    assert "Lampu di depan masjid" in page.text
    assert "Dijawab paling lambat" in page.text
    (row,) = complaints(app, village)
    assert (row.account_id, row.resident_id, row.state) == (phone.account_id, phone.resident_id, "received")
    assert (row.latitude, row.longitude) == (-5.379, 104.723)
    assert "Pengaduan baru: Lampu jalan mati" in person.get("/pemberitahuan").text
    staff_page = person.get(f"{LIST}/{row.id}").text
    assert "Maryati Kusumawardani" in staff_page
    assert "0812-3456-7890" in staff_page


def test_an_anonymous_one_leaves_no_trace_of_its_sender_in_any_table(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Callable[..., Person]
) -> None:
    staff(village)
    before = everything(app, village)
    answer = send(phone, anonymous="1", foto=(io.BytesIO(picture_with_place()), "maryati.jpg"))
    assert answer.status_code == 200, answer.text
    assert CODE.search(answer.text)
    settle(app)
    after = everything(app, village)
    new = {table: sorted(set(rows) - set(before[table])) for table, rows in after.items()}
    changed = {table for table, rows in new.items() if rows}
    assert {"complaint", "case_step", "case_file", "notification"} <= changed
    assert "audit_entry" not in changed, "the audit log holds accounts and addresses"
    marks = (
        str(phone.account_id),
        str(phone.resident_id),
        "Maryati",
        "Kusumawardani",
        "maryati",
        "127.0.0.1",
    )
    for table, rows in new.items():
        for row in rows:
            if table != "portal_session":
                assert not [mark for mark in marks if mark in row], (table, row)
    times = re.compile(r"datetime\.datetime\(([0-9, ]+)")
    for table in ("complaint", "case_step", "case_file", "notification"):
        for line in new[table]:
            ids = [uuid.UUID(found) for found in re.findall(r"UUID\('([0-9a-f-]{36})'\)", line)]
            assert ids
            assert ids[0].version == 4, (table, "an id that holds a time")
            if table != "notification":
                assert {one.version for one in ids} == {4}, (table, line)
            for found in times.findall(line):
                moment = [int(part) for part in found.split(",") if part.strip()]
                promised = dt.date(*moment[:3]) > now().date() + dt.timedelta(days=1)
                assert promised or not any(moment[4:]), (table, found, "a minute")
    (row,) = complaints(app, village)
    with inside(app, village):
        from app.core.privacy.vault import open_vault

        kept = open_vault().open_json(row.box, f"complaint:{row.id}")
    assert set(kept) == {"title", "text", "place"}
    assert row.is_anonymous
    assert "Lampu jalan mati" not in phone.get("/layanan/pengaduan").text
    assert phone.get(f"/layanan/pengaduan/{row.id}").status_code == 404


def test_nothing_that_was_written_stands_in_clear_but_a_masked_title_and_place(
    app: SigerFlask, village: Tenant, phone: Phone
) -> None:
    send(phone, title="Hubungi 0812-3456-7890 soal lampu", place="Rumah 1806201705800001")
    rows = [row for kept in everything(app, village).values() for row in kept]
    for secret in ("0812-3456-7890", "1806201705800001", "mati sejak seminggu"):
        assert not [row for row in rows if secret in row], secret


def test_its_code_leads_back_to_it_and_to_its_private_answer(
    app: SigerFlask, village: Tenant, stranger: Visitor, staff: Callable[..., Person]
) -> None:
    found = CODE.search(send(stranger, OPEN).text)
    assert found
    (row,) = complaints(app, village)
    person = staff(village)
    assert deed(person, row, "jawab", answer="Kami ganti besok pagi.").status_code == 303
    page = stranger.submit("/pengaduan/cek", {"kode": found[1].lower().replace("-", " ")})
    assert "Kami ganti besok pagi." in page.text
    assert found[1] not in page.request.url
    assert (
        stranger.submit(
            "/pengaduan/nilai", {"kode": found[1], "rating": "4"}, form="/pengaduan/cek"
        ).status_code
        == 200
    )
    assert complaints(app, village)[0].rating == 4
    wrong = stranger.submit("/pengaduan/cek", {"kode": "ABCD-EFGH-JKMN"})
    assert wrong.status_code == 404
    assert "tidak dikenal" in wrong.text
    rows = [kept for rows in everything(app, village).values() for kept in rows]
    assert not [kept for kept in rows if "besok pagi" in kept], "a private answer is sealed"


def test_somebody_without_an_account_may_leave_a_name_that_only_staff_reads(
    app: SigerFlask, village: Tenant, stranger: Visitor, staff: Callable[..., Person]
) -> None:
    send(stranger, OPEN, name="Pak Tamu", contact="tamu@contoh.test")
    (row,) = complaints(app, village)
    assert not row.is_anonymous
    page = staff(village).get(f"{LIST}/{row.id}").text
    assert "Pak Tamu" in page
    assert "tamu@contoh.test" in page
    rows = [kept for rows in everything(app, village).values() for kept in rows]
    assert not [kept for kept in rows if "Pak Tamu" in kept or "tamu@" in kept]


def test_what_fills_in_the_trap_is_thanked_and_forgotten(
    app: SigerFlask, village: Tenant, stranger: Visitor
) -> None:
    assert send(stranger, OPEN, situs="https://contoh.test").status_code == 200
    assert not complaints(app, village)


def test_the_same_form_sent_five_times_is_one_complaint(
    app: SigerFlask, village: Tenant, stranger: Visitor
) -> None:
    key = str(uuid.uuid4())
    codes = {CODE.search(send(stranger, OPEN, kunci=key).text)[1] for _ in range(5)}  # type: ignore[index]
    assert len(codes) == 1
    assert len(complaints(app, village)) == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": ""}, "Wajib diisi."),
        ({"category": "hantu"}, "Pilih salah satu dari daftar."),
        ({"text": "pendek"}, "Terlalu pendek"),
        ({"text": "x" * 3001}, "Terlalu panjang"),
        ({"point": "di sana"}, "Titik peta ditulis"),
        ({"point": "95.0, 104.0"}, "Titik peta ditulis"),
        ({"sub_area_id": "00000000-0000-7000-8000-000000000000"}, "Pilih salah satu dari daftar."),
    ],
)
def test_what_is_wrong_comes_back_with_what_was_typed(
    app: SigerFlask, village: Tenant, phone: Phone, typed: dict[str, str], sentence: str
) -> None:
    answer = send(phone, **typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Depan masjid Al Huda" in answer.text
    assert not complaints(app, village)


def test_a_photo_that_is_none_is_refused_and_one_that_is_tells_no_place(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Callable[..., Person]
) -> None:
    for bad in (b"<svg onload=alert(1)>", b"%PDF-1.7 x"):
        answer = send(phone, foto=(io.BytesIO(bad), "foto.jpg"))
        assert answer.status_code == 422
        assert "Foto ke-1" in answer.text
    many = [(io.BytesIO(picture_with_place()), f"{number}.jpg") for number in range(5)]
    assert "Paling banyak 4 foto" in send(phone, foto=many).text
    assert not complaints(app, village)
    assert send(phone, foto=(io.BytesIO(picture_with_place()), "foto.jpg")).status_code == 303
    (row,) = complaints(app, village)
    person, outsider = staff(village), staff(village, role="cadre")
    page = person.get(f"{LIST}/{row.id}").text
    address = re.search(rf'src="({LIST}/{row.id}/foto/[0-9a-f-]+)"', page)
    assert address
    shown = person.get(address[1])
    assert shown.content_type == "image/jpeg"
    assert b"GPS" not in shown.data
    assert "private" in shown.headers["Cache-Control"]
    assert outsider.get(address[1]).status_code == 403
    assert person.get(f"{LIST}/{uuid.uuid4()}/foto/{address[1].rpartition('/')[2]}").status_code == 404


def test_a_public_answer_shows_an_edited_text_without_names_and_numbers(
    app: SigerFlask,
    village: Tenant,
    phone: Phone,
    stranger: Visitor,
    staff: Callable[..., Person],
) -> None:
    send(phone)
    (row,) = complaints(app, village)
    person = staff(village)
    assert stranger.get("/pengaduan").status_code == 200
    refused = deed(person, row, "jawab", answer="Sudah diganti.", public="1")
    assert refused.status_code == 422
    assert "Tulis isi yang boleh dibaca semua orang." in refused.text
    done = deed(
        person, row, "jawab", answer="Sudah diganti, terima kasih Maryati.", public="1",
        public_text="Maryati melaporkan lampu mati, telepon 0812-3456-7890.",
    )  # fmt: skip
    assert done.status_code == 303
    page = stranger.get("/pengaduan").text
    assert "Sudah diganti" in page
    assert "melaporkan lampu mati" in page
    assert "Maryati" not in page
    assert "3456" not in page
    deed(person, row, "tarik")
    assert "melaporkan lampu mati" not in stranger.get("/pengaduan").text


def test_names_become_initials() -> None:
    assert fit_for_everybody("Kata Bu Siti Aminah, SITI", ["Siti Aminah"]) == "Kata Bu S. A., S."


def test_the_sender_is_told_and_rates_the_answer(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Callable[..., Person]
) -> None:
    send(phone)
    (row,) = complaints(app, village)
    person = staff(village)
    early = phone.submit(f"/layanan/pengaduan/{row.id}/nilai", {"rating": "5"}, form=NEW)
    assert early.status_code == 303
    assert complaints(app, village)[0].rating is None
    assert deed(person, row, "tangani").status_code == 303
    assert deed(person, row, "jawab", answer="Sudah diperbaiki.").status_code == 303
    inbox = phone.get("/layanan/pemberitahuan").text
    assert "Pengaduan Anda dijawab" in inbox
    assert "Sudah diperbaiki." not in inbox, "the text says no more than is needed"
    assert "Sudah diperbaiki." in phone.get(f"/layanan/pengaduan/{row.id}").text
    phone.submit(f"/layanan/pengaduan/{row.id}/nilai", {"rating": "5"}, form=NEW)
    assert deed(person, row, "tutup").status_code == 303
    (row,) = complaints(app, village)
    assert (row.rating, row.state) == (5, "closed")
    with inside(app, village):
        told = db.session.scalars(select(Notification).where(Notification.audience == "resident")).all()
        assert {one.recipient_id for one in told} == {phone.account_id}


def test_a_refusal_has_a_reason_that_the_sender_reads(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Callable[..., Person]
) -> None:
    send(phone)
    (row,) = complaints(app, village)
    person = staff(village)
    assert deed(person, row, "tolak", reason="").status_code == 422
    assert deed(person, row, "tutup").status_code == 303
    assert complaints(app, village)[0].state == "received", "nobody has answered it"
    deed(person, row, "tolak", reason="Ini wewenang PLN, sudah kami teruskan.")
    assert complaints(app, village)[0].state == "rejected"
    assert "wewenang PLN" in phone.get(f"/layanan/pengaduan/{row.id}").text


def test_it_is_given_to_a_colleague_who_is_told(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Callable[..., Person]
) -> None:
    send(phone)
    (row,) = complaints(app, village)
    person, colleague, cadre = staff(village), staff(village, role="operator"), staff(village, role="cadre")
    deed(person, row, "serahkan", account_id=str(colleague.account_id))
    assert "Pengaduan untuk Anda" in colleague.get("/pemberitahuan").text
    assert complaints(app, village)[0].handled_by == colleague.name
    deed(person, row, "serahkan", account_id=str(cadre.account_id))
    assert complaints(app, village)[0].handled_by == colleague.name


def test_who_saw_an_older_version_reads_the_newer_one_first(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Callable[..., Person]
) -> None:
    send(phone)
    (row,) = complaints(app, village)
    person = staff(village)
    deed(person, row, "tangani")
    answer = deed(person, row, "jawab", answer="Sudah diperbaiki.", row_version="1")
    assert answer.status_code == 409
    assert "Rekan Anda" in answer.text
    assert "Sudah diperbaiki." in answer.text
    assert complaints(app, village)[0].state == "in_progress"


def test_what_waits_too_long_stands_on_top(
    app: SigerFlask,
    village: Tenant,
    phone: Phone,
    staff: Callable[..., Person],
    count_queries: Callable[..., object],
) -> None:
    for number in range(30):
        send(phone, title=f"Keluhan nomor {number:02}")
    with inside(app, village):
        late = select(Complaint.id).where(Complaint.title == "Keluhan nomor 03").scalar_subquery()
        db.session.execute(
            update(Complaint).where(Complaint.id == late).values(due_at=now() - dt.timedelta(days=1))
        )
        db.session.commit()
    person = staff(village)
    person.get(LIST)
    with count_queries(at_most=8):  # type: ignore[attr-defined]
        page = person.get(LIST).text
    titles = re.findall(r"Keluhan nomor (\d\d)", page)
    assert titles[0] == "03"
    assert "Lewat janji" in page
    assert len(titles) == 25
    assert "Keluhan nomor 03" in person.get(f"{LIST}?keadaan=overdue").text
    found = person.get(f"{LIST}?q=nomor 07").text
    assert re.findall(r"Keluhan nomor (\d\d)", found) == ["07"]
    assert "Tidak ada yang cocok" in person.get(f"{LIST}?jenis=water").text
    assert person.get(f"{LIST}?hal=2").status_code == 200


def test_the_spreadsheet_names_no_sender(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Callable[..., Person]
) -> None:
    send(phone, title="=HYPERLINK(1)")
    answer = staff(village).get(f"{LIST}/unduh")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    answer.close()
    assert ">'=HYPERLINK(1)<" in sheet
    assert "<f>" not in sheet
    assert "Maryati" not in sheet
    assert "masjid mati" not in sheet


def test_another_village_finds_none_of_it_and_without_the_permission_nothing_is_done(
    app: SigerFlask,
    make_village: Callable[[], Tenant],
    village: Tenant,
    phone: Phone,
    staff: Callable[..., Person],
) -> None:
    send(phone)
    (row,) = complaints(app, village)
    foreign, cadre, section = (
        staff(make_village()),
        staff(village, role="cadre"),
        staff(village, role="section_staff"),
    )
    other = a_phone(app, village, a_resident(app, village))
    deeds = {
        "tangani": {}, "serahkan": {"account_id": str(section.account_id)}, "jawab": {"answer": "Sudah beres."},
        "tarik": {}, "tutup": {}, "tolak": {"reason": "bukan wewenang"},
    }  # fmt: skip
    assert foreign.get(f"{LIST}/{row.id}").status_code == 404
    for path, data in deeds.items():
        assert deed(section, row, path, **data).status_code == 403, path
        assert deed(cadre, row, path, **data).status_code == 403, path
        wanted = 303 if path == "serahkan" else 404
        assert deed(foreign, row, path, **data).status_code == wanted, path
    assert section.get(f"{LIST}/{row.id}").status_code == 200
    assert other.get(f"/layanan/pengaduan/{row.id}").status_code == 404
    assert other.submit(f"/layanan/pengaduan/{row.id}/nilai", {"rating": "1"}, form=NEW).status_code == 404
    assert complaints(app, village)[0].row_version == 1


def test_a_program_reads_and_answers(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Callable[..., Person]
) -> None:
    from tests.core.test_api_village import program_of

    send(phone)
    send(phone, title="Jalan berlubang", category="road")
    program = program_of(app, village)
    page = program.get("/api/v1/complaints?limit=1").json
    assert page["items"][0]["title"] == "Jalan berlubang"
    more = program.get(f"/api/v1/complaints?limit=1&after={page['next']}").json
    assert more["items"][0]["title"] == "Lampu jalan mati"
    address = f"/api/v1/complaints/{more['items'][0]['id']}"
    assert program.get(address).json["sender_name"] == "Maryati Kusumawardani"
    stale = program.send("POST", f"{address}/answer", {"answer": "Sudah"}, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    bad = program.send("POST", f"{address}/answer", {"answer": "Sudah beres", "public": True})
    assert bad.status_code == 422
    done = program.send("POST", f"{address}/answer", {"answer": "Sudah beres"}, headers={"If-Match": '"1"'})
    assert done.json["state"] == "answered"
    assert done.json["steps"][-1]["text"] == "Sudah beres"
    assert program.get(f"/api/v1/complaints/{uuid.uuid4()}").status_code == 404


def test_the_head_reads_in_the_morning_what_waits(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Callable[..., Person]
) -> None:
    from app.core.notifications.digest import send_digest

    head = staff(village, role="village_head")
    send(phone)
    with inside(app, village):
        assert send_digest() == 2
        db.session.commit()
    assert "1 pengaduan baru belum ditangani" in head.get("/pemberitahuan").text


def test_a_resident_may_do_without_being_told(
    app: SigerFlask, village: Tenant, phone: Phone, staff: Callable[..., Person]
) -> None:
    answer = phone.submit("/layanan/pemberitahuan/pilihan", {"on": []}, form="/layanan/pemberitahuan")
    assert answer.status_code == 303
    send(phone)
    (row,) = complaints(app, village)
    deed(staff(village), row, "jawab", answer="Sudah beres.")
    with inside(app, village):
        told = db.session.scalars(select(Notification).where(Notification.audience == "resident")).all()
    assert not told


def test_a_village_that_does_without_has_no_such_pages(
    app: SigerFlask, village: Tenant, stranger: Visitor, phone: Phone, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    assert "/pengaduan" in stranger.get("/").text
    person.submit("/pengaturan/fitur", {"on": ["selfservice"]})
    for visitor, path in ((stranger, "/pengaduan"), (stranger, OPEN), (phone, NEW), (person, LIST)):
        assert visitor.get(path).status_code == 404, path
