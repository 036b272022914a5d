"""Checking a file that somebody was given: by its digest and by its signatures. The file is not kept."""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from app.core.signing import PdfUnreadable, SignatureFound, signatures_in
from app.government.letters.verification.queries import PublicLetter, letter_by_token, letters_by_digest

MOST_BYTES = 5 * 1024 * 1024
MOST_ENDS = 12
AT_ONCE = 2
"""How many uploads a process of the house looks at in one moment: each may take a core and half a gigabyte."""
WAIT_SECONDS = 4.0
_END = re.compile(rb"%%EOF(\r\n|\n|\r)?")
_places = threading.BoundedSemaphore(AT_ONCE)

Verdict = Literal[
    "genuine", "not_valid", "changed", "other_letter", "unknown", "no_pdf", "too_large", "empty", "busy"
]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file turned out to be.

    `genuine`: it is the file of `letter`, which holds. `not_valid`: it is, but the letter is over, cancelled or
    replaced. `changed`: it began as the file of `letter` (if known) and was changed after it was issued.
    `other_letter`: it is genuine, but not the letter that was asked about. `unknown`: this village issued no such file.
    `busy`: too many files are being looked at right now.
    """

    verdict: Verdict
    sha256: str = ""
    letter: PublicLetter | None = None
    signatures: tuple[SignatureFound, ...] = ()


def check_file(data: bytes, about: str = "") -> Checked:
    """Compare a file with the letters of this village and look at its signatures; nothing is written or kept.

    Args:
        data: the upload; one byte more than MOST_BYTES tells that it was too large.
        about: the token of the letter whose page the file was sent from, if any.
    """
    if not data:
        return Checked("empty")
    if len(data) > MOST_BYTES:
        return Checked("too_large")
    if not data.startswith(b"%PDF-"):
        return Checked("no_pdf")
    digest = hashlib.sha256(data).digest()
    known = letters_by_digest({digest, *_earlier(data)})
    wanted = letter_by_token(about) if about else None
    if not _places.acquire(timeout=WAIT_SECONDS):
        return Checked("busy", digest.hex())
    try:
        found, readable = tuple(signatures_in(data)), True
    except PdfUnreadable:
        found, readable = (), False
    finally:
        _places.release()
    letter = known.get(digest)
    if letter is not None:
        if wanted is not None and wanted.sha256 != letter.sha256:
            return Checked("other_letter", digest.hex(), letter, found)
        return Checked("genuine" if letter.standing == "valid" else "not_valid", digest.hex(), letter, found)
    if known:
        return Checked("changed", digest.hex(), next(iter(known.values())), found)
    if wanted is not None:
        return Checked("changed", digest.hex(), wanted, found)
    if any(not one.valid or not one.covers_whole for one in found):
        return Checked("changed", digest.hex(), None, found)
    if not readable:
        return Checked("no_pdf", digest.hex())
    return Checked("unknown", digest.hex(), None, found)


def _earlier(data: bytes) -> set[bytes]:
    """Digests of what the file was before something was appended: up to each of its first ends.

    The file is read once, however many ends it has, and no further than the last of these.
    """
    digests: set[bytes] = set()
    view, running, read = memoryview(data), hashlib.sha256(), 0
    for end in islice(_END.finditer(data), MOST_ENDS):
        for upto in (end.start() + len(b"%%EOF"), end.end()):
            running.update(view[read:upto])
            read = upto
            digests.add(running.digest())
    return digests
