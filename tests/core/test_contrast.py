"""The theme's colours are readable: every pair of text and ground, in light and dark, and any accent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.ui.accent import AA_SHAPE, AA_TEXT, accent_css, accent_digest, contrast

THEME = Path(__file__).parents[2] / "app" / "frontend" / "src" / "theme.css"
TONES = ("success", "warning", "error", "info")

GROUNDS = ("color-base-100", "color-base-200")

TEXT_PAIRS = [
    *[(ink, ground) for ink in ("color-base-content", "muted", "color-primary") for ground in GROUNDS],
    *[("color-base-content", ground) for ground in ("neutral-soft", "gold-soft", *(f"{tone}-soft" for tone in TONES))],
    *[(f"color-{tone}", f"{tone}-soft") for tone in TONES],
    *[(f"color-{tone}", ground) for tone in TONES for ground in GROUNDS],
    *[(f"color-{tone}-content", f"color-{tone}") for tone in (*TONES, "primary", "secondary", "accent", "neutral")],
    *[(f"step-{step}-content", f"step-{step}") for step in range(6)],
    *[(ink, "primary-deep") for ink in ("deep-content", "deep-muted", "gold-bright")],
    ("color-primary", "primary-soft"),
    ("color-neutral", "neutral-soft"),
    ("muted", "neutral-soft"),
    ("gold-text", "gold-soft"),
    ("fill-content", "fill"),
    ("fill-error-content", "fill-error"),
]  # fmt: skip
SHAPE_PAIRS = [
    *[("line-strong", ground) for ground in GROUNDS],
    *[("color-info", ground) for ground in GROUNDS],
    *[(fill, ground) for fill in ("fill", "fill-error") for ground in GROUNDS],
    ("bar", "color-base-300"),
]


def themes() -> dict[str, dict[str, str]]:
    """Read name → token → colour from the theme's CSS."""
    found = {}
    for block in re.findall(
        r'@plugin "daisyui/theme" \{(.*?)\n\}', THEME.read_text(encoding="utf-8"), re.DOTALL
    ):
        name = re.search(r'name: "(\w+)"', block)
        assert name is not None
        found[name[1]] = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    return found


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_pair_of_the_theme_is_readable(name: str) -> None:
    tokens = themes()[name]
    poor = [
        f"{one} on {other}: {contrast(tokens[one], tokens[other]):.2f}"
        for pairs, least in ((TEXT_PAIRS, AA_TEXT), (SHAPE_PAIRS, AA_SHAPE))
        for one, other in pairs
        if contrast(tokens[one], tokens[other]) < least
    ]
    assert not poor


def test_both_themes_have_the_same_tokens() -> None:
    assert themes()["light"].keys() == themes()["dark"].keys()


def test_contrast_is_what_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 0xFFFFFF))
def test_any_accent_stays_readable(number: int) -> None:
    blocks = re.findall(r"\{(--[^}]*)\}", accent_css(f"#{number:06x}"))
    for name, block in zip(("light", "dark", "dark"), blocks, strict=True):
        tokens = themes()[name] | dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", block))
        for one, other in TEXT_PAIRS:
            changed = {"color-primary", "primary-soft", "primary-deep", "fill"} & {one, other}
            assert not changed or contrast(tokens[one], tokens[other]) >= AA_TEXT, (
                name,
                one,
                other,
                tokens[one],
                tokens[other],
            )


def test_the_two_dark_blocks_of_an_accent_agree() -> None:
    blocks = re.findall(r"\{(--[^}]*)\}", accent_css("#1f7a4d"))
    assert blocks[1] == blocks[2]


@pytest.mark.parametrize("colour", ["", "red", "#fff", "#12345g", "#1234567", "#fff;}body{display:none}"])
def test_an_accent_is_a_plain_hex_colour(colour: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        accent_css(colour)


def test_an_accent_has_one_address() -> None:
    assert accent_digest("#7A1420") == accent_digest("#7A1420")
    assert re.fullmatch(r"[0-9a-f]{12}", accent_digest("#7A1420"))
    assert accent_digest("#7A1420") != accent_digest("#7A1421")
