"""Keys with their certificates: PKCS#12 files from outside and our own, and whether an authority is recognised."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID
from flask import current_app
from flask_babel import gettext as _

from app.core.signing.awaiting import in_own_loop
from app.core.signing.errors import CertificateRefused, WrongPassphrase
from tenants.models import now

log = structlog.get_logger(__name__)

MOST_BYTES = 64 * 1024
"""A PKCS#12 file holds a key and some certificates: a few kilobytes."""
SECONDS = 8.0
CHILD = Path(__file__).with_name("pkcs12_child.py")
ROUNDS = 100_000
"""Of PBKDF2-HMAC-SHA256. A stolen file must first be opened with the village's key (AES-256); the passphrase is the
second lock, and a queue of letters opens it once."""
LEAST_RSA_BITS = 2048
SHORTEST_PASSPHRASE, LONGEST_PASSPHRASE = 8, 128
_DER = serialization.Encoding.DER
_EXITS = {3: "passphrase", 4: "file", 5: "key"}

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Bundle:
    """A private key, its certificate and the certificates above it. Never shown, never logged."""

    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    def key_der(self) -> bytes:
        """The key as PKCS#8, in clear: for the signing library alone."""
        return self.key.private_bytes(_DER, PrivateFormat.PKCS8, serialization.NoEncryption())


def pack(bundle: Bundle, passphrase: str) -> bytes:
    """The bundle as a PKCS#12 file that the passphrase opens (AES-256, PBKDF2)."""
    lock = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(passphrase.encode())
    )
    return pkcs12.serialize_key_and_certificates(None, bundle.key, bundle.certificate, bundle.chain, lock)


def unpack(data: bytes, passphrase: str) -> Bundle:
    """Open what `pack` made. Raises WrongPassphrase."""
    try:
        key, certificate, above = pkcs12.load_key_and_certificates(data, passphrase.encode())
    except ValueError as error:
        raise WrongPassphrase from error
    if certificate is None or not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise WrongPassphrase
    return Bundle(key, certificate, tuple(above))


def read_pkcs12(data: bytes, passphrase: str) -> Bundle:
    """Open a PKCS#12 file from outside in a process that can be killed, and check that it may sign letters.

    Args:
        data: the upload, at most 64 KB.
        passphrase: what opens it.
    Raises:
        CertificateRefused: with a sentence: too large, not PKCS#12, wrong passphrase, no key, a weak one, over, or not
            made for signing.
    """
    if not data:
        raise CertificateRefused(_("Berkas ini kosong. Pilih berkas .p12 atau .pfx Anda."))
    if len(data) > MOST_BYTES:
        raise CertificateRefused(
            _("Berkas ini terlalu besar untuk sebuah sertifikat. Pilih berkas .p12 atau .pfx.")
        )
    answer = _ask_child(data, passphrase)
    key = serialization.load_der_private_key(base64.b64decode(answer["key"]), None)
    certificate = x509.load_der_x509_certificate(base64.b64decode(answer["certificate"]))
    chain = tuple(x509.load_der_x509_certificate(base64.b64decode(one)) for one in answer["chain"])
    if isinstance(key, ec.EllipticCurvePrivateKey):
        is_strong = key.curve.key_size >= 256
    elif isinstance(key, rsa.RSAPrivateKey):
        is_strong = LEAST_RSA_BITS <= key.key_size <= 8192
    else:
        raise CertificateRefused(_("Jenis kunci ini tidak dikenal. Yang diterima RSA dan ECDSA."))
    if not is_strong:
        raise CertificateRefused(
            _("Kunci ini terlalu lemah. Paling sedikit RSA 2048 bit atau ECDSA 256 bit.")
        )
    _check(certificate)
    return Bundle(key, certificate, chain)


