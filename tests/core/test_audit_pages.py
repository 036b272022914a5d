"""The screens of the log, through the front door: who may read what, in words, page by page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from app.core.actors import Actor, SupportVisitInfo, acting_as
from app.core.audit import describe_action, record
from app.core.audit.sealing import seal_chain
from app.core.hosting import SigerFlask
from app.core.village.services.profile import tick_step
from app.extensions import db
from tenants.ids import uuid7
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.people import officer_of, staff_member

LOG = "/pengaturan/audit"

describe_action("test.painted", "mengecat balai")


def actor(name: str, visit: SupportVisitInfo | None = None) -> Actor:
    return Actor(account_id=uuid7(), name=name, email="x@contoh.test", support_visit=visit)


def note(village: Tenant, name: str, summary: str, **details: object) -> None:
    with tenant_scope(village), acting_as(actor(name)):
        record("test.painted", object_type="hall", object_id=7, summary=summary, details=details)
        db.session.commit()


def note_above(village: Tenant | None, summary: str) -> None:
    with platform_scope(), acting_as(actor("Petugas Provinsi")):
        record("tenant.suspended", tenant_id=village.id if village else None, summary=summary)
        db.session.commit()


@pytest.fixture
def written(app: SigerFlask, village: Tenant) -> Tenant:
    with app.app_context():
        note(village, "Siti Aminah", "putih", before={"colour": "hijau"}, after={"colour": "putih"})
        note(village, "Budi Santoso", "merah marun")
        note_above(village, "karena contoh")
    return village


def test_village_reads_who_did_what_in_sentences(app: SigerFlask, written: Tenant) -> None:
    page = staff_member(app, written).get(LOG)
    assert page.status_code == 200
    assert "<b>Siti Aminah</b> mengecat balai: putih" in page.text
    assert "hijau" in page.text
    assert "karena contoh" in page.text
    assert page.text.index("karena contoh") < page.text.index("merah marun") < page.text.index("Siti Aminah")


def test_village_never_sees_what_the_platform_noted_about_another(
    app: SigerFlask, written: Tenant, make_village: Callable[[], Tenant]
) -> None:
    other = make_village()
    with app.app_context():
        note(other, "Orang Lain", "rahasia tetangga")
        note_above(other, "urusan tetangga")
        note_above(None, "urusan provinsi")
    page = staff_member(app, written).get(LOG)
    assert "rahasia tetangga" not in page.text
    assert "urusan tetangga" not in page.text
    assert "urusan provinsi" not in page.text


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("?orang=siti", "putih", "merah marun"),
        ("?orang=%25", "", "putih"),
        ("?tindakan=tenant.suspended", "karena contoh", "putih"),
        ("?dari=2020-01-01", "putih", ""),
        ("?sampai=2020-01-01", "Tidak ada catatan yang cocok", "putih"),
        ("?dari=2026-13-99", "Tanggal awal tidak dikenali", ""),
        ("?sebelum=bukan-nomor", "putih", ""),
        ("?orang=%00", "putih", ""),
    ],
)
def test_log_is_filtered(app: SigerFlask, written: Tenant, query: str, shown: str, hidden: str) -> None:
    page = staff_member(app, written).get(LOG + query)
    assert page.status_code == 200
    log = page.text.split('id="daftar"')[1] if shown != "Tanggal awal tidak dikenali" else page.text
    assert shown in log
    assert not hidden or f": {hidden}" not in log


def test_log_of_a_day_means_the_day_in_the_province(app: SigerFlask, written: Tenant) -> None:
    today = dt.datetime.now(dt.timezone(dt.timedelta(hours=7))).date()
    somebody = staff_member(app, written)
    assert "merah marun" in somebody.get(f"{LOG}?dari={today}&sampai={today}").text
    assert "merah marun" not in somebody.get(f"{LOG}?dari={today + dt.timedelta(days=1)}").text


def test_pages_go_back_and_forth_without_losing_a_line(app: SigerFlask, village: Tenant) -> None:
    import re

    with app.app_context():
        for number in range(60):
            note(village, "Siti", f"baris-{number:03d}")
            if number % 5 == 0:
                note_above(village, f"baris-p{number:02d}")
    somebody = staff_member(app, village)

    def read(path: str) -> tuple[list[str], str | None, str | None]:
        text = somebody.get(path).text
        links = {r: u.replace("&amp;", "&") for r, u in re.findall(r'rel="(prev|next)" href="([^"]+)"', text)}
        return re.findall(r"</b> [^<]*: (baris-\w+)", text), links.get("prev"), links.get("next")

    first, newer, older = read(LOG)
    assert newer is None
    assert older is not None
    second, newer, end = read(older)
    assert end is None
    assert newer is not None
    assert len(first) == 50
    assert len(set(first + second)) == 72
    again, _, _ = read(newer)
    assert again == first


@pytest.mark.parametrize(("role", "status"), [("village_head", 200), ("secretary", 200), ("operator", 403)])
def test_reading_needs_the_permission(app: SigerFlask, village: Tenant, role: str, status: int) -> None:
    assert staff_member(app, village, role).get(LOG).status_code == status


def test_visitors_deeds_say_that_it_was_a_visit(app: SigerFlask, village: Tenant) -> None:
    visit = SupportVisitInfo(uuid7(), "Membantu kop surat", "Rina", dt.datetime.now(dt.UTC))
    with app.app_context(), tenant_scope(village), acting_as(actor("Rina", visit)):
        record("test.painted", summary="x")
        db.session.commit()
    assert "Selama kunjungan bantuan: Membantu kop surat" in staff_member(app, village).get(LOG).text


def test_page_says_up_to_where_the_log_is_sealed(app: SigerFlask, written: Tenant) -> None:
    somebody = staff_member(app, written)
    assert "Belum ada catatan yang tersegel" in somebody.get(LOG).text
    with app.app_context(), tenant_scope(written):
        seal_chain(dt.timedelta(0))
    assert "Tersegel s.d. nomor 2, " in somebody.get(LOG).text


def test_empty_log_says_what_will_stand_there(app: SigerFlask, village: Tenant) -> None:
    assert "Belum ada catatan" in staff_member(app, village).get(LOG).text


def test_summary_cannot_become_markup(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        bad = {"name": "<i>x</i> %(y)s"}
        note(
            village,
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            note="<b>x</b>",
            before=bad,
            after={},
        )
    text = staff_member(app, village).get(LOG).text
    assert "<script>alert(1)" not in text
    assert "<img src=x" not in text
    assert "<b>x</b>" not in text
    assert "<i>x</i>" not in text
    assert "&lt;i&gt;x&lt;/i&gt; %(y)s" in text


def test_province_reads_everything_of_the_platform(app: SigerFlask, written: Tenant) -> None:
    with app.app_context():
        note_above(None, "urusan provinsi")
    page = officer_of(app).get("/audit")
    assert page.status_code == 200
    assert "urusan provinsi" in page.text
    assert written.name in page.text


def test_regional_officer_reads_about_the_own_region_only(app: SigerFlask, written: Tenant) -> None:
    with app.app_context():
        note_above(written, "desa sendiri")
        note_above(None, "urusan provinsi")
    own = officer_of(app, "regency_admin", written.regency_code)
    elsewhere = officer_of(app, "regency_admin", "18.06" if written.regency_code != "18.06" else "18.01")
    assert "desa sendiri" in own.get("/audit").text
    assert "urusan provinsi" not in own.get("/audit").text
    assert "desa sendiri" not in elsewhere.get(f"/audit?desa={written.id}").text


def test_lists_are_read_with_few_queries(
    app: SigerFlask, written: Tenant, count_queries: Callable[..., object]
) -> None:
    somebody = staff_member(app, written)
    somebody.get(LOG)
    with count_queries(at_most=12):
        assert somebody.get(LOG).status_code == 200


def test_codes_are_said_in_words(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        note(village, "Siti", "x", before={"state": "provisioned"}, after={"state": "dormant"}, demo=True)
        note(village, "Siti", "y", second_factor="app", role="secretary", scopes=["officials.manage"])
        note(village, "Siti", "z", logo_file_id="01a2c3d4-0000-7000-8000-0000abcdef12")
        with tenant_scope(village), acting_as(actor("Siti")):
            tick_step("capabilities")
            record("account.changed", object_type="account", object_id="01a2", details={"mon": ["08:00"]})
            db.session.commit()
    log = staff_member(app, village).get(LOG).text.split('id="daftar"')[1]
    assert "dari Disiapkan menjadi Diam" in log
    assert "<dt>Data contoh</dt><dd>ya</dd>" in log
    assert "<dt>Verifikasi dua langkah</dt><dd>kode dari aplikasi autentikator</dd>" in log
    assert "<dd>Sekretaris</dd>" in log
    assert "officials.manage" not in log
    assert "nomor …cdef12" in log
    assert "menandai langkah penyiapan: fitur" in log
    assert '<dd>Akun <small class="muted">01a2</small></dd>' in log
    assert "<dt>Senin</dt><dd>08:00</dd>" in log


def test_province_reads_the_demos_past_and_filters_in_words(app: SigerFlask) -> None:
    with app.app_context(), platform_scope():
        record("demo.history_written", object_type="demo", details={"applied": 9, "invited": 31})
        record("villages.exported", object_type="region", details={"filters": {"keadaan": "help"}})
        db.session.commit()
    log = officer_of(app).get("/audit").text
    assert "<dt>Mendaftar</dt><dd>9</dd>" in log
    assert "<dt>Diundang</dt><dd>31</dd>" in log
    assert "Keadaan: Perlu bantuan" in log


def test_a_visit_stands_in_the_villages_log_once(app: SigerFlask, village: Tenant) -> None:
    page = officer_of(app).submit(
        f"/desa/{village.id}/kunjungan",
        {"reason": "Membantu kop surat"},
        form=f"/desa/{village.id}/kunjungan",
    )
    assert page.status_code == 303
    somebody = staff_member(app, village)
    assert somebody.get(LOG).text.count("memulai kunjungan bantuan:") == 1
    assert somebody.get("/beranda").text.count("memulai kunjungan bantuan:") == 1


def test_page_explains_what_a_seal_is(app: SigerFlask, village: Tenant) -> None:
    assert "Segel mengikat setiap catatan" in staff_member(app, village).get(LOG).text
