"""The token in a letter's QR code: 16 random bytes, so that no letter's page can be guessed from another's."""

from __future__ import annotations

import base64
import binascii
import re
import secrets

from app.core.links import village_origin
from app.government.letters.models import Letter
from tenants.scope import current_tenant

TOKEN_BYTES = 16
TOKEN_LETTERS = 22
"""How long it is in an address: base64url without padding."""
_SHAPE = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LETTERS}}}")


def verification_url(letter: Letter) -> str:
    """The address that a letter's QR code leads to; a letter without a token gets one, kept by who commits."""
    return village_origin(current_tenant().slug) + verification_path(letter)


def verification_path(letter: Letter) -> str:
    """The same within the village's host."""
    if letter.token is None:
        letter.token = secrets.token_bytes(TOKEN_BYTES)
    return f"/cek/{token_text(letter.token)}"


def token_text(token: bytes) -> str:
    """A token as it stands in an address."""
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def token_of(text: str) -> bytes | None:
    """The token that an address names, or None for what can't be one. Each token has one address only."""
    if not _SHAPE.fullmatch(text):
        return None
    try:
        token = base64.urlsafe_b64decode(text + "==")
    except (ValueError, binascii.Error):
        return None
    return token if token_text(token) == text else None
