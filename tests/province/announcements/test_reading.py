"""What a village's staff read: their own village's alone, marked by who opened it first, confirmed by name."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import delete, select, update

from app.core.accounts.models import Account, Membership
from app.core.audit.models import TenantAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.announcements.models import Announcement
from tenants.models import now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.province.announcements.writing import PDF, drafted, kept, noted, recipient, send, sent
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]
Staff = Callable[..., Any]
Villages = Callable[[], Tenant]
BADGE = '<em class="tag tag-warning">'


@pytest.fixture
def writer(officer: Officer) -> Visitor:
    """Somebody of the province's office."""
    return officer("province_admin", "18")


def badge_of(page: str) -> str:
    """The number beside the menu's entry; empty without one."""
    entry = page.split('href="/kabar"', 1)[1].split("</a>", 1)[0]
    return entry.split(BADGE, 1)[1].split("<", 1)[0] if BADGE in entry else ""


def test_opening_marks_it_as_read_by_the_first_and_counts_the_others(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Staff
) -> None:
    first, second = staff(village, name="Siti Rohani"), staff(village, role="operator", name="Agus Salim")
    key = sent(writer, village, title="Musyawarah perencanaan")
    assert badge_of(first.get("/beranda").text) == "1"
    assert "1 kabar belum dibaca" in first.get("/beranda").text
    before = first.get("/kabar").text
    assert "Musyawarah perencanaan" in before
    assert "Belum Anda baca" in before.split("news-list", 1)[1]
    page = first.get(f"/kabar/{key}").text
    assert "<li>Bawa berkas asli</li>" in page
    assert "Provinsi Lampung" in page
    assert "Dibaca pertama oleh Siti Rohani" in page
    row = recipient(app, key, village)
    assert row is not None
    assert (row.first_read_by, len(row.reader_ids)) == ("Siti Rohani", 1)
    moment = row.first_read_at
    first.get(f"/kabar/{key}")
    second.get(f"/kabar/{key}")
    row = recipient(app, key, village)
    assert row is not None
    assert (row.first_read_by, len(row.reader_ids), row.first_read_at) == ("Siti Rohani", 2, moment)
    assert "Belum Anda baca" not in first.get("/kabar").text.split("news-list", 1)[1]
    assert badge_of(first.get("/beranda").text) == ""
    assert "kabar belum dibaca" not in first.get("/beranda").text
    receipts = writer.get(f"/pengumuman/{key}/penerima").text
    assert "Siti Rohani" in receipts
    assert "Sudah dibaca" in receipts
    assert "Tidak ada desa di sini" in writer.get(f"/pengumuman/{key}/penerima?keadaan=unread").text


def test_what_was_sent_last_stands_first_whenever_it_was_begun(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Staff
) -> None:
    early = drafted(writer, village, title="Dimulai dahulu")
    late = sent(writer, village, title="Dimulai kemudian")
    send(writer, early)
    for page in (staff(village).get("/kabar").text, writer.get("/pengumuman").text):
        assert page.index("Dimulai dahulu") < page.index("Dimulai kemudian")
    further = writer.get(f"/pengumuman?sesudah={early}").text
    assert "Dimulai dahulu" not in further
    assert f"/pengumuman/{late}" in further


def test_another_villages_announcement_is_not_found(
    app: SigerFlask, writer: Visitor, make_village: Villages, staff: Staff
) -> None:
    mine, theirs = make_village(), make_village()
    stranger = staff(theirs)
    key = sent(writer, mine, files=(PDF, "undangan.pdf"), needs_confirmation="1")
    file = kept(app, key).files[0]
    for path in (f"/kabar/{key}", f"/kabar/{key}/berkas/{file}", f"/berkas/{file}"):
        assert stranger.get(path).status_code == 404
    assert stranger.submit(f"/kabar/{key}/konfirmasi", form="/pemberitahuan/pilihan").status_code == 404
    assert "Belum ada kabar" in stranger.get("/kabar").text
    assert recipient(app, key, theirs) is None
    reader = staff(mine)
    answer = reader.get(f"/kabar/{key}/berkas/{file}")
    assert answer.data == PDF
    assert "undangan.pdf" in answer.headers["Content-Disposition"]
    assert reader.get(f"/kabar/{key}/berkas/{uuid.uuid4()}").status_code == 404
    other = sent(writer, mine, files=(PDF, "lain.pdf"))
    assert reader.get(f"/kabar/{other}/berkas/{file}").status_code == 404


