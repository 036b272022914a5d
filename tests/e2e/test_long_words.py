"""Words without end: names, addresses and a village's own words as long as the forms take them break no page."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.e2e.browsing import DESKTOP, PHONE, Windows, overflow
from tests.e2e.house import PROVINCE, House
from tests.e2e.test_every_page import page_about

EMAIL = f"{'surel' * 12}@{'dusun' * 6}.test"
FORMS = {
    "/pengaturan/identitas": {
        "motto": "gotongroyong" * 10,
        "about": "bersatu" * 40,
        "address": "jalanpanjang" * 20,
        "email": EMAIL,
    },
    "/pengaturan/istilah": {
        "term": "Kampungan" * 3,
        "head": "Pemimpinan" * 6,
        "secretary": "Penulisan" * 6,
        "council": "Musyawarah" * 8,
        "sub_area": "Lingkungan" * 3,
    },
    "/pengaturan/perangkat/tambah": {"name": "Sukirmanto" * 8, "title": "Kepalaurus" * 8},
    "/pengaturan/wilayah/tambah": {"names": "Sumbersari" * 6},
    "/pengaturan/akun/undang": {"name": "Wahyuningsih" * 10, "email": EMAIL, "title": "Bendahara" * 8},
}
PAGES = (
    "/", "/masuk", "/beranda", "/akun", "/pengaturan/perangkat", "/pengaturan/perangkat/tambah", "/pengaturan/wilayah",
    "/pengaturan/wilayah/tambah", "/pengaturan/wilayah/tambah?jenis=rt", "/pengaturan/istilah", "/pengaturan/identitas",
    "/pengaturan/tampilan", "/pengaturan/akun", "/pengaturan/akun/undang", "/catatan", "/tidak-ada",
)  # fmt: skip


def test_long_words_break_no_page(windows: Windows, house: House) -> None:
    windows.expect("404 (NOT FOUND)")
    clerk, admin = house.login("clerk:wordy"), house.login("admin:wordy")
    page = windows.open(clerk)
    for path, values in FORMS.items():
        page.goto(house.url(clerk.host, path))
        for name, value in values.items():
            page.fill(f"main [name={name}]", value)
        page.locator("main form:has([required], textarea) button[type=submit]").first.click()
        assert page.locator("[aria-invalid=true]").count() == 0, path
    page.goto(house.url(clerk.host, "/pengaturan/perangkat"))
    page.locator(".official-text a", has_text="Sukirmanto").click()
    page.wait_for_url("**/pengaturan/perangkat/*")
    paths = [*PAGES, urlsplit(page.url).path, f"{urlsplit(page.url).path}/hapus"]
    found = []
    about = page_about(windows.open(admin), house, house.code_at(clerk.host))
    for width in (PHONE, DESKTOP):
        at_work, above = windows.open(clerk, width=width), windows.open(admin, width=width)
        found += wide(at_work, house, clerk.host, paths)
        found += wide(above, house, PROVINCE, [about])
    assert not found, "\n".join(found)


def wide(page: Page, house: House, host: str, paths: list[str]) -> list[str]:
    """What sticks out of these pages."""
    found = []
    for path in paths:
        page.goto(house.url(host, path))
        told = overflow(page)
        if told:
            found.append(f"{path} at {page.viewport_size}: {told}")
    return found
