"""QR codes, drawn as lines: sharp on any printer, and no picture file."""

from __future__ import annotations

import io

import segno


def qr_svg(text: str) -> str:
    """The QR code of an address as SVG without its quiet zone, for `images` of `render_pdf`.

    Error correction is at least M (15 %), so that a stamp over an edge does not spoil it (ISO/IEC 18004).
    """
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", border=0, scale=4, xmldecl=False, nl=False
    )
    return drawn.getvalue().decode()


def qr_picture(text: str) -> str:
    """The QR code of an address as a data address for an `img` of a page, dark on white with its quiet zone."""
    made = segno.make(text, error="m", micro=False)
    return str(made.svg_data_uri(scale=5, border=2, dark="#221A16", light="#ffffff"))
