"""Maps and charts as Chromium draws them: zooming on request alone, pictures, what happens without outlines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.e2e.browsing import running_browser
from tests.province.maps.conftest import Lay
from tests.province.maps.shapes import feature, ring
from tests.support.visitors import Visitor

pytestmark = pytest.mark.browser
Officer = Callable[..., Visitor]
Show = Callable[..., Page]
PLACE = "http://localhost"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    with running_browser() as browser:
        yield browser


@pytest.fixture
def show(chromium: Browser, officer: Officer) -> Iterator[Show]:
    """`show("/", width=390)`: a page of the province's host, answered by the application in this process."""
    somebody = officer("province_admin", "18")
    pages: list[Page] = []
    complaints: list[str] = []

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(PLACE)
        found = somebody.get(path, headers={"Accept": route.request.headers.get("accept", "*/*")})
        body = found.data
        found.close()
        route.fulfill(status=found.status_code, headers=dict(found.headers), body=body)

    def open_page(path: str, width: int = 1280, broken: str = "", script: str = "", **options: Any) -> Page:
        page = chromium.new_page(viewport={"width": width, "height": 844}, **options)
        pages.append(page)
        if script:
            page.add_init_script(script)
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type == "error" and not broken else None,
        )
        page.route("**/*", answer)
        if broken:
            page.route(broken, lambda route: route.abort())
        page.goto(PLACE + path)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []


@pytest.fixture
def outlines(lay: Lay) -> None:
    """Outlines of all kabupaten/kota but Mesuji, as squares."""
    codes = [f"18.{n:02}" for n in range(1, 14) if n != 11] + ["18.71", "18.72"]
    lay([feature(code, ring(n % 4, n // 4)) for n, code in enumerate(codes)])


def position(page: Page) -> float:
    return float(page.evaluate("scrollY"))


@pytest.mark.usefixtures("outlines")
def test_a_map_is_drawn_and_zoomed_by_its_buttons_alone(show: Show) -> None:
    page = show("/")
    canvas = page.locator("#peta [data-map] canvas")
    canvas.wait_for()
    assert "Mesuji" in page.locator("#peta [data-map-absent]").inner_text()
    canvas.scroll_into_view_if_needed()
    before = position(page)
    canvas.hover()
    page.mouse.wheel(0, 240)
    page.wait_for_function("from => scrollY > from", arg=before)
    nearer, farther, whole = (page.locator(f"#peta [data-map-zoom={way}]") for way in ("in", "out", "all"))
    assert farther.is_disabled()
    nearer.click()
    assert farther.is_enabled()
    assert "map-moves" in (page.locator("#peta [data-map]").get_attribute("class") or "")
    whole.click()
    assert whole.is_disabled()
    assert "map-moves" not in (page.locator("#peta [data-map]").get_attribute("class") or "")


@pytest.mark.usefixtures("outlines")
def test_without_scripts_the_map_leads_to_the_table(show: Show) -> None:
    page = show("/", java_script_enabled=False)
    page.get_by_text("Peta memerlukan JavaScript").click()
    assert page.url.endswith("#menurut")
    assert not page.locator("#peta [data-map]").is_visible()


@pytest.mark.usefixtures("outlines")
def test_a_place_of_the_map_leads_down(show: Show) -> None:
    page = show("/")
    canvas = page.locator("#peta [data-map] canvas")
    canvas.wait_for()
    page.wait_for_timeout(300)
    box = canvas.bounding_box()
    assert box is not None
    canvas.click(position={"x": box["width"] / 2 + 20, "y": box["height"] / 2 + 20})
    page.wait_for_url("**/wilayah/18.*")


WRITTEN = """
  const write = CanvasRenderingContext2D.prototype.fillText;
  window.written = [];
  CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
    window.written.push(text);
    return write.call(this, text, ...more);
  };
"""


def test_names_that_would_cover_each_other_are_left_out(show: Show, lay: Lay) -> None:
    """Four tiny neighbours beside a large one: their names can't all stand there."""
    lay(
        [feature("18.01", ring(size=0.6))]
        + [feature(f"18.{number:02}", ring(30 + number, 15)) for number in range(2, 6)]
    )
    page = show("/", script=WRITTEN)
    page.locator("#peta [data-map] canvas").wait_for()
    page.wait_for_timeout(300)
    written = set(page.evaluate("written"))
    tiny = {"Lampung Tengah", "Lampung Utara", "Lampung Barat", "Tulang Bawang"}
    assert "Lampung Selatan" in written
    assert len(written & tiny) == 1


@pytest.mark.usefixtures("outlines")
@pytest.mark.parametrize("width", [390, 1280])
def test_the_picture_of_a_map_is_a_png(show: Show, width: int) -> None:
    page = show("/", width=width, color_scheme="dark")
    page.locator("#peta [data-map] canvas").wait_for()
    with page.expect_download() as download:
        page.locator("[data-picture=peta]").click()
    assert download.value.suggested_filename == "peta.png"
    assert download.value.path().read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.usefixtures("outlines")
def test_a_map_that_does_not_come_says_so(show: Show) -> None:
    page = show("/", broken="**/peta/**")
    said = page.locator("#peta [data-map-absent]")
    said.wait_for()
    assert said.inner_text() == "Peta tidak dapat dimuat. Angkanya ada di tabel."
    assert page.locator("#peta [data-map]").is_hidden()
