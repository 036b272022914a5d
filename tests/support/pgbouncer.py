"""PgBouncer in transaction mode in front of a test database, where Debian's package is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from app.core.embedded.system import free_port
from tenants.bootstrap import libpq_url
from tests.support.servers import DatabaseUrls


def binary_or_skip() -> str:
    """PgBouncer's program; skips the test where there is none, fails where CI requires it."""
    found = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if found is None:
        if os.environ.get("SIGER_REQUIRE_PGBOUNCER"):
            pytest.fail("pgbouncer is required here (SIGER_REQUIRE_PGBOUNCER) and not installed")
        pytest.skip("pgbouncer is not installed (Debian: apt-get install pgbouncer)")
    return found


@contextmanager
def in_front_of(urls: DatabaseUrls, pool_size: int = 1) -> Iterator[str]:
    """Run PgBouncer with so many server connections; yields the application's address through it."""
    program = binary_or_skip()
    url = make_url(urls.app_url)
    folder = Path(tempfile.mkdtemp(prefix="siger-pgb-"))
    port = free_port()
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    (folder / "users.txt").write_text(f'"{url.username}" "{url.password}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n{url.database} = host={url.host} port={url.port} dbname={url.database}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = scram-sha-256\n"
        f"auth_file = {folder}/users.txt\npool_mode = transaction\ndefault_pool_size = {pool_size}\n"
        f"max_client_conn = 200\nserver_lifetime = 600\nlogfile = {folder}/log\nunix_socket_dir =\n"
    )
    if account:
        for path in (folder, *folder.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)
    process = subprocess.Popen(
        [program, "-q", str(folder / "pgbouncer.ini")],
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        through = url.set(host="127.0.0.1", port=port)
        _wait(port, libpq_url(through))
        yield through.render_as_string(hide_password=False)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, url: str) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            with (
                socket.create_connection(("127.0.0.1", port), 1),
                psycopg.connect(url, prepare_threshold=None),
            ):
                return
        except (OSError, psycopg.OperationalError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
