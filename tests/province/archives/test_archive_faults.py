"""What is wrong with an archive is said, and nothing of it stays: all or nothing."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from app.core.files.storage import StorageAway, list_objects
from app.province.archives import importing, layout
from app.province.archives.age import AgeReader, AgeWriter, NotAge, WrongPassphrase
from app.province.archives.exporting import write_archive
from app.province.archives.layout import ArchiveRefused
from app.province.archives.reading import open_archive
from tenants.bootstrap import libpq_url
from tenants.registry import find_tenant
from tests.province.archives.conftest import PASSPHRASE, Deployment, Lived

Change = Callable[[dict[str, bytes]], None]
_small: dict[str, bytes] = {}


def nothing_is_there(there: Deployment, code: str) -> bool:
    """The village has no schema, no role's tables, no file and no chain in the other deployment."""
    with psycopg.connect(libpq_url(there.urls.owner_url)) as conn:
        row = conn.execute(
            "SELECT id, schema_name, state FROM platform.tenant WHERE code = %s", (code,)
        ).fetchone()
        schema = conn.execute(
            "SELECT 1 FROM pg_namespace WHERE nspname = %s", (f"v_{code.replace('.', '')}",)
        ).fetchone()
        chain = conn.execute("SELECT 1 FROM platform.audit_chain WHERE chain_id = %s", (row[0],)).fetchone()
    with there.app.app_context():
        files = list_objects(f"tenants/{row[0]}")
    return row[1] is None and row[2] == "listed" and schema is None and chain is None and not files


def repacked(archive: bytes, change: Change, *, honest: bool = True) -> bytes:
    """The archive with other content, sealed anew by somebody who knows the passphrase; `honest` fits the manifest."""
    with zipfile.ZipFile(io.BufferedReader(AgeReader(io.BytesIO(archive), PASSPHRASE))) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    change(files)
    if honest:
        manifest = json.loads(files[layout.MANIFEST])
        for entry in manifest["entries"]:
            if entry["path"] in files:
                data = files[entry["path"]]
                entry["size"], entry["sha256"] = len(data), hashlib.sha256(data).hexdigest()
        files[layout.MANIFEST] = json.dumps(manifest).encode()
    return sealed(files)


