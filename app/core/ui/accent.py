"""A village's own colour: readable shades of it for light and dark pages, as one fingerprinted CSS file."""

from __future__ import annotations

import colorsys
import hashlib
import re

AA_TEXT = 4.5
"""Least contrast of text to its ground, WCAG 2.2 success criterion 1.4.3."""

DEEP = 8.0
"""Least contrast of text to the deep shade, so that a light colour such as yellow still makes a calm ground."""

AA_SHAPE = 3.0
"""Least contrast of a control's shape to its ground, WCAG 2.2 success criterion 1.4.11."""

WHITE, INK_ON_LIGHT_ACCENT = "#ffffff", "#1d1210"
LIGHT_GROUND, LIGHT_SURFACE = "#fbf8f3", "#ffffff"
DARK_SURFACE, DARK_SOFT = "#211916", "#17110f"
DEEP_TEXT = "#e6cdb8"
"""The faintest text that stands on the deep shade (the footer's small print)."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def accent_css(colour: str) -> str:
    """Return the style sheet that gives a village's pages its colour.

    Shades are made darker or lighter until every pair of text and ground reaches 4.5:1, so any colour that
    a village picks stays readable.

    Args:
        colour: the village's colour as `#rrggbb`.
    Returns:
        CSS that sets the theme's primary tokens for light and dark pages.
    Raises:
        ValueError: the colour is not written as `#rrggbb`.
    """
    light, dark = _light_tokens(colour), _dark_tokens(colour)
    return (
        f":root,[data-theme=light]{{{light}}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme]){{{dark}}}}}"
        f"[data-theme=dark]{{{dark}}}\n"
    )


def accent_digest(colour: str) -> str:
    """Return the fingerprint in the address `/accent-<digest>.css`: the first 12 hex digits of its SHA-256.

    Raises:
        ValueError: the colour is not written as `#rrggbb`.
    """
    return hashlib.sha256(accent_css(colour).encode()).hexdigest()[:12]


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    one, two = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (one + 0.05) / (two + 0.05)


def _light_tokens(colour: str) -> str:
    soft = _with_lightness(colour, 0.92, most_saturation=0.6)
    primary = _until_readable(colour, (LIGHT_GROUND, LIGHT_SURFACE, soft), step=-0.01)
    dark = _with_lightness(primary, min(_lightness(primary), 0.2))
    deep = _until_readable(dark, (DEEP_TEXT,), -0.01, DEEP)
    return _tokens(primary, WHITE, soft, deep, fill=primary)


def _dark_tokens(colour: str) -> str:
    soft = _with_lightness(colour, 0.15, most_saturation=0.55)
    bright = _with_lightness(colour, max(_lightness(colour), 0.6), most_saturation=0.75)
    primary = _until_readable(bright, (DARK_SURFACE, DARK_SOFT, soft, INK_ON_LIGHT_ACCENT), step=0.01)
    deep = _with_lightness(colour, 0.13, most_saturation=0.6)
    fill = _until_readable(_with_lightness(colour, 0.2, most_saturation=0.6), (DARK_SURFACE,), 0.01, AA_SHAPE)
    fill = _until_readable(fill, (WHITE,), step=-0.01)
    return _tokens(primary, INK_ON_LIGHT_ACCENT, soft, deep, fill)


def _tokens(primary: str, content: str, soft: str, deep: str, fill: str) -> str:
    return (
        f"--color-primary:{primary};--color-primary-content:{content};--fill:{fill};--bar:{primary};"
        f"--primary-soft:{soft};--primary-deep:{deep}"
    )


def _until_readable(colour: str, against: tuple[str, ...], step: float, least: float = AA_TEXT) -> str:
    """Return the colour, moved in lightness by steps until it reads against each of the given ones."""
    lightness = _lightness(colour)
    while min(contrast(colour, other) for other in against) < least and 0 <= lightness + step <= 1:
        lightness += step
        colour = _with_lightness(colour, lightness)
    return colour


def _parts(colour: str) -> tuple[float, float, float]:
    if not _HEX.fullmatch(colour):
        raise ValueError(f"A colour is written as #rrggbb, not {colour!r}.")
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _lightness(colour: str) -> float:
    return colorsys.rgb_to_hls(*_parts(colour))[1]


def _with_lightness(colour: str, lightness: float, most_saturation: float = 1.0) -> str:
    hue, _, saturation = colorsys.rgb_to_hls(*_parts(colour))
    rgb = colorsys.hls_to_rgb(hue, lightness, min(saturation, most_saturation))
    return "#" + "".join(f"{round(part * 255):02x}" for part in rgb)


def _luminance(colour: str) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
