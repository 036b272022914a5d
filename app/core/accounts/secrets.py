"""Random tokens, their digests, and keys derived from SECRET_KEY: one purpose, one key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

TOKEN_BYTES = 32


class SealBroken(Exception):
    """A sealed value was not sealed with the present SECRET_KEY, or was changed."""


def new_token() -> str:
    """An opaque random token of 256 bits, fit for cookies and links."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> bytes:
    """What is kept of a random token: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()


def keyed_digest(purpose: str, text: str) -> str:
    """A digest that only the holder of SECRET_KEY can make, for short codes; hexadecimal."""
    return hmac.new(_key(purpose), text.encode(), hashlib.sha256).hexdigest()


def seal(purpose: str, text: str) -> bytes:
    """Encrypt a text that must be read again, such as a TOTP secret."""
    return _fernet(purpose).encrypt(text.encode())


def unseal(purpose: str, sealed: bytes) -> str:
    """Read what `seal` encrypted; raises SealBroken."""
    try:
        return _fernet(purpose).decrypt(sealed).decode()
    except InvalidToken as error:
        raise SealBroken(purpose) from error


def _fernet(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(purpose)))


def _key(purpose: str) -> bytes:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return HKDF(SHA256(), 32, salt=b"siger", info=purpose.encode()).derive(secret)