def test_drafts_are_seen_by_no_village(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Staff
) -> None:
    key = drafted(writer, village)
    reader = staff(village)
    assert reader.get(f"/kabar/{key}").status_code == 404
    assert "Belum ada kabar" in reader.get("/kabar").text


def test_confirming_is_by_name_once_and_audited_in_the_village(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Staff
) -> None:
    head, secretary = staff(village, role="village_head", name="Pak Lurah"), staff(village, name="Bu Carik")
    key = sent(writer, village, needs_confirmation="1")
    plain = sent(writer, village, title="Tanpa konfirmasi")
    page = f"/kabar/{key}"
    secretary.get(page)
    secretary.get(f"/kabar/{plain}")
    assert badge_of(secretary.get("/kabar").text) == "1"
    assert "1 kabar menunggu konfirmasi" in secretary.get("/beranda").text
    assert "Dibaca, belum konfirmasi" in writer.get(f"/pengumuman/{key}/penerima").text
    assert "Terima kasih" in head.submit(f"{page}/konfirmasi", form=page, follow_redirects=True).text
    secretary.submit(f"{page}/konfirmasi", form="/pemberitahuan/pilihan")
    row = recipient(app, key, village)
    assert row is not None
    assert row.confirmed_by == "Pak Lurah"
    assert "Dikonfirmasi Pak Lurah" in secretary.get(page).text
    assert badge_of(secretary.get("/kabar").text) == ""
    with app.app_context(), tenant_scope(village):
        query = select(TenantAuditEntry).where(TenantAuditEntry.action == "announcement.confirmed")
        assert [entry.actor_name for entry in db.session.scalars(query)] == ["Pak Lurah"]
    refused = secretary.submit(
        f"/kabar/{plain}/konfirmasi", form="/pemberitahuan/pilihan", follow_redirects=True
    )
    assert "tidak meminta konfirmasi" in refused.text
    shown = writer.get(f"/pengumuman/{key}").text
    assert "sudah konfirmasi" in shown


def test_what_was_withdrawn_is_shown_as_such_and_its_text_is_closed(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Staff
) -> None:
    reader = staff(village)
    key = sent(writer, village, title="Salah kirim ini", files=(PDF, "a.pdf"), needs_confirmation="1")
    file = kept(app, key).files[0]
    path = f"/pengumuman/{key}/tarik"
    writer.submit(path, {"reason": "Tanggalnya keliru"})
    page = reader.get(f"/kabar/{key}").text
    assert "ditarik oleh pengirimnya" in page
    assert "Tanggalnya keliru" in page
    assert "Bawa berkas asli" not in page
    assert reader.get(f"/kabar/{key}/berkas/{file}").status_code == 404
    listed = reader.get("/kabar").text
    assert "Alasan: Tanggalnya keliru" in listed
    assert badge_of(listed) == ""
    refused = reader.submit(f"/kabar/{key}/konfirmasi", form="/pemberitahuan/pilihan", follow_redirects=True)
    assert "sudah ditarik" in refused.text
    row = recipient(app, key, village)
    assert row is not None
    assert (row.first_read_at, row.confirmed_at) == (None, None)


def test_what_is_over_leaves_the_list_and_the_badge(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Staff
) -> None:
    until = (now() + dt.timedelta(days=2)).date()
    key = sent(writer, village, title="Hanya dua hari", shown_until=until.isoformat())
    with app.app_context(), platform_scope():
        past = now() - dt.timedelta(hours=1)
        db.session.execute(update(Announcement).where(Announcement.id == key).values(shown_until=past))
        db.session.commit()
    reader = staff(village)
    assert "Hanya dua hari" not in reader.get("/kabar").text
    assert badge_of(reader.get("/kabar").text) == ""
    assert "Hanya dua hari" in reader.get("/kabar?lihat=past").text
    assert "Sudah lewat" in writer.get(f"/pengumuman/{key}").text


