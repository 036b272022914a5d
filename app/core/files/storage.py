"""Object storage: a folder of this machine or a bucket. Paths carry their owner (see `tenants.keys`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from flask import current_app
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url


class StorageAway(RuntimeError):
    """The storage does not answer, or refuses; the message is for the log."""


class ObjectMissing(LookupError):
    """No object lies under this path."""


def _store() -> ObjectStore:
    store: ObjectStore | None = current_app.extensions.get("file_storage")
    if store is None:
        store = current_app.extensions["file_storage"] = open_storage(current_app.config["STORAGE_URL"])
    return store


def open_storage(url: str) -> ObjectStore:
    """Open the storage that STORAGE_URL names; a folder is made when it is not there.

    Args:
        url: `file:///folder` or `s3://bucket/prefix` (credentials come from the usual AWS variables).
    Raises:
        StorageAway: the address is not understood or the folder cannot be made.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme == "file":
            folder = Path(unquote(parts.path))
            folder.mkdir(parents=True, exist_ok=True)
            return LocalStore(folder)
        return from_url(url)
    except (BaseError, OSError, ValueError) as error:
        raise StorageAway(f"object storage cannot be opened: {error}") from error


def put_object(path: str, data: bytes) -> None:
    """Write an object. Raises StorageAway."""
    try:
        _store().put(path, data)
    except (BaseError, OSError, ValueError) as error:
        raise StorageAway(str(error)) from error


def put_file(path: str, source: IO[bytes]) -> None:
    """Write an object of any size from an open file, in parts where the storage takes parts. Raises StorageAway."""
    try:
        _store().put(path, source)
    except (BaseError, OSError, ValueError) as error:
        raise StorageAway(str(error)) from error


def stream_object(path: str) -> tuple[int, Iterator[bytes]]:
    """Read an object of any size piece by piece: its size and its pieces. Raises ObjectMissing, StorageAway."""
    try:
        found = _store().get(path)
        return found.meta["size"], (bytes(piece) for piece in found.stream(min_chunk_size=1024 * 1024))
    except FileNotFoundError as error:
        raise ObjectMissing(path) from error
    except (BaseError, OSError, ValueError) as error:
        raise StorageAway(str(error)) from error


def get_object(path: str) -> bytes:
    """Read an object. Raises ObjectMissing, StorageAway."""
    try:
        return bytes(_store().get(path).bytes())
    except FileNotFoundError as error:
        raise ObjectMissing(path) from error
    except (BaseError, OSError, ValueError) as error:
        raise StorageAway(str(error)) from error


def get_object_start(path: str, length: int) -> bytes:
    """Read the first bytes of an object, fewer when it is shorter. Raises ObjectMissing, StorageAway."""
    try:
        size = _store().head(path)["size"]
        return bytes(_store().get_range(path, start=0, end=min(length, size))) if size else b""
    except FileNotFoundError as error:
        raise ObjectMissing(path) from error
    except (BaseError, OSError, ValueError) as error:
        raise StorageAway(str(error)) from error


def delete_object(path: str) -> None:
    """Remove an object; one that is not there is no error. Raises StorageAway."""
    try:
        _store().delete(path)
    except FileNotFoundError:
        return
    except (BaseError, OSError, ValueError) as error:
        raise StorageAway(str(error)) from error


def put_object_once(path: str, data: bytes) -> None:
    """Write an object that is never overwritten: one that lies there already stays as it is. Raises StorageAway."""
    try:
        _store().put(path, data, mode="create")
    except AlreadyExistsError:
        return
    except (BaseError, OSError, ValueError) as error:
        raise StorageAway(str(error)) from error


def list_objects(folder: str, *, older_than: dt.datetime | None = None) -> list[str]:
    """Paths of all objects below a folder, or of those written before a moment, in order. Raises StorageAway."""
    try:
        found = (item for chunk in _store().list(folder) for item in chunk)
        return sorted(i["path"] for i in found if older_than is None or i["last_modified"] < older_than)
    except (BaseError, OSError, ValueError) as error:
        raise StorageAway(str(error)) from error
