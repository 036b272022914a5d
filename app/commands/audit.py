"""`siger audit …`: is the log what it was when it was written?"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from app.commands.running import application


@click.group("audit")
def audit_commands() -> None:
    """The audit log and its hash chains."""


@audit_commands.command("verify")
@click.option("--village", "code", metavar="CODE", help="One village, by its code or address.")
@click.option("--platform", "platform_only", is_flag=True, help="The platform's own log alone.")
@click.option("--all", "everything", is_flag=True, help="The platform and every village (the default).")
def verify_command(code: str | None, platform_only: bool, everything: bool) -> None:
    """Recompute the chains and name every entry that was changed, removed or slipped in; exit with 1 if any was."""
    if sum((code is not None, platform_only, everything)) > 1:
        raise click.UsageError("Choose one of --village, --platform and --all.")
    with application():
        verified, faults = 0, 0
        for name, report in _reports(code, platform_only):
            verified += 1
            if report is None:
                faults += 1
                click.echo(f"{name}: cannot be verified", err=True)
                continue
            waiting = f", {report.waiting} waiting" if report.waiting else ""
            if report.sound:
                if code is not None or platform_only or report.entries:
                    click.echo(f"{name}: {report.sealed} sealed{waiting}, {report.heads} heads known: sound")
                continue
            faults += 1
            click.echo(f"{name}: {len(report.findings)} faults in {report.entries} entries", err=True)
            for finding in report.findings:
                click.echo(f"  {finding.text}", err=True)
        click.echo(f"{verified} chains verified, {faults} with faults.")
    sys.exit(1 if faults else 0)


def _reports(code: str | None, platform_only: bool) -> Iterator[tuple[str, object]]:
    raise NotImplementedError
