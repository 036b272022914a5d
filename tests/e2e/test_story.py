"""The main story: a village is found, prepared, given its secretary, set up, and the province sees it."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, Windows
from tests.e2e.house import PROVINCE, House

FRESH_SECONDS = 5.0
LETTER_LINK = re.compile(r"https?://\S+/undangan\?t=\S+")


def figure(page: Page, name: str) -> str:
    """What the village's page of the province says of one figure; empty before the village was ever measured."""
    rows = page.locator("main .figure-lines > li", has=page.locator(".figure-name", has_text=name))
    return " ".join(rows.locator(".figure-value").all_text_contents()).strip()


def steps_left(page: Page) -> int:
    """How many steps of the checklist are not done."""
    return page.locator(".checklist li:not(.done)").count()


def test_from_the_province_to_the_village_and_back(windows: Windows, house: House) -> None:
    chosen = house.untouched[0]
    province = windows.open(house.login("admin:story"))
    expect(province.locator("h1")).to_be_visible()

    # Find it and have it prepared.
    province.goto(house.url(PROVINCE, "/desa"))
    province.fill("[name=q]", chosen["code"])
    province.keyboard.press("Enter")
    province.get_by_role("link", name=chosen["name"], exact=False).first.click()
    village_page = province.url
    province.get_by_role("link", name="Siapkan").click()
    province.locator("main button[type=submit]").click()
    site = province.get_by_role("link", name="Buka situs")
    expect(site).to_be_visible()

    # What residents see now.
    site.click()
    expect(province.locator("h1")).to_contain_text(chosen["name"])

    # Its first secretary is invited and accepts on a phone.
    province.goto(village_page)
    province.get_by_role("link", name="Undang orang").click()
    province.fill("[name=name]", "Siti Rahmawati")
    province.fill("[name=email]", "siti.rahmawati@desa.test")
    province.locator("main button[type=submit]").click()
    letter = house.letters.wait_for("siti.rahmawati@desa.test")
    found = LETTER_LINK.search(letter.get_content())
    assert found, letter.get_content()
    village = windows.open(width=PHONE)
    village.goto(found.group())
    expect(village.locator("h1")).to_contain_text(chosen["name"])
    village.fill("[name=password]", "pulau-teluk-embun-77")
    village.locator("main button[type=submit]").click()
    village.wait_for_url("**/beranda")

    # She works through the first steps.
    host = chosen["host"]
    before = steps_left(village)
    village.goto(house.url(host, "/pengaturan/identitas"))
    village.fill("[name=address]", "Jalan Raya Balai No. 1")
    village.fill("[name=whatsapp]", "0812-7000-1234")
    village.locator("main form button[type=submit]").last.click()
    expect(village.locator(".messages")).to_contain_text("ersimpan")
    for position, name in (("head", "Suparman"), ("secretary", "Siti Rahmawati")):
        village.goto(house.url(host, f"/pengaturan/perangkat/tambah?kedudukan={position}"))
        village.fill("[name=name]", name)
        village.select_option("[name=position]", position)
        village.locator("main form button[type=submit]").last.click()
        expect(village.locator(".official-list")).to_contain_text(name)
    saved = time.monotonic()
    village.goto(house.url(host, "/beranda"))
    assert steps_left(village) == before - 2
    village.goto(house.url(host))
    expect(village.locator("main")).to_contain_text("Suparman")

    # The province sees it soon after.
    while True:
        province.goto(village_page)
        people = figure(province, "Perangkat yang menjabat")
        if people == "2":
            break
        assert time.monotonic() - saved < FRESH_SECONDS, f"the province still sees {people!r} officials"
        time.sleep(0.25)
    expect(province.locator("main")).to_contain_text("Siti Rahmawati")
