"""Run as a program of its own, never imported by the application: looks at the signatures of one PDF from outside.

Standard input: a line of JSON (`trusted` and `demo`: certificates, DER in base64), then the PDF. Standard output: a
JSON list with an object for each signature. Exit code 3: it can't be read as a PDF. It limits its own memory, time and
files before it touches the input, opens no network, and whoever starts it kills it when it takes too long.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import resource
import sys
from typing import Any

MEMORY_BYTES = 640 * 1024 * 1024
CPU_SECONDS = 8
MOST_SIGNATURES = 8
UNREADABLE = 3


def main() -> int:
    """Read, look, write. Returns the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)
    from asn1crypto import x509
    from pyhanko.pdf_utils.reader import PdfFileReader

    order = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    trusted = [x509.Certificate.load(base64.b64decode(one)) for one in order["trusted"]]
    demo = [x509.Certificate.load(base64.b64decode(one)) for one in order["demo"]]
    try:
        found = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures[:MOST_SIGNATURES]
        answer = [_looked_at(signature, trusted, demo) for signature in found]
    except Exception:
        return UNREADABLE
    sys.stdout.write(json.dumps(answer))
    return 0


def _looked_at(signature: Any, trusted: list[Any], demo: list[Any]) -> dict[str, Any]:
    """What one signature says; one that can't be checked is not valid."""
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    said: dict[str, Any] = {
        "holder": "", "issuer": "", "signed_at": None, "valid": False, "covers_whole": False, "is_certified": False,
        "is_demo": False,
    }  # fmt: skip
    try:
        certificate = signature.signer_cert
        said["holder"] = _name(certificate.subject)
        said["issuer"] = _name(certificate.issuer)
        moment = signature.self_reported_timestamp
        said["signed_at"] = moment.isoformat() if moment else None
        status = validate_pdf_signature(signature, _context(trusted, moment))
        unchanged = status.modification_level in (None, ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
        said["valid"] = bool(status.intact and status.valid and unchanged)
        said["covers_whole"] = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
        said["is_certified"] = bool(trusted and status.trusted)
        if demo and not said["is_certified"]:
            said["is_demo"] = bool(validate_pdf_signature(signature, _context(demo, moment)).trusted)
    except Exception:
        said["valid"] = False
    return said


def _context(roots: list[Any], moment: Any) -> Any:
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(trust_roots=roots, allow_fetching=False, moment=moment)


def _name(name: Any) -> str:
    native = name.native
    for key in ("common_name", "organization_name"):
        value = native.get(key)
        if value:
            return str(value[0] if isinstance(value, list) else value)[:120]
    return ""


if __name__ == "__main__":
    sys.exit(main())
