"""The demo's own certification authority: made once a deployment, never certified, never in production.

Its key lies sealed in object storage under a key that follows from the master key (HKDF-SHA256), one authority for each
master key, so that a new master key brings a new authority instead of one that can't be opened.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID, ObjectIdentifier
from flask import current_app

from app.core.files.storage import ObjectMissing, get_object, put_object_once
from app.core.privacy.keys import current_key_id, master_keys
from app.core.signing.errors import KeyUnusable
from tenants.keys import platform_path
from tenants.models import now

ROOT_NAME = "Siger Otoritas Percontohan (tidak tersertifikasi)"
ORGANISATION = "Smart Village Lampung"
ROOT_DAYS = 3650
CERTIFICATE_DAYS = 730
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""RFC 9336: a certificate for signing documents."""
NONCE = 12
_BOUND = b"siger demo authority"


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority's key and root certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def __repr__(self) -> str:
        return "Authority()"


def demo_is_allowed() -> bool:
    """Whether certificates of the demo's own authority may be made and used: outside production only."""
    return bool(current_app.config["SETTINGS"].environment != "production")


def demo_authority() -> Authority:
    """The authority of this deployment, made at first use.

    Raises KeyUnusable in production, StorageAway, UnknownKey.
    """
    if not demo_is_allowed():
        raise KeyUnusable("demo_only")
    kept: Authority | None = current_app.extensions.get("demo_authority")
    if kept is None:
        path = platform_path("signing", f"demo-authority-{current_key_id()}")
        try:
            sealed = get_object(path)
        except ObjectMissing:
            put_object_once(path, _seal(_made()))
            sealed = get_object(path)
        kept = current_app.extensions["demo_authority"] = _open(sealed)
    return kept


def issue_certificate(
    name: str,
    title: str,
    organisation: str,
    *,
    days: int = CERTIFICATE_DAYS,
    start: dt.datetime | None = None,
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """A new key (ECDSA P-256) and the demo authority's certificate for it.

    Args:
        name, title, organisation: whom it names (CN, title, O), as the village writes them.
        days: how long it holds.
        start: from when; now if not said.
    Raises:
        KeyUnusable in production, StorageAway.
    """
    authority = demo_authority()
    key = ec.generate_private_key(ec.SECP256R1())
    begin = (start or now()) - dt.timedelta(minutes=5)
    attributes = [
        (NameOID.COUNTRY_NAME, "ID"), (NameOID.ORGANIZATION_NAME, organisation[:64]), (NameOID.TITLE, title[:64]),
        (NameOID.COMMON_NAME, name[:64]),
    ]  # fmt: skip
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes if text])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_documents=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
        )
        .sign(authority.key, hashes.SHA256())
    )
    return key, certificate


def _made() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = [
        (NameOID.COUNTRY_NAME, "ID"), (NameOID.ORGANIZATION_NAME, ORGANISATION), (NameOID.COMMON_NAME, ROOT_NAME),
    ]  # fmt: skip
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes])
    begin = now() - dt.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=ROOT_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_documents=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(key, certificate)


def _usage(*, signs_documents: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs_documents, content_commitment=signs_documents, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=not signs_documents,
        crl_sign=not signs_documents, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _sealing_key() -> bytes:
    master = master_keys()[current_key_id()]
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"siger/demo-authority").derive(master)


def _seal(authority: Authority) -> bytes:
    key = authority.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate = authority.certificate.public_bytes(serialization.Encoding.DER)
    plain = {"key": base64.b64encode(key).decode(), "certificate": base64.b64encode(certificate).decode()}
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(_sealing_key()).encrypt(nonce, json.dumps(plain).encode(), _BOUND)


def _open(sealed: bytes) -> Authority:
    plain = json.loads(AESGCM(_sealing_key()).decrypt(sealed[:NONCE], sealed[NONCE:], _BOUND))
    key = serialization.load_der_private_key(base64.b64decode(plain["key"]), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Authority(key, x509.load_der_x509_certificate(base64.b64decode(plain["certificate"])))
