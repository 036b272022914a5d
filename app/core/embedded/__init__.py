"""PostgreSQL and Valkey for the length of a command, when no DATABASE_URL and REDIS_URL name real ones.

with EmbeddedServers(default_data_dir()) as servers:
    create_engine(servers.admin_url)
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from app.core.embedded.postgres import PostgresServer
from app.core.embedded.system import SHARED_FOLDER, EmbeddedError, State, prepare_folder, write_private
from app.core.embedded.valkey import ValkeyServer

__all__ = ["EmbeddedError", "EmbeddedServers", "default_data_dir", "running_environment"]

LOCK_FILE = "lock"
ENVIRONMENT_FILE = "environment.json"


def default_data_dir() -> Path:
    """Return the data folder when none is chosen: `var` in the working folder, for root /var/lib/siger/demo."""
    return SHARED_FOLDER / "demo" if os.geteuid() == 0 else Path("var").absolute()


def running_environment(data_dir: Path) -> dict[str, str] | None:
    """Return the settings of the run that uses this data folder now and has published them, None if there is none."""
    try:
        with (data_dir / LOCK_FILE).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        pass
    except OSError:
        return None
    try:
        return dict(json.loads((data_dir / ENVIRONMENT_FILE).read_text()))
    except (OSError, ValueError):
        return None


class EmbeddedServers:
    """Both servers on one data folder; entering starts them, leaving stops them.

    Args:
        data_dir: the folder that keeps everything; made if missing. One run at a time may use it.
        fast: for tests: what is committed may be lost in a power cut, Valkey keeps nothing.
        settings: PostgreSQL settings that replace or add to the usual ones.

    Raises (on entering):
        EmbeddedError: with a sentence that says what is wrong and what to do.
    """

    def __init__(
        self, data_dir: Path, *, fast: bool = False, settings: Mapping[str, str] | None = None
    ) -> None:
        self.data_dir = data_dir.absolute()
        state = State(self.data_dir / "servers.json")
        self.postgres = PostgresServer(self.data_dir, state, fast=fast, settings=settings)
        self.valkey = ValkeyServer(self.data_dir, state, fast=fast)
        self._environment = self.data_dir / ENVIRONMENT_FILE
        self._lock: IO[str] | None = None

    @property
    def admin_url(self) -> str:
        """The PostgreSQL superuser's address (postgresql+psycopg://…); for preparing the database only."""
        return self.postgres.url

    @property
    def redis_url(self) -> str:
        """Valkey's address (redis://…)."""
        return self.valkey.url

    def __enter__(self) -> Self:
        prepare_folder(self.data_dir)
        self._take_lock()
        try:
            self._environment.unlink(missing_ok=True)
            (self.data_dir / "log").mkdir(mode=0o700, exist_ok=True)
            self.postgres.start()
            self.valkey.start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def look(self) -> None:
        """Start again, at the same address, a server that has ended (killed for want of memory, say)."""
        for server in (self.postgres, self.valkey):
            if server.pid is None:
                server.start()

    def publish(self, environment: Mapping[str, str]) -> None:
        """Let other commands on this data folder join this run: keep its settings in a file until it ends."""
        write_private(self._environment, json.dumps(dict(environment), indent=2))

    def _stop(self) -> None:
        with contextlib.ExitStack() as stack:
            stack.callback(self._release_lock)
            stack.callback(self._environment.unlink, missing_ok=True)
            stack.callback(self.valkey.stop)
            stack.callback(self.postgres.stop)

    def _take_lock(self) -> None:
        path = self.data_dir / LOCK_FILE
        lock = path.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise EmbeddedError(
                f"Another Siger{f' (process {holder})' if holder else ''} is running on the data folder "
                f"{self.data_dir}. Stop it with Ctrl-C where it runs, or choose another folder: "
                "make demo SIGER_DATA=another/folder PORT=8001"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None
