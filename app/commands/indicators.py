"""`siger indicators …`: what is measured, measuring it now, adding it up, and where a figure comes from."""

from __future__ import annotations

import datetime as dt
import sys
import uuid
from typing import Any

import click

from app.commands.running import application


class Month(click.ParamType[dt.date]):
    """A month such as 2026-11, as its first day."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """Read YYYY-MM; anything else is refused with a sentence."""
        try:
            return dt.date.fromisoformat(f"{value}-01")
        except ValueError:
            self.fail(f"{value} is no month; write it as 2026-11", param, ctx)


MONTH = Month()


@click.group("indicators")
def indicators_commands() -> None:
    """List indicators, refresh villages' figures, add them up, explain them."""


@indicators_commands.command("list")
@click.option("--definitions", is_flag=True, help="Say what each one counts, too.")
def list_indicators(definitions: bool) -> None:
    """List what is measured: code, pillar, unit, period, how villages add up, marks, name.

    Marks: s for sensitive (small counts are hidden), d for kept by day.
    """
    from importlib import import_module

    from app.capabilities import CAPABILITIES

    found = [indicator for path in CAPABILITIES for indicator in import_module(path).capability.indicators]
    for indicator in sorted(found, key=lambda i: i.code):
        shape = f"{indicator.pillar:<11} {indicator.unit:<10} {indicator.period:<9} {indicator.rollup:<9}"
        marks = f"{'s' if indicator.sensitive else '-'}{'d' if indicator.daily else '-'}"
        click.echo(f"{indicator.code:<32} {shape} {marks} {indicator.label_en}")
        if definitions:
            click.echo(f"    {indicator.definition_en}\n    {indicator.definition}")


@indicators_commands.command("refresh")
@click.option("--village", help="One village, by code or address.")
@click.option("--region", help="The villages of a kabupaten or kecamatan that have a schema, by its code.")
@click.option("--all", "everything", is_flag=True, help="Every village that has a schema.")
def refresh(village: str | None, region: str | None, everything: bool) -> None:
    """Compute villages' figures of this month now, in this process, and add them up."""
    from app.core.indicators.failures import IndicatorsFailed
    from app.core.indicators.rollup import roll_up_due
    from app.core.indicators.services import note_unreadable, refresh_village
    from tenants.errors import TenancyError
    from tenants.registry import load_tenant
    from tenants.scope import platform_scope

    if [bool(village), bool(region), everything].count(True) != 1:
        raise click.UsageError("name a village with --village or a region with --region, or give --all")
    with application():
        ids = _chosen(village, region)
        failed = 0
        with click.progressbar(ids, label=f"Refreshing {len(ids)} villages", hidden=len(ids) == 1) as bar:
            for tenant_id in bar:
                tenant = None
                try:
                    tenant = load_tenant(tenant_id)
                    values = refresh_village(tenant)
                except Exception as error:
                    failed += 1
                    click.echo(f"failed: {tenant.code if tenant else tenant_id}: {error}", err=True)
                    if tenant and not isinstance(error, TenancyError | IndicatorsFailed):
                        note_unreadable(tenant, error)
                    continue
                if village:
                    for code, value in sorted(values.items()):
                        click.echo(f"{code:<32} {value.value:g}")
        with platform_scope():
            roll_up_due()
    click.echo(f"{len(ids) - failed} refreshed, {failed} failed")
    sys.exit(1 if failed else 0)


@indicators_commands.command("rollup")
@click.option("--month", type=MONTH, help="A month such as 2026-11; the present one if it is left out.")
@click.option("--all", "everything", is_flag=True, help="Every month that has figures.")
def rollup(month: dt.date | None, everything: bool) -> None:
    """Add villages' figures up by kecamatan, kabupaten/kota and province, whole months, in this process."""
    from sqlalchemy import select

    from app.core.indicators.declarations import period_of
    from app.core.indicators.models import IndicatorValue
    from app.core.indicators.rollup import roll_up_month
    from app.extensions import db
    from tenants.models import now
    from tenants.scope import platform_scope

    with application(), platform_scope():
        months = [month or period_of(now()).first]
        if everything:
            told = select(IndicatorValue.period).distinct().order_by(IndicatorValue.period)
            months = list(db.session.scalars(told))
        for one in months:
            roll_up_month(one)
            click.echo(f"{one:%Y-%m} added up")


@indicators_commands.command("explain")
@click.argument("code")
@click.option("--village", help="One village, by code or address.")
@click.option("--region", help="A kabupaten or kecamatan, by its code; the province if both are left out.")
@click.option("--month", type=MONTH, help="A month such as 2026-11; the newest if it is left out.")
def explain_figure(code: str, village: str | None, region: str | None, month: dt.date | None) -> None:
    """Say what an indicator counts and where a place's figure comes from: the numbers below it, their stamps, what is
    hidden or missing and why, and where it could not be counted."""
    from app.core.indicators.declarations import indicator
    from app.province import figures
    from app.province.explaining import explain
    from tenants.scope import platform_scope

    if village and region:
        raise click.UsageError("name a village or a region, not both")
    with application():
        try:
            asked = indicator(code)
        except KeyError:
            raise click.ClickException(f"no indicator is called {code}; see siger indicators list") from None
        with platform_scope():
            place = _place(village, region)
            for line in explain(asked, place, month or figures.newest_month()):
                click.echo(line)


def _chosen(village: str | None, region: str | None) -> list[uuid.UUID]:
    from sqlalchemy import select

    from app.commands.residents import chosen_villages
    from app.extensions import db
    from app.province.regions import within
    from tenants.models import TenantRow
    from tenants.registry import provisioned_ids
    from tenants.scope import platform_scope

    if not region:
        return chosen_villages(village, not village)
    with platform_scope():
        there = set(db.session.scalars(select(TenantRow.id).where(within(region))))
        if not there:
            raise click.ClickException(f"no region has the code {region}")
        return [ident for ident in provisioned_ids() if ident in there]


def _place(village: str | None, region: str | None) -> str:
    """The code of the place that was asked for (inside a platform scope); the province's when none was."""
    from sqlalchemy import func, select

    from app.core.regions.models import Region
    from app.extensions import db
    from tenants.models import TenantRow

    if village:
        named = (TenantRow.code == village) | (TenantRow.slug == village)
        found = db.session.scalar(select(TenantRow.code).where(named))
    elif region:
        found = db.session.scalar(select(Region.code).where(Region.code == region))
    else:
        found = db.session.scalar(select(func.min(func.left(TenantRow.code, 2))))
    if found is None:
        raise click.ClickException(f"no village or region is called {village or region}")
    return str(found)
