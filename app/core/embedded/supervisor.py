"""Keeps a handful of child processes running: starts, restarts after a crash, stops them all."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from app.core.embedded.system import end, spawn

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# A child that ran this long was healthy: its next crash starts again with the shortest pause.
HEALTHY_AFTER_SECONDS = 60.0
LOOK_EVERY_SECONDS = 0.2


@dataclass
class _Child:
    name: str
    command: list[str]
    env: dict[str, str] | None
    cwd: Path | None
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS


class Supervisor:
    """Runs child processes until it is told to stop; leaving its `with` block stops everything that it started.

    Args:
        log_folder: each child's output goes to `<name>.log` there.
        grace: seconds a child has to end by itself before it is killed.
        report: called with one sentence whenever a child ended and is started again.
    """

    def __init__(
        self, log_folder: Path, *, grace: float = 10.0, report: Callable[[str], None] = print
    ) -> None:
        self._log_folder = log_folder
        self._grace = grace
        self._report = report
        self._children: list[_Child] = []

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Start a child and watch it from now on. Call from the main thread (see `spawn`).

        Raises:
            OSError: its program cannot be run.
        """
        self._log_folder.mkdir(parents=True, exist_ok=True)
        child = _Child(
            name=name,
            command=list(command),
            env=None if env is None else dict(env),
            cwd=cwd,
            log=self._log_folder / f"{name}.log",
        )
        _launch(child)
        self._children.append(child)

    def pid(self, name: str) -> int | None:
        """Return the process id of a child while it runs."""
        for child in self._children:
            if child.name == name and child.process is not None and child.process.poll() is None:
                return child.process.pid
        return None

    def look(self) -> None:
        """Start again every child that has ended, after a pause that grows while it keeps failing."""
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                code = child.process.returncode
                end(child.process)
                child.process = None
                if now - child.started_at > HEALTHY_AFTER_SECONDS:
                    child.pause = FIRST_PAUSE_SECONDS
                child.start_again_at = now + child.pause
                self._report(
                    f"{child.name} ended ({_ending(code)}); it starts again in {child.pause:g} s. "
                    f"What it said: {child.log}"
                )
                child.pause = min(child.pause * 2, LONGEST_PAUSE_SECONDS)
            elif child.process is None and now >= child.start_again_at:
                _launch(child)

    def run(self, also: Callable[[], object] | None = None) -> None:
        """Watch the children, and whatever else `also` looks after, until SIGINT (Ctrl-C) or SIGTERM arrives."""
        with signals_noted() as noted:
            while not noted:
                self.look()
                if also is not None:
                    also()
                time.sleep(LOOK_EVERY_SECONDS)

    def stop(self) -> None:
        """Ask all children to end, newest first, and kill what has not ended after the grace."""
        running = [child.process for child in reversed(self._children) if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + self._grace
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))
            end(process)
        self._children.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextlib.contextmanager
def signals_noted() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM in a list instead of being ended by them."""
    noted: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        noted.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _launch(child: _Child) -> None:
    child.process = spawn(child.command, child.log, env=child.env, cwd=child.cwd)
    child.started_at = time.monotonic()


def _ending(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"by {signal.Signals(-code).name}"
    return f"code {code}"
