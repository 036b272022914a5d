"""`siger regions …`: the outlines of regions, for maps."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.running import application

SHOWN = 50


@click.group("regions")
def regions_commands() -> None:
    """Outlines of kabupaten/kota, kecamatan and villages."""


@regions_commands.command("import-boundaries")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--level",
    type=click.Choice(["2", "3", "4"]),
    help="2 kabupaten/kota, 3 kecamatan, 4 villages; by default by the codes.",
)
@click.option("--skip-unknown", is_flag=True, help="Leave out features whose code no region has.")
@click.option("--dry-run", is_flag=True, help="Check everything and write nothing.")
def import_boundaries_command(file: Path, level: str | None, skip_unknown: bool, dry_run: bool) -> None:
    """Replace the outlines of one level by those of FILE: GeoJSON in WGS 84 degrees, each feature with its Kemendagri
    code (property `code` or `kode`).

    Nothing is imported by half: with anything wrong the file is refused, all problems are listed, and the maps stay as
    they are.
    """
    from app.province.maps.reading import NAMES, FileRefused
    from app.province.maps.services import import_boundaries
    from tenants.scope import platform_scope

    with application(), platform_scope():
        try:
            done = import_boundaries(file, int(level) if level else None, skip_unknown, dry_run)
        except FileRefused as refused:
            _list("refused, nothing was changed", tuple(refused.problems), err=True)
            raise click.exceptions.Exit(1) from None
    _list("rebuilt along their own lines", done.rebuilt)
    _list("left out", done.skipped)
    _list("without an outline in this file", done.without)
    did = "would replace" if dry_run else "replaced"
    province, regency = (f"{size / 1000:.0f} kB" for size in done.largest)
    click.echo(
        f"{done.outlines:,} outlines of {NAMES[done.level]} {did} {done.replaced:,}; {done.maps} maps, "
        f"the province's {province}" + (f", a kabupaten's at most {regency}" if done.largest[1] else "")
    )


def _list(title: str, lines: tuple[str, ...], err: bool = False) -> None:
    if not lines:
        return
    click.echo(f"{title} ({len(lines):,}):", err=err)
    for line in lines[:SHOWN]:
        click.echo(f"  {line}", err=err)
    if len(lines) > SHOWN:
        click.echo(f"  … and {len(lines) - SHOWN:,} more", err=err)
