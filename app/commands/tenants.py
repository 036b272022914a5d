"""`siger tenants …`: the registry of villages and their schemas, from the command line."""

from __future__ import annotations

import sys
import uuid

import click
from flask_babel import force_locale
from sqlalchemy import select

from app.commands.copies import copies_command, restore_command, snapshot_command
from app.commands.running import application, owner_url
from tenants.models import TenantRow, TenantState

STATES = [state.value for state in TenantState]


@click.group("tenants")
def tenants_commands() -> None:
    """List, provision, suspend, archive, migrate and examine villages."""


for command in (snapshot_command, copies_command, restore_command):
    tenants_commands.add_command(command)


@tenants_commands.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only villages in this state.")
@click.option("--region", help="Only villages below this code (18.06, 18.06.20).")
def list_tenants(state: str | None, region: str | None) -> None:
    """List villages: code, state, address, name."""
    from app.extensions import db
    from tenants.scope import platform_scope

    with application(), platform_scope():
        query = select(TenantRow).order_by(TenantRow.code)
        if state:
            query = query.where(TenantRow.state == state)
        if region:
            query = query.where(TenantRow.code.startswith(region + ".") | (TenantRow.code == region))
        rows = db.session.scalars(query).all()
        if not rows:
            raise click.ClickException("no village is like that; codes look like 18.06 and 18.06.20")
        for row in rows:
            click.echo(f"{row.code}  {row.state:<12} {row.slug:<40} {row.term} {row.name}")


@tenants_commands.command("provision")
@click.argument("codes", nargs=-1)
@click.option("--region", help="All villages below this code.")
@click.option("--all", "everything", is_flag=True, help="Every village of the province.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16))
def provision(codes: tuple[str, ...], region: str | None, everything: bool, workers: int) -> None:
    """Give villages their schemas. Safe to run again: those that have one are passed over.

    Archived villages get none unless they are named: their data was deleted.
    """
    from app.extensions import db
    from app.province.provisioning import provision_at_once
    from tenants.scope import platform_scope

    if not (codes or region or everything):
        raise click.UsageError("name villages by code, or give --region or --all")
    with application() as settings:
        with platform_scope():
            query = select(TenantRow.id).where(TenantRow.schema_name.is_(None)).order_by(TenantRow.code)
            if codes:
                query = query.where(TenantRow.code.in_(codes) | TenantRow.slug.in_(codes))
            else:
                query = query.where(TenantRow.state != TenantState.ARCHIVED)
            if region:
                query = query.where(TenantRow.code.startswith(region + "."))
            ids = list(db.session.scalars(query))
        owner_url(settings)
        with click.progressbar(length=len(ids), label=f"Provisioning {len(ids)} villages") as bar:
            report = provision_at_once(ids, workers=workers, progress=lambda: bar.update(1))
    for tenant_id, reason in report.failed.items():
        click.echo(f"failed: {tenant_id}: {reason}", err=True)
    click.echo(f"{len(report.done)} provisioned, {len(report.failed)} failed")
    sys.exit(1 if report.failed else 0)


def _row(code_or_slug: str) -> TenantRow:
    from app.extensions import db

    query = select(TenantRow).where((TenantRow.code == code_or_slug) | (TenantRow.slug == code_or_slug))
    row = db.session.scalars(query).one_or_none()
    if row is None:
        raise click.ClickException(f"no village has the code or address {code_or_slug}")
    return row


@tenants_commands.command("suspend")
@click.argument("village")
@click.option("--reason", required=True, help="Shown to the village and kept in the audit log.")
def suspend(village: str, reason: str) -> None:
    """Suspend a village: its pages say so, nothing is deleted."""
    from app.province.services import suspend_village

    _change(village, lambda tenant_id: suspend_village(tenant_id, reason=reason))
    click.echo(f"{village}: suspended")


@tenants_commands.command("resume")
@click.argument("village")
def resume(village: str) -> None:
    """Resume a suspended village in the state that it had."""
    from app.province.services import resume_village

    _change(village, lambda tenant_id: resume_village(tenant_id))
    click.echo(f"{village}: resumed")


@tenants_commands.command("archive")
@click.argument("village")
@click.option("--reason", required=True, help="Shown at the village's address and kept in the audit log.")
def archive(village: str, reason: str) -> None:
    """Close a village: it serves nobody, its letters still verify, nothing is deleted."""
    from app.province.life.closing import archive_village

    _change(village, lambda tenant_id: archive_village(tenant_id, reason=reason))
    click.echo(f"{village}: archived")


@tenants_commands.command("reopen")
@click.argument("village")
def reopen(village: str) -> None:
    """Open an archived village again in the state that it had."""
    from app.province.life.closing import reopen_village

    _change(village, lambda tenant_id: reopen_village(tenant_id))
    click.echo(f"{village}: reopened")


def _change(village: str, deed: object) -> None:
    from app.province.life.deeds import LifeRefused
    from app.province.services import StateRefused
    from tenants.scope import platform_scope

    assert callable(deed)
    # Operators read English; what the province and the village read of it later is not affected.
    with application(), force_locale("en"), platform_scope():
        tenant_id: uuid.UUID = _row(village).id
        try:
            deed(tenant_id)
        except (StateRefused, LifeRefused) as error:
            raise click.ClickException(str(error)) from error


@tenants_commands.command("migrate")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16))
@click.option("--lock-timeout", default=2000, show_default=True, help="Milliseconds to wait for a lock.")
def migrate(workers: int, lock_timeout: int) -> None:
    """Bring every village's schema to the newest revision: a canary first, then in parallel."""
    from tenants.migrations import Report, migrate_all

    with application() as settings, click.progressbar(length=1, label="Migrating villages") as bar:

        def step(report: Report) -> None:
            bar.length = report.total
            bar.update(1)

        report = migrate_all(
            owner_url(settings), workers=workers, lock_timeout_ms=lock_timeout, progress=step
        )
    for schema, reason in sorted(report.failed.items()):
        click.echo(f"failed: {schema}: {reason}", err=True)
    click.echo(
        f"head {report.head}: {len(report.done)} migrated, {len(report.failed)} failed, {report.total} were behind"
    )
    sys.exit(1 if report.failed else 0)


@tenants_commands.command("spares")
@click.argument("count", type=click.IntRange(0, 50))
def spares(count: int) -> None:
    """Keep COUNT empty schemas ready for new villages."""
    import psycopg

    from tenants.bootstrap import libpq_url
    from tenants.provisioning import make_spares

    with application() as settings, psycopg.connect(libpq_url(owner_url(settings)), autocommit=True) as conn:
        click.echo(f"{make_spares(conn, count)} spare schemas made")


@tenants_commands.command("doctor")
@click.option("--backend-limit-mb", default=300, show_default=True, help="Memory that one backend may hold.")
def doctor(backend_limit_mb: int) -> None:
    """Find and name drift between the registry and the database. Ends with 1 when something is wrong."""
    import psycopg

    from tenants.bootstrap import libpq_url
    from tenants.doctor import backends_are_near, examine

    with application() as settings:
        with psycopg.connect(libpq_url(owner_url(settings)), autocommit=True) as conn:
            if not backends_are_near(conn):
                click.echo(
                    "memory of backends: can't be measured from here, the server runs on another machine"
                )
        findings = examine(owner_url(settings), backend_limit_mb=backend_limit_mb)
    for finding in findings:
        click.echo(f"{finding.kind}: {finding.subject}: {finding.advice}")
    click.echo("nothing wrong" if not findings else f"{len(findings)} findings")
    sys.exit(1 if findings else 0)
