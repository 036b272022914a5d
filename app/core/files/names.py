"""The names under which files leave the house."""

from __future__ import annotations

import unicodedata
from typing import Literal
from urllib.parse import quote

from werkzeug.http import dump_options_header

Kind = Literal["inline", "attachment"]


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
