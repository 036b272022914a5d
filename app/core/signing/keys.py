"""The keys of a village: made, uploaded, replaced, retired, and opened to sign.

What opens a key is the signer's passphrase, which is never kept, logged or shown. The PKCS#12 file that it opens lies
sealed under the village's key besides, so neither a stolen database nor a known passphrase is enough alone.
"""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask_babel import gettext as _
from lokal.nik import parse_nik
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core.actors import current_actor
from app.core.audit import record
from app.core.privacy.vault import SealBroken, open_vault
from app.core.signing.authority import demo_is_allowed, issue_certificate
from app.core.signing.bsre import signing_service
from app.core.signing.certificates import (
    LONGEST_PASSPHRASE,
    SHORTEST_PASSPHRASE,
    Bundle,
    name_of,
    pack,
    read_pkcs12,
    recognised,
    unpack,
    words_of,
)
from app.core.signing.errors import CertificateExpired, KeyUnusable, WrongPassphrase
from app.core.signing.models import SigningKey
from app.core.village.errors import Invalid, Missing
from app.core.village.models import Official
from app.extensions import db
from tenants.ids import uuid7
from tenants.models import now
from tenants.scope import current_tenant

TICKET_MINUTES = 15
WARN_DAYS = 30
_TICKET = "signing_upload"


@dataclass(frozen=True, slots=True)
class OpenedKey:
    """A key that its passphrase opened, for the length of one request or job."""

    key: SigningKey
    bundle: Bundle

    def __repr__(self) -> str:
        return f"OpenedKey({self.key.id})"

    def sign(self, pdf: bytes, *, reason: str, place: str) -> bytes:
        """The PDF with the signature. Raises NotSigned."""
        from app.core.signing.pades import sign_pdf

        return sign_pdf(pdf, self.bundle, reason=reason, place=place)


@dataclass(frozen=True, slots=True)
class UploadSeen:
    """What an uploaded certificate says, before it is kept; `ticket` keeps it (sealed, for fifteen minutes)."""

    holder: str
    subject: str
    issuer: str
    not_before: dt.datetime
    not_after: dt.datetime
    is_certified: bool
    names_official: bool
    ticket: str


def signing_keys(*, active_only: bool = False) -> Sequence[SigningKey]:
    """The village's keys, those in use first, the newest first: one select."""
    query = select(SigningKey).order_by(SigningKey.state, SigningKey.created_at.desc(), SigningKey.id)
    if active_only:
        query = query.where(SigningKey.state == "active")
    return db.session.scalars(query).all()


def is_over(key: SigningKey) -> bool:
    """Whether the key's certificate is over."""
    return key.not_after is not None and key.not_after <= now()


def ends_soon(key: SigningKey) -> bool:
    """Whether the key's certificate ends within thirty days, or is over."""
    return key.not_after is not None and key.not_after <= now() + dt.timedelta(days=WARN_DAYS)


