"""PAdES signatures in PDF files (ETSI EN 319 142-1, level B-B), offline; what was PDF/A-2b stays it."""

from __future__ import annotations

import io
from typing import Any

import structlog

from app.core.signing.certificates import Bundle, name_of
from app.core.signing.errors import NotSigned

log = structlog.get_logger(__name__)

FIELD = "TandaTangan"


def sign_pdf(pdf: bytes, bundle: Bundle, *, reason: str, place: str) -> bytes:
    """Sign a PDF with a certificate: an invisible field, so that nothing on the page moves.

    The signature certifies the document (ISO 32000-2, 12.8.2.2) and allows no change after it. It is an incremental
    update: the bytes of `pdf` stand unchanged at the beginning of what is returned.

    Args:
        pdf: what is signed.
        bundle: the key with its certificate, which is valid now.
        reason, place: shown by readers beside the signature.
    Raises:
        NotSigned: the PDF can't be signed.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign import fields, signers
    from pyhanko.sign.general import SigningError

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
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        signed = signers.sign_pdf(writer, metadata, signer=_signer(bundle), new_field_spec=field)
    except (SigningError, PdfError, ValueError) as error:
        log.error("pdf_not_signed", reason=type(error).__name__)
        raise NotSigned("document") from error
    return bytes(signed.getvalue())


def _signer(bundle: Bundle) -> Any:
    from asn1crypto import keys, x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from pyhanko.sign import signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    def loaded(certificate: Any) -> Any:
        return x509.Certificate.load(certificate.public_bytes(Encoding.DER))

    store: Any = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple([loaded(one) for one in bundle.chain])
    return signers.SimpleSigner(
        signing_cert=loaded(bundle.certificate),
        signing_key=keys.PrivateKeyInfo.load(bundle.key_der()),
        cert_registry=store,
    )
