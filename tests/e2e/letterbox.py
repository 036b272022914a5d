"""A mail server for tests: takes letters by SMTP on the loopback and keeps them."""

from __future__ import annotations

import email
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default as modern


class Letterbox(socketserver.ThreadingTCPServer):
    """Listens on a free port of 127.0.0.1; `address` is what SMTP_URL takes."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.letters: list[EmailMessage] = []
        self.arrived = threading.Condition()

    @property
    def address(self) -> str:
        """The address of this server, as the settings name one."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def wait_for(self, recipient: str, seconds: float = 15.0) -> EmailMessage:
        """The newest letter to `recipient`; waits for one. Raises AssertionError when none comes."""
        until = time.monotonic() + seconds
        with self.arrived:
            while True:
                for letter in reversed(self.letters):
                    if recipient in str(letter["To"]):
                        return letter
                left = until - time.monotonic()
                assert left > 0, (
                    f"no letter to {recipient}; letters to: {[str(m['To']) for m in self.letters]}"
                )
                self.arrived.wait(left)


class _Conversation(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs that sends one letter."""

    server: Letterbox

    def handle(self) -> None:
        self._say("220 letterbox")
        while line := self.rfile.readline():
            verb = line.decode("ascii", "replace").strip().upper()
            if verb.startswith("DATA"):
                self._say("354 go ahead")
                self._keep(b"".join(self._body()))
                self._say("250 kept")
            elif verb.startswith("QUIT"):
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _body(self) -> Iterator[bytes]:
        while (line := self.rfile.readline()) not in (b"", b".\r\n"):
            yield line[1:] if line.startswith(b"..") else line

    def _keep(self, raw: bytes) -> None:
        letter = email.message_from_bytes(raw, policy=modern)
        with self.server.arrived:
            self.server.letters.append(letter)
            self.server.arrived.notify_all()


@contextmanager
def letterbox() -> Iterator[Letterbox]:
    """Run a mail server in a thread of its own."""
    with Letterbox() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