def _check(certificate: x509.Certificate) -> None:
    """Raise CertificateRefused for a certificate that can't sign letters now."""
    moment = now()
    if certificate.not_valid_after_utc <= moment:
        raise CertificateRefused(
            _("Masa berlaku sertifikat ini sudah habis. Minta sertifikat baru kepada penerbitnya.")
        )
    if certificate.not_valid_before_utc > moment + dt.timedelta(minutes=10):
        raise CertificateRefused(_("Sertifikat ini belum berlaku. Unggah kembali pada tanggal berlakunya."))
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    except ValueError as error:
        raise CertificateRefused(_("Sertifikat ini tidak dapat dibaca.")) from error
    if usage is not None and not (usage.content_commitment or usage.digital_signature):
        raise CertificateRefused(
            _("Sertifikat ini tidak dibuat untuk menandatangani. Minta sertifikat tanda tangan elektronik.")
        )
    if not name_of(certificate.subject):
        raise CertificateRefused(_("Sertifikat ini tidak menyebut nama pemiliknya."))


def _ask_child(data: bytes, passphrase: str) -> dict[str, Any]:
    asked = json.dumps({"file": base64.b64encode(data).decode(), "passphrase": passphrase})
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD)],
            input=asked.encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CertificateRefused(_strange()) from error
    if done.returncode == 0:
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer
    problem = _EXITS.get(done.returncode, "")
    log.info("certificate_refused", problem=problem, code=done.returncode)
    if problem == "passphrase":
        raise CertificateRefused(
            _("Frasa sandi tidak membuka berkas ini. Ketikkan sekali lagi, atau pilih berkas lain.")
        )
    if problem == "key":
        raise CertificateRefused(
            _("Berkas ini tidak berisi kunci pribadi. Ekspor ulang sertifikat beserta kuncinya.")
        )
    raise CertificateRefused(_strange())


def _strange() -> str:
    return str(_("Berkas ini bukan sertifikat PKCS#12 yang utuh. Pilih berkas .p12 atau .pfx."))


def name_of(name: x509.Name) -> str:
    """The common name of a subject or issuer, else its organisation."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        found = name.get_attributes_for_oid(oid)
        if found:
            return str(found[0].value)
    return ""


def words_of(name: x509.Name) -> str:
    """A subject or issuer in one line: common name, title, organisation, country. Nothing else of it is kept.

    A certificate may carry its holder's NIK as a serial number in the subject: that is left out.
    """
    parts: list[str] = []
    for oid in (NameOID.COMMON_NAME, NameOID.TITLE, NameOID.ORGANIZATION_NAME, NameOID.COUNTRY_NAME):
        parts += [str(one.value) for one in name.get_attributes_for_oid(oid)]
    return ", ".join(parts)


def recognised(certificate: x509.Certificate, chain: Sequence[x509.Certificate]) -> bool:
    """Whether the chain ends in a certification authority recognised in Indonesia (PP 71/2019), now.

    Those stand in the file that SIGNING_TRUST names; without one nothing is certified.
    """
    roots = trusted_roots()
    if not roots:
        return False
    from asn1crypto import x509 as asn1
    from pyhanko_certvalidator import CertificateValidator, ValidationContext
    from pyhanko_certvalidator.errors import PathBuildingError, ValidationError

    above = [asn1.Certificate.load(one.public_bytes(_DER)) for one in chain]
    context = ValidationContext(
        trust_roots=[asn1.Certificate.load(root) for root in roots], allow_fetching=False, other_certs=above
    )
    validator = CertificateValidator(
        asn1.Certificate.load(certificate.public_bytes(_DER)), above, validation_context=context
    )
    try:
        in_own_loop(lambda: asyncio.run(validator.async_validate_path()))
    except (ValidationError, PathBuildingError):
        return False
    return True


def trusted_roots() -> tuple[bytes, ...]:
    """The recognised authorities' certificates, DER. Raises ValueError for a file that holds none."""
    path = str(current_app.config["SETTINGS"].signing_trust)
    return _roots_in(path) if path else ()


@lru_cache(maxsize=4)
def _roots_in(path: str) -> tuple[bytes, ...]:
    found = x509.load_pem_x509_certificates(Path(path).read_bytes())
    return tuple(certificate.public_bytes(_DER) for certificate in found)
