"""`siger tenants export|verify-archive|import` as an operator's shell runs them, between two deployments."""

from __future__ import annotations

import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from app.core.audit.models import PlatformAuditEntry
from app.extensions import db
from tenants.bootstrap import libpq_url
from tenants.migrations import head_revision, revisions
from tenants.provisioning import provision_at
from tenants.registry import find_tenant
from tenants.scope import platform_scope
from tests.province.archives.conftest import PASSPHRASE, Deployment, Lived
from tests.support.shell import shell

Limited = Callable[[], AbstractContextManager[None]]


def run_in(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    monkeypatch.setenv("MASTER_KEYS", deployment.app.config["SETTINGS"].master_keys)
    return shell(deployment.app, deployment.urls, monkeypatch)


def test_a_village_moves_by_the_shell(
    here: Deployment, there: Deployment, lived: Lived, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    run, file, code = run_in(here, monkeypatch), tmp_path / "village.age", lived.village.code
    made = run("tenants", "export", code, str(file), "--reason", "moves house", "--passphrase-file", key)
    assert made.exit_code == 0, made.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = run("tenants", "export", code, str(file), "--reason", "moves house", "--passphrase-file", key)
    assert again.exit_code == 1
    assert "nothing is written over" in again.output
    checked = run("tenants", "verify-archive", str(file), "--passphrase-file", key)
    assert checked.exit_code == 0, checked.output
    assert "whole and unchanged" in checked.output

    run = run_in(there, monkeypatch)
    moved = run("tenants", "import", str(file), "--code", code, "--passphrase-file", key)
    assert moved.exit_code == 0, moved.output
    assert "Digests of all tables are equal" in moved.output
    assert PASSPHRASE not in made.output + checked.output + moved.output
    twice = run("tenants", "import", str(file), "--code", code, "--passphrase-file", key)
    assert twice.exit_code == 1
    assert "never writes over data" in twice.output
    verified = run("audit", "verify", "--village", code)
    assert verified.exit_code == 0, verified.output
    with there.app.app_context(), platform_scope():
        query = select(PlatformAuditEntry.action).where(PlatformAuditEntry.tenant_id == find_tenant(code).id)
        assert "village.archive_imported" in db.session.scalars(query).all()


def test_a_full_disk_leaves_nothing_and_says_so(
    here: Deployment, lived: Lived, key: str, tmp_path: Path, small_files: Limited, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    run, folder = run_in(here, monkeypatch), tmp_path / "out"
    folder.mkdir()
    words = ("tenants", "export", lived.village.code, str(folder / "village.age"), "--reason", "try it")
    with small_files():
        failed = run(*words, "--passphrase-file", key)
    assert failed.exit_code == 1
    assert "can't be written" in failed.output
    assert "Make room and try again" in failed.output
    assert list(folder.iterdir()) == []
    assert run(*words, "--passphrase-file", key).exit_code == 0


def test_a_village_or_a_folder_that_does_not_exist_is_said(
    here: Deployment, lived: Lived, code: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_in(here, monkeypatch)

    def failed(village: str, file: Path) -> str:
        words = ("tenants", "export", village, str(file), "--reason", "try it", "--passphrase-file", key)
        done = run(*words)
        assert done.exit_code == 1
        assert not file.exists()
        return str(done.output)

    assert "no village with the code or address tidak-ada" in failed("tidak-ada", tmp_path / "x.age")
    assert f"{code} has no data here yet" in failed(code, tmp_path / "x.age")
    said = failed(lived.village.code, tmp_path / "nowhere" / "x.age")
    assert f"The folder {tmp_path / 'nowhere'} does not exist" in said
    assert "Make room" not in said


def test_a_weak_passphrase_is_refused(
    here: Deployment, lived: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = tmp_path / "weak"
    weak.write_text("rahasia")
    file = tmp_path / "x.age"
    words = (
        "tenants",
        "export",
        lived.village.code,
        str(file),
        "--reason",
        "try it",
        "--passphrase-file",
        str(weak),
    )
    refused = run_in(here, monkeypatch)(*words)
    assert refused.exit_code == 1
    assert "too easy to guess" in refused.output
    weak.write_bytes(b"\xff\xfe\x00\x81")
    refused = run_in(here, monkeypatch)(*words)
    assert refused.exit_code == 1
    assert "is no text" in refused.output
    assert not file.exists()


def test_an_archive_of_the_revision_before_is_brought_to_the_newest(
    here: Deployment, there: Deployment, code: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    older = revisions()[-2].id
    with psycopg.connect(libpq_url(here.urls.owner_url)) as conn:
        row = conn.execute("SELECT id FROM platform.tenant WHERE code = %s", (code,)).fetchone()
        assert row is not None
        schema = provision_at(conn, row[0], older, role_prefix=here.prefix)
        conn.execute(
            f"INSERT INTO {schema}.sub_area (id, kind, name, head_name, head_phone, sort_order, row_version, "
            "created_at) VALUES (gen_random_uuid(), 'sub_area', 'Dusun Lama', '', '', 1, 1, now())"
        )
    archive, manifest = here.export(row[0])
    assert manifest.revision == older
    file = tmp_path / "old.age"
    file.write_bytes(archive)
    run = run_in(there, monkeypatch)
    moved = run("tenants", "import", str(file), "--code", code, "--passphrase-file", key)
    assert moved.exit_code == 0, moved.output
    with psycopg.connect(libpq_url(there.urls.owner_url)) as conn:
        found = conn.execute(
            "SELECT revision, status FROM platform.tenant_schema WHERE schema_name = %s", (schema,)
        ).fetchone()
        assert found == (head_revision(), "ready")
        names = conn.execute(f"SELECT name FROM {schema}.sub_area").fetchall()
        assert names == [("Dusun Lama",)]
