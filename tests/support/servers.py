"""PostgreSQL and Valkey for the tests: one pair for the whole run, a database of its own for each process.

The process that steers the run starts them and tells the others through the environment.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

import app.models  # noqa: F401 - the baseline is rendered from all models
from app.core.embedded import EmbeddedServers, default_data_dir
from app.settings import Settings
from tenants.bootstrap import DatabaseUrls, migrate_platform, prepare_database

ADMIN = "SIGER_TEST_ADMIN_URL"
REDIS = "SIGER_TEST_REDIS_URL"
TEMPLATE = "siger_template"
# Every parallel process keeps pools of its own, some of them a whole deployment for the browser; without what the
# migrations' and provisioning tests open at once, they come near the hundred of a deployment.
# The lock table is as large as a deployment's: half the locks for each of twice the connections.
SETTINGS = {"max_connections": "200", "max_locks_per_transaction": "2048"}


@dataclass
class Servers:
    """The running pair and the folder that goes with it."""

    embedded: EmbeddedServers
    folder: Path


def start() -> Servers:
    """Start both, make the template database (migrated, regions loaded) and name them in the environment."""
    parent = default_data_dir().parent
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="test-", dir=parent))
    folder.chmod(0o755)
    embedded = EmbeddedServers(folder, fast=True, settings=SETTINGS)
    embedded.__enter__()
    os.environ[ADMIN] = embedded.admin_url
    os.environ[REDIS] = embedded.redis_url
    try:
        _make_template(embedded)
    except BaseException:
        stop(Servers(embedded, folder))
        raise
    return Servers(embedded, folder)


def own_folder() -> Path:
    """Where this process's applications keep files; `remove_own_folder` at the end of the run."""
    return Path(tempfile.gettempdir()) / f"siger-test-{os.getpid()}"


def remove_own_folder() -> None:
    """Remove what this process's applications kept."""
    shutil.rmtree(own_folder(), ignore_errors=True)


def stop(servers: Servers) -> None:
    """Stop both and remove their data."""
    servers.embedded.__exit__(None, None, None)
    shutil.rmtree(servers.folder, ignore_errors=True)


def _make_template(embedded: EmbeddedServers) -> None:
    from app import create_app
    from app.core.regions.services import load_regions
    from app.extensions import db
    from tenants.scope import platform_scope

    urls = prepare_database(embedded.admin_url, TEMPLATE)
    migrate_platform(urls.owner_url)
    app = create_app(settings_for(urls, 15, "tpl_"))
    with app.app_context():
        with platform_scope():
            load_regions("18")
        db.engine.dispose()


def settings_for(urls: DatabaseUrls, redis_number: int, role_prefix: str, **changes: object) -> Settings:
    """Settings of a test's application. The files of each database have a folder of their own: copied heads of one
    database's audit chain would contradict another's."""
    values: dict[str, object] = {
        "environment": "testing",
        "database_url": urls.app_url,
        "owner_database_url": urls.owner_url,
        "redis_url": f"{os.environ[REDIS].rstrip('/')}/{redis_number}",
        "secret_key": "a secret that only the tests know, 32+ characters",
        "siger_data": own_folder() / (make_url(urls.app_url).database or ""),
        "tenant_role_prefix": role_prefix,
        "rate_limits": False,
    }
    return Settings(**{**values, **changes})  # type: ignore[arg-type]


def worker_number() -> int:
    """0 when the tests run in one process, else the number of the parallel process from 1."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name.removeprefix("gw")) + 1 if name else 0


def house_number() -> int:
    """The Redis database of a house beside the process's own: the same villages' pages and jobs do not meet there."""
    return worker_number() + 4


def make_database(name: str) -> DatabaseUrls:
    """A database of one process, copied from the template."""
    return prepare_database(os.environ[ADMIN], name, template=TEMPLATE)
