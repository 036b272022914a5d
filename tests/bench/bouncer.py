"""PgBouncer with the settings that the house is deployed with, in front of the measured database."""

from __future__ import annotations

import configparser
import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url

from app.core.embedded.system import free_port
from tests.bench.house import House
from tests.bench.report import ROOT

DEPLOYED = ROOT / "deploy" / "pgbouncer" / "pgbouncer.ini"
FIRST_WITH_PREPARED = (1, 21)


@contextmanager
def pgbouncer(house: House) -> Iterator[str]:
    """Run it; yields the application's address through it. Raises RuntimeError where it is not installed."""
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        raise RuntimeError("pgbouncer is not installed (Debian: apt-get install pgbouncer)")
    url, port = make_url(house.urls.app_url), free_port()
    folder = house.folder / "pgbouncer"
    folder.mkdir(exist_ok=True)
    config = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(";",))
    config.read(DEPLOYED)
    config["databases"]["siger"] = f"host={url.host} port={url.port} dbname={url.database}"
    config["pgbouncer"].update(
        listen_addr="127.0.0.1",
        listen_port=str(port),
        auth_file=str(folder / "userlist.txt"),
        logfile=str(folder / "log"),
    )
    if version(program) < FIRST_WITH_PREPARED:
        del config["pgbouncer"]["max_prepared_statements"]
    with (folder / "pgbouncer.ini").open("w") as file:
        config.write(file)
    (folder / "userlist.txt").write_text(f'"{url.username}" "{url.password}"\n')
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    if account:
        for path in (folder, *folder.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)
    process = subprocess.Popen(
        [program, "-q", str(folder / "pgbouncer.ini")],
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    finally:
        process.terminate()
        process.wait(10)


def version(program: str) -> tuple[int, int]:
    """The program's version, such as (1, 18)."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"(\d+)\.(\d+)", told.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("pgbouncer did not start; its log is in the data folder (choose one with --data)")
