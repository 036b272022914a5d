"""Browsers at a running house: windows of a given width, theme and abilities, that note every complaint."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.e2e.house import House, Login

DESKTOP, PHONE = 1280, 390
HEIGHTS = {DESKTOP: 900, PHONE: 844, 360: 740}
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP localhost 127.0.0.1, MAP *.localhost 127.0.0.1",
)  # fmt: skip
PATIENCE_MS = 8000


def chromium_or_skip() -> str:
    """The system's Chromium; skips the test where there is none, fails where CI requires it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("SIGER_REQUIRE_BROWSER"):
            pytest.fail("Chromium is required here (SIGER_REQUIRE_BROWSER) and not installed")
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    return found


_open: list[Browser] = []
"""The one of this process: Playwright starts once where it runs already."""


@contextmanager
def running_browser() -> Iterator[Browser]:
    """The system's Chromium, without a window, with an empty profile: the one that runs already, or a new one."""
    if _open:
        yield _open[0]
        return
    with _new_browser() as browser:
        _open.append(browser)
        try:
            yield browser
        finally:
            _open.clear()


@contextmanager
def _new_browser() -> Iterator[Browser]:
    program = chromium_or_skip()
    with tempfile.TemporaryDirectory(prefix="siger-chromium-", ignore_cleanup_errors=True) as home:
        # Chromium's own controls (file picker, calendar) speak Indonesian where its translations are installed.
        environment: dict[str, Any] = {**os.environ, "HOME": home, "LANGUAGE": "id"}
        with (
            sync_playwright() as playwright,
            playwright.chromium.launch(
                executable_path=program, args=list(ARGUMENTS), env=environment
            ) as browser,
        ):
            yield browser


class Windows:
    """Opens windows at a house and keeps what their pages complain about: script errors, refused content."""

    def __init__(self, browser: Browser, house: House) -> None:
        self._browser = browser
        self._stack = ExitStack()
        self.house = house
        self.complaints: list[str] = []
        self.expected: tuple[str, ...] = ()

    def open(
        self,
        login: Login | None = None,
        *,
        width: int = DESKTOP,
        dark: bool = False,
        javascript: bool = True,
        scale: float = 1,
        fresh: bool = False,
    ) -> Page:
        """A page in a browser of its own, signed in as `login` when one is given (`fresh`: in a session of its own)."""
        context = self._browser.new_context(
            viewport={"width": width, "height": HEIGHTS[width]},
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            reduced_motion="reduce",
            device_scale_factor=scale,
            locale="id-ID",
            timezone_id="Asia/Jakarta",
        )
        self._stack.callback(self._close, context)
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", self._note)
        context.on("weberror", lambda error: self.complaints.append(f"script error: {error.error}"))
        page = context.new_page()
        if login is not None:
            self._sign_in(context, page, login, fresh)
        return page

    def expect(self, *words: str) -> None:
        """Let complaints that hold one of these words pass: the test provokes them."""
        self.expected += words

    def close(self) -> None:
        """Close all windows and fail when a page complained."""
        self._stack.close()
        unexpected = [c for c in self.complaints if not any(word in c for word in self.expected)]
        assert not unexpected, "pages complained:\n" + "\n".join(unexpected)

    def _sign_in(self, context: BrowserContext, page: Page, login: Login, fresh: bool) -> None:
        """Sign in through the page the first time; later windows of the same person take the cookies along."""
        kept = self.house.cookies.get(login.login)
        if kept and not fresh:
            context.add_cookies(kept)  # type: ignore[arg-type]
            return
        sign_in(page, self.house, login)
        if not fresh:
            self.house.cookies[login.login] = [dict(cookie) for cookie in context.cookies()]

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            where = message.location.get("url", "")
            self.complaints.append(f"{message.type}: {message.text} ({where})")

    def _close(self, context: BrowserContext) -> None:
        with suppress(Exception):
            context.close()


def sign_in(page: Page, house: House, login: Login) -> None:
    """Sign in as a person does: address, password, and the code where there is a second factor."""
    page.goto(house.url(login.host, "/masuk"))
    page.fill("[name=email]", login.login)
    page.fill("[name=password]", login.password)
    page.click("main button[type=submit]")
    if login.totp_secret:
        page.fill("[name=code]", login.code())
        page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/masuk" not in url)


WIDER_THAN_WINDOW = """() => {
  const root = document.documentElement, wide = root.scrollWidth - root.clientWidth;
  if (wide <= 0) return '';
  const out = [...document.body.querySelectorAll('*')].filter(
    one => one.getBoundingClientRect().right > root.clientWidth + 0.5 && one.checkVisibility());
  const names = out.slice(0, 4).map(one => one.cloneNode(false).outerHTML.slice(0, 100));
  return `${wide} pixels too wide: ${names.join(' ')}`;
}"""


def overflow(page: Page) -> str:
    """By how many pixels the page is wider than its window, and what sticks out; empty when it fits."""
    told: str = page.evaluate(WIDER_THAN_WINDOW)
    return told
