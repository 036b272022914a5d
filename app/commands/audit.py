"""`siger audit …`: is the log what it was when it was written?"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click
from sqlalchemy import select

from app.commands.running import application
from app.core.audit.verification import Report, verify_chain
from app.core.files.storage import StorageAway
from app.extensions import db
from tenants import registry
from tenants.errors import NotProvisioned, UnknownTenant
from tenants.models import TenantRow
from tenants.scope import platform_scope, tenant_scope


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
        raise click.UsageError("choose one of --village, --platform and --all")
    with application():
        verified = faulty = 0
        try:
            for report in verify(code, platform_only=platform_only):
                verified += 1
                faulty += not report.sound
                if report.entries or not report.sound or code is not None:
                    click.echo(_in_words(report))
        except StorageAway as error:
            raise click.ClickException(f"the copies of the heads cannot be read: {error}") from error
    click.echo(f"{verified} verified, {faulty} with faults")
    sys.exit(1 if faulty else 0)


def verify(code: str | None = None, *, platform_only: bool = False) -> Iterator[Report]:
    """Verify one village's chain, the platform's, or (by default) the platform's and then every village's.

    Raises click.ClickException for a village that does not exist or has no log yet.
    """
    if code is None:
        with platform_scope():
            yield verify_chain()
    if platform_only:
        return
    for known in [code] if code is not None else _codes():
        try:
            tenant = registry.find_tenant(known)
        except UnknownTenant as error:
            raise click.ClickException(f"no village has the code or address {known}") from error
        except NotProvisioned as error:
            raise click.ClickException(f"{known} is not provisioned yet and has no log") from error
        with tenant_scope(tenant):
            report = verify_chain()
        yield report


def _codes() -> list[str]:
    with platform_scope():
        provisioned = (
            select(TenantRow.code).where(TenantRow.schema_name.is_not(None)).order_by(TenantRow.code)
        )
        return list(db.session.scalars(provisioned))


def _in_words(report: Report) -> str:
    waiting = f", {report.waiting} waiting to be sealed" if report.waiting else ""
    lines = [
        f"{report.chain}: {report.entries} entries, {report.sealed} sealed{waiting}, {report.heads} heads known: "
        + ("sound" if report.sound else f"{len(report.findings)} faults")
    ]
    lines += [f"  {finding.text}" for finding in report.findings]
    return "\n".join(lines)
