"""The officers' board and list of applications, and the pages beside them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.files.services import store_bytes
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.onboarding.applications import events
from app.province.onboarding.applications.models import (
    Application,
    ApplicationEvent,
    ApprovalRule,
    BlockedApplicant,
)
from app.province.onboarding.board import waiting
from app.province.onboarding.board.waiting_time import late_before
from app.province.onboarding.setup.models import VillageSetup
from tenants.models import now
from tenants.scope import platform_scope
from tests.support.pipeline import application_of, make_application, set_level, village_row
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]
Counter = Callable[..., AbstractContextManager[list[str]]]
DAY = dt.timedelta(days=1)


@pytest.fixture
def code(_codes: Iterator[str]) -> str:
    """The code of a village that nobody has used yet."""
    return next(_codes)


@pytest.fixture
def another(_codes: Iterator[str]) -> Callable[[], str]:
    """Codes of further villages that nobody has used yet."""
    return lambda: next(_codes)


@pytest.fixture
def office(officer: Officer, code: str) -> Visitor:
    """The office of the village's kabupaten."""
    return officer("regency_admin", code[:5])


def test_the_board_shows_where_each_application_stands(
    app: SigerFlask, code: str, another: Callable[[], str], officer: Officer, office: Visitor
) -> None:
    late = make_application(app, code, applicant_name="Bu Lama Menunggu", state_since=now() - 20 * DAY)
    page = office.get(f"/pendaftaran?q={code}")
    assert page.status_code == 200
    assert "Bu Lama Menunggu" in page.text
    assert "Terlambat" in page.text
    assert f"/pendaftaran/{late}" in page.text
    elsewhere = officer("regency_admin", "18.71" if code[:5] != "18.71" else "18.01")
    assert "Bu Lama Menunggu" not in elsewhere.get(f"/pendaftaran?q={code}").text
    assert officer("mentor", code[:8]).get("/pendaftaran").status_code == 403


def test_a_preparation_that_never_began_is_marked_on_the_board(
    app: SigerFlask, code: str, another: Callable[[], str], office: Visitor, count_queries: Counter
) -> None:
    fresh = another()
    make_application(app, code, "approved", state_since=now() - dt.timedelta(hours=3))
    make_application(app, fresh, "approved")
    office.get(f"/pendaftaran?q={code}")
    with count_queries(at_most=12):
        page = office.get(f"/pendaftaran?q={code}").text
    assert "Penyiapan gagal" in page
    assert "Penyiapan gagal" in office.get(f"/pendaftaran/daftar?q={code}&keadaan=approved").text
    assert "Penyiapan gagal" not in office.get(f"/pendaftaran?q={fresh}").text


def test_what_was_not_sent_in_is_counted_and_listed_but_stands_in_no_column(
    app: SigerFlask, code: str, office: Visitor
) -> None:
    make_application(app, code, "draft", applicant_name="Pak Belum Selesai")
    assert "Pak Belum Selesai" not in office.get(f"/pendaftaran?q={code}").text
    assert "1 pendaftaran belum dikirim" in office.get(f"/pendaftaran?q={code}").text
    assert "Pak Belum Selesai" in office.get(f"/pendaftaran/daftar?keadaan=unsent&q={code}").text


def test_an_application_without_a_village_is_seen_by_the_province_alone(
    app: SigerFlask, code: str, officer: Officer, office: Visitor
) -> None:
    application_id = make_application(app, None, "draft", applicant_name="Pak Tanpa Desa")
    assert (
        "Pak Tanpa Desa" in officer("province_admin", "18").get("/pendaftaran/daftar?q=Pak Tanpa Desa").text
    )
    assert "Tidak ada pendaftaran di sini" in office.get("/pendaftaran/daftar?q=Pak Tanpa Desa").text
    assert office.get(f"/pendaftaran/{application_id}").status_code == 404


