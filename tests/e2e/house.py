"""A house that runs as in production, for the browser tests: web, worker and scheduler as processes of their own.

It lives in a database of its own beside the other tests' (so that its worker takes no other test's jobs), filled as
the demo is filled, and sends its letters to a mail server of the test.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp

from app.core.embedded.supervisor import Supervisor
from app.core.embedded.system import free_port, last_lines
from tests.e2e.letterbox import Letterbox, letterbox
from tests.support import servers

ROOT = Path(__file__).resolve().parents[2]
PROVINCE = "localhost"
REDIS_NUMBERS_FROM_TOP = 14
START_SECONDS = 60
WEB_THREADS = 6


@dataclass(frozen=True)
class Login:
    """Somebody who can sign in; `host` without port."""

    role: str
    name: str
    login: str
    password: str
    host: str
    totp_secret: str | None = None

    def code(self) -> str:
        """The present code of the second factor."""
        assert self.totp_secret is not None
        return pyotp.TOTP(self.totp_secret).now()


@dataclass
class House:
    """A running house: where it is, who lives there, what letters it sent."""

    port: int
    folder: Path
    letters: Letterbox
    villages: list[dict[str, str]]
    logins: list[Login]
    untouched: list[dict[str, str]]
    residents: list[dict[str, str]]
    """Residents of one village with an account: `host`, `code`, `name`, `nik`, `pin`, `id`."""
    secret_paths: list[str]
    """Paths on the province's host that letters, papers and QR codes tell."""
    environment: dict[str, str]
    """The settings of its processes, for a test that writes rows of its own in a process of its own."""
    cookies: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def url(self, host: str, path: str = "/") -> str:
        """A page's whole address."""
        return f"http://{host}:{self.port}{path}"

    def login(self, role: str, host: str | None = None) -> Login:
        """An account with this role (at this host)."""
        return next(a for a in self.logins if a.role == role and host in (None, a.host))

    def code_at(self, host: str) -> str:
        """The code of the village at this host."""
        return next(v["code"] for v in self.villages if v["host"] == host)

    def village_host(self) -> str:
        """The host of the first village."""
        return self.villages[0]["host"]


@contextmanager
def running_house() -> Iterator[House]:
    """Make a database, fill it, start the three processes; stop them afterwards."""
    number = servers.worker_number()
    urls = servers.make_database(f"siger_e2e{number}")
    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="siger-e2e-", ignore_cleanup_errors=True) as name,
        letterbox() as letters,
        Supervisor(Path(name) / "log", grace=5) as supervisor,
    ):
        folder = Path(name)
        environment = {
            **os.environ,
            "ENVIRONMENT": "development",
            "DATABASE_URL": urls.app_url,
            "OWNER_DATABASE_URL": urls.owner_url,
            "REDIS_URL": f"{os.environ[servers.REDIS].rstrip('/')}/{REDIS_NUMBERS_FROM_TOP - number}",
            "SECRET_KEY": "a secret of the browser tests' house, 32+ characters",
            "SIGER_DATA": str(folder),
            "BASE_HOST": PROVINCE,
            "PUBLIC_PORT": str(port),
            "SMTP_URL": letters.address,
            "TENANT_ROLE_PREFIX": f"e{number}_",
            "RATE_LIMITS": "false",
            "GUNICORN_CMD_ARGS": "--no-control-socket",
            "PYTHONUNBUFFERED": "1",
        }
        described = _fill(environment)
        siger = str(Path(sys.executable).with_name("siger"))
        bind = f"127.0.0.1:{port}"
        web = [siger, "web", "--bind", bind, "--workers", "1", "--threads", str(WEB_THREADS)]
        supervisor.start("web", web, env=environment, cwd=ROOT)
        supervisor.start("worker", [siger, "worker"], env=environment, cwd=ROOT)
        supervisor.start("scheduler", [siger, "scheduler"], env=environment, cwd=ROOT)
        _wait_for(port, folder / "log" / "web.log")
        logins = [Login(**account) for account in described["logins"]]
        yield House(
            port, folder, letters, described["villages"], logins, described["untouched"], described["residents"],
            described["secret_paths"], environment,
        )  # fmt: skip


def _fill(environment: dict[str, str]) -> dict[str, Any]:
    """Fill the house in a process of its own, which leaves this one's connections and caches alone."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.seed"],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"the house could not be filled:\n{done.stderr[-3000:]}"
    described: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return described


def _wait_for(port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health", headers={"Host": f"{PROVINCE}:{port}"})
            if connection.getresponse().status == 200:
                return
        except OSError:
            assert time.monotonic() < until, f"the web does not start:\n{last_lines(log)}"
            time.sleep(0.1)
        finally:
            connection.close()
