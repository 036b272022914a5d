"""Setting a document: the template is ours, the values are data, the process can be killed."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from flask_babel import gettext as _
from PIL import Image

from app.core.documents.press import Presses, SettingTooLarge, SettingWrong
from app.core.documents.text import printable, printable_data

log = structlog.get_logger(__name__)

APP = Path(__file__).resolve().parents[2]
LIBRARY = Path(__file__).with_name("typst")
STANDARD = "a-2b"
SECONDS = 90.0
PIXELS_PER_INCH = 110.0

presses = Presses(LIBRARY)
"""The warm processes of this process; none is started before it is needed."""


class DocumentFailed(RuntimeError):
    """A document could not be made; the message is a sentence for the person who asked for it."""


def render_pdf(
    source: str | Path,
    data: Mapping[str, Any],
    *,
    title: str,
    images: Mapping[str, bytes | str] | None = None,
    tagged: bool = True,
) -> bytes:
    """Set a document as PDF/A-2b (ISO 19005-2), with selectable text and no connection to anything outside.

    Args:
        source: the name of a template of ours in app/core/documents/typst, or the path of a `.typ` file under app/.
        data: what it shows: plain values, lists and mappings. Texts are made printable; none is ever taken as source.
        title: the document's title, as readers show it.
        images: PNG, JPEG or WebP that we have written anew ourselves, or SVG of our own making as text, by name; found
            in `data.images`.
        tagged: whether its structure is written too, for who listens; long lists leave it out (25 times the size).
    Raises:
        DocumentFailed: with a sentence; the reason is in the log.
    """
    return _run(source, data, title=title, images=images, tagged=tagged, png=0.0)


def render_pictures(
    source: str | Path,
    data: Mapping[str, Any],
    *,
    title: str,
    images: Mapping[str, bytes | str] | None = None,
) -> list[bytes]:
    """The same document as one PNG a page, for a preview."""
    output = _run(source, data, title=title, images=images, tagged=False, png=PIXELS_PER_INCH)
    pages = []
    while output:
        size = int.from_bytes(output[:4], "big")
        pages.append(output[4 : 4 + size])
        output = output[4 + size :]
    return pages


def _run(
    source: str | Path,
    data: Mapping[str, Any],
    *,
    title: str,
    images: Mapping[str, bytes | str] | None,
    tagged: bool,
    png: float,
) -> bytes:
    path = _template(source)
    values = printable_data(data)
    try:
        values["images"] = {name: _picture(image) for name, image in (images or {}).items() if image}
    except (OSError, KeyError, ValueError) as error:
        log.error("document_failed", template=path.name, reason=type(error).__name__)
        raise DocumentFailed(_can_not()) from error
    asked = {
        "source": path.read_text(encoding="utf-8"),
        "data": values,
        "title": printable(title),
        "tagged": tagged,
        "standard": STANDARD,
        "png": png,
    }
    try:
        return presses.set(asked, SECONDS)
    except SettingWrong as error:
        reason = str(error).partition("\n")[0]
        log.error("document_failed", template=path.name, reason=_without_values(reason))
        raise DocumentFailed(_can_not()) from None
    except SettingTooLarge:
        log.warning("document_too_large", template=path.name)
        raise DocumentFailed(_too_large()) from None


def _picture(image: bytes | str) -> str:
    """A picture as text that Typst takes as an image: a fraction of the time of a list of its bytes."""
    if isinstance(image, str):
        return image
    with Image.open(io.BytesIO(image)) as opened:
        (width, height), kind = opened.size, Image.MIME[opened.format or ""]
    source = f"data:{kind};base64,{base64.b64encode(image).decode()}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" '
        f'height="{height}"><image width="{width}" height="{height}" xlink:href="{source}"/></svg>'
    )


def _can_not() -> str:
    return str(
        _("Dokumen ini tidak dapat dibuat. Data Anda aman; laporkan hal ini kepada pengelola aplikasi.")
    )


def _too_large() -> str:
    return str(_("Dokumen ini terlalu besar untuk dibuat sekaligus. Saring dahulu, misalnya per wilayah."))


def _without_values(reason: str) -> str:
    """Typst quotes the text that it stumbles over: the log must not hold it."""
    kept = reason.split('"')
    return "…".join(kept[::2])[:300].replace("`", "")


def _template(source: str | Path) -> Path:
    path = (LIBRARY / source if isinstance(source, str) else source).resolve()
    if path.suffix != ".typ" or not path.is_relative_to(APP):
        raise ValueError(f"{path} is no template of ours")
    return path
