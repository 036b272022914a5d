"""Which signatures a PDF bears and whether they hold: looked at in a process with limits that can be killed."""

from __future__ import annotations

import base64
import datetime as dt
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.serialization import Encoding

from app.core.signing.authority import demo_authority, demo_is_allowed
from app.core.signing.certificates import trusted_roots

log = structlog.get_logger(__name__)

SECONDS = 10.0
CHILD = Path(__file__).with_name("pdf_child.py")


class PdfUnreadable(ValueError):
    """It is no PDF, damaged, or takes more time or memory than a letter may."""


@dataclass(frozen=True, slots=True)
class SignatureFound:
    """One signature of a PDF.

    `valid`: the signed bytes and the signature belong together and nothing was changed after it. `covers_whole`: it
    covers the file to its last byte. `is_certified`: its certificate comes from a recognised authority; `is_demo`: from
    this deployment's own demo authority. `signed_at` is what the signer's clock said.
    """

    holder: str
    issuer: str
    signed_at: dt.datetime | None
    valid: bool
    covers_whole: bool
    is_certified: bool
    is_demo: bool = False


def signatures_in(pdf: bytes, *, seconds: float = SECONDS) -> list[SignatureFound]:
    """The signatures of a PDF, the first one first; an empty list for one without.

    Args:
        pdf: from outside, and meant no good.
        seconds: after how long the child is killed.
    Raises:
        PdfUnreadable
    """
    demo = [demo_authority().certificate.public_bytes(Encoding.DER)] if demo_is_allowed() else []
    order = {"trusted": [_text(one) for one in trusted_roots()], "demo": [_text(one) for one in demo]}
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD)],
            input=json.dumps(order).encode() + b"\n" + pdf,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        log.info("pdf_not_inspected", late=True)
        raise PdfUnreadable("too slow") from error
    if done.returncode != 0:
        log.info("pdf_not_inspected", code=done.returncode)
        raise PdfUnreadable(f"exit code {done.returncode}")
    return [
        SignatureFound(
            **{
                **found,
                "signed_at": dt.datetime.fromisoformat(found["signed_at"]) if found["signed_at"] else None,
            }
        )
        for found in json.loads(done.stdout)
    ]


def _text(der: bytes) -> str:
    return base64.b64encode(der).decode()
