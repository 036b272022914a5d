"""`siger demo` and what helps around a demo that runs."""

from __future__ import annotations

import click

from app.commands.residents import demo_residents_command
from app.commands.running import data_folder

DATA_HELP = "Data folder (default: SIGER_DATA, var/, or /var/lib/siger/demo as root)."


@click.group("demo", invoke_without_command=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--data", default=None, help=DATA_HELP)
@click.pass_context
def demo_command(context: click.Context, port: int, data: str | None) -> None:
    """Start the whole house with living data, on this machine only."""
    if context.invoked_subcommand is not None:
        return
    from app.demo.command import run_demo

    run_demo(port, data_folder(data))


demo_command.add_command(demo_residents_command)


@click.command("demo-codes")
@click.option("--data", default=None, help=DATA_HELP)
def demo_codes_command(data: str | None) -> None:
    """Show the present codes of the demo's second factors."""
    from app.demo.tools import print_codes

    print_codes(data_folder(data))


@click.command("db-shell")
@click.option("--data", default=None, help=DATA_HELP)
def db_shell_command(data: str | None) -> None:
    """Open psql on the database of the demo that runs."""
    from app.demo.tools import open_shell

    open_shell(data_folder(data))
