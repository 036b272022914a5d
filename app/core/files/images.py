"""Images from outside: sniffed by their first bytes, then decoded and written anew in a process that can be killed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog
from flask_babel import gettext as _

log = structlog.get_logger(__name__)

MAX_UPLOAD_BYTES = 2 * 1024 * 1024
SECONDS = 10.0
CHILD = Path(__file__).with_name("image_child.py")


class ImageRefused(ValueError):
    """The upload is not taken; the message is a sentence for the person who sent it."""


@dataclass(frozen=True, slots=True)
class Size:
    """A wanted rendering: longest edge in pixels, cropped to a square or not, WEBP or JPEG within a size, or PNG."""

    max_px: int
    square: bool = False
    format: str = "WEBP"
    max_bytes: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What is demanded of an image: pixels at least, and the bounds of its width divided by its height."""

    least_width: int
    least_height: int
    narrowest: float
    widest: float
    demand: Any
    """The same as a sentence: the page says it beforehand, the refusal again."""

    def check(self, width: int, height: int) -> None:
        """Raise ImageRefused for an image of `width` by `height` pixels that falls short of this."""
        large_enough = width >= self.least_width and height >= self.least_height
        if not large_enough or not self.narrowest <= width / height <= self.widest:
            raise ImageRefused(
                _(
                    "%(demand)s Gambar ini %(width)s × %(height)s piksel.",
                    demand=self.demand,
                    width=width,
                    height=height,
                )
            )


@dataclass(frozen=True, slots=True)
class Rendering:
    """An image written anew. `width` and `height` are pixels, `source` the width and height that it came with.

    A photo much larger than what is kept counts as somewhat smaller than it was: it is not unpacked as a whole.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    source: tuple[int, int]


def sniff(data: bytes) -> str | None:
    """Return `png`, `jpeg` or `webp` by the first bytes, or None for anything else (SVG, GIF, PDF, HEIC …)."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return None


def render_image(
    data: bytes, sizes: Sequence[Size], *, most_bytes: int = MAX_UPLOAD_BYTES
) -> list[Rendering]:
    """Decode an uploaded image and write it anew in each of the sizes, without EXIF, profile or trailing bytes.

    Args:
        data: the upload as it came, at most `most_bytes`.
        sizes: the wanted renderings; none is larger than the original. JPEG lays what is see-through on white.
    Raises:
        ImageRefused: too large, not PNG, JPEG or WebP, damaged, or unpacking to too much.
    """
    if not data:
        raise ImageRefused(_("Berkas gambar kosong. Pilih gambarnya sekali lagi."))
    if len(data) > most_bytes:
        megabytes = most_bytes // (1024 * 1024)
        raise ImageRefused(
            _("Gambar lebih besar dari %(most)s MB. Perkecil dahulu, lalu kirim lagi.", most=megabytes)
        )
    if sniff(data) is None:
        raise ImageRefused(
            _("Hanya gambar PNG, JPG, atau WebP yang diterima. Simpan ulang gambarnya sebagai PNG atau JPG.")
        )
    output = _run_child(data, sizes)
    try:
        return _split(output, len(sizes))
    except (ValueError, KeyError) as error:
        log.warning("image_child_output", error=str(error))
        raise ImageRefused(_unreadable()) from error


def _unreadable() -> str:
    return str(_("Gambar ini rusak atau terpotong sehingga tidak dapat dibaca. Coba gambar lain."))


def _run_child(data: bytes, sizes: Sequence[Size]) -> bytes:
    command = [sys.executable, "-I", str(CHILD), json.dumps([asdict(size) for size in sizes])]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ImageRefused(
            _("Gambar ini terlalu rumit untuk diolah. Coba gambar yang lebih kecil.")
        ) from error
    if done.returncode == 0:
        return done.stdout
    log.info("image_refused", code=done.returncode)
    if done.returncode == 3:
        raise ImageRefused(_unreadable())
    raise ImageRefused(
        _("Ukuran gambar ini terlalu besar bila dibuka (paling banyak 40 juta piksel). Perkecil dahulu.")
    )


def _split(output: bytes, expected: int) -> list[Rendering]:
    renderings = []
    while output:
        line, _newline, rest = output.partition(b"\n")
        head = json.loads(line)
        size = head["size"]
        if len(rest) < size:
            raise ValueError("short output")
        source = (head["source_width"], head["source_height"])
        renderings.append(Rendering(rest[:size], head["media_type"], head["width"], head["height"], source))
        output = rest[size:]
    if len(renderings) != expected:
        raise ValueError("a rendering is missing")
    return renderings
