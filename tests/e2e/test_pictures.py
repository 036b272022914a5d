"""Pictures of the main pages, for people to look at, taken by `make screenshots`: tests/e2e/out, docs/screenshots."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.e2e.axe import PAINTED
from tests.e2e.browsing import DESKTOP, PHONE, Windows
from tests.e2e.house import PROVINCE, House, Login

OUT = Path(__file__).parent / "out"
DOCS = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
DOCS_BYTES = 150_000
VILLAGE = "18.06.20"
SHOWN_VILLAGE = "gisting-atas"

PROVINCE_PAGES = {
    "overview": "/",
    "villages": "/desa",
    "preparation": "/penyiapan",
    "runs": "/pekerjaan",
    "officers": "/akun-wilayah",
    "province-audit": "/audit",
}
VILLAGE_PAGES = {
    "start": "/beranda",
    "identity": "/pengaturan/identitas",
    "words": "/pengaturan/istilah",
    "look": "/pengaturan/tampilan",
    "hours": "/pengaturan/jam-layanan",
    "officials": "/pengaturan/perangkat",
    "areas": "/pengaturan/wilayah",
    "people": "/pengaturan/akun",
    "features": "/pengaturan/fitur",
    "audit": "/pengaturan/audit",
    "account": "/akun",
    "devices": "/akun/perangkat",
    "tokens": "/akun/token",
}
PUBLIC_PAGES = {"home": "/", "sign-in": "/masuk", "missing": "/tidak-ada"}

wanted = pytest.mark.skipif(
    not os.environ.get("SIGER_SCREENSHOTS"), reason="pictures are taken by make screenshots"
)


def shoot(page: Page, *, full: bool = False) -> bytes:
    """The page as it stands when nothing moves any more."""
    page.evaluate("document.activeElement && document.activeElement.blur()")
    page.evaluate(PAINTED)
    return page.screenshot(full_page=full)


def keep(name: str, picture: bytes) -> None:
    """Write a picture into the folder that git ignores."""
    OUT.mkdir(exist_ok=True)
    (OUT / f"{name}.png").write_bytes(picture)


def small(picture: bytes, most: int = DOCS_BYTES) -> bytes:
    """The same picture with as many colours as fit into `most` bytes."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in (256, 128, 64, 32):
        packed = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
        if packed.tell() <= most:
            return packed.getvalue()
    raise AssertionError("the picture is too large; show less of the page")


def everything(house: House) -> Iterator[tuple[Login | None, str, dict[str, str]]]:
    """Who looks at which pages of which host."""
    host = f"{SHOWN_VILLAGE}.{PROVINCE}"
    yield None, host, PUBLIC_PAGES
    yield house.login("admin:pages"), PROVINCE, PROVINCE_PAGES
    yield house.login("secretary", host), host, VILLAGE_PAGES


@wanted
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_every_main_page_has_its_picture(windows: Windows, house: House, width: int) -> None:
    windows.expect("404 (NOT FOUND)")
    for login, host, pages in everything(house):
        page = windows.open(login, width=width)
        for name, path in pages.items():
            page.goto(house.url(host, path))
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                keep(f"{name}-{width}-{scheme}", shoot(page, full=True))
            page.emulate_media(color_scheme="light")
    assert len(list(OUT.glob(f"*-{width}-*.png"))) >= 40


@pytest.mark.skipif(
    not os.environ.get("SIGER_SCREENSHOTS"), reason="make screenshots writes docs/screenshots"
)
def test_screenshots_for_the_documentation(windows: Windows, house: House) -> None:
    host = f"{SHOWN_VILLAGE}.{PROVINCE}"
    officer, clerk = house.login("province_admin"), house.login("secretary", host)
    shown = {
        "province-overview": (officer, house.url(PROVINCE), DESKTOP),
        "villages": (officer, house.url(PROVINCE, f"/desa?kab={VILLAGE[:5]}&kec={VILLAGE}"), DESKTOP),
        "village-home": (None, house.url(host), DESKTOP),
        "village-home-phone": (None, house.url(host), PHONE),
        "village-settings": (clerk, house.url(host, "/pengaturan/identitas"), DESKTOP),
        "provisioning": (officer, house.url(PROVINCE, "/penyiapan/konfirmasi?wilayah=18.72"), DESKTOP),
    }
    DOCS.mkdir(parents=True, exist_ok=True)
    for name, (login, address, width) in shown.items():
        page = windows.open(login, width=width, scale=2 if width == PHONE else 1)
        page.goto(address, wait_until="networkidle")
        if name == "provisioning":
            prepare_all(page)
        (DOCS / f"{name}.png").write_bytes(small(shoot(page)))


def prepare_all(page: Page) -> None:
    """Have a whole city's villages prepared and wait until part of it is done."""
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/pekerjaan/*")
    until = time.monotonic() + 20
    while not float(page.locator("main progress").first.get_attribute("value") or 0):
        assert time.monotonic() < until, "nothing is prepared"
        page.wait_for_timeout(100)
