"""Noting who saw numbers in clear."""

from __future__ import annotations

import uuid

from flask_babel import gettext as _

from app.core import audit
from app.extensions import db


def note_identity_seen(object_type: str, object_id: uuid.UUID, summary: str, reason: str = "") -> None:
    """Note in the audit log that a form showed the numbers of a `resident` or `household` in clear, and commit.

    `reason`: what they were shown for; changing data when not said.
    """
    audit.record(
        f"{object_type}.identity_viewed",
        object_type=object_type,
        object_id=object_id,
        summary=summary,
        details={"reason": reason or str(_("Mengubah data"))},
    )
    db.session.commit()
