"""`siger keys …`: the master keys of personal data, what needs which, and changing them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import click

from app.commands.running import application


@click.group("keys")
def keys_commands() -> None:
    """The master keys under which residents' personal data is sealed."""


@keys_commands.command("rotate")
@click.option("--village", help="One village, by code or address; done at once.")
@click.option("--all", "everything", is_flag=True, help="Every village that has a schema.")
@click.option("--here", is_flag=True, help="With --all: in this process, rather than by the worker.")
@click.option("--to", "key_id", metavar="NAME", help="A key of MASTER_KEYS; the first one if not said.")
def rotate_command(village: str | None, everything: bool, here: bool, key_id: str | None) -> None:
    """Seal personal data anew with another master key; what has it already is passed over."""
    from app.core.privacy import rotation
    from app.core.privacy.keys import UnknownKey, current_key_id, village_keys
    from tenants.scope import platform_scope

    if (village is not None) == everything:
        raise click.UsageError("name a village with --village, or give --all")
    with application():
        to = key_id or current_key_id()
        try:
            village_keys(UUID(int=0), to)
        except UnknownKey as error:
            raise click.ClickException(str(error)) from error
        if everything and not here:
            with platform_scope():
                run = rotation.ask_for_all(to)
            click.echo(f"{run.total} villages: the worker changes their key to {to} (run {run.id})")
            return
        failed = _each(_chosen(village), f"Sealing with {to}", lambda: _say(rotation.reseal_village(to)))
    sys.exit(1 if failed else 0)


@keys_commands.command("status")
@click.option("--village", help="One village, by code or address; all of them if not said.")
def status_command(village: str | None) -> None:
    """Say which key how many villages, records and objects need; exit with 1 if MASTER_KEYS lacks one of them."""
    from app.core.privacy.keys import master_keys
    from app.core.privacy.rotation import keys_in_use
    from tenants.scope import current_tenant

    uses: dict[str, list[tuple[str, int, int]]] = {}

    def look() -> str:
        for key, use in keys_in_use().items():
            uses.setdefault(key, []).append((current_tenant().slug, use.records, use.objects))
        return ""

    with application():
        known = list(master_keys())
        copies = _copies()
        failed = _each(_chosen(village), "Looking", look)
    click.echo(f"{'key':<32} {'villages':>8} {'records':>10} {'objects':>8}  what MASTER_KEYS does with it")
    for key in [*known, *sorted(set(uses) - set(known))]:
        found = uses.get(key, [])
        role = "missing" if key not in known else "seals and opens" if key == known[0] else "opens"
        records, objects = sum(use[1] for use in found), sum(use[2] for use in found)
        click.echo(f"{key:<32} {len(found):>8} {records:>10} {objects:>8}  {role}")
        if found and key != known[0]:
            names = ", ".join(sorted(use[0] for use in found)[:10])
            click.echo(f"  still needed by {names}{', …' if len(found) > 10 else ''}")
    missing = sorted(set(uses) - set(known))
    for key, count in copies.items():
        click.echo(f"{count} copies of villages are sealed under {key}")
        if key not in known and key not in missing:
            missing.append(key)
    if missing:
        click.echo(f"MASTER_KEYS lacks {', '.join(missing)}: what is sealed with it can't be read", err=True)
    sys.exit(1 if missing or failed else 0)


def _copies() -> dict[str, int]:
    """How many copies of villages need which key."""
    from sqlalchemy import func, select

    from app.extensions import db
    from app.province.copies.models import READY, VillageCopy
    from tenants.scope import platform_scope

    with platform_scope():
        query = select(VillageCopy.key_id, func.count()).where(VillageCopy.state == READY)
        rows = db.session.execute(query.group_by(VillageCopy.key_id).order_by(VillageCopy.key_id))
        return {row[0]: row[1] for row in rows}


def _chosen(village: str | None) -> list[Any]:
    from app.core.privacy.rotation import village_ids
    from tenants.errors import NotProvisioned, UnknownTenant
    from tenants.registry import find_tenant, load_tenant
    from tenants.scope import platform_scope

    if village is None:
        with platform_scope():
            ids = village_ids()
        return [load_tenant(tenant_id) for tenant_id in ids]
    try:
        return [find_tenant(village)]
    except UnknownTenant:
        raise click.ClickException(f"no village has the code or address {village}") from None
    except NotProvisioned:
        raise click.ClickException(f"{village} has no schema yet") from None


def _each(villages: Sequence[Any], label: str, deed: Callable[[], str]) -> int:
    """Do it in each village's scope; say what came of it, and return how many failed."""
    from sqlalchemy.exc import DBAPIError

    from app.core.files.storage import StorageAway
    from app.core.privacy.keys import UnknownKey
    from app.core.privacy.vault import SealBroken
    from tenants.scope import tenant_scope

    failed = 0
    for number, tenant in enumerate(villages, start=1):
        try:
            with tenant_scope(tenant):
                said = deed()
            if said:
                click.echo(f"{number}/{len(villages)} {label}: {tenant.slug}: {said}")
        except (SealBroken, UnknownKey, StorageAway, DBAPIError) as error:
            failed += 1
            reason = str(error).splitlines()[0]
            click.echo(f"{number}/{len(villages)} failed: {tenant.slug}: {reason}", err=True)
    return failed


def _say(done: Any) -> str:
    return f"{done.records} records, {done.objects} objects"
