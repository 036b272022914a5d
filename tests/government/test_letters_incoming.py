"""Incoming letters: agenda numbers without gaps, dispositions, secrecy, scans, two clerks at once."""

from __future__ import annotations

import datetime as dt
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.hosting import SigerFlask
from app.core.village.models import Official
from app.core.village.queries import today
from app.extensions import db
from app.government.letters.books import incoming_services as services
from app.government.letters.models import IncomingLetter, Letter, LetterCounter
from tenants.scope import Tenant, tenant_scope
from tests.government.test_residents_pages import audited
from tests.support.images import picture
from tests.support.people import Person
from tests.support.uploads import send_form

Staff = Callable[..., Person]
LETTER = {
    "sender": "Kecamatan Gisting",
    "subject": "Undangan rapat koordinasi",
    "number": "005/114/KEC/2026",
    "urgency": "urgent",
    "secrecy": "open",
}


def a_letter(app: SigerFlask, village: Tenant, **values: Any) -> uuid.UUID:
    """An incoming letter, recorded by nobody in particular."""
    with app.app_context(), tenant_scope(village):
        return services.record_incoming({**LETTER, **values}).id


def officials(app: SigerFlask, village: Tenant) -> list[uuid.UUID]:
    """Two officials besides the head."""
    with app.app_context(), tenant_scope(village):
        found = [
            Official(name="Siti Aminah", title="Kepala Seksi Pelayanan", position="section", sort_order=51),
            Official(name="Budi Santoso", title="Kepala Urusan Umum", position="other", sort_order=52),
        ]
        db.session.add_all(found)
        db.session.commit()
        return [one.id for one in found]


def state_of(app: SigerFlask, village: Tenant, letter_id: uuid.UUID) -> str:
    with app.app_context(), tenant_scope(village):
        return db.session.scalar(select(IncomingLetter.state).where(IncomingLetter.id == letter_id)) or ""


def test_a_letter_is_recorded_with_its_pages(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village, role="operator")
    answer = send_form(
        clerk, "/surat/masuk/catat", {**LETTER, "received_on": "", "scans": (picture(), "a.png")}
    )
    assert answer.status_code == 303
    page = clerk.get(answer.headers["Location"]).text
    assert f"agenda 1/{today().year}" in page
    assert "Kecamatan Gisting" in page
    scan = re.search(r'href="(/surat/masuk/[^"]+/pindaian/[^"]+)"', page)
    assert scan is not None
    opened = clerk.get(scan[1])
    assert opened.content_type == "image/jpeg"
    assert audited(app, village, "incoming_letter.recorded")[0][0] == f"1/{today().year}"
    listed = clerk.get("/surat/masuk?q=koordinasi+gisting").text
    assert "Undangan rapat koordinasi" in listed
    assert "Tidak ada surat yang cocok" in clerk.get("/surat/masuk?q=bandara").text


