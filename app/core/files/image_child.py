"""Run as a program of its own, never imported by the application: decodes one image and writes it anew.

Standard input: the image. Arguments: a JSON list of wanted sizes. Standard output: for each size a line of JSON (media
type, width, height, those of the upright source, size in bytes) followed by that many bytes. Exit code 3: the image
can't be read; 4: it unpacks to too much. It limits its own memory and time before it touches the input, and whoever
starts it kills it when it takes too long.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS = 8
MAX_PIXELS = 40_000_000
UNREADABLE, TOO_LARGE = 3, 4
FORMATS = ("PNG", "JPEG", "WEBP")
QUALITIES = (82, 74, 66, 56, 46, 36)
WHITE = (255, 255, 255)


def main() -> int:
    """Read, check, decode, write. Returns the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    from PIL import Image, ImageOps

    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    wanted = json.loads(sys.argv[1])
    try:
        with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=FORMATS) as opened:
            width, height = opened.size
            if width * height > MAX_PIXELS or not width or not height:
                return TOO_LARGE
            largest = max(size["max_px"] for size in wanted)
            opened.draft("RGB", (largest * 2, largest * 2))
            opened.load()
            upright = ImageOps.exif_transpose(opened)
        plain = _plain(upright)
        for size in wanted:
            _write(plain, size)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        return TOO_LARGE
    except Exception:
        return UNREADABLE
    return 0


def _plain(image: Picture) -> Picture:
    """The pixels alone: RGB or RGBA, no palette, no profile, no notes of the camera."""
    from PIL import Image

    see_through = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    pixels = image.convert("RGBA" if see_through else "RGB")
    if see_through and pixels.getchannel("A").getextrema() == (255, 255):
        pixels = pixels.convert("RGB")
    fresh = Image.new(pixels.mode, pixels.size)
    fresh.paste(pixels)
    return fresh


def _write(image: Picture, size: dict[str, Any]) -> None:
    from PIL import Image, ImageOps

    edge = size["max_px"]
    if size["square"]:
        side = min(edge, *image.size)
        small = ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS, centering=(0.5, 0.35))
    else:
        small = image.copy()
        small.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    if size["format"] == "JPEG" and small.mode == "RGBA":
        paper = Image.new("RGB", small.size, WHITE)
        paper.paste(small, mask=small.getchannel("A"))
        small = paper
    data = b""
    for quality in QUALITIES:
        packed = io.BytesIO()
        if size["format"] == "PNG":
            small.save(packed, "PNG", optimize=True)
            data = packed.getvalue()
            break
        if size["format"] == "JPEG":
            small.save(packed, "JPEG", quality=quality, optimize=True)
        else:
            small.save(packed, "WEBP", quality=quality, method=5)
        data = packed.getvalue()
        if len(data) <= size["max_bytes"]:
            break
    head = {"media_type": f"image/{size['format'].lower()}", "width": small.width, "height": small.height}
    head |= {"source_width": image.width, "source_height": image.height}
    sys.stdout.buffer.write(json.dumps({**head, "size": len(data)}).encode() + b"\n" + data)


if __name__ == "__main__":
    sys.exit(main())
