"""What commands share: settings with servers behind them, and the application's context."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from app.core.embedded import EmbeddedError, EmbeddedServers, default_data_dir, running_environment
from app.demo.content import secret_key_of
from app.settings import Settings
from tenants.bootstrap import migrate_platform, prepare_database


def data_folder(chosen: str | None = None) -> Path:
    """The data folder: what was asked for, SIGER_DATA, or the default."""
    name = chosen or os.environ.get("SIGER_DATA")
    return Path(name).absolute() if name else default_data_dir()


@contextmanager
def ready_settings() -> Iterator[Settings]:
    """Settings whose servers run: those of the environment, those of a demo that runs on the same data folder, or
    embedded ones for the length of the command."""
    folder = data_folder()
    if not os.environ.get("DATABASE_URL") and (running := running_environment(folder)):
        os.environ.update(running)
    if os.environ.get("DATABASE_URL"):
        yield Settings()
        return
    try:
        with EmbeddedServers(folder) as servers:
            urls = prepare_database(servers.admin_url)
            import app.models  # noqa: F401 - the grants follow from the models

            migrate_platform(urls.owner_url)
            os.environ.update(
                DATABASE_URL=urls.app_url,
                OWNER_DATABASE_URL=urls.owner_url,
                REDIS_URL=servers.redis_url,
                SIGER_DATA=str(folder),
            )
            os.environ.setdefault("SECRET_KEY", secret_key_of(folder))
            yield Settings()
    except EmbeddedError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def application() -> Iterator[Settings]:
    """The application's context for a command, with servers that run."""
    from app import create_app

    with ready_settings() as settings:
        app = create_app(settings)
        with app.app_context():
            yield settings


def owner_url(settings: Settings) -> str:
    """The owner's address, or a sentence that it is missing."""
    if not settings.owner_database_url:
        raise click.ClickException("OWNER_DATABASE_URL is not set: this command needs the owner's access.")
    return settings.owner_database_url
