"""PAdES signatures in PDF files (ETSI EN 319 142-1, level B-B), offline; what was PDF/A-2b stays it.

pyHanko takes half a second to load, so this module is imported by who signs, when it is needed.
"""

from __future__ import annotations

import io
from typing import Any

import structlog
from asn1crypto import keys, x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.extensions import DeveloperExtension
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.core.signing.awaiting import in_own_loop
from app.core.signing.certificates import Bundle, name_of
from app.core.signing.errors import NotSigned

log = structlog.get_logger(__name__)

FIELD = "TandaTangan"
ESIC = DeveloperExtension(
    prefix_name=pdf_name("/ESIC"), base_version=pdf_name("/1.7"), extension_level=1, compare_by_level=True
)
"""What PAdES adds to PDF 1.7 (ETSI EN 319 142-1, 5.6)."""


class _Writer(IncrementalPdfFileWriter):
    """Adds to a file and leaves its metadata (XMP) as they were set: PDF/A's statement stands in them."""

    def _update_meta(self) -> None:
        return


class _Signer(signers.PdfSigner):
    """Signs within PDF 1.7, as PDF/A-2 demands: no mark of a later version, whatever the key's algorithm."""

    def register_extensions(self, pdf_out: Any, *, md_algorithm: str) -> None:
        """Note the extension of PAdES alone."""
        pdf_out.register_extension(ESIC)


def sign_pdf(pdf: bytes, bundle: Bundle, *, reason: str, place: str) -> bytes:
    """Sign a PDF with a certificate: an invisible field, so that nothing on the page moves.

    The signature certifies the document (ISO 32000-1, 12.8.2.2) and allows no change after it. It is an incremental
    update: the bytes of `pdf` stand unchanged at the beginning of what is returned.

    Args:
        pdf: what is signed.
        bundle: the key with its certificate, which is valid now.
        reason, place: shown by readers beside the signature.
    Raises:
        NotSigned: the PDF can't be signed.
    """
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        reason=reason[:200],
        location=place[:100],
        name=name_of(bundle.certificate.subject)[:100],
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    field = fields.SigFieldSpec(FIELD, readable_field_name="Tanda tangan elektronik")
    try:
        signer = _Signer(metadata, _key(bundle), new_field_spec=field)
        signed = in_own_loop(lambda: signer.sign_pdf(_Writer(io.BytesIO(pdf))))
    except (SigningError, PdfError, ValueError) as error:
        log.error("pdf_not_signed", reason=type(error).__name__)
        raise NotSigned("document") from error
    return bytes(signed.getvalue())


def _key(bundle: Bundle) -> Any:
    store: Any = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple([_loaded(one) for one in bundle.chain])
    return signers.SimpleSigner(
        signing_cert=_loaded(bundle.certificate),
        signing_key=keys.PrivateKeyInfo.load(bundle.key_der()),
        cert_registry=store,
    )


def _loaded(certificate: Any) -> Any:
    return x509.Certificate.load(certificate.public_bytes(Encoding.DER))