def test_a_column_is_paged_through_the_list(
    app: SigerFlask, code: str, another: Callable[[], str], officer: Officer, count_queries: Counter
) -> None:
    name = f"Massal {code}"
    for number in range(45):
        place = code if number == 0 else another()
        make_application(
            app,
            place,
            applicant_name=f"{name} {number}",
            state_since=now() - DAY - dt.timedelta(minutes=number),
        )
    province = officer("province_admin", "18")
    province.get("/pendaftaran")
    with count_queries(at_most=8):
        board = province.get(f"/pendaftaran?q={name}")
    assert board.text.count('class="case-card') == 10
    assert "Lihat semua 45" in board.text
    with count_queries(at_most=8):
        first = province.get(f"/pendaftaran/daftar?keadaan=submitted&q={name}")
    assert "40 pendaftaran di halaman ini" in first.text
    following = first.text.partition("sesudah=")[2].partition('"')[0]
    second = province.get(f"/pendaftaran/daftar?keadaan=submitted&q={name}&sesudah={following}")
    assert "5 pendaftaran di halaman ini" in second.text
    export = province.get(f"/pendaftaran/unduh?q={name}")
    assert export.status_code == 200
    assert export.data[:2] == b"PK"
    export.close()


def test_filters_narrow_by_kecamatan_and_route(app: SigerFlask, code: str, office: Visitor) -> None:
    make_application(app, code, applicant_name="Bu Undangan", route="invitation")
    assert "Bu Undangan" in office.get(f"/pendaftaran?q={code}&jalur=invitation&kec={code[:8]}").text
    assert "Bu Undangan" not in office.get(f"/pendaftaran?q={code}&jalur=bulk").text
    assert office.get("/pendaftaran?kec=99.99.99&kab=x&keadaan=apa&sesudah=apa").status_code == 200


def test_one_application_shows_what_differs_from_the_register(
    app: SigerFlask, code: str, office: Visitor, count_queries: Counter
) -> None:
    words = {"term": "Marga", "head": "Kepala Marga", "secretary": "Carik", "council": "", "sub_area": "Suku"}
    answers = {"identity": {"words": words, "postal_code": "35999", "name_note": "Ejaannya pakai Y."}}
    application_id = make_application(app, code, answers=answers)
    twin = make_application(app, code, "outrun")
    with app.app_context(), platform_scope():
        row = db.session.get_one(Application, application_id)
        row.letter_file_id = store_bytes(
            b"%PDF-1.4 surat",
            file_name="surat.pdf",
            media_type="application/pdf",
            purpose="letter_of_assignment",
        ).id
        events.note(row, "note", "letter")
        db.session.commit()
    office.get("/pendaftaran")
    with count_queries(at_most=12):
        page = office.get(f"/pendaftaran/{application_id}")
    assert page.text.count("Berbeda") == 6
    assert "Ejaannya pakai Y." in page.text
    assert "desa sama" in page.text
    assert f"/pendaftaran/{twin}" in page.text
    assert "Surat tugas diunggah" in page.text
    letter = office.get(f"/pendaftaran/{application_id}/surat-tugas")
    assert (letter.status_code, letter.content_type) == (200, "application/pdf")
    assert letter.data == b"%PDF-1.4 surat"
    assert office.get(f"/pendaftaran/{twin}/surat-tugas").status_code == 404


def test_the_letter_is_closed_to_other_regions(app: SigerFlask, code: str, officer: Officer) -> None:
    application_id = make_application(app, code)
    elsewhere = officer("regency_admin", "18.71" if code[:5] != "18.71" else "18.01")
    assert elsewhere.get(f"/pendaftaran/{application_id}/surat-tugas").status_code == 404
    assert elsewhere.get(f"/pendaftaran/{application_id}/kemajuan").status_code == 404


def test_who_decides_is_set_for_the_own_kabupaten_alone(
    app: SigerFlask, code: str, office: Visitor, officer: Officer
) -> None:
    try:
        answer = office.submit("/pendaftaran/aturan", {"region": code[:5], "level": "3"})
        assert answer.status_code == 303
        with app.app_context(), platform_scope():
            assert db.session.get_one(ApprovalRule, code[:5]).level == 3
        elsewhere = "18.71" if code[:5] != "18.71" else "18.01"
        assert office.submit("/pendaftaran/aturan", {"region": elsewhere, "level": "3"}).status_code == 404
        assert office.submit("/pendaftaran/aturan", {"region": code[:5], "level": "9"}).status_code == 404
        page = officer("province_admin", "18").get("/pendaftaran/aturan")
        assert page.text.count('name="level"') >= 15
        assert officer("district_officer", code[:8]).get("/pendaftaran/aturan").status_code == 403
    finally:
        set_level(app, code[:5], 2)


