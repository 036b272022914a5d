"""A clerk's day with the register: on a desktop, on a phone, and where JavaScript does not run."""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from app.government.residents.writing import today
from tests.e2e.browsing import PHONE, Windows, overflow
from tests.e2e.house import House, Login
from tests.e2e.residents_pages import HEADINGS, apply_import, look_at_preview, number, pick, save, send_file
from tests.support.residents import a_nik
from tests.support.workbooks import Cells


def add_household(page: Page, house: House, login: Login, kk: str) -> None:
    """A household with its card; leads to the form of its head."""
    page.goto(house.url(login.host, "/keluarga/tambah"))
    page.fill("[name=kk]", kk)
    page.fill("[name=address]", "Jalan Damar 7")
    save(page)
    page.wait_for_url("**/penduduk/tambah?*")


def fill_head(page: Page, name: str, nik: str, birth_date: dt.date) -> None:
    """The head of a household, as far as a clerk fills the form in at first."""
    page.fill("[name=name]", name)
    page.fill("[name=nik]", nik)
    pick(page, "sex", "2")
    page.fill("[name=birth_date]", birth_date.isoformat())
    pick(page, "relation", "1")


def rows_of(data: bytes) -> list[list[Any]]:
    """The rows of a workbook's first sheet."""
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def corrected(data: bytes, wrong: str, right: str) -> list[list[Any]]:
    """The rejected rows as a clerk sends them again: one cell is another."""
    rows = [[right if cell == wrong else cell for cell in row] for row in rows_of(data)]
    assert any(right in row for row in rows), rows
    return rows


def import_file(page: Page, house: House, login: Login, name: str, rows: Cells) -> None:
    """Send a workbook, take the columns as they are guessed, and wait for the preview."""
    send_file(page, house, login, name, rows)
    look_at_preview(page)


def report(page: Page) -> dict[str, int]:
    """The rows of the report about everybody: name → all people."""
    table = page.locator(".report-part").first
    found = {}
    for row in table.locator("tbody tr").all():
        words = row.locator("[data-label=Jumlah]").inner_text().strip()
        digits = int(re.sub(r"\D", "", words))
        found[row.locator("th").inner_text().strip()] = -digits if "−" in words else digits
    return found


def find(page: Page, house: House, login: Login, words: str) -> None:
    """Type into the search of the list, as far as the results follow by themselves."""
    page.goto(house.url(login.host, "/penduduk"))
    page.locator("#filter-q").press_sequentially(words, delay=15)


def test_a_clerk_keeps_the_register_on_a_desktop(windows: Windows, house: House) -> None:
    login = house.login("clerk:register")
    page = windows.open(login)
    page.goto(house.url(login.host, "/penduduk"))
    before = number(page, "Penduduk")
    born = dt.date(today().year - 30, 3, 4)
    nik = a_nik(born, 2)

    # A household and its head.
    add_household(page, house, login, f"180620{today():%d%m%y}7001")
    fill_head(page, "WULANDARI SEKAR", nik, born)
    save(page)
    expect(page.locator(".messages")).to_be_visible()

    # Found while typing, by part of the name and by the number, which never stands in the address.
    find(page, house, login, "sekar wulandari")
    expect(page.locator("#daftar tbody tr")).to_have_count(1)
    expect(page.locator("#daftar")).to_contain_text("WULANDARI SEKAR")
    find(page, house, login, nik)
    expect(page.locator("#daftar tbody tr")).to_have_count(1)
    page.wait_for_timeout(400)
    assert nik not in page.url
    page.get_by_role("link", name="WULANDARI SEKAR").click()
    expect(page.locator("h1")).to_contain_text("WULANDARI SEKAR")
    assert nik not in page.content()

    # A birth, and a death.
    page.get_by_text("Catat peristiwa dan lainnya").click()
    page.get_by_role("link", name="Lahir", exact=True).click()
    page.fill("[name=name]", "BINTANG SEKAR")
    pick(page, "sex", "1")
    page.fill("[name=happened_on]", today().isoformat())
    save(page)
    expect(page.locator("main")).to_contain_text("BINTANG SEKAR")
    find(page, house, login, "bintang sekar")
    page.locator("#daftar").get_by_role("link", name="BINTANG SEKAR").click()
    page.get_by_text("Catat peristiwa dan lainnya").click()
    page.get_by_role("link", name="Meninggal", exact=True).click()
    page.fill("[name=happened_on]", today().isoformat())
    save(page)
    expect(page.locator("main")).to_contain_text("BINTANG SEKAR")

    # The month adds up, and ends with as many as the list holds.
    page.goto(house.url(login.host, "/penduduk"))
    assert number(page, "Penduduk") == before + 1
    page.goto(house.url(login.host, f"/penduduk/laporan/{today().year}/{today().month}"))
    rows = report(page)
    assert (
        sum(count for name, count in rows.items() if name != "Akhir bulan")
        == rows["Akhir bulan"]
        == before + 1
    )
    assert rows["Lahir"] >= 1
    assert rows["Meninggal"] <= -1

    # All of it as a workbook, with the reason.
    page.goto(house.url(login.host, "/penduduk/ekspor"))
    pick(page, "shape", "exchange")
    page.fill("[name=reason]", "Cadangan bulanan")
    with page.expect_download() as download:
        save(page)
    assert len(rows_of(Path(download.value.path()).read_bytes())) == before + 2

    # A small workbook with a mistake, corrected and sent again.
    others = [a_nik(dt.date(1990, 5, 6), 1), a_nik(dt.date(1991, 7, 8), 2)]
    cut = others[1][:15]
    sent = [
        HEADINGS,
        [others[0], "GALIH PRATAMA", 1, "1990-05-06", 1],
        [cut, "RATIH KUSUMA", 2, "1991-07-08", 1],
    ]
    import_file(page, house, login, "warga.xlsx", sent)
    expect(page.locator("main")).to_contain_text("1")
    page.get_by_role("link", name=re.compile("^Ditolak")).click()
    expect(page.locator("main")).to_contain_text("RATIH KUSUMA")
    expect(page.locator("main")).to_contain_text("16 angka")
    with page.expect_download() as download:
        page.get_by_role("link", name="Unduh baris yang ditolak").click()
    rejected = Path(download.value.path()).read_bytes()
    apply_import(page)
    import_file(page, house, login, "warga-betul.xlsx", corrected(rejected, cut, others[1]))
    apply_import(page)
    for name in ("galih pratama", "ratih kusuma"):
        find(page, house, login, name)
        expect(page.locator("#daftar tbody tr")).to_have_count(1)


