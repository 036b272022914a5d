"""Images for tests, drawn on the spot: good ones and such that mean harm."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageDraw


def picture(
    kind: str = "PNG", size: tuple[int, int] = (300, 240), alpha: bool = False, **options: object
) -> bytes:
    """A small drawing in the given format."""
    mode = "RGBA" if alpha else "RGB"
    image = Image.new(mode, size, (122, 20, 32, 0) if alpha else (122, 20, 32))
    ImageDraw.Draw(image).ellipse((20, 20, size[0] - 20, size[1] - 20), fill=(200, 150, 46))
    packed = io.BytesIO()
    image.save(packed, kind, **options)
    return packed.getvalue()


def picture_with_place() -> bytes:
    """A JPEG whose EXIF tells where it was taken and that it lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Kamera Rahasia"
    exif.get_ifd(0x8825)[1] = "S"
    return picture("JPEG", exif=exif)


def bomb(edge: int = 30_000) -> bytes:
    """A PNG of a few kilobytes whose header promises `edge` times `edge` pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def portrait(seed: int) -> bytes:
    """A large photo that compresses as badly as real ones: every pixel a little different."""
    noise = Image.effect_noise((640, 800), 60).convert("L")
    tint = Image.new("L", noise.size, 90 + seed * 7 % 120)
    photo = Image.merge("RGB", (noise, tint, Image.blend(noise, tint, 0.5)))
    packed = io.BytesIO()
    photo.save(packed, "JPEG", quality=80)
    return packed.getvalue()