def test_a_visitor_of_the_province_reads_without_being_counted(
    app: SigerFlask, writer: Visitor, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    key = sent(writer, village, needs_confirmation="1")
    form = f"/desa/{village.id}/kunjungan"
    answer = writer.submit(form, {"reason": "Membantu membuka kabar wilayah"})
    ticket = answer.headers["Location"].split("localhost", 1)[1]
    visitor = visit(f"{village.slug}.localhost")
    entered = visitor.get(ticket[ticket.index("/") :])
    if entered.status_code == 200:
        entered = visitor.submit(ticket[ticket.index("/") :])
    assert entered.status_code in (302, 303)
    page = visitor.get(f"/kabar/{key}")
    assert page.status_code == 200
    assert "Kami mengetahui" not in page.text
    row = recipient(app, key, village)
    assert row is not None
    assert row.first_read_at is None
    refused = visitor.submit(f"/kabar/{key}/konfirmasi", form=f"/kabar/{key}", follow_redirects=True)
    assert refused.status_code in (200, 400)
    row = recipient(app, key, village)
    assert row is not None
    assert row.confirmed_at is None


def test_a_removed_accounts_name_stays_as_text(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Staff
) -> None:
    reader = staff(village, name="Yang Pindah")
    key = sent(writer, village)
    reader.get(f"/kabar/{key}")
    with app.app_context(), platform_scope():
        db.session.execute(delete(Membership).where(Membership.account_id == reader.account_id))
        db.session.execute(update(Account).where(Account.id == reader.account_id).values(is_active=False))
        db.session.commit()
    assert "Yang Pindah" in writer.get(f"/pengumuman/{key}/penerima").text
    assert "Yang Pindah" in staff(village).get(f"/kabar/{key}").text


def test_lists_ask_little(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Staff, count_queries: Callable[..., Any]
) -> None:
    reader = staff(village)
    keys = [sent(writer, village, title=f"Kabar nomor {n}") for n in range(4)]
    reader.get("/kabar")
    with count_queries(at_most=5) as few:
        reader.get("/kabar")
    more = [sent(writer, village, title=f"Kabar nomor {n}") for n in range(4, 12)]
    reader.get("/kabar")
    with count_queries(at_most=len(few)):
        assert "Kabar nomor 11" in reader.get("/kabar").text
    assert len({*keys, *more}) == 12
    writer.get("/pengumuman")
    with count_queries(at_most=8):
        assert writer.get("/pengumuman").status_code == 200


def test_the_badge_asks_the_database_once_and_not_for_every_page(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Staff, count_queries: Callable[..., Any]
) -> None:
    reader = staff(village)
    sent(writer, village)
    reader.get("/pemberitahuan")
    with count_queries(at_most=20) as asked:
        assert badge_of(reader.get("/pemberitahuan").text) == "1"
    assert not [statement for statement in asked if "announcement" in statement]


def test_receipts_are_narrowed_paged_and_exported(
    app: SigerFlask, writer: Visitor, officer: Officer, village: Tenant, staff: Staff
) -> None:
    regency = village.regency_code
    key = sent(writer, scope="regions", regions=regency, title="Untuk satu kabupaten")
    staff(village, name="Pembaca Satu").get(f"/kabar/{key}")
    here = officer("regency_admin", regency)
    page = here.get(f"/pengumuman/{key}").text
    assert "Menurut kecamatan" in page
    district = officer("district_officer", village.district_code)
    narrow = district.get(f"/pengumuman/{key}/penerima").text
    assert "Pembaca Satu" in narrow
    assert "1 dari" in narrow
    first = here.get(f"/pengumuman/{key}/penerima").text
    following = first.split('rel="next"', 1)[1].split('href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    second = here.get(following).text
    assert first.count('<th scope="row">') == 50
    assert second.count('<th scope="row">') > 10
    assert village.code in here.get(f"/pengumuman/{key}/penerima?q={village.code}").text
    assert "Belum disiapkan di Siger" in here.get(f"/pengumuman/{key}/penerima?keadaan=nobody").text
    answer = here.get(f"/pengumuman/{key}/penerima/unduh?keadaan=read")
    assert answer.status_code == 200
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    answer.close()
    assert rows[3][0] == village.code
    assert rows[3][7] == "Pembaca Satu"
    (entry,) = noted(app, "figures.exported", key)
    assert entry.details["rows"] == 1
    assert entry.details["region"] == regency
