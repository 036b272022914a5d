"""A phone at the door of an event: it reads codes, knows names and takes newcomers with the network cut, and sends each
of them once when there is one again."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import ARGUMENTS, PHONE, Windows, chromium_or_skip, overflow
from tests.e2e.house import ROOT, House
from tests.e2e.wires import Wire, wire_to


@pytest.fixture
def wire(house: House) -> Iterator[Wire]:
    """The wire between the phone and the house."""
    with wire_to(house.port) as wire:
        yield wire


@pytest.fixture
def event(house: House) -> dict[str, Any]:
    """What `tests.e2e.door_event` makes, in a process of its own with the house's settings."""
    program = (
        "import json, sys; from app import create_app; from app.settings import Settings; "
        "from tests.e2e.door_event import make; print(json.dumps(make(create_app(Settings()), sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, house.villages[0]["code"]],
        env=house.environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return made


def code_of(token: str, house: House) -> bytes:
    """The picture of a participant's QR code, as a phone's camera would see it."""
    drawn = io.BytesIO()
    segno.make(f"http://localhost:{house.port}/ikut/{token}", error="m", micro=False).save(
        drawn, kind="png", scale=8, border=4
    )
    return drawn.getvalue()


def a_phone(windows: Windows, house: House, wire: Wire, event: dict[str, Any]) -> Page:
    """A phone that is signed in, has opened the door once, and whose service worker is at work."""
    windows.expect("ERR_", "Failed to load", "net::", "Failed to fetch", "fetching the script", "409", "422")
    page = windows.open(house.login("regency_admin"), width=PHONE)
    page.goto(address(wire, f"/hadir/{event['session']}"))
    page.evaluate("navigator.serviceWorker.ready")
    page.reload()
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.reload()
    expect(page.locator("[data-door-net]")).to_have_text("Tersambung")
    expect(page.locator("[data-door-expected]")).to_have_text("4")
    return page


def address(wire: Wire, path: str) -> str:
    return f"http://localhost:{wire.port}{path}"


def show(page: Page, picture: bytes) -> None:
    """Hold a code before the phone: a photo of it, taken by the button."""
    page.set_input_files(
        "[data-door-photo]", {"name": "kode.png", "mimeType": "image/png", "buffer": picture}
    )


def attended(page: Page, house: House, event: dict[str, Any]) -> str:
    """The event's page of attendance, as the office sees it."""
    page.goto(house.url("localhost", f"/pelatihan/{event['event']}/hadir?keadaan=present"))
    return page.locator("#daftar").inner_text()


def test_the_door_goes_on_while_the_network_is_cut(
    windows: Windows, house: House, wire: Wire, event: dict[str, Any]
) -> None:
    (_, komang, code), (_, suparman, _), (_, wayan, html_code), _, (_, slamet, late_code) = event["people"]
    page = a_phone(windows, house, wire, event)
    result = page.locator("[data-door-result]")
    wire.set("cut")
    page.goto(address(wire, f"/hadir/{event['session']}"))
    expect(page.locator("h1")).to_have_text("Pelayanan surat")
    expect(page.locator("[data-door-net]")).to_have_text("Tanpa sinyal")
    show(page, code_of(code, house))
    expect(result).to_contain_text(komang)
    expect(result).to_have_class(re.compile("door-success"))
    page.wait_for_timeout(3200)
    show(page, code_of(code, house))
    expect(result).to_contain_text("Sudah tercatat")
    show(page, code_of(html_code, house))
    expect(result.locator("b").first).to_have_text(wayan)
    page.fill("[data-door-search]", "suparman")
    page.click("[data-door-found] button")
    expect(result).to_contain_text(suparman)
    show(page, code_of(late_code, house))
    expect(result).to_contain_text("Daftar tunggu")
    page.click("[data-door-result] button")
    expect(result).to_have_class(re.compile("door-success"))
    show(page, code_of("A" * 22, house))
    expect(result).to_contain_text("Diperiksa begitu tersambung")
    page.click("details summary:has-text('Belum terdaftar')")
    page.fill("#door-name", "Tamu <i>Baru</i>")
    page.check("#door-sex-2")
    page.click("[data-door-new] button[type=submit]")
    expect(result).to_contain_text("Tamu <i>Baru</i>")
    expect(page.locator("[data-door-waiting]")).to_have_text("6 belum terkirim")
    expect(page.locator("[data-door-present]")).to_have_text("5")
    assert overflow(page) == ""
    page.reload()
    expect(page.locator("[data-door-present]")).to_have_text("5")
    wire.set("mute")
    page.click("[data-door-send]")
    page.wait_for_timeout(1500)
    wire.set("open")
    page.click("[data-door-send]")
    expect(page.locator("[data-door-net]")).to_have_text("Tersambung")
    expect(page.locator("[data-door-waiting]")).to_have_text("Terkirim")
    expect(page.locator("[data-door-present]")).to_have_text("5")
    expect(page.locator("[data-door-recent]")).to_contain_text("tidak dikenal")
    told = attended(page, house, event)
    for name in (komang, suparman, wayan, slamet, "Tamu <i>Baru</i>"):
        assert told.count(name) == 1, name
    assert "Rohmah" not in told


def test_without_a_network_other_addresses_lead_to_the_sessions_that_are_kept(
    windows: Windows, house: House, wire: Wire, event: dict[str, Any]
) -> None:
    page = a_phone(windows, house, wire, event)
    wire.set("cut")
    page.goto(address(wire, "/hadir"))
    expect(page.locator("h1")).to_have_text("Tidak ada sinyal")
    page.click(f"[data-door-kept] a[href='/hadir/{event['session']}']")
    expect(page.locator("[data-door-expected]")).to_have_text("4")
    show(page, code_of(event["people"][0][2], house))
    expect(page.locator("[data-door-waiting]")).to_have_text("1 belum terkirim")
    page.click("[data-door-forget]")
    expect(page.locator("[data-door-result]")).to_contain_text("belum terkirim")
    wire.set("open")
    page.click("[data-door-send]")
    expect(page.locator("[data-door-waiting]")).to_have_text("Terkirim")
    page.click("[data-door-forget]")
    page.wait_for_url(re.compile(r"/hadir$"))
    wire.set("cut")
    page.goto(address(wire, "/hadir"))
    expect(page.locator("[data-door-kept]")).to_contain_text("Belum ada sesi")


def test_a_session_that_is_over_keeps_what_was_noted_until_somebody_signs_in(
    windows: Windows, house: House, wire: Wire, event: dict[str, Any]
) -> None:
    page = a_phone(windows, house, wire, event)
    windows.expect("401", "400")
    kept = page.context.cookies()
    page.context.clear_cookies()
    show(page, code_of(event["people"][0][2], house))
    expect(page.locator("[data-door-net]")).to_have_text("Masuk lagi untuk mengirim")
    expect(page.locator("[data-door-waiting]")).to_have_text("1 belum terkirim")
    page.context.add_cookies(kept)  # type: ignore[arg-type]
    page.click("[data-door-send]")
    expect(page.locator("[data-door-waiting]")).to_have_text("Terkirim")
    assert event["people"][0][1] in attended(page, house, event)


def test_two_phones_see_each_other_s_people(
    windows: Windows, house: House, wire: Wire, event: dict[str, Any]
) -> None:
    one, other = a_phone(windows, house, wire, event), a_phone(windows, house, wire, event)
    show(one, code_of(event["people"][0][2], house))
    expect(one.locator("[data-door-waiting]")).to_have_text("Terkirim")
    other.click("[data-door-send]")
    expect(other.locator("[data-door-present]")).to_have_text("1", timeout=15000)
    show(other, code_of(event["people"][0][2], house))
    expect(other.locator("[data-door-result]")).to_contain_text("Sudah tercatat")


def test_the_camera_reads_a_code(
    chromium: Browser, house: House, event: dict[str, Any], tmp_path: Path, windows: Windows
) -> None:
    """In a browser of its own, whose camera looks at a code."""
    film = tmp_path / "kode.mjpeg"
    with Image.open(io.BytesIO(code_of(event["people"][0][2], house))) as code:
        frame = Image.new("RGB", (640, 480), "white")
        frame.paste(code.convert("RGB").resize((400, 400)), (120, 40))
    drawn = io.BytesIO()
    frame.save(drawn, "JPEG", quality=92)
    film.write_bytes(drawn.getvalue() * 30)
    camera = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    windows.open(house.login("regency_admin")).close()
    cookies = house.cookies[house.login("regency_admin").login]
    browser = chromium.browser_type.launch(executable_path=chromium_or_skip(), args=[*ARGUMENTS, *camera])
    try:
        context = browser.new_context(permissions=["camera"], locale="id-ID", timezone_id="Asia/Jakarta")
        context.add_cookies(cookies)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(house.url("localhost", f"/hadir/{event['session']}"))
        expect(page.locator("[data-door-expected]")).to_have_text("4")
        page.click("[data-door-scan]")
        expect(page.locator("[data-door-result]")).to_contain_text(event["people"][0][1], timeout=15000)
        expect(page.locator("[data-door-waiting]")).to_have_text("Terkirim")
        page.click("[data-door-scan]")
        expect(page.locator("[data-door-camera]")).to_be_hidden()
    finally:
        browser.close()
