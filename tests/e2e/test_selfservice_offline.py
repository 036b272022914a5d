"""A request survives a lost connection: kept on the phone, sent later exactly once, for its own account only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, Windows
from tests.e2e.house import House
from tests.e2e.wires import Wire, wire_to
from tests.support.images import picture

KIND = "sktm"
KEPT = re.compile(r"/layanan/tersimpan$")


@pytest.fixture
def wire(house: House) -> Iterator[Wire]:
    """The wire between the phone and the house."""
    with wire_to(house.port) as wire:
        yield wire


def address(house: House, wire: Wire, path: str) -> str:
    return f"http://{house.residents[0]['host']}:{wire.port}{path}"


def sign_in(page: Page, house: House, wire: Wire, number: int) -> None:
    """Sign in as a resident does."""
    resident = house.residents[number]
    page.goto(address(house, wire, "/layanan/masuk"))
    page.fill("[name=nik]", resident["nik"])
    page.fill("[name=pin]", resident["pin"])
    page.click("main form button[type=submit]")
    page.wait_for_url(lambda url: "/masuk" not in url)


def a_phone(windows: Windows, house: House, wire: Wire, number: int) -> Page:
    """A phone that is signed in, with its service worker at work."""
    windows.expect("ERR_", "Failed to load", "net::", "Failed to fetch")
    # The browser asks for a newer worker by itself, also while the wire is cut.
    windows.expect("fetching the script")
    page = windows.open(width=PHONE)
    sign_in(page, house, wire, number)
    page.goto(address(house, wire, "/layanan"))
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    return page


def fill_in(page: Page, house: House, wire: Wire, words: str, folder: Path) -> None:
    """The form of a letter with its photos, not sent yet."""
    photo = folder / "foto.jpg"
    photo.write_bytes(picture())
    page.goto(address(house, wire, f"/layanan/surat/baru/{KIND}"))
    page.fill("[name=keperluan]", words)
    for field in page.locator("input[type=file]").all():
        field.set_input_files(photo)
        expect(page.locator(f'[data-photo-told="{field.get_attribute("id")}"]')).to_be_visible()


def titles(page: Page, house: House, wire: Wire) -> list[str]:
    """All requests of the account, drafts too."""
    page.goto(address(house, wire, "/layanan/surat"))
    return page.locator(".portal-list li").all_inner_texts()


def test_a_request_sent_without_a_connection_is_kept_and_sent_once(
    windows: Windows, house: House, wire: Wire, tmp_path: Path
) -> None:
    page = a_phone(windows, house, wire, 0)
    fill_in(page, house, wire, "Beasiswa di tengah kebun", tmp_path)
    wire.set("cut")
    page.click("button[value=periksa]")
    page.wait_for_url(KEPT)
    expect(page.locator(".kept-entry")).to_contain_text("belum terkirim")
    assert "Beasiswa" not in page.content()
    page.goto(address(house, wire, "/layanan/surat"))
    expect(page.locator("h1")).to_have_text("Tidak ada sambungan")
    wire.set("open")
    page.goto(address(house, wire, "/layanan/tersimpan"))
    expect(page.locator(".kept-entry")).to_contain_text("Sudah terkirim")
    found = titles(page, house, wire)
    assert len(found) == 1
    assert "Menunggu diperiksa" in found[0]
    page.click(".portal-list li a")
    expect(page.locator(".portal-files li")).to_have_count(page.locator(".portal-files a").count())
    assert page.locator(".portal-files li").count() >= 1


def test_an_answer_that_was_lost_makes_no_second_letter(
    windows: Windows, house: House, wire: Wire, tmp_path: Path
) -> None:
    page = a_phone(windows, house, wire, 1)
    fill_in(page, house, wire, "Jawaban hilang di jalan", tmp_path)
    wire.set("mute")
    page.click("button[value=periksa]")
    page.wait_for_url(KEPT)
    wire.set("open")
    page.goto(address(house, wire, "/layanan/tersimpan"))
    expect(page.locator(".kept-entry")).to_contain_text("Sudah terkirim")
    assert len(titles(page, house, wire)) == 1
    wire.set("mute")
    page.goto(address(house, wire, "/layanan"))
    wire.set("open")
    page.goto(address(house, wire, "/layanan"))
    assert len(titles(page, house, wire)) == 1


def test_signing_out_wipes_what_the_phone_kept(
    windows: Windows, house: House, wire: Wire, tmp_path: Path
) -> None:
    page = a_phone(windows, house, wire, 2)
    fill_in(page, house, wire, "Rahasia keluarga", tmp_path)
    wire.set("cut")
    page.click("button[value=periksa]")
    page.wait_for_url(KEPT)
    expect(page.locator(".kept-entry")).to_have_count(1)
    assert kept_rows(page) == 1
    page.context.clear_cookies()
    wire.set("open")
    page.goto(address(house, wire, "/layanan/tersimpan"))
    expect(page.locator(".kept-entry")).to_contain_text("Menunggu Anda masuk")
    sign_in(page, house, wire, 3)
    page.goto(address(house, wire, "/layanan/tersimpan"))
    expect(page.locator(".kept-entry")).to_contain_text("akun lain")
    assert titles(page, house, wire) == []
    page.goto(address(house, wire, "/layanan"))
    page.click(".portal-person summary")
    page.click("[data-sign-out] button")
    page.wait_for_url(lambda url: not url.endswith("/keluar"))
    page.goto(address(house, wire, "/layanan/tersimpan"))
    assert kept_rows(page) == 0
    sign_in(page, house, wire, 2)
    assert titles(page, house, wire) == []


def test_a_session_that_is_over_loses_nothing_that_was_typed(
    windows: Windows, house: House, wire: Wire, tmp_path: Path
) -> None:
    page = a_phone(windows, house, wire, 5)
    windows.expect("401")
    fill_in(page, house, wire, "Masuk dahulu", tmp_path)
    page.context.clear_cookies()
    page.click("button[value=periksa]")
    page.wait_for_url(KEPT)
    expect(page.locator(".kept-entry")).to_contain_text("Menunggu Anda masuk")
    sign_in(page, house, wire, 5)
    page.goto(address(house, wire, "/layanan/tersimpan"))
    expect(page.locator(".kept-entry")).to_contain_text("konsep")
    page.click(".kept-entry a")
    expect(page.locator("main")).to_contain_text("Masuk dahulu")
    page.click("main form button[type=submit]")
    expect(page.locator(".portal-way")).to_contain_text("Permohonan dikirim")


def test_a_form_of_somebody_else_waits_for_its_owner(
    windows: Windows, house: House, wire: Wire, tmp_path: Path
) -> None:
    page = a_phone(windows, house, wire, 5)
    fill_in(page, house, wire, "Tulisan pemilik pertama", tmp_path)
    page.context.clear_cookies()
    other = page.context.new_page()
    sign_in(other, house, wire, 3)
    page.click("button[value=periksa]")
    page.wait_for_url(KEPT)
    expect(page.locator(".kept-entry")).to_contain_text("akun lain")
    assert "Tulisan pemilik pertama" not in page.content()
    assert titles(other, house, wire) == []
    page.context.clear_cookies()
    sign_in(page, house, wire, 5)
    page.goto(address(house, wire, "/layanan/tersimpan"))
    expect(page.locator(".kept-entry")).to_contain_text(re.compile("konsep|Sudah terkirim"))


def test_signing_out_without_a_connection_ends_the_session_with_the_next_one(
    windows: Windows, house: House, wire: Wire
) -> None:
    page = a_phone(windows, house, wire, 3)
    windows.expect("401")
    page.click(".portal-person summary")
    wire.set("cut")
    page.click("[data-sign-out] button")
    expect(page.locator("h1")).to_have_text("Tidak ada sambungan")
    wire.set("open")
    page.goto(address(house, wire, "/layanan/data"))
    page.wait_for_url(re.compile("/layanan/masuk"))


def test_going_back_to_a_form_that_was_answered_keeps_and_sends_nothing(
    windows: Windows, house: House, wire: Wire, tmp_path: Path
) -> None:
    windows.expect("422")
    page = a_phone(windows, house, wire, 4)
    page.goto(address(house, wire, f"/layanan/surat/baru/{KIND}"))
    page.fill("[name=keperluan]", "Kembali dari periksa")
    page.click("button[value=periksa]")
    expect(page.locator(".error-summary")).to_be_visible()
    photo = tmp_path / "foto.jpg"
    photo.write_bytes(picture())
    for field in page.locator("input[type=file]").all():
        field.set_input_files(photo)
        expect(page.locator(f'[data-photo-told="{field.get_attribute("id")}"]')).to_be_visible()
    page.click("button[value=periksa]")
    page.wait_for_url(re.compile(r"/periksa$"))
    page.go_back()
    page.wait_for_url(re.compile(r"/isi$"))
    expect(page.locator("[name=keperluan]")).to_have_value("Kembali dari periksa")
    assert kept_rows(page) == 0
    found = titles(page, house, wire)
    assert sum("Belum dikirim" in one for one in found) == 1, found


def test_a_form_that_can_not_be_kept_says_that_it_was_not_sent(
    windows: Windows, house: House, wire: Wire
) -> None:
    page = a_phone(windows, house, wire, 3)
    page.goto(address(house, wire, "/layanan/data/kontak"))
    page.fill("[name=phone]", "0812-0000-7777")
    wire.set("cut")
    page.click("main form button[type=submit]")
    page.wait_for_url(re.compile(r"/layanan/tidak-terkirim$"))
    expect(page.locator("h1")).to_have_text("Belum terkirim")
    expect(page.locator("main")).to_contain_text("tidak tersimpan")
    assert kept_rows(page) == 0
    wire.set("open")
    page.go_back()
    expect(page.locator("[name=phone]")).to_be_visible()


def kept_rows(page: Page) -> int:
    """How many submissions lie in the phone's own store."""
    count: int = page.evaluate(
        """() => new Promise((resolve) => {
          const opening = indexedDB.open("siger-kept", 1);
          opening.onupgradeneeded = () => opening.result.createObjectStore("entries", { keyPath: "id" });
          opening.onsuccess = () => {
            const asked = opening.result.transaction("entries").objectStore("entries").count();
            asked.onsuccess = () => { opening.result.close(); resolve(asked.result); };
          };
        })"""
    )
    return count


def test_a_photo_of_fifty_megabytes_gets_a_sentence_not_a_broken_page(
    windows: Windows, house: House, wire: Wire, tmp_path: Path
) -> None:
    windows.expect("413")
    huge = tmp_path / "besar.jpg"
    with huge.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    page = windows.open(width=PHONE, javascript=False)
    sign_in(page, house, wire, 4)
    page.goto(address(house, wire, f"/layanan/surat/baru/{KIND}"))
    page.fill("[name=keperluan]", "Foto besar")
    page.locator("input[type=file]").first.set_input_files(huge)
    page.click("button[value=periksa]")
    expect(page.locator("h1")).to_have_text("Foto terlalu besar")
    page.go_back()
    expect(page.locator("[name=keperluan]")).to_have_value("Foto besar")
