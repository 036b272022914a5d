"""PgBouncer with the settings that it is deployed with, in front of a test database; where Debian has it installed."""

from __future__ import annotations

import configparser
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

DEPLOYED = Path(__file__).resolve().parents[2] / "deploy" / "pgbouncer" / "pgbouncer.ini"


def binary_or_skip() -> str:
    """PgBouncer's program; skips the test where there is none, fails where CI requires it."""
    found = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if found is None:
        if os.environ.get("SIGER_REQUIRE_PGBOUNCER"):
            pytest.fail("pgbouncer is required here (SIGER_REQUIRE_PGBOUNCER) and not installed")
        pytest.skip("pgbouncer is not installed (Debian: apt-get install pgbouncer)")
    return found


@contextmanager
def in_front_of(urls: DatabaseUrls, **changes: object) -> Iterator[str]:
    """Run PgBouncer as deployed, but for these settings; yields the application's address through it."""
    program = binary_or_skip()
    url = make_url(urls.app_url)
    folder = Path(tempfile.mkdtemp(prefix="siger-pgb-"))
    port = free_port()
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    (folder / "users.txt").write_text(f'"{url.username}" "{url.password}"\n')
    config = configparser.ConfigParser(interpolation=None)
    config.read(DEPLOYED)
    del config["databases"]["siger"]
    config["databases"][str(url.database)] = f"host={url.host} port={url.port} dbname={url.database}"
    own = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "auth_file": f"{folder}/users.txt",
        "logfile": f"{folder}/log",
    }
    config["pgbouncer"].update({name: str(value) for name, value in (own | changes).items()})
    # Known from 1.21 on, where 0 says what older ones do anyway.
    del config["pgbouncer"]["max_prepared_statements"]
    with (folder / "pgbouncer.ini").open("w") as file:
        config.write(file)
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
