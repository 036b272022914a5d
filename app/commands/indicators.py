"""`siger indicators …`: what is measured, and measuring it now."""

from __future__ import annotations

import sys

import click

from app.commands.running import application


@click.group("indicators")
def indicators_commands() -> None:
    """List indicators and refresh villages' figures."""


@indicators_commands.command("list")
def list_indicators() -> None:
    """List what is measured: code, pillar, unit, period, how villages add up, name."""
    from importlib import import_module

    from app.capabilities import CAPABILITIES

    found = [indicator for path in CAPABILITIES for indicator in import_module(path).capability.indicators]
    for indicator in sorted(found, key=lambda i: i.code):
        shape = f"{indicator.pillar:<11} {indicator.unit:<10} {indicator.period:<9} {indicator.rollup:<6}"
        click.echo(f"{indicator.code:<28} {shape} {indicator.label_en}")


@indicators_commands.command("refresh")
@click.option("--village", help="One village, by code or address.")
@click.option("--all", "everything", is_flag=True, help="Every village that has a schema.")
def refresh(village: str | None, everything: bool) -> None:
    """Compute villages' figures of this month now, in this process."""
    from app.core.indicators.services import refresh_village
    from tenants.errors import NotProvisioned, TenancyError, UnknownTenant
    from tenants.registry import find_tenant, load_tenant, provisioned_ids
    from tenants.scope import platform_scope

    if bool(village) == everything:
        raise click.UsageError("name a village with --village, or give --all")
    with application():
        if village:
            try:
                values = refresh_village(find_tenant(village))
            except UnknownTenant:
                raise click.ClickException(f"no village has the code or address {village}") from None
            except NotProvisioned:
                raise click.ClickException(f"{village} has no schema yet: provision it first") from None
            for code, value in sorted(values.items()):
                click.echo(f"{code:<28} {value.value:g}")
            return
        with platform_scope():
            ids = provisioned_ids()
        failed = 0
        with click.progressbar(ids, label=f"Refreshing {len(ids)} villages") as bar:
            for tenant_id in bar:
                try:
                    refresh_village(load_tenant(tenant_id))
                except TenancyError as error:
                    failed += 1
                    click.echo(f"failed: {tenant_id}: {error}", err=True)
    click.echo(f"{len(ids) - failed} refreshed, {failed} failed")
    sys.exit(1 if failed else 0)