def test_blocking_keeps_one_form_of_a_number_and_needs_a_reason(
    app: SigerFlask, officer: Officer, office: Visitor, unique: Callable[[], int]
) -> None:
    number = f"0812-7{unique():03d}-{now():%H%M}"
    e164 = "+62" + number.replace("-", "")[1:]
    admin = officer("province_admin", "18")
    assert admin.submit("/pendaftaran/blokir", {"value": number, "reason": "x"}).status_code == 422
    assert (
        admin.submit(
            "/pendaftaran/blokir", {"value": "bukan apa-apa", "reason": "Alasan yang cukup."}
        ).status_code
        == 422
    )
    for said in ("Diblokir.", "Sudah diblokir"):
        answer = admin.submit(
            "/pendaftaran/blokir", {"value": number, "reason": "Mendaftarkan desa orang lain."}
        )
        assert answer.status_code == 303
        assert said in admin.get("/pendaftaran/blokir").text
    with app.app_context(), platform_scope():
        row = db.session.scalars(select(BlockedApplicant).where(BlockedApplicant.value == e164)).one()
        assert row.kind == "phone"
    page = admin.get("/pendaftaran/blokir").text
    assert number in page
    assert e164 not in page
    path = f"/pendaftaran/blokir/{row.id}/hapus"
    assert admin.submit(path, {"reason": "Sudah jelas."}, form="/pendaftaran/blokir").status_code == 303
    assert f"Blokir {number} dihapus" in admin.get("/pendaftaran").text
    assert number not in admin.get("/pendaftaran/blokir").text
    assert admin.submit(path, {"reason": "Sudah jelas."}, form="/pendaftaran/blokir").status_code == 303
    assert office.get("/pendaftaran/blokir").status_code == 403


def test_a_blocked_applicant_is_not_approved(app: SigerFlask, code: str, officer: Officer) -> None:
    application_id = make_application(app, code)
    admin, page = officer("province_admin", "18"), f"/pendaftaran/{application_id}"
    answer = admin.submit(f"{page}/blokir", {"reason": "Surat tugasnya palsu."}, form=page)
    assert answer.status_code == 303
    admin.submit(f"{page}/setujui", {"row_version": "1"}, form=page)
    assert "Pendaftar ini diblokir: Surat tugasnya palsu." in admin.get(page).text
    assert application_of(app, application_id).state == "submitted"


def test_duplicates_are_found_by_village_mail_and_number(
    app: SigerFlask, code: str, another: Callable[[], str], officer: Officer
) -> None:
    email = f"sama.{code}@contoh.test"
    make_application(app, code, email=email, applicant_name="Pertama")
    make_application(app, another(), email=email, applicant_name="Kedua")
    make_application(app, code, "draft", applicant_name="Ketiga", phone="+6281270005555")
    make_application(app, another(), "draft", phone="+6281270005555")
    page = officer("province_admin", "18").get("/pendaftaran/ganda").text
    assert f"Surel: {email}" in page
    assert "Nomor: 0812-7000-5555" in page
    row = village_row(app, code)
    assert f"Desa: {row.term} {row.name}" in page


def test_one_address_for_many_villages_does_not_fill_the_page(
    app: SigerFlask,
    code: str,
    another: Callable[[], str],
    officer: Callable[..., Any],
    count_queries: Counter,
) -> None:
    email = f"banyak.{code}@contoh.test"
    for at in range(23):
        make_application(
            app, code if at == 0 else another(), "draft", email=email, applicant_name=f"Banyak {at:02}"
        )
    person = officer("province_admin", "18")
    with count_queries(at_most=16):
        page = person.get("/pendaftaran/ganda").text
    card = page[page.index(f"Surel: {email}") :]
    assert "Banyak 19" in card
    assert "Banyak 20" not in card
    assert "dan 3 pendaftaran lain" in card


