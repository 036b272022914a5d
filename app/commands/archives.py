"""`siger tenants export|import|verify-archive`: everything of one village as one sealed file, and back."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click
import psycopg

from app.commands.running import application, owner_url

if TYPE_CHECKING:
    from app.province.archives.layout import Manifest

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_PASSPHRASE = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its first line is the passphrase; asked for otherwise.",
)


@click.command("export")
@click.argument("village")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--reason", required=True, help="Why; kept in the audit log.")
@_PASSPHRASE
def export_archive(village: str, file: Path, reason: str, passphrase_file: Path | None) -> None:
    """Write everything of VILLAGE (code or address) into FILE, sealed with a passphrase."""
    from app.core.files.storage import StorageAway
    from app.province.archives.deeds import note_made
    from app.province.archives.exporting import write_archive
    from tenants.errors import NotProvisioned, TenancyError, UnknownTenant
    from tenants.registry import find_tenant

    if not file.parent.is_dir():
        raise click.ClickException(f"The folder {file.parent} does not exist; nothing was written.")
    if file.exists():
        raise click.ClickException(f"{file} is there already; nothing is written over.")
    passphrase = _new_passphrase(passphrase_file)
    part = file.with_name(file.name + ".part")
    with application() as settings:
        try:
            tenant = find_tenant(village)
            with _private(part) as target:
                manifest = write_archive(owner_url(settings), tenant.id, target, passphrase, _bar("files"))
                target.flush()
                os.fsync(target.fileno())
            part.rename(file)
        except OSError as error:
            advice = " Make room and try again." if error.errno in _NO_ROOM else ""
            raise click.ClickException(
                f"{file} can't be written: {error.strerror}. Nothing is left of it; the village is as it was.{advice}"
            ) from error
        except UnknownTenant as error:
            raise click.ClickException(
                f"This deployment knows no village with the code or address {village}; nothing was written."
            ) from error
        except NotProvisioned as error:
            raise click.ClickException(f"{village} has no data here yet; nothing was written.") from error
        except (TenancyError, StorageAway, psycopg.Error, ValueError, LookupError) as error:
            raise click.ClickException(
                f"The archive was not made: {error}. The village is as it was."
            ) from error
        finally:
            part.unlink(missing_ok=True)
        note_made(tenant.id, reason=reason, size=file.stat().st_size)
    _tell(manifest)
    click.echo(
        f"{file}: {file.stat().st_size} bytes. Without the passphrase nobody opens it; it is kept nowhere."
    )


@click.command("verify-archive")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_PASSPHRASE
def verify_archive(file: Path, passphrase_file: Path | None) -> None:
    """Check every byte of FILE against its manifest; nothing is imported."""
    from app.province.archives.layout import ArchiveRefused
    from app.province.archives.reading import open_archive

    passphrase = _passphrase(passphrase_file)
    try:
        with file.open("rb") as source, open_archive(source, passphrase, _bar("files")) as archive:
            _tell(archive.manifest)
    except ArchiveRefused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{file}: whole and unchanged")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--code", required=True, help="The village of this deployment that it is brought to.")
@click.option("--as", "from_code", help="The code that the archive was made under, where it is another one.")
@_PASSPHRASE
def import_village(file: Path, code: str, from_code: str | None, passphrase_file: Path | None) -> None:
    """Bring the archive FILE into a village that has no data here: all of it or nothing."""
    from app.core.files.storage import StorageAway
    from app.province.archives.deeds import note_imported
    from app.province.archives.importing import check_target, import_archive
    from app.province.archives.layout import ArchiveRefused
    from app.province.archives.reading import open_archive

    passphrase = _passphrase(passphrase_file)
    with application() as settings:
        url = owner_url(settings)
        try:
            with file.open("rb") as source, open_archive(source, passphrase, _bar("checked")) as archive:
                target = check_target(url, archive.manifest, code, from_code=from_code)
                prefix = settings.tenant_role_prefix
                done = import_archive(url, archive, target, role_prefix=prefix, progress=_steps())
        except ArchiveRefused as error:
            raise click.ClickException(str(error)) from error
        except (StorageAway, psycopg.Error, OSError) as error:
            raise click.ClickException(
                f"The import failed: {error}. Nothing of it stays behind; try again."
            ) from error
        note_imported(done)
    _tell(done.manifest)
    click.echo(f"{target.name} ({code}) is here as it was there. Digests of all tables are equal.")
    if done.registry.staff:
        click.echo("Accounts belong to a deployment. Invite these people anew:")
    for one in done.registry.staff:
        click.echo(f"  {one.role:<16} {one.name} <{one.email}>")
    click.echo("Residents' PINs belong to a deployment too: residents get a new one at the village hall.")
    if done.registry.slug:
        click.echo(f"There the village's address was {done.registry.slug}.")


def _tell(manifest: Manifest) -> None:
    village = manifest.village
    click.echo(
        f"{village.get('term')} {village.get('name')} ({village.get('code')}), {manifest.created_at}: "
        f"{len(manifest.tables)} tables, {manifest.rows} rows, {len(manifest.objects)} files, revision "
        f"{manifest.revision}, product {manifest.product_version}"
    )
    for path in manifest.missing:
        click.echo(f"missing when it was made: {path}", err=True)


def _new_passphrase(file: Path | None) -> str:
    from app.province.archives import passphrases

    if file is None:
        click.echo(f"A suggestion: {passphrases.suggest()}")
    passphrase = _passphrase(file, confirm=True)
    if not passphrases.is_enough(passphrase):
        raise click.ClickException(
            "The passphrase is too easy to guess: take at least 12 characters, or four words."
        )
    return passphrase


def _passphrase(file: Path | None, *, confirm: bool = False) -> str:
    if file is None:
        return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm))
    try:
        return next(iter(file.read_text(encoding="utf-8").splitlines()), "")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is no text, so its first line is no passphrase.") from error


def _private(path: Path) -> BinaryIO:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _bar(what: str) -> Callable[[int, int], None]:
    step = _steps()
    return lambda done, total: step(what, done, total)


def _steps() -> Callable[[str, int, int], None]:
    """Says now and then how far it is."""
    last = {"said": ""}

    def step(what: str, done: int, total: int) -> None:
        said = f"{what}: {done * 10 // max(total, 1) * 10} %"
        if said != last["said"]:
            last["said"] = said
            click.echo(said, err=True)

    return step


archive_commands = (export_archive, import_village, verify_archive)
