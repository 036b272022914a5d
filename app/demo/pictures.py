"""Pictures for the demo's register: drawn portraits without a face, and scans of papers that say that they are samples.

Nobody real is in them: a portrait is a silhouette, a paper has grey bars where names and numbers would be.
"""

from __future__ import annotations

import io
from functools import cache
from random import Random

from PIL import Image, ImageDraw, ImageFont

GROUNDS = ("#b7c9d9", "#d8b4a0", "#b9cfae", "#d9c58f", "#c3b5d3", "#a9cdca")
CLOTHES = ("#7a1420", "#2f6b3a", "#2b4c7e", "#8a5a13", "#5a3a78", "#33555a")
SKINS = ("#c99b76", "#b98560", "#d6ad8a")
HAIR, WHITE = "#2c2622", "#fbf8f3"
SAMPLE = "CONTOH"
WIDE, HIGH = 600, 800
PAPER = (1000, 700)


@cache
def portrait(number: int, *, woman: bool, child: bool, scarf: bool = False) -> bytes:
    """Draw somebody's portrait as a silhouette.

    Args:
        number: chooses the colours, and whether a grown man wears a cap.
        scarf: whether a woman's or girl's hair is covered.
    Returns:
        A PNG of 600 by 800 pixels.
    """
    ground, clothes = GROUNDS[number % 6], CLOTHES[number // 2 % 6]
    image = Image.new("RGB", (WIDE, HIGH), ground)
    draw = ImageDraw.Draw(image)
    top, half = (300, 105) if child else (230, 125)
    low = top + round(half * 2.5)
    draw.ellipse((90, low - 20, 510, low + 620), fill=clothes)
    scarf = woman and scarf
    if woman:
        draw.ellipse((300 - half - 42, top - 45, 300 + half + 42, low + 90), fill=clothes if scarf else HAIR)
    else:
        draw.ellipse((300 - half - 10, top - 24, 300 + half + 10, low - 60), fill=HAIR)
    if not scarf:
        draw.rounded_rectangle((258, low - 60, 342, low + 50), 40, fill=SKINS[number % 3])
    draw.ellipse((300 - half, top, 300 + half, low), fill=SKINS[number % 3])
    if not woman and not child and number % 2:
        draw.polygon([(300 - half, top + 70), (300 - half + 12, top - 40), (300 + half - 12, top - 40),
                      (300 + half, top + 70)], fill=HAIR)  # fmt: skip
    draw.rectangle((0, HIGH - 74, WIDE, HIGH), fill=WHITE)
    draw.text((WIDE / 2, HIGH - 37), SAMPLE, fill="#6b6460", font=ImageFont.load_default(38), anchor="mm")
    return _packed(image, "PNG")


@cache
def scan(heading: str, number: int, *, as_pdf: bool) -> bytes:
    """Draw a paper as a scanner would see it, with a heading, grey bars for text and the word CONTOH across.

    Args:
        heading: what kind of paper it is, such as "AKTA KELAHIRAN".
        number: which one: how long its bars are, and how crooked it lay.
        as_pdf: a PDF of one page; otherwise a JPEG.
    """
    chance = Random(f"{heading}:{number}")
    wide, high = PAPER
    page = Image.new("L", PAPER, 246)
    draw = ImageDraw.Draw(page)
    draw.rectangle((36, 36, wide - 36, high - 36), outline=120, width=4)
    draw.text((wide / 2, 95), heading, fill=60, font=ImageFont.load_default(46), anchor="mm")
    draw.line((160, 140, wide - 160, 140), fill=120, width=3)
    for line in range(9):
        y = 190 + line * 44
        draw.rectangle((90, y, 90 + chance.randint(120, 210), y + 18), fill=200)
        draw.rectangle((350, y, 350 + chance.randint(160, 520), y + 18), fill=175)
    draw.ellipse((wide - 270, high - 190, wide - 150, high - 70), outline=150, width=6)
    mark = Image.new("L", (760, 230), 0)
    ImageDraw.Draw(mark).text((380, 115), SAMPLE, fill=120, font=ImageFont.load_default(190), anchor="mm")
    mark = mark.rotate(24, expand=True)
    page.paste(90, ((wide - mark.width) // 2, (high - mark.height) // 2), mark)
    page = page.rotate(chance.uniform(-1.2, 1.2), fillcolor=225)
    return _packed(page, "PDF" if as_pdf else "JPEG")


@cache
def gathering(number: int) -> bytes:
    """Draw people around a table in a hall, as a mentor's phone would see them, with the word CONTOH below.

    Args:
        number: chooses colours, who sits there, and whether a screen hangs on the wall.
    Returns:
        A JPEG of 1,200 by 900 pixels.
    """
    chance = Random(f"gathering:{number}")
    image = Image.new("RGB", (1200, 900), "#e7dcc8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 560, 1200, 900), fill="#a98c6c")
    for left in range(90, 1200, 420):
        draw.rectangle((left, 110, left + 210, 330), fill="#bcd6e6", outline="#7b6248", width=12)
        draw.line((left + 105, 110, left + 105, 330), fill="#7b6248", width=8)
    if number % 2:
        draw.rectangle((420, 70, 800, 300), fill=WHITE, outline="#5b5b5b", width=8)
        for line in range(4):
            draw.rectangle(
                (455, 110 + line * 44, 560 + chance.randint(60, 190), 126 + line * 44), fill="#7a1420"
            )
    count = 4 + number % 3
    for turn in range(count):
        middle = 150 + turn * (900 // (count - 1))
        low = 470 + chance.randint(-14, 14)
        draw.ellipse((middle - 112, low, middle + 112, low + 330), fill=CLOTHES[(number + turn) % 6])
        if turn % 2:
            draw.ellipse(
                (middle - 76, low - 142, middle + 76, low + 46), fill=CLOTHES[(number + turn + 3) % 6]
            )
        else:
            draw.ellipse((middle - 62, low - 136, middle + 62, low), fill=HAIR)
        draw.ellipse((middle - 52, low - 112, middle + 52, low + 18), fill=SKINS[(number + turn) % 3])
    draw.polygon([(60, 700), (1140, 700), (1200, 860), (0, 860)], fill="#6d4a2c")
    for turn in range(2 + number % 2):
        left = 190 + turn * 330
        draw.rectangle((left, 610, left + 170, 712), fill="#3b4148")
        draw.rectangle((left + 10, 620, left + 160, 700), fill="#cfe0ec")
        draw.polygon([(left - 16, 740), (left + 186, 740), (left + 170, 712), (left, 712)], fill="#8d949b")
    draw.rectangle((0, 848, 1200, 900), fill=WHITE)
    draw.text((600, 874), SAMPLE, fill="#6b6460", font=ImageFont.load_default(38), anchor="mm")
    return _packed(image, "JPEG")


def _packed(image: Image.Image, shape: str) -> bytes:
    file = io.BytesIO()
    image.save(file, shape, **({"compress_level": 1} if shape == "PNG" else {}))
    return file.getvalue()
