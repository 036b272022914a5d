"""The house that is measured: servers of its own with production's settings, in a folder that is removed afterwards."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg

from app.commands.processes import gunicorn_command
from app.core.embedded import EmbeddedServers
from app.core.embedded.system import SHARED_FOLDER, free_port
from app.core.hosting import SigerFlask
from app.settings import Settings
from tenants.bootstrap import DatabaseUrls, libpq_url, migrate_platform, prepare_database
from tests.bench.furniture import furnish
from tests.bench.report import ROOT, Report

PROVINCE = "18"
BASE_HOST = "localhost"
WEB_WORKERS = 2
WEB_THREADS = 4
# As for a province (deploy/postgresql.conf), smaller where the machine is: the bench has 2,651 villages of few rows.
POSTGRES = {"shared_buffers": "2GB", "log_min_messages": "fatal"}


@dataclass(frozen=True, slots=True)
class Web:
    """A running gunicorn."""

    port: int
    pid: int

    def pids(self) -> list[int]:
        """The processes that answer requests."""
        return children(self.pid)

    def cpu_seconds(self) -> float:
        """Processor time that its workers have used."""
        return sum(cpu_seconds(pid) for pid in self.pids())


@dataclass(frozen=True, slots=True)
class Village:
    """A village as a client of the web knows it."""

    id: uuid.UUID
    code: str
    host: str


class House:
    """Servers, database and villages of one run; entering starts, leaving stops and removes.

    `folder` keeps the data for another run when it is given.
    """

    def __init__(self, report: Report, folder: Path | None = None) -> None:
        self.report = report
        self._kept = folder
        self._stack = ExitStack()

    def __enter__(self) -> House:
        if self._kept is not None:
            self.folder = self._kept.absolute()
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        else:
            parent = SHARED_FOLDER if os.geteuid() == 0 else Path("var").absolute()
            parent.mkdir(parents=True, exist_ok=True)
            self.folder = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
            self.folder.chmod(0o711)
            self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self.servers = self._stack.enter_context(EmbeddedServers(self.folder, settings=POSTGRES))
            self.urls = self._database()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _database(self) -> DatabaseUrls:
        import app.models  # noqa: F401 - the grants follow from the models

        urls = prepare_database(self.servers.admin_url)
        migrate_platform(urls.owner_url)
        return urls

    # --- villages -------------------------------------------------------------------------------------------------

    def owner(self) -> psycopg.Connection:
        """A connection as the owner, autocommit."""
        return psycopg.connect(libpq_url(self.urls.owner_url), autocommit=True, prepare_threshold=None)

    def list_villages(self) -> None:
        """Load the province's regions, once."""
        from app.core.regions.services import load_regions
        from tenants.scope import platform_scope

        with self.application.app_context(), platform_scope():
            load_regions(PROVINCE)

    def waiting_ids(self) -> list[uuid.UUID]:
        """Villages that have no schema yet, by code."""
        with self.owner() as conn:
            query = "SELECT id FROM platform.tenant WHERE schema_name IS NULL ORDER BY code"
            return [row[0] for row in conn.execute(query)]

    def villages(self) -> list[Village]:
        """Villages that have a schema, by code."""
        with self.owner() as conn:
            query = "SELECT id, code, slug FROM platform.tenant WHERE schema_name IS NOT NULL ORDER BY code"
            return [Village(row[0], row[1], f"{row[2]}.{BASE_HOST}") for row in conn.execute(query)]

    def ensure_villages(self) -> list[Village]:
        """Every village of the province has a schema after this; return them."""
        from app.core.village.seed import seed_village
        from tenants.provisioning import provision_many, settle_catalogues

        self.list_villages()
        waiting = self.waiting_ids()
        if waiting:
            self.report.say(f"provisioning {len(waiting)} villages first")
            self.application  # noqa: B018 - all models are imported with it
            provision_many(self.urls.owner_url, waiting, seed=seed_village)
            settle_catalogues(self.urls.owner_url)
        furnish(self)
        return self.villages()

    # --- the application ------------------------------------------------------------------------------------------

    def environment(self, **changes: str) -> dict[str, str]:
        """The settings of the house as environment variables: production's, on this machine alone."""
        return {
            "ENVIRONMENT": "production",
            "DATABASE_URL": self.urls.app_url,
            "OWNER_DATABASE_URL": self.urls.owner_url,
            "REDIS_URL": self.servers.redis_url,
            "SECRET_KEY": "a secret of the benchmarks, 32 characters or more",
            "MASTER_KEYS": "bench:" + base64.b64encode(b"a master key of the benchmarks!!").decode(),
            "SIGER_DATA": str(self.folder / "files"),
            "BASE_HOST": BASE_HOST,
            "PUBLIC_SCHEME": "https",
            "SMTP_URL": "smtp://127.0.0.1:1",
            "TRUSTED_PROXIES": "1",
            **changes,
        }

    def settings(self, **changes: str) -> Settings:
        """The same as an object."""
        return Settings(**{name.lower(): value for name, value in self.environment(**changes).items()})  # type: ignore[arg-type]

    @cached_property
    def application(self) -> SigerFlask:
        """The application in this process, for preparing and for counting queries."""
        from app import create_app

        return create_app(self.settings(PAGE_CACHE="false"))

    @contextmanager
    def web(self, application: str = "wsgi:app", **changes: str) -> Iterator[Web]:
        """Gunicorn as `siger web` starts it, ready to answer; ended on leaving."""
        port = free_port()
        log = self.folder / "log" / "web.log"
        figures = Path(tempfile.mkdtemp(prefix="metrics-", dir=self.folder))
        own = {"PROMETHEUS_MULTIPROC_DIR": str(figures), "GUNICORN_CMD_ARGS": "--no-control-socket"}
        with log.open("ab") as output:
            process = subprocess.Popen(
                gunicorn_command(f"127.0.0.1:{port}", WEB_WORKERS, WEB_THREADS, application),
                cwd=ROOT,
                env={**os.environ, **self.environment(**changes), **own},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            wait_for_health(port, process)
            yield Web(port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    @contextmanager
    def process(self, *words: str) -> Iterator[int]:
        """`siger worker` or `siger scheduler` beside the web; yields its process id and ends it on leaving."""
        with (self.folder / "log" / f"{words[0]}.log").open("ab") as output:
            process = subprocess.Popen(
                python("-c", "from app.cli import main; main()", *words),
                cwd=ROOT,
                env={**os.environ, **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def sign_in_officer(self) -> dict[str, str]:
        """The Cookie header of an officer of the province who is signed in with a second factor."""
        from app.core.accounts.models import Account, Membership
        from app.core.accounts.sessions import open_session
        from app.extensions import db
        from tenants.models import now
        from tenants.scope import platform_scope

        with self.application.app_context():
            with platform_scope():
                account = Account(
                    email=f"{uuid.uuid4().hex}@bench.example", name="Officer", totp_confirmed_at=now()
                )
                db.session.add(account)
                db.session.flush()
                db.session.add(Membership(account_id=account.id, role="province_admin", region_code=PROVINCE))
                db.session.commit()
            token = open_session(account.id, BASE_HOST, None, second_factor_at=now())
        return {"Cookie": f"__Host-siger_session={token}"}


def wait_for_health(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Wait until the web answers; raises RuntimeError when it ended or took too long."""
    until = time.monotonic() + seconds
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health", headers={"Host": BASE_HOST})
    while time.monotonic() < until:
        try:
            with opener.open(request, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("the web did not start; its log is in the data folder (choose one with --data)")


def children(parent: int) -> list[int]:
    """Process ids of the children of a process (Linux)."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(entry.parent.name))
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used, in seconds (Linux)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def python(*arguments: str) -> list[str]:
    """The command that runs a module of ours in a process of its own."""
    return [sys.executable, *arguments]
