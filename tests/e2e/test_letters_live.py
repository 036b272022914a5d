"""What the script of the letters' forms adds: a preview that follows the text, and a check while one types."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.browsing import Windows
from tests.e2e.house import House


def _own_type(page: Page, house: House, host: str) -> None:
    page.goto(house.url(host, "/surat/jenis/baru"))
    page.fill("[name=title]", "Surat Keterangan Karang Taruna")
    page.click("main form.form-narrow button[type=submit]")
    page.wait_for_url("**/ubah")


def test_the_editors_preview_follows_what_is_typed(windows: Windows, house: House) -> None:
    login = house.login("clerk:secretary")
    page = windows.open(login)
    _own_type(page, house, login.host)
    picture = page.locator("#pratinjau img.letter-sample")
    expect(picture).to_be_visible(timeout=20_000)
    before = picture.get_attribute("src") or ""
    page.locator("#f-body").press_sequentially("Keterangan tambahan tentang karang taruna.\n\n", delay=5)
    expect(picture).not_to_have_attribute("src", before, timeout=20_000)
    page.fill("#f-body", "Nama: {{bukan_isian}}")
    expect(page.locator("#pratinjau .preview-faults")).to_contain_text("bukan_isian", timeout=20_000)


def test_the_desks_form_is_checked_while_it_is_filled_in(windows: Windows, house: House) -> None:
    login = house.login("clerk:secretary")
    page = windows.open(login)
    page.goto(house.url(login.host, "/surat/baru?jenis=sppd"))
    page.fill("[name=lama]", "tiga")
    page.press("[name=lama]", "Tab")
    expect(page.locator("#periksa")).to_contain_text(re.compile("bilangan bulat"))
    page.fill("[name=lama]", "3")
    page.press("[name=lama]", "Tab")
    expect(page.locator("#periksa")).not_to_contain_text(re.compile("bilangan bulat"))
