"""Whether an uploaded PDF may be kept: a whole one, of one kind only, that does nothing by itself.

A PDF is not drawn or changed here. It is refused when it is no PDF from its first byte on (so nothing else can be it,
too), when something stands behind its end, when it is encrypted (nobody could check it), or when it holds a script, an
action that starts a program or sends data, or a file of its own. Names can be written with `#4a` for `J` and can stand
in compressed object streams: both are looked through (ISO 32000-1, 7.3.5 and 7.5.7).
"""

from __future__ import annotations

import re
import zlib

from flask_babel import gettext as _

HEADER = re.compile(rb"%PDF-[12]\.\d")
MOST_BEHIND = 1024
MOST_UNPACKED = 32 * 1024 * 1024
_HASH = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")
_DICTIONARY = 4096
_END = rb"(?![A-Za-z0-9])"
_ENCRYPTED = re.compile(rb"/Encrypt" + _END)
_ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|SubmitForm|ImportData|GoToR|GoToE|RichMedia|EmbeddedFiles?|XFA|Rendition|Movie|Sound)"
    + _END
)
_OBJECTS = re.compile(rb"/ObjStm" + _END)
_FILTER = re.compile(rb"/Filter\s*(\[[^\]]*\]|/[A-Za-z0-9]+|\d+\s+\d+\s+R)")


class PdfRefused(ValueError):
    """The PDF is not kept; the message is a sentence for the person who sent it."""


def check_pdf(data: bytes) -> None:
    """Raise PdfRefused for a PDF that may not be kept. `data` is at most some megabytes."""
    if not HEADER.match(data):
        raise PdfRefused(_("Berkas ini bukan PDF yang utuh. Simpan ulang sebagai PDF, lalu kirim lagi."))
    end = data.rfind(b"%%EOF")
    if end < 0 or b"startxref" not in data[max(0, end - 4096) : end]:
        raise PdfRefused(_("PDF ini terpotong atau rusak. Simpan atau pindai ulang, lalu kirim lagi."))
    if len(data) - end > MOST_BEHIND:
        raise PdfRefused(_("Di belakang PDF ini menempel data lain. Simpan ulang lewat “Cetak ke PDF”."))
    for part in (data, *_object_streams(data)):
        plain = _HASH.sub(lambda found: bytes([int(found[1], 16)]), part)
        if _ENCRYPTED.search(plain):
            raise PdfRefused(
                _("PDF ini terkunci dengan kata sandi. Simpan ulang tanpa kunci, lalu kirim lagi.")
            )
        if _ACTIVE.search(plain):
            raise PdfRefused(
                _(
                    "PDF ini berisi skrip, tindakan otomatis, atau lampiran. Simpan ulang lewat “Cetak ke PDF”."
                )
            )


def _object_streams(data: bytes) -> list[bytes]:
    """What stands in the compressed object streams; those packed in a way that can't be looked into are refused."""
    found: list[bytes] = []
    room = MOST_UNPACKED
    for start in _STREAM.finditer(data):
        head = _HASH.sub(
            lambda m: bytes([int(m[1], 16)]), data[max(0, start.start() - _DICTIONARY) : start.start()]
        )
        head = head[head.rfind(b" obj") + 1 :]
        if not _OBJECTS.search(head):
            continue
        packing = _FILTER.search(head)
        names = re.findall(rb"/([A-Za-z0-9]+)", packing[1]) if packing else []
        if packing is None:
            continue
        if names not in ([b"FlateDecode"], [b"Fl"]) or b"/Predictor" in head:
            raise PdfRefused(_strange())
        unpacked = _inflated(data[start.end() :], room)
        room -= len(unpacked)
        found.append(unpacked)
    return found


def _inflated(packed: bytes, room: int) -> bytes:
    try:
        unpacker = zlib.decompressobj()
        unpacked = unpacker.decompress(packed, room + 1)
    except zlib.error as error:
        raise PdfRefused(_strange()) from error
    if len(unpacked) > room:
        raise PdfRefused(_("PDF ini terlalu besar bila dibuka. Simpan ulang lewat “Cetak ke PDF”."))
    return unpacked


def _strange() -> str:
    return str(
        _("Susunan PDF ini tidak dapat diperiksa. Simpan ulang lewat “Cetak ke PDF”, lalu kirim lagi.")
    )
