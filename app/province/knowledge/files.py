"""The programme's own pictures: the platform's files, fetched from whatever host shows the article."""

from __future__ import annotations

import uuid

from app.core.accounts.scoping import platform_rows
from app.core.files.services import FileMissing, find_file, open_file
from app.province.knowledge.services import PURPOSE


def picture(file_id: uuid.UUID) -> bytes:
    """The bytes of a picture of the help centre. Raises FileMissing, also for files of other parts; StorageAway."""
    with platform_rows():
        if find_file(file_id).purpose != PURPOSE:
            raise FileMissing(str(file_id))
        return open_file(file_id).data
