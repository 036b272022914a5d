"""A mentor's phone on a bad line: the pages are there without a network, and a visit is sent once under its id."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe
from tests.e2e.browsing import PHONE, Windows, overflow
from tests.e2e.house import PROVINCE, House, Login
from tests.e2e.wires import Wire, wire_to
from tests.province.mentoring.visiting import photo

JAKARTA = (-6.1754, 106.8272)
PIN = "482915"
HOME = re.compile(r"/kunjungan$")
ONE = re.compile(r"/kunjungan/[0-9a-f-]{36}$")
SLOW = 30_000
"""Milliseconds: a photo is written anew before the answer comes."""
REMEMBERED = "caches.match('/kunjungan/tulis').then((found) => Boolean(found))"


@pytest.fixture
def wire(house: House) -> Iterator[Wire]:
    """The wire between the phone and the house."""
    with wire_to(house.port) as wire:
        yield wire


def address(wire: Wire, path: str) -> str:
    return f"http://{PROVINCE}:{wire.port}{path}"


def sign_in(page: Page, wire: Wire, login: Login) -> None:
    page.goto(address(wire, "/masuk"))
    page.fill("[name=email]", login.login)
    page.fill("[name=password]", login.password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/masuk" not in url)


def ready(page: Page) -> None:
    """Wait until the page's script has begun."""
    page.wait_for_selector("html[data-visit-ready]", state="attached")


def a_phone(windows: Windows, house: House, wire: Wire) -> Page:
    """A mentor's phone that remembers its pages."""
    windows.expect("ERR_", "Failed to load", "net::", "Failed to fetch", "fetching the script")
    page = windows.open(width=PHONE)
    sign_in(page, wire, house.login("mentor"))
    page.goto(address(wire, "/kunjungan"))
    ready(page)
    page.wait_for_function(REMEMBERED)
    page.goto(address(wire, "/kunjungan"))
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    return page


def fill_in(page: Page, words: str, place: str, folder: Path | None = None) -> None:
    """The form of a visit, not sent yet."""
    ready(page)
    page.select_option("[name=village_id]", index=1)
    page.fill("[name=place]", place)
    page.fill("[name=done]", words)
    page.fill("[name=next_step]", "Operator melanjutkan sendiri.")
    if folder is not None:
        file = folder / "foto.jpg"
        file.write_bytes(photo(JAKARTA, dt.datetime.fromisoformat("2024-10-12T09:14:00")))
        page.set_input_files("[name=photos]", file)
        expect(page.locator("[data-visit-chosen] li")).to_have_count(1)


def found(page: Page, wire: Wire, place: str) -> int:
    """How many visits the programme holds at a place."""
    page.goto(address(wire, f"/kunjungan/daftar?q={place}"))
    return page.locator("#daftar tbody tr").count()


