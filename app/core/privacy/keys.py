"""Keys of villages, derived from master keys that only the environment knows.

A master key is named; each sealed record says which one it was sealed under, so an old key is kept in MASTER_KEYS until
no backup needs it. From a master key follow, for each village, one key to seal (AES-256-GCM) and one for blind indexes
(HMAC-SHA256): HKDF-SHA256 (RFC 5869) with the village's id. Protects what Law 27/2022 (UU PDP) calls personal data.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

_NAME = re.compile(r"^[A-Za-z0-9._-]{1,32}$")


class UnknownKey(LookupError):
    """Something was sealed under a master key that the environment does not hold."""


@dataclass(frozen=True, slots=True)
class VillageKeys:
    """What follows from one master key for one village: never shown, never logged, never stored."""

    key_id: str
    sealing: bytes
    indexing: bytes

    def __repr__(self) -> str:
        return f"VillageKeys({self.key_id})"


def parse_master_keys(text: str) -> dict[str, bytes]:
    """Read MASTER_KEYS: `name:base64 of 32 bytes`, several with commas between, the one to seal with first.

    Raises ValueError with a sentence that holds no key.
    """
    found: dict[str, bytes] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _colon, encoded = part.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            key = b""
        if not _NAME.match(name) or len(key) != 32:
            raise ValueError("MASTER_KEYS must be name:base64 of 32 bytes, with commas between several")
        if name in found:
            raise ValueError(f"MASTER_KEYS names {name} twice")
        found[name] = key
    return found


def development_key(secret_key: str) -> dict[str, bytes]:
    """The master key where none is given outside production: it follows from SECRET_KEY, and there is none without.

    A SECRET_KEY that a process made up for itself seals nothing: no other process could open it.
    """
    if not secret_key:
        return {}
    return {"dev": hashlib.sha256(b"siger development master key:" + secret_key.encode()).digest()}


def master_keys() -> dict[str, bytes]:
    """The master keys of this process, the one to seal with first. Raises UnknownKey when it was given none."""
    keys: dict[str, bytes] = current_app.config["MASTER_KEYS"]
    if not keys:
        raise UnknownKey(
            "personal data needs MASTER_KEYS, or outside production SECRET_KEY, and neither is set"
        )
    return keys


def current_key_id() -> str:
    """The name of the master key that new villages are sealed under."""
    return next(iter(master_keys()))


def village_keys(tenant_id: UUID, key_id: str) -> VillageKeys:
    """The keys of a village under a master key; raises UnknownKey."""
    master = master_keys().get(key_id)
    if master is None:
        raise UnknownKey(f"MASTER_KEYS does not hold the key {key_id!r}")
    return _derive(tenant_id, key_id, master)


def derived_key(tenant_id: UUID, key_id: str, purpose: bytes) -> bytes:
    """A key of 32 bytes for one purpose of one village, such as one copy of it; raises UnknownKey.

    `purpose` is no name that `village_keys` uses; two purposes give keys that tell nothing of each other.
    """
    master = master_keys().get(key_id)
    if master is None:
        raise UnknownKey(f"MASTER_KEYS does not hold the key {key_id!r}")
    return HKDF(algorithm=SHA256(), length=32, salt=tenant_id.bytes, info=b"siger/" + purpose).derive(master)


@lru_cache(maxsize=512)
def _derive(tenant_id: UUID, key_id: str, master: bytes) -> VillageKeys:
    def derive(purpose: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=tenant_id.bytes, info=b"siger/" + purpose).derive(
            master
        )

    return VillageKeys(key_id, derive(b"seal"), derive(b"index"))
