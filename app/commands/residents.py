"""`siger residents …`: checks of the population register. `siger demo residents`: made-up people."""

from __future__ import annotations

import sys
import uuid

import click

from app.commands.running import application


def chosen_villages(village: str | None, everything: bool) -> list[uuid.UUID]:
    """The village that was named, or all that have a schema (inside an application context)."""
    from tenants.errors import NotProvisioned, UnknownTenant
    from tenants.registry import find_tenant, provisioned_ids
    from tenants.scope import platform_scope

    if bool(village) == everything:
        raise click.UsageError("name a village with --village, or give --all")
    if village is None:
        with platform_scope():
            return list(provisioned_ids())
    try:
        return [find_tenant(village).id]
    except UnknownTenant:
        raise click.ClickException(f"no village has the code or address {village}") from None
    except NotProvisioned:
        raise click.ClickException(f"{village} has no schema yet: provision it first") from None


@click.group("residents")
def residents_commands() -> None:
    """Look after the population registers."""


@residents_commands.command("check")
@click.option("--village", help="One village, by code or address.")
@click.option("--all", "everything", is_flag=True, help="Every village that has a schema.")
@click.option("--sealed", is_flag=True, help="Open every sealed record as well and compare its blind index.")
def check(village: str | None, everything: bool, sealed: bool) -> None:
    """Compare each village's ledger with its register; name what differs and end with 1 when anything does."""
    from app.government.residents import ledger
    from app.government.residents.checking import differences
    from tenants.registry import load_tenant
    from tenants.scope import tenant_scope

    found, people = 0, 0
    with application():
        ids = chosen_villages(village, everything)
        for tenant_id in ids:
            tenant = load_tenant(tenant_id)
            with tenant_scope(tenant):
                people += ledger.people(ledger.totals())
                for difference in differences(sealed=sealed):
                    found += 1
                    click.echo(f"{tenant.code} {tenant.full_name}: {difference}")
    click.echo(f"{len(ids)} villages checked, {found} differences, {people:,} people")
    sys.exit(1 if found else 0)


@click.command("residents")
@click.option("--village", help="One village, by code or address.")
@click.option("--all", "everything", is_flag=True, help="Every village that has a schema.")
@click.option("--size", type=click.IntRange(1, 50_000), help="How many people (default: about 3,450).")
@click.option("--seed", default=18, show_default=True, help="The same seed makes the same people.")
def demo_residents_command(village: str | None, everything: bool, size: int | None, seed: int) -> None:
    """Let made-up people live in villages whose register is empty."""
    from app.demo.residents import settle_many, size_of
    from tenants.registry import load_tenant

    with application():
        ids = chosen_villages(village, everything)
        sizes = {key: size or size_of(load_tenant(key).code) for key in ids}
        found = settle_many(sizes, seed)
        for settled in found:
            click.echo(f"{settled.name}: {settled.residents:,} people, {settled.lines:,} lines in the ledger")
    click.echo(f"{len(found)} villages settled, {len(ids) - len(found)} had residents already")
