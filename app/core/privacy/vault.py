"""Sealing and opening what is personal in the present village.

A sealed record is: version (1 byte), length of the key's name (1 byte), the name, nonce (12 bytes), ciphertext and tag
of AES-256-GCM. What it belongs to (table, column, row id) is bound to it, so a record that is moved to another row or
another village does not open.
"""

from __future__ import annotations

import hmac
import json
import os
import zlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.privacy.keys import current_key_id, village_keys
from app.core.privacy.models import VillageState
from app.extensions import db
from tenants.scope import current_tenant

VERSION = 1
NONCE_BYTES = 12
INDEX_BYTES = 16
STAMP = "register_stamp"
"""Under which name `VillageState.settings` keeps the stamp of the last change to the register."""


class SealBroken(ValueError):
    """A sealed record does not open: damaged, moved, or sealed for another village."""


@dataclass(slots=True)
class Vault:
    """Seals and opens for one village; made by `open_vault`. `register_version` is that of the moment of opening."""

    tenant_id: UUID
    key_id: str
    register_version: int = 0

    def seal(self, plain: bytes, belongs_to: str) -> bytes:
        """Seal bytes under the village's present key. `belongs_to` names table, column and row (`resident:<id>`)."""
        keys = village_keys(self.tenant_id, self.key_id)
        nonce = os.urandom(NONCE_BYTES)
        return (
            head_of(self.key_id) + nonce + AESGCM(keys.sealing).encrypt(nonce, plain, self._bound(belongs_to))
        )

    def open(self, sealed: bytes, belongs_to: str) -> bytes:
        """Open what `seal` made, under whichever key it says. Raises SealBroken, UnknownKey."""
        key_id = key_of(sealed)
        start = 2 + len(key_id.encode())
        nonce, body = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
        keys = village_keys(self.tenant_id, key_id)
        try:
            return AESGCM(keys.sealing).decrypt(bytes(nonce), bytes(body), self._bound(belongs_to))
        except InvalidTag as error:
            raise SealBroken(f"{belongs_to} does not open") from error

    def seal_json(self, value: Any, belongs_to: str) -> bytes:
        """Seal a value of plain data."""
        return self.seal(_packed(value), belongs_to)

    def open_json(self, sealed: bytes | None, belongs_to: str) -> Any:
        """Open what `seal_json` made; None gives an empty dict."""
        return json.loads(self.open(sealed, belongs_to)) if sealed is not None else {}

    def seal_packed(self, value: Any, belongs_to: str) -> bytes:
        """Seal a large value of plain data, compressed first."""
        return self.seal(zlib.compress(_packed(value), 6), belongs_to)

    def open_packed(self, sealed: bytes, belongs_to: str) -> Any:
        """Open what `seal_packed` made."""
        return json.loads(zlib.decompress(self.open(sealed, belongs_to)))

    def index(self, kind: str, text: str) -> bytes:
        """The blind index of a number: equal texts of a kind give equal 16 bytes."""
        keys = village_keys(self.tenant_id, self.key_id)
        return hmac.digest(keys.indexing, f"{kind}:{text}".encode(), "sha256")[:INDEX_BYTES]

    def _bound(self, belongs_to: str) -> bytes:
        return self.tenant_id.bytes + belongs_to.encode()


def head_of(key_id: str) -> bytes:
    """How every record begins that is sealed under this master key."""
    name = key_id.encode()
    return bytes((VERSION, len(name))) + name


def key_of(sealed: bytes) -> str:
    """The name of the master key that a sealed record needs. Raises SealBroken."""
    if len(sealed) < 2 or sealed[0] != VERSION:
        raise SealBroken("not a sealed record")
    return bytes(sealed[2 : 2 + sealed[1]]).decode("ascii", "replace")


def open_vault(*, for_writing: bool = False, alone: bool = False) -> Vault:
    """The vault of the present village: one query.

    Args:
        for_writing: something is sealed: the key can't change before the commit.
        alone: the register is changed: nobody else changes it before the commit. One deed after another keeps what
            holds between several people (one head a household) true, and no two can wait for each other.
    """
    query = select(VillageState.key_id, VillageState.register_version)
    if for_writing or alone:
        query = query.with_for_update(key_share=True, read=not alone)
    row = db.session.execute(query).one_or_none()
    if row is None:
        first = insert(VillageState).values(id=1, key_id=current_key_id(), register_version=0)
        db.session.execute(first.on_conflict_do_nothing())
        row = db.session.execute(query).one()
    return Vault(current_tenant().id, row.key_id, row.register_version)


def raise_register_version() -> None:
    """Say that the register changed: the last statement before the commit of whoever wrote.

    The stamp is new each time. After a restore to an earlier moment the same versions come again with other content,
    never with the same stamp: what was kept of a version under both is never taken for another's.
    """
    stamp = func.jsonb_build_object(STAMP, func.gen_random_uuid())
    db.session.execute(
        VillageState.__table__.update().values(
            register_version=VillageState.register_version + 1,
            settings=VillageState.settings.op("||")(stamp),
        )
    )


def _packed(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