def sealed(files: dict[str, bytes], infos: tuple[zipfile.ZipInfo, ...] = ()) -> bytes:
    made = io.BytesIO()
    sealer = AgeWriter(made, PASSPHRASE)
    with zipfile.ZipFile(sealer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
        for info in infos:
            packed.writestr(info, b"/etc/passwd")
    sealer.close()
    return made.getvalue()


def in_manifest(**changed: Any) -> Change:
    def change(files: dict[str, bytes]) -> None:
        files[layout.MANIFEST] = json.dumps({**json.loads(files[layout.MANIFEST]), **changed}).encode()

    return change


def climbing(path: str) -> Change:
    def change(files: dict[str, bytes]) -> None:
        manifest = json.loads(files[layout.MANIFEST])
        entry = {"path": path, "size": 1, "sha256": "0" * 64}
        files[layout.MANIFEST] = json.dumps({**manifest, "entries": [*manifest["entries"], entry]}).encode()
        files[path] = b"x"

    return change


def an_object_elsewhere(files: dict[str, bytes]) -> None:
    manifest = json.loads(files[layout.MANIFEST])
    entry = next(one for one in manifest["entries"] if one.get("object"))
    entry["object"] = "sealed/letters/../../../platform/archives/x"
    files[layout.MANIFEST] = json.dumps(manifest).encode()


def a_row_too_few(files: dict[str, bytes]) -> None:
    lines = files["data/resident.csv"].splitlines(keepends=True)
    files["data/resident.csv"] = b"".join(lines[:-1])


def a_broken_date(files: dict[str, bytes]) -> None:
    files["data/resident.csv"] = files["data/resident.csv"].replace(b"1980-05-17", b"1980-15-17")


def a_stray_reference(files: dict[str, bytes]) -> None:
    files["data/household.csv"] = files["data/household.csv"].splitlines(keepends=True)[0]
    manifest = json.loads(files[layout.MANIFEST])
    next(one for one in manifest["tables"] if one["name"] == "household")["rows"] = 0
    files[layout.MANIFEST] = json.dumps(manifest).encode()


def an_open_quote(files: dict[str, bytes]) -> None:
    files["data/resident.csv"] += b'"'


FAULTS: list[tuple[str, Change, bool, str]] = [
    ("newer format", in_manifest(format_version=99), True, "format 99"),
    ("newer revision", in_manifest(revision="0099_from_the_future"), True, "newer version of Siger"),
    ("climbs out", climbing("../../etc/cron.d/x"), True, "leads out of its folder"),
    ("absolute", climbing("/etc/passwd"), True, "leads out of its folder"),
    ("backslashes", climbing("..\\x"), True, "leads out of its folder"),
    ("climbs in the middle", climbing("files/../../x"), True, "leads out of its folder"),
    ("an object elsewhere", an_object_elsewhere, True, "where no file of a village lies"),
    ("not ours", in_manifest(format="zip"), True, "no archive of a village"),
    ("unknown file", lambda files: files.update({"extra.txt": b"x"}), True, "does not know"),
    ("missing file", lambda files: files.pop("data/resident.csv") and None, True, "lacks data/resident.csv"),
    ("another content", a_broken_date, False, "not what its manifest says"),
    ("a broken date", a_broken_date, True, "do not fit"),
    ("a row too few", a_row_too_few, True, "rows, its manifest says"),
    ("a stray reference", a_stray_reference, True, "do not fit"),
    ("an open quote", an_open_quote, True, "does not end with a whole row"),
]


@pytest.mark.parametrize(("_what", "change", "honest", "sentence"), FAULTS, ids=[one[0] for one in FAULTS])
def test_what_is_wrong_is_said_and_nothing_stays(
    here: Deployment, there: Deployment, lived: Lived, _what: str, change: Change, honest: bool, sentence: str
) -> None:
    archive, _ = here.export(lived.village.id)
    with pytest.raises(ArchiveRefused, match=sentence):
        there.bring(repacked(archive, change, honest=honest), lived.village.code)
    assert nothing_is_there(there, lived.village.code)


def test_links_and_twins_in_the_zip_are_refused(here: Deployment, lived: Lived) -> None:
    archive, _ = here.export(lived.village.id)
    with zipfile.ZipFile(io.BufferedReader(AgeReader(io.BytesIO(archive), PASSPHRASE))) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    link = zipfile.ZipInfo("files/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with (
        pytest.raises(ArchiveRefused, match="no plain file"),
        open_archive(io.BytesIO(sealed(files, (link,))), PASSPHRASE),
    ):
        pass
    with pytest.warns(UserWarning, match="Duplicate name"):
        twins = sealed(files, (zipfile.ZipInfo("README.txt"),))
    with pytest.raises(ArchiveRefused, match="twice"), open_archive(io.BytesIO(twins), PASSPHRASE):
        pass


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with (
        pytest.raises(ArchiveRefused, match="far more than it is"),
        open_archive(io.BytesIO(sealed({layout.MANIFEST: bytes(40 * 1024 * 1024)})), PASSPHRASE),
    ):
        pass


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_changed_bit_is_refused(place: float, bit: int) -> None:
    if not _small:
        _small["archive"] = sealed({layout.MANIFEST: json.dumps({"format": layout.FORMAT}).encode() * 500})
    archive = bytearray(_small["archive"])
    archive[int(place * len(archive))] ^= 1 << bit
    with (
        pytest.raises(ArchiveRefused, match=r"changed|no archive that a passphrase opens"),
        open_archive(io.BytesIO(bytes(archive)), PASSPHRASE),
    ):
        pass


def test_a_whole_archive_with_one_changed_byte_or_a_missing_end_is_refused(
    here: Deployment, there: Deployment, lived: Lived
) -> None:
    archive, _ = here.export(lived.village.id)
    changed = bytearray(archive)
    changed[len(archive) // 2] ^= 1
    for wrong in (bytes(changed), archive[:-1], archive[: len(archive) // 2], archive + b"x"):
        with pytest.raises(ArchiveRefused, match="changed or is not whole"):
            there.bring(wrong, lived.village.code)
    with pytest.raises(ArchiveRefused, match="passphrase does not open"):
        there.bring(archive, lived.village.code, passphrase="not the passphrase")
    assert nothing_is_there(there, lived.village.code)


def test_another_villages_archive_and_a_village_with_data_are_refused(
    here: Deployment, there: Deployment, lived: Lived, code: str
) -> None:
    archive, _ = here.export(lived.village.id)
    with pytest.raises(ArchiveRefused, match="This is the archive of"):
        there.bring(archive, code)
    with pytest.raises(ArchiveRefused, match="knows no village"):
        there.bring(archive, "99.99.99.9999", from_code=lived.village.code)
    there.bring(archive, code, from_code=lived.village.code)
    with pytest.raises(ArchiveRefused, match="never writes over data"):
        there.bring(archive, code, from_code=lived.village.code)
    with pytest.raises(ArchiveRefused, match="never writes over data"):
        here.bring(archive, lived.village.code)
    with pytest.raises(ArchiveRefused, match="is on this deployment itself"):
        here.bring(archive, code, from_code=lived.village.code)


def test_storage_that_is_full_in_the_middle_leaves_nothing(
    here: Deployment, there: Deployment, lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, manifest = here.export(lived.village.id)
    assert manifest.objects
    put = importing.put_object

    def full(path: str, data: bytes) -> None:
        put(path, data)
        raise StorageAway("No space left on device")

    monkeypatch.setattr(importing, "put_object", full)
    with pytest.raises(StorageAway):
        there.bring(archive, lived.village.code)
    assert nothing_is_there(there, lived.village.code)


KILLED = """
import io, os, sys
from app import create_app
from app.settings import Settings
from app.province.archives import importing
from app.province.archives.reading import open_archive
app = create_app(Settings())
importing._settle = lambda *_: os.kill(os.getpid(), 9)
with app.app_context(), open(sys.argv[1], "rb") as source, open_archive(source, sys.argv[2]) as opened:
    url = os.environ["OWNER_DATABASE_URL"]
    target = importing.check_target(url, opened.manifest, sys.argv[3])
    importing.import_archive(url, opened, target, role_prefix=os.environ["TENANT_ROLE_PREFIX"])
"""


def test_an_import_that_is_killed_in_the_middle_is_done_again(
    here: Deployment, there: Deployment, lived: Lived, tmp_path: Any
) -> None:
    archive, manifest = here.export(lived.village.id)
    file = tmp_path / "village.age"
    file.write_bytes(archive)
    asked = there.app.config["SETTINGS"]
    environment = {
        **os.environ, "ENVIRONMENT": "testing", "DATABASE_URL": there.urls.app_url, "SECRET_KEY": asked.secret_key,
        "OWNER_DATABASE_URL": there.urls.owner_url, "REDIS_URL": asked.redis_url, "MASTER_KEYS": asked.master_keys,
        "TENANT_ROLE_PREFIX": there.prefix, "SIGER_DATA": str(asked.siger_data),
    }  # fmt: skip
    words = [sys.executable, "-c", KILLED, str(file), PASSPHRASE, lived.village.code]
    died = subprocess.run(words, env=environment, capture_output=True, timeout=120, check=False)
    assert died.returncode == -9, died.stderr.decode()
    with psycopg.connect(libpq_url(there.urls.owner_url)) as conn:
        row = conn.execute(
            "SELECT id, schema_name FROM platform.tenant WHERE code = %s", (lived.village.code,)
        ).fetchone()
    assert row is not None
    assert row[1] is None
    there.bring(archive, lived.village.code)
    with there.app.app_context():
        prefix = f"tenants/{row[0]}/"
        found = {path.removeprefix(prefix) for path in list_objects(prefix.rstrip("/"))}
    assert found == {entry.object for entry in manifest.objects}


@pytest.mark.parametrize(
    "trouble", [psycopg.OperationalError("no space left on device"), KeyboardInterrupt()]
)
def test_what_fails_after_the_commit_takes_no_file_back(
    here: Deployment,
    there: Deployment,
    lived: Lived,
    monkeypatch: pytest.MonkeyPatch,
    trouble: BaseException,
) -> None:
    archive, manifest = here.export(lived.village.id)
    columns, asked = importing.existing_columns, []

    def fails_the_second_time(conn: psycopg.Connection[Any], schema: str) -> dict[str, tuple[str, ...]]:
        asked.append(schema)
        if len(asked) > 1:
            raise trouble
        return columns(conn, schema)

    monkeypatch.setattr(importing, "existing_columns", fails_the_second_time)
    if isinstance(trouble, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            there.bring(archive, lived.village.code)
    else:
        there.bring(archive, lived.village.code)
    monkeypatch.undo()
    with there.app.app_context():
        moved = find_tenant(lived.village.code)
    _again, second = there.export(moved.id)
    assert manifest.objects
    assert {one.object for one in second.objects} == {one.object for one in manifest.objects}


class _FullDisk(io.BytesIO):
    """Takes a few chunks, then has no room."""

    def write(self, data: Any, /) -> int:
        if self.tell() > 200_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


def test_a_disk_that_is_full_in_the_middle_of_a_table_ends_the_export_at_once(
    here: Deployment, lived: Lived
) -> None:
    with psycopg.connect(libpq_url(here.urls.owner_url)) as conn:
        many = sql.SQL(
            "INSERT INTO {} (id, kind, name, sort_order, row_version, created_at) SELECT gen_random_uuid(), "
            "'sub_area', md5(random()::text) || md5(random()::text), 0, 1, now() FROM generate_series(1, 20000)"
        )
        conn.execute(many.format(sql.Identifier(lived.village.schema, "sub_area")))

    def too_long(_number: int, _frame: object) -> None:
        raise TimeoutError("the export waits for itself")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, 60, 5)
    try:
        with here.app.app_context(), pytest.raises(OSError, match="No space left"):
            write_archive(here.urls.owner_url, lived.village.id, _FullDisk(), PASSPHRASE)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert here.export(lived.village.id)[1].rows > 20_000


def test_headers_that_are_not_ours_are_refused() -> None:
    made = io.BytesIO()
    AgeWriter(made, PASSPHRASE).close()
    for wrong in (
        b"",
        b"PK\x03\x04",
        made.getvalue().replace(b" 10\n", b" 30\n", 1),
        made.getvalue().replace(b"scrypt", b"X25519", 1),
    ):
        with pytest.raises(NotAge):
            AgeReader(io.BytesIO(wrong), PASSPHRASE)
    with pytest.raises(WrongPassphrase):
        AgeReader(io.BytesIO(made.getvalue()), "another passphrase")
