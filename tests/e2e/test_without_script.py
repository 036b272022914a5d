"""Everything essential works with JavaScript switched off."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, Windows
from tests.e2e.house import PROVINCE, House


def test_an_officer_prepares_and_suspends_a_village(windows: Windows, house: House) -> None:
    windows.expect("503 (SERVICE UNAVAILABLE)", "422 (UNPROCESSABLE ENTITY)")
    page = windows.open(house.login("admin:plain"), javascript=False)
    page.goto(house.url(PROVINCE, "/desa"))
    page.fill("[name=q]", house.untouched[1]["code"])
    page.keyboard.press("Enter")
    page.locator("main tbody a").first.click()
    address = page.url
    page.get_by_role("link", name="Siapkan").click()
    page.locator("main button[type=submit]").click()
    for _ in range(20):
        if page.get_by_role("link", name="Buka situs").count():
            break
        page.wait_for_timeout(250)
        page.goto(address)
    page.get_by_role("link", name="Tangguhkan").click()
    page.fill("[name=reason]", "   ")
    page.locator("main button[type=submit]").click()
    expect(page.locator("[aria-invalid=true]")).to_be_visible()
    page.fill("[name=reason]", "Diminta camat sampai musyawarah selesai")
    page.locator("main button[type=submit]").click()
    expect(page.get_by_role("link", name="Pulihkan")).to_be_visible()
    closed = windows.open(javascript=False)
    answer = closed.goto(house.url(house.untouched[1]["host"]))
    assert answer is not None
    assert answer.status == 503
    expect(closed.locator("h1")).to_be_visible()


def test_a_clerk_saves_settings_adds_an_official_and_chooses(windows: Windows, house: House) -> None:
    login = house.login("clerk:plain")
    page = windows.open(login, width=PHONE, javascript=False)
    page.goto(house.url(login.host, "/pengaturan/jam-layanan"))
    page.fill("[name=mon_opens]", "08:15")
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator(".messages")).to_contain_text("ersimpan")
    page.goto(house.url(login.host, "/pengaturan/perangkat/tambah"))
    page.fill("[name=name]", "Ahmad Yani Putra")
    page.select_option("[name=position]", "treasurer")
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator(".official-list")).to_contain_text("Ahmad Yani Putra")
    choose(page, "Gelap")
    expect(page.locator("html")).to_have_attribute("data-theme", re.compile("dark"))
    choose(page, "English")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    choose(page, "Indonesia")
    choose(page, "Otomatis")
    expect(page.locator("html")).to_have_attribute("lang", "id")


def choose(page: Page, words: str) -> None:
    """Open the phone's menu and in it the person's, and press one of the choices."""
    page.locator(".phone-menu > summary").click()
    page.locator(".phone-menu .person > summary").click()
    page.locator(".phone-menu").get_by_role("button", name=words).click()
