"""`siger guides …`: the help centre's shipped articles."""

from __future__ import annotations

import click

from app.commands.running import application


@click.group("guides")
def guides_commands() -> None:
    """Take in the shipped articles of the help centre."""


@guides_commands.command("load")
def load() -> None:
    """Add new shipped articles and renew untouched ones; what the programme wrote itself is kept."""
    from app.province.knowledge.services import load_shipped
    from tenants.scope import platform_scope

    with application(), platform_scope():
        added, changed, kept = load_shipped()
    click.echo(f"{added} added, {changed} renewed, {kept} of the programme's own kept")