def test_figures_tell_how_long_steps_take_and_where_people_give_up(
    app: SigerFlask, code: str, another: Callable[[], str], office: Visitor, count_queries: Counter
) -> None:
    begun = dt.datetime(2019, 3, 4, 2, 0, tzinfo=dt.UTC)
    day = "dari=2019-03-04&sampai=2019-03-04"
    dates = {"decided_at": 2, "submitted_at": 1, "provisioned_at": 2, "live_at": 3}
    passed = {name: begun + days * DAY for name, days in dates.items()}
    finished = make_application(app, code, "live", created_at=begun, **passed)
    neighbour, third = another(), another()
    make_application(app, third, "provisioned", created_at=begun, provisioned_at=begun + DAY)
    left = make_application(app, neighbour, "draft", created_at=begun, updated_at=begun, step="applicant")
    third_id = village_row(app, third).id
    with app.app_context(), platform_scope():
        db.session.execute(
            update(ApplicationEvent)
            .where(ApplicationEvent.application_id == finished)
            .values(at=begun + 3 * DAY)
        )
        for application_id, minutes in ((finished, 4), (left, 6)):
            db.session.add(
                ApplicationEvent(
                    application_id=application_id,
                    kind="step",
                    key="village",
                    at=begun + dt.timedelta(minutes=minutes),
                )
            )
        db.session.add(
            ApplicationEvent(application_id=finished, kind="state", key="submitted", at=begun + DAY)
        )
        steps = {
            "identity": {"state": "done"},
            "officials": {"state": "skipped"},
            "sub_areas": {"state": "open"},
        }
        db.session.add(VillageSetup(tenant_id=third_id, steps=steps, updated_at=begun + DAY))
        db.session.commit()
    office.get("/pendaftaran/waktu")
    with count_queries(at_most=12):
        page = office.get(f"/pendaftaran/waktu?{day}")
    assert page.status_code == 200
    rows = _rows(page.text)
    # The one whose set-up is not done here does not count.
    assert rows["Alamat dan kontak"][1].endswith("100%")
    assert rows["Desa Anda"][:1] == ["3"]
    assert rows["Siapa Anda"][0] == "3"
    assert rows["Siapa Anda"][-1] == "1"
    assert rows["Alamat dan kontak"][0] == "1"
    assert (rows["Perangkat"][-1], rows["Wilayah"][-1]) == ("0", "1")
    assert rows["Sudah tayang"][0] == "1"
    assert "5 menit" in page.text
    assert office.get("/pendaftaran/waktu?wilayah=18.99").status_code == 404
    assert "Belum ada pendaftaran" in office.get("/pendaftaran/waktu?dari=2001-01-01&sampai=2001-01-02").text
    for odd in (
        "dari=0001-01-01",
        "sampai=9999-12-31",
        "dari=9999-12-31&sampai=0001-01-01",
        "dari=2026-02-30",
    ):
        assert office.get(f"/pendaftaran/waktu?{odd}").status_code == 200


def test_in_the_funnel_who_reached_a_step_stopped_there_is_on_the_way_or_reached_the_next(
    app: SigerFlask, another: Callable[[], str], officer: Officer
) -> None:
    begun = dt.datetime(2017, 6, 5, 2, 0, tzinfo=dt.UTC)
    old, asked = {"updated_at": begun}, {"confirm_asked_at": begun}
    make_application(app, None, "expired", created_at=begun, submitted_at=None)
    # Its letter is still missing, though the steps after it are saved.
    lacking = make_application(app, another(), "draft", created_at=begun, step="applicant", **old)
    make_application(app, another(), "draft", created_at=begun, step="address")
    make_application(app, another(), "confirming", created_at=begun, **asked, **old)
    make_application(app, another(), "confirming", created_at=begun, **asked)
    make_application(app, another(), "outrun", created_at=begun, submitted_at=None)
    for state in ("withdrawn", "rejected", "submitted", "approved", "live"):
        make_application(app, another(), state, created_at=begun)
    with app.app_context(), platform_scope():
        for key in ("applicant", "identity", "address"):
            db.session.add(ApplicationEvent(application_id=lacking, kind="step", key=key, at=begun))
        db.session.commit()
    page = officer("province_admin", "18").get("/pendaftaran/waktu?dari=2017-06-05&sampai=2017-06-05").text
    funnel = _rows(page.partition("</table>")[0])
    assert {label: (cells[0], cells[-1]) for label, cells in funnel.items()} == {
        "Desa Anda": ("11", "1"),
        "Siapa Anda": ("10", "1"),
        "Identitas desa": ("9", "0"),
        "Alamat situs": ("9", "0"),
        "Periksa dan kirim": ("8", "1"),
        "Memastikan surel": ("7", "1"),
        "Diajukan ke kantor": ("5", "2"),
        "Disetujui": ("2", "0"),
        "Situs disiapkan": ("1", "0"),
        "Sudah tayang": ("1", "0"),
    }