def test_on_a_phone_the_list_becomes_cards(windows: Windows, house: House) -> None:
    login = house.login("clerk:register_phone")
    page = windows.open(login, width=PHONE)
    for path in ("/penduduk", "/keluarga"):
        page.goto(house.url(login.host, path))
        first = page.locator("tbody tr").first
        expect(first).to_be_visible()
        box = first.bounding_box()
        assert box is not None
        assert box["height"] > 90, "a row of a table, no card"
        assert box["x"] + box["width"] <= PHONE
        expect(page.locator("thead")).not_to_be_in_viewport()
        first.locator("a").first.click()
        expect(page.locator("h1")).to_be_visible()
        assert overflow(page) == ""
    page.goto(house.url(login.host, "/penduduk/tambah"))
    fill_head(page, "PUTRI MELATI", a_nik(dt.date(1995, 4, 9), 2), dt.date(1995, 4, 9))
    pick(page, "relation", "")
    save(page)
    expect(page.locator(".messages")).to_be_visible()
    page.goto(house.url(login.host, "/penduduk"))
    page.locator("#filter-q").press_sequentially("melati", delay=15)
    expect(page.locator("#daftar")).to_contain_text("PUTRI MELATI")
    assert overflow(page) == ""


def test_everything_works_without_javascript(windows: Windows, house: House) -> None:
    login = house.login("clerk:register_plain")
    page = windows.open(login, javascript=False)
    born = dt.date(today().year - 25, 5, 6)
    nik = a_nik(born, 2)
    add_household(page, house, login, f"180620{today():%d%m%y}7002")
    fill_head(page, "AYU LESTARI DEWI", nik, born)
    save(page)
    expect(page.locator(".messages")).to_be_visible()
    page.goto(house.url(login.host, "/penduduk"))
    page.fill("#filter-q", nik)
    page.locator(".register-search-line button").click()
    assert nik not in page.url
    expect(page.locator("#daftar tbody tr")).to_have_count(1)
    page.get_by_role("link", name="AYU LESTARI DEWI").click()

    # The number, with a reason.
    shown = page.locator("form[action$='/nomor']")
    shown.locator("xpath=ancestor::details[1]/summary").click()
    shown.locator("input[name=reason][value=service]").check()
    shown.locator("button[type=submit]").click()
    expect(page.locator("main")).to_contain_text(nik)

    # A birth, taken back.
    page.get_by_text("Catat peristiwa dan lainnya").click()
    page.get_by_role("link", name="Lahir", exact=True).click()
    page.fill("[name=name]", "SURYA DEWI")
    pick(page, "sex", "1")
    page.fill("[name=happened_on]", today().isoformat())
    save(page)
    expect(page.locator("main")).to_contain_text("SURYA DEWI")
    page.get_by_role("link", name="Batalkan").click()
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("main")).to_contain_text("dibatalkan")

    # A filter, a workbook, the statistics.
    page.goto(house.url(login.host, "/penduduk?sex=2&vital_status=all"))
    assert number(page, "Laki-laki") == 0
    row = [a_nik(dt.date(1988, 1, 2), 1), "BAGAS WIRA", 1, "1988-01-02", 1]
    import_file(page, house, login, "satu.xlsx", [HEADINGS, row])
    apply_import(page)
    page.goto(house.url(login.host, "/penduduk?q=bagas"))
    expect(page.locator("#daftar")).to_contain_text("BAGAS WIRA")
    page.goto(house.url(login.host, "/penduduk/statistik"))
    expect(page.locator("main .facts").first).to_be_visible()
    expect(page.locator("main svg").first).to_be_visible()