def test_what_is_wrong_is_said_and_uses_up_no_number(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    tomorrow = today() + dt.timedelta(days=1)
    for wrong, sentence in (
        ({"sender": ""}, "Wajib diisi"),
        ({"received_on": tomorrow.isoformat()}, "belum tiba"),
        ({"letter_date": tomorrow.isoformat()}, "sesudah surat itu diterima"),
        ({"due_on": "2020-01-01"}, "sebelum surat itu diterima"),
        ({"scans": (b"MZ not a scan", "a.pdf")}, "Hanya PDF, JPG, atau PNG"),
        ({"first_number": "tujuh"}, "angka saja"),
    ):
        answer = send_form(clerk, "/surat/masuk/catat", {**LETTER, **wrong})
        assert answer.status_code == 422, wrong
        assert sentence in answer.text
        assert "Undangan rapat koordinasi" in answer.text
    with app.app_context(), tenant_scope(village):
        assert db.session.scalar(select(func.count()).select_from(LetterCounter)) == 0


def test_the_paper_book_goes_on(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    assert "Nomor agenda pertama" in clerk.get("/surat/masuk/catat").text
    clerk.submit("/surat/masuk/catat", {**LETTER, "first_number": "88"})
    clerk.submit("/surat/masuk/catat", {**LETTER, "first_number": "5"})
    page = clerk.get("/surat/masuk/catat").text
    assert "Nomor agenda pertama" not in page
    assert "Nomor agenda berikutnya: 90" in page


def test_the_same_form_twice_is_one_letter(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    once = str(uuid.uuid4())
    first = clerk.submit("/surat/masuk/catat", {**LETTER, "once": once})
    second = clerk.submit("/surat/masuk/catat", {**LETTER, "once": once})
    assert first.headers["Location"] == second.headers["Location"]
    with app.app_context(), tenant_scope(village):
        assert db.session.scalar(select(func.count()).select_from(IncomingLetter)) == 1


def test_twenty_at_once_get_twenty_numbers_without_a_gap(app: SigerFlask, village: Tenant) -> None:
    failed: list[BaseException] = []
    start = threading.Barrier(20)

    def record() -> None:
        try:
            with app.app_context(), tenant_scope(village):
                start.wait()
                services.record_incoming(LETTER)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=record) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with app.app_context(), tenant_scope(village):
        drawn = sorted(db.session.scalars(select(IncomingLetter.sequence)))
    assert drawn == list(range(1, 21))


def test_two_clerks_see_both_versions(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    letter_id = a_letter(app, village)
    first, second = staff(village), staff(village, role="operator")
    path = f"/surat/masuk/{letter_id}/ubah"
    seen = re.search(r'name="row_version" value="(\d+)"', second.get(path).text)
    assert seen is not None
    first.submit(path, {**LETTER, "row_version": seen[1], "sender": "Camat Gisting"})
    answer = second.submit(path, {**LETTER, "row_version": seen[1], "sender": "Kantor Camat"})
    assert answer.status_code == 409
    assert "Camat Gisting" in answer.text
    assert "Kantor Camat" in answer.text
    with app.app_context(), tenant_scope(village):
        letter = db.session.get(IncomingLetter, letter_id)
        assert letter is not None
        assert letter.sender == "Camat Gisting"
        assert "camat gisting" in letter.search


def test_a_letter_stays_in_its_year(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    letter_id = a_letter(app, village)
    clerk = staff(village)
    answer = clerk.submit(
        f"/surat/masuk/{letter_id}/ubah",
        {**LETTER, "row_version": "1", "received_on": f"{today().year - 1}-12-30"},
    )
    assert answer.status_code == 422
    assert "Nomor agenda milik tahun" in answer.text


def test_a_cancelled_letter_keeps_its_number(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    letter_id = a_letter(app, village)
    clerk = staff(village)
    path = f"/surat/masuk/{letter_id}/batal"
    assert clerk.submit(path, {"note": ""}).status_code == 422
    assert clerk.submit(path, {"note": "tercatat dua kali"}).status_code == 303
    page = clerk.get(f"/surat/masuk/{letter_id}").text
    assert "Dibatalkan" in page
    assert "tercatat dua kali" in page
    assert clerk.submit(path, {"note": "sekali lagi"}).status_code == 422
    with app.app_context(), tenant_scope(village):
        assert services.record_incoming(LETTER).sequence == 2


def test_a_disposition_from_head_to_report(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    letter_id = a_letter(app, village)
    service, general = officials(app, village)
    head, section = staff(village, role="village_head"), staff(village, role="section_staff")
    path = f"/surat/masuk/{letter_id}/disposisi"
    nobody = head.submit(path, {"instructions": ["attend"], "secrecy": "open"})
    assert nobody.status_code == 422
    assert "paling sedikit satu perangkat" in nobody.text
    due = (today() + dt.timedelta(days=3)).isoformat()
    given = head.submit(
        path,
        {
            "officials": [str(service), str(general)],
            "instructions": ["attend", "answer"],
            "text": "Bawa data penerima bantuan, hubungi 0812-3456-7890.",
            "due_on": due,
            "secrecy": "limited",
        },
    )
    assert given.status_code == 303
    assert state_of(app, village, letter_id) == "disposed"
    page = section.get(f"/surat/masuk/{letter_id}").text
    assert "Kepala Seksi Pelayanan, Kepala Urusan Umum" in page
    assert "Hadiri atau wakili saya" in page
    assert "0812-3456-7890" not in page
    done = re.search(r'action="(/surat/masuk/[^"]+/selesai)"', page)
    sheet = re.search(r'href="(/surat/masuk/[^"]+/lembar)"', page)
    assert done is not None
    assert sheet is not None
    pdf = section.get(sheet[1])
    assert pdf.data.startswith(b"%PDF")
    assert section.get(f"/surat/masuk/{letter_id}/lembar-disposisi").data.startswith(b"%PDF")
    assert section.submit(done[1], {"note": ""}, form=f"/surat/masuk/{letter_id}").status_code == 422
    reported = section.submit(done[1], {"note": "Rapat dihadiri."}, form=f"/surat/masuk/{letter_id}")
    assert reported.status_code == 303
    assert state_of(app, village, letter_id) == "done"
    again = section.submit(done[1], {"note": "Sekali lagi."}, form=f"/surat/masuk/{letter_id}")
    assert again.status_code == 422
    assert "sudah dilaporkan" in again.text


def test_secret_letters_are_for_those_who_record_or_dispose(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    letter_id = a_letter(app, village, secrecy="secret", subject="Pemeriksaan khusus", due_on=today())
    section, head = staff(village, role="section_staff"), staff(village, role="village_head")
    assert section.get(f"/surat/masuk/{letter_id}").status_code == 404
    assert section.get(f"/surat/masuk/{letter_id}/lembar-disposisi").status_code == 404
    assert "Pemeriksaan khusus" not in section.get("/surat/masuk").text
    assert "Pemeriksaan khusus" in head.get("/surat/masuk").text
    assert head.get(f"/surat/masuk/{letter_id}").status_code == 200
    told = audited(app, village, "incoming_letter.recorded")
    assert "Pemeriksaan" not in str(told)


def test_a_secret_disposition_is_not_shown_to_others(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    letter_id = a_letter(app, village)
    service, _general = officials(app, village)
    head, section = staff(village, role="village_head"), staff(village, role="section_staff")
    head.submit(
        f"/surat/masuk/{letter_id}/disposisi",
        {
            "officials": [str(service)],
            "instructions": ["handle"],
            "text": "Selidiki diam-diam",
            "secrecy": "secret",
        },
    )
    assert "Selidiki diam-diam" in head.get(f"/surat/masuk/{letter_id}").text
    assert "Selidiki diam-diam" not in section.get(f"/surat/masuk/{letter_id}").text


def test_a_reply_is_an_outgoing_letter_that_was_issued(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    letter_id = a_letter(app, village)
    clerk = staff(village)
    path, form = f"/surat/masuk/{letter_id}/balasan", f"/surat/masuk/{letter_id}"
    assert clerk.submit(path, {"number": "470/1/X"}, form=form).status_code == 422
    with app.app_context(), tenant_scope(village):
        db.session.add(
            Letter(
                type_code="x", title="Surat balasan", state="issued", year=2026, sequence=1, number="470/1/X",
                search="470/1/X Surat balasan", letter_date=today(),
            )
        )  # fmt: skip
        db.session.commit()
    assert clerk.submit(path, {"number": " 470/1/x "}, form=form).status_code == 303
    assert "470/1/X" in clerk.get(form).text


def test_filters_and_pages(app: SigerFlask, village: Tenant, staff: Staff, count_queries: Any) -> None:
    for number in range(53):
        a_letter(app, village, subject=f"Surat ke-{number + 1}", due_on=today() if number else None)
    with app.app_context(), tenant_scope(village):
        for letter in db.session.scalars(select(IncomingLetter).where(IncomingLetter.sequence <= 2)):
            letter.due_on, letter.received_on = today() - dt.timedelta(days=2), today() - dt.timedelta(days=9)
        db.session.commit()
    clerk = staff(village)
    clerk.get("/surat/masuk")
    with count_queries(at_most=8):
        first = clerk.get("/surat/masuk")
    assert "Surat ke-53" in first.text
    assert "Surat ke-3<" not in first.text
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert older is not None
    second = clerk.get(older[1].replace("&amp;", "&"))
    assert "Surat ke-3<" in second.text
    newer = re.search(r'rel="prev" href="([^"]+)"', second.text)
    assert newer is not None
    assert "Surat ke-53" in clerk.get(newer[1].replace("&amp;", "&")).text
    late = clerk.get("/surat/masuk?lewat=1").text
    assert "Surat ke-1<" in late
    assert "Surat ke-3<" not in late
    assert "Surat ke-9<" not in clerk.get(f"/surat/masuk?tahun={today().year - 1}").text
    assert clerk.get("/surat/masuk?lama=x_y&tahun=abc&bulan=99&keadaan=%00").status_code == 200
    with count_queries(at_most=8):
        clerk.get(re.findall(r'href="(/surat/masuk/[0-9a-f-]{36})"', first.text)[0])


def test_another_villages_letter_is_unknown(
    app: SigerFlask, village: Tenant, make_village: Callable[[], Tenant], staff: Staff
) -> None:
    other = make_village()
    letter_id = a_letter(app, other)
    clerk = staff(village)
    form = "/surat/masuk/catat"
    for path in ("", "/ubah", "/batal", "/disposisi", "/lembar-disposisi", f"/pindaian/{uuid.uuid4()}"):
        assert clerk.get(f"/surat/masuk/{letter_id}{path}").status_code == 404, path
    here = {"note": "alasan", "number": "1", **LETTER}
    disposition = uuid.uuid4()
    for path in (
        "/ubah", "/batal", "/pindaian", f"/pindaian/{uuid.uuid4()}/hapus", f"/disposisi/{disposition}/selesai",
        "/selesai", "/balasan",
    ):  # fmt: skip
        answer = clerk.submit(f"/surat/masuk/{letter_id}{path}", here, form=form)
        assert answer.status_code == 404, path
    official = officials(app, village)[0]
    sent = {"officials": [str(official)], "instructions": ["know"], "secrecy": "open"}
    assert clerk.submit(f"/surat/masuk/{letter_id}/disposisi", sent, form=form).status_code == 404


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("section_staff", ()), ("operator", ("ubah", "batal")), ("village_head", ("disposisi",))],
)
def test_permissions(
    app: SigerFlask, village: Tenant, staff: Staff, role: str, allowed: tuple[str, ...]
) -> None:
    letter_id = a_letter(app, village)
    officials(app, village)
    person = staff(village, role=role)
    for path in ("ubah", "batal", "disposisi"):
        expected = 200 if path in allowed else 403
        assert person.get(f"/surat/masuk/{letter_id}/{path}").status_code == expected, path
        sent = person.post(f"/surat/masuk/{letter_id}/{path}", {"note": "x"})
        assert sent.status_code == (400 if path in allowed else 403) or sent.status_code in (400, 403)
