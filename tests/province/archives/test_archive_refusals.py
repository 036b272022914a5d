"""Archives whose words, kinds of files or village don't fit, written by somebody who knows the passphrase."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import math
import stat
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.core.audit.sealing import seal_chain
from app.province.archives import importing, layout
from app.province.archives.age import AgeReader
from app.province.archives.layout import ArchiveRefused
from app.province.archives.reading import open_archive
from tenants.bootstrap import libpq_url
from tenants.scope import tenant_scope
from tests.province.archives.conftest import PASSPHRASE, Deployment, Lived
from tests.province.archives.test_archive_faults import (
    Change,
    in_manifest,
    nothing_is_there,
    repacked,
    sealed,
)
from tests.province.archives.test_archives_cli import run_in


def in_registry(**changed: Any) -> Change:
    def change(files: dict[str, bytes]) -> None:
        said = json.loads(files[layout.REGISTRY])
        said["village"] |= changed
        files[layout.REGISTRY] = json.dumps(said).encode()

    return change


def a_long_registry(files: dict[str, bytes]) -> None:
    files[layout.REGISTRY] += b" " * layout.REGISTRY_BYTES


def no_registry(files: dict[str, bytes]) -> None:
    del files[layout.REGISTRY]
    manifest = json.loads(files[layout.MANIFEST])
    manifest["entries"] = [one for one in manifest["entries"] if one["path"] != layout.REGISTRY]
    files[layout.MANIFEST] = json.dumps(manifest).encode()


def of_size(size: float) -> Change:
    def change(files: dict[str, bytes]) -> None:
        manifest = json.loads(files[layout.MANIFEST])
        manifest["entries"][0]["size"] = size
        files[layout.MANIFEST] = json.dumps(manifest).encode()

    return change


NOT_WHOLE = "registry.json is not whole"
REFUSED: list[tuple[str, Change, bool, str]] = [
    ("a long term", in_registry(term="X" * 5000), True, NOT_WHOLE),
    ("no term", in_registry(term=""), True, NOT_WHOLE),
    ("a broken term", in_registry(term="\ud800"), True, NOT_WHOLE),
    ("unknown modules", in_registry(modules=["x/../y", "nonsense"]), True, NOT_WHOLE),
    ("a long word", in_registry(words={"head": "X" * 5000}), True, NOT_WHOLE),
    ("an unknown word", in_registry(words={"stranger": "Kepala"}), True, NOT_WHOLE),
    ("an unknown state", in_registry(state="everything"), True, NOT_WHOLE),
    ("a postal code", in_registry(postal_code="3535"), True, NOT_WHOLE),
    ("no list", lambda files: files.update({layout.REGISTRY: b"[]"}), True, NOT_WHOLE),
    ("too deep", lambda files: files.update({layout.REGISTRY: b"[" * 200_000}), True, NOT_WHOLE),
    ("a long registry", a_long_registry, True, "registry.json in the archive is larger"),
    ("no registry", no_registry, True, "it has no registry.json"),
    ("an endless file", of_size(math.inf), False, "manifest is not whole"),
    ("no number", of_size(math.nan), False, "manifest is not whole"),
    ("no origin", in_manifest(audit_origin="nowhere"), True, "manifest is not whole"),
    ("no moment", in_manifest(created_at="yesterday"), True, "manifest is not whole"),
    ("no id", in_manifest(village={"code": "18.06.20.2006"}), True, "manifest is not whole"),
    ("a broken name", in_manifest(product_version="\ud800"), True, "manifest is not whole"),
    ("a broken format", in_manifest(format_version="\ud800"), True, "has format"),
]  # fmt: skip


@pytest.mark.parametrize(("_what", "change", "honest", "sentence"), REFUSED, ids=[one[0] for one in REFUSED])
def test_words_that_no_deployment_writes_are_refused_and_nothing_stays(
    here: Deployment, there: Deployment, lived: Lived, _what: str, change: Change, honest: bool, sentence: str
) -> None:
    archive, _ = here.export(lived.village.id)
    with pytest.raises(ArchiveRefused, match=sentence) as refused:
        there.bring(repacked(archive, change, honest=honest), lived.village.code)
    assert str(refused.value).encode()
    assert len(str(refused.value)) < 1000
    assert nothing_is_there(there, lived.village.code)


@pytest.mark.parametrize(
    "kind", [stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFDIR, stat.S_IFLNK]
)
def test_only_plain_files_are_taken(here: Deployment, lived: Lived, kind: int) -> None:
    archive, _ = here.export(lived.village.id)
    odd = zipfile.ZipInfo(layout.README)
    odd.external_attr = (kind | 0o644) << 16
    with zipfile.ZipFile(io.BufferedReader(AgeReader(io.BytesIO(archive), PASSPHRASE))) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    del files[layout.README]
    manifest = json.loads(files[layout.MANIFEST])
    entry = next(one for one in manifest["entries"] if one["path"] == layout.README)
    entry |= {"size": len(b"/etc/passwd"), "sha256": hashlib.sha256(b"/etc/passwd").hexdigest()}
    files[layout.MANIFEST] = json.dumps(manifest).encode()
    with (
        pytest.raises(ArchiveRefused, match="no plain file"),
        open_archive(io.BytesIO(sealed(files, (odd,))), PASSPHRASE),
    ):
        pass


def test_a_village_that_runs_other_software_takes_no_archive(
    here: Deployment, there: Deployment, lived: Lived
) -> None:
    archive, _ = here.export(lived.village.id)
    with psycopg.connect(libpq_url(there.urls.owner_url)) as conn:
        conn.execute("UPDATE platform.tenant SET software = 'OpenSID' WHERE code = %s", (lived.village.code,))
    with pytest.raises(ArchiveRefused, match=r"runs other software \(OpenSID\)"):
        there.bring(archive, lived.village.code)
    assert nothing_is_there(there, lived.village.code)


@pytest.mark.parametrize("sealed_log", [True, False])
def test_one_village_does_not_come_to_live_twice(
    here: Deployment, there: Deployment, lived: Lived, code: str, sealed_log: bool
) -> None:
    if sealed_log:
        with here.app.app_context(), tenant_scope(lived.village):
            seal_chain(grace=-dt.timedelta(seconds=5))
    archive, _ = here.export(lived.village.id)
    done = there.bring(archive, code, from_code=lived.village.code)
    with pytest.raises(ArchiveRefused, match=rf"on this deployment itself: .* \({code}\)"):
        there.bring(archive, lived.village.code)
    again, manifest = there.export(done.target.id)
    assert manifest.village["id"] == str(done.target.id)
    with pytest.raises(ArchiveRefused, match=rf"on this deployment itself: .* \({code}\)"):
        there.bring(again, lived.village.code, from_code=code)
    assert nothing_is_there(there, lived.village.code)


def test_the_shell_knows_whom_it_brought_though_the_log_was_empty(
    here: Deployment, there: Deployment, lived: Lived, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    key: str,
) -> None:  # fmt: skip
    file = tmp_path / "village.age"
    file.write_bytes(here.export(lived.village.id)[0])
    run: Callable[..., Any] = run_in(there, monkeypatch)
    words = ("tenants", "import", str(file), "--passphrase-file", key, "--code")
    moved = run(*words, code, "--as", lived.village.code)
    assert moved.exit_code == 0, moved.output
    twice = run(*words, lived.village.code)
    assert twice.exit_code == 1
    assert f"({code})" in twice.output
    assert "on this deployment itself" in twice.output
    assert nothing_is_there(there, lived.village.code)


def test_of_two_imports_at_once_of_one_village_one_is_refused(
    here: Deployment, there: Deployment, lived: Lived, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with here.app.app_context(), tenant_scope(lived.village):
        seal_chain(grace=-dt.timedelta(seconds=5))
    archive, _ = here.export(lived.village.id)
    checked, check = threading.Barrier(2), importing.check_target

    def both_checked(owner_url: str, *told: Any, **more: Any) -> importing.Target:
        found = check(owner_url, *told, **more)
        checked.wait(timeout=30)
        return found

    monkeypatch.setattr("tests.province.archives.conftest.check_target", both_checked)
    places = {lived.village.code: None, code: lived.village.code}
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(there.bring, archive, at, from_code=was) for at, was in places.items()]
    refused = [one.exception() for one in asked if one.exception() is not None]
    assert len(refused) == 1
    assert isinstance(refused[0], ArchiveRefused)
    assert "on this deployment itself" in str(refused[0])
    assert [nothing_is_there(there, at) for at in places].count(True) == 1
