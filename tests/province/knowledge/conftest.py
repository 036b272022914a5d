"""The shipped articles stand in the database, untouched by other tests."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.knowledge import services
from app.province.knowledge.models import GuideArticle
from tenants.scope import platform_scope


@pytest.fixture(autouse=True)
def _as_shipped(app: SigerFlask) -> None:
    """Begin with the shipped articles as they are."""
    with app.app_context(), platform_scope():
        db.session.execute(delete(GuideArticle))
        db.session.commit()
        services.load_shipped()
