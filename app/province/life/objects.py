"""Objects in storage that go over to another village: scans are opened and sealed anew, pictures are copied.

Copying is safe to repeat: what lies there already stays. What a deed left behind that came to nothing is swept.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping

from app.core.files.storage import ObjectMissing, delete_object, get_object, list_objects, put_object
from app.core.privacy.files import bound_to
from app.core.privacy.vault import Vault
from app.government.residents.sealed import DOCUMENTS
from tenants.keys import path_of


def copy_documents(source: Vault, target: Vault, ids: Mapping[str, str]) -> int:
    """Seal the scans of these documents (id there → id in the other village) for the other village.

    Returns how many objects were written. Raises StorageAway, SealBroken, UnknownKey.
    """
    if not ids:
        return 0
    root = path_of(source.tenant_id, "sealed", "")
    there = set(list_objects(path_of(target.tenant_id, "sealed", DOCUMENTS)))
    written = 0
    for path in list_objects(path_of(source.tenant_id, "sealed", DOCUMENTS)):
        inner = path.removeprefix(root)
        folder, old, rest = (*inner.split("/", 2), "")[:3]
        if old not in ids:
            continue
        fresh = "/".join(filter(None, (folder, ids[old], rest)))
        into = path_of(target.tenant_id, "sealed", fresh)
        if into in there:
            continue
        try:
            clear = source.open(get_object(path), bound_to(inner))
        except ObjectMissing:
            continue
        put_object(into, target.seal(clear, bound_to(fresh)))
        written += 1
    return written


def copy_files(source_id: uuid.UUID, target_id: uuid.UUID, file_ids: Iterable[uuid.UUID]) -> None:
    """Copy unsealed files (a logo) with their small renderings. Raises StorageAway."""
    wanted = [str(key) for key in file_ids]
    if not wanted:
        return
    root = path_of(source_id, "")
    for path in list_objects(path_of(source_id, "files")):
        if any(key in path for key in wanted):
            put_object(path_of(target_id, path.removeprefix(root)), get_object(path))


def paths_of(tenant_id: uuid.UUID) -> list[str]:
    """Paths of all objects of a village. Raises StorageAway."""
    return list_objects(path_of(tenant_id))


def remove_all(tenant_id: uuid.UUID, progress: Callable[[int], None] = lambda done: None) -> int:
    """Remove every object of a village; returns how many there were. Raises StorageAway."""
    paths = paths_of(tenant_id)
    for done, path in enumerate(paths, start=1):
        delete_object(path)
        if done % 100 == 0:
            progress(done)
    return len(paths)
