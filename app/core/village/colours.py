"""A colour as it will look: a small drawing of a village's page, light and dark, in the shades that stay readable."""

from __future__ import annotations

import re
from functools import lru_cache

from app.core.ui.accent import accent_css

_DARK = re.compile(r"\[data-theme=dark\]\{([^}]*)\}")
_LIGHT = re.compile(r"\[data-theme=light\]\{([^}]*)\}")
_TOKEN = re.compile(r"--([a-z-]+):(#[0-9a-f]{6})")


@lru_cache(maxsize=256)
def sample_svg(colour: str) -> str:
    """Draw a village's page in a colour.

    Args:
        colour: as `#rrggbb`.
    Returns:
        An SVG of 320 by 96, light on the left, dark on the right, with the shades that pages use.
    Raises:
        ValueError: the colour is not written as `#rrggbb`.
    """
    css = accent_css(colour)
    halves = (
        _half(_tokens(_LIGHT, css), 0, "#fbf8f3", "#ffffff", "#221a16"),
        _half(_tokens(_DARK, css), 160, "#17110f", "#211916", "#f3ece4"),
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 96" width="320" height="96">'
        + "".join(halves)
        + "</svg>"
    )


def _tokens(pattern: re.Pattern[str], css: str) -> dict[str, str]:
    found = pattern.search(css)
    return dict(_TOKEN.findall(found.group(1))) if found else {}


def _half(tokens: dict[str, str], left: int, ground: str, surface: str, ink: str) -> str:
    primary = tokens.get("color-primary", "#7a1420")
    content = tokens.get("color-primary-content", "#ffffff")
    soft, deep = tokens.get("primary-soft", "#f6e8cb"), tokens.get("primary-deep", "#5b0d17")
    return (
        f'<g transform="translate({left} 0)"><rect width="160" height="96" fill="{ground}"/>'
        f'<rect width="160" height="34" fill="{deep}"/>'
        '<rect x="12" y="9" width="70" height="7" rx="3.5" fill="#f9efe4"/>'
        '<rect x="12" y="21" width="44" height="4" rx="2" fill="#e6cdb8"/>'
        f'<rect x="12" y="44" width="136" height="42" rx="6" fill="{surface}"/>'
        f'<rect x="20" y="52" width="18" height="18" rx="5" fill="{soft}"/>'
        f'<circle cx="29" cy="61" r="4" fill="{primary}"/>'
        f'<rect x="44" y="53" width="34" height="5" rx="2.5" fill="{ink}"/>'
        f'<rect x="44" y="63" width="26" height="4" rx="2" fill="{primary}"/>'
        f'<rect x="94" y="52" width="46" height="18" rx="5" fill="{primary}"/>'
        f'<rect x="104" y="59" width="26" height="4" rx="2" fill="{content}"/></g>'
    )
