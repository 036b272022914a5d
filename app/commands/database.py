"""`siger db …`: preparing and migrating the database."""

from __future__ import annotations

import os

import click

from app.commands.running import application, owner_url, ready_settings


@click.group("db")
def database_commands() -> None:
    """Prepare, migrate and fill the platform's database."""


@database_commands.command("prepare")
@click.option("--admin-url", envvar="ADMIN_DATABASE_URL", required=True, help="Superuser's address.")
@click.option("--database", default="siger", show_default=True)
def prepare(admin_url: str, database: str) -> None:
    """Create roles and database on a PostgreSQL server and print the addresses to use.

    The two roles get new random passwords each time, or those in SIGER_OWNER_PASSWORD and SIGER_APP_PASSWORD.
    """
    from tenants.bootstrap import Passwords, prepare_database, random_passwords

    new = random_passwords()
    chosen = Passwords(
        os.environ.get("SIGER_OWNER_PASSWORD") or new.owner, os.environ.get("SIGER_APP_PASSWORD") or new.app
    )
    urls = prepare_database(admin_url, database, passwords=chosen)
    click.echo(f"DATABASE_URL={urls.app_url}\nOWNER_DATABASE_URL={urls.owner_url}")


@database_commands.command("migrate")
def migrate() -> None:
    """Bring the platform's own schema to the newest revision (villages: siger tenants migrate)."""
    import app.models  # noqa: F401
    from tenants.bootstrap import migrate_platform

    with ready_settings() as settings:
        migrate_platform(owner_url(settings))
    click.echo("platform: at the newest revision")


@database_commands.command("load-regions")
def load() -> None:
    """Load the province's regions and list all of its villages."""
    from app.core.regions.services import load_regions
    from tenants.scope import platform_scope

    with application() as settings, platform_scope():
        loaded = load_regions(settings.province_code)
    click.echo(f"{loaded.regions} regions, {loaded.new_villages} villages listed for the first time")


@database_commands.command("revision")
@click.argument("history", type=click.Choice(["platform", "tenant"]))
@click.argument("revision_id")
@click.argument("message")
def revision(history: str, revision_id: str, message: str) -> None:
    """Write a new revision of a history from what the models have and it lacks (developers)."""
    import tempfile
    from pathlib import Path

    import app.models  # noqa: F401
    from app.core.embedded import EmbeddedServers, default_data_dir
    from tenants.revisions import write_revision

    parent = default_data_dir().parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        # As root, PostgreSQL runs as somebody else, who must be able to pass.
        Path(folder).chmod(0o755)
        with EmbeddedServers(Path(folder) / "data", fast=True) as servers:
            write_revision(servers.admin_url, history, message, revision_id)
