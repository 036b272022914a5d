"""What everybody sees: a village's front page, on good and bad lines; pages that say what went wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import Request, expect

from tests.e2e import axe
from tests.e2e.browsing import DESKTOP, PHONE, Windows
from tests.e2e.house import PROVINCE, House

WIRE_BYTES = 60 * 1024


def test_the_front_page_is_light_and_needs_no_script(windows: Windows, house: House) -> None:
    page = windows.open()
    asked: list[Request] = []
    page.on("requestfinished", lambda request: asked.append(request))
    page.goto(house.url(house.village_host()), wait_until="networkidle")
    sizes = [request.sizes() for request in asked]
    total = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    assert 0 < total <= WIRE_BYTES, {r.url: r.sizes()["responseBodySize"] for r in asked}
    assert not [r.url for r in asked if r.resource_type == "script"]
    assert page.locator("script").count() == 0
    assert not page.context.cookies()


def test_front_pages_serve_everybody(windows: Windows, house: House) -> None:
    page = windows.open()
    found = []
    for village in house.villages[:3]:
        page.goto(house.url(village["host"]))
        found += [f"{village['name']}: {problem}" for problem in axe.examine(page)]
    assert not found, "\n".join(found)


def test_the_style_guide_serves_everybody(windows: Windows, house: House) -> None:
    page = windows.open()
    page.goto(house.url(PROVINCE, "/styleguide"))
    found = axe.examine(page)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("village", "/tidak-ada", 404),
        (PROVINCE, "/tidak-ada", 404),
        ("desa-yang-tidak-ada.localhost", "/", 404),
    ],
)
def test_error_pages_serve_everybody(
    windows: Windows, house: House, host: str, path: str, status: int
) -> None:
    windows.expect(f"{status} (")
    page = windows.open()
    answer = page.goto(house.url(house.village_host() if host == "village" else host, path))
    assert answer is not None
    assert answer.status == status
    expect(page.locator("h1")).to_be_visible()
    found = axe.examine(page)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_language_and_skip_link_work_without_a_script(windows: Windows, house: House, width: int) -> None:
    page = windows.open(width=width, javascript=False)
    page.goto(house.url(house.village_host()))
    expect(page.locator("html")).to_have_attribute("lang", "id")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
