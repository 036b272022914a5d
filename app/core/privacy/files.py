"""Sealed objects in object storage: scans, uploads, drafts and archives that hold personal data.

An object lies under `tenants/<village>/sealed/<path>` and is bound to that path: one that is moved to another path or
to another village does not open. `path` begins with a declared folder and the id of the row that it belongs to
(`documents/<id>`, `imports/<id>/upload`): a change of key finds it there (`app.core.privacy.sealed`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.core.files.storage import StorageAway, delete_object, get_object, list_objects, put_object
from app.core.privacy.sealed import sealed_folders
from app.core.privacy.vault import Vault
from app.extensions import db
from tenants.keys import tenant_path
from tenants.models import now
from tenants.scope import current_tenant

log = structlog.get_logger(__name__)

MAX_BYTES = 20 * 1024 * 1024
"""Objects are sealed whole; nothing larger is taken."""
STRAY_AGE = dt.timedelta(days=1)

_keepers: list[Callable[[UUID], bool]] = []


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
    _remove_after_commit([object_path(path)])


def delete_all_sealed(path: str) -> None:
    """Remove an object and everything below it once the open transaction is committed. Raises StorageAway."""
    _remove_after_commit([object_path(path), *list_objects(object_path(path))])


def keep_strays_where(kept: Callable[[UUID], bool]) -> None:
    """Declare whose objects stay even where no row names them: `kept` is told a village's id (at start)."""
    _keepers.append(kept)


def remove_strays(age: dt.timedelta = STRAY_AGE) -> int:
    """Remove sealed objects of the present village that no row knows, and return how many those were.

    They are left behind when a transaction fails after its object was written, or when the storage was away when one
    was to be removed. Only declared folders with a table count, and only objects older than `age`.
    """
    removed = 0
    if any(kept(current_tenant().id) for kept in _keepers):
        return removed
    for folder in sealed_folders():
        if folder.model is None:
            continue
        root = object_path(f"{folder.name}/")
        if old := list_objects(root.rstrip("/"), older_than=now() - age):
            known = {str(row_id) for row_id in db.session.scalars(select(folder.model.id))}
            strays = [path for path in old if path.removeprefix(root).partition("/")[0] not in known]
            for path in strays:
                delete_object(path)
            removed += len(strays)
    return removed


def object_path(path: str) -> str:
    """Where a sealed object of the present village lies in the storage."""
    return tenant_path("sealed", path)


def bound_to(path: str) -> str:
    """What a sealed object belongs to."""
    return f"object:{path}"


def _remove_after_commit(paths: list[str]) -> None:
    session = db.session()
    session.connection()
    remove = partial(_remove, paths, session.get_transaction())
    event.listen(session, "after_commit", remove, once=True)


def _remove(paths: list[str], transaction: object, session: Session) -> None:
    if session.get_transaction() is not transaction:
        return
    for path in paths:
        try:
            delete_object(path)
        except StorageAway as error:
            log.warning("sealed_object_left", path=path, error=str(error))
