"""Where copies lie: objects of the platform, one for each content, named by an id of their own."""

from __future__ import annotations

import datetime as dt
import uuid

import structlog
from flask_babel import gettext as _
from sqlalchemy import select

from app.core.files.storage import (
    ObjectMissing,
    StorageAway,
    delete_object,
    get_object,
    get_object_start,
    list_objects,
    put_object,
)
from app.extensions import db
from app.province.copies.errors import CopyRefused
from app.province.copies.models import VillageCopy
from tenants.keys import platform_path
from tenants.models import now

log = structlog.get_logger(__name__)

FOLDER = "copies"
STRAY_AGE = dt.timedelta(days=1)
FULL = ("no space left", "disk quota", "file too large", "quotaexceeded", "insufficientstorage")


def copy_path(object_id: uuid.UUID) -> str:
    """Where an object lies."""
    return platform_path(FOLDER, str(object_id))


def keep_object(object_id: uuid.UUID, data: bytes) -> None:
    """Write an object, whole or not at all. Raises CopyRefused with a sentence; nothing is left behind."""
    path = copy_path(object_id)
    try:
        put_object(path, data)
    except StorageAway as away:
        log.error("copy_not_kept", object=str(object_id), error=str(away))
        forget_object(object_id)
        if any(word in str(away).lower() for word in FULL):
            raise CopyRefused(
                _(
                    "Penyimpanan penuh, jadi salinan tidak dibuat. Data desa dan salinan lama tetap utuh. "
                    "Lapangkan tempat, lalu coba lagi."
                )
            ) from away
        raise CopyRefused(_away()) from away


def read_object(object_id: uuid.UUID) -> bytes:
    """The bytes of an object. Raises CopyRefused with a sentence."""
    try:
        return get_object(copy_path(object_id))
    except ObjectMissing as missing:
        raise CopyRefused(
            _("Berkas salinan ini tidak ada lagi di penyimpanan. Tidak ada yang berubah; pilih salinan lain.")
        ) from missing
    except StorageAway as away:
        log.error("copy_not_read", object=str(object_id), error=str(away))
        raise CopyRefused(_away()) from away


def is_there(object_id: uuid.UUID) -> bool:
    """Whether an object lies in the storage; False while the storage does not answer."""
    try:
        return bool(get_object_start(copy_path(object_id), 1))
    except (ObjectMissing, StorageAway):
        return False


def forget_object(object_id: uuid.UUID) -> None:
    """Remove an object; one that is not there is no error, one that can't be removed now is swept later."""
    try:
        delete_object(copy_path(object_id))
    except StorageAway as away:
        log.warning("copy_object_left", object=str(object_id), error=str(away))


def forget_strays(age: dt.timedelta = STRAY_AGE) -> int:
    """Remove objects that no row names: left behind by a process that died. Inside a platform scope.

    Raises StorageAway.
    """
    root = platform_path(FOLDER)
    old = list_objects(root, older_than=now() - age)
    if not old:
        return 0
    known = {str(one) for one in db.session.scalars(select(VillageCopy.object_id).distinct())}
    db.session.rollback()
    strays = [path for path in old if path.rpartition("/")[2] not in known]
    for path in strays:
        delete_object(path)
    return len(strays)


def _away() -> str:
    return str(_("Penyimpanan tidak menjawab. Tidak ada yang berubah; coba lagi sebentar lagi."))
