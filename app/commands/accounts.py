"""`siger accounts …`: the first account of a new deployment, when nobody can sign in yet."""

from __future__ import annotations

import click

from app.commands.running import application


@click.group("accounts")
def accounts_commands() -> None:
    """Invite officers from the command line."""


@accounts_commands.command("invite")
@click.argument("email")
@click.argument("name")
@click.option("--role", default="province_admin", show_default=True, help="A role above the villages.")
@click.option("--region", help="Code of the region that the role holds for (default: the whole province).")
def invite(email: str, name: str, role: str, region: str | None) -> None:
    """Give NAME a role above the villages; a letter with the link to choose a password goes to EMAIL."""
    from app.core.accounts.errors import Refused
    from app.core.accounts.officers import invite_officer

    with application() as settings:
        try:
            invite_officer(
                email=email, name=name, role=role, region_code=region or settings.province_code, by=None
            )
        except Refused as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{email}: invited as {role}; worker and scheduler send the letter")
