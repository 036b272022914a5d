"""A case from the call for help to its end, on both hosts: thread, files, what is told, what is seen by whom."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.audit.models import TenantAuditEntry
from app.core.hosting import SigerFlask
from app.core.notifications.models import Notification
from app.extensions import db
from tenants.scope import Tenant, tenant_scope
from tests.province.mentoring.helping import (
    NASTY,
    a_mentor,
    asked,
    case,
    cases_of,
    deed,
    entries,
    noted,
    opened,
)
from tests.support.people import Person, deliver_letters
from tests.support.uploads import send_form
from tests.support.visitors import Visitor
from tests.support.work import settle

Staff = Callable[..., Any]
Officer = Callable[..., Visitor]
Villages = Callable[[], Tenant]
PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\nxref\n0 1\ntrailer\n<< >>\nstartxref\n9\n%%EOF\n"


@pytest.fixture
def clerk(village: Tenant, staff: Staff) -> Person:
    """Somebody of the village."""
    return staff(village, role="operator", name="Agus Operator")  # type: ignore[no-any-return]


def told(app: SigerFlask, village: Tenant, event: str) -> int:
    """How many messages inside the application a village's staff got of an event."""
    with app.app_context(), tenant_scope(village):
        query = select(func.count()).where(Notification.event == event, Notification.channel == "in_app")
        return db.session.scalar(query) or 0


def badge(page: str) -> str:
    """The number beside the menu's entry of mentoring; empty without one."""
    entry = page.split('href="/pendampingan"', 1)[1].split("</a>", 1)[0]
    return entry.split('<em class="tag tag-warning">', 1)[1].split("<", 1)[0] if "<em" in entry else ""


def test_a_call_for_help_goes_to_the_mentor_and_comes_back_solved(
    app: SigerFlask, village: Tenant, clerk: Person
) -> None:
    mentor = a_mentor(app, village, name="Dewi Pendamping")
    deliver_letters(app)
    key = asked(clerk, halaman="/penduduk?q=rahasia")
    row = case(app, key)
    assert (row.origin, row.state, row.mentor_id, row.priority) == (
        "village",
        "open",
        mentor.account_id,
        "normal",
    )
    assert (row.page_path, row.page_title) == ("/penduduk", "Penduduk")
    assert row.respond_by < row.due_at
    (letter,) = [one for one in deliver_letters(app) if one.to == mentor.email]
    assert f"/pendampingan/{key}" in letter.text
    assert "Tombol cetak" not in letter.text
    assert badge(mentor.get("/desa").text) == "1"
    page = mentor.get(f"/pendampingan/{key}").text
    assert "Tombol cetak tidak muncul." in page
    assert badge(mentor.get("/pendampingan").text) == "1"
    deed(mentor, key, "tulis", {"body": "Sudah dicoba muat ulang?"})
    row = case(app, key)
    assert row.state == "in_progress"
    assert row.responded_at is not None
    assert badge(mentor.get("/pendampingan").text) == ""
    settle(app)
    assert told(app, village, "mentoring.answered") == 1
    assert badge(clerk.get("/beranda").text) == "1"
    assert "Sudah dicoba muat ulang?" in clerk.get(f"/pendampingan/{key}").text
    assert badge(clerk.get("/beranda").text) == ""
    clerk.submit(f"/pendampingan/{key}/balas", {"body": "Sudah, belum bisa."}, form=f"/pendampingan/{key}")
    (letter,) = [one for one in deliver_letters(app) if one.to == mentor.email]
    assert "Agus Operator" in letter.text
    deed(mentor, key, "selesai", {"solution": "Peramban diperbarui."})
    settle(app)
    assert told(app, village, "mentoring.moved") == 1
    assert "Sudah terbantu?" in clerk.get(f"/pendampingan/{key}").text
    clerk.submit(f"/pendampingan/{key}/selesai", form=f"/pendampingan/{key}")
    assert case(app, key).state == "closed"
    assert [entry.kind for entry in entries(app, key)] == ["opened", "message", "message", "solved", "closed"]
    with app.app_context(), tenant_scope(village):
        actions = set(db.session.scalars(select(TenantAuditEntry.action)))
    assert {"mentoring.asked", "mentoring.answered", "mentoring.confirmed"} <= actions
    assert noted(app, "mentoring.solved", key)


