"""Two people at once: two clerks on one form, the province visiting a village, cookies that don't travel."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.browsing import Windows
from tests.e2e.house import PROVINCE, House

REASON = "Membantu memasang kop surat atas permintaan desa"


def test_two_clerks_see_both_versions_and_lose_nothing(windows: Windows, house: House) -> None:
    windows.expect("409 (CONFLICT)")
    first, second = house.login("clerk:neighbour"), house.login("clerk:neighbour_two")
    one, two = windows.open(first), windows.open(second)
    for page in (one, two):
        page.goto(house.url(first.host, "/pengaturan/identitas"))
    one.fill("[name=motto]", "Rukun dan maju")
    one.locator("main form button[type=submit]").last.click()
    expect(one.locator(".messages")).to_contain_text("ersimpan")
    two.fill("[name=motto]", "Bersatu membangun")
    two.locator("main form button[type=submit]").last.click()
    conflict = two.locator(".conflict")
    expect(conflict).to_contain_text("Rukun dan maju")
    expect(conflict).to_contain_text("Bersatu membangun")
    expect(two.locator("[name=motto]")).to_have_value("Bersatu membangun")
    two.locator("main form button[type=submit]").last.click()
    expect(two.locator(".messages")).to_contain_text("ersimpan")
    one.reload()
    expect(one.locator("[name=motto]")).to_have_value("Bersatu membangun")


def test_a_support_visit_is_seen_on_both_sides_and_ends(windows: Windows, house: House) -> None:
    clerk = house.login("clerk:host")
    officer = windows.open(house.login("admin:visitor"))
    staff = windows.open(clerk)
    officer.goto(house.url(PROVINCE, f"/desa?q={house.code_at(clerk.host)}"))
    officer.locator("main tbody a").first.click()
    officer.get_by_role("link", name="Kunjungan bantuan").click()
    officer.fill("[name=reason]", REASON)
    officer.locator("main button[type=submit]").click()
    officer.wait_for_url(f"http://{clerk.host}:*/**")
    expect(officer.locator(".banner")).to_contain_text(REASON)
    staff.goto(house.url(clerk.host, "/beranda"))
    expect(staff.locator(".banner")).to_contain_text("Admin Visitor")
    staff.locator(".banner button").click()
    expect(staff.locator(".banner")).to_have_count(0)
    officer.goto(house.url(clerk.host, "/beranda"))
    assert "/masuk" in officer.url


def test_a_cookie_of_one_village_is_nobody_in_another(windows: Windows, house: House) -> None:
    here, other = house.login("clerk:secretary"), house.login("clerk:neighbour")
    page = windows.open(here)
    stolen = [cookie for cookie in page.context.cookies() if cookie["name"] == "siger_session"]
    assert len(stolen) == 1
    for host in (other.host, PROVINCE):
        thief = windows.open()
        thief.context.add_cookies([{**stolen[0], "domain": host}])  # type: ignore[list-item]
        thief.goto(house.url(host, "/akun"))
        assert "/masuk" in thief.url
    page.goto(house.url(here.host, "/akun"))
    assert "/masuk" not in page.url


def test_signing_out_everywhere_ends_every_window(windows: Windows, house: House) -> None:
    login = house.login("clerk:leaver")
    one, two = windows.open(login, fresh=True), windows.open(login, fresh=True)
    one.goto(house.url(login.host, "/akun/perangkat"))
    assert one.locator(".rows-list li").count() == 2
    one.get_by_role("button", name="Keluar dari semua perangkat").click()
    one.wait_for_url("**/masuk*")
    for page in (one, two):
        page.goto(house.url(login.host, "/beranda"))
        assert "/masuk" in page.url
