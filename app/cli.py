"""The command line: `siger …`."""

from __future__ import annotations

import click

from app.commands.accounts import accounts_commands
from app.commands.archives import archive_commands
from app.commands.audit import audit_commands
from app.commands.database import database_commands
from app.commands.demo import db_shell_command, demo_codes_command, demo_command
from app.commands.guides import guides_commands
from app.commands.indicators import indicators_commands
from app.commands.keys import keys_commands
from app.commands.processes import scheduler_command, web_command, worker_command
from app.commands.regions import regions_commands
from app.commands.residents import residents_commands
from app.commands.tenants import tenants_commands


@click.group()
@click.version_option(package_name="siger")
def main() -> None:
    """Siger: every village of the province out of one deployment."""


main.add_command(demo_command)
main.add_command(demo_codes_command)
main.add_command(db_shell_command)
main.add_command(web_command)
main.add_command(worker_command)
main.add_command(scheduler_command)
main.add_command(database_commands)
main.add_command(tenants_commands)
for archive_command in archive_commands:
    tenants_commands.add_command(archive_command)
main.add_command(accounts_commands)
main.add_command(audit_commands)
main.add_command(guides_commands)
main.add_command(indicators_commands)
main.add_command(keys_commands)
main.add_command(regions_commands)
main.add_command(residents_commands)
