"""Charts that the server draws as SVG: no script, no inline style, legible at the width of a phone.

The macros of ui/macros/drawing.html draw them; the figures stand as a table beside each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 360
BAR_STEP, BAR_HEIGHT = 34, 10
PYRAMID_STEP, PYRAMID_BAR, PYRAMID_MIDDLE, PYRAMID_ROOM = 19, 14, 52, 34


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a bar chart: its words, its parts in the order of the legend, and the number as it is written."""

    label: str
    parts: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a pyramid: its words in the middle, a bar to each side with its number as it is written."""

    label: str
    left: int
    right: int
    left_text: str
    right_text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle: place and size in units of the drawing, and which part it is (from 1)."""

    x: float
    y: float
    width: float
    height: float
    part: int


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of text: where its baseline stands, which side it is held at, and what kind it is."""

    x: float
    y: float
    text: str
    anchor: str
    kind: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart ready to be written as SVG."""

    width: int
    height: int
    blocks: list[Block]
    words: list[Words]


def bar_drawing(bars: Sequence[Bar]) -> Drawing:
    """Lying bars, one below the other, each under its words; the longest fills the width."""
    most = max([sum(bar.parts) for bar in bars] + [1])
    blocks, words = [], []
    for at, bar in enumerate(bars):
        top = at * BAR_STEP
        words.append(Words(0, top + 12, bar.label, "start", "label"))
        words.append(Words(WIDTH, top + 12, bar.text, "end", "value"))
        blocks.append(Block(0, top + 17, WIDTH, BAR_HEIGHT, 0))
        left = 0.0
        for number, part in enumerate(bar.parts, start=1):
            width = round(WIDTH * part / most, 1)
            if width:
                blocks.append(Block(round(left, 1), top + 17, width, BAR_HEIGHT, number))
            left += width
    return Drawing(WIDTH, len(bars) * BAR_STEP, blocks, words)


def pyramid_drawing(steps: Sequence[Step]) -> Drawing:
    """Bars to both sides of a middle column of words, the last step on top."""
    most = max([max(step.left, step.right) for step in steps] + [1])
    half = (WIDTH - PYRAMID_MIDDLE) / 2
    room = half - PYRAMID_ROOM
    blocks, words = [], []
    for at, step in enumerate(reversed(steps)):
        top = at * PYRAMID_STEP
        base = top + 11
        words.append(Words(WIDTH / 2, base, step.label, "middle", "label"))
        for side, value, text in ((-1, step.left, step.left_text), (1, step.right, step.right_text)):
            width = round(room * value / most, 1)
            inner = WIDTH / 2 + side * PYRAMID_MIDDLE / 2
            outer = inner + side * width
            if width:
                blocks.append(
                    Block(round(min(inner, outer), 1), top, width, PYRAMID_BAR, 1 if side < 0 else 2)
                )
            words.append(
                Words(round(outer + side * 4, 1), base, text, "end" if side < 0 else "start", "value")
            )
    return Drawing(WIDTH, len(steps) * PYRAMID_STEP, blocks, words)
