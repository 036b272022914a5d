"""`siger …` as an operator's shell runs it, on this process's database."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.core.hosting import SigerFlask
from tests.support.servers import DatabaseUrls

Run = Callable[..., Result]


def shell(app: SigerFlask, urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> Run:
    """What runs `siger` with the words it is called with."""
    settings = app.config["SETTINGS"]
    values = {
        "ENVIRONMENT": "testing",
        "DATABASE_URL": urls.app_url,
        "OWNER_DATABASE_URL": urls.owner_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "TENANT_ROLE_PREFIX": settings.tenant_role_prefix,
        "SIGER_DATA": str(settings.siger_data),
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, list(words))

    return call
