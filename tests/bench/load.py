"""A client that asks one web server for many pages: raw sockets kept alive, a fixed number of requests in flight.

It shares the machine's cores with the servers that it measures, so it does as little as it can for each answer and
says how much processor time it took.
"""

from __future__ import annotations

import random
import select
import socket
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

TIMEOUT_SECONDS = 30.0
LONGEST_RUN_SECONDS = 600.0


@dataclass(slots=True)
class Answer:
    """One answer: status, headers in lower case, body as it was sent, and the bytes on the wire."""

    status: int
    headers: dict[str, str]
    body: bytes
    wire_bytes: int


@dataclass(slots=True)
class Outcome:
    """What came of a run: seconds of each request, statuses, bytes, and the client's own processor time."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    elapsed: float = 0.0
    client_cpu: float = 0.0
    wire_bytes: int = 0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.elapsed if self.elapsed else 0.0


def request_bytes(host: str, path: str, headers: dict[str, str] | None = None) -> bytes:
    """A GET as the proxy in front would pass it on."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "X-Forwarded-Proto: https",
        "X-Forwarded-For: 127.0.0.1",
    ]
    lines += [f"{name}: {value}" for name, value in {"Accept-Encoding": "br", **(headers or {})}.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def get(port: int, host: str, path: str, headers: dict[str, str] | None = None) -> Answer:
    """One GET on a connection of its own."""
    return _exchange(port, request_bytes(host, path, {"Connection": "close", **(headers or {})}))


def post(port: int, host: str, path: str, form: dict[str, str], headers: dict[str, str]) -> Answer:
    """One form sent on a connection of its own."""
    body = urlencode(form).encode()
    own = {
        "Connection": "close",
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
    }
    return _exchange(port, request_bytes(host, path, {**own, **headers}).replace(b"GET ", b"POST ", 1) + body)


def post_bytes(port: int, host: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
    """A body sent as it is on a connection of its own; `headers` say its type and length."""
    return _exchange(port, request_bytes(host, path, headers).replace(b"GET ", b"POST ", 1) + body)


def _exchange(port: int, request: bytes) -> Answer:
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS) as sock:
        sock.sendall(request)
        received = bytearray()
        while chunk := sock.recv(1 << 20):
            received += chunk
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.split(":", 1) for line in rest)
    return Answer(
        status=int(first.split()[1]),
        headers={name.strip().lower(): value.strip() for name, value in pairs},
        body=body,
        wire_bytes=len(received),
    )


def drawn(hosts: Sequence[str], count: int, seed: int = 18) -> list[str]:
    """`count` hosts drawn at random, the same ones in every run."""
    return random.Random(seed).choices(hosts, k=count)


def everyone(hosts: Sequence[str], count: int, seed: int = 18) -> list[str]:
    """`count` hosts in random order, all of them as often as each other."""
    rng = random.Random(seed)
    found: list[str] = []
    while len(found) < count:
        found += rng.sample(list(hosts), len(hosts))
    return found[:count]


class _Line:
    """One connection and the answer that it is receiving."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connect()

    def connect(self) -> None:
        self.sock = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT_SECONDS)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.missing = -1
        self.head = b""

    def send(self, request: bytes) -> None:
        self.request = request
        self.started = time.perf_counter()
        self.missing, self.head, self.status = -1, b"", 0
        try:
            self.sock.sendall(request)
        except OSError:
            self.again()

    def again(self) -> None:
        """The server closed the line between two requests (a worker that was replaced): the same on a new one."""
        self.sock.close()
        self.connect()
        self.sock.sendall(self.request)

    def receive(self) -> int:
        """Take what has come; return the answer's size when it is complete, -1 when the line was closed, else 0."""
        data = self.sock.recv(1 << 18)
        if not data:
            return -1
        if self.missing < 0:
            data = self.head + data
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self.head = data
                return 0
            self.status = int(data[9:12])
            at = data.lower().find(b"content-length:", 0, end)
            if at < 0:
                raise RuntimeError("an answer without Content-Length")
            self.size = end + 4 + int(data[at + 15 : data.find(b"\r\n", at)])
            self.missing = self.size - len(data)
        else:
            self.missing -= len(data)
        return self.size if self.missing == 0 else 0


def run(port: int, requests: Sequence[bytes], connections: int) -> Outcome:
    """Send all `requests`, `connections` of them in flight at any time; ends by itself after ten minutes at most."""
    outcome = Outcome()
    waiting = deque(requests)
    poll = select.epoll()
    lines: dict[int, _Line] = {}
    cpu = time.process_time()
    began = time.perf_counter()
    for _ in range(min(connections, len(waiting))):
        line = _Line(port)
        lines[line.sock.fileno()] = line
        poll.register(line.sock, select.EPOLLIN)
        line.send(waiting.popleft())
    try:
        while lines and time.perf_counter() - began < LONGEST_RUN_SECONDS:
            for number, _ in poll.poll(TIMEOUT_SECONDS) or _stalled():
                line = lines[number]
                size = line.receive()
                if size == 0:
                    continue
                if size < 0:
                    poll.unregister(number)
                    del lines[number]
                    line.again()
                    lines[line.sock.fileno()] = line
                    poll.register(line.sock, select.EPOLLIN)
                    continue
                outcome.seconds.append(time.perf_counter() - line.started)
                outcome.statuses[line.status] += 1
                outcome.wire_bytes += size
                if waiting:
                    line.send(waiting.popleft())
                else:
                    poll.unregister(number)
                    del lines[number]
                    line.sock.close()
    finally:
        for line in lines.values():
            line.sock.close()
        poll.close()
    if len(outcome.seconds) < len(requests):
        raise RuntimeError(
            f"{len(outcome.seconds)} of {len(requests)} answers within {LONGEST_RUN_SECONDS:.0f} s"
        )
    outcome.elapsed = time.perf_counter() - began
    outcome.client_cpu = time.process_time() - cpu
    return outcome


def _stalled() -> list[tuple[int, int]]:
    raise RuntimeError(f"no answer within {TIMEOUT_SECONDS:.0f} s")
