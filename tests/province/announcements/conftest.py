"""Announcements of other tests to the whole province stay out of these tests' villages."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.announcements.models import Announcement
from tenants.scope import platform_scope


@pytest.fixture(autouse=True)
def _nothing_was_announced(app: SigerFlask) -> None:
    """Begin without an announcement."""
    with app.app_context(), platform_scope():
        db.session.execute(delete(Announcement))
        db.session.commit()