def test_a_visit_written_without_a_network_is_sent_once_it_is_there(
    windows: Windows, house: House, wire: Wire, tmp_path: Path
) -> None:
    page = a_phone(windows, house, wire)
    wire.set("cut")
    page.goto(address(wire, "/kunjungan"))
    expect(page.locator("[data-visit-offline]")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Desa dampingan")
    assert not overflow(page)
    page.click("main .actions a.btn-primary")
    fill_in(page, "Ditulis di kebun tanpa sinyal.", "Kebun kopi", tmp_path)
    assert not overflow(page)
    page.click("main .submit-bar button[type=submit]")
    page.wait_for_url(HOME)
    expect(page.locator(".visit-kept article")).to_contain_text("belum terkirim")
    expect(page.locator(".visit-kept article")).to_contain_text("1 foto")
    page.reload()
    expect(page.locator(".visit-kept article")).to_contain_text("belum terkirim")
    assert not overflow(page)
    wire.set("open")
    page.goto(address(wire, "/kunjungan"))
    expect(page.locator(".visit-kept article")).to_contain_text("Sudah terkirim", timeout=SLOW)
    page.click(".visit-kept article a")
    page.wait_for_url(ONE)
    expect(page.locator("main")).to_contain_text("Ditulis di kebun tanpa sinyal.")
    expect(page.locator(".visit-photos")).to_contain_text("12 Oktober 2024 09.14 WIB")
    expect(page.locator(".visit-photos")).to_contain_text("-6.17540, 106.82720")
    page.locator(".visit-photos img").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.visit-photos img').naturalWidth > 0")
    assert not overflow(page)
    assert not axe.examine(page)
    assert found(page, wire, "Kebun+kopi") == 1


def test_an_answer_that_was_lost_makes_no_second_visit(windows: Windows, house: House, wire: Wire) -> None:
    page = a_phone(windows, house, wire)
    page.goto(address(wire, "/kunjungan/tulis"))
    fill_in(page, "Jawabannya hilang di jalan.", "Balai dusun")
    wire.set("mute")
    page.click("main .submit-bar button[type=submit]")
    page.wait_for_url(HOME, timeout=30_000)
    wire.set("open")
    page.goto(address(wire, "/kunjungan"))
    expect(page.locator(".visit-kept article")).to_contain_text("Sudah terkirim", timeout=SLOW)
    assert found(page, wire, "Balai+dusun") == 1


def test_what_was_typed_is_there_again_after_the_page_was_left(
    windows: Windows, house: House, wire: Wire, tmp_path: Path
) -> None:
    page = a_phone(windows, house, wire)
    page.goto(address(wire, "/kunjungan/tulis"))
    fill_in(page, "Baru setengah jalan menulis.", "Warung depan balai", tmp_path)
    expect(page.locator("[data-visit-told]")).to_contain_text("Tersimpan di ponsel")
    page.wait_for_url(re.compile(r"draf="))
    page.fill("[name=done]", "Baru setengah jalan menulis, lalu ponsel mati.")
    page.wait_for_timeout(900)
    wire.set("cut")
    page.goto(address(wire, "/kunjungan"))
    expect(page.locator(".visit-kept article")).to_contain_text("belum selesai")
    page.click(".visit-kept article a")
    ready(page)
    expect(page.locator("[name=done]")).to_have_value("Baru setengah jalan menulis, lalu ponsel mati.")
    expect(page.locator("[data-visit-chosen] li")).to_have_count(1)
    wire.set("open")
    page.fill("[name=done]", "x")
    page.click("main .submit-bar button[type=submit]")
    windows.expect("422")
    expect(page.locator("[data-visit-problems]")).to_contain_text("Terlalu pendek")
    page.fill("[name=done]", "Sekarang lengkap ditulis.")
    page.click("main .submit-bar button[type=submit]")
    page.wait_for_url(ONE)
    expect(page.locator("main")).to_contain_text("Sekarang lengkap ditulis.")
    assert found(page, wire, "Warung+depan") == 1
    page.goto(address(wire, "/kunjungan"))
    ready(page)
    expect(page.locator(".visit-kept")).to_be_hidden()


def test_a_form_that_the_phone_remembered_takes_the_present_day(
    windows: Windows, house: House, wire: Wire
) -> None:
    page = a_phone(windows, house, wire)
    wire.set("cut")
    page.evaluate(
        """async () => {
          const pages = await caches.open("siger-visits-1"), known = await pages.match("/kunjungan/tulis");
          const older = (await known.text()).replaceAll(/"20[0-9-]{8}"/g, '"2020-01-01"');
          await pages.put("/kunjungan/tulis", new Response(older, { headers: { "Content-Type": "text/html" } }));
        }"""
    )
    page.goto(address(wire, "/kunjungan/tulis"))
    ready(page)
    assert page.locator("[name=visited_on]").get_attribute("max") is None
    assert page.input_value("[name=visited_on]") == page.evaluate("new Date().toLocaleDateString('sv')")
    wire.set("open")


def test_a_draft_waits_for_its_own_account(windows: Windows, house: House, wire: Wire) -> None:
    page = a_phone(windows, house, wire)
    wire.set("cut")
    page.goto(address(wire, "/kunjungan/tulis"))
    fill_in(page, "Rahasia pendamping pertama.", "Rumah sandi pertama")
    page.click("main .submit-bar button[type=submit]")
    page.wait_for_url(HOME)
    page.context.clear_cookies()
    wire.set("open")
    sign_in(page, wire, house.login("district_officer"))
    page.goto(address(wire, "/kunjungan"))
    expect(page.locator(".visit-kept article")).to_contain_text("akun lain")
    assert "Rahasia pendamping" not in page.content()
    assert found(page, wire, "Rumah+sandi+pertama") == 0
    wire.set("cut")
    page.goto(address(wire, "/kunjungan/tulis"))
    assert "Desa dampingan" not in page.content()
    wire.set("open")
    page.context.clear_cookies()
    sign_in(page, wire, house.login("mentor"))
    page.goto(address(wire, "/kunjungan"))
    expect(page.locator(".visit-kept article")).to_contain_text("Sudah terkirim", timeout=SLOW)
    assert found(page, wire, "Rumah+sandi+pertama") == 1


def test_signing_out_forgets_the_pages_and_keeps_the_drafts(
    windows: Windows, house: House, wire: Wire
) -> None:
    page = a_phone(windows, house, wire)
    page.goto(address(wire, "/kunjungan/tulis"))
    fill_in(page, "Draf yang tetap ada di ponsel.", "Tepi jalan")
    expect(page.locator("[data-visit-told]")).to_contain_text("Tersimpan di ponsel")
    page.goto(address(wire, "/pendampingan"))
    page.evaluate("""document.querySelector('form[action^="/keluar"]').requestSubmit()""")
    page.wait_for_url(re.compile("/masuk"))
    wire.set("cut")
    page.goto(address(wire, "/kunjungan"))
    expect(page.locator("main")).to_contain_text("Tidak ada sambungan")
    assert "Desa dampingan" not in page.content()
    wire.set("open")
    sign_in(page, wire, house.login("mentor"))
    page.goto(address(wire, "/kunjungan"))
    expect(page.locator(".visit-kept article").first).to_contain_text("belum selesai")


def test_without_scripts_a_visit_is_recorded_and_the_village_signs_with_its_pin(
    windows: Windows, house: House, wire: Wire
) -> None:
    village = house.villages[0]
    desk = windows.open(house.login("secretary", village["host"]), javascript=False, width=PHONE)
    desk.goto(house.url(village["host"], "/pendampingan/pin"))
    assert not overflow(desk)
    desk.fill("[name=pin]", PIN)
    desk.fill("[name=again]", PIN)
    desk.click("main .submit-bar button")
    expect(desk.locator("main")).to_contain_text("PIN sudah ada")
    phone = windows.open(width=PHONE, javascript=False)
    sign_in(phone, wire, house.login("mentor"))
    phone.goto(address(wire, "/kunjungan/tulis"))
    option = phone.locator("[name=village_id] option", has_text=village["name"]).first
    phone.select_option("[name=village_id]", option.get_attribute("value"))
    phone.fill("[name=place]", "Rumah kepala dusun")
    phone.fill("[name=done]", "Mencatat kunjungan tanpa skrip.")
    phone.fill("[name=next_step]", "Tidak ada.")
    phone.click("main .submit-bar button[type=submit]")
    phone.wait_for_url(ONE)
    phone.fill("[name=name]", "Sutrisno")
    phone.fill("[name=pin]", PIN)
    phone.click("main form .btn-block")
    expect(phone.locator(".state-line")).to_contain_text("Ditandatangani desa")
    desk.goto(house.url(village["host"], "/pendampingan/kunjungan"))
    assert not overflow(desk)
    desk.locator("main .visit-list li", has_text="Rumah kepala dusun").first.locator("a").click()
    expect(desk.locator("main")).to_contain_text("Sutrisno")
    assert not overflow(desk)