def test_every_staff_page_shows_the_mentor_and_asks_from_where_one_is(
    app: SigerFlask, village: Tenant, clerk: Person, count_queries: Callable[..., Any]
) -> None:
    before = clerk.get("/pemberitahuan").text
    assert 'href="/pendampingan/minta?halaman=/pemberitahuan"' in before
    a_mentor(app, village, name=f"Dewi {NASTY}")
    for path in ("/beranda", "/penduduk", "/surat", "/kabar", "/pemberitahuan"):
        page = clerk.get(path).text
        assert "Dewi &lt;script&gt;" in page, path
        assert NASTY not in page
        assert 'href="tel:081200001234"' in page
        assert f"halaman={path}" in page
    clerk.get("/pemberitahuan")
    with count_queries(at_most=30) as asked_for:
        assert "0812-0000-1234" in clerk.get("/pemberitahuan").text
    assert not [statement for statement in asked_for if "mentor" in statement]
    form = clerk.get("/pendampingan/minta?halaman=/pemberitahuan/pilihan").text
    assert "Halaman yang ikut terkirim" in form
    for foreign in ("https://jahat.test/", "//jahat.test", "/tidak/ada", "/", "/masuk"):
        assert "Halaman yang ikut terkirim" not in clerk.get(f"/pendampingan/minta?halaman={foreign}").text, (
            foreign
        )


def test_numbers_of_residents_do_not_leave_the_village(
    app: SigerFlask, village: Tenant, clerk: Person
) -> None:
    key = asked(
        clerk, subject="Warga 1806201234560001 ganda", body="Nomornya 0812 3456 7890 dan 1806 2012 3456 0001."
    )
    row, (entry,) = case(app, key), entries(app, key)
    for text in (row.subject, entry.body):
        assert "1806201234560001" not in text
        assert "3456 7890" not in text
        assert "•" in text


def test_html_stays_text_everywhere(
    app: SigerFlask, village: Tenant, clerk: Person, officer: Officer
) -> None:
    mentor = a_mentor(app, village, name=f"Budi {NASTY}")
    key = asked(clerk, subject=f"Tolong {NASTY}", body=f"Isi {NASTY}", files=(PDF, f"{NASTY}.pdf"))
    deed(mentor, key, "tulis", {"body": NASTY, "as": "note"})
    deed(mentor, key, "tulis", {"body": NASTY})
    deed(mentor, key, "naikkan", {"reason": f"Sulit {NASTY}"})
    admin = officer("district_officer", village.district_code)
    pages = [admin.get(path).text for path in (
        "/pendampingan", "/pendampingan/daftar", f"/pendampingan/{key}", "/pendampingan/pendamping",
        f"/pendampingan/pendamping/{mentor.account_id}", f"/pendampingan/pendamping/{mentor.account_id}/akhiri",
    )]  # fmt: skip
    pages += [clerk.get(path).text for path in ("/pendampingan", f"/pendampingan/{key}", "/beranda")]
    deed(mentor, key, "selesai", {"solution": NASTY})
    pages += [clerk.get(f"/pendampingan/{key}").text, admin.get(f"/pendampingan/{key}").text]
    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
    assert all("\n" not in letter.subject for letter in deliver_letters(app))


def test_a_mentor_sees_the_villages_assigned_and_no_others(
    app: SigerFlask, make_village: Villages, staff: Staff, officer: Officer
) -> None:
    mine, other = make_village(), make_village()
    mentor = a_mentor(app, mine)
    stranger = a_mentor(app, region=mine.district_code)
    key, foreign = asked(staff(mine)), asked(staff(other), subject="Bukan urusanmu", files=(PDF, "a.pdf"))
    file = entries(app, foreign)[0].files[0]["id"]
    assert mentor.get(f"/pendampingan/{key}").status_code == 200
    for path in (
        f"/pendampingan/{foreign}",
        f"/pendampingan/{foreign}/berkas/{file}",
        f"/pendampingan/{uuid.uuid4()}",
    ):
        assert mentor.get(path).status_code == 404
    assert noted(app, "region.refused", other.code)
    for name in ("tulis", "ubah", "selesai", "tutup", "buka-lagi", "naikkan"):
        sent = {"body": "x", "solution": "x", "reason": "alasan"}
        answer = mentor.submit(f"/pendampingan/{foreign}/{name}", sent, form="/pendampingan/baru")
        assert answer.status_code == 404, name
    assert mentor.submit(f"/pendampingan/{key}/serahkan", {}, form="/pendampingan/baru").status_code == 403
    assert stranger.get(f"/pendampingan/{key}").status_code == 404
    for page in ("/pendampingan", "/pendampingan/daftar?keadaan=all"):
        shown = mentor.get(page).text
        assert str(key) in shown
        assert "Bukan urusanmu" not in shown
    assert "Tidak ada desa seperti ini" in send_form(
        mentor, "/pendampingan/baru", {"village": other.code, "subject": "Coba saja", "body": "x"}
    ).text  # fmt: skip
    elsewhere = "18.71" if not mine.code.startswith("18.71") else "18.72"
    far = officer("regency_admin", elsewhere)
    assert far.get(f"/pendampingan/{key}").status_code == 404
    assert far.get(f"/pendampingan/daftar?wilayah={mine.district_code}").status_code == 404
    assert far.get(f"/pendampingan/pendamping/{mentor.account_id}").status_code == 404
    near = officer("regency_admin", mine.regency_code)
    assert near.get(f"/pendampingan/{key}").status_code == 200
    analyst = officer("regency_analyst", mine.regency_code)
    assert analyst.get(f"/pendampingan/{key}").status_code == 200
    assert (
        analyst.submit(f"/pendampingan/{key}/tulis", {"body": "x"}, form="/pendampingan").status_code == 403
    )


