"""What everybody may know of a letter: what it is, whether it still holds, and of whose it is only the initials."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, select

from app.core.signing.models import SigningKey
from app.extensions import db
from app.government.letters.models import Letter
from app.government.letters.verification.tokens import token_of
from app.government.residents.writing import today

Standing = Literal["valid", "expired", "cancelled", "replaced"]
ISSUED = ("issued", "collected", "cancelled")
MOST_INITIALS = 6


@dataclass(frozen=True, slots=True)
class PublicLetter:
    """A letter as the public page shows it.

    `sha256` is that of the issued file, in hexadecimal; empty for one that was written elsewhere. `signing` is `wet`,
    `local` or `bsre`; `is_certified` says whether the certificate comes from a recognised authority.
    """

    title: str
    number: str
    letter_date: dt.date | None
    valid_until: dt.date | None
    signer_name: str
    signer_title: str
    holder: str
    standing: Standing
    closed_on: dt.datetime | None
    replaced_by: str
    sha256: str
    signing: str
    is_certified: bool


def letter_by_token(text: str) -> PublicLetter | None:
    """The issued letter whose QR code holds this token: one select; None for any other text."""
    token = token_of(text)
    if token is None:
        return None
    row = db.session.execute(_select().where(Letter.token == token)).one_or_none()
    return _shown(row) if row is not None else None


def letters_by_digest(digests: Collection[bytes]) -> dict[bytes, PublicLetter]:
    """The issued letters whose files have one of these SHA-256 digests: one select."""
    rows = db.session.execute(_select().where(Letter.sha256.in_(list(digests))))
    return {row.sha256: _shown(row) for row in rows}


def initials_of(name: str) -> str:
    """A name's initials with dots: Siti Aminah is S. A."""
    letters = [word[0].upper() for word in name.split() if word[0].isalpha()]
    return " ".join(f"{letter}." for letter in letters[:MOST_INITIALS])


def _select() -> Select[Any]:
    return (
        select(
            Letter.title, Letter.number, Letter.letter_date, Letter.valid_until, Letter.signer_name,
            Letter.signer_title, Letter.holder_name, Letter.state, Letter.closed_at, Letter.details, Letter.sha256,
            Letter.signing, SigningKey.is_certified,
        )
        .outerjoin(SigningKey, SigningKey.id == Letter.signing_key_id)
        .where(Letter.state.in_(ISSUED), Letter.issued_at.is_not(None), Letter.sha256.is_not(None))
    )  # fmt: skip


def _shown(row: Any) -> PublicLetter:
    replaced_by = str(row.details.get("replaced_by") or "")
    standing: Standing = "valid"
    if row.state == "cancelled":
        standing = "replaced" if replaced_by else "cancelled"
    elif replaced_by:
        standing = "replaced"
    elif row.valid_until is not None and row.valid_until < today():
        standing = "expired"
    return PublicLetter(
        row.title,
        row.number,
        row.letter_date,
        row.valid_until,
        row.signer_name,
        row.signer_title,
        initials_of(row.holder_name),
        standing,
        row.closed_at,
        replaced_by,
        row.sha256.hex(),
        row.signing,
        bool(row.is_certified),
    )
