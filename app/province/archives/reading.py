"""Reading an archive: opened, checked whole, before anything of it is used.

Nothing is unpacked to a disk: the sealed file is read at the places that are needed, and opened in memory.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from app.province.archives import layout
from app.province.archives.age import AgeReader, Damaged, NotAge, WrongPassphrase
from app.province.archives.layout import ArchiveRefused, Entry, Manifest

PIECE = 1024 * 1024


class OpenArchive:
    """An archive whose every byte was checked against its manifest."""

    def __init__(self, packed: zipfile.ZipFile, manifest: Manifest) -> None:
        self._packed, self.manifest = packed, manifest

    def pieces(self, path: str) -> Iterator[bytes]:
        """A file of the archive, piece by piece."""
        with self._packed.open(path) as entry:
            while piece := entry.read(PIECE):
                yield piece

    def read(self, path: str, most: int) -> bytes:
        """A file of the archive, whole; no more than `most` bytes are unpacked. Raises ArchiveRefused: it has more."""
        with self._packed.open(path) as entry:
            data = entry.read(most + 1)
        if len(data) > most:
            raise ArchiveRefused(f"{path} in the archive is larger than {most} bytes. Nothing was written.")
        return data


@contextmanager
def open_archive(
    source: IO[bytes], passphrase: str, progress: Callable[[int, int], None] | None = None
) -> Iterator[OpenArchive]:
    """Open an archive and check all of it: every chunk and digest, nothing missing, nothing more.

    Args:
        source: the sealed file, which can be read at any place.
        passphrase: what it was sealed with.
        progress: called with files checked and files in all.
    Raises:
        ArchiveRefused: with a sentence; nothing was written anywhere.
    """
    try:
        reader = AgeReader(source, passphrase)
        reader.check()
        packed = zipfile.ZipFile(io.BufferedReader(reader, PIECE))
    except NotAge as error:
        raise ArchiveRefused(f"This is no archive that a passphrase opens: {error}.") from error
    except WrongPassphrase as error:
        raise ArchiveRefused(
            "The passphrase does not open this archive, or its first bytes were changed. Nothing was written."
        ) from error
    except Damaged as error:
        raise ArchiveRefused(
            f"The archive was changed or is not whole ({error}). Nothing was written. Take another copy of it."
        ) from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise ArchiveRefused(f"What the archive seals is no ZIP file: {error}.") from error
    with packed:
        try:
            yield _checked(packed, progress or (lambda _done, _total: None))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise ArchiveRefused(f"The ZIP file in the archive is damaged: {error}.") from error


def _checked(packed: zipfile.ZipFile, progress: Callable[[int, int], None]) -> OpenArchive:
    found = packed.infolist()
    layout.check_directory(found)
    sizes = {info.filename: info.file_size for info in found}
    if sizes[layout.MANIFEST] > layout.MANIFEST_BYTES:
        raise ArchiveRefused("The archive's manifest is too large.")
    try:
        said = json.loads(packed.read(layout.MANIFEST))
    except (ValueError, RecursionError) as error:
        raise ArchiveRefused(f"The archive's manifest can't be read: {error}.") from error
    manifest = layout.read_manifest(said)
    here, named = set(sizes) - {layout.MANIFEST}, set(manifest.entries)
    if strange := sorted(here - named):
        raise ArchiveRefused(f"The archive holds {strange[0]}, of which its manifest does not know.")
    if missing := sorted(named - here):
        raise ArchiveRefused(f"The archive lacks {missing[0]}, which its manifest names.")
    archive = OpenArchive(packed, manifest)
    for number, entry in enumerate(manifest.entries.values()):
        _check_entry(archive, entry)
        progress(number + 1, len(manifest.entries))
    return archive


def _check_entry(archive: OpenArchive, entry: Entry) -> None:
    digest, size = hashlib.sha256(), 0
    for piece in archive.pieces(entry.path):
        digest.update(piece)
        size += len(piece)
    if size != entry.size or digest.hexdigest() != entry.sha256:
        raise ArchiveRefused(
            f"{entry.path} in the archive is not what its manifest says. Nothing was written."
        )