def test_another_villages_case_is_not_found(app: SigerFlask, make_village: Villages, staff: Staff) -> None:
    mine, other = make_village(), make_village()
    key = asked(staff(mine), files=(PDF, "bukti.pdf"))
    file = entries(app, key)[0].files[0]["id"]
    stranger = staff(other)
    assert stranger.get(f"/pendampingan/{key}").status_code == 404
    assert stranger.get(f"/pendampingan/{key}/berkas/{file}").status_code == 404
    for name in ("balas", "selesai"):
        answer = stranger.submit(f"/pendampingan/{key}/{name}", {"body": "x"}, form="/pendampingan/minta")
        assert answer.status_code == 404
    own = asked(stranger)
    assert stranger.get(f"/pendampingan/{own}/berkas/{file}").status_code == 404
    again = send_form(stranger, "/pendampingan/minta", {"subject": "Ulang", "body": "x", "case_id": str(key)})
    assert again.status_code in (404, 422)
    assert len(entries(app, key)) == 1
    answer = staff(mine).get(f"/pendampingan/{key}/berkas/{file}")
    assert answer.data == PDF
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_sent_twice_is_one(app: SigerFlask, village: Tenant, clerk: Person) -> None:
    case_id, entry_id = uuid.uuid4(), uuid.uuid4()
    assert asked(clerk, case_id=str(case_id)) == asked(clerk, case_id=str(case_id)) == case_id
    for _time in range(2):
        sent = {"body": "Sekali saja", "entry_id": str(entry_id)}
        clerk.submit(f"/pendampingan/{case_id}/balas", sent, form=f"/pendampingan/{case_id}")
    assert len(cases_of(app, village)) == 1
    assert [entry.kind for entry in entries(app, case_id)] == ["opened", "message"]


def test_notes_are_the_programmes_own(app: SigerFlask, village: Tenant, clerk: Person) -> None:
    mentor = a_mentor(app, village)
    key = opened(mentor, village)
    settle(app)
    assert told(app, village, "mentoring.opened") >= 1
    deed(mentor, key, "tulis", {"body": "Operatornya baru diganti", "as": "note"})
    deed(mentor, key, "ubah", {"state": "waiting", "priority": "urgent", "topic": "devices"})
    assert "Operatornya baru diganti" in mentor.get(f"/pendampingan/{key}").text
    page = clerk.get(f"/pendampingan/{key}").text
    assert "Operatornya baru diganti" not in page
    assert "Mendesak" not in page
    assert "Menunggu desa" in page
    row = case(app, key)
    assert (row.due_at - row.opened_at).days == 3
    clerk.submit(f"/pendampingan/{key}/balas", {"body": "Kami siap"}, form=f"/pendampingan/{key}")
    assert case(app, key).state == "in_progress"


def test_who_was_slower_is_told(app: SigerFlask, village: Tenant, clerk: Person) -> None:
    mentor = a_mentor(app, village)
    key = asked(clerk)
    stale = {"row_version": "1", "priority": "low"}
    deed(mentor, key, "ubah", {"priority": "high"})
    page = mentor.submit(
        f"/pendampingan/{key}/ubah", stale, form=f"/pendampingan/{key}", follow_redirects=True
    )
    assert page.status_code == 409
    assert "baru saja berubah" in page.text
    assert case(app, key).priority == "high"


