"""Pages in the states that people meet them in: refused forms, open menus and dialogs, forbidden pages."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e import axe
from tests.e2e.browsing import PHONE, Windows
from tests.e2e.house import PROVINCE, House


def test_a_refused_form_says_so_beside_the_field_and_keeps_what_was_typed(
    windows: Windows, house: House
) -> None:
    windows.expect("422 (UNPROCESSABLE ENTITY)")
    login = house.login("clerk:plain")
    page = windows.open(login)
    page.goto(house.url(login.host, "/pengaturan/identitas"))
    page.fill("[name=motto]", "Tetap ada")
    page.fill("[name=postal_code]", "12")
    page.fill("[name=whatsapp]", "bukan nomor")
    page.locator("main form button[type=submit]").last.click()
    for name in ("postal_code", "whatsapp"):
        field = page.locator(f"[name={name}]")
        expect(field).to_have_attribute("aria-invalid", "true")
        told = field.get_attribute("aria-describedby")
        assert told
        expect(page.locator(f"#{told.split()[-1]}")).not_to_be_empty()
    expect(page.locator("[name=motto]")).to_have_value("Tetap ada")
    found = axe.examine(page)
    assert not found, "\n".join(found)


def test_open_menus_and_dialogs_serve_everybody(windows: Windows, house: House) -> None:
    host = f"gisting-atas.{PROVINCE}"
    page = windows.open(house.login("secretary", host), width=PHONE)
    page.goto(house.url(host, "/beranda"))
    page.locator(".phone-menu > summary").click()
    page.locator(".phone-menu .person > summary").click()
    found = [f"menu: {problem}" for problem in axe.violations(page) + axe.narrow(page)]
    page.goto(house.url(host, "/pengaturan/akun"))
    page.get_by_role("link", name="Zainal Abidin").click()
    page.get_by_role("link", name="Keluarkan").click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    found += [f"dialog: {problem}" for problem in axe.violations(page) + axe.narrow(page)]
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert not found, "\n".join(found)


def test_what_one_may_not_do_is_explained(windows: Windows, house: House) -> None:
    windows.expect("403 (FORBIDDEN)")
    host = f"gisting-atas.{PROVINCE}"
    page = windows.open(house.login("cadre", host))
    answer = page.goto(house.url(host, "/pengaturan/akun"))
    assert answer is not None
    assert answer.status == 403
    found = axe.examine(page)
    assert not found, "\n".join(found)


def test_english_pages_fit_small_phones_too(windows: Windows, house: House) -> None:
    host = f"gisting-atas.{PROVINCE}"
    found = []
    province_pages = ("/", "/desa", "/penyiapan", "/pekerjaan", "/akun-wilayah")
    village_pages = ("/?bahasa=en", "/beranda", "/pengaturan/tampilan", "/pengaturan/jam-layanan")
    for login, origin, paths in (
        (house.login("admin:pages"), PROVINCE, province_pages),
        (house.login("secretary", host), host, village_pages),
    ):
        page = windows.open(login, width=PHONE)
        page.goto(house.url(origin, "/preferences/language/en?next=/akun"))
        for path in paths:
            page.goto(house.url(origin, path))
            expect(page.locator("html")).to_have_attribute("lang", "en")
            found += [f"{path}: {problem}" for problem in axe.narrow(page)]
    assert not found, "\n".join(found)