def test_who_came_by_a_workbook_is_in_no_figure_of_the_wizard(
    app: SigerFlask, another: Callable[[], str], officer: Officer
) -> None:
    begun = dt.datetime(2016, 6, 6, 2, 0, tzinfo=dt.UTC)
    walked = make_application(
        app, another(), "approved", created_at=begun, submitted_at=begun, decided_at=begun + 2 * DAY
    )
    make_application(app, None, "draft", created_at=begun)
    put_in = [
        make_application(
            app, another(), "approved", created_at=begun, submitted_at=begun, decided_at=begun, route="bulk"
        )
        for _number in range(3)
    ]
    with app.app_context(), platform_scope():
        db.session.execute(
            update(ApplicationEvent)
            .where(ApplicationEvent.application_id.in_([walked, *put_in]))
            .values(at=begun + 2 * DAY)
        )
        for application_id, took in ((walked, DAY), *((key, 0 * DAY) for key in put_in)):
            for key, at in (("draft", begun), ("submitted", begun + took)):
                db.session.add(ApplicationEvent(application_id=application_id, kind="state", key=key, at=at))
        db.session.commit()
    browser = officer("province_admin", "18")
    day = "/pendaftaran/waktu?dari=2016-06-06&sampai=2016-06-06"
    both = browser.get(day).text
    funnel = _rows(both.partition("</table>")[0])
    assert funnel["Desa Anda"][0] == "2"
    assert funnel["Memastikan surel"][0] == "1"
    assert funnel["Memastikan surel"][1].endswith("50%")
    assert funnel["Diajukan ke kantor"][0] == "4"
    assert funnel["Diajukan ke kantor"][1].endswith("80%")
    assert "3 desa dari berkas massal" in both
    assert _rows(both)["Belum dikirim"] == ["24 jam", "24 jam", "1"]
    alone = browser.get(f"{day}&jalur=bulk").text
    funnel = _rows(alone.partition("</table>")[0])
    assert list(funnel) == ["Diajukan ke kantor", "Disetujui", "Situs disiapkan", "Sudah tayang"]
    assert funnel["Diajukan ke kantor"][0] == "3"
    assert "0 detik" not in alone
    assert "Belum dikirim" not in _rows(alone)
    assert "dari berkas massal" not in browser.get(f"{day}&jalur=self").text


def test_the_menu_tells_an_office_what_waits_for_it(app: SigerFlask, code: str, officer: Officer) -> None:
    officer("regency_admin", code[:5])
    officer("district_officer", code[:8])
    with app.app_context(), platform_scope():
        before = waiting.counts().get(code[:5], 0)
    make_application(app, code)
    with app.app_context(), platform_scope():
        assert waiting.counts()[code[:5]] == before + 1
    set_level(app, code[:5], 3)
    try:
        with app.app_context(), platform_scope():
            found = waiting.counts()
            assert found[code[:8]] >= 1
            assert found.get(code[:5], 0) <= before
    finally:
        set_level(app, code[:5], 2)


def test_three_working_days_pass_without_weekends_and_holidays() -> None:
    monday = dt.datetime(2026, 11, 23, 3, 0, tzinfo=dt.UTC)
    # Monday, Friday, Thursday, Wednesday: what came on Tuesday has waited for four working days.
    assert late_before(monday).date() == dt.date(2026, 11, 18)
    assert late_before(dt.datetime(2026, 1, 2, 3, 0, tzinfo=dt.UTC)).date() == dt.date(2025, 12, 29)


def test_the_village_card_says_where_its_application_stands(
    app: SigerFlask, code: str, office: Visitor
) -> None:
    application_id = make_application(app, code)
    page = office.get(f"/desa/{village_row(app, code).id}")
    assert f"/pendaftaran/{application_id}" in page.text
    assert "Baru diajukan" in page.text


def _rows(page: str) -> dict[str, list[str]]:
    """The cells of a page's tables by the row's title; the first table with that title counts."""

    found: dict[str, list[str]] = {}
    for row in re.findall(r"<tr>(.*?)</tr>", page, re.S):
        title = re.search(r'<th scope="row">(.*?)</th>', row, re.S)
        cells: list[Any] = re.findall(r"<td[^>]*><span>(.*?)</span>", row, re.S)
        if title:
            found.setdefault(title.group(1).strip(), [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells])
    return found
