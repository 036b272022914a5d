"""axe-core: what a page does wrong for people with disabilities, by the rules of WCAG 2.2 A and AA."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.e2e.browsing import DESKTOP, HEIGHTS, PHONE, overflow

SOURCE = Path(__file__).resolve().parents[2] / "app/frontend/node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
ALL = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {"target-size": {"enabled": True}}}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
PRIMARY_PIXELS = 44
# Widths and colours that were just changed are drawn, and their transitions are over; one may start the next.
PAINTED = """async () => {
  for (let quiet = 0, frames = 0; quiet < 2 && frames < 30; frames++) {
    await new Promise(done => requestAnimationFrame(done));
    const moving = document.getAnimations().filter(one => one.effect.getComputedTiming().endTime < Infinity);
    moving.forEach(one => one.finish());
    quiet = moving.length ? 0 : quiet + 1;
  }
}"""

SMALL_PRIMARIES = """least => [...document.querySelectorAll('.btn-primary, button[type=submit].btn-error')]
  .filter(one => !one.classList.contains('btn-sm'))
  .filter(one => one.checkVisibility({opacityProperty: true, visibilityProperty: true}))
  .map(one => [one.textContent.trim(), one.getBoundingClientRect()])
  .filter(([words, box]) => box.height < least || box.width < least)
  .map(([words, box]) => `"${words}" is ${box.width} by ${box.height} pixels`)"""


@lru_cache(maxsize=1)
def _source() -> str:
    return SOURCE.read_text()


def violations(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """What axe finds on the page as it is now, a sentence each."""
    page.evaluate(PAINTED)
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(f"{_source()}; 0")
    found = page.evaluate(
        "options => axe.run(document, {...options, resultTypes: ['violations']}).then(r => r.violations)",
        options or ALL,
    )
    return [
        f"{rule['id']}: {node['html'][:160]} — {(node['failureSummary'] or '').splitlines()[-1].strip()}"
        for rule in found
        for node in rule["nodes"][:4]
    ]


def examine(page: Page) -> list[str]:
    """Look at one page wide and narrow, light and dark; leaves it wide and light."""
    problems: list[str] = []
    for width in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        problems += [f"{width} light: {problem}" for problem in violations(page)]
        problems += [
            f"{width}: primary action {words}" for words in page.evaluate(SMALL_PRIMARIES, PRIMARY_PIXELS)
        ]
        if width == PHONE:
            problems += narrow(page)
        page.emulate_media(color_scheme="dark")
        problems += [f"{width} dark: {problem}" for problem in violations(page, COLOURS)]
        page.emulate_media(color_scheme="light")
    return problems


def narrow(page: Page) -> list[str]:
    """Whether the page scrolls sideways on small phones; leaves it at the usual phone's width."""
    problems = []
    for width in (360, PHONE):
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        page.evaluate(PAINTED)
        if sticking_out := overflow(page):
            problems.append(f"{width}: {sticking_out}")
    return problems
