"""Sealed objects in object storage: scans, uploads, drafts and archives that hold personal data.

An object lies under `tenants/<village>/sealed/<path>` and is bound to that path: one that is moved to another path or
to another village does not open. `path` begins with a declared folder and the id of the row that it belongs to
(`documents/<id>`, `imports/<id>/upload`): a change of key finds it there (`app.core.privacy.sealed`).
"""

from __future__ import annotations

import hashlib
from functools import partial

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.core.files.storage import StorageAway, delete_object, get_object, put_object
from app.core.privacy.vault import Vault
from app.extensions import db
from tenants.keys import tenant_path

log = structlog.get_logger(__name__)

MAX_BYTES = 20 * 1024 * 1024
"""Objects are sealed whole; nothing larger is taken."""


def put_sealed(path: str, data: bytes, vault: Vault) -> bytes:
    """Seal bytes and keep them at once; an object that lies there is replaced.

    Args:
        path: declared folder, row id, and what follows, without a slash in front.
        data: at most MAX_BYTES.
        vault: opened with `for_writing=True`; the caller notes `vault.key_id` in the row and commits.
    Returns:
        The SHA-256 of the plain bytes (32 bytes).
    Raises:
        ValueError: too large.
        StorageAway: nothing was kept.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"{len(data)} bytes are too many to be sealed as one object")
    put_object(object_path(path), vault.seal(data, bound_to(path)))
    return hashlib.sha256(data).digest()


def get_sealed(path: str, vault: Vault) -> bytes:
    """Read and open what `put_sealed` kept. Raises ObjectMissing, StorageAway, SealBroken, UnknownKey."""
    return vault.open(get_object(object_path(path)), bound_to(path))


def delete_sealed(path: str) -> None:
    """Remove an object once the open transaction is committed; one that is not there is no error."""
    session = db.session()
    session.connection()
    remove = partial(_remove, object_path(path), session.get_transaction())
    event.listen(session, "after_commit", remove, once=True)


def object_path(path: str) -> str:
    """Where a sealed object of the present village lies in the storage."""
    return tenant_path("sealed", path)


def bound_to(path: str) -> str:
    """What a sealed object belongs to."""
    return f"object:{path}"


def _remove(path: str, transaction: object, session: Session) -> None:
    if session.get_transaction() is not transaction:
        return
    try:
        delete_object(path)
    except StorageAway as error:
        log.warning("sealed_object_left", path=path, error=str(error))