def checked_passphrase(passphrase: str, field: str = "passphrase") -> str:
    """A passphrase as a new one must be: 8 to 128 characters. Raises Invalid."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise Invalid(
            field, _("Frasa sandi paling sedikit %(least)s huruf atau angka.", least=SHORTEST_PASSPHRASE)
        )
    if len(passphrase) > LONGEST_PASSPHRASE:
        raise Invalid(field, _("Frasa sandi paling banyak %(most)s huruf.", most=LONGEST_PASSPHRASE))
    return passphrase


def make_demo_key(official_id: uuid.UUID, passphrase: str) -> SigningKey:
    """A key and a certificate of the demo's own authority for an official; commits.

    The official's earlier demo key is retired. Raises Invalid, Missing, KeyUnusable in production.
    """
    official = _official(official_id)
    checked_passphrase(passphrase)
    tenant = current_tenant()
    key, certificate = issue_certificate(official.name, official.title, f"{tenant.term} {tenant.name}")
    row = _add("demo", official, Bundle(key, certificate), pack(Bundle(key, certificate), passphrase))
    db.session.commit()
    return row


def look_at_upload(official_id: uuid.UUID, data: bytes, passphrase: str) -> UploadSeen:
    """What a PKCS#12 file says, and a ticket that keeps it; nothing is written.

    Args:
        official_id: whose it is.
        data, passphrase: the upload and what opens it.
    Raises:
        CertificateRefused: with a sentence. Missing: no such official.
    """
    official = _official(official_id)
    bundle = read_pkcs12(data, passphrase)
    vault = open_vault(for_writing=True)
    packed = {
        "key": str(uuid7()),
        "by": _who(),
        "official": str(official.id),
        "file": base64.b64encode(pack(bundle, passphrase)).decode(),
        "certificate": base64.b64encode(bundle.certificate.public_bytes(Encoding.DER)).decode(),
        "is_certified": recognised(bundle.certificate, bundle.chain),
        "until": (now() + dt.timedelta(minutes=TICKET_MINUTES)).isoformat(),
    }
    ticket = base64.urlsafe_b64encode(vault.seal_json(packed, _TICKET)).decode()
    certificate = bundle.certificate
    holder = name_of(certificate.subject)
    return UploadSeen(
        holder,
        words_of(certificate.subject),
        words_of(certificate.issuer),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        bool(packed["is_certified"]),
        _bare(official.name) in _bare(holder) or _bare(holder) in _bare(official.name),
        ticket,
    )


def keep_upload(ticket: str) -> SigningKey:
    """Keep the certificate that `look_at_upload` showed; commits. The official's earlier upload is retired.

    Only whoever uploaded it can, and once: the ticket names the key that it becomes.

    Raises Invalid for a ticket that is over, used, somebody else's or another village's; Missing.
    """
    try:
        found = open_vault(for_writing=True).open_json(base64.urlsafe_b64decode(ticket), _TICKET)
        key_id = uuid.UUID(found["key"])
        is_over_now = dt.datetime.fromisoformat(found["until"]) <= now() or found["by"] != _who()
    except (ValueError, KeyError, LookupError, SealBroken):
        is_over_now = True
    if is_over_now or db.session.get(SigningKey, key_id) is not None:
        raise _ticket_over()
    certificate = x509.load_der_x509_certificate(base64.b64decode(found["certificate"]))
    official = _official(uuid.UUID(found["official"]))
    try:
        row = _add(
            "pkcs12",
            official,
            None,
            base64.b64decode(found["file"]),
            certificate=certificate,
            is_certified=found["is_certified"],
            key_id=key_id,
        )
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise _ticket_over() from None
    return row


def add_bsre_key(official_id: uuid.UUID, nik: str) -> SigningKey:
    """An official's identity at the national service; commits. The earlier one is retired.

    Args:
        official_id: whose it is.
        nik: as it is registered at the service; kept sealed.
    Raises:
        Invalid, Missing.
    """
    official = _official(official_id)
    if signing_service() is None:
        raise Invalid(
            "nik",
            _("Layanan BSrE belum disambungkan pada aplikasi ini. Hubungi pengelola aplikasi provinsi."),
        )
    digits = "".join(character for character in nik if character.isdigit())
    if not parse_nik(digits).valid:
        raise Invalid("nik", _("NIK ini tidak lengkap atau salah ketik. NIK terdiri dari 16 angka."))
    row = _add("bsre", official, None, digits.encode(), is_certified=True)
    db.session.commit()
    return row


def retire_key(key_id: uuid.UUID) -> SigningKey:
    """Take a key out of use; what it signed stays valid; commits. Its private part is destroyed. Raises Missing."""
    row = _row(key_id, for_change=True)
    if row.state == "active":
        _retire(row)
        record("signing_key.retired", object_type="signing_key", object_id=row.id, summary=row.holder_name)
        db.session.commit()
    return row


def change_passphrase(key_id: uuid.UUID, old: str, new: str) -> None:
    """Lock a key with another passphrase; commits. Only who knows the old one can.

    Raises WrongPassphrase, KeyUnusable, Invalid (`passphrase`), Missing.
    """
    row = _row(key_id, for_change=True)
    if row.state != "active" or row.kind == "bsre" or row.box is None:
        raise KeyUnusable
    checked_passphrase(new, "new_passphrase")
    vault = open_vault(for_writing=True)
    bundle = unpack(vault.open(row.box, f"signing_key:{row.id}"), old)
    row.box = vault.seal(pack(bundle, new), f"signing_key:{row.id}")
    row.row_version += 1
    record("signing_key.relocked", object_type="signing_key", object_id=row.id, summary=row.holder_name)
    db.session.commit()


def open_key(key_id: uuid.UUID, passphrase: str) -> OpenedKey:
    """Open a key of this village to sign with, once for as many documents as are signed now.

    Raises Missing, KeyUnusable (retired, or a demo's in production), CertificateExpired, WrongPassphrase.
    """
    row = usable_key(key_id)
    if row.kind == "bsre" or row.box is None:
        raise KeyUnusable
    if not passphrase or len(passphrase) > LONGEST_PASSPHRASE:
        raise WrongPassphrase
    packed = open_vault().open(row.box, f"signing_key:{row.id}")
    opened = OpenedKey(row, unpack(packed, passphrase))
    row.last_used_at = now()
    return opened


def usable_key(key_id: uuid.UUID) -> SigningKey:
    """A key that may sign today. Raises Missing, KeyUnusable, CertificateExpired."""
    row = _row(key_id)
    if row.state != "active":
        raise KeyUnusable
    if row.kind == "demo" and not demo_is_allowed():
        raise KeyUnusable("demo_only")
    if is_over(row):
        raise CertificateExpired
    if row.not_before is not None and row.not_before > now():
        raise CertificateExpired("not_yet_valid")
    return row


def sign_locally(pdf: bytes, key_id: uuid.UUID, passphrase: str, *, reason: str, place: str) -> bytes:
    """Sign one PDF with a certificate that lies here (PAdES B-B); what was PDF/A-2b stays it.

    Args:
        pdf: what is signed.
        key_id, passphrase: a key of the present village and what opens it.
        reason, place: why and where, shown by readers beside the signature.
    Raises:
        WrongPassphrase, CertificateExpired, KeyUnusable, NotSigned: each with a sentence. Missing.
    """
    return open_key(key_id, passphrase).sign(pdf, reason=reason, place=place)


def nik_of(row: SigningKey) -> str:
    """The NIK under which the national service knows the signer of a `bsre` key."""
    return open_vault().open(row.box, f"signing_key:{row.id}").decode() if row.box is not None else ""


def _add(
    kind: str,
    official: Official,
    bundle: Bundle | None,
    secret: bytes,
    *,
    certificate: x509.Certificate | None = None,
    is_certified: bool = False,
    key_id: uuid.UUID | None = None,
) -> SigningKey:
    vault = open_vault(for_writing=True)
    before = select(SigningKey).where(
        SigningKey.official_id == official.id, SigningKey.kind == kind, SigningKey.state == "active"
    )
    for old in db.session.scalars(before.with_for_update()):
        _retire(old)
    actor = current_actor()
    row = SigningKey(
        id=key_id or uuid7(),
        kind=kind,
        official_id=official.id,
        holder_name=official.name,
        is_certified=is_certified,
        added_by=actor.name if actor else "",
    )
    certificate = bundle.certificate if bundle else certificate
    if certificate is not None:
        row.holder_name = name_of(certificate.subject)
        row.subject, row.issuer = words_of(certificate.subject), words_of(certificate.issuer)
        row.serial = f"{certificate.serial_number:x}"
        row.certificate = certificate.public_bytes(Encoding.DER)
        row.not_before, row.not_after = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    row.box = vault.seal(secret, f"signing_key:{row.id}")
    db.session.add(row)
    record(
        "signing_key.added",
        object_type="signing_key",
        object_id=row.id,
        summary=row.holder_name,
        details={"key_kind": kind, "issuer": row.issuer},
    )
    return row


def _ticket_over() -> Invalid:
    return Invalid("file", _("Unggahan ini sudah lewat waktunya. Pilih berkas sertifikatnya sekali lagi."))


def _who() -> str:
    """Whose ticket it is: the one who is signed in."""
    actor = current_actor()
    return str(actor.account_id) if actor else ""


def _retire(row: SigningKey) -> None:
    row.state, row.retired_at, row.box = "retired", now(), None
    row.row_version += 1


def _row(key_id: uuid.UUID, *, for_change: bool = False) -> SigningKey:
    query = select(SigningKey).where(SigningKey.id == key_id)
    row = db.session.scalars(query.with_for_update() if for_change else query).one_or_none()
    if row is None:
        raise Missing(str(key_id))
    return row


def _official(official_id: uuid.UUID) -> Official:
    official = db.session.get(Official, official_id)
    if official is None:
        raise Missing(str(official_id))
    return official


def _bare(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalpha())
