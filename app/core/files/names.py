"""The names under which files leave the house."""

from __future__ import annotations

import unicodedata
from typing import Literal
from urllib.parse import quote

from werkzeug.http import dump_options_header

Kind = Literal["inline", "attachment"]


ENDINGS = {"image/jpeg": (".jpg", ".jpeg"), "image/png": (".png",), "application/pdf": (".pdf",)}


def name_of_type(name: str, media_type: str) -> str:
    """A file's name with an ending that fits what the file is now; images are written anew when they come in."""
    endings = ENDINGS.get(media_type, ())
    if not endings or name.lower().endswith(endings):
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem if dot and len(ending) <= 4 else name}{endings[0]}"


def disposition(kind: Kind, name: str) -> str:
    """The header Content-Disposition for a file of any name.

    A header holds Latin letters only, so a name with others (a dash of a word processor is enough) is told twice: plain
    for old programs, and whole by RFC 6266.
    """
    clean = "".join(sign for sign in name if sign.isprintable())
    if clean.isascii():
        return dump_options_header(kind, {"filename": clean})
    plain = unicodedata.normalize("NFKD", clean).encode("ascii", "ignore").decode()
    stem, dot, ending = plain.rpartition(".")
    if dot and not stem.strip():
        plain = f"berkas.{ending}"
    whole = quote(clean, safe="!#$&+-.^_`|~")
    return dump_options_header(kind, {"filename": plain.strip() or "berkas", "filename*": f"UTF-8''{whole}"})
