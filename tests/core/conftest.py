"""Fixtures of the core's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app import create_app
from app.extensions import cache, db, limiter
from tests.support import servers


@pytest.fixture
def limited(urls: servers.DatabaseUrls, app: Flask) -> Iterator[Flask]:
    """An application whose limits count, on a fresh page of Redis."""
    number = servers.worker_number()
    settings = servers.settings_for(urls, number, f"w{number}_", rate_limits=True)
    application = create_app(settings)
    limiter.reset()
    yield application
    limiter.reset()
    limiter.enabled = False
    cache.configure(app.config["REDIS_URL"])
    with application.app_context():
        db.engine.dispose()
