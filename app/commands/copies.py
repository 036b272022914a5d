"""`siger tenants snapshot|copies|restore`: copies of one village from the command line, in this very process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from flask_babel import force_locale

from app.commands.running import application

if TYPE_CHECKING:
    from tenants.models import SideSchema

BY = "siger tenants"


@contextmanager
def _village(code: str) -> Iterator[tuple[uuid.UUID, str, str]]:
    """The village's id, name and code, inside the platform's scope; refusals end the command with their sentence."""
    from sqlalchemy import select

    from app.extensions import db
    from app.province.copies.errors import CopyRefused
    from tenants.models import TenantRow
    from tenants.scope import platform_scope

    with application(), force_locale("en"), platform_scope():
        query = select(TenantRow).where((TenantRow.code == code) | (TenantRow.slug == code))
        row = db.session.scalars(query).one_or_none()
        if row is None:
            raise click.ClickException(f"no village has the code or address {code}")
        found = (row.id, f"{row.term} {row.name}", row.code)
        db.session.rollback()
        try:
            yield found
        except CopyRefused as refusal:
            raise click.ClickException(str(refusal)) from refusal


@click.command("snapshot")
@click.argument("village")
@click.option("--note", default="", help="What it is for; shown in lists.")
def snapshot_command(village: str, note: str) -> None:
    """Copy one village as it is now; no other village is touched."""
    from app.province.copies.models import HAND
    from app.province.copies.taking import take_copy

    with _village(village) as (tenant_id, name, _code):
        copy = take_copy(tenant_id, kind=HAND, note=note, made_by=BY)
        rows = sum(int(found[0]) for found in copy.tables.values())
        click.echo(
            f"{copy.id}  {name}: {rows} rows of {len(copy.tables)} tables, {copy.size} bytes, {copy.seconds:.2f} s"
        )


@click.command("copies")
@click.argument("village")
def copies_command(village: str) -> None:
    """List the copies of one village, newest first."""
    from sqlalchemy import select

    from app.extensions import db
    from app.province.copies.models import VillageCopy

    with _village(village) as (tenant_id, _name, _code):
        query = select(VillageCopy).where(VillageCopy.tenant_id == tenant_id)
        found = db.session.scalars(query.order_by(VillageCopy.taken_at.desc())).all()
        if not found:
            click.echo("no copies yet")
        for copy in found:
            checked = (
                ""
                if copy.verified_at is None
                else "  checked"
                if not copy.verify_result
                else "  CHECK FAILED"
            )
            said = copy.error if copy.state == "failed" else f"{copy.size} bytes, revision {copy.revision}"
            click.echo(
                f"{copy.id}  {copy.taken_at:%Y-%m-%d %H:%M:%SZ}  {copy.kind:<15} {copy.state:<7} {said}{checked}"
                f"{'  ' + copy.note if copy.note else ''}"
            )


@click.command("restore")
@click.argument("village")
@click.option("--copy", "copy_id", type=click.UUID, required=True, help="Which copy (siger tenants copies).")
@click.option(
    "--into-new",
    "into_new",
    is_flag=True,
    help="Into a new schema beside the village, to compare; the default.",
)
@click.option("--swap", is_flag=True, help="Then let it take the place of what the village works with.")
@click.option("--confirm", help="The village's code once more; --swap needs it.")
@click.option("--reason", default="", help="Told to the village and kept in the audit log; --swap needs it.")
@click.option("--discard", is_flag=True, help="Drop the comparison afterwards.")
def restore_command(
    village: str,
    copy_id: uuid.UUID,
    into_new: bool,
    swap: bool,
    confirm: str | None,
    reason: str,
    discard: bool,
) -> None:
    """Put a copy of one village beside it and say what differs; with --swap in its place. Others are not touched."""
    from app.extensions import db
    from app.province.copies.owner import owner
    from app.province.copies.restoring import comparison_of, restore_beside, swap_in
    from tenants.beside import drop_beside

    if swap and (into_new or discard):
        raise click.UsageError("--swap goes with neither --into-new nor --discard")
    with _village(village) as (tenant_id, name, code):
        if swap and confirm != code:
            raise click.ClickException(
                f"{name} is live: say --confirm {code} to replace what it works with. Nothing was changed."
            )
        if swap and len(reason.strip()) < 5:
            raise click.ClickException(
                "--swap needs a --reason of five letters or more. Nothing was changed."
            )
        side = comparison_of(tenant_id)
        db.session.expunge_all()
        db.session.rollback()
        schema = side.schema_name if side is not None and side.copy_id == copy_id else ""
        if not schema:
            schema = restore_beside(tenant_id, copy_id, made_by=BY)
            side = comparison_of(tenant_id)
        if side is None or side.schema_name != schema:
            raise click.ClickException("another comparison stands there by now. Nothing was replaced.")
        _say(side)
        db.session.rollback()
        if swap:
            swap_in(tenant_id, schema, reason=reason.strip(), made_by=BY)
            click.echo(f"{name} works with the copy now; what it had is kept for 30 days")
        elif discard:
            with owner() as conn:
                drop_beside(conn, schema)
            click.echo(f"{schema} dropped")
        else:
            click.echo(f"{schema} stands beside {name}; nobody serves it, and {name} goes on as it is")


def _say(side: SideSchema) -> None:
    from app.province.copies.queries import differences

    click.echo(f"{'table':<24} {'now':>9} {'then':>9} {'only now':>9} {'only then':>9} {'changed':>9}")
    lines = differences(side)
    for one in lines:
        if not one["same"]:
            click.echo(
                f"{one['table']:<24} {one['now']:>9} {one['then']:>9} {one['only_now']:>9} {one['only_then']:>9} "
                f"{one['changed']:>9}"
            )
    alike = sum(one["same"] for one in lines)
    click.echo(f"{alike} of {len(lines)} tables hold the same as now")
    if side.findings.get("files_missing"):
        click.echo(
            f"{side.findings['files_missing']} files that the copy names are not in the storage any more"
        )
