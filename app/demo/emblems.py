"""Emblems for the demo's villages: a shield with a mountain, a field and a sun, each a little different, none real."""

from __future__ import annotations

import io
import math

from PIL import Image, ImageDraw

SIDE = 480
GOLD, CREAM, MAROON = "#e0b45a", "#fbf8f3", "#7a1420"


def emblem(number: int, colour: str) -> bytes:
    """Draw an emblem.

    Args:
        number: which of the village, for the shape of the mountain and the count of rays.
        colour: of the shield as `#rrggbb`; empty for the programme's maroon.
    Returns:
        A PNG of 480 by 480 pixels with a see-through ground.
    """
    scale = 2
    side = SIDE * scale
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    outer, inner = _shield(side, 0.02), _shield(side, 0.065)
    mask = Image.new("L", (side, side), 0)
    ImageDraw.Draw(mask).polygon(inner, fill=255)
    picture = Image.new("RGBA", (side, side), colour or MAROON)
    _scene(ImageDraw.Draw(picture), side, number)
    ImageDraw.Draw(image).polygon(outer, fill=GOLD)
    image.paste(picture, mask=mask)
    packed = io.BytesIO()
    image.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(packed, "PNG")
    return packed.getvalue()


def _shield(side: int, inset: float) -> list[tuple[float, float]]:
    """The outline of a shield: a straight top, sides that meet in a point."""
    left, right, top, bottom = inset + 0.09, 0.91 - inset, inset + 0.02, 0.98 - inset
    curve = [(step / 24, math.cos(step / 24 * math.pi / 2) ** 0.7) for step in range(25)]
    middle, half, shoulder = 0.5, (right - left) / 2, top + (bottom - top) * 0.5
    side_right = [(middle + half * wide, shoulder + (bottom - shoulder) * down) for down, wide in curve]
    side_left = [
        (middle - half * wide, shoulder + (bottom - shoulder) * down) for down, wide in reversed(curve)
    ]
    return [(x * side, y * side) for x, y in [(left, top), (right, top), *side_right, *side_left]]


def _scene(draw: ImageDraw.ImageDraw, side: int, number: int) -> None:
    def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x * side, y * side) for x, y in points]

    sun = (0.5 + (number % 3 - 1) * 0.08, 0.32)
    for ray in range(8 + number % 5):
        angle = ray / (8 + number % 5) * 2 * math.pi
        draw.line(
            at(
                (sun[0] + 0.1 * math.cos(angle), sun[1] + 0.1 * math.sin(angle)),
                (sun[0] + 0.15 * math.cos(angle), sun[1] + 0.15 * math.sin(angle)),
            ),
            fill=GOLD,
            width=round(side * 0.014),
        )
    draw.ellipse(at((sun[0] - 0.075, sun[1] - 0.075), (sun[0] + 0.075, sun[1] + 0.075)), fill=GOLD)
    peak = 0.42 + (number % 4) * 0.05
    draw.polygon(at((0.1, 0.66), (peak, 0.37 + number % 2 * 0.03), (0.9, 0.66)), fill=CREAM)
    draw.polygon(at((0.45, 0.66), (0.68, 0.47), (1.0, 0.66)), fill=GOLD)
    draw.rectangle(at((0, 0.655), (1, 1)), fill="#2f6b3a")
    for row in range(4):
        y = 0.71 + row * 0.075
        draw.arc(at((-0.1, y - 0.05), (1.1, y + 0.09)), 190, 350, fill=CREAM, width=round(side * 0.012))
