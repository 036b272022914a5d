"""What an import keeps while it lasts: the upload, its rows, the plan, the preview; sealed, and gone after a month."""

from __future__ import annotations

import json
import uuid
import zlib
from typing import Any

from app.core.privacy.files import delete_sealed, get_sealed, put_sealed
from app.core.privacy.vault import Vault
from app.government.residents.sealed import IMPORTS

KEPT_DAYS = 30
PARTS = ("upload", "table", "plan", "new", "changed", "same", "rejected", "result")
"""`new` to `rejected` are the lines of the preview's tabs, `result` says what was not applied."""


def put_part(import_id: uuid.UUID, part: str, value: Any, vault: Vault) -> None:
    """Keep plain data (or the upload's bytes) of an import. The vault is opened for writing. Raises StorageAway."""
    if isinstance(value, bytes):
        data = value
    else:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
        data = zlib.compress(text.encode("utf-8", "replace"), 1)
    put_sealed(_path(import_id, part), data, vault)


def get_part(import_id: uuid.UUID, part: str, vault: Vault) -> Any:
    """Read it again; raises ObjectMissing after it was deleted, StorageAway."""
    return json.loads(zlib.decompress(get_sealed(_path(import_id, part), vault)))


def get_upload(import_id: uuid.UUID, vault: Vault) -> bytes:
    """The file as it was sent. Raises ObjectMissing, StorageAway."""
    return get_sealed(_path(import_id, "upload"), vault)


def delete_parts(import_id: uuid.UUID) -> None:
    """Remove everything that an import keeps, once the open transaction is committed."""
    for part in PARTS:
        delete_sealed(_path(import_id, part))


def _path(import_id: uuid.UUID, part: str) -> str:
    return f"{IMPORTS}/{import_id}/{part}"
