"""A scan or a photo from outside, made fit to be kept: checked by its content, images written anew."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.files.images import ImageRefused, Size, render_image, sniff
from app.core.files.pdf_check import PdfRefused, check_pdf

MEGABYTE = 1024 * 1024
MOST_BYTES = 5 * MEGABYTE
SCAN = Size(2400, format="JPEG", max_bytes=1_500_000)
"""A page of A4 at 200 dots an inch: small print stays readable."""
PDF = "application/pdf"


class ScanRefused(ValueError):
    """The upload is not kept; the message is a sentence for the person who sent it."""


def checked_scan(data: bytes, *, most_bytes: int = MOST_BYTES) -> tuple[str, bytes]:
    """The media type by content, and the bytes as they may be kept.

    Args:
        data: PDF, JPEG or PNG by its content. Images are written anew as JPEG, PDFs are looked through.
        most_bytes: the largest upload that is taken.
    Raises:
        ScanRefused: with a sentence.
    """
    if not data:
        raise ScanRefused(_("Berkas ini kosong (0 bita). Pilih berkasnya sekali lagi."))
    if len(data) > most_bytes:
        raise ScanRefused(
            _(
                "Berkas lebih besar dari %(most)s MB. Perkecil atau pindai ulang dengan mutu lebih rendah.",
                most=most_bytes // MEGABYTE,
            )
        )
    try:
        if sniff(data) in ("png", "jpeg"):
            scan = render_image(data, [SCAN], most_bytes=most_bytes)[0]
            return scan.media_type, scan.data
        if data[:5] == b"%PDF-":
            check_pdf(data)
            return PDF, data
    except (ImageRefused, PdfRefused) as refused:
        raise ScanRefused(str(refused)) from refused
    raise ScanRefused(
        _("Hanya PDF, JPG, atau PNG yang diterima. Yang diperiksa isinya, bukan nama berkasnya.")
    )
