"""Progress on the terminal: one line a step, with its duration."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """Prints what is being done; on a terminal a step's line is also drawn while it works."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the first step."""
        return time.monotonic() - self._started

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Print a step and how long it took; the value is called with a few words on how far it is."""
        started = time.monotonic()
        detail = ""

        def tell(words: str) -> None:
            nonlocal detail
            detail = words
            if self._out.isatty():
                self._draw(title, f"{words} …")

        if self._out.isatty():
            self._draw(title, "…")
        try:
            yield tell
        except BaseException:
            self._finish(title, "stopped", time.monotonic() - started)
            raise
        self._finish(title, detail, time.monotonic() - started)

    def say(self, text: str = "") -> None:
        """Print a line."""
        print(text, file=self._out, flush=True)

    def _draw(self, title: str, state: str) -> None:
        print(f"\r\033[K  {title}  {state}", end="", file=self._out, flush=True)

    def _finish(self, title: str, detail: str, seconds: float) -> None:
        start = "\r\033[K" if self._out.isatty() else ""
        print(f"{start}  {title:<44} {seconds:5.1f} s  {detail}".rstrip(), file=self._out, flush=True)
