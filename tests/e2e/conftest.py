"""Fixtures of the browser tests: one house and one Chromium for all of them, new windows for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e import browsing
from tests.e2e.house import House, running_house


def pytest_itemcollected(item: pytest.Item) -> None:
    """All of them are `browser`."""
    item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    with browsing.running_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def house(chromium: Browser) -> Iterator[House]:
    """A running house; not started where there is no Chromium."""
    with running_house() as house:
        yield house


@pytest.fixture
def windows(chromium: Browser, house: House) -> Iterator[browsing.Windows]:
    """`windows.open(login, width=390, dark=True)`; a page that complains in its console fails the test."""
    opened = browsing.Windows(chromium, house)
    yield opened
    opened.close()
