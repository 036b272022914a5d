"""A wire between browser and house that a test cuts: no connection at all, or answers that never arrive."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Wire:
    """Passes connections on to a port of this machine. `mode`: `open`, `cut` (nothing passes), `mute` (requests
    pass, their answers don't)."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.mode = "open"
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def set(self, mode: str) -> None:
        """Change how the wire behaves; connections that are open are dropped, as on a phone that loses its network."""
        self.mode = mode
        self._drop()

    def close(self) -> None:
        """Take the wire away."""
        self._server.close()
        self._drop()

    def _drop(self) -> None:
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._server.accept()
            except OSError:
                return
            if self.mode == "cut":
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self.target))
            self._pairs.append((near, far))
            for source, sink, answers in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._pass, args=(source, sink, answers), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if answers and self.mode == "mute":
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """A wire to a port for as long as the block lasts."""
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.close()
