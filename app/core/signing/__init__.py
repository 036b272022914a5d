"""Electronic signatures of a village: its certificates, PAdES in PDF files, and the national service (BSrE)."""

from __future__ import annotations

from app.core.signing.bsre import HttpBsre, RecordingBsre, SigningService, signing_service
from app.core.signing.errors import (
    CertificateExpired,
    CertificateRefused,
    KeyUnusable,
    NotRegistered,
    NotSigned,
    SigningAway,
    WrongPassphrase,
    why,
)
from app.core.signing.inspecting import PdfUnreadable, SignatureFound, signatures_in
from app.core.signing.keys import make_demo_key, open_key, sign_locally

__all__ = [
    "CertificateExpired",
    "CertificateRefused",
    "HttpBsre",
    "KeyUnusable",
    "NotRegistered",
    "NotSigned",
    "PdfUnreadable",
    "RecordingBsre",
    "SignatureFound",
    "SigningAway",
    "SigningService",
    "WrongPassphrase",
    "make_demo_key",
    "open_key",
    "sign_locally",
    "signatures_in",
    "signing_service",
    "why",
]
