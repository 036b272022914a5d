"""The register of outgoing letters, agenda, expedition, archive: what stands in them, and what they cost."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from app.core.hosting import SigerFlask
from app.core.privacy.files import put_sealed
from app.core.privacy.vault import open_vault
from app.core.village.options import choose_options
from app.core.village.queries import today
from app.extensions import db
from app.government.letters.books import (
    archive,
    books,
    files,
    incoming_services,
    outgoing_queries,
    outgoing_views,
)
from app.government.letters.desk.boxes import file_path
from app.government.letters.models import Letter, LetterCounter
from tenants.ids import uuid7
from tenants.scope import Tenant, tenant_scope
from tests.government.test_residents_pages import audited
from tests.support.people import Person
from tests.support.work import settle

Staff = Callable[..., Person]
PAPER = {
    "title": "Surat undangan",
    "subject": "Gotong royong",
    "recipient": "Warga Dusun I",
    "classification": "005",
}


def outgoing(app: SigerFlask, village: Tenant, count: int = 1, **values: Any) -> list[uuid.UUID]:
    """Letters that bear the numbers 1 to `count` of this year."""
    year = today().year
    with app.app_context(), tenant_scope(village):
        base = db.session.scalar(select(func.max(Letter.sequence))) or 0
        rows = [
            {
                "id": uuid7(), "type_code": "domisili", "title": "Surat Keterangan Domisili", "state": "issued",
                "classification": "470", "holder_name": f"Warga {number}", "year": year, "sequence": number,
                "number": f"470/{number:03}/2006/XI/{year}", "letter_date": today(),
                "search": f"470/{number:03}/2006/XI/{year} Warga {number} Surat Keterangan Domisili",
                **values,
            }
            for number in range(base + 1, base + count + 1)
        ]  # fmt: skip
        db.session.execute(insert(Letter), rows)
        db.session.merge(LetterCounter(scope="", year=year, last=base + count))
        db.session.commit()
        return [row["id"] for row in rows]


def link(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    assert found is not None
    return found[1].replace("&amp;", "&")


def test_the_register_is_read_both_ways(
    app: SigerFlask, village: Tenant, staff: Staff, count_queries: Any
) -> None:
    outgoing(app, village, 120)
    clerk = staff(village, role="section_staff")
    clerk.get("/surat/keluar")
    with count_queries(at_most=8):
        first = clerk.get("/surat/keluar").text
    assert "470/120/" in first
    assert "470/071/" in first
    assert "470/070/" not in first
    assert "50 dari 120 surat" in first
    second = clerk.get(link(first, "next")).text
    assert "470/070/" in second
    third = clerk.get(link(second, "next")).text
    assert "470/001/" in third
    assert 'rel="next"' not in third
    back = clerk.get(link(clerk.get(link(third, "prev")).text, "prev")).text
    assert "470/120/" in back
    assert 'rel="prev"' not in back


def test_search_and_filters(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    outgoing(app, village, 3)
    void = outgoing(
        app, village, 1, state="cancelled", reason="Salah nama.", signing="local", type_code="sku"
    )[0]
    clerk = staff(village)
    year = today().year
    for query, found, missed in (
        ("q=warga+470/002", "470/002/", "470/001/"),
        ("q=DOMISILI+003", "470/003/", "470/002/"),
        ("q=%25", "Tidak ada surat yang cocok", "470/001/"),
        ("keadaan=cancelled", "470/004/", "470/001/"),
        ("tanda=local", "470/004/", "470/001/"),
        ("jenis=sku", "470/004/", "470/001/"),
        (f"tahun={year - 1}", "Tidak ada surat yang cocok", "470/001/"),
        (f"tahun={year}&bulan={today().month}&klasifikasi=47", "470/001/", "Tidak ada surat"),
        ("klasifikasi=48", "Tidak ada surat yang cocok", "470/001/"),
        ("tahun=x&bulan=13&lama=1_2&baru=%00", "470/001/", "Tidak ada surat"),
    ):
        page = clerk.get(f"/surat/keluar?{query}").text
        assert found in page, query
        assert missed not in page, query
    for register in ("keluar", "masuk"):
        led = clerk.get(f"/surat/{register}?q=1806010101900001")
        assert led.status_code == 303
        assert "1806010101900001" not in led.headers["Location"]
    page = clerk.get(f"/surat/keluar/{void}").text
    assert "Surat ini dibatalkan: Salah nama." in page


def test_fifty_of_fifty_thousand(app: SigerFlask, village: Tenant, staff: Staff, count_queries: Any) -> None:
    with app.app_context(), tenant_scope(village):
        db.session.execute(
            text(
                """INSERT INTO letter (id, type_code, title, state, classification, holder_name, scope, year, sequence,
                number, letter_date, search, box, issued_at, created_at, updated_at)
                SELECT gen_random_uuid(), 'domisili', 'Surat Keterangan Domisili', 'issued', '470', 'Warga ' || n, '',
                2021 + n / 10000, n, '470/' || n, date '2021-01-01' + n / 28, '470/' || n || ' Warga ' || n,
                decode(repeat('ab', 900), 'hex'), now(), now(), now() FROM generate_series(1, 50000) n"""
            )
        )
        db.session.commit()
        db.session.execute(text("ANALYZE letter"))
        db.session.commit()
    clerk = staff(village)
    clerk.get("/surat/keluar")
    for path in ("/surat/keluar", "/surat/keluar?q=warga+4999", "/surat/keluar?tahun=2023&bulan=4"):
        with count_queries(at_most=8):
            page = clerk.get(path)
        assert page.status_code == 200
        assert "470/" in page.text
        times = []
        for _round in range(5):
            begun = time.perf_counter()
            clerk.get(path)
            times.append(time.perf_counter() - begun)
        print(path, [round(moment * 1000) for moment in times])
    with app.app_context(), tenant_scope(village):
        plan = db.session.execute(
            text(
                "EXPLAIN SELECT id FROM letter WHERE sequence IS NOT NULL AND letter_date IS NOT NULL AND"
                " (letter_date, sequence, id) < ('2023-04-04', 25000, gen_random_uuid())"
                " ORDER BY letter_date DESC, sequence DESC, id DESC LIMIT 51"
            )
        )
        assert "ix_letter_letter_date" in " ".join(row[0] for row in plan)


def test_a_letter_from_paper_gets_the_next_number(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    outgoing(app, village, 4)
    clerk = staff(village)
    once = str(uuid.uuid4())
    answer = clerk.submit("/surat/keluar/catat", {**PAPER, "once": once, "holder_name": "1806010101900001"})
    assert answer.status_code == 303
    again = clerk.submit("/surat/keluar/catat", {**PAPER, "once": once})
    assert again.headers["Location"] == answer.headers["Location"]
    page = clerk.get(answer.headers["Location"]).text
    assert re.search(r"005/005/[^/]+/[IVX]+/20\d\d", page)
    assert "1806010101900001" not in page
    assert "Ditulis di luar sistem" in page
    assert audited(app, village, "letter.entered")[0][0].startswith("Surat undangan")
    assert "Surat undangan" in clerk.get("/surat/keluar?q=gotong+royong").text


def test_a_number_of_the_paper_book_lies_below_the_start(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    year = today().year
    refused = clerk.submit("/surat/keluar/catat", {**PAPER, "sequence": "7"})
    assert refused.status_code == 422
    assert "dinomori dari 1 di sini" in refused.text
    with app.app_context(), tenant_scope(village):
        choose_options("letters", {"first_by_scope": {f"/{year}": 88}})
        db.session.commit()
    assert "di bawah 88" in clerk.submit("/surat/keluar/catat", {**PAPER, "sequence": "88"}).text
    given = clerk.submit("/surat/keluar/catat", {**PAPER, "sequence": "7", "number": "005/7/Pem"})
    assert "005/7/Pem" in clerk.get(given.headers["Location"]).text
    assert "sudah dipakai" in clerk.submit("/surat/keluar/catat", {**PAPER, "sequence": "7"}).text
    drawn = clerk.submit("/surat/keluar/catat", PAPER)
    assert "005/088/" in clerk.get(drawn.headers["Location"]).text
    old = clerk.submit(
        "/surat/keluar/catat", {**PAPER, "sequence": "412", "letter_date": f"{year - 2}-05-04"}
    )
    assert "005/412/" in clerk.get(old.headers["Location"]).text
    assert f'value="{year - 2}"' in clerk.get("/surat/keluar").text


def test_the_expedition_book(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    letter_id = outgoing(app, village)[0]
    void = outgoing(app, village, 1, state="cancelled")[0]
    clerk = staff(village)
    path, form = f"/surat/keluar/{letter_id}/ekspedisi", f"/surat/keluar/{letter_id}"
    assert "Belum ada pengiriman" in clerk.get("/surat/ekspedisi").text
    for wrong, sentence in (
        ({"sent_to": ""}, "Wajib diisi"),
        ({"sent_to": "Camat", "sent_on": "2020-01-01"}, "sebelum tanggal suratnya"),
        ({"sent_to": "Camat", "sent_on": "2199-01-01"}, "belum tiba"),
    ):
        answer = clerk.submit(path, wrong, form=form)
        assert answer.status_code == 422
        assert sentence in answer.text
    sent = {
        "sent_on": today().isoformat(),
        "sent_to": "Camat Gisting",
        "carried_by": "Pak Dul",
        "received_by": "",
    }
    assert clerk.submit(path, sent, form=form).status_code == 303
    page = clerk.get("/surat/ekspedisi").text
    assert "Camat Gisting" in page
    assert "Pak Dul" in page
    assert clerk.submit(f"/surat/keluar/{void}/ekspedisi", sent, form=form).status_code == 422
    pdf = clerk.submit("/surat/buku/expedition/berkas", {"bentuk": "pdf"}, form="/surat/ekspedisi")
    assert pdf.data.startswith(b"%PDF")


def test_the_agenda_holds_both_by_date_and_hides_what_is_secret(
    app: SigerFlask, village: Tenant, staff: Staff, count_queries: Any
) -> None:
    outgoing(app, village, 2)
    with app.app_context(), tenant_scope(village):
        incoming_services.record_incoming({"sender": "=HYPERLINK(1)", "subject": "Undangan rapat"})
        incoming_services.record_incoming(
            {"sender": "Kejaksaan", "subject": "Panggilan", "secrecy": "secret"}
        )
    clerk, head = staff(village, role="section_staff"), staff(village, role="village_head")
    clerk.get("/surat/agenda")
    with count_queries(at_most=8):
        page = clerk.get("/surat/agenda").text
    assert re.search(r'href="/surat/keluar"[^>]*aria-current="page"', page)
    assert not re.search(r'href="/surat"[^>]*aria-current', page)
    assert "Undangan rapat" in page
    assert "470/002/" in page
    assert "Kejaksaan" not in page
    assert "Panggilan" not in page
    assert "Rahasia" in page
    assert "Panggilan" in head.get(f"/surat/agenda?tahun={today().year}").text
    made = head.submit(
        "/surat/buku/agenda/berkas", {"bentuk": "xlsx", "tahun": str(today().year)}, form="/surat/agenda"
    )
    with zipfile.ZipFile(io.BytesIO(made.data)) as workbook:
        written = "".join(
            workbook.read(name).decode() for name in workbook.namelist() if name.endswith(".xml")
        )
    assert "'=HYPERLINK(1)" in written.replace("&apos;", "'").replace("&#39;", "'")
    assert "<f>" not in written
    assert audited(app, village, "letters.book_exported")[0][1]["count"] == 4
    assert clerk.post("/surat/buku/agenda/berkas", {"bentuk": "xlsx"}).status_code in (400, 403)


@pytest.mark.parametrize("book", ["outgoing", "incoming", "agenda", "expedition"])
@pytest.mark.parametrize("form", ["pdf", "xlsx"])
def test_every_book_is_a_file(app: SigerFlask, village: Tenant, staff: Staff, book: str, form: str) -> None:
    outgoing(app, village, 2)
    with app.app_context(), tenant_scope(village):
        incoming_services.record_incoming({"sender": "Camat", "subject": "Undangan"})
    clerk = staff(village)
    made = clerk.submit(f"/surat/buku/{book}/berkas", {"bentuk": form}, form="/surat/keluar")
    assert made.status_code == 200
    assert made.data[:4] == (b"%PDF" if form == "pdf" else b"PK\x03\x04")
    assert made.headers["Cache-Control"] == "no-store"


def test_a_book_that_is_too_long_for_a_document_says_so(
    app: SigerFlask, village: Tenant, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "DIRECT_ROWS", 1)
    outgoing(app, village, 2)
    clerk = staff(village)
    answer = clerk.submit("/surat/buku/outgoing/berkas", {"bentuk": "pdf"}, form="/surat/keluar")
    assert answer.status_code == 303
    assert "terlalu panjang untuk satu PDF" in clerk.get(answer.headers["Location"]).text


def test_a_years_files_in_parts(
    app: SigerFlask, village: Tenant, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = outgoing(app, village, 3)
    with app.app_context(), tenant_scope(village):
        vault = open_vault(for_writing=True)
        for number, letter_id in enumerate(ids[:2]):
            data = b"%PDF-" + bytes([number]) * 100
            put_sealed(file_path(letter_id), data, vault)
            letter = db.session.get(Letter, letter_id)
            assert letter is not None
            letter.sha256, letter.size, letter.key_id = hashlib.sha256(data).digest(), len(data), vault.key_id
        db.session.commit()
    monkeypatch.setattr(archive, "PART_BYTES", 50)
    clerk, other = staff(village), staff(village)
    year = str(today().year)
    page = clerk.get("/surat/arsip").text
    assert "470" in page
    refused = clerk.submit("/surat/arsip", {"tahun": year, "alasan": ""})
    assert refused.status_code == 422
    assert "Tulis untuk apa" in refused.text
    started = clerk.submit("/surat/arsip", {"tahun": year, "alasan": "Cadangan akhir tahun"})
    assert started.status_code == 303
    settle(app)
    done = clerk.get(started.headers["Location"]).text
    parts = re.findall(r'href="(/surat/arsip/[^"]+/bagian/\d+)"', done)
    assert len(parts) == 2
    names: list[str] = []
    for part in parts:
        with zipfile.ZipFile(io.BytesIO(clerk.get(part).data)) as opened:
            names += opened.namelist()
    assert sum(name.endswith(".pdf") for name in names) == 2
    assert f"indeks-{year}.xlsx" in names
    assert other.get(parts[0]).status_code == 404
    assert other.get(started.headers["Location"]).status_code == 404
    assert clerk.get(parts[0][:-1] + "9").status_code == 404
    assert len(audited(app, village, "letters.archive_fetched")) == 2
    with app.app_context(), tenant_scope(village):
        archive.forget_archive(run=started.headers["Location"].rpartition("/")[2])
    assert clerk.get(parts[0]).status_code == 404


def test_another_villages_letter_is_unknown(
    app: SigerFlask, village: Tenant, make_village: Callable[[], Tenant], staff: Staff
) -> None:
    other = make_village()
    letter_id = outgoing(app, other)[0]
    clerk = staff(village)
    assert clerk.get(f"/surat/keluar/{letter_id}").status_code == 404
    assert clerk.get(f"/surat/keluar/{letter_id}/pindaian/{uuid.uuid4()}").status_code == 404
    sent = {"sent_to": "Camat", "sent_on": today().isoformat()}
    form = "/surat/keluar/catat"
    assert clerk.submit(f"/surat/keluar/{letter_id}/ekspedisi", sent, form=form).status_code == 404
    assert clerk.get(f"/surat/arsip/{uuid.uuid4()}").status_code == 404


def test_permissions(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    letter_id = outgoing(app, village)[0]
    section = staff(village, role="section_staff")
    form = f"/surat/keluar/{letter_id}"
    assert section.get("/surat/keluar/catat").status_code == 403
    token = staff(village)
    for path in ("/surat/keluar/catat", f"{form}/ekspedisi", "/surat/buku/agenda/berkas", "/surat/arsip"):
        assert section.post(path, {"csrf_token": "x"}).status_code in (400, 403), path
        answer = section.submit(path, {"bentuk": "pdf"}, form="/preferensi")
        assert answer.status_code in (400, 403), path
    page = section.get("/surat/keluar").text
    assert "Excel" not in page
    assert "Excel" in token.get("/surat/keluar").text


def test_dates_make_a_span() -> None:
    from app.government.letters.books.outgoing_queries import span_of

    assert span_of(2024, 2) == (dt.date(2024, 2, 1), dt.date(2024, 2, 29))
    assert span_of(2026, None) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


def test_a_search_that_finds_very_many_says_more_than(
    app: SigerFlask, village: Tenant, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing(app, village, 3)
    clerk = staff(village, role="secretary")
    monkeypatch.setattr(outgoing_queries, "MOST_COUNTED", 2)
    monkeypatch.setattr(outgoing_views, "MOST_COUNTED", 2)
    assert "3 dari lebih dari 2 surat" in clerk.get("/surat/keluar?q=warga").text
    assert "3 dari 3 surat" in clerk.get("/surat/keluar").text


def test_the_expedition_book_is_read_along_its_index(app: SigerFlask, village: Tenant) -> None:
    outgoing(app, village, 3)
    with app.app_context(), tenant_scope(village):
        query = books.sent_within(select(Letter.id), books.Span(today().year))
        said = query.compile(db.engine, compile_kwargs={"literal_binds": True}).string.replace("%%", "%")
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = db.session.execute(text(f"EXPLAIN {said}")).scalars().all()
        assert any("ix_letter_sent_on" in line for line in plan), plan
