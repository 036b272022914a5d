"""The warm process that sets documents: started at first use, kept, killed when it takes too long, started anew.

Each process of ours has its own, at most `MOST` at a time: one that is busy with a long register does not keep a letter
waiting. A fork never uses its parent's. When this process ends, however it ends, theirs see the end of their input and
end too.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHILD = Path(__file__).with_name("typst_child.py")
MOST = 2
DOCUMENTS = 500
"""After so many documents a process is replaced by a fresh one: what it remembers of them would only grow."""
GROWN_BYTES = 350 * 1024 * 1024
"""A process that holds more memory after a document is replaced at once."""
CHUNK = 1 << 16
LARGEST_REPLY = 512 * 1024 * 1024
_HEAD = struct.Struct(">BIQ")


class SettingTooLarge(RuntimeError):
    """The document takes more time or memory than it may; the process has been ended."""


class SettingWrong(RuntimeError):
    """The template or its data are at fault; the message is Typst's and may quote values."""


class Press:
    """One child process. Not for two threads at once.

    Args:
        root: the folder of the library that templates may import.
    """

    def __init__(self, root: Path) -> None:
        self.owner = os.getpid()
        self.documents = 0
        self.is_grown = False
        # Bounded by the child itself (resource limits) and by `ask` (time).
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(CHILD), str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            cwd="/",
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def is_fit(self) -> bool:
        """Whether it may set another document."""
        return (
            self.owner == os.getpid()
            and not self.is_grown
            and self.documents < DOCUMENTS
            and self._process.poll() is None
        )

    def ask(self, asked: Mapping[str, Any], seconds: float) -> bytes:
        """Set one document within so many seconds. Raises SettingTooLarge (and ends the process), SettingWrong."""
        deadline = time.monotonic() + seconds
        message = json.dumps(asked, ensure_ascii=False).encode("utf-8", "replace")
        try:
            self._write(struct.pack(">Q", len(message)) + message, deadline)
            code, resident, size = _HEAD.unpack(self._read(_HEAD.size, deadline))
            if size > LARGEST_REPLY:
                raise SettingTooLarge
            reply = self._read(size, deadline)
        except (OSError, SettingTooLarge) as error:
            self.close()
            raise SettingTooLarge from error
        except BaseException:
            # Half a reply would be taken for the next document's.
            self.close()
            raise
        self.documents += 1
        self.is_grown = resident * 1024 > GROWN_BYTES
        if code == 0:
            return reply
        if code == 1:
            raise SettingWrong(reply.decode("utf-8", "replace"))
        self.close()
        raise SettingTooLarge

    def close(self) -> None:
        """End the process and collect it. What a fork inherited is let go of without touching the parent's child."""
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        if self.owner != os.getpid():
            self._process.returncode = 0
            return
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _write(self, message: bytes, deadline: float) -> None:
        left = memoryview(message)
        while left:
            self._wait(self._to, select.POLLOUT, deadline)
            left = left[os.write(self._to, left[:CHUNK]) :]

    def _read(self, size: int, deadline: float) -> bytes:
        read = bytearray()
        while len(read) < size:
            self._wait(self._from, select.POLLIN, deadline)
            part = os.read(self._from, min(CHUNK, size - len(read)))
            if not part:
                raise SettingTooLarge
            read += part
        return bytes(read)

    def _wait(self, pipe: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise SettingTooLarge


class Presses:
    """The processes of this process: taken for one document, given back while they are fit."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._clear()
        os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.close)

    def _clear(self) -> None:
        self._all: list[Press] = []
        self._idle: list[Press] = []
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(MOST)

    def _forget(self) -> None:
        inherited = self._all
        self._clear()
        for press in inherited:
            press.close()

    def set(self, asked: Mapping[str, Any], seconds: float) -> bytes:
        """Set one document; waiting for a free process counts. Raises SettingTooLarge, SettingWrong."""
        started = time.monotonic()
        if not self._free.acquire(timeout=seconds):
            raise SettingTooLarge
        try:
            press = self._take()
            try:
                return press.ask(asked, max(0.0, seconds - (time.monotonic() - started)))
            finally:
                self._give_back(press)
        finally:
            self._free.release()

    def warm(self) -> None:
        """Start a process now, for whoever is about to set many documents."""
        with self._free:
            self._give_back(self._take())

    def pids(self) -> list[int]:
        """The processes that wait for a document."""
        with self._lock:
            return [press.pid for press in self._idle]

    def close(self) -> None:
        """End all of them."""
        with self._lock:
            presses, self._all, self._idle = self._all, [], []
        for press in presses:
            press.close()

    def _take(self) -> Press:
        with self._lock:
            while self._idle:
                press = self._idle.pop()
                if press.is_fit:
                    return press
                self._all.remove(press)
                press.close()
            press = Press(self._root)
            self._all.append(press)
            return press

    def _give_back(self, press: Press) -> None:
        with self._lock:
            if press.is_fit and press in self._all:
                self._idle.append(press)
                return
            if press in self._all:
                self._all.remove(press)
        press.close()
