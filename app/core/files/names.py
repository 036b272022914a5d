"""The names under which files leave the house."""

from __future__ import annotations

import unicodedata
from typing import Literal
from urllib.parse import quote

from werkzeug.http import dump_options_header

Kind = Literal["inline", "attachment"]


LONGEST_STEM = 110


def named_as(name: str, ending: str) -> str:
    """A sent file's name with the ending of what the file is (`.jpg`), without folders and signs that don't print.

    A program is chosen by the ending, so it is not the sender's to say; and images are written anew as JPEG.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    last = "".join(sign for sign in last if sign.isprintable()).strip() or "berkas"
    stem, dot, known = last.rpartition(".")
    if dot and f".{known.lower()}" == ending:
        return last
    if dot and 1 <= len(known) <= 5 and stem:
        last = stem
    return f"{last[:LONGEST_STEM]}{ending}"


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