def test_what_was_solved_opens_again_with_the_villages_word(
    app: SigerFlask, village: Tenant, clerk: Person
) -> None:
    mentor = a_mentor(app, village)
    key = asked(clerk)
    deed(mentor, key, "selesai", {"solution": "Coba sekarang"})
    refused = deed(mentor, key, "ubah", {"priority": "high"})
    assert "sudah selesai" in refused.text
    clerk.submit(f"/pendampingan/{key}/balas", {"body": "Masih sama"}, form=f"/pendampingan/{key}")
    row = case(app, key)
    assert (row.state, row.solved_at) == ("in_progress", None)
    deed(mentor, key, "tutup", {"reason": "Salah alamat"})
    refused = clerk.submit(
        f"/pendampingan/{key}/balas", {"body": "Halo?"}, form="/pendampingan/minta", follow_redirects=True
    )
    assert "sudah ditutup" in refused.text
    deed(mentor, key, "buka-lagi", {"reason": "Ternyata perlu"})
    assert case(app, key).state == "in_progress"


def test_files_that_are_none_are_refused(app: SigerFlask, village: Tenant, clerk: Person) -> None:
    said = {
        "subject": "Lihat berkas ini",
        "body": "Isi",
        "topic": "other",
        "files": (b"MZ\x90\x00program", "a.exe"),
    }
    answer = send_form(clerk, "/pendampingan/minta", said)
    assert answer.status_code == 422
    assert "a.exe" in answer.text
    assert "Lihat berkas ini" in answer.text
    assert not cases_of(app, village)
    empty = send_form(clerk, "/pendampingan/minta", {"subject": "", "body": ""})
    assert empty.status_code == 422


def test_lists_ask_little(
    app: SigerFlask, village: Tenant, clerk: Person, officer: Officer, count_queries: Callable[..., Any]
) -> None:
    mentor = a_mentor(app, village)
    here = officer("district_officer", village.district_code)
    first = asked(clerk)
    sizes: dict[str, int] = {}
    for path in (
        "/pendampingan",
        "/pendampingan/daftar",
        "/pendampingan/pendamping",
        f"/pendampingan/{first}",
    ):
        here.get(path)
        with count_queries(at_most=10) as few:
            assert here.get(path).status_code == 200
        sizes[path] = len(few)
    clerk.get("/pendampingan")
    with count_queries(at_most=8):
        clerk.get("/pendampingan")
    for number in range(6):
        asked(clerk, subject=f"Kasus ke-{number}")
        deed(mentor, first, "tulis", {"body": f"Pesan {number}"})
    for path, most in sizes.items():
        here.get(path)
        with count_queries(at_most=most):
            here.get(path)


def test_cases_are_narrowed_by_region_and_mentor_with_what_stands_on_the_page(
    app: SigerFlask, make_village: Villages, staff: Staff, officer: Officer
) -> None:
    village = make_village()
    mentor = a_mentor(app, village, name="Saring <b>Pendamping</b>")
    key = asked(staff(village))
    regency = officer("regency_admin", village.regency_code)
    for page in ("/pendampingan", "/pendampingan/daftar"):
        shown = regency.get(page).text
        assert 'name="wilayah"' in shown
        assert f'<option value="{village.district_code}">' in shown
        assert f'<option value="{mentor.account_id}">Saring &lt;b&gt;Pendamping' in shown
        chosen = regency.get(f"{page}?wilayah={village.district_code}&pendamping={mentor.account_id}").text
        assert str(key) in chosen
        assert f'<option value="{village.district_code}" selected>' in chosen
        assert f'<option value="{mentor.account_id}" selected>' in chosen
        assert str(key) not in regency.get(f"{page}?pendamping=kantor").text
    gone = regency.get(f"/pendampingan?pendamping={uuid.uuid4()}").text
    assert "Pendamping lain</option>" in gone, "what is narrowed by stands on the page"
    province = officer("province_admin", "18").get(f"/pendampingan?wilayah={village.district_code}").text
    assert f'<option value="{village.district_code}" selected>' in province, "two levels below"
    district = officer("district_officer", village.district_code).get("/pendampingan").text
    assert 'name="wilayah"' not in district, "there is nothing below"
    assert f'<option value="{mentor.account_id}">' in district
    assert 'name="pendamping"' not in mentor.get("/pendampingan").text
